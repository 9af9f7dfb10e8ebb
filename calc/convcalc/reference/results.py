"""What a run on real arrays found, beside what the formulas predicted."""

from __future__ import annotations

from typing import Any

from convcalc.display import displayed
from convcalc.errors import SpecError
from convcalc.records import NamedTuple
from convcalc.redesign.designs import Proof, design_title
from convcalc.wording import counted

KINDS = ("shape", "weights", "macs", "values", "memory")
"""What is checked of every row, in this order."""


class Check(NamedTuple):
    """One thing that was predicted, and what it turned out to be.

    >>> Check("macs", 27, 28).passed
    False
    """

    kind: str
    predicted: Any
    found: Any

    @property
    def passed(self) -> bool:
        """Whether both are the same.

        >>> Check("shape", (8, 7, 7), (8, 7, 7)).passed
        True
        """
        return bool(self.predicted == self.found)


class Values(NamedTuple):
    """Output values beside their definition in plain loops, at some positions of the output.

    >>> Values(10, 0, 0.0, ()).predicted, Values(10, 0, 0.5, ((1, 2.0, 2.5),)).passed
    ('10 values', False)
    """

    compared: int
    allowed: float
    """How far a value may be off, as a share of what is larger: the value, or 1; 0 means equal."""
    deviation: float
    """The largest difference."""
    wrong: tuple[tuple[Any, float, float], ...]
    """Position `(n, c, *spatial)`, definition and value, where it is off by more than allowed."""
    sums_agree: bool = True
    """Of a convolution or a linear layer: whether sums over all output channels, at every position,
    are what the layer gives when its filters are summed."""

    @property
    def kind(self) -> str:
        """What is checked.

        >>> Values(10, 0, 0.0, ()).kind
        'values'
        """
        return "values"

    @property
    def passed(self) -> bool:
        """Whether no value is off by more than allowed.

        >>> Values(10, 0, 0.0, ()).passed
        True
        """
        return self.sums_agree and not self.wrong

    @property
    def predicted(self) -> str:
        """What the definition says where it differs first, else how many values agree."""
        return self._described(1)

    @property
    def found(self) -> str:
        """What was computed where it differs first, else how many values agree."""
        return self._described(2)

    def _described(self, side: int) -> str:
        if self.passed:
            return f"{self.compared} values"
        if not self.wrong:
            return ("equal sums over the channels", "other sums")[side - 1]
        return f"{self.wrong[0][side]:.9g} at {self.wrong[0][0]}"


class RowVerification(NamedTuple):
    """The checks of one row, and how long its kernel took.

    >>> checks = (Check("shape", (8,), (8,)), Check("macs", 5, 6))
    >>> [check.kind for check in RowVerification("fc", checks, 6, 0.001).failed]
    ['macs']
    """

    name: str
    checks: tuple[Check | Values, ...]
    macs: int
    """Multiply-accumulates counted from the operands of the products that were done."""
    seconds: float

    @property
    def is_run(self) -> bool:
        """Whether there is a rule by which it was run; else its output was random.

        >>> RowVerification("simam", (Check("shape", (8,), (8,)),), 0, 0.0).is_run
        False
        """
        return any(isinstance(check, Values) for check in self.checks)

    @property
    def failed(self) -> list[Check | Values]:
        """The checks that did not hold."""
        return [check for check in self.checks if not check.passed]

    @property
    def deviation(self) -> float:
        """The largest difference between a value and its definition."""
        return next((each.deviation for each in self.checks if isinstance(each, Values)), 0.0)


@displayed
class Verification(NamedTuple):
    """A network run on real arrays: every row, and the totals; `print` shows them as a table.

    >>> run = Verification(0, (), (Check("macs", 27, 28),))
    >>> run.passed, run.macs, run.seconds
    (False, 0, 0)
    >>> run
    <Verification of 0 layers: not as predicted, 0 MACs counted>
    """

    seed: int
    rows: tuple[RowVerification, ...]
    totals: tuple[Check, ...]

    def __repr__(self) -> str:
        verdict = "as predicted" if self.passed else "not as predicted"
        rows = counted(len(self.rows), "layer")
        return f"<Verification of {rows}: {verdict}, {self.macs:,} MACs counted>"

    @property
    def passed(self) -> bool:
        """Whether everything turned out as predicted."""
        return not any(row.failed for row in self.rows) and all(
            check.passed for check in self.totals
        )

    @property
    def macs(self) -> int:
        """Multiply-accumulates counted in all the rows."""
        return sum([row.macs for row in self.rows])

    @property
    def seconds(self) -> float:
        """What the kernels took together."""
        return sum([row.seconds for row in self.rows])


class Equivalence(NamedTuple):
    """Two ways to compute the same, both done.

    >>> Equivalence("grouped", 4, 123008, 0.0, Proof("a block-diagonal weight")).passed
    True
    """

    design: str
    groups: int | None
    compared: int
    """Output values that were compared, all there are."""
    deviation: float
    """The largest difference."""
    proof: Proof
    """How the design equals the standard one, as its `Design` declares."""

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them."""
        return design_title(self.design, self.groups)

    @property
    def passed(self) -> bool:
        """Whether they are equal to the last bit."""
        return self.deviation == 0


class LayerVerification(NamedTuple):
    """Every design of a layer run on real arrays, and what the designs are equal to.

    >>> unequal = Equivalence("grouped", 4, 10, 1.0, Proof("a block-diagonal weight"))
    >>> LayerVerification([], [unequal]).passed
    False
    """

    designs: list[Verification]
    equivalences: list[Equivalence]

    @property
    def passed(self) -> bool:
        """Whether everything turned out as predicted."""
        designs = all(design.passed for design in self.designs)
        return designs and all(each.passed for each in self.equivalences)


class NoRoomError(SpecError):
    """There is not enough memory to run a layer."""
