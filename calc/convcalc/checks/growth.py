"""How much a total may grow: +2%, or +10k."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from convcalc.checks.amounts import MOST_CHARACTERS, amount, percentage
from convcalc.checks.findings import excess_text
from convcalc.errors import SpecError
from convcalc.facts.totals import MAIN_TOTALS, TOTALS, Totals, total_named
from convcalc.records import NamedTuple
from convcalc.wording import bytes_text, count_text, first_and_more


class Allowance(NamedTuple):
    """What a total may gain: a share of what it was, and so much more.

    >>> Allowance(Fraction(1, 50)).most(1000), Allowance(amount=7).most(1000)
    (1020, 1007)
    """

    share: Fraction = Fraction(0)
    amount: int = 0

    def most(self, before: int) -> int:
        """What a total may be at most that was `before`.

        >>> Allowance(Fraction(1, 3)).most(10)
        13
        """
        return before + int(before * self.share) + self.amount


NOTHING: Mapping[str, Sequence[str]] = {}
NO_GROWTH = dict.fromkeys(MAIN_TOTALS, Allowance())
"""What is watched since a snapshot: these may not grow, unless something else is said."""


class Growth(NamedTuple):
    """A total that has grown beyond what it may."""

    total: str
    before: int
    after: int
    most: int
    unknown: tuple[str, ...] = ()
    """The layers whose figure was known before, where it may have grown for that alone."""

    @property
    def message(self) -> str:
        """Both amounts, by how much the one is over the other, and what is allowed.

        >>> Growth("params", 1000, 1100, 1020).message
        'params grew from 1,000 to 1,100 (+10.0 %); allowed: +20 (2.0 %)'
        >>> Growth("peak_activation_bytes", 4 * 1024**2, 6 * 1024**2, 4 * 1024**2).message
        'peak activation grew from 4 MiB to 6 MiB (+50.0 %); allowed: +0'
        """
        total = TOTALS[self.total]
        text = bytes_text if total.is_bytes else count_text
        before, after = text(self.before), text(self.after)
        if before == after:
            before, after = total.text(self.before), total.text(self.after)
        if self.unknown:
            layers = first_and_more(self.unknown, "layer")
            why = f"{total.sums} of {layers} are not known any more"
            return f"{total.title} is at least {after}, and was {before}: {why}"
        gain = self.most - self.before
        allowed = f"+{text(gain)} ({excess_text(gain, self.before)})" if gain else "+0"
        grown = excess_text(self.after - self.before, self.before)
        return f"{total.title} grew from {before} to {after} (+{grown}); allowed: {allowed}"


def allowance(name: str, text: str) -> Allowance:
    """What `+2%`, `+10k` or `0` lets a total gain.

    Raises:
        SpecError: it is no such text.

    >>> allowance("params", "+2%"), allowance("peak_activation", "+1KiB")
    (Allowance(share=Fraction(1, 50), amount=0), Allowance(share=Fraction(0, 1), amount=1024))
    """
    stripped = text.strip().removeprefix("+") if len(text) <= MOST_CHARACTERS else ""
    share = percentage(stripped)
    if share is not None:
        return Allowance(share=share)
    total = total_named(name)
    try:
        number = int(stripped) if stripped.isascii() and stripped.isdigit() else stripped
        return Allowance(amount=amount(name, number, memory=total is None or total.is_bytes))
    except (SpecError, ValueError) as error:
        fact = "is neither a share as in +2% nor an amount as in +10k"
        raise SpecError(f"{name}={text} {fact}") from error


def grown(
    before: Mapping[str, int],
    after: Totals,
    allowed: Mapping[str, Allowance],
    unknown: Mapping[str, Sequence[str]] = NOTHING,
) -> Iterator[Growth]:
    """The totals that have grown by more than they may, or may have.

    Args:
        before: totals by their names in the report.
        after: what they are now.
        allowed: what each of those that are watched may gain.
        unknown: the layers by the figure that was not known: of them nothing is known now either.

    >>> from convcalc import Conv, compare
    >>> totals = compare(Conv(3, 8, 3), (3, 9, 9)).audit.totals
    >>> [each.total for each in grown({"params": 200, "macs": 9}, totals, {"params": Allowance()})]
    ['params']
    """
    now = after._asdict()
    for total, gain in allowed.items():
        most = gain.most(before[total]) if total in before else now[total]
        new = set(after.unknown_of(total)).difference(unknown.get(TOTALS[total].sums, ()))
        if now[total] > most:
            yield Growth(total, before[total], now[total], most)
        elif new and total in before:
            yield Growth(total, before[total], now[total], most, tuple(sorted(new)))
