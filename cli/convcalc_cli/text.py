"""Numbers and names as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from convcalc.facts.totals import TOTALS, Totals
from convcalc.values import Shape
from convcalc.wording import percent_text

BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
DECIMAL_UNITS = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")

COMMAND = re.compile(r"#(?=#[\w.-]*\[)")
"""The first character of `##vso[`, `##[`, `##teamcity[`: CI services take these for commands."""
UNDECODED = range(0xDC80, 0xDD00)
"""What Python makes of the bytes 0x80 to 0xff in a file name that is not UTF-8."""


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


def bytes_text(number: int) -> str:
    """Bytes in units of 1,024.

    >>> bytes_text(262144), bytes_text(4736), bytes_text(12)
    ('256 KiB', '4.62 KiB', '12 B')
    """
    return _scaled(number, 1024, BINARY_UNITS)


def total_text(totals: Totals, key: str) -> str:
    """A total in its unit; at least so much where figures of layers are not known.

    >>> from convcalc import Conv, compare
    >>> totals = compare(Conv(16, 32, 3, padding=1), (16, 64, 64)).audit.totals
    >>> total_text(totals, "peak_activation_bytes")
    '768 KiB'
    >>> total_text(totals._replace(unknown={"params": ["gate"]}), "params")
    'at least 4,640'
    """
    unit = bytes_text if TOTALS[key].is_bytes else count_text
    text = unit(getattr(totals, key))
    return at_least(text) if totals.unknown_of(key) else text


def at_least(text: str) -> str:
    """A sum in which something is not known.

    >>> at_least("4,640")
    'at least 4,640'
    """
    return f"at least {text}"


def gain_text(old: int, new: int, text: Callable[[int], str] = count_text) -> str:
    """What was gained or lost, with its sign.

    >>> gain_text(1000, 1200), gain_text(2048, 1024, bytes_text), gain_text(5, 5)
    ('+200', '-1 KiB', '0')
    """
    if new == old:
        return "0"
    return f"{'+' if new > old else '-'}{text(abs(new - old))}"


def change_text(old: int, new: int) -> str:
    """What was gained or lost, in percent of what it was.

    >>> change_text(1000, 1200), change_text(1000, 999), change_text(0, 5)
    ('+20.0 %', '-0.1 %', '-')
    """
    if new == old:
        return "0 %"
    if not old:
        return "-"
    return f"{'+' if new > old else '-'}{percent_text(abs(new - old), old)}"


def seconds_text(seconds: float) -> str:
    """A time, in the unit that leaves one to three digits before the point.

    >>> seconds_text(0.0000123), seconds_text(0.0456), seconds_text(12.34)
    ('12.3 us', '45.6 ms', '12.3 s')
    """
    for unit, name in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds * 1e6:.1f} us"


def deviation_text(deviation: float) -> str:
    """A difference in two digits; none at all is a plain 0.

    >>> deviation_text(0.0), deviation_text(2.34e-7)
    ('0', '2.3e-07')
    """
    return f"{deviation:.1e}" if deviation else "0"


def multiple_text(part: float, whole: float) -> str:
    """How many times one number is another.

    >>> multiple_text(3, 2), multiple_text(4000, 1), multiple_text(1, 0)
    ('1.50x', '4,000.00x', '-')
    """
    return f"{part / whole:,.2f}x" if whole else "-"


def shape_text(shape: Shape) -> str:
    """A shape as Python and PyTorch write it.

    >>> shape_text((32, 4, 3, 3)), shape_text((32,))
    ('(32, 4, 3, 3)', '(32,)')
    """
    return str(shape)


def field_text(sizes: Sequence[float] | None) -> str:
    """A receptive field or its step: positions in each dimension.

    >>> field_text((70, 70)), field_text(None), field_text((0.5,)), field_text(())
    ('70 x 70', 'all', '0.5', '-')
    """
    if sizes is None:
        return "all"
    return " x ".join([f"{size:,}" for size in sizes]) or "-"


def result_text(result: int | Shape) -> str:
    """A count or a shape.

    >>> result_text(4718592), result_text((32, 64, 64))
    ('4,718,592', '(32, 64, 64)')
    """
    return count_text(result) if isinstance(result, int) else shape_text(result)


def printable(text: str) -> str:
    """Text that can do nothing to a terminal or a CI log: control and bidi characters are spelled
    out, and so are bytes of a file name that are no text; `##vso[` and `##[`, which CI services
    take for commands anywhere in a line, are broken.

    >>> printable("a\\x1b[31mb"), printable("##vso[task.x]"), printable("\\udcff.yaml")
    ('a\\\\x1b[31mb', '#\\\\#vso[task.x]', '\\\\xff.yaml')
    """
    if not text.isprintable():
        text = "".join([c if c.isprintable() else spelled_out(c) for c in text])
    return COMMAND.sub(r"#\\", text) if "##" in text else text


def printable_characters(text: str) -> list[str]:
    """What each character of a text becomes where all of it is made printable.

    >>> printable_characters("a\\t##[")
    ['a', '\\\\t', '#\\\\', '#', '[']
    """
    shown = [c if c.isprintable() else spelled_out(c) for c in text]
    for found in COMMAND.finditer(text):
        shown[found.start()] = "#\\"
    return shown


def spelled_out(character: str) -> str:
    """A character as an escape; a byte of a file name that is not text as that byte.

    >>> spelled_out("\\x1b"), spelled_out("\\udcff"), spelled_out("\\ud800")
    ('\\\\x1b', '\\\\xff', '\\\\ud800')
    """
    if ord(character) in UNDECODED:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def name_text(name: str) -> str:
    """A name from a file, that nothing takes for a command, at the start of a line either.

    >>> name_text("resnet50"), name_text("::error::x")
    ('resnet50', "'::error::x'")
    """
    text = printable(name)
    return repr(text) if text.lstrip().startswith("::") else text


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
