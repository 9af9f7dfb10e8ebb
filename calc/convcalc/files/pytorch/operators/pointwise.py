"""Activations, and values that are combined place by place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convcalc.files.graph.merging import merged
from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.values import AnyValue, Operation, as_tensor
from convcalc.operations.activations import PLAIN

WORDS = [word for word in PLAIN if word != "softmax"]
"""Activations that ATen and the network language call the same."""
NUMBERED = {
    "leaky_relu": ("negative_slope", 0.01),
    "elu": ("alpha", 1.0),
    "softplus": ("beta", 1.0),
}
MERGES = {"add": "add", "sub": "subtract", "mul": "multiply", "maximum": "maximum"}
SCALINGS = ("add", "sub", "mul", "div", "rsub")
BETWEEN = {"relu6": (0, 6), "relu": (0, None)}
FUNCTIONS = """
    abs acos acosh angle asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp
    exp2 expm1 floor frac lgamma log log10 log1p log2 logical_not logit neg reciprocal round rsqrt
    sgn sign sin sinc sinh sqrt square tan trunc hardshrink softshrink tanhshrink threshold celu
    log_sigmoid log_sigmoid_forward rrelu rrelu_with_noise bitwise_not softsign signbit positive
    conj_physical i0 special_expm1 special_erf special_log1p rad2deg heaviside log_softmax
"""
COMBINATIONS = """
    div rsub pow minimum fmod remainder atan2 eq ne lt le gt ge logical_and logical_or logical_xor
    bitwise_and bitwise_or bitwise_xor floor_divide where masked_fill lerp addcmul addcdiv
    true_divide fmax fmin hypot heaviside copysign xlogy clamp_min clamp_max
    bitwise_left_shift bitwise_right_shift ldexp logaddexp logaddexp2 arctan2 isin
"""


def _word(word: str) -> Callable[[Operation], Tensor]:
    return lambda op: activated(op.rows, word, op.tensor())


def _numbered(word: str) -> Callable[[Operation], Tensor]:
    parameter, default = NUMBERED[word]

    def rule(op: Operation) -> Tensor:
        number = round(float(op.get(parameter, default)), 6)
        return activated(op.rows, word, op.tensor(), {parameter: number})

    return rule


def _elu(op: Operation) -> Tensor:
    """aten::elu; with a scale it is what selu calls."""
    return (_word("selu") if op.get("scale", 1) != 1 else _numbered("elu"))(op)


def _clamp(op: Operation) -> Tensor:
    """Hardtanh and clamp: between 0 and 6 it is relu6."""
    ends = (-1, 1) if op.name == "hardtanh" else (None, None)
    low = op.get("min_val", op.get("min", ends[0]))
    high = op.get("max_val", op.get("max", ends[1]))
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        return merged(op.rows, op.name, op.values)
    for word, bounds in BETWEEN.items():
        if [low, high] == [*bounds]:
            return activated(op.rows, word, op.tensor())
    return computed(op.rows, op.name, op.tensor())


def _combined(op: Operation) -> Tensor:
    """Values that are combined place by place; numbers change nothing that is counted."""
    word = MERGES.get(op.name, op.name)
    operands: list[AnyValue] = op.values
    if not any(isinstance(each, Tensor) or each.learned for each in operands[1:]) and (
        isinstance(operands[0], Tensor) and operands[0].sizes == op.sizes
    ):
        if op.name in SCALINGS:
            return activated(op.rows, "identity", operands[0])
        return computed(op.rows, op.name, operands[0])
    if isinstance(operands[0], Weight):
        if operands[0].learned and word not in ("add", "multiply", "maximum"):
            operands = [as_tensor(op.rows, operands[0]), *operands[1:]]
        else:
            tensors = [each for each in operands if isinstance(each, Tensor)]
            operands = [*tensors, *[each for each in operands if isinstance(each, Weight)]]
    return merged(op.rows, word, operands)


def _softmax(op: Operation) -> Tensor:
    return softmax(op.rows, op.tensor(), op.get("dim", -1))


RULES: Mapping[str, Rule] = {
    **{word: _word(word) for word in WORDS},
    **{word: _numbered(word) for word in NUMBERED},
    "elu": _elu,
    "hardtanh": _clamp,
    "clamp": _clamp,
    **dict.fromkeys(FUNCTIONS.split(), lambda op: [computed(op.rows, op.name, op.tensor())]),
    "_softmax": _softmax,
    "_safe_softmax": _softmax,
    **dict.fromkeys([*MERGES, *COMBINATIONS.split()], _combined),
}
