"""Runs what was predicted, and sets one beside the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod

import numpy as np

from convcalc.audit import DTYPE_BYTES, Audit, LayerFacts
from convcalc.comparison import Comparison
from convcalc.memory import alive_elements
from convcalc.networks import Network
from convcalc.reference.equivalences import equivalences
from convcalc.reference.room import free_memory
from convcalc.reference.running import Seen, run
from convcalc.reference.whole_numbers import WholeNumbers, exact_dtype
from convcalc.reference.workspace import Workspace, unheard
from convcalc.values import Shape
from convcalc.verification import (
    Check,
    LayerVerification,
    NoRoomError,
    RowVerification,
    Verification,
)

Heard = Callable[[int], None]

KEPT_BACK = 2**26
"""Bytes for scratch memory and the interpreter."""


def verify(
    network: Network, facts: Audit | None = None, *, seed: int = 0, heard: Heard = unheard
) -> Verification:
    """Runs a network on random whole numbers, and compares what happens with what was predicted.

    Args:
        network: the network to run.
        facts: what was predicted; the network's audit if left out.
        seed: of the random numbers.
        heard: called with the multiply-accumulates done so far.

    Raises:
        NoRoomError: there is not enough memory to run it.
        SpecError: a layer cannot take the input it gets.

    >>> import convcalc
    >>> small = convcalc.network({"input": [3, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> found = verify(small)
    >>> found.passed, found.macs
    (True, 10584)
    """
    facts = network.audit() if facts is None else facts
    return _verified(network, facts, seed, Workspace(heard))


def _verified(network: Network, facts: Audit, seed: int, workspace: Workspace) -> Verification:
    rows, shapes = network.rows, [row.output_shape for row in facts.layers]
    alive = [network.batch * each for each in alive_elements(rows, network.input_shape, shapes)]
    _require_room(facts.layers, alive, network.batch)
    shape = (network.batch, *network.input_shape)
    seen: list[Seen] = []
    try:
        seen.extend(run(rows, shape, WholeNumbers(seed), workspace))
    except MemoryError as error:
        fact = f"there is not enough memory to run {rows[len(seen)].name}"
        raise NoRoomError(fact) from error
    number = DTYPE_BYTES[network.dtype]
    checked = [
        _checked(row, happened, number * elements, number)
        for row, happened, elements in zip(facts.layers, seen, alive, strict=True)
    ]
    return Verification(seed, tuple(checked), tuple(_totals(facts, seen, number)))


def verify_layer(
    comparison: Comparison, *, seed: int = 0, heard: Heard = unheard
) -> LayerVerification:
    """Runs every design of a layer, and shows what the designs are equal to.

    Raises:
        NoRoomError: there is not enough memory to run it.

    >>> from convcalc import Conv, compare
    >>> verify_layer(compare(Conv(4, 8, 3), (4, 9, 9))).passed
    True
    """
    network, workspace = comparison.network, Workspace(heard)
    _require_room_for_two(comparison)
    try:
        designs = [
            _verified(network.replace(layers=design.layers), design.audit, seed, workspace)
            for design in comparison.possible
        ]
        equal = list(equivalences(comparison, WholeNumbers(seed), workspace))
    except MemoryError as error:
        raise NoRoomError("there is not enough memory to run the layer's designs") from error
    return LayerVerification(designs, equal)


def _checked(row: LayerFacts, seen: Seen, alive_bytes: int, number: int) -> RowVerification:
    """A row's predictions beside what happened."""
    checks = (
        Check("shape", row.output_shape, seen.output_shape),
        Check("weights", (row.weights, row.params), (seen.weights, _sizes(seen.weights))),
        Check("macs", row.macs or 0, seen.macs),
        seen.values,
        Check("memory", alive_bytes, number * seen.alive),
    )
    return RowVerification(row.name, checks, seen.macs, seen.seconds)


def _totals(facts: Audit, seen: Sequence[Seen], number: int) -> Iterator[Check]:
    """The totals, found by adding up what the rows did."""
    totals = facts.totals
    yield Check("output_shape", totals.output_shape, seen[-1].output_shape)
    yield Check("params", totals.params, sum([_sizes(each.weights) for each in seen]))
    yield Check("macs", totals.macs, sum([each.macs for each in seen]))
    peak = number * max([each.alive for each in seen])
    yield Check("peak_activation_bytes", totals.peak_activation_bytes, peak)


def _sizes(weights: Mapping[str, Shape]) -> int:
    return sum([prod(shape) for shape in weights.values()])


def _require_room_for_two(comparison: Comparison) -> None:
    """Room for the dense design and another one side by side, in double precision."""
    (dense,) = comparison.standard.audit.layers
    between = max(
        [prod(row.output_shape) for design in comparison.possible for row in design.audit.layers]
    )
    numbers = prod(dense.input_shapes[0]) + between + 3 * prod(dense.output_shape)
    _require("the designs side by side", 8 * (numbers + 2 * dense.params))


def _require_room(rows: Sequence[LayerFacts], alive: Sequence[int], batch: int) -> None:
    """Refuses what does not fit, before it is begun.

    Besides its values and its weights a layer may need its output twice more in between.
    """
    needed = [
        (elements + 2 * batch * prod(row.output_shape) + row.params) * _number_size(row)
        for row, elements in zip(rows, alive, strict=True)
    ]
    most = max(needed)
    _require(rows[needed.index(most)].name, most)


def _require(what: str, needed: int) -> None:
    there = free_memory()
    if there is not None and needed + KEPT_BACK > there:
        takes, free = (f"{number / 2**30:,.1f} GiB" for number in (needed + KEPT_BACK, there))
        raise NoRoomError(f"running {what} takes {takes} of memory, {free} are free")


def _number_size(row: LayerFacts) -> int:
    weight = row.weights.get("weight", (1,))
    return int(np.dtype(exact_dtype(prod(weight) // weight[0])).itemsize)
