"""Whole screens of `convcalc audit`, as they were read by eye: what fits, and what gives way.

The figures on them follow from arithmetic; `test_the_figures` does it again.
"""

import re
from functools import cache
from math import prod
from pathlib import Path

import pytest

from convcalc_cli.commands.audit.command import audit
from convcalc_cli.shell.screen import ASCII, UNICODE, Screen
from support.program import ROOT

FOLDER = ROOT / "tests/cases/screens"
WIDTHS = (60, 80, 100, 120, 200)
NETWORKS = ("short-names", "long-names")
COLOUR = re.compile(r"\x1b\[([\d;]*)m")
BOLD, GREEN, RED, YELLOW = "1", "1;32", "1;31", "1;33"


@cache
def page(name: str, width: int, *, colour: bool = False, ascii_only: bool = False) -> str:
    glyphs = ASCII if ascii_only else UNICODE
    rendered = audit([str(FOLDER / f"{name}.yaml")]).render(Screen(width, colour, glyphs))
    return "".join(rendered)


def first_half(text: str) -> str:
    """The table of layers and the totals."""
    return text.partition("Where the MACs")[0].rstrip("\n") + "\n"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_screen(name: str, width: int) -> None:
    wanted = (FOLDER / f"{name}-{width}.txt").read_text("utf-8")
    assert first_half(page(name, width)) == wanted


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NETWORKS)
def test_colours_and_ascii_say_the_same(name: str, width: int) -> None:
    plain = page(name, width)
    words = [line.split() for line in plain.splitlines()]
    coloured = COLOUR.sub("", page(name, width, colour=True))
    assert [line.split() for line in coloured.splitlines()] == words
    in_ascii = page(name, width, ascii_only=True)
    assert in_ascii.isascii()
    assert re.sub("#+", "", in_ascii).split() == (
        re.sub("[▏▎▍▌▋▊▉█]+", "", plain).replace("─", "-").replace("…", "~").split()
    )
    assert max(map(len, plain.splitlines())) <= width


def styled(name: str, style: str) -> list[str]:
    """What is in one style in the table and the totals."""
    text = first_half(page(name, 200, colour=True))
    return re.findall(rf"\x1b\[{style}m(.*?)\x1b\[0m", text)


def test_what_stands_out() -> None:
    heading, *blocks = styled("short-names", BOLD)
    assert heading == "short-names: (3, 96, 96)"
    assert blocks == ["mb_1", "mb_2"]
    assert styled("short-names", YELLOW) == ["1.05 MiB*"] * 2
    assert styled("short-names", GREEN) == ["ok, at most 20 k (77.4 %)"]
    assert styled("short-names", RED) == [
        "over its budget of 3 M (3.07 x)",
        "over its budget of 256 KiB (4.22 x)",
    ]


# Of each layer: weights, and positions of its output. A depthwise kernel has one channel.
SHORT = {
    "stem": (16 * 3 * 9, 48 * 48),
    "mb_1.conv_1": (96 * 16, 48 * 48),
    "mb_1.depthwise_conv_1": (96 * 9, 24 * 24),
    "mb_1.conv_2": (24 * 96, 24 * 24),
    "mb_2.conv_1": (144 * 24, 24 * 24),
    "mb_2.depthwise_conv_1": (144 * 9, 12 * 12),
    "mb_2.conv_2": (32 * 144, 12 * 12),
}
NORMS = {"mb_1": 2 * (96 + 96), "mb_2": 2 * (144 + 144)}


def test_the_figures() -> None:
    wide = (FOLDER / "short-names-200.txt").read_text("utf-8")
    rows = [re.split(r" {2,}", line.strip()) for line in wide.split("\n\n")[1].splitlines()]
    macs = {name: prod(figures) for name, figures in SHORT.items()}
    total = sum(macs.values())
    for block, norms in NORMS.items():
        inside = [name for name in SHORT if name.startswith(block)]
        (row,) = [row for row in rows if row[0] == block]
        params = sum(SHORT[name][0] for name in inside) + norms
        assert row[2:4] == [f"{params:,}", f"{sum(macs[name] for name in inside):,}"]
        share = 100 * sum(macs[name] for name in inside) / total
        assert row[4].startswith(f"{share:.1f} %")
    for name, (weights, positions) in SHORT.items():
        label = name.rpartition(".")[2]
        found = [row for row in rows if row[0] == label and f"{weights * positions:,}" in row]
        assert len(found) == 1
    # The peak: 96 channels at 48 x 48 go in, 96 at 24 x 24 come out, of 4 bytes.
    peak = 4 * 96 * (48 * 48 + 24 * 24)
    assert [row[0] for row in rows if f"{peak / 1024**2:.2f} MiB*" in row] == [
        *("mb_1", "depthwise_conv_1")
    ]


def test_the_stage_the_peak_and_the_field_are_found_at_a_glance() -> None:
    """What a person looks for in resnet50, on a screen of 100 columns."""
    text = "".join(audit([str(ROOT / "examples/resnet50.yaml")]).render(Screen(100)))
    rows = [re.split(r" {2,}", line) for line in text.split("\n\n")[1].splitlines()]
    stages = {row[0]: row for row in rows if re.fullmatch(r"stage\d", row[0])}
    shares = {name: float(row[4].split()[0]) for name, row in stages.items()}
    assert max(shares, key=lambda name: shares[name]) == "stage3"
    assert "* the peak, while stage1.0.conv_4.0 runs" in text
    assert stages["stage4"][-1] == "427 x 427"
    assert len(text.split("\n\n")[1].splitlines()) < 50


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def test_every_screen_is_looked_at() -> None:
    assert len(files()) == len(WIDTHS) * len(NETWORKS)
