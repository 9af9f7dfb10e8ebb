"""How flags are declared, each kind of value in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from convcalc.facts.audit import DTYPE_BYTES
from convcalc_cli.flags.values import named_sizes, sizes, whole_number


def reader(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Typer puts defaults through the parser too; they are values already."""
    return lambda value: parse(value) if isinstance(value, str) else value


def number_option(*names: str, about: str) -> Any:
    """An option that takes a whole number."""
    return typer.Option(*names, parser=reader(whole_number), metavar="N", help=about)


def sizes_option(*names: str, about: str) -> Any:
    """An option that takes a number, or one for each dimension."""
    return typer.Option(*names, parser=reader(sizes), metavar="N[xN..]", help=about)


def named_sizes_option(name: str, metavar: str, *, about: str) -> Any:
    """An option that takes a shape, of one input or of all."""
    return typer.Option(name, parser=reader(named_sizes), metavar=metavar, help=about)


def dtype_names() -> list[str]:
    """What --dtype takes."""
    return list(DTYPE_BYTES)
