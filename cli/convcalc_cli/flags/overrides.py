"""What flags set in place of what network files say."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from convcalc.files.loading import SCALE, ReadFile
from convcalc.language.document import Overrides
from convcalc_cli.flags.settings import Settings, settings
from convcalc_cli.flags.values import FlagError, input_shapes, input_sizes

MODULES = "modules"
ALL_SCALES = "all"


def overrides_of(
    set_variables: Sequence[str] | None = None,
    size: Sequence[Any] | None = None,
    input_shape: Sequence[Any] | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    *,
    scale: str | None = None,
    modules: str | None = None,
    scales: bool = False,
) -> Overrides:
    """The values of `--set`, `--size`, `--input`, `--batch`, `--dtype`, `--scale`, `--modules`.

    Raises:
        FlagError: one of them is written wrong, contradicts another, or asks for all scales where
            `scales` does not allow it.

    >>> overrides_of(["width=0.5"], [("", 160)]).size
    160
    """
    if scale == ALL_SCALES and not scales:
        raise FlagError("--scale all is for audit, check and snapshot; give one, as in --scale n")
    given = settings(set_variables or [])
    named = {SCALE: scale, MODULES: modules}
    for name, value in named.items():
        if value is not None:
            given[name] = value
            given.by_flag.append(name)
    return Overrides(
        given,
        input_sizes(size or []),
        batch,
        dtype,
        input_shapes(input_shape or []),
    )


def require_possible(given: Overrides | None, read: ReadFile) -> None:
    """Refuses what only a reader can take where the file's reader does not take it.

    Args:
        given: the values of flags.
        read: the file that was read with them.

    Raises:
        FlagError: there is such a value.
    """
    if given is not None and isinstance(given.variables, Settings):
        given.variables.require_numbers(read.overrides.variables)
        for name in given.variables.by_flag:
            if name not in read.reader.settings:
                message = f"--{name} is for models of Ultralytics, and {read.file.name} is a"
                raise FlagError(f"{message} {read.reader.noun}")
    shapes = read.overrides.inputs
    if not isinstance(shapes, dict) and len(shapes) > len(dict(shapes)):
        raise FlagError("--input is given twice for one input")


def files_of(given: Overrides | None) -> list[str]:
    """The files that are read for the values of flags.

    >>> files_of(overrides_of(modules="mine.yaml"))
    ['mine.yaml']
    """
    modules = given.variables.get(MODULES) if given else None
    return [modules] if isinstance(modules, str) else []


def without_scale(given: Overrides) -> Overrides:
    """The same values but for the scale."""
    variables = copy(given.variables)
    if isinstance(variables, Settings):
        del variables[SCALE]
        variables.by_flag = [name for name in variables.by_flag if name != SCALE]
    return given._replace(variables=variables)


def with_scale(given: Overrides, scale: str) -> Overrides:
    """The same values with a scale."""
    return given._replace(variables={**given.variables, SCALE: scale})
