"""Parts of parameters, so that each learned number is counted once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import prod
from typing import Any

from convcalc.files.pytorch.recording import Part, Recording

MOST_CUTS = 256
"""Of one parameter. One that is cut more often is counted where the first part is read."""


class Parts:
    """Where the parameters of a recording are cut, by views of parts of them.

    >>> from convcalc.files.pytorch.recording import Call, Made, Reference
    >>> half = Made(Reference(1), (4,), Part("w", 6, 10, True))
    >>> parts = Parts(Recording([Call("slice", {}, [half], "", True)], {}, {}, {"w": (10,)}))
    >>> parts.of(Part("w", 0, 10, True)), parts.of(half.part)
    ({('w', 0, 6): 6, ('w', 6, 10): 4}, {('w', 6, 10): 4})
    """

    def __init__(self, recording: Recording) -> None:
        cuts = {name: {0, prod(sizes)} for name, sizes in recording.parameters.items()}
        for part in _views(recording):
            if part.is_dense and len(cuts[part.parameter]) < MOST_CUTS:
                cuts[part.parameter] |= {part.start, part.stop}
        self._cuts = {name: sorted(each) for name, each in cuts.items()}

    def of(self, part: Part | None) -> dict[object, int]:
        """What identifies the numbers of a part, and how many they are."""
        if part is None:
            return {}
        cuts = self._cuts[part.parameter]
        first = bisect_right(cuts, part.start) - 1
        last = bisect_left(cuts, part.stop)
        return {
            (part.parameter, low, high): high - low
            for low, high in pairwise(cuts[max(first, 0) : last + 1])
        }

    def left(self, name: str, owners: Mapping[object, Any]) -> int:
        """How many numbers of a parameter nothing has."""
        pairs = pairwise(self._cuts[name])
        return sum([high - low for low, high in pairs if (name, low, high) not in owners])


def _views(recording: Recording) -> Iterator[Part]:
    made: Iterable[Part | None] = (each.part for call in recording.calls for each in call.outputs)
    for part in made:
        if part is not None:
            yield part
    for origin in recording.origins.values():
        if origin.part is not None:
            yield origin.part
