"""Operators without a rule, and outputs whose shape only the file can give."""

from __future__ import annotations

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
    made: list[AnyValue | None] = []
    figure: Literal["unknown"] | None = "unknown"
    for output, name in enumerate(node.outputs):
        sizes = call.sizes(output)
        if not name or (sizes is None and not call.is_read(output)):
            made.append(None)
            continue
        if sizes is None:
            raise call.fail(
                f"there is no rule for {title}, and the file does not give the shape of its "
                f"output {name}: {KNOWN_AFTER}"
            )
        figures = {"params": figure or 0, "macs": figure or "none"}
        made.append(opaque(call.rows, title, call.tensors, sizes, **figures))  # type: ignore[arg-type]
        figure = None  # the figures of all outputs are those of the first row
    return made


def as_in_file(call: Call) -> list[AnyValue | None]:
    """A row that moves data for each output that is read, with the sizes in the file.

    Raises:
        GraphError: the file does not give the shape of one.
    """
    made: list[AnyValue | None] = []
    for output, name in enumerate(call.node.outputs):
        sizes = call.sizes(output)
        if not name or (sizes is None and not call.is_read(output)):
            made.append(None)
            continue
        if sizes is None:
            raise call.fail(
                f"the shape of {name} depends on values that are computed from the input, and the "
                f"file does not give it: {KNOWN_AFTER}"
            )
        made.append(moved(call.rows, call.node.operator, call.tensors, sizes))
    return made
