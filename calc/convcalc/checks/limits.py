"""Checks a network against its own budget and expected figures, and against limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from convcalc.checks.amounts import amount
from convcalc.checks.causes import cause_of
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding, excess_text, over_text
from convcalc.checks.layer_rules import LAYER_RULES
from convcalc.checks.rules import BUDGET, EXPECTED_SHAPE, EXPECTED_TOTAL, NOT_KNOWN
from convcalc.errors import SpecError
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS, Total
from convcalc.layers import Path
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.values import Shape
from convcalc.wording import counted, did_you_mean, first_and_more


class Limits(NamedTuple):
    """Limits that flags and convcalc.toml set, besides what a network's own file says.

    >>> Limits({"params": 2_000_000}, {"kernel_sizes": (1, 3)}).budget
    {'params': 2000000}
    """

    budget: Mapping[str, int] = {}
    """The largest value of totals, by their keys."""
    layers: Mapping[str, Any] = {}
    """Limits of `LAYER_RULES`, by their settings."""


LIMITS = (
    *[f"max_{each.name}" for each in TOTALS.values()],
    *[each.setting for each in LAYER_RULES],
)
"""Every limit: with hyphens it is a flag, and a key in convcalc.toml."""


def limits_of(given: Mapping[str, Any]) -> Limits:
    """The limits that flags or a table of convcalc.toml set, by their names.

    Raises:
        SpecError: one of them is not valid.

    >>> limits_of({"max_params": "2M", "kernel_sizes": [1, 3]}).budget
    {'params': 2000000}
    """
    budget = {
        key: amount(name, given[name], memory=total.is_bytes)
        for key, total in TOTALS.items()
        if given.get(name := f"max_{total.name}") is not None
    }
    layers = {
        each.setting: each.limit_of(each.setting, given[each.setting])
        for each in LAYER_RULES
        if given.get(each.setting) is not None
    }
    return Limits(budget, layers)


def check(network: Network, **limits: Any) -> list[Finding]:
    """What is wrong with a network: by its own budget and expected figures, and by limits.

    Args:
        network: the network.
        limits: `max_params="5M"`, `max_peak_activation="8MiB"` and so on for every total;
            `max_layer_share="40%"`, `kernel_sizes=[1, 3]`, `groups_multiple_of=8` and
            `channels_multiple_of=8`.

    Raises:
        SpecError: there is no such limit, or its value is not valid.

    >>> import convcalc
    >>> content = {"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 5}]}
    >>> net = convcalc.network({**content, "budget": {"params": 100}})
    >>> for finding in convcalc.check(net, kernel_sizes=[1, 3]):
    ...     print(finding.rule.code, finding.message)
    CC101 params 304 is 3.04 x its budget of 100
    CC103 conv_1 has a kernel of 5x5; allowed: 1, 3
    """
    for name in limits:
        if name not in LIMITS:
            raise SpecError(f"unknown limit {name}{did_you_mean(name, LIMITS)}")
    checked = CheckedNetwork(network)
    return [*own_findings(checked), *findings(checked, limits_of(limits))]


def own_findings(network: CheckedNetwork) -> list[Finding]:
    """Findings against the budget and the expected figures in the network's own file.

    >>> import convcalc
    >>> content = {"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]}
    >>> net = convcalc.network({**content, "budget": {"params": 100}})
    >>> [finding.message for finding in own_findings(CheckedNetwork(net))]
    ['params 112 is 12.0 % over its budget of 100']
    """
    declared = network.network
    budget = _over_budget(network, declared.budget, "budget")
    return [*budget, *_unexpected(network, declared.expect)]


def findings(network: CheckedNetwork, limits: Limits) -> list[Finding]:
    """Findings against limits from flags and convcalc.toml.

    >>> from convcalc import Conv, compare
    >>> layer = compare(Conv(3, 8, 7), (3, 9, 9))
    >>> limits = Limits(layers={"kernel_sizes": (1, 3)})
    >>> [finding.message for finding in findings(CheckedNetwork(layer.network), limits)]
    ['conv_1 has a kernel of 7x7; allowed: 1, 3']
    """
    found = [*_over_budget(network, limits.budget, None)]
    for each in LAYER_RULES:
        if each.setting in limits.layers:
            broken = _once(each.broken(each.rule, network, limits.layers[each.setting]))
            found += [finding._replace(setting=each.setting) for finding in broken]
    return found


def _over_budget(
    network: CheckedNetwork, budget: Mapping[str, Any], part: str | None
) -> Iterator[Finding]:
    """Totals above their budget; the part of the file that the budget stands in, if it does."""
    totals = network.totals._asdict()
    for key, most in budget.items():
        path = () if part is None else (part, key)
        if key == RECEPTIVE_FIELD:
            yield from _wider(totals[key], most, path)
            continue
        actual, total = totals[key], TOTALS[key]
        unknown = network.totals.unknown_of(key)
        if actual <= most and unknown:
            yield _not_known(total, actual, unknown, path, most, "its budget")
        if actual > most:
            found, wanted = total.apart(actual, most)
            message = f"{total.title} {found} is {over_text(actual, most)} its budget of {wanted}"
            yield Finding(
                *(BUDGET, message, path, total.name, most, actual, f"max_{total.name}"),
                cause_of(network, key),
            )


def _unexpected(network: CheckedNetwork, expect: Mapping[str, Any]) -> Iterator[Finding]:
    totals = network.totals._asdict()
    for key, wanted in expect.items():
        if key == "shapes":
            yield from _unexpected_shapes(network, wanted)
        elif unknown := network.totals.unknown_of(key):
            path = ("expect", key)
            yield _not_known(TOTALS[key], totals[key], unknown, path, wanted, "the expected")
        elif totals[key] != wanted:
            actual, total = totals[key], TOTALS.get(key)
            title, text = (total.title, total.text) if total else (key.replace("_", " "), str)
            message = f"{title} {text(actual)} does not match the expected {text(wanted)}"
            message += _apart(actual, wanted)
            subject = total.name if total else key
            yield Finding(EXPECTED_TOTAL, message, ("expect", key), subject, wanted, actual)


def _not_known(
    total: Total, actual: int, unknown: Sequence[str], path: Path, wanted: Any, what: str
) -> Finding:
    """A total that is only known to be at least so much, and what it cannot be held to."""
    least = f"{total.title} is at least {total.text(actual)}"
    why = f"{total.sums} of {first_and_more(unknown, 'layer')} are not known"
    message = f"{least}: {why}, so {what} of {total.text(wanted)} cannot be checked"
    return Finding(NOT_KNOWN, message, path, total.name, wanted, actual)


def unknown_findings(network: CheckedNetwork) -> list[Finding]:
    """A finding for each row with a figure that is not known.

    >>> import convcalc
    >>> layers = [{"opaque": "SimAM", "shape": "same", "params": 0}]
    >>> net = convcalc.network({"input": [3, 8, 8], "layers": layers})
    >>> [finding.message for finding in unknown_findings(CheckedNetwork(net))]
    ['opaque_1 has unknown macs']
    """
    if not network.totals.unknown:
        return []
    found = [
        Finding(
            NOT_KNOWN,
            f"{row.name} has unknown {' and '.join(row.operation.unknown)}",
            row.path or (),
            row.name,
        )
        for row in network.network.rows
        if row.operation.unknown
    ]
    return list(_once(found))


def _wider(actual: Shape | None, most: Shape, path: Path) -> Iterator[Finding]:
    """A receptive field that reaches over its budget in a dimension."""
    if actual is None or any(map(int.__gt__, actual, most)) or len(actual) != len(most):
        seen = "every position" if actual is None else str(actual)
        message = f"receptive_field is {seen}, over its budget of {most}"
        yield Finding(BUDGET, message, path, RECEPTIVE_FIELD, most, actual)


def _apart(actual: Any, wanted: Any) -> str:
    if not isinstance(actual, int):
        return ""
    more = "more" if actual > wanted else "less"
    return f": {excess_text(abs(actual - wanted), wanted)} {more}"


def _unexpected_shapes(network: CheckedNetwork, shapes: Mapping[str, Any]) -> Iterator[Finding]:
    found = {row.name: row.output_shape for row in network.facts.layers}
    for name, wanted in shapes.items():
        if found[name] != wanted:
            message = f"{name} has the output shape {found[name]}, not the expected {wanted}"
            path = ("expect", "shapes", name)
            yield Finding(EXPECTED_SHAPE, message, path, name, wanted, found[name])


def _once(found: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for the rounds of a repeated layer that break a rule in the same way."""
    equal: dict[tuple[object, str], list[Finding]] = {}
    for finding in found:
        message = finding.message.removeprefix(finding.subject)
        equal.setdefault((finding.path or finding.subject, message), []).append(finding)
    for first, *more in equal.values():
        others = f" (and {counted(len(more), 'more layer')})" if more else ""
        names = tuple([each.subject for each in more])
        yield first._replace(message=f"{first.message}{others}", others=names)
