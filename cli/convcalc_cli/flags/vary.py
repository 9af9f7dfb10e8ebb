"""`--vary NAME=values`: what a parameter is to be in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import typer

from convcalc.sweeping import Variation
from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError, flag_of, paddings, sizes, whole_number

RANGE = re.compile(r"(-?[0-9.]+):(-?[0-9.]+):([0-9.]+)", re.ASCII)
WORD = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
MOST_POINTS = 10_000_000
MOST_DIGITS = 18

LAYER = {
    "in": whole_number,
    "out": whole_number,
    "kernel_size": sizes,
    "stride": sizes,
    "padding": paddings,
    "dilation": sizes,
    "groups": whole_number,
    "output_padding": sizes,
    "size": sizes,
    "batch": whole_number,
}
"""The parameters of a layer, and how a value of each is read."""


Read = Callable[[str], Any]


def variations(texts: Sequence[str], known: Mapping[str, Read]) -> list[Variation]:
    """One or two parameters with their values.

    Raises:
        FlagError: they are written otherwise, or are not known here.

    >>> variations(["groups=1,2,4"], LAYER)
    [Variation(name='groups', values=[1, 2, 4])]
    >>> variations(["kernel-size=1:5:2"], LAYER)
    [Variation(name='kernel_size', values=[1, 3, 5])]
    """
    if not 1 <= len(texts) <= 2:
        raise FlagError("one or two parameters can vary: --vary NAME=v1,v2,... or NAME=a:b:step")
    found = [_variation(text, known) for text in texts]
    if len({each.name for each in found}) < len(found):
        raise FlagError(f"--vary {found[0].name} is given twice")
    return found


def _variation(text: str, known: Mapping[str, Read]) -> Variation:
    name, sign, values = text.partition("=")
    if not (name and sign and values):
        raise FlagError(f"--vary {text} is not NAME=v1,v2,... or NAME=a:b:step")
    key = name.replace("-", "_")
    key = name if name in known else key
    if key not in known:
        hint = did_you_mean(key, known) or f"; these can vary: {', '.join(known)}"
        raise FlagError(f"--vary {name}: unknown parameter{hint}")
    return Variation(key, _values(name, values, known[key]))


def _values(name: str, text: str, read: Read) -> list[Any]:
    match = RANGE.fullmatch(text)
    texts = _range(name, *match.groups()) if match else text.split(",")
    try:
        return [read(each) for each in texts]
    except typer.BadParameter as error:
        hint = "; a range is a:b:step" if ":" in text else ""
        raise FlagError(f"--vary {name}: {error.message}{hint}") from error


def _range(name: str, start: str, end: str, step: str) -> list[str]:
    """From start to end, both included, as exact decimals."""
    if not all(NUMBER.fullmatch(each) and len(each) <= MOST_DIGITS for each in (start, end, step)):
        raise FlagError(f"--vary {name}: {start}:{end}:{step} is not a:b:step")
    first, last, by = map(Fraction, (start, end, step))
    if by == 0 or last < first:
        why = "the step is 0" if by == 0 else "the end is below the start"
        raise FlagError(f"--vary {name}: {start}:{end}:{step}: {why}")
    number = int((last - first) / by) + 1
    if number > MOST_POINTS:
        raise FlagError(f"--vary {name}: {number:,} values are more than {MOST_POINTS:,}")
    return [_decimal(first + at * by) for at in range(number)]


def _decimal(number: Fraction) -> str:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def variable(text: str) -> int | float:
    """A value of a variable.

    >>> variable("0.25"), variable("3")
    (0.25, 3)
    """
    if not NUMBER.fullmatch(text) or len(text) > MOST_DIGITS:
        raise typer.BadParameter(f"{text} is not a number")
    return float(text) if "." in text else int(text)


def setting(text: str) -> int | float | str:
    """A value of a setting that a file's reader takes: a number, or a word such as a scale.

    >>> setting("0.25"), setting("n")
    (0.25, 'n')
    """
    return text if WORD.fullmatch(text) else variable(text)


def require_one(given: Iterable[str], varied: Collection[str]) -> None:
    """Refuses what is both given and varied.

    Raises:
        FlagError: something is.
    """
    for name in given:
        if name in varied:
            raise FlagError(f"{flag_of(name)} is both given and varied")
