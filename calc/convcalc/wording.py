"""Words that messages and reports of every kind share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
DECIMAL_UNITS = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")

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


def times_text(actual: int, limit: int) -> str:
    """How much more than its limit something is.

    >>> times_text(1344, 1024), times_text(3888, 1000), times_text(1_105_920, 1_000)
    ('by 31.3 %', '3.89 x', '1,105 x')
    """
    if actual < 2 * limit:
        return f"by {percent_text(actual - limit, limit)}"
    return f"{actual // limit:,} x" if actual >= 100 * limit else f"{actual / limit:.3g} x"


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


def count_text(number: int) -> str:
    """A whole number to the unit.

    >>> count_text(4718592)
    '4,718,592'
    """
    return f"{number:,}"


def short_text(number: int) -> str:
    """A whole number in three digits and a unit of thousands.

    >>> short_text(4718592), short_text(999_500), short_text(512), short_text(10**60)
    ('4.72 M', '1.00 M', '512', '1.00e+60')
    """
    return _scaled(number, 1000, DECIMAL_UNITS)


def round_text(number: int) -> str:
    """A whole number as a person would write it: in a unit of thousands if that is all of it.

    >>> round_text(4_200_000_000), round_text(20_000), round_text(800), round_text(96_483)
    ('4.2 G', '20 k', '800', '96,483')
    """
    for power in range(len(DECIMAL_UNITS) - 1, 0, -1):
        unit = 1000**power
        if number >= max(unit, 10_000) and 100 * number % unit == 0:
            return f"{number / unit:,g} {DECIMAL_UNITS[power]}"
    return count_text(number)


def bytes_text(number: int) -> str:
    """Bytes in units of 1,024.

    >>> bytes_text(262144), bytes_text(4736), bytes_text(12)
    ('256 KiB', '4.62 KiB', '12 B')
    """
    return _scaled(number, 1024, BINARY_UNITS)


def alike_bytes(numbers: Iterable[int]) -> Callable[[int], str]:
    """How to write bytes that stand below each other: in the unit of the largest, as exactly.

    >>> text = alike_bytes([7_225_344, 401_408, 400])
    >>> text(7_225_344), text(401_408), text(400), text(0)
    ('6.89 MiB', '0.38 MiB', '<0.01 MiB', '0.00 MiB')
    >>> alike_bytes([512, 9])(9)
    '9 B'
    """
    largest = max(numbers, default=0)
    power = 0
    while largest >= 1023.5 * 1024**power and power < len(BINARY_UNITS) - 1:
        power += 1
    digits = 0 if not power else 2 if largest < 99.995 * 1024**power else 1
    unit = BINARY_UNITS[power]

    def text(number: int) -> str:
        value = f"{number / 1024**power:,.{digits}f}"
        if number and not value.strip("0."):
            value = f"<{10**-digits:.{digits}f}"
        return f"{value} {unit}"

    return text


def _scaled(number: int, base: int, units: tuple[str, ...]) -> str:
    """Three digits, and the unit that leaves less than `base` of it."""
    power = 0
    while number >= (base - 0.5) * base**power and power < len(units) - 1:
        power += 1
    value = number / base**power
    if value >= base:
        return f"{number:.2e} {units[0]}".rstrip()
    exact = number % base**power == 0
    digits = 0 if exact or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {units[power]}".rstrip()
