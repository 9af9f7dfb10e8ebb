"""Pages as LaTeX: what is text stays text, and what a document takes in can be set."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from convcalc import Conv
from convcalc.facts.connectivity import channel_grid
from convcalc.facts.explanation import Derivation
from convcalc_cli.page.blocks import (
    Block,
    Branch,
    Cell,
    Derivations,
    Fact,
    Facts,
    Finds,
    Folded,
    Found,
    Heading,
    LongTable,
    Paragraph,
    Picture,
    Pictures,
    Row,
    Share,
    Table,
    Tone,
)
from convcalc_cli.page.latex import page_latex
from convcalc_cli.program import main
from convcalc_cli.shell.screen import Screen
from support.program import run

HOSTILE = (
    "# | * _ ` <b> [x](y) \\ \\input{a} ^^M ~ $1$ & % -- ,, 'a' \"b\" {} \\end{verbatim} ?` !`"
)

MEANING = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textquotedbl{}": '"',
    r"\textquotesingle{}": "'",
    r"\textasciigrave{}": "`",
    **{f"\\{mark}": mark for mark in "{}#$%&_"},
    "{}": "",
}
COMMAND = re.compile(r"\\[a-zA-Z]+\{\}|\\[^a-zA-Z]|\{\}")
MARKUP = re.compile(r"[\\{}#$%&_^~]|--|,,|[?!]`")


def latex(block: Block) -> list[str]:
    first, *lines = "".join(page_latex([[block]], Screen())).splitlines()
    assert first.startswith("% Needs ")
    return [line for line in lines if line]


def read(text: str) -> str:
    """A text as LaTeX sets it; markup in it fails."""
    assert not MARKUP.search(COMMAND.sub(".", text)), text
    return COMMAND.sub(lambda found: MEANING[found[0]], text)


def cells(line: str) -> list[str]:
    assert line.endswith(r" \\")
    return [read(cell) for cell in re.split(r"(?<!\\) & ", line.removesuffix(r" \\"))]


def test_prose() -> None:
    (line,) = latex(Paragraph(HOSTILE))
    assert read(line) == HOSTILE
    (line,) = latex(Paragraph(HOSTILE, Tone.BAD))
    assert read(line.removeprefix(r"\textbf{").removesuffix("}")) == HOSTILE


@pytest.mark.parametrize(
    ("level", "command"), [(1, "section"), (2, "subsection"), (3, "subsubsection")]
)
def test_a_heading(level: int, command: str) -> None:
    (line,) = latex(Heading("a_b", level))
    title = r"\texttt{a\_b}" if level == 1 else r"a\_b"
    assert line == rf"\{command}*{{{title}}}"


def test_a_table() -> None:
    rows = [Row([HOSTILE, 1184, Share(1, 4)]), Row(["b", None, Share(1, 1)], marked=True)]
    head, top, titles, middle, plain, marked, bottom, end, mark, note = latex(
        Table([HOSTILE, "params", "share"], rows, mark="yours", notes=["by hand"])
    )
    assert (head, end) == (r"\begin{tabular}{lrr}", r"\end{tabular}")
    assert (top, middle, bottom) == (r"\toprule", r"\midrule", r"\bottomrule")
    assert cells(titles) == [HOSTILE, "params", "share"]
    assert cells(plain) == [HOSTILE, "1,184", "25.0 %"]
    assert marked == r"\textbf{b} & \textbf{-} & \textbf{100.0 \%} \\"
    assert (mark, note) == (r"\textbf{Bold}: yours.", "by hand.")


@pytest.mark.parametrize("first", ["[3, 2]", "*.yaml"])
def test_no_cell_is_an_option_of_the_line_break_before_it(first: str) -> None:
    line = latex(Table(["a"], [Row(["x"]), Row([first])]))[-3]
    assert not line.startswith(("[", "*"))
    assert cells(line) == [first]


def test_a_long_table_has_its_titles_on_each_page() -> None:
    lines = latex(LongTable(["a", "b"], [["x", 1], ["y", 2]]))
    assert lines[0] == r"\begin{longtable}{lr}"
    assert lines[2:5] == [r"a & b \\", r"\midrule", r"\endhead"]
    assert lines[5:7] == [r"x & 1 \\", r"y & 2 \\"]


def test_names_of_a_tree_stand_in() -> None:
    rows: list[list[Cell]] = [[Branch(f"n_{level}", level, is_block=True), 1] for level in range(3)]
    *_, one, two, three, _, _ = latex(LongTable(["layer", "params"], rows))
    assert [one, two, three] == [
        r"n\_0 & 1 \\",
        r"\quad n\_1 & 1 \\",
        r"\quad \quad n\_2 & 1 \\",
    ]


def test_a_picture_cannot_be_left() -> None:
    first, *lines, last = latex(Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), ["a"])]))
    assert (first, last) == (r"\begin{verbatim}", r"\end{verbatim}")
    assert r"\end{verbatim}" not in "".join(lines)


def test_characters_that_fonts_have_as_formulas() -> None:
    (line,) = latex(Paragraph("3 \u00d7 3 \u00b5s \u2026"))
    assert line == r"3 $\times$ 3 $\mu$s \ldots{}"


BLOCKS: list[Block] = [
    Heading(HOSTILE, 1),
    Heading(HOSTILE),
    Paragraph(HOSTILE),
    Facts([Fact(HOSTILE, HOSTILE, HOSTILE)]),
    Table([HOSTILE], [Row([HOSTILE]), Row(["[1]"], marked=True)], mark=HOSTILE, notes=[HOSTILE]),
    LongTable([HOSTILE], [[HOSTILE], ["*"]]),
    Folded(HOSTILE, LongTable(["a"], [[HOSTILE]])),
    Finds([Found(HOSTILE, HOSTILE, HOSTILE)]),
    Derivations(HOSTILE, [Derivation(HOSTILE, HOSTILE, HOSTILE, 1)]),
    Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), [HOSTILE])]),
]

DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{textcomp,booktabs,longtable}
\begin{document}
\input{page}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_a_document_takes_it_in(tmp_path: Path) -> None:
    pages = {
        "blocks": "".join(page_latex([BLOCKS], Screen())),
        **{name: written(tmp_path, command) for name, command in COMMANDS.items()},
    }
    for name, text in pages.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "page.tex").write_text(text)
        (folder / "all.tex").write_text(DOCUMENT)
        words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
        ended = subprocess.run(words, cwd=folder, check=False, capture_output=True)
        assert ended.returncode == 0, ended.stdout.decode(errors="replace")[-2000:]


COMMANDS = {
    "layer": "layer --in 16 --out 32 -g 4 --explain",
    "audit": "audit examples/tcn.yaml",
    "sweep": "sweep --in 16 --out 32 --vary groups=1,2,3",
    "diff": "diff examples/resnet18.yaml examples/resnet20.yaml",
}


def written(folder: Path, command: str) -> str:
    file = folder / "page.tex"
    assert main([*command.split(), "-o", str(file)]) == 0
    return file.read_text()


def test_the_ending_tex_means_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "layer.tex"
    assert run(capsys, f"layer --in 16 --out 32 -o {file}").code == 0
    out = run(capsys, "layer --in 16 --out 32 -f latex").out
    assert file.read_text() == out
    assert out.startswith("% Needs ")
