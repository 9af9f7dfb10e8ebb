"""What a total is large for: the layers that hold most of it, or the values at its peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.facts.audit import DTYPE_BYTES, LayerFacts
from convcalc.facts.memory import alive_values
from convcalc.facts.totals import TOTALS
from convcalc.wording import bytes_text, percent_text

MOST = 3
"""Layers or values that are named."""


def cause_of(network: CheckedNetwork, key: str) -> str:
    """The layers that hold most of a total, or the row of the peak and what is alive while it runs.

    It is empty for totals that no layer causes, such as the memory of the input.

    >>> from convcalc import Conv, compare
    >>> checked = CheckedNetwork(compare(Conv(3, 8, 3), (3, 9, 9)).network)
    >>> cause_of(checked, "params")
    'the largest layer is conv_1 (100.0 %)'
    >>> cause_of(checked, "peak_activation_bytes")
    "the peak is at conv_1 (input's 972 B and its own output of 1.53 KiB)"
    """
    if key == "peak_activation_bytes":
        return _peak(network)
    held = [(_amount(row, key), row.name) for row in network.facts.layers]
    largest = list(_largest(sorted(held, key=lambda each: -each[0])))
    if not largest:
        return ""
    verb = "layer is" if len(largest) == 1 else "layers are"
    return f"the largest {verb} {_listed(largest)}"


def _amount(row: LayerFacts, key: str) -> int:
    """What a layer adds to a total."""
    if key == "activation_bytes":
        return 0 if row.training else prod(row.output_shape)
    figure = TOTALS[key].sums if key != "torchsummary_bytes" else ""
    return {"params": row.params, "macs": row.macs}.get(figure) or 0


def _largest(held: Sequence[tuple[int, str]]) -> Iterator[str]:
    """The first layers, until they have half of it."""
    whole = sum([amount for amount, _ in held])
    so_far = 0
    for amount, name in held[:MOST]:
        if not amount or 2 * so_far >= whole:
            return
        yield f"{name} ({percent_text(amount, whole)})"
        so_far += amount


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def _peak(network: CheckedNetwork) -> str:
    net, layers = network.network, network.facts.layers
    row = network.totals.peak_layer
    shapes = [each.output_shape for each in layers]
    values = alive_values(net.rows, net.inputs, shapes, net.output_rows.values(), row)
    number = DTYPE_BYTES[net.dtype] * net.batch
    own = values.pop(row, 0)
    others = sorted(values.items(), key=lambda each: -each[1])
    named = others[:MOST] if len(others) > MOST + 1 else others
    texts = [f"{name}'s {bytes_text(number * size)}" for name, size in named]
    if rest := others[len(named) :]:
        more = bytes_text(number * sum([size for _, size in rest]))
        texts.append(f"{more} of {len(rest)} other values")
    if own:
        texts.append(f"its own output of {bytes_text(number * own)}")
    return f"the peak is at {row} ({_listed(texts)})" if texts else ""
