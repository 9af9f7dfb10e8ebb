"""Budgets of totals, and what a choice takes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from convcalc.checks.amounts import amount, percentage
from convcalc.errors import SpecError
from convcalc.facts.audit import DTYPE_BYTES, Audit
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS, total_named
from convcalc.fitting.choices import Choice, Stuck
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean, first_and_more

PEAK = "peak_activation_bytes"
INPUT = "input_bytes"

Item: TypeAlias = Choice | Stuck
"""What has figures for one input."""

MEASURES: Mapping[str, Callable[[Item, int, int], int]] = {
    "params": lambda item, _batch, _number: item.params,
    "macs": lambda item, batch, _number: batch * item.macs,
    "flops": lambda item, batch, _number: 2 * batch * item.macs,
    "weight_bytes": lambda item, _batch, number: number * item.params,
    "activation_bytes": lambda item, batch, number: batch * number * item.activation,
    "torchsummary_bytes": lambda item, batch, number: (
        number * (item.params + 2 * batch * item.activation)
    ),
}
"""What an item adds to each total that is a sum."""


class Measure(NamedTuple):
    """A total, as the figures of layers make it up."""

    key: str
    batch: int
    number: int
    """Bytes of a number."""

    @classmethod
    def of(cls, key: str, network: Network) -> Measure:
        """A total of a network."""
        return cls(key, network.batch, DTYPE_BYTES[network.dtype])

    def amount(self, item: Item) -> int:
        """What an item adds to it; of the peak, what it is at least while the item runs."""
        if self.key == PEAK:
            return self.batch * self.number * item.peak
        return MEASURES[self.key](item, self.batch, self.number)


def budgets_of(given: Mapping[str, object], facts: Audit) -> dict[str, int]:
    """The most of each total, by its key, from amounts and from shares of what it is as written.

    Raises:
        SpecError: there is no such total, it is not known, or an amount is not valid.

    >>> import convcalc
    >>> net = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> budgets_of({"macs": "50%", "params": "1k"}, net.audit())
    {'params': 1000, 'macs': 14112}
    """
    found: dict[str, int] = {}
    for name, value in given.items():
        total = total_named(name)
        if total is None:
            raise SpecError(f"unknown total {name}{did_you_mean(name, _names())}")
        unknown = facts.totals.unknown_of(total.key)
        if unknown:
            fact = f"{total.name} cannot be held to a budget: the {total.sums} of"
            raise SpecError(f"{fact} {first_and_more(unknown, 'layer')} are not known")
        written = getattr(facts.totals, total.key)
        share = percentage(value)
        most = None if share is None else written * share.numerator // share.denominator
        named = f"max_{total.name}"
        found[total.key] = amount(named, value, memory=total.is_bytes) if most is None else most
    return {key: found[key] for key in TOTALS if key in found}


def own_budget(network: Network) -> dict[str, object]:
    """The network's own budget, but for the receptive field, which no design changes."""
    return {key: most for key, most in network.budget.items() if key != RECEPTIVE_FIELD}


def _names() -> Sequence[str]:
    return [each.name for each in TOTALS.values()]
