"""Holds a network to what its file and others say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from convcalc.checks.findings import Finding, Rule, number_text, percent_text, total_title
from convcalc.checks.rules import (
    BUDGET,
    CHANNELS,
    EXPECTED_SHAPE,
    EXPECTED_TOTAL,
    GROUPS,
    KERNEL_SIZE,
    LAYER_SHARE,
)
from convcalc.facts.audit import Audit, Counted, LayerFacts
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.values import counted


class Limits(NamedTuple):
    """What a network is held to, besides what its file says.

    >>> Limits({"params": 2_000_000}, kernel_sizes=(1, 3)).layer_share is None
    True
    """

    budget: Mapping[str, int] = {}
    """Totals, by their names in the report, and what they may be at most."""
    layer_share: Fraction | None = None
    """The share of all MACs that one layer may have at most."""
    kernel_sizes: tuple[int, ...] | None = None
    groups_multiple_of: int | None = None
    channels_multiple_of: int | None = None


class Subject:
    """What is checked: a network and its facts, which are worked out when they are asked for.

    Args:
        network: the network.
        counted: what is known already, of networks that were counted before.
        facts: the network's facts, if they are known.
    """

    def __init__(
        self, network: Network, counted: Counted | None = None, facts: Audit | None = None
    ) -> None:
        self.network = network
        self.totals = network.totals(counted) if facts is None else facts.totals
        self._facts = facts

    @cached_property
    def facts(self) -> Audit:
        """Every fact of the network.

        >>> from convcalc import Conv, compare
        >>> len(Subject(compare(Conv(3, 8, 3), (3, 9, 9)).network).facts.layers)
        1
        """
        return self._facts or self.network.audit()

    @property
    def convolutions(self) -> Iterator[tuple[AnyLayer, LayerFacts, Convolution]]:
        """The rows with a kernel and weights.

        >>> from convcalc import Conv, compare
        >>> layer = compare(Conv(3, 8, 3), (3, 9, 9))
        >>> [facts.name for _, facts, _ in Subject(layer.network).convolutions]
        ['conv_1']
        """
        for row, facts in zip(self.network.rows, self.facts.layers, strict=True):
            if isinstance(row.operation, Convolution):
                yield row, facts, row.operation


def own_findings(subject: Subject) -> list[Finding]:
    """What a network breaks of the budget and the expectations in its own file.

    >>> import convcalc
    >>> content = {"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]}
    >>> net = convcalc.network({**content, "budget": {"params": 100}})
    >>> [finding.message for finding in own_findings(Subject(net))]
    ['params 112 is 12.0 % over its budget of 100']
    """
    network = subject.network
    budget = _over_budget(subject, network.budget, "budget")
    return [*budget, *_unexpected(subject, network.expect)]


def findings(subject: Subject, limits: Limits) -> list[Finding]:
    """What a network breaks of limits that others set.

    >>> from convcalc import Conv, compare
    >>> layer = compare(Conv(3, 8, 7), (3, 9, 9))
    >>> limits = Limits(kernel_sizes=(1, 3))
    >>> [finding.message for finding in findings(Subject(layer.network), limits)]
    ['conv_1 has a kernel of 7x7; allowed: 1, 3']
    """
    found = [*_over_budget(subject, limits.budget, None)]
    checks: list[tuple[str, Any, Callable[[Subject, Any], Iterator[Finding]]]] = [
        ("max_layer_share", limits.layer_share, _shares),
        ("kernel_sizes", limits.kernel_sizes, _kernels),
        ("groups_multiple_of", limits.groups_multiple_of, _groups),
        ("channels_multiple_of", limits.channels_multiple_of, _channels),
    ]
    for setting, limit, check in checks:
        if limit is not None:
            broken = _once(check(subject, limit))
            found += [finding._replace(setting=setting) for finding in broken]
    return found


def _over_budget(
    subject: Subject, budget: Mapping[str, int], part: str | None
) -> Iterator[Finding]:
    """Totals above their budget; the part of the file that the budget stands in, if it does."""
    totals = subject.totals._asdict()
    for total, most in budget.items():
        actual = totals[total]
        if actual > most:
            title = total_title(total)
            over = f"{percent_text(actual - most, most)} over its budget of"
            told = f"{title} {number_text(total, actual)} is {over} {number_text(total, most)}"
            path = () if part is None else (part, total)
            yield Finding(BUDGET, told, path, title, most, actual, f"max_{title}")


def _unexpected(subject: Subject, expect: Mapping[str, Any]) -> Iterator[Finding]:
    totals = subject.totals._asdict()
    for total, wanted in expect.items():
        if total == "shapes":
            yield from _unexpected_shapes(subject, wanted)
        elif totals[total] != wanted:
            actual, title = totals[total], total_title(total)
            told = f"{title} {number_text(total, actual)} is not the expected"
            told = f"{told} {number_text(total, wanted)}{_apart(actual, wanted)}"
            yield Finding(EXPECTED_TOTAL, told, ("expect", total), title, wanted, actual)


def _apart(actual: Any, wanted: Any) -> str:
    if not isinstance(actual, int):
        return ""
    more = "more" if actual > wanted else "less"
    return f": {percent_text(abs(actual - wanted), wanted)} {more}"


def _unexpected_shapes(subject: Subject, shapes: Mapping[str, Any]) -> Iterator[Finding]:
    found = {row.name: row.output_shape for row in subject.facts.layers}
    for name, wanted in shapes.items():
        if found[name] != wanted:
            told = f"{name} has the output shape {found[name]}, not the expected {wanted}"
            path = ("expect", "shapes", name)
            yield Finding(EXPECTED_SHAPE, told, path, name, wanted, found[name])


def _shares(subject: Subject, most: Fraction) -> Iterator[Finding]:
    whole = subject.totals.macs
    for row, facts in zip(subject.network.rows, subject.facts.layers, strict=True):
        if facts.macs and Fraction(facts.macs, whole) > most:
            share, limit = percent_text(facts.macs, whole), f"{float(100 * most):g} %"
            told = (
                f"{row.name} has {share} of all MACs ({facts.macs:,} of {whole:,}); at most {limit}"
            )
            yield _of_layer(LAYER_SHARE, row, told, limit, share)


def _kernels(subject: Subject, allowed: Sequence[int]) -> Iterator[Finding]:
    for row, _, conv in subject.convolutions:
        if not set(conv.kernel_size) <= set(allowed):
            kernel, limit = "x".join(map(str, conv.kernel_size)), ", ".join(map(str, allowed))
            told = f"{row.name} has a kernel of {kernel}; allowed: {limit}"
            yield _of_layer(KERNEL_SIZE, row, told, list(allowed), list(conv.kernel_size))


def _groups(subject: Subject, number: int) -> Iterator[Finding]:
    for row, _, conv in subject.convolutions:
        if conv.groups > 1 and conv.groups % number:
            told = f"{row.name} has {conv.groups:,} groups, no multiple of {number}"
            yield _of_layer(GROUPS, row, told, number, conv.groups)


def _channels(subject: Subject, number: int) -> Iterator[Finding]:
    for row, _, conv in subject.convolutions:
        if conv.out_channels % number:
            told = f"{row.name} has {conv.out_channels:,} output channels, no multiple of {number}"
            yield _of_layer(CHANNELS, row, told, number, conv.out_channels)


def _of_layer(rule: Rule, row: AnyLayer, told: str, limit: Any, actual: Any) -> Finding:
    return Finding(rule, told, row.path or (), row.name, limit, actual)


def _once(found: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for the rounds of a repeated layer that break a rule in the same way."""
    alike: dict[tuple[object, str], list[Finding]] = {}
    for finding in found:
        told = finding.message.removeprefix(finding.subject)
        alike.setdefault((finding.path or finding.subject, told), []).append(finding)
    for first, *more in alike.values():
        others = f" (and {counted(len(more), 'more layer')})" if more else ""
        yield first._replace(message=f"{first.message}{others}")
