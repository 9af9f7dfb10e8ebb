"""The values of flags: `3x5`, `0:1x0:1`, `same`; from text, and back for messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from convcalc.errors import value_text
from convcalc.values import compact


class FlagError(Exception):
    """Flags that are wrong together, each right by itself."""


WHOLE = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")
COMMAS = re.compile(r"[0-9]{1,15}((,[0-9]{1,15}){1,3}|(,[0-9]{1,15}){5})", re.ASCII)
MOST_DIGITS = 30
MOST_GROUPS = 16
"""Grouped designs that are worked out for a network."""

FLAGS = {"in_channels": "--in", "out_channels": "--out", "input_shape": "--size"}
"""The flags whose names differ from those of their parameters."""

Sizes = int | tuple[int, ...]
Paddings = int | str | tuple[int | tuple[int, ...], ...]


def whole_number(text: str) -> int:
    """One number.

    >>> whole_number("16")
    16
    """
    return _number(text, text, "a whole number")


def sizes(text: str) -> Sizes:
    """One number, or one for each dimension joined by `x`.

    >>> sizes("3"), sizes("3x5")
    (3, (3, 5))
    """
    numbers = tuple(
        [
            _number(part, text, "a whole number, or several as in 3x5")
            for part in text.lower().split("x")
        ]
    )
    return numbers if len(numbers) > 1 else numbers[0]


def named_sizes(text: str) -> tuple[str, Sizes]:
    """Sizes, behind the name of an input where there is one.

    >>> named_sizes("29x29"), named_sizes("left=29")
    (('', (29, 29)), ('left', 29))
    """
    name, sign, rest = text.rpartition("=")
    return (name, sizes(rest)) if sign else ("", sizes(text))


def input_sizes(given: Sequence[tuple[str, Sizes]]) -> Any:
    """What `--size` sets: sizes for all inputs, or sizes by input; None if it is not given.

    >>> input_sizes([("", 160)]), input_sizes([("left", (29, 29)), ("right", 15)])
    (160, {'left': (29, 29), 'right': 15})
    """
    named = _by_name("--size", given)
    if "" not in named:
        return named or None
    if len(named) > 1:
        raise FlagError("--size is given for all inputs, and for one of them")
    return named[""]


def input_shapes(
    given: Sequence[tuple[str, Sizes]],
) -> Mapping[str, tuple[int, ...]] | list[tuple[str, tuple[int, ...]]]:
    """What `--input` sets: whole shapes by input, where an empty name is the first.

    Several without a name are left as they are, for formats that take them in order.

    >>> input_shapes([("", (1, 96, 96))])
    {'': (1, 96, 96)}
    >>> input_shapes([("", (1, 96, 96)), ("", 10)])
    [('', (1, 96, 96)), ('', (10,))]
    """
    pairs = [(name, shape if isinstance(shape, tuple) else (shape,)) for name, shape in given]
    return pairs if len(dict(pairs)) < len(pairs) else dict(pairs)


def _by_name(flag: str, given: Sequence[tuple[str, Sizes]]) -> dict[str, Sizes]:
    named = dict(given)
    if len(named) < len(given):
        raise FlagError(f"{flag} is given twice for one input")
    return named


def paddings(text: str) -> Paddings:
    """`same`, `valid`, or for each dimension one number or low and high joined by `:`.

    >>> paddings("same"), paddings("1"), paddings("0:1x2")
    ('same', 1, ((0, 1), 2))
    """
    if text.lower() in ("same", "valid", "causal"):
        return text.lower()
    if COMMAS.fullmatch(text):
        raise typer.BadParameter(_commas_told(text))
    pads = tuple([_pad(part, text) for part in text.lower().split("x")])
    return pads[0] if len(pads) == 1 and isinstance(pads[0], int) else pads


def whole_numbers(text: str) -> list[int]:
    """Numbers joined by commas.

    >>> whole_numbers("2,4")
    [2, 4]
    """
    parts = text.split(",")
    if not all(map(WHOLE.fullmatch, parts)):
        raise FlagError(f"--groups {cut(text)} is not whole numbers as in 2,4,8")
    numbers = dict.fromkeys([at_least_1("--groups", _number(part, text, "")) for part in parts])
    if len(numbers) > MOST_GROUPS:
        raise FlagError(f"--groups has {len(numbers):,} numbers; at most {MOST_GROUPS} are allowed")
    return list(numbers)


def all_designs(text: str) -> bool:
    """Whether `--designs` asks for all of them.

    >>> all_designs("all"), all_designs("usual")
    (True, False)
    """
    if text not in ("all", "usual"):
        raise FlagError(f"--designs {cut(text)} is not usual or all")
    return text == "all"


def at_least_1(flag: str, number: int) -> int:
    """The number, which the flag has no use for below 1.

    >>> at_least_1("--top", 3)
    3
    """
    if number < 1:
        raise FlagError(f"{flag} {number} is below 1")
    return number


def spread(padding: Paddings, dims: int) -> Paddings:
    """Low and high padding that was given once, for every dimension.

    >>> spread(((0, 1),), 2)
    ((0, 1), (0, 1))
    """
    once = isinstance(padding, tuple) and len(padding) == 1
    # As many dimensions as there can be: a wrong number is refused later, not multiplied out now.
    return padding * dims if once and 1 <= dims <= 3 else padding


def flag_of(parameter: str) -> str:
    """The flag that sets a parameter.

    >>> flag_of("in_channels"), flag_of("output_padding")
    ('--in', '--output-padding')
    """
    return FLAGS.get(parameter) or f"--{parameter.replace('_', '-')}"


def parameter_of(name: str) -> str:
    """The parameter that a flag of a layer sets, by the flag's name without hyphens before it.

    >>> parameter_of("in"), parameter_of("stride")
    ('in_channels', 'stride')
    """
    channels = ("in_channels", "out_channels")
    return next((each for each in channels if FLAGS[each] == f"--{name}"), name)


def with_value(parameter: str, value: object) -> str:
    """A parameter and its value as they are typed at the prompt.

    >>> with_value("kernel_size", (3, 5)), with_value("padding", ((0, 1), (0, 1)))
    ('--kernel-size 3x5', '--padding 0:1x0:1')
    >>> with_value("transposed", True), with_value("bias", False)
    ('--transposed', '--no-bias')
    """
    if isinstance(value, bool):
        return flag_of(parameter if value else f"no_{parameter}")
    if parameter == "input_shape" and isinstance(value, tuple):
        value = compact(value[1:])
    return f"{flag_of(parameter)} {value_typed(value)}"


def value_typed(value: object) -> str:
    """A value as it is typed at the prompt.

    >>> value_typed((3, 5)), value_typed(((0, 1), 2)), value_typed("same")
    ('3x5', '0:1x2', 'same')
    """
    if not isinstance(value, tuple):
        return _quoted(value) if isinstance(value, str) else value_text(value)
    parts = [
        ":".join(map(value_text, part)) if isinstance(part, tuple) else value_text(part)
        for part in value
    ]
    return "x".join(parts)


def _quoted(text: str) -> str:
    """Text as it is, if it is one word; else with its ends in sight."""
    return text if text and not any(map(str.isspace, text)) else repr(text)


def _commas_told(text: str) -> str:
    """How numbers that were joined by commas are written."""
    numbers = text.split(",")
    ways = [f"{'x'.join(numbers)}, one for each dimension"] if len(numbers) <= 3 else []
    if len(numbers) % 2 == 0:
        pairs = [f"{low}:{high}" for low, high in zip(numbers[::2], numbers[1::2], strict=True)]
        ways.append(f"{'x'.join(pairs)}, low and high")
    return f"{text} is written {' or '.join(ways)}"


def _pad(part: str, text: str) -> int | tuple[int, ...]:
    expected = "same, valid, causal, or numbers as in 1, 0x1 or 0:1x0:1"
    numbers = tuple([_number(number, text, expected) for number in part.split(":")])
    if len(numbers) > 2:
        raise typer.BadParameter(f"{cut(text)} is not {expected}")
    return numbers if len(numbers) > 1 else numbers[0]


def _number(part: str, text: str, expected: str) -> int:
    if not WHOLE.fullmatch(part):
        raise typer.BadParameter(f"{cut(text)} is not {expected}")
    if len(part.replace("_", "").lstrip("+-0")) > MOST_DIGITS:
        raise typer.BadParameter(f"{cut(text)} is above 10^15")
    return int(part)


def cut(text: str) -> str:
    """A word of the command line, cut to a length that a message can carry.

    >>> cut("1" * 31)
    '111111111111... (31 characters)'
    """
    if len(text) <= MOST_DIGITS:
        return _quoted(text)
    return f"{text[:12]}... ({len(text):,} characters)"
