"""Limits on the layers of a network, each declared once.

Each is a flag of `check`, a key of convcalc.toml, a code with an explanation, and a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from convcalc.checks.amounts import percentage
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding, Rule
from convcalc.errors import SpecError
from convcalc.layers import AnyLayer
from convcalc.records import NamedTuple
from convcalc.values import whole, whole_list
from convcalc.wording import percent_text

SIZE = re.compile(r"[0-9]{1,15}", re.ASCII)


class LayerRule(NamedTuple):
    """A limit that every layer of a network is checked against."""

    rule: Rule
    setting: str
    """Its name: with hyphens it is the flag, and the key in convcalc.toml."""
    metavar: str
    help: str
    limit_of: Callable[[str, Any], Any]
    """The limit that a flag's text or a TOML value stands for; raises SpecError for bad ones."""
    broken: Callable[[Rule, CheckedNetwork, Any], Iterator[Finding]]
    """The findings for a limit."""


def _share(setting: str, value: Any) -> Fraction:
    share = percentage(value)
    if share is None or share > 1:
        raise SpecError(f"{{{setting}}} is not a percentage such as 40%", **{setting: value})
    return share


def _shares(rule: Rule, network: CheckedNetwork, most: Fraction) -> Iterator[Finding]:
    total = network.totals.macs
    for row, facts in zip(network.network.rows, network.facts.layers, strict=True):
        if facts.macs and Fraction(facts.macs, total) > most:
            share, limit = percent_text(facts.macs, total), f"{float(100 * most):g} %"
            message = (
                f"{row.name} has {share} of all MACs ({facts.macs:,} of {total:,}); at most {limit}"
            )
            yield _finding(rule, row, message, limit, share)


def _sizes(setting: str, value: Any) -> tuple[int, ...]:
    """A list of sizes, or a text such as 1,3,5."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list) and all(isinstance(each, str) for each in parts):
        if not all(SIZE.fullmatch(each) for each in parts):
            raise SpecError(f"{{{setting}}} is not whole numbers as in 1,3,5", **{setting: value})
        parts = [int(each) for each in parts]
    if not parts:
        raise SpecError(f"{{{setting}}} allows none", **{setting: value})
    return whole_list(setting, parts)


def _kernels(rule: Rule, network: CheckedNetwork, allowed: Sequence[int]) -> Iterator[Finding]:
    for row, _, conv in network.convolutions:
        if not set(conv.kernel_size) <= set(allowed):
            kernel, limit = "x".join(map(str, conv.kernel_size)), ", ".join(map(str, allowed))
            message = f"{row.name} has a kernel of {kernel}; allowed: {limit}"
            yield _finding(rule, row, message, list(allowed), list(conv.kernel_size))


def _number(setting: str, value: Any) -> int:
    """A whole number, or its text."""
    return whole(setting, int(value) if isinstance(value, str) and SIZE.fullmatch(value) else value)


def _groups(rule: Rule, network: CheckedNetwork, number: int) -> Iterator[Finding]:
    for row, _, conv in network.convolutions:
        if conv.groups > 1 and conv.groups % number:
            message = f"{row.name} has {conv.groups:,} groups, not a multiple of {number}"
            yield _finding(rule, row, message, number, conv.groups)


def _channels(rule: Rule, network: CheckedNetwork, number: int) -> Iterator[Finding]:
    for row, _, conv in network.convolutions:
        if conv.out_channels % number:
            channels = f"{conv.out_channels:,} output channels"
            message = f"{row.name} has {channels}, not a multiple of {number}"
            yield _finding(rule, row, message, number, conv.out_channels)


def _finding(rule: Rule, row: AnyLayer, message: str, limit: Any, actual: Any) -> Finding:
    return Finding(rule, message, row.path or (), row.name, limit, actual)


MAX_LAYER_SHARE = LayerRule(
    Rule(
        "CC102",
        "layer-share",
        "one layer does too much of the work",
        "A single layer has a larger share of all MACs than --max-layer-share or max-layer-share "
        "in convcalc.toml allows. Such a layer decides the speed of the network alone: look at its "
        "kernel, its channels, or at where it stands; groups or a separable pair may do.",
    ),
    "max_layer_share",
    "P%",
    "Largest share of the MACs that one layer may have, e.g. 40%.",
    _share,
    _shares,
)
KERNEL_SIZES = LayerRule(
    Rule(
        "CC103",
        "kernel-size",
        "a convolution has a kernel that is not allowed",
        "Fast kernels are written for a few sizes. --kernel-sizes 1,3,5 or kernel-sizes in "
        "convcalc.toml says which ones a convolution may have, in every dimension.",
    ),
    "kernel_sizes",
    "N,N..",
    "Kernel sizes that convolutions may have, e.g. 1,3,5.",
    _sizes,
    _kernels,
)
GROUPS_MULTIPLE_OF = LayerRule(
    Rule(
        "CC104",
        "groups-multiple",
        "the number of groups is not a multiple of what the hardware wants",
        "Grouped convolutions run at full speed where the number of their groups is a multiple of, "
        "say, 8. --groups-multiple-of 8 or groups-multiple-of in convcalc.toml holds every "
        "convolution with more than one group to it, depthwise ones too.",
    ),
    "groups_multiple_of",
    "N",
    "Group counts must be multiples of N.",
    _number,
    _groups,
)
CHANNELS_MULTIPLE_OF = LayerRule(
    Rule(
        "CC105",
        "channels-multiple",
        "the output channels are not a multiple of what the hardware wants",
        "Matrix units work on blocks of, say, 8 channels and fill up what is missing. "
        "--channels-multiple-of 8 or channels-multiple-of in convcalc.toml holds the output "
        "channels of every convolution to it.",
    ),
    "channels_multiple_of",
    "N",
    "Output channels must be multiples of N.",
    _number,
    _channels,
)

LAYER_RULES = (MAX_LAYER_SHARE, KERNEL_SIZES, GROUPS_MULTIPLE_OF, CHANNELS_MULTIPLE_OF)
"""Every rule about layers."""
