"""What is worth telling of a model that can be read all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from convcalc.files.ultralytics.rows import Row

PARAMETERS = re.compile(r"#.*?\b([0-9][0-9,]{0,20}) parameters\b")


def strides_text(strides: Sequence[Fraction | None]) -> str:
    """The strides that a head reads, in words.

    >>> strides_text([Fraction(8), Fraction(16), None])
    '8, 16 and ?'
    """
    shown = ["?" if stride is None else str(stride) for stride in strides]
    return " and ".join([text for text in (", ".join(shown[:-1]), shown[-1]) if text])


def uneven_strides(
    rows: Sequence[Row], strides: Mapping[int, Sequence[Fraction | None]]
) -> Iterator[tuple[Row, str]]:
    """A finding for each head that reads a stride which is not twice the one before it."""
    for row in rows:
        found = strides.get(row.number, ())
        pairs = pairwise(found)
        if any(before and after and after != 2 * before for before, after in pairs):
            numbers = ", ".join(map(str, row.sources))
            message = f"{row.module} reads rows {numbers} with strides {strides_text(found)}"
            yield row, f"{message}: each is usually twice the one before"


def told_params(line: str) -> int | None:
    """The number of parameters that the comment of a line tells.

    >>> told_params("  n: [0.5, 0.25, 1024] # summary: 225 layers, 3,157,200 parameters")
    3157200
    """
    found = PARAMETERS.search(line)
    return int(found[1].replace(",", "")) if found else None
