"""What is probably wrong with a model that can be read all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from convcalc.files.head_inputs import HeadInputs
from convcalc.files.ultralytics.rows import Row

PARAMETERS = re.compile(r"#.*?\b([0-9][0-9,]{0,20}) parameters\b")


def heads_of(
    rows: Sequence[Row], strides: Mapping[int, Sequence[Fraction | None]]
) -> dict[int, HeadInputs]:
    """What the heads of a model read, by their rows."""
    return {
        row.number: HeadInputs(
            row.module, row.sources[: len(strides[row.number])], tuple(strides[row.number])
        )
        for row in rows
        if row.number in strides
    }


def stated_params(line: str) -> int | None:
    """The number of parameters that the comment of a line states.

    >>> stated_params("  n: [0.5, 0.25, 1024] # summary: 225 layers, 3,157,200 parameters")
    3157200
    """
    found = PARAMETERS.search(line)
    return int(found[1].replace(",", "")) if found else None
