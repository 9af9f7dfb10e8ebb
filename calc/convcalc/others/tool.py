"""What a tool has to declare: its name, its words, and what it counts beside the MACs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from convcalc.others.rows import Row
from convcalc.records import NamedTuple
from convcalc.values import Shape

Additions: TypeAlias = Sequence[tuple[str, int]]
"""What a tool counts for a row beside its MACs: causes, each with an amount."""
Rule: TypeAlias = "Callable[[Row], Additions | None]"
"""What is counted for a row beside its MACs; None if that is not known."""

NOTHING: Additions = ()


ASSUMED = "every row is a layer of torch.nn, merges and slices are operators"
"""What all figures assume, where `as` says nothing else."""


class Tool(NamedTuple):
    """A program that counts, in one version."""

    name: str
    """What it is called here, after `--as`."""
    version: str
    package: str
    """The package and its version; what else its figures depend on."""
    source: str
    word: str
    """What it calls its figure."""
    unit: str
    """What that is: `MACs`, `FLOPs` or `bytes`."""
    adds: Rule
    """What it counts for a row beside `factor` times the MACs."""
    rules: Mapping[str, str]
    """The same in words, by kind of layer."""
    printed: Callable[[int], str]
    """The total as the tool prints it, or as its users do."""
    prints_zero: Callable[[Iterable[Row], Sequence[Shape]], bool] = lambda _rows, _inputs: False
    """Whether it prints 0 for rows of a network with inputs of some shapes."""
    factor: int = 1
    """Units for each MAC."""
    scales: bool = True
    """Whether its figure is for the whole batch."""
    has_params: bool = True
    """Whether it prints a number of parameters."""
    counts_params: Callable[[Row], bool] = lambda _row: True
    """Whether the parameters of a row are in that number."""
    counts_shared: bool = False
    """Whether weights that are shared are in that number for each layer that has them."""
    counts_idle: bool = True
    """Whether the parameters of layers that do not run are in that number."""
    more: Container[str] = ()
    """Operations that only this tool has a rule for, where they are written as functions."""
    fails: Callable[[Iterable[tuple[str, Row]]], str | None] = lambda _rows: None
    """Why it stops without a figure for rows, which come with their names; None if it does not."""
    macs_adds: Callable[[Row], Additions] | None = None
    """What it adds to the MACs, where it prints those besides."""
    sizes: Callable[[Iterable[Row], Sequence[Shape]], Mapping[str, int]] | None = None
    """The bytes that it prints for rows of a network with inputs of some shapes, if it counts no
    operations."""
    note: str = ""
    """What else there is to know."""


def scaled(total: int, digits: int, units: Sequence[tuple[int, str]]) -> str:
    """A total in the largest unit that it has one of.

    >>> scaled(4133742592, 3, [(10**9, "G"), (10**6, "M")])
    '4.134G'
    """
    for size, letter in units:
        if total >= size:
            return f"{total / size:.{digits}f}{letter}"
    return f"{total}"


THOUSANDS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))
