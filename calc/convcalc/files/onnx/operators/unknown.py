"""Operators without a rule, and outputs whose shape only the file can give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.onnx.call import AnyValue, Call

KNOWN_AFTER = "nothing after it can be known"


def unknown(call: Call) -> list[AnyValue | None]:
    """A row for each output that is read of an operator without a rule.

    Raises:
        GraphError: the file does not give the shape of one.
    """
    node = call.node
    title = f"{node.domain}.{node.operator}" if node.domain else node.operator or "?"
    why = f"there is no rule for {title}, and the file does not give the shape of its output {{}}"
    made: list[AnyValue | None] = []
    figure: Literal["unknown"] | None = "unknown"
    for sizes in _sizes(call, why):
        if sizes is None:
            made.append(None)
            continue
        params, macs = figure or 0, figure or "none"
        made.append(opaque(call.rows, title, call.tensors, sizes, params=params, macs=macs))
        figure = None  # the figures of all outputs are those of the first row
    return made


def as_in_file(call: Call) -> list[AnyValue | None]:
    """A row that moves data for each output that is read, with the sizes in the file.

    Raises:
        GraphError: the file does not give the shape of one.
    """
    why = (
        "the shape of {} depends on values that are computed from the input, and the file does "
        "not give it"
    )
    title, reads = call.node.operator, call.tensors
    return [
        None if sizes is None else moved(call.rows, title, reads, sizes)
        for sizes in _sizes(call, why)
    ]


def _sizes(call: Call, why: str) -> Iterator[tuple[int, ...] | None]:
    """The sizes of each output in the file; None for one that is left out or never read."""
    for output, name in enumerate(call.node.outputs):
        sizes = call.sizes(output) if name else None
        if sizes is None and call.is_read(output):
            raise call.fail(f"{why.replace('{}', name)}: {KNOWN_AFTER}")
        yield sizes
