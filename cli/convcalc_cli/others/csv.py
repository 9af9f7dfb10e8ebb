"""What other tools count for each row, as columns of CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.errors import SpecError
from convcalc_cli.others.comparer import Compared


def columns(
    compared: Iterable[tuple[Compared, Sequence[str]]],
) -> dict[str, list[int | None]]:
    """A column for each tool, with the rows of these names of all networks.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    found: dict[str, list[int | None]] = {}
    for each, names in compared:
        if each.found is not None:
            raise SpecError("{which} cannot be combined with {format}", which="...", format="csv")
        for tool, figures in each.by_row().items():
            found.setdefault(f"as_{tool}", []).extend([figures[name] for name in names])
    return found
