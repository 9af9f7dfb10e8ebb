"""Limits on the work of building a network, independent of the size of its file."""

from __future__ import annotations

from convcalc.errors import SpecError

MOST_ROWS = 100_000
MOST_STEPS = 1_000_000
"""Steps of all kinds: layers, rounds, blocks, operands, values and parts of expressions."""

MOST_EMPTY_ROUNDS = 20_000
MOST_CHARACTERS = 10_000_000
"""Characters of all row names, each taken to be as long as the longest."""

DEEPEST = 100
"""Blocks and operand lists inside each other."""

FAILURE = 50
"""The steps that a mistake costs, each time it occurs."""

CALL = 6
"""The steps that a block costs, besides what is in it."""

ROUNDS = 8
"""The steps that a repeated layer costs, besides its rounds."""

ROW = 3
"""The steps that a row costs, besides its layer."""

NEW_OPERATION = 20
"""The steps that an operation costs which is made anew where it was made before."""

NEW_CONVOLUTION = 150
"""The same for a convolution, which every design rewrites."""


class Work:
    """Counts the work done so far and enforces the limits.

    Args:
        most_steps: a lower limit, for networks that are only tried.
    """

    def __init__(self, most_steps: int | None = None) -> None:
        self.rows = 0
        self.is_over = False
        self.steps = 0
        self._most_steps = most_steps or MOST_STEPS
        self._empty_rounds = 0
        self._longest = 0

    def spend(self, steps: int) -> None:
        """Counts steps.

        Raises:
            SpecError: they are too many.
        """
        self.steps += steps
        if self.steps > self._most_steps:
            raise self._over(
                f"the network is too large: its repeats, blocks and expressions take more than "
                f"{self._most_steps:,} steps to build"
            )

    def fail(self) -> None:
        """Counts a mistake; it is reported even beyond the limit."""
        self.steps += FAILURE

    def empty_round(self) -> None:
        """Counts a round that has made no row.

        Raises:
            SpecError: they are too many.
        """
        self._empty_rounds += 1
        if self._empty_rounds > MOST_EMPTY_ROUNDS:
            raise self._over(f"more than {MOST_EMPTY_ROUNDS:,} rounds of blocks add no layer")

    def require_rows(self, more: int) -> None:
        """Refuses more rows than there may be.

        Raises:
            SpecError: there would be too many.
        """
        if self.rows + more > MOST_ROWS:
            raise self._over(f"more than {MOST_ROWS:,} rows")

    def add_rows(self, number: int, longest: int) -> None:
        """Counts rows with names of at most so many characters.

        Raises:
            SpecError: there are too many, or their names are too long for as many.
        """
        self.rows += number
        if longest > self._longest:
            self._longest = longest
        self.spend(ROW * number)
        if self.rows > MOST_ROWS:
            raise self._over(f"more than {MOST_ROWS:,} rows")
        if self.rows * self._longest > MOST_CHARACTERS:
            raise self._over(
                f"{self.rows:,} rows with names of up to {self._longest:,} characters "
                f"are more than {MOST_CHARACTERS:,} characters"
            )

    def _over(self, message: str) -> SpecError:
        self.is_over = True
        return SpecError(message)
