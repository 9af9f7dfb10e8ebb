"""Numbers and names as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from convcalc.facts.totals import TOTALS, Total, Totals
from convcalc.values import Shape
from convcalc.wording import alike_bytes as alike_bytes
from convcalc.wording import bytes_text as bytes_text
from convcalc.wording import count_text as count_text
from convcalc.wording import percent_text
from convcalc.wording import short_text as short_text

CONVENTION_LINE = "MACs: dense multiply-accumulates, 1 MAC = 2 FLOPs (convcalc help counting)"
"""What MACs are, in a line below tables; all of it is `convcalc.CONVENTION`."""

COMMAND = re.compile(r"#(?=#[\w.-]*\[)")
"""The first character of `##vso[`, `##[`, `##teamcity[`: CI services take these for commands."""
UNDECODED = range(0xDC80, 0xDD00)
"""What Python makes of the bytes 0x80 to 0xff in a file name that is not UTF-8."""


def amount_text(total: Total, value: int) -> str:
    """A value of a total, in its unit.

    >>> from convcalc.facts.totals import TOTALS
    >>> amount_text(TOTALS["macs"], 4718592), amount_text(TOTALS["weight_bytes"], 4736)
    ('4,718,592', '4.62 KiB')
    """
    return bytes_text(value) if total.is_bytes else count_text(value)


def total_text(totals: Totals, key: str) -> str:
    """A total in its unit; at least so much where figures of layers are not known.

    >>> from convcalc import Conv, compare
    >>> total_text(compare(Conv(16, 32, 3), (16, 64, 64)).audit.totals, "params")
    '4,640'
    """
    text = amount_text(TOTALS[key], getattr(totals, key))
    return at_least_text(text) if totals.unknown_of(key) else text


def at_least_text(text: str) -> str:
    """A lower bound.

    >>> at_least_text("4,640")
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

    >>> field_text((70, 70)), field_text(None), field_text((0.5,)), field_text((2 / 3,))
    ('70 x 70', 'all', '0.5', '0.667')
    >>> field_text(())
    '-'
    """
    if sizes is None:
        return "all"
    return " x ".join([f"{round(size, 3):,}" for size in sizes]) or "-"


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
