"""The layers of a converted file stand in groups, each below the row that it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import ROOT, run

EDITED = ROOT / "tests" / "cases" / "edited"


def groups(text: str) -> list[tuple[str, list[str]]]:
    """The comment of each group below `layers`, and its lines."""
    body = text.split("\nlayers:\n")[1].split("\nexpect:")[0].split("\noutputs:")[0]
    found = []
    for part in body.split("\n\n"):
        lines = [line.strip() for line in part.split("\n")]
        comments = [line for line in lines if line.startswith("#")]
        found.append(("".join(comments), [line for line in lines if not line.startswith("#")]))
    return found


def test_a_group_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """The rows are those of the file, but for what it says behind them."""
    file = EDITED / "module-read.yaml"
    written = file.read_text("utf-8").split("\n")
    rows = [line.split(" #")[0].removeprefix("  - ") for line in written if line.startswith("  - ")]
    found = groups(run(capsys, f"convert {file}").out)
    assert [comment for comment, _ in found] == [f"# {at}: {row}" for at, row in enumerate(rows)]
    assert all(f"name: model.{at}}}" in lines[-1] for at, (_, lines) in enumerate(found))


def test_a_group_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    found = groups(run(capsys, f"convert {EDITED / 'filters.cfg'}").out)
    words = [comment.split()[2] for comment, _ in found]
    assert words == ["[convolutional]", "[convolutional]", "[yolo]", "[route]", *words[1:3]]
    comment, lines = found[0]
    assert comment.startswith("# 0: [convolutional] batch_normalize=1 filters=8 size=3 stride=8")
    assert [line.split(": ")[0] for line in lines] == ["- {conv", "- {batch_norm", "- {leaky_relu"]


def test_names_of_single_layers_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """A group that has one layer with the name of its part has no comment."""
    text = run(capsys, f"convert {EDITED / 'two-outputs.prototxt'}").out
    ((comment, lines),) = groups(text)
    assert comment == ""
    assert len(lines) == 6


def test_a_part_with_several_layers_has_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An inner product flattens by itself."""
    text = (EDITED / "two-outputs.prototxt").read_text("utf-8")
    text += 'layer { name: "fc" type: "InnerProduct" bottom: "boxes" top: "fc"'
    (tmp_path / "net.prototxt").write_text(f"{text} inner_product_param {{ num_output: 2 }} }}\n")
    found = groups(run(capsys, f"convert {tmp_path / 'net.prototxt'}").out)
    assert [comment for comment, _ in found] == ["", "# fc"]
    assert len(found[1][1]) == 2


def test_long_rows_and_odd_characters_stay_comments(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    anchors = ",".join(["10"] * 200)
    text = (EDITED / "filters.cfg").read_text("utf-8").replace("num=6", f"num=6\nanchors={anchors}")
    (tmp_path / "net.cfg").write_text(text.replace("num=6", "num=6#\x1b[31m\u2028x", 1))
    out = run(capsys, f"convert {tmp_path / 'net.cfg'}").out
    assert max(map(len, out.split("\n"))) < 120
    assert "\x1b" not in out
    (tmp_path / "net.yaml").write_text(out)
    assert run(capsys, f"check {tmp_path / 'net.yaml'}").code == 0
