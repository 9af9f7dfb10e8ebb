"""Names and texts are data: nothing in them is markup, a formula or a cell of its own."""

import csv
import io
import re

import pytest

from convcalc import Conv, compare
from convcalc.connectivity import channel_grid
from convcalc.explanation import Derivation
from convcalc_cli.formats.csv import layer_csv
from convcalc_cli.formats.markdown import page_markdown
from convcalc_cli.layer_report import LayerReport
from convcalc_cli.page import (
    Block,
    Derivations,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Parts,
    Picture,
    Pictures,
    Row,
    Table,
)
from convcalc_cli.screen import ASCII

HOSTILE = "# | * _ ` <b> [x](y) \\ \\| \x1b[31m \n# \r \t \u202e ## ~~a~~ &lt; {} \\"
SHOWN = "# | * _ ` <b> [x](y) \\ \\| \\x1b[31m \\n# \\r \\t \\u202e ## ~~a~~ &lt; {} \\"

TOKEN = re.compile(r"\\([!-/:-@\[-`{-~])|(\||\*\*)|([*_`<>\[\]#~&\\])|[^\x20-\x7e]")


def read(line: str) -> list[str]:
    """A line as its reader sees it, in pieces between the pipes and the bold marks.

    Anything else that Markdown, or a terminal, could take for more than text fails.
    """
    pieces = [""]
    end = 0
    for found in TOKEN.finditer(line):
        escaped, mark, markup = found.groups()
        pieces[-1] += line[end : found.start()] + (escaped or "")
        end = found.end()
        assert escaped or mark, f"{markup or found[0]!r} is not escaped in {line!r}"
        if mark:
            pieces.append("")
    pieces[-1] += line[end:]
    return [piece.strip() for piece in pieces]


def markdown(block: Block) -> list[str]:
    return page_markdown([block], ASCII).splitlines()


class TestMarkdown:
    def test_a_heading(self) -> None:
        (line,) = markdown(Heading(HOSTILE, level=2))
        assert read(line.removeprefix("### ")) == [SHOWN]

    def test_a_paragraph(self) -> None:
        (line,) = markdown(Paragraph(HOSTILE))
        assert read(line) == [SHOWN]

    def test_facts(self) -> None:
        lines = markdown(Facts([Fact(HOSTILE, HOSTILE, HOSTILE), Fact("a", "b")]))
        assert [read(line) for line in lines] == [
            ["", "", "", "", ""],
            ["", ":---", ":---", ":---", ""],
            ["", SHOWN, SHOWN, SHOWN, ""],
            ["", "a", "b", "", ""],
        ]

    def test_a_table(self) -> None:
        rows = [Row([HOSTILE, Parts([HOSTILE, HOSTILE]), 1]), Row([HOSTILE, None, 2], marked=True)]
        lines = markdown(Table([HOSTILE, "b", "c"], rows, mark=HOSTILE, notes=[HOSTILE]))
        assert [read(line) for line in lines if line] == [
            ["", SHOWN, "b", "c", ""],
            ["", ":---", ":---", "---:", ""],
            ["", SHOWN, f"{SHOWN} + {SHOWN}", "1", ""],
            # Bold marks lie around every cell of the marked row.
            ["", "", SHOWN, "", "", "-", "", "", "2", "", ""],
            ["", "Bold", f": {SHOWN}."],
            [f"{SHOWN}."],
        ]

    @pytest.mark.parametrize(
        "block",
        [
            Heading(HOSTILE, level=1),
            Derivations(HOSTILE, []),
            Derivations("", [Derivation(HOSTILE, "a", "b", 1)]),
            Derivations("", [Derivation("a", HOSTILE, HOSTILE, 1)]),
            Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), ["a"])]),
            Pictures([Picture(f"```{HOSTILE}", channel_grid(Conv(1, 1, 1)), ["a"])]),
        ],
    )
    def test_code(self, block: Block) -> None:
        text = "\n".join(markdown(block))
        assert text.replace("\n", "").isprintable()
        fence = re.match(r"```+", text)
        if fence:
            assert [line for line in text.splitlines() if fence[0] in line][1:] == [fence[0]]
        else:
            code = r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)"
            assert "<" not in re.sub(r"\\.", "", re.sub(code, "", text))


class TestCsv:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_formula_is_text(self, start: str) -> None:
        comparison = compare(Conv(4, 8, 3), (4, 9, 9))
        formula = f'{start}HYPERLINK("x",1)'
        (row,) = comparison.standard.audit.layers
        facts = comparison.standard.audit._replace(layers=(row._replace(name=formula),))
        design = comparison.standard._replace(name=formula, audit=facts)
        text = layer_csv(LayerReport(comparison._replace(designs=(design,)), {}))
        _, cells = csv.reader(io.StringIO(text, newline=""))
        told = formula.replace("\t", "\\t").replace("\r", "\\r")
        assert cells[:3] == [f"'{told}", f"'{told}", "conv"]

    @pytest.mark.parametrize("text", ["a=b", "x-1", " =1", "'=1", "conv_1", 'a,"b"'])
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        comparison = compare(Conv(4, 8, 3), (4, 9, 9))
        design = comparison.standard._replace(name=text)
        written = layer_csv(LayerReport(comparison._replace(designs=(design,)), {}))
        _, cells = csv.reader(io.StringIO(written, newline=""))
        assert cells[0] == text
