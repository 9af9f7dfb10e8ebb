"""What flags set in place of what network files say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.files.loading import ReadFile
from convcalc.language.document import Overrides
from convcalc_cli.flags.settings import Settings, settings
from convcalc_cli.flags.values import FlagError, input_shapes, input_sizes


def overrides_of(
    set_variables: Sequence[str] | None = None,
    size: Sequence[Any] | None = None,
    input_shape: Sequence[Any] | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    *,
    scale: str | None = None,
    modules: str | None = None,
) -> Overrides:
    """The values of `--set`, `--size`, `--input`, `--batch`, `--dtype`, `--scale`, `--modules`.

    Raises:
        FlagError: one of them is written wrong, or contradicts another.

    >>> overrides_of(["width=0.5"], [("", 160)]).size
    160
    """
    given = settings(set_variables or [])
    named = {"scale": scale, "modules": modules}
    given.update({name: value for name, value in named.items() if value is not None})
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
    shapes = read.overrides.inputs
    if not isinstance(shapes, dict) and len(shapes) > len(dict(shapes)):
        raise FlagError("--input is given twice for one input")
