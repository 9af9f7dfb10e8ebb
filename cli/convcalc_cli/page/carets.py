"""A line of a file, with carets under some words of it."""

from __future__ import annotations

from convcalc_cli.text import printable_characters

LONGEST_BEFORE = 60
LONGEST_WORDS = 60


def carets(line: str, start: int, length: int) -> list[str]:
    """The line as it is, cut to what is around the words, and carets under them.

    >>> carets("  - {conv: 8}", 5, 4)
    ['      - {conv: 8}', '         ^^^^']
    """
    first, last = max(start - LONGEST_BEFORE - 1, 0), start + length + LONGEST_WORDS
    shown = printable_characters(line[first:last])
    at = start - first
    before, words = "".join(shown[:at]), "".join(shown[at : at + length])
    after = "".join(shown[at + length :])
    if len(before) > LONGEST_BEFORE:
        before = f"...{before[-LONGEST_BEFORE:]}"
    words, after = words[:LONGEST_WORDS], after[: LONGEST_WORDS - len(words[:LONGEST_WORDS])]
    # A line that a CI service would take for a command gets something in front of it.
    margin = "  | " if f"{before}{words}{after}".lstrip().startswith("::") else "    "
    return [
        f"{margin}{before}{words}{after}".rstrip(),
        f"{margin}{' ' * len(before)}{'^' * max(len(words), 1)}",
    ]


def is_carets(line: str) -> bool:
    """Whether a line has nothing but carets.

    >>> is_carets("   ^^^^"), is_carets("  a: ^")
    (True, False)
    """
    return bool(line.strip()) and not line.strip().strip("^")
