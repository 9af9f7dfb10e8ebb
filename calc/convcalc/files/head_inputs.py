"""What detection heads read: feature maps whose strides are a power of two apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from convcalc.records import NamedTuple

Stride = Fraction | None


class HeadInputs(NamedTuple):
    """The rows that a head reads, or the rows of several heads, with their strides.

    >>> HeadInputs("Detect", (15, 18), (Fraction(8), None)).text
    'Detect reads rows 15, 18 at strides 8, ?'
    """

    head: str
    rows: Sequence[int]
    strides: Sequence[Stride]
    noun: str = "row"
    """What the file has for rows."""

    @property
    def text(self) -> str:
        """Which rows are read, at which strides."""
        return f"{self.head} reads {self.rows_text} at {self.strides_text}"

    @property
    def rows_text(self) -> str:
        """The rows that are read."""
        return f"{self.noun}{'s' * (len(self.rows) > 1)} {', '.join(map(str, self.rows))}"

    @property
    def strides_text(self) -> str:
        """The strides of what they give."""
        shown = ", ".join(["?" if each is None else _shown(each) for each in self.strides])
        return f"stride{'s' * (len(self.strides) > 1)} {shown}"

    @property
    def uneven(self) -> str:
        """What is wrong with the strides, if they do not grow, or fall, by powers of two.

        >>> HeadInputs("Detect", (9, 15), (Fraction(32), Fraction(8))).uneven
        ''
        >>> HeadInputs("Detect", (9, 15), (Fraction(8), Fraction(8))).uneven.partition(": ")[2]
        'each should be a power of two times the one before'
        """
        pairs = [(one, other) for one, other in pairwise(self.strides) if one and other]
        grows = all(_is_power(other / one) for one, other in pairs)
        falls = all(_is_power(one / other) for one, other in pairs)
        return "" if grows or falls else f"{self.text}: {USUAL}"

    def content(self) -> dict[str, Any]:
        """The same as plain data.

        >>> HeadInputs("Detect", (15, 18), (Fraction(8), None)).content()
        {'head': 'Detect', 'rows': [15, 18], 'strides': [8, None]}
        """
        strides = [each and _number(each) for each in self.strides]
        reads = {f"{self.noun}s": [*self.rows], "strides": strides}
        return {"head": self.head, **reads}

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> HeadInputs:
        """The same from plain data.

        >>> HeadInputs.of({"head": "Detect", "rows": [15, 18], "strides": [8, None]}).rows_text
        'rows 15, 18'
        """
        head, (noun, rows), (_, strides) = content["head"], *[*content.items()][1:]
        return cls(head, rows, [each and Fraction(each) for each in strides], noun[:-1])


USUAL = "each should be a power of two times the one before"


def _is_power(ratio: Fraction) -> bool:
    """Whether a ratio is 2, 4, 8 ..."""
    whole = ratio.numerator
    return ratio.denominator == 1 and whole > 1 and not whole & (whole - 1)


def _shown(stride: Fraction) -> str:
    return str(stride) if stride.denominator == 1 else f"{float(stride):.4g}"


def _number(stride: Fraction) -> int | float:
    return stride.numerator if stride.denominator == 1 else float(stride)
