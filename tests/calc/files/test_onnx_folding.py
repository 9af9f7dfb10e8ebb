"""Operators on numbers of the file: against NumPy, which computes the same in its own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from convcalc.files.onnx.arrays import Constant, NotConstantError, constant_of
from convcalc.files.onnx.folding.table import FOLDS, folded
from convcalc.files.onnx.model import Array, Node

numpy = pytest.importorskip("numpy")

WHOLE = [[3, -7, 4], [0, 2, -9]]
REAL = [[0.5, 1.25, 2.0], [4.0, 0.25, 9.0]]


def constant(value: Any) -> Constant:
    own = numpy.asarray(value)
    return Constant("x", own.shape, own.ravel().tolist(), own.dtype.kind == "f")


def fold(operator: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> list[Constant]:
    names = tuple([f"y{at}" for at in range(outputs)])
    node = Node(operator, "", "", (), names, attributes)
    return folded(node, [None if each is None else constant(each) for each in inputs])


def matches(found: Constant, wanted: Any) -> None:
    own = numpy.asarray(wanted)
    assert found.sizes == own.shape
    assert found.values is not None
    assert numpy.allclose(numpy.asarray(found.values).reshape(own.shape), own)


PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Max": lambda a, b: numpy.maximum(a, b),
    "Min": lambda a, b: numpy.minimum(a, b),
    "Mean": lambda a, b: (a + b) / 2,
    "Sum": lambda a, b: a + b,
    "Equal": lambda a, b: a == b,
    "Greater": lambda a, b: a > b,
    "GreaterOrEqual": lambda a, b: a >= b,
    "Less": lambda a, b: a < b,
    "LessOrEqual": lambda a, b: a <= b,
    "And": lambda a, b: numpy.logical_and(a, b),
    "Or": lambda a, b: numpy.logical_or(a, b),
    "Xor": lambda a, b: numpy.logical_xor(a, b),
}


@pytest.mark.parametrize("operator", PAIRS)
@pytest.mark.parametrize("other", [5, [1, 2, -9], [[2], [-1]], [[3, 0, 4], [1, 1, 1]]])
def test_pairs(operator: str, other: Any) -> None:
    wanted = PAIRS[operator](numpy.asarray(WHOLE), numpy.asarray(other))
    matches(fold(operator, WHOLE, other)[0], wanted)


@pytest.mark.parametrize("other", [2, -2, [[3], [-4]]])
def test_division_and_remainder(other: Any) -> None:
    whole, by = numpy.asarray(WHOLE), numpy.asarray(other)
    matches(fold("Div", WHOLE, other)[0], numpy.trunc(whole / by))
    matches(fold("Mod", WHOLE, other)[0], numpy.mod(whole, by))
    matches(fold("Mod", WHOLE, other, fmod=1)[0], numpy.fmod(whole, by))
    matches(fold("Div", REAL, 2.0)[0], numpy.asarray(REAL) / 2)


SINGLE: dict[str, Callable[[Any], Any]] = {
    "Neg": numpy.negative,
    "Abs": numpy.abs,
    "Sign": numpy.sign,
    "Relu": lambda a: numpy.maximum(a, 0),
    "Floor": numpy.floor,
    "Ceil": numpy.ceil,
    "Round": numpy.round,
    "Sqrt": numpy.sqrt,
    "Reciprocal": numpy.reciprocal,
    "Exp": numpy.exp,
    "Log": numpy.log,
    "Sin": numpy.sin,
    "Cos": numpy.cos,
    "Tanh": numpy.tanh,
    "Sigmoid": lambda a: 1 / (1 + numpy.exp(-a)),
    "Identity": lambda a: a,
    "Not": numpy.logical_not,
}


@pytest.mark.parametrize("operator", SINGLE)
def test_single_values(operator: str) -> None:
    matches(fold(operator, REAL)[0], SINGLE[operator](numpy.asarray(REAL)))


def test_others_value_by_value() -> None:
    matches(fold("Pow", REAL, 2.0)[0], numpy.asarray(REAL) ** 2)
    matches(fold("Where", [[True, False, True]], WHOLE, 0)[0], [[3, 0, 4], [0, 0, -9]])
    matches(fold("Clip", WHOLE, -1, 3)[0], numpy.clip(WHOLE, -1, 3))
    matches(fold("Clip", REAL, min=1.0)[0], numpy.clip(REAL, 1, None))
    matches(fold("Cast", [2.7, -2.7], to=7)[0], [2, -2])
    matches(fold("Cast", [2, 0], to=9)[0], [True, False])
    assert fold("Cast", [2, 0], to=1)[0].is_float


@pytest.mark.parametrize(
    ("operator", "reduce"),
    [
        ("ReduceSum", numpy.sum),
        ("ReduceProd", numpy.prod),
        ("ReduceMax", numpy.max),
        ("ReduceMin", numpy.min),
        ("ReduceMean", numpy.mean),
        ("ReduceL2", lambda a, **how: numpy.sqrt(numpy.sum(a * a, **how))),
        ("ReduceL1", lambda a, **how: numpy.sum(numpy.abs(a), **how)),
        ("ReduceSumSquare", lambda a, **how: numpy.sum(a * a, **how)),
    ],
)
@pytest.mark.parametrize("keep", [0, 1])
def test_reductions(operator: str, reduce: Callable[..., Any], keep: int) -> None:
    cube = numpy.arange(24).reshape(2, 3, 4) - 7
    for axes in ([0], [-1], [0, 2], [2, 1, 0]):
        wanted = reduce(cube, axis=tuple(axes), keepdims=bool(keep))
        matches(fold(operator, cube, axes=axes, keepdims=keep)[0], wanted)
        matches(fold(operator, cube, axes, keepdims=keep)[0], wanted)
    matches(fold(operator, cube, keepdims=keep)[0], reduce(cube, keepdims=bool(keep)))
    matches(fold(operator, cube, None, noop_with_empty_axes=1)[0], cube)


def test_nothing_multiplied_is_one() -> None:
    matches(fold("ReduceProd", numpy.zeros((0,), int), keepdims=0)[0], 1)


CUBE = numpy.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("starts", "ends", "axes", "steps", "wanted"),
    [
        ([1], [3], [1], [1], CUBE[:, 1:3]),
        ([0], [2**63 - 1], [2], [2], CUBE[:, :, ::2]),
        ([-1], [-(2**63)], [2], [-1], CUBE[:, :, ::-1]),
        ([-2, 0], [99, -1], [-1, 0], [1, 1], CUBE[:-1, :, -2:]),
        ([5], [9], [0], [1], CUBE[5:9]),
    ],
)
def test_slices(starts: Any, ends: Any, axes: Any, steps: Any, wanted: Any) -> None:
    matches(fold("Slice", CUBE, starts, ends, axes, steps)[0], wanted)
    if steps == [1] * len(steps):
        matches(fold("Slice", CUBE, starts=starts, ends=ends, axes=axes)[0], wanted)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("places", [1, -1, [0, -1], [[0, 1], [1, 0]]])
def test_gather(axis: int, places: Any) -> None:
    matches(fold("Gather", CUBE, places, axis=axis)[0], numpy.take(CUBE, places, axis=axis))


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "wanted"),
    [
        ("Transpose", [CUBE], {"perm": [2, 0, 1]}, CUBE.transpose(2, 0, 1)),
        ("Transpose", [CUBE], {}, CUBE.T),
        ("Reshape", [CUBE, [0, -1]], {}, CUBE.reshape(2, 12)),
        ("Reshape", [CUBE], {"shape": [4, 6]}, CUBE.reshape(4, 6)),
        ("Flatten", [CUBE], {"axis": -1}, CUBE.reshape(6, 4)),
        ("Unsqueeze", [CUBE, [0, -1]], {}, CUBE[None, ..., None]),
        ("Unsqueeze", [CUBE], {"axes": [1]}, CUBE[:, None]),
        ("Squeeze", [CUBE[:1], [0]], {}, CUBE[0]),
        ("Squeeze", [CUBE[:1]], {}, CUBE[0]),
        ("Expand", [[[1], [2]], [3, 1, 2]], {}, numpy.broadcast_to([[1], [2]], (3, 2, 2))),
        ("Tile", [[[1, 2]], [2, 3]], {}, numpy.tile([[1, 2]], (2, 3))),
        ("Concat", [CUBE, CUBE[:, :1]], {"axis": 1}, numpy.concatenate([CUBE, CUBE[:, :1]], 1)),
        ("Shape", [CUBE], {}, [2, 3, 4]),
        ("Shape", [CUBE], {"start": -2, "end": 9}, [3, 4]),
        ("Size", [CUBE], {}, 24),
        ("Range", [2, 9, 3], {}, numpy.arange(2, 9, 3)),
        ("Range", [5, 0, -2], {}, numpy.arange(5, 0, -2)),
        ("Range", [0.0, 1.0, 0.3], {}, numpy.arange(0, 1, 0.3)),
        ("NonZero", [[[0, 3], [1, 0]]], {}, numpy.nonzero([[0, 3], [1, 0]])),
        ("ConstantOfShape", [[2, 2]], {}, numpy.zeros((2, 2))),
        ("Constant", [], {"value_ints": [3, 4]}, [3, 4]),
        ("Constant", [], {"value_float": 0.5}, 0.5),
    ],
)
def test_places(operator: str, inputs: Sequence[Any], attributes: Any, wanted: Any) -> None:
    matches(fold(operator, *inputs, **attributes)[0], wanted)


@pytest.mark.parametrize(
    ("inputs", "attributes", "count", "wanted"),
    [
        ([CUBE], {"axis": 2}, 2, [CUBE[..., :2], CUBE[..., 2:]]),
        ([CUBE, [1, 2]], {"axis": 1}, 2, [CUBE[:, :1], CUBE[:, 1:]]),
        ([CUBE], {"axis": 1, "num_outputs": 2}, 2, [CUBE[:, :2], CUBE[:, 2:]]),
        ([CUBE], {"axis": 1, "split": [2, 1]}, 2, [CUBE[:, :2], CUBE[:, 2:]]),
    ],
)
def test_split(inputs: Any, attributes: Any, count: int, wanted: Any) -> None:
    found = fold("Split", *inputs, outputs=count, **attributes)
    for each, own in zip(found, wanted, strict=True):
        matches(each, own)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("Div", [1, 0], {}),
        ("Gather", [[1, 2], 2], {}),
        ("Gather", [[1, 2], 0], {"axis": 3}),
        ("Reshape", [[1, 2], [3]], {}),
        ("Reshape", [[1, 2], [-1, -1]], {}),
        ("Squeeze", [[1, 2], [0]], {}),
        ("Unsqueeze", [[1, 2], [0, 0]], {}),
        ("Transpose", [CUBE], {"perm": [0, 0, 1]}),
        ("Concat", [CUBE, [1]], {"axis": 0}),
        ("Concat", [[1], [2]], {"axis": "0"}),
        ("Range", [0, 9, 0], {}),
        ("Expand", [[1, 2], [3]], {}),
        ("ConstantOfShape", [[-2]], {}),
        ("Add", [[1, 2], [1, 2, 3]], {}),
        ("Add", [None, [1]], {}),
        ("Pow", [10, 10**6], {}),
        ("Pow", [10**12, 2], {}),
        ("Pow", [-0.5, 0.5], {}),
        ("Cast", [float("inf")], {"to": 7}),
        ("Sqrt", [-1.0], {}),
        ("Expand", [[1], [10**8, 10**8]], {}),
        ("Slice", [CUBE, [0], [1], [7]], {}),
        ("Split", [[1, 2, 3]], {"split": [1, 1]}),
        ("Conv", [CUBE, CUBE], {}),
    ],
)
def test_what_is_not_folded(operator: str, inputs: Any, attributes: Any) -> None:
    with pytest.raises(NotConstantError):
        fold(operator, *inputs, **attributes)


@pytest.mark.parametrize("operator", [*FOLDS])
def test_of_large_arrays_only_the_sizes_are_known(operator: str) -> None:
    large = Constant("x", (70, 70), None)
    attributes: dict[str, Any] = {"axis": 0, "to": 1, "perm": [1, 0]}
    node = Node(operator, "", "", (), ("y",), attributes)
    for inputs in ([large], [large, large], [large, Constant("", (2,), [1, 1])], [large] * 3):
        try:
            (found,) = folded(node, inputs)
        except (NotConstantError, ValueError):
            continue
        assert found.values is None or len(found.values) <= 4096


@pytest.mark.parametrize(
    ("operator", "inputs"),
    [
        ("Expand", [[1], [100, 100]]),
        ("ConstantOfShape", [[10**7]]),
        ("Range", [0, 10**12, 1]),
        ("Tile", [[1, 2], [10**6]]),
        ("Add", [[[1]] * 100, [list(range(100))]]),
        ("ConstantOfShape", [[10**9, 0]]),
    ],
)
def test_nothing_large_is_computed(operator: str, inputs: Any) -> None:
    (found,) = fold(operator, *inputs)
    assert found.values is None


class TestLearned:
    """Which numbers count as parameters."""

    def test_arrays_of_several_numbers_with_a_fraction(self) -> None:
        assert constant_of(Array("w", (2, 3), True, None)).learned == {"w": 6}
        assert constant_of(Array("w", (1,), True, [0.5])).learned == {}
        assert constant_of(Array("w", (6,), False, None)).learned == {}

    def test_what_is_made_of_them(self) -> None:
        one, other = (constant_of(Array(name, (2, 2), True, None)) for name in "ab")
        for operator in ("Add", "Mul", "Concat"):
            node = Node(operator, "", "", (), ("y",), {"axis": 0})
            assert folded(node, [one, other])[0].learned == {"a": 4, "b": 4}
        for operator in ("Transpose", "Identity", "Cast"):
            node = Node(operator, "", "", (), ("y",), {})
            assert folded(node, [one])[0].learned == {"a": 4}

    def test_constant_nodes_by_what_they_give(self) -> None:
        value = Array("", (3,), True, [1.0, 2.0, 3.0])
        for name in ("a", "b"):
            node = Node("Constant", "", "", (), (name,), {"value": value})
            assert folded(node, [])[0].learned == {name: 3}

    def test_numbers_of_few_bits_stand_for_learned_ones(self) -> None:
        weight = Constant("w", (4, 4), None)
        node = Node("DequantizeLinear", "", "", (), ("y",), {})
        assert folded(node, [weight, None, None])[0].learned == {"w": 16}
