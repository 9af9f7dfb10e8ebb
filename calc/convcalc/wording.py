"""Words that messages and reports of every kind share."""

from __future__ import annotations

from collections.abc import Collection, Sequence

NUMBERS = ("no", "one", "two", "three")
"""Small numbers as words."""


def counted(number: int, noun: str) -> str:
    """A number with its noun in the right form.

    >>> counted(1, "value"), counted(3, "value")
    ('1 value', '3 values')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def first_and_more(names: Sequence[str], noun: str) -> str:
    """The first of some names, and how many more there are.

    >>> first_and_more(["head"], "layer"), first_and_more(["head", "x", "y"], "layer")
    ('head', 'head and 2 more layers')
    """
    rest = len(names) - 1
    return f"{names[0]} and {counted(rest, f'more {noun}')}" if rest else names[0]


def number_text(least: int, most: int | None) -> str:
    """How many there are, in words.

    >>> number_text(3, 3), number_text(2, None)
    ('three', 'two or more')
    """
    return NUMBERS[least] if most == least else f"{NUMBERS[least]} or more"


def percent_text(part: int, whole: int) -> str:
    """A part in percent of a whole, to a tenth.

    >>> percent_text(1184, 4640), percent_text(1, 10**6), percent_text(5, 5), percent_text(5, 0)
    ('25.5 %', '<0.1 %', '100.0 %', '-')
    """
    if not whole:
        return "-"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10:,}.{tenths % 10} %" if tenths or not part else "<0.1 %"


def did_you_mean(word: str, choices: Collection[str], slips: dict[str, str] | None = None) -> str:
    """A suggestion to put behind a message, if there is one.

    Args:
        word: what was written.
        choices: what could have been meant.
        slips: for words that are often written instead, what is meant by them.

    >>> did_you_mean("kernel", ["kernel_size", "stride"], {"kernel": "kernel_size"})
    '; did you mean kernel_size?'
    >>> did_you_mean("xyz", ["kernel_size", "stride"])
    ''
    """
    from convcalc.suggestions import closest  # most runs suggest nothing

    slip = (slips or {}).get(word)
    match = slip if slip in choices else closest(word, choices)
    return f"; did you mean {match}?" if match else ""
