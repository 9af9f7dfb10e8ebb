"""The network file of `convcalc fit`: the answer, in blocks where they can stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.files.yaml_reader import read_text
from support.program import report, run

ROOT = Path(__file__).parents[4]
FIGURES = ("params", "macs", "peak_activation_bytes", "output_shape")


def written(capsys: pytest.CaptureFixture[str], net: Path, flags: str) -> tuple[Any, Any]:
    """The answer, and the content of the file."""
    fitted = net.parent / "fitted.yaml"
    ran = run(capsys, f"fit {net} {flags} -o {fitted}")
    assert ran.code == 0
    return convcalc.load(fitted), read_text(fitted.read_bytes()).content


def network(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "net.yaml"
    file.write_text(text)
    return file


BLOCKS = """\
# a comment
name: small
input: [32, 12, 12]
defaults: {conv: {padding: 1}}
blocks:
  unit:
    args: {out: }
    layers:
      - {conv: $out, kernel_size: 3}
      - relu
layers:
  - {conv: 32, kernel_size: 3}
  - {block: unit, with: {out: 32}, repeat: 2, name: body}
  - {block: unit, with: {out: 64}}
  - {add: [[], []]}
"""


def test_a_block_whose_uses_agree_stays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    flags = "--max-macs 41% --designs grouped --groups 4 --except conv_1"
    fitted, content = written(capsys, network(tmp_path, BLOCKS), flags)
    assert content["blocks"]["unit"]["layers"][0] == {"conv": "$out", "kernel_size": 3, "groups": 4}
    assert len(content["layers"]) == 4
    assert [row.name for row in fitted.rows][:4] == [
        *("conv_1", "body.0.conv_1", "body.0.relu_1", "body.1.conv_1")
    ]
    assert "comment" not in (tmp_path / "fitted.yaml").read_text()


def test_only_uses_that_differ_are_unrolled(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flags = "--max-macs 90% --designs grouped --groups 4 --only body.1"
    fitted, content = written(capsys, network(tmp_path, BLOCKS), flags)
    assert "groups" not in content["blocks"]["unit"]["layers"][0]
    layers = content["layers"]
    assert [layer.get("block") for layer in layers] == [*[None] * 5, "unit", None]
    assert [layer["name"] for layer in layers[1:5]] == [
        *("body.0.conv_1", "body.0.relu_1", "body.1.conv_1", "body.1.relu_1")
    ]
    assert [row.operation.arguments().get("groups") for row in fitted.rows] == [
        *(1, 1, None, 4, None, 1, None, None)
    ]


def test_a_block_that_nobody_uses_any_more_is_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = BLOCKS.replace("  - {block: unit, with: {out: 64}}\n", "")
    _, content = written(
        capsys, network(tmp_path, text), "--max-macs 90% --designs grouped --only body.1"
    )
    assert "blocks" not in content


@pytest.mark.parametrize("design", ["separable", "bottleneck", "spatial"])
def test_each_design_in_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, design: str
) -> None:
    flags = f"--max-macs 95% --designs {design} --only conv_1"
    fitted, content = written(capsys, network(tmp_path, BLOCKS), flags)
    first = content["layers"][0]
    assert first["name"] == "conv_1"
    assert "separable_conv" in first if design == "separable" else "block" in first
    assert fitted.rows[0].name.startswith("conv_1.")


REFERENCES = """\
input: [16, 10, 10]
blocks:
  pair:
    layers:
      - {conv: 16, kernel_size: 3, padding: 1}
      - {conv: 16, kernel_size: 3, padding: 1}
layers:
  - {conv: 16, kernel_size: 3, padding: 1, name: first}
  - relu
  - {block: pair, repeat: 2, name: left}
  - {block: pair, from: first, name: right}
  - {add: [left, right, first], name: sum}
  - {conv: 8, kernel_size: 1, from: left, name: head}
outputs: [sum, head]
"""


def test_readers_of_a_block_read_its_last_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    net = network(tmp_path, REFERENCES)
    fitted, content = written(capsys, net, "--max-macs 85% --only left.1 --designs grouped")
    names = [layer.get("name") for layer in content["layers"] if isinstance(layer, dict)]
    assert "left" not in names
    assert "right" in names
    assert list(fitted.output_rows.values()) == ["sum", "head"]


EXAMPLES = [
    "alexnet",
    "deeplabv3-resnet50",
    "mobilenet-v1",
    "mobilenet-v3-small",
    "resnet18",
    "unet",
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_keep_what_can_stay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    fitted = tmp_path / "fitted.yaml"
    file = ROOT / "examples" / f"{name}.yaml"
    ran = run(capsys, f"fit {file} --max-macs 60% -o {fitted}")
    assert ran.code == 0
    (told,) = report(capsys, f"audit {fitted}")["networks"]
    answer = convcalc.fit(convcalc.load(file), max_macs="60%")
    assert [told["totals"][each] for each in FIGURES] == [
        [*value] if isinstance(value, tuple) else value
        for value in [getattr(answer.totals, each) for each in FIGURES]
    ]
    assert [row.name for row in convcalc.load(fitted).rows] == [
        row.name for row in answer.network.rows
    ]
    assert run(capsys, f"check {fitted}").code == 0
    assert run(capsys, f"diff {file} {fitted}").code in (0, 1)
    flat = len(answer.network.rows)
    assert len(read_text(fitted.read_bytes()).content["layers"]) < flat


def test_the_file_can_be_verified(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    net = network(tmp_path, BLOCKS)
    written(capsys, net, "--max-macs 50%")
    assert run(capsys, f"audit {tmp_path / 'fitted.yaml'} --verify").code == 0


def test_an_input_is_not_written_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    net = network(tmp_path, BLOCKS)
    ran = run(capsys, f"fit {net} --max-macs 50% -o {net}")
    assert ran.code == 2
    assert net.read_text() == BLOCKS


def test_nothing_is_written_where_nothing_fits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fitted = tmp_path / "fitted.yaml"
    ran = run(capsys, f"fit {network(tmp_path, BLOCKS)} --max-macs 1 -o {fitted}")
    assert ran.code == 1
    assert not fitted.exists()


@pytest.mark.parametrize("design", ["separable", "bottleneck", "spatial", "grouped"])
def test_names_with_dots_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, design: str
) -> None:
    text = """\
input: [16, 12, 12]
layers:
  - {conv: 16, kernel_size: 3, padding: 1, name: a.Conv}
  - {conv: 16, kernel_size: 3, padding: 1, name: b.Conv}
  - {conv: 16, kernel_size: 3, padding: 1, name: c.Conv, repeat: 2}
"""
    flags = f"--max-macs 99% --designs {design} --only a.Conv"
    fitted, content = written(capsys, network(tmp_path, text), flags)
    assert {row.name.partition(".Conv")[0] for row in fitted.rows} == {"a", "b", "c"}
    assert [item["name"] for item in content["layers"]] == ["a.Conv", "b.Conv", "c.Conv"]
