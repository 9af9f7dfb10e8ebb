"""The screen of `convcalc layer`: wide, narrow, in a file, in ASCII, with and without colour."""

import io
import re

import pytest

from convcalc import Conv, ConvTranspose, compare
from convcalc.redesign.designs import designs_with
from convcalc_cli.commands.layer.explanation import LESSONS
from convcalc_cli.commands.layer.page import layer_pages
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.page.terminal import page_table
from convcalc_cli.shell.screen import ASCII, UNICODE, Screen, screen_of
from convcalc_cli.text import bytes_text
from support.program import run

GROUPED = LayerReport(
    compare(Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64)), {"size": 64}, explained=False
)
EXPLAINED = GROUPED._replace(explained=True)

# The pair has 16 * 9 + 16 and 16 * 32 + 32 params; MACs are params without bias times 64 * 64.
NUMBERS = ["4,640", "1,184", "704", "18,874,368", "4,718,592", "2,686,976", "100.0 %"]
SHARES = ["25.5 %", "15.2 %", "25.0 %", "14.2 %"]
WEIGHTS = ["(32, 16, 3, 3)", "(32, 4, 3, 3)", "(16, 1, 3, 3)", "(32, 16, 1, 1)"]


def screen(report: LayerReport, on: Screen | None = None) -> str:
    return "".join(page_table(layer_pages(report), on or Screen()))


def line_with(text: str, lines: str) -> str:
    (found,) = [line for line in lines.splitlines() if text in line]
    return found


def test_facts_of_the_layer() -> None:
    lines = screen(GROUPED)
    assert lines.startswith(
        "Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=4)\n"
    )
    facts = {
        "input ": "(16, 64, 64)   defaults used: --size 64",
        "output ": "(32, 64, 64)",
        "weight ": "(32, 4, 3, 3)",
        "bias ": "(32,)",
        "params ": "1,184          4.62 KiB",
        "MACs ": "4,718,592      4.72 M",
        "FLOPs ": "9,437,184      2 x MACs",
        "activation memory ": "512 KiB        float32; 768 KiB with the input",
        "receptive field ": "3 x 3",
    }
    for name, value in facts.items():
        assert re.search(rf"^{name} *{re.escape(value)}$", lines, re.MULTILINE), name


def test_nothing_is_said_of_defaults_that_were_not_used() -> None:
    assert "default" not in screen(GROUPED._replace(defaults={}))


@pytest.mark.parametrize(
    ("batch", "defaults", "remark"),
    [
        (1, {}, ""),
        (5, {}, "batch 5"),
        (1000, {}, "batch 1,000"),
        (1, {"kernel_size": 3}, "defaults used: --kernel-size 3"),
        (5, {"kernel_size": 3, "size": 9}, "batch 5; defaults used: --kernel-size 3, --size 9"),
    ],
)
def test_the_remark_on_the_input(batch: int, defaults: dict[str, int], remark: str) -> None:
    lines = screen(LayerReport(compare(Conv(4, 8, 3), (4, 9, 9), batch=batch), defaults))
    (found,) = re.findall(r"^input +\(4, 9, 9\) *(.*)$", lines, re.MULTILINE)
    assert found == remark
    # 7 x 7 outputs, float32: the output's bytes, and with them those of the input.
    macs, output = batch * 8 * 4 * 9 * 49, batch * 8 * 49 * 4
    assert re.search(rf"^MACs +{macs:,} ", lines, re.MULTILINE)
    assert re.search(rf"^activation memory +{re.escape(bytes_text(output))} ", lines, re.MULTILINE)
    assert f"; {bytes_text(output + batch * 4 * 81 * 4)} with the input" in lines


def test_each_design_has_a_line_in_a_file() -> None:
    lines = screen(GROUPED)
    full = "█" * 10
    standard = re.split("  +", line_with("(32, 16, 3, 3)", lines).strip())
    assert standard == [
        *("standard", "(32, 16, 3, 3)"),
        *("4,640", f"100.0 % {full}"),
        *("18,874,368", f"100.0 % {full}"),
    ]
    pair = line_with("depthwise separable", lines)
    assert "(16, 1, 3, 3) + (32, 16, 1, 1)" in pair
    assert re.search(r" 704 +15.2 % █▌ +2,686,976 +14.2 % █▍$", pair)


def test_the_row_that_was_asked_for_is_marked() -> None:
    marked = [line for line in screen(GROUPED).splitlines() if line.startswith("▸")]
    assert [line.split("  ")[0] for line in marked] == [
        "▸ grouped, groups=4",
        "▸ the layer asked for",
    ]


def test_the_convention_is_said() -> None:
    assert "1 MAC = 2 FLOPs" in screen(GROUPED).splitlines()[-1]


@pytest.mark.parametrize("report", [GROUPED, EXPLAINED])
@pytest.mark.parametrize("width", [40, 60, 79, 80, 100, 119, 120, 300])
def test_every_number_is_whole_at_every_width(report: LayerReport, width: int) -> None:
    lines = screen(report, Screen(width))
    assert max(map(len, lines.splitlines())) <= width
    for text in [*NUMBERS, *SHARES, *WEIGHTS]:
        assert text in lines, text
    assert "…" not in lines


@pytest.mark.parametrize("width", [1, 7, 20])
def test_a_screen_too_narrow_for_anything_is_no_fault(width: int) -> None:
    assert screen(EXPLAINED, Screen(width))


@pytest.mark.parametrize("report", [GROUPED, EXPLAINED])
def test_without_unicode_everything_is_ascii(report: LayerReport) -> None:
    lines = screen(report, Screen(glyphs=ASCII))
    assert lines.isascii()
    assert "> grouped, groups=4" in lines
    assert "##########" in lines


def test_colour_is_only_where_it_is_wanted() -> None:
    assert "\x1b" not in screen(EXPLAINED)
    assert "\x1b[1m" in screen(EXPLAINED, Screen(colour=True))


def test_padding_that_is_the_same_is_shown_in_numbers() -> None:
    report = LayerReport(compare(Conv(3, 8, 4, stride=2, padding="same"), (3, 9, 9)), {})
    assert re.search(r"^padding +same = 1:2, 1:2 ", screen(report), re.MULTILINE)


def test_a_design_that_is_not_there_has_its_reason() -> None:
    lines = screen(LayerReport(compare(Conv(3, 7, 1), (3, 9, 9)), {})).splitlines()
    assert "  grouped: none of 2, 4, 8 divides both --in 3 and --out 7" in lines
    assert "  depthwise separable: a kernel of 1 has nothing to separate" in lines


@pytest.mark.parametrize("conv", [Conv(512, 512, 3, padding=1), Conv(8, 8, 1)])
def test_a_common_layer_is_a_table_on_80_columns(conv: Conv) -> None:
    report = LayerReport(compare(conv, (conv.in_channels, 14, 14)), {})
    assert "────" in screen(report, Screen(80))


def test_the_longest_bar_is_of_the_largest_share() -> None:
    """A separable pair can cost more than the layer; its bar is then the full one."""
    lines = screen(LayerReport(compare(Conv(1, 1, 2), (1, 4, 4)), {})).splitlines()
    standard, separable = [
        re.findall("[▏▎▍▌▋▊▉█]+", line)
        for name in ("standard  ", "depthwise separable  ")
        for line in lines
        if name in line and "█" in line
    ]
    assert separable == ["█" * 10, "█" * 10]  # 7 params of 5, 45 MACs of 36
    assert standard == ["█" * 7 + "▏", "█" * 8]


class TestExplanation:
    def test_the_grid_of_groups_is_block_diagonal(self) -> None:
        report = LayerReport(compare(Conv(4, 4, 1, groups=2), (4, 5, 5)), {}, explained=True)
        lines = screen(report).splitlines()
        start = next(at for at, line in enumerate(lines) if re.match("standard +grouped", line))
        lines = lines[start + 1 :]
        assert [line.split("    ")[-1].strip() for line in lines[:4]] == [
            "■ ■ · ·",
            "■ ■ · ·",
            "· · ■ ■",
            "· · ■ ■",
        ]

    def test_many_channels_are_scaled_down(self) -> None:
        report = LayerReport(compare(Conv(512, 512, 3), (512, 7, 7)), {}, explained=True)
        lines = screen(report)
        assert "a cell: 32 in, 32 out" in lines
        assert "15 of 512 groups shown" in lines
        assert "■ · · · · · · · · · · · · · … ·" in lines

    @pytest.mark.parametrize(
        ("channels", "captions"),
        [
            ((32, 48), {"2 in, 3 out"}),
            # 20 channels in 16 cells: four cells have two of them.
            ((20, 20), {"up to 2 in, 2 out"}),
            ((16, 20), {"up to 1 in, 2 out"}),
            ((20, 16), {"up to 2 in, 1 out"}),
            ((16, 16), set()),
        ],
    )
    def test_a_cell_of_several_channels_is_told(
        self, channels: tuple[int, int], captions: set[str]
    ) -> None:
        comparison = compare(Conv(*channels, 1), (channels[0], 9, 9))
        lines = screen(LayerReport(comparison, {}, explained=True))
        assert set(re.findall(r"a cell: (.*?)(?:  |$)", lines, re.MULTILINE)) == captions

    def test_a_kernel_of_one_dimension_is_told_in_taps(self) -> None:
        comparison = compare(Conv(4, 8, 5, dims=1), (4, 20))
        lines = screen(LayerReport(comparison, {}, explained=True))
        assert "Depthwise separable: first a 5-tap kernel for each input channel alone" in lines
        assert re.search(r"^32 kernels of 5-tap +16 kernels of 5-tap +", lines, re.MULTILINE)
        assert "32 kernels of 1-tap" in lines

    def test_kernels_of_more_dimensions_are_told_in_sizes(self) -> None:
        comparison = compare(Conv(4, 8, (3, 5, 7)), (4, 20, 20, 20))
        lines = screen(LayerReport(comparison, {}, explained=True))
        assert "first a 3x5x7 kernel for each input channel alone" in lines
        assert "32 kernels of 3x5x7" in lines

    def test_it_shows_formula_numbers_and_result_of_every_design(self) -> None:
        lines = screen(EXPLAINED)
        for text in [
            "floor((i + lo + hi - d*(k - 1) - 1) / s) + 1",
            "= floor((64 + 1 + 1 - 1*(3 - 1) - 1) / 1) + 1",
            "= (32, 16/4, 3, 3)",
            "= 32*4*3*3 + 32",
            "= 32*4*3*3 * 64*64",
            "= 160 + 544",
            "grouped, groups=4 (the layer asked for)",
        ]:
            assert text in lines, text

    def test_it_tells_what_groups_are(self) -> None:
        assert (
            "groups=4: the channels fall into 4 groups, each with 4 input channels and 8 output "
            "channels. An output channel reads only the input channels of its own group"
        ) in screen(EXPLAINED).replace("\n", " ")

    def test_a_transposed_layer_is_explained_in_its_own_formula(self) -> None:
        report = LayerReport(
            compare(ConvTranspose(4, 4, 4, stride=2, padding=1), (4, 8, 8)), {}, explained=True
        )
        assert "= (8 - 1)*2 - 1 - 1 + 1*(4 - 1) + 0 + 1" in screen(report)


class Stream(io.StringIO):
    """A stream with an encoding of its own, on a terminal or not."""

    def __init__(self, encoding: str, *, terminal: bool) -> None:
        super().__init__()
        self.own_encoding, self.terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.own_encoding

    def isatty(self) -> bool:
        return self.terminal


TERMINAL, FILE = Stream("utf-8", terminal=True), Stream("utf-8", terminal=False)


@pytest.mark.parametrize(
    ("stream", "environment", "colour"),
    [
        (TERMINAL, {}, True),
        (TERMINAL, {"NO_COLOR": "1"}, False),
        (TERMINAL, {"NO_COLOR": ""}, True),
        (TERMINAL, {"TERM": "dumb"}, False),
        (TERMINAL, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (FILE, {}, False),
        (FILE, {"FORCE_COLOR": "1"}, True),
    ],
)
def test_who_gets_colour(stream: Stream, environment: dict[str, str], colour: bool) -> None:
    assert screen_of(stream, environment).colour is colour


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", UNICODE), ("ascii", ASCII), ("cp1252", ASCII), ("latin-1", ASCII), ("odd", ASCII)],
)
def test_who_gets_unicode(encoding: str, glyphs: object) -> None:
    assert screen_of(Stream(encoding, terminal=False), {}).glyphs is glyphs


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "55")
    assert screen_of(TERMINAL, {}).width == 55
    assert screen_of(FILE, {}).width is None


def test_the_program_draws_it(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "layer --in 16 --out 32 -g 4 -p 1 -k 3")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == screen(GROUPED)


def test_every_lesson_of_a_design_has_its_words() -> None:
    designs = designs_with([2])
    assert {each.lesson for each in designs if each.lesson} == LESSONS.keys()
