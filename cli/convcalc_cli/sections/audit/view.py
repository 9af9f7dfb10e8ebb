"""Which rows and columns of the layer table are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.facts.audit import LayerFacts
from convcalc.records import NamedTuple
from convcalc_cli.flags.values import FlagError, at_least_1
from convcalc_cli.sections.audit.columns import columns_of


class AuditView(NamedTuple):
    """Which rows of the layer table are wanted, in which order, with which columns."""

    sort: str | None = None
    top: int | None = None
    unfolded: bool = False
    """Whether every round has rows of its own."""
    depth: int | None = None
    """How deep the tree is; as deep as a screen has room for if it is not said."""
    flat: bool = False
    """Whether the rows are a plain list, with their whole names."""
    columns: Sequence[str] = ()
    """Which columns, by their keys; those that fit if none is named."""
    has_flags: bool = True
    """Whether it is chosen by flags, which notes name then."""

    @property
    def is_list(self) -> bool:
        """Whether the rows are no tree: in an order of their own there are no blocks."""
        return self.flat or self.sort is not None or self.top is not None

    def chosen(self, rows: Sequence[LayerFacts]) -> Sequence[LayerFacts]:
        """The rows that are wanted, in the order that is wanted."""
        if self.sort is not None:
            rows = sorted(rows, key=lambda row: _amount(row, self.sort), reverse=True)
        return rows[: self.top]


def audit_view(
    sort: str | None,
    top: int | None,
    depth: int | None,
    columns: str | None,
    *,
    flat: bool,
    unfolded: bool,
) -> AuditView:
    """What the flags ask for.

    Raises:
        FlagError: they contradict each other, or there is no such column.
    """
    view = AuditView(
        sort,
        None if top is None else at_least_1("--top", top),
        unfolded,
        None if depth is None else at_least_1("--depth", depth),
        flat,
        () if columns is None else columns_of(columns),
    )
    if view.depth is not None and view.is_list:
        other = "--flat" if flat else "--sort" if sort is not None else "--top"
        raise FlagError(f"--depth cuts the tree of blocks, and {other} lists rows")
    return view


def _amount(row: LayerFacts, of: str | None) -> int:
    """What a row is sorted by."""
    match of:
        case "params":
            return row.params or 0
        case "macs":
            return row.macs or 0
        case _:
            return prod(row.output_shape)
