"""What changed as Markdown that GitHub takes as a comment."""

from __future__ import annotations

from convcalc_cli.commands.diff.page import diff_pages
from convcalc_cli.commands.diff.tree_report import NetworkChange, TreeReport
from convcalc_cli.page.markdown import page_markdown
from convcalc_cli.shell.screen import Screen

LONGEST = 65_536
"""Characters that a comment may have; bytes are counted, which are no fewer."""
RESERVED = 536
"""Of those: for what is put around it."""
OPENED, CLOSED = "<details>", "</details>"


def diff_markdown(report: NetworkChange | TreeReport) -> str:
    """The page, whole or cut after a line."""
    return shortened("".join(page_markdown(diff_pages(report), Screen())), LONGEST - RESERVED)


def shortened(text: str, most: int) -> str:
    r"""Markdown of at most so many bytes, which says so where it is cut.

    >>> shortened("a\n" * 200, 160).splitlines()[-1]
    '**The rest is cut (... of 200 lines): GitHub takes 65,536 characters in a comment.**'
    """
    if _size(text) <= most:
        return text
    lines = text.splitlines(keepends=True)
    reason = f"GitHub takes {LONGEST:,} characters in a comment"
    end = f"\n**The rest is cut ({{}} of {len(lines):,} lines): {reason}.**\n"
    room = most - len(end) - len(f"{len(lines):,}")
    kept: list[str] = []
    opened = 0
    for line in lines:
        opened += line.startswith(OPENED) - line.startswith(CLOSED)
        room -= _size(line)
        if room < len(f"\n{CLOSED}\n") * max(opened, 0):
            opened -= line.startswith(OPENED) - line.startswith(CLOSED)
            break
        kept.append(line)
    closing = f"\n{CLOSED}\n" * opened
    return "".join(kept) + closing + end.format(f"{len(lines) - len(kept):,}")


def _size(text: str) -> int:
    return len(text.encode())
