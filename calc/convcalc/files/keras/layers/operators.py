"""Functions that stand in a model as if they were layers: `keras.ops`, and TensorFlow's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import NoRuleError
from convcalc.files.keras.layers.activations import SOFTMAX, WORDS, activation
from convcalc.files.keras.layers.functions import FUNCTIONS
from convcalc.files.keras.layers.merging import combined
from convcalc.files.keras.layers.options import option, own_axis
from convcalc.files.keras.site import Site

CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

OTHER_NAMES = {
    "concat": "concatenate",
    "get_item": "getitem",
    "image_resize": "resize",
    "mul": "multiply",
    "reduce_max": "max",
    "reduce_mean": "mean",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_sum": "sum",
    "sub": "subtract",
    "truediv": "divide",
    "true_divide": "divide",
}
"""Functions of TensorFlow by what `keras.ops` calls them, as far as that is something else."""

TOGETHER = frozenset(
    {
        "add",
        "divide",
        "equal",
        "floor_divide",
        "floordiv",
        "greater",
        "greater_equal",
        "less",
        "less_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "mod",
        "multiply",
        "not_equal",
        "pow",
        "power",
        "squared_difference",
        "subtract",
        "where",
    }
)
"""Functions of values that are combined place by place."""

ALONE = frozenset(
    {
        "abs",
        "absolute",
        "arccos",
        "arcsin",
        "arctan",
        "cast",
        "ceil",
        "clip",
        "clip_by_value",
        "conj",
        "convert_to_tensor",
        "cos",
        "cumprod",
        "cumsum",
        "erf",
        "exp",
        "expm1",
        "flip",
        "floor",
        "identity",
        "invert",
        "isfinite",
        "isinf",
        "isnan",
        "l2_normalize",
        "log",
        "log10",
        "log1p",
        "log2",
        "logical_not",
        "nan_to_num",
        "neg",
        "negative",
        "normalize",
        "ones_like",
        "reciprocal",
        "reverse",
        "roll",
        "round",
        "rsqrt",
        "sign",
        "sin",
        "sinh",
        "sqrt",
        "square",
        "stop_gradient",
        "tan",
        "zeros_like",
    }
)
"""Functions that keep the shape of the one value that they have."""


def operation_name(site: Site) -> str:
    """What a function is called in `keras.ops`, in lower case.

    >>> from convcalc.files.graph.rows import Rows
    >>> operation_name(Site.alone(Rows(), "TFOpLambda", {"function": "math.reduce_mean"}))
    'mean'
    """
    function = site.fields.get("function")
    if site.layer.source_class == "SlicingOpLambda":
        return "getitem"
    if isinstance(function, str):
        name = function.rpartition(".")[2].strip("_")
    else:
        name = CAPITAL.sub("_", site.layer.class_name).lower()
    return OTHER_NAMES.get(name, name)


def operation(site: Site) -> Tensor | Sequence[Tensor]:
    """The rows of a call of a function.

    Raises:
        NoRuleError: it has no rule.
        KerasError: its arguments are impossible.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=2)
    >>> operation(Site.alone(rows, "Mean", {"axis": 1}, x)).sizes
    (1, 8)
    """
    name = operation_name(site)
    if name in TOGETHER:
        return _together(site, name)
    if name in ALONE:
        return computed(site.rows, name, site.tensor)
    if name in WORDS or name in ("elu", "leaky_relu", SOFTMAX):
        return _activated(site, name)
    if name not in FUNCTIONS:
        raise NoRuleError(f"the function {name} has no rule")
    return FUNCTIONS[name](site)


def _together(site: Site, name: str) -> Tensor:
    if len(site.tensors) == 1:
        return activated(site.rows, "identity", site.tensor)
    return combined(site, name)


def _activated(site: Site, name: str) -> Tensor:
    if name == SOFTMAX:
        axis = option(site, "axis")
        at = -1 if axis is None else axis
        return softmax(site.rows, site.tensor, own_axis(site, site.tensor, at))
    return activation(site.rows, site.tensor, name)
