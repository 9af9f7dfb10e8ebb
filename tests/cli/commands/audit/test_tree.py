"""The flags of `convcalc audit` that choose rows and columns, and the sums of blocks in JSON."""

import re
from pathlib import Path

import pytest

from convcalc_cli.commands.audit.command import audit as audit_command
from convcalc_cli.sections.audit.columns import COLUMNS
from convcalc_cli.shell.screen import Screen
from support.audits import audit, example, network, text
from support.program import ROOT

# Two stages of two equal rounds each, all of 4 channels at 8 x 8: 16 weights, 1,024 MACs a row.
NET = """\
input: [4, 8, 8]
blocks:
  round: {layers: [{conv: 4, kernel_size: 1, bias: false}, relu]}
  stage: {layers: [{block: round, repeat: 2, name: r}, {conv: 4, kernel_size: 1, bias: false}]}
layers:
  - {block: stage, name: one}
  - {block: stage, name: two}
  - {conv: 4, kernel_size: 3, padding: 1, bias: false, stride: 2, name: head}
"""
HEAD = 4 * 4 * 9


@pytest.fixture
def net(tmp_path: Path) -> Path:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    return file


def table(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[str]:
    """The lines of the layer table."""
    return text(capsys, *words).split("\n\n")[1].splitlines()


def names(lines: list[str]) -> list[str]:
    return [re.split(r"(?<=\S) {2,}", line)[0] for line in lines[2:]]


TREE = [
    *("one", "  r x 2", "    conv_1", "    relu_1", "  conv_1"),
    *("two", "  r x 2", "    conv_1", "    relu_1", "  conv_1", "head"),
]
PEAK = "* the peak, while one.r.0.conv_1 runs"
ROUNDS = "x N: N equal rounds, their figures added up; --all lists each"


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([], [*TREE, PEAK, ROUNDS]),
        (["--depth", "1"], ["one", "two", "head", PEAK, "depth 1 of 3; --depth 2 shows more, "]),
        (
            ["--depth", "2"],
            [
                *("one", "  r x 2", "  conv_1", "two", "  r x 2", "  conv_1", "head"),
                *(PEAK, ROUNDS, "depth 2 of 3; --depth 3 shows more, "),
            ],
        ),
        (["--depth", "9"], [*TREE, PEAK, ROUNDS]),
        (
            ["--all"],
            [
                name
                for stage in ("one", "two")
                for name in (
                    *(stage, "  r", "    r.0", "      conv_1", "      relu_1"),
                    *("    r.1", "      conv_1", "      relu_1", "  conv_1"),
                )
            ]
            + ["head", PEAK],
        ),
        (
            ["--flat"],
            [
                f"{stage}.{name}"
                for stage in ("one", "two")
                for name in ("r.0.conv_1", "r.0.relu_1", "r.1.conv_1", "r.1.relu_1", "conv_1")
            ]
            + ["head", PEAK],
        ),
        (["--top", "1", "--sort", "params"], ["head", "10 more rows"]),
    ],
)
def test_rows(
    net: Path, capsys: pytest.CaptureFixture[str], flags: list[str], wanted: list[str]
) -> None:
    found = names(table(capsys, net, *flags))
    assert len(found) == len(wanted)
    assert all(map(str.startswith, found, wanted)), found


def test_columns(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = "kernel,stride,groups,padding,params,params_share,alive"
    head, _, one, *_, last, _, _ = table(capsys, net, "--depth", "1", "--columns", columns)
    assert head.split() == [
        *("layer", "kernel", "stride", "groups", "padding", "params", "of", "params"),
        *("in", "memory"),
    ]
    share = f"{100 * HEAD / (HEAD + 6 * 16):.1f}"
    kib = f"{(4 * 64 + 4 * 16) * 4 / 1024:.2f}"
    assert last.split()[:7] == ["head", "3x3", "2x2", "1", "1x1", str(HEAD), share]
    assert last.split()[-2:] == [kib, "KiB"]
    assert one.split()[:2] == ["one", "48"]


@pytest.mark.parametrize("name", ["resnet50", "shufflenet-v2-x1.0", "m5", "siamese", "vit-b-16"])
def test_every_column_of_every_kind_of_network(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = table(capsys, example(name), "--all", "--columns", ",".join(COLUMNS))
    assert all(column.title in lines[0] for column in COLUMNS.values())


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (
            "--columns output,kernal",
            "--columns kernal: unknown column; did you mean kernel?; there are operation, input, ",
        ),
        ("--columns macs,macs", "--columns names macs twice"),
        ("--columns ,", "--columns '': unknown column; there are operation, "),
        ("--depth 0", "--depth 0 is below 1"),
        ("--depth 2 --flat", "--depth cuts the tree of blocks, and --flat lists rows"),
        ("--depth 2 --sort macs", "--depth cuts the tree of blocks, and --sort lists rows"),
        ("--depth 2 --top 3", "--depth cuts the tree of blocks, and --top lists rows"),
    ],
)
def test_what_cannot_be(
    net: Path, capsys: pytest.CaptureFixture[str], flags: str, told: str
) -> None:
    ran = audit(capsys, net, *flags.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {told}")


def test_columns_that_are_chosen_go_from_the_right(net: Path) -> None:
    page = "".join(
        audit_command([str(net)], columns="params,macs,alive,output,kernel").render(Screen(50))
    )
    lines = page.split("\n\n")[1].splitlines()
    assert lines[0].split() == ["layer", "params", "MACs", "in", "memory", "output"]
    assert lines[-1] == "not shown: kernel (--columns, or a wider terminal)"


def test_the_sums_of_blocks(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = {"params": 48, "macs": 48 * 64, "peak_activation_bytes": 2048, "layers": 5}
    inner = {"params": 32, "macs": 32 * 64, "peak_activation_bytes": 2048, "layers": 4}
    single = {"params": 16, "macs": 16 * 64, "peak_activation_bytes": 2048, "layers": 2}
    wanted = [
        {"name": name, **figures, "output_shape": [4, 8, 8]}
        for stage_name in ("one", "two")
        for name, figures in (
            (stage_name, stage),
            (f"{stage_name}.r", inner),
            (f"{stage_name}.r.0", single),
            (f"{stage_name}.r.1", single),
        )
    ]
    assert network(capsys, net)["blocks"] == wanted


def test_markdown_moves_names_in(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = text(capsys, net, "-f", "markdown")
    assert "\n| &emsp;&emsp;conv\\_1 | conv | (4, 8, 8) |" in page
    assert "\n\\* the peak, while one.r.0.conv\\_1 runs." in page


def test_a_lower_bound_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.yaml"
    layers = "[{conv: 4, kernel_size: 1, name: a.x}, {opaque: X, shape: same, name: a.y}, relu]"
    file.write_text(f"input: [4, 8, 8]\nlayers: {layers}\n")
    block = table(capsys, file, "--depth", "1", "--columns", "params,macs")[2]
    assert re.split(" {2,}", block) == ["a", "20 + ?", "1,024 + ?"]


def test_the_examples_fit_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """At most 60 lines, but for networks whose first level alone is longer."""
    for name in ("resnet50", "mobilenet-v2", "efficientnet-b0", "fcos-head", "deeplabv3-resnet50"):
        assert len(table(capsys, ROOT / f"examples/{name}.yaml")) <= 60
