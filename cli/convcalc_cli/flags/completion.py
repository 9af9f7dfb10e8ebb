"""What a shell offers for the values of flags: nothing here may fail, or take long."""

from __future__ import annotations

import re
from collections.abc import Iterable
from os.path import lexists

import typer

from convcalc_cli.bundled import example_file
from convcalc_cli.small_files import small_file

MOST_BYTES = 100_000
MOST_FILES = 10
"""Of what is on the command line; a person waits for the answer."""

NAME = r"(?a)[A-Za-z_][\w.-]{0,199}"
"""Names that no shell takes for anything else."""


def varied(ctx: typer.Context, of_layer: Iterable[str]) -> list[str]:
    """What `--vary` knows: the parameters of a layer, or what varies in the network that is named.

    >>> from unittest.mock import Mock
    >>> varied(Mock(params={"file": None}, args=[]), ["in", "out"])
    ['in=', 'out=']
    """
    files = _named(ctx)
    names = [*_variables(files), "size", "batch"] if files else of_layer
    return [f"{name}=" for name in names]


def tool_names() -> list[str]:
    """What --as takes."""
    from convcalc.others.registry import TOOLS

    return [*TOOLS, "all"]


def settable(ctx: typer.Context) -> list[str]:
    """What `--set` knows: the variables of the network files that are named.

    >>> from unittest.mock import Mock
    >>> settable(Mock(params={}, args=["nowhere.yaml"]))
    []
    """
    return [f"{name}=" for name in _variables(_named(ctx))]


def totals() -> list[str]:
    """The totals that may grow, for `--allow` and `--fail-on`.

    >>> totals()[:2]
    ['params=', 'macs=']
    """
    from convcalc.facts.totals import TOTALS

    return [f"{each.name}=" for each in TOTALS.values()]


def _named(ctx: typer.Context) -> list[str]:
    """The files on the line; they are still among the arguments if the line ends in a flag."""
    named = ctx.params.get("files") or [ctx.params.get("file")]
    return [file for file in (*named, *ctx.args) if file]


def _variables(files: Iterable[str]) -> list[str]:
    """The variables of files, as far as they can be had soon."""
    found: dict[str, None] = {}
    for file in list(files)[:MOST_FILES]:
        try:
            names = _variables_in(file)
            found.update({name: None for name in names if re.fullmatch(NAME, name)})
        except Exception:  # noqa: BLE001, S112 - a shell has no use for what is wrong
            continue
    return list(found)


def _variables_in(file: str) -> list[str]:
    from convcalc.files.loading import read_file
    from convcalc.files.readers import SourceFile

    path = file if lexists(file) else example_file(file) or file
    return read_file(SourceFile.of(small_file(path, MOST_BYTES), file)).variables
