"""torchsummary, which prints sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from convcalc.others.rows import OPERATORS, Row, no_rule
from convcalc.others.rules import by_operation
from convcalc.others.tool import Tool
from convcalc.styles import FUNCTIONAL, MEAN, METHOD
from convcalc.values import Shape

FLOAT = 4
"""Bytes of a number, whatever the dtype."""


def _sizes(rows: Iterable[Row], inputs: Sequence[Shape]) -> Mapping[str, int]:
    """The bytes of the input, of the outputs of all modules twice, and of the parameters.

    Those of several inputs are multiplied, by mistake.
    """
    outputs = params = 0
    for row in rows:
        outputs += row.outputs * _modules(row)
        params += row.params if _counts_params(row) else 0
    sizes = {"input": prod(map(prod, inputs)), "forward_backward": 2 * outputs, "params": params}
    sizes["total"] = sum(sizes.values())
    return {name: FLOAT * elements for name, elements in sizes.items()}


def _modules(row: Row) -> int:
    """Modules whose output it is: a layer norm with positions is in a class that permutes."""
    if row.word in OPERATORS or row.style in (FUNCTIONAL, METHOD, MEAN):
        return 0
    return 2 if row.word == "layer_norm" and row.dims else 1


def _counts_params(row: Row) -> bool:
    return row.word not in ("layer_scale", "parameter")


def _fails(rows: Iterable[tuple[str, Row]]) -> str | None:
    params = 0
    for name, row in rows:
        params += row.params
        if row.params and row.style in (FUNCTIONAL, METHOD):  # the names of the weights decide
            return no_rule(name, f"{row.word}, as: {row.style}")
    return None if params else "it stops with an AttributeError, because there are no parameters"


def _printed(total: int) -> str:
    return f"{total / 2**20:.2f} MB"


TOOL = Tool(
    name="torchsummary",
    version="1.5.1",
    package="torchsummary 1.5.1",
    source="https://pypi.org/project/torchsummary/1.5.1/",
    word="MB",
    unit="bytes",
    scales=False,
    adds=by_operation({}),
    counts_params=_counts_params,
    counts_shared=True,
    counts_idle=False,
    fails=_fails,
    sizes=_sizes,
    rules={
        "input": "4 bytes for each value; the values of several inputs are multiplied",
        "forward/backward": "2 x 4 bytes for each output of a module that runs: not of merges, "
        "slices and functional layers, but again of every class that has layers in it",
        "params": "4 bytes for each weight and bias, for each layer that has them",
        "functional, method": "not known where there are weights",
        "no parameters": "no figure",
    },
    printed=_printed,
    note="a class that has layers in it counts its output once more, which is not known here",
)
