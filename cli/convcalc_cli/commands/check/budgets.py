"""How much of its budgets each network uses: what pages and pictures show."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.facts.totals import TOTALS
from convcalc.records import NamedTuple
from convcalc_cli.commands.check.report import CheckReport
from convcalc_cli.text import amount_text, total_text


class Used(NamedTuple):
    """A total of a network beside what it may be at most."""

    file: str
    total: str
    """What it is called."""
    text: str
    amount: int
    budget_text: str
    budget: int

    @property
    def part(self) -> float:
        """How much of the budget it is; a budget of nothing is used up by anything."""
        if self.budget:
            return self.amount / self.budget
        return float(self.amount > 0) * 2


def used_budgets(report: CheckReport) -> Iterator[Used]:
    """Every budget of every file, in the order of the files."""
    for file in report.files:
        if file.totals is None:
            continue
        for key, most in file.budgets.items():
            total = TOTALS[key]
            yield Used(
                *(file.file, total.title),
                *(total_text(file.totals, key), getattr(file.totals, key)),
                *(amount_text(total, most), most),
            )
