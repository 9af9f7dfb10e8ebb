"""The topics: Markdown files of the package, printed as they are or rendered for a terminal."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from convcalc_cli.shell.screen import Screen

FOLDER = Path(__file__).parents[1] / "topics"
ORDER = (
    *("layers", "networks", "network-file", "blocks", "operations", "files", "ultralytics"),
    *(
        "counting",
        "other-tools",
        "verify",
        "sweep",
        "fit",
        "check",
        "python",
        "formats",
        "exit-codes",
    ),
)
"""The topics in the order of the list; others follow."""

LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
TABLE = re.compile(r"^\|.*\n\|[ :|-]+\|\n(?:\|.*\n)*", re.MULTILINE)
CELLS = re.compile(r"(?<!\\)\|")
PADDING = 3
"""What a column of a table takes besides its text."""
WIDEST = 124
"""Wider text is hard to read; code is at most that wide."""


def topic_names() -> list[str]:
    """Every topic by its name.

    >>> "network-file" in topic_names()
    True
    """
    there = {file.stem for file in FOLDER.glob("*.md")}
    return [*[name for name in ORDER if name in there], *sorted(there.difference(ORDER))]


def markdown(name: str) -> str:
    """The text of a topic."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def topics_list(screen: Screen) -> str:
    """A line for each topic: its name, and the sentence below its title."""
    names = topic_names()
    width = max(map(len, names))
    lines = [
        screen.filled(f"  {name:{width}}  {_summary(name)}", " " * (width + 4)) for name in names
    ]
    head = "Topics, shown by convcalc help TOPIC:"
    return "\n".join([head, *lines, "", "Flags of a command: convcalc COMMAND --help.", ""])


def _summary(name: str) -> str:
    _, _, summary, *_ = markdown(name).splitlines()
    return summary.replace("`", "")


def topic_text(name: str, screen: Screen) -> str:
    """The topic: as Markdown in a file or a pipe, rendered on a terminal."""
    text = markdown(name)
    return text if screen.width is None else rendered(LINK.sub(r"\1", text), screen)


def rendered(text: str, screen: Screen) -> str:
    """Markdown drawn for a terminal."""
    from rich.markdown import Markdown

    from convcalc_cli.page.terminal import Drawing

    width = min(screen.width or WIDEST, WIDEST)
    drawing = Drawing(screen, width)
    fitting = TABLE.sub(partial(_fitting_table, width), text)
    drawing.console.print(Markdown(fitting, hyperlinks=False, code_theme="ansi_dark"))
    return drawing.text


def _fitting_table(width: int, found: re.Match[str]) -> str:
    """A table; if a word may not fit into its column, a list with an item for each row.

    Rich would cut such words.
    """
    titles, _, *rows = [
        [cell.strip() for cell in CELLS.split(line)[1:-1]] for line in found[0].splitlines()
    ]
    words = " ".join([cell for cells in (titles, *rows) for cell in cells]).split()
    if max(map(len, words)) + PADDING <= width // len(titles):
        return found[0]
    return "".join([_item(titles, row) for row in rows])


def _item(titles: list[str], row: list[str]) -> str:
    others = [f"{title}: {cell}" for title, cell in zip(titles[1:], row[1:], strict=True) if cell]
    return f"- {row[0]}  \n  {'; '.join(others)}\n"
