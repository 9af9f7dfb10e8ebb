"""A page as LaTeX, to be pasted into a paper: tables with booktabs, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch

from convcalc_cli.page.blocks import (
    Block,
    Branch,
    Cell,
    Derivations,
    Details,
    Facts,
    Finds,
    Folded,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Pictures,
    Row,
    Table,
    Tone,
    narrow_pages,
)
from convcalc_cli.page.cells import is_number, plain_cell, remark_text
from convcalc_cli.page.grids import side_by_side
from convcalc_cli.shell.screen import ASCII, Screen
from convcalc_cli.text import printable, result_text

PREAMBLE = r"% Needs \usepackage[T1]{fontenc} and \usepackage{booktabs,longtable}"
SECTIONS = (r"\section*", r"\subsection*", r"\subsubsection*", r"\paragraph*")
"""The heading of each level, from 1 on."""

INDENT = r"\quad "
"""Before a name, for each level of the tree."""

LIGATURES = re.compile(r"([-,])(?=\1)")
"""Two hyphens would be a dash, two commas a quotation mark."""

ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "'": r"\textquotesingle{}",
        "`": r"\textasciigrave{}",
        "\u00d7": r"$\times$",
        "\u00b5": r"$\mu$",
        "\u2264": r"$\leq$",
        "\u2265": r"$\geq$",
        "\u2192": r"$\to$",
        "\u2026": r"\ldots{}",
        **{special: f"\\{special}" for special in "{}#$%&_"},
    }
)


def page_latex(pages: Iterable[Page], screen: Screen) -> Iterator[str]:
    """The pages as LaTeX to be put into a document, one after the other."""
    del screen  # the characters of a terminal are not in the fonts of LaTeX
    yield f"{PREAMBLE}\n"
    for blocks in narrow_pages(pages):
        written = ["\n".join(_lines(block)) for block in blocks]
        yield "".join([f"\n{each}\n" for each in written if each])


@singledispatch
def _lines(block: Block) -> list[str]:
    """How each kind of block is written."""
    raise NotImplementedError(type(block))


@_lines.register
def _heading(block: Heading) -> list[str]:
    command = SECTIONS[min(block.level, len(SECTIONS)) - 1]
    return [f"{command}{{{_code(block.text) if block.level == 1 else _plain(block.text)}}}"]


@_lines.register
def _paragraph(block: Paragraph) -> list[str]:
    text = _plain(block.text)
    return [text if block.tone is Tone.PLAIN else _bold(text)]


@_lines.register
def _facts(block: Facts) -> list[str]:
    rows = [map(_plain, (fact.name, fact.value, remark_text(fact))) for fact in block.facts]
    return _tabular("tabular", "lll", None, rows)


@_lines.register
def _long_table(block: LongTable) -> list[str]:
    rows = [Row(cells) for cells in block.rows]
    return [*_titled_rows("longtable", block.titles, rows), *_notes(block.said)] if rows else []


@_lines.register
def _table(block: Table) -> list[str]:
    lines = _titled_rows("tabular", block.titles, block.rows)
    if any(row.marked for row in block.rows):
        lines += ["", rf"{_bold('Bold')}: {_plain(block.mark)}."]
    return [*lines, *_notes(block.notes)]


@_lines.register
def _folded(block: Folded) -> list[str]:
    return [_bold(_plain(block.title)), "", *_long_table(block.table)]


@_lines.register
def _details(block: Details) -> list[str]:
    inner = [line for each in block.blocks for line in ("", *_lines(each))]
    return [_bold(_plain(block.title)), *inner]


@_lines.register
def _finds(block: Finds) -> list[str]:
    rows = [Row([found.place, found.code, found.message]) for found in block.found]
    return _table(Table(("where", "rule", "finding"), rows))


@_lines.register
def _pictures(block: Pictures) -> list[str]:
    shown = [printable(line) for line in side_by_side(block.pictures, ASCII)]
    lines = [line.replace(r"\end{", r"\end {") for line in shown]
    return [r"\begin{verbatim}", *lines, r"\end{verbatim}"]


@_lines.register
def _derivations(block: Derivations) -> list[str]:
    lines = [
        rf"\item {_plain(line.quantity)} = {_code(line.formula)} = {_code(line.numbers)} "
        rf"= {_bold(_plain(result_text(line.result)))}"
        for line in block.derivations
    ]
    title = [_code(block.title), ""] if block.title else []
    return [*title, r"\begin{itemize}", *lines, r"\end{itemize}"] if lines else title


def _titled_rows(kind: str, titles: Sequence[str], rows: Sequence[Row]) -> list[str]:
    columns = zip(*[row.cells for row in rows], strict=True)
    sides = "".join(["r" if any(map(is_number, column)) else "l" for column in columns])
    written = [[_cell(cell, marked=row.marked) for cell in row.cells] for row in rows]
    return _tabular(kind, sides, map(_plain, titles), written)


def _notes(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in ("", f"{_plain(note)}.")]


def _tabular(
    kind: str, sides: str, titles: Iterable[str] | None, rows: Iterable[Iterable[str]]
) -> list[str]:
    head = [_line(titles), r"\midrule"] if titles is not None else []
    if kind == "longtable" and head:
        head.append(r"\endhead")  # the titles stand on each page
    return [
        rf"\begin{{{kind}}}{{{sides}}}",
        r"\toprule",
        *head,
        *map(_line, rows),
        r"\bottomrule",
        rf"\end{{{kind}}}",
    ]


def _line(cells: Iterable[str]) -> str:
    line = rf"{' & '.join(cells)} \\"
    # The line break above takes a star or a bracket for its own.
    return f"{{}}{line}" if line.startswith(("*", "[")) else line


def _cell(cell: Cell, *, marked: bool) -> str:
    text = _plain(plain_cell(cell, ASCII).strip())
    if isinstance(cell, Branch):  # spaces at the start of a cell are nothing to LaTeX
        text = rf"{INDENT * cell.level}{text}"
    return _bold(text) if marked else text


def _bold(text: str) -> str:
    return rf"\textbf{{{text}}}"


def _code(text: str) -> str:
    return rf"\texttt{{{_plain(text)}}}"


def _plain(text: str) -> str:
    """Text that means nothing to LaTeX: no command, no ligature."""
    return LIGATURES.sub(r"\1{}", printable(text).translate(ESCAPES))
