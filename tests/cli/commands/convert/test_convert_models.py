"""Models of other programs, written as network files: the same rows and the same figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc.files.loading import load
from convcalc.networks import Network
from convcalc_cli.program import main
from support.corpora import contents, corpus, names, right
from support.slow import slow_unless

FIRST = ("VGG16", "resnet18.ts11", "yolov3-tiny.cfg", "lenet.prototxt")


def files() -> list[tuple[str, str]]:
    """Each file of each kind that stands in its collection as a file."""
    found = [(kind, name) for kind in ("keras", "onnx") for name in names(kind)]
    for kind in ("darknet", "caffe", "ultralytics"):
        known = [name for name in names(kind) if "macs" in right(kind, name) and "@" not in name]
        found += [(kind, name) for name in known]
    return found


def source(kind: str, name: str, folder: Path) -> Path:
    """A file of a collection, unpacked."""
    packed = kind in ("keras", "onnx")
    inside = right(kind, name)["file"] if packed else f"files/{name}"
    path = corpus(kind) / inside
    copy = folder / path.name.removesuffix(".gz")
    copy.write_bytes(contents(path))
    return copy


def rows(network: Network) -> list[object]:
    return [row._replace(path=None) for row in network.rows]


@pytest.mark.parametrize(("kind", "name"), slow_unless(lambda each: each[1] in FIRST, files()))
def test_the_written_file_is_the_same_network(
    kind: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, written = source(kind, name, tmp_path), tmp_path / "net.yaml"
    size = right(kind, name).get("size")
    flags = ["--size", str(size)] if size else []
    assert main(["convert", str(model), "-o", str(written), *flags]) == 0
    capsys.readouterr()
    if flags:  # the model alone has other sizes
        totals = load(written).totals()
        macs = right(kind, name)["macs"]
        assert totals.params == right(kind, name)["params"]
        assert totals.macs == (macs["total"] if isinstance(macs, dict) else macs)
    else:
        one, other = load(model), load(written)
        assert rows(one) == rows(other)
        assert one.totals() == other.totals()
    assert main(["check", str(written)]) == 0
