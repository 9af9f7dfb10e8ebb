"""Runs what was predicted, and sets one beside the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod

import numpy as np

from convcalc.errors import SpecError
from convcalc.facts.audit import DTYPE_BYTES, Audit, LayerFacts
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.redesign.of_layer import Comparison
from convcalc.reference.equivalences import equivalences
from convcalc.reference.free_memory import require
from convcalc.reference.registry import KERNELS
from convcalc.reference.results import (
    Check,
    LayerVerification,
    NoRoomError,
    RowVerification,
    Verification,
)
from convcalc.reference.run import Seen, number_format, run
from convcalc.reference.whole_numbers import WholeNumbers
from convcalc.reference.workspace import ROW, Workspace, ignore_progress
from convcalc.values import whole as whole_number

ProgressCallback = Callable[[float], None]


def verify(
    network: Network,
    facts: Audit | None = None,
    *,
    seed: int = 0,
    on_progress: ProgressCallback | None = None,
) -> Verification:
    """`convcalc.verify`, which documents it, once NumPy is there.

    >>> import convcalc
    >>> small = convcalc.network({"input": [3, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> found = verify(small)
    >>> found.passed, found.macs
    (True, 10584)
    """
    whole_number("seed", seed, least=0)
    if not isinstance(network, Network):
        raise SpecError("{network} is not a Network", network=network)
    facts = network.audit() if facts is None else facts
    whole = facts.totals.macs + ROW * len(facts.layers)
    report = on_progress or ignore_progress
    workspace = Workspace(lambda work: report(min(work / whole, 1)))
    return _verified(network, facts, seed, workspace)


def _verified(network: Network, facts: Audit, seed: int, workspace: Workspace) -> Verification:
    if [row.name for row in network.rows] != [row.name for row in facts.layers]:
        raise SpecError("the facts are of another network")
    rows = [row for row in network.rows if not row.training]
    predicted = [row for row in facts.layers if not row.training]
    number = DTYPE_BYTES[network.dtype]
    _require_room(rows, predicted, number, network.batch)
    inputs = {name: (network.batch, *shape) for name, shape in network.inputs.items()}
    outputs = network.output_rows.values()
    seen: list[Seen] = []
    try:
        with np.errstate(all="ignore"):  # what overflows is seen by the check of the values
            for happened in run(rows, inputs, WholeNumbers(seed), workspace, outputs):
                seen.append(happened)
                if happened.output_shape != predicted[len(seen) - 1].output_shape:
                    break  # what follows was predicted for another input
    except MemoryError as error:
        fact = f"there is not enough memory to run {rows[len(seen)].name}"
        raise NoRoomError(fact) from error
    checked = [
        _checked(row, happened, number) for row, happened in zip(predicted, seen, strict=False)
    ]
    totals = tuple(_totals(network, facts, predicted, seen))
    return Verification(seed, tuple(checked), totals)


def verify_layer(
    comparison: Comparison, *, seed: int = 0, on_progress: ProgressCallback = ignore_progress
) -> LayerVerification:
    """Runs every design of a layer, and shows what the designs are equal to.

    Raises:
        NoRoomError: there is not enough memory to run it.

    >>> from convcalc import Conv, compare
    >>> verify_layer(compare(Conv(4, 8, 3), (4, 9, 9))).passed
    True
    """
    network, designs = comparison.network, comparison.possible
    _require_room_for_two(comparison)
    workspace = Workspace(lambda work: on_progress(min(work / _work(comparison), 1)))
    try:
        runs = [
            _verified(network.replace(layers=design.layers), design.audit, seed, workspace)
            for design in designs
        ]
        equal = list(equivalences(comparison, WholeNumbers(seed), workspace))
    except MemoryError as error:
        raise NoRoomError("there is not enough memory to run the layer's designs") from error
    return LayerVerification(runs, equal)


def _work(comparison: Comparison) -> int:
    """What running the designs takes, and each of them but the first once more beside the first."""
    macs = [design.audit.totals.macs for design in comparison.possible]
    rows = sum(len(design.layers) for design in comparison.possible)
    again = sum(macs[1:]) + macs[0] * (len(macs) - 1)
    return sum(macs) + again // comparison.network.batch + ROW * rows


def _checked(row: LayerFacts, seen: Seen, number: int) -> RowVerification:
    """A row's predictions beside what happened; of what has no rule, its shape and its memory."""
    shape = Check("shape", row.output_shape, seen.output_shape)
    memory = Check("memory", row.alive_bytes, number * seen.alive)
    if seen.values is None:
        return RowVerification(row.name, (shape, memory), 0, 0.0)
    checks = (
        shape,
        Check("weights", (row.weights, row.params), (seen.weights, seen.params)),
        Check("macs", row.macs or 0, seen.macs),
        seen.values,
        memory,
    )
    return RowVerification(row.name, checks, seen.macs, seen.seconds)


def _totals(
    network: Network, facts: Audit, predicted: Sequence[LayerFacts], seen: Sequence[Seen]
) -> Iterator[Check]:
    """The totals, found by adding up what the rows did; what is not run is taken as predicted."""
    number, batch = DTYPE_BYTES[network.dtype], network.batch
    pairs = list(zip(predicted, seen, strict=False))
    not_run = [row for row in facts.layers if row.training]
    not_run += [row for row, each in pairs if each.values is None]
    params = sum([each.params for each in seen]) + sum([row.params or 0 for row in not_run])
    macs = sum([each.macs for each in seen]) + sum([row.macs or 0 for row in not_run])
    alive = [each.alive for each in seen]
    shapes = {**network.inputs, **{row.name: each.output_shape for row, each in pairs}}
    inputs = number * batch * sum(map(prod, network.inputs.values()))
    learned = {row.name for row in network.rows if row.operation.is_weight}
    outputs = [prod(each.output_shape) for row, each in pairs if row.name not in learned]
    outputs_bytes = number * batch * sum(outputs)
    first = next(iter(network.output_rows.values()))
    found = {
        "output_shape": shapes.get(first, seen[-1].output_shape),
        "params": params,
        "macs": macs,
        "flops": 2 * macs,
        "input_bytes": inputs,
        "weight_bytes": number * params,
        "activation_bytes": outputs_bytes,
        "peak_activation_bytes": number * max(alive),
        "peak_layer": predicted[alive.index(max(alive))].name,
        "torchsummary_bytes": inputs + 2 * outputs_bytes + number * params,
    }
    totals = facts.totals._asdict()
    for total, happened in found.items():
        yield Check(total, totals[total], happened)
    ends = {title: shapes.get(row) for title, row in network.output_rows.items()}
    if len(ends) > 1:
        yield Check("outputs", dict(facts.totals.outputs), ends)


def _require_room_for_two(comparison: Comparison) -> None:
    """Room for the dense design and another one side by side, in double precision."""
    (dense,) = comparison.standard.audit.layers
    between = max(
        [prod(row.output_shape) for design in comparison.possible for row in design.audit.layers]
    )
    numbers = prod(dense.input_shapes[0]) + between + 3 * prod(dense.output_shape)
    require("the designs side by side", 8 * (numbers + 2 * (dense.params or 0)))


def _require_room(
    rows: Sequence[AnyLayer], facts: Sequence[LayerFacts], number: int, batch: int
) -> None:
    """Refuses what does not fit, before it is begun.

    Besides its values and its weights a layer may need its output twice more in between.
    """
    needed = []
    for row, fact in zip(rows, facts, strict=True):
        alive = (fact.alive_bytes or 0) // number
        numbers = alive + 2 * batch * prod(fact.output_shape) + (fact.params or 0)
        needed.append(numbers * _number_size(row, fact))
    most = max(needed)
    require(rows[needed.index(most)].name, most)


def _number_size(row: AnyLayer, facts: LayerFacts) -> int:
    kernel = KERNELS[row.operation.word]
    input_shape = facts.input_shapes[0] if facts.input_shapes else ()
    return int(np.dtype(number_format(kernel, row.operation, input_shape)).itemsize)
