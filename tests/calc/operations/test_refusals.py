"""What cannot exist is refused, with the parameter and the numbers in the message."""

import copy
import pickle
from typing import Any

import pytest

from convcalc import AvgPool, Conv, ConvTranspose, MaxPool, SpecError, compare
from convcalc.operations.reshaping import Pad
from convcalc.values import flag, per_dimension, shape_of, whole

CONV = {"in_channels": 6, "out_channels": 6, "kernel_size": 3}

CONSTRUCTION = [
    ({"groups": 4}, "groups=4 does not divide in_channels=6"),
    ({"out_channels": 3, "groups": 2}, "groups=2 does not divide out_channels=3"),
    ({"in_channels": 0}, "in_channels=0 is below 1"),
    ({"out_channels": -3}, "out_channels=-3 is below 1"),
    ({"groups": 0}, "groups=0 is below 1"),
    ({"groups": True}, "groups=True is not a whole number"),
    ({"groups": 2.0}, "groups=2.0 is not a whole number"),
    ({"in_channels": "6"}, "in_channels='6' is not a whole number"),
    ({"in_channels": None}, "in_channels=None is not a whole number"),
    ({"bias": 1}, "bias=1 is neither true nor false"),
    ({"kernel_size": 0}, "kernel_size=0 is below 1"),
    ({"kernel_size": (3, 0)}, "kernel_size=(3, 0) has a value that is below 1"),
    ({"kernel_size": "3"}, "kernel_size='3' is not a whole number or a list of them"),
    ({"kernel_size": (3, "3")}, "kernel_size=(3, '3') is not a list of whole numbers"),
    ({"kernel_size": (3, True)}, "kernel_size=(3, True) is not a list of whole numbers"),
    ({"kernel_size": ()}, "kernel_size=() has 0 values, not 1, 2 or 3"),
    ({"kernel_size": (1,) * 4}, "kernel_size=(1, 1, 1, 1) has 4 values, not 1, 2 or 3"),
    (
        {"kernel_size": (3, 3), "dims": 3},
        "kernel_size=(3, 3) has 2 values for dims=3; did you mean dims=2?",
    ),
    (
        {"kernel_size": (3,), "dims": 2},
        "kernel_size=(3,) has 1 value for dims=2; did you mean dims=1?",
    ),
    ({"kernel_size": (1,) * 4, "dims": 2}, "kernel_size=(1, 1, 1, 1) has 4 values for dims=2"),
    ({"kernel_size": (), "dims": 2}, "kernel_size=() has 0 values for dims=2"),
    (
        {"kernel_size": (3, 3), "stride": (1, 1, 1)},
        "stride=(1, 1, 1) has 3 values, kernel_size=(3, 3) has 2",
    ),
    ({"dims": 4}, "dims=4 is not 1, 2 or 3"),
    ({"dims": 0}, "dims=0 is below 1"),
    ({"stride": 0}, "stride=0 is below 1"),
    ({"dilation": (1, -1)}, "dilation=(1, -1) has a value that is below 1"),
    ({"padding": -1}, "padding=-1 is negative"),
    ({"padding": (0, -1)}, "padding=(0, -1) has a value that is negative"),
    ({"padding": ((0, 1), (-2, 0))}, "padding=((0, 1), (-2, 0)) has a value that is negative"),
    ({"padding": ((0, 1, 2), 1)}, "padding=((0, 1, 2), 1) has 3 values for low and high"),
    ({"padding": "full"}, "padding='full' is not a number, same, valid or causal"),
    ({"padding": (1, None)}, "padding=(1, None) is not a list of whole numbers"),
    (
        {"padding": (0, 1, 0, 1), "dims": 2},
        "padding=(0, 1, 0, 1) has 4 values for dims=2; "
        "low and high are a pair: padding=((0, 1), (0, 1))",
    ),
    (
        {"padding": (0, 1, 0, 1)},
        "padding=(0, 1, 0, 1) has 4 values, not 1, 2 or 3; "
        "low and high are a pair: padding=((0, 1), (0, 1))",
    ),
    (
        {"padding": (2, 0), "kernel_size": (3,)},
        "padding=(2, 0) has 2 values, kernel_size=(3,) has 1; "
        "low and high are a pair: padding=((2, 0),)",
    ),
    (
        {"padding": (1, 1, 1), "dims": 2},
        "padding=(1, 1, 1) has 3 values for dims=2; did you mean dims=3?",
    ),
    ({"in_channels": 10**15 + 1}, "in_channels=1000000000000001 is above 10^15"),
    ({"in_channels": 7 * 10**4999}, "in_channels=a number of 5,000 digits is above 10^15"),
    ({"stride": (1, 10**16)}, "stride=(1, 10000000000000000) has a value that is above 10^15"),
]

TRANSPOSED = [
    ({"output_padding": 1}, "output_padding=1 is not below stride=1 or dilation=1"),
    (
        {"output_padding": (1, 2), "stride": 2},
        "output_padding=(1, 2) is not below stride=2 or dilation=1",
    ),
    ({"output_padding": -1}, "output_padding=-1 is negative"),
    (
        {"padding": "same", "output_padding": (0, 1), "stride": 2},
        "padding='same' and output_padding=(0, 1) do not go together",
    ),
    (
        {"padding": "causal"},
        "padding='causal' has no meaning for a transposed convolution: give numbers or same; "
        "[[0, dilation * (kernel_size - 1) + 1 - stride]] crops the high side",
    ),
    (
        {"padding": "valid"},
        "padding='valid' has no meaning for a transposed convolution: give numbers or same; "
        "without padding nothing is cropped",
    ),
]

INPUT = [
    (
        Conv(6, 6, 7),
        (6, 5, 5),
        "kernel_size=7 spans 7 positions, but input_shape=(6, 5, 5) has only 5 positions",
    ),
    (
        Conv(6, 6, (3, 5), dilation=(1, 3), padding=1),
        (6, 9, 9),
        (
            "kernel_size=(3, 5) with dilation=(1, 3) spans 13 positions, "
            "but input_shape=(6, 9, 9) with padding=1 has only 11 positions"
        ),
    ),
    (
        Conv(6, 6, 2, dims=1),
        (6, 1),
        "kernel_size=2 spans 2 positions, but input_shape=(6, 1) has only 1 position",
    ),
    (Conv(6, 6, 1), (5, 9, 9), "input_shape=(5, 9, 9) has 5 channels, not in_channels=6"),
    (Conv(6, 6, 1), (6, 9), "input_shape=(6, 9) does not have 2 spatial sizes"),
    (Conv(6, 6, 1, dims=1), (6, 9, 9), "input_shape=(6, 9, 9) does not have 1 spatial size"),
    (Conv(6, 6, 1), (6, 9, 0), "input_shape=(6, 9, 0) has a value that is below 1"),
    (Conv(6, 6, 1), 9, "input_shape=9 is not a list of whole numbers"),
    (Conv(6, 6, 1), (), "input_shape=() is not (C, *spatial) with 0 to 3 spatial sizes"),
    (
        ConvTranspose(6, 6, 3, padding=4),
        (6, 5, 5),
        (
            "padding=4 crops 8 positions, "
            "but input_shape=(6, 5, 5) with kernel_size=3 and stride=1 makes only 7"
        ),
    ),
    (
        ConvTranspose(6, 6, 1, stride=10**15),
        (6, 5, 5),
        "input_shape=(6, 5, 5) would come out as (6, 4000000000000001, 4000000000000001), "
        "with a size above 10^15",
    ),
]


@pytest.mark.parametrize(("changes", "message"), CONSTRUCTION)
@pytest.mark.parametrize("kind", [Conv, ConvTranspose])
def test_construction(kind: Any, changes: dict[str, Any], message: str) -> None:
    if kind is ConvTranspose and changes.get("padding") == "full":
        message = "padding='full' has no meaning for a transposed convolution: give numbers or same"
    with pytest.raises(SpecError) as refusal:
        kind(**(CONV | changes))
    assert str(refusal.value) == message


@pytest.mark.parametrize(("changes", "message"), TRANSPOSED)
def test_construction_of_transposed(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refusal:
        ConvTranspose(**(CONV | changes))
    assert str(refusal.value) == message


@pytest.mark.parametrize("widths", ["same", "valid", "1"])
def test_pad_takes_numbers_alone(widths: Any) -> None:
    with pytest.raises(SpecError) as refusal:
        Pad(widths)
    assert str(refusal.value) == f"widths={widths!r} has no meaning here: give numbers"


@pytest.mark.parametrize(("conv", "input_shape", "message"), INPUT)
@pytest.mark.parametrize("question", ["output_shape", "macs"])
def test_input(conv: Any, input_shape: Any, message: str, question: str) -> None:
    with pytest.raises(SpecError) as refusal:
        getattr(conv, question)(input_shape)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch": 0}, "batch=0 is below 1"),
        (
            {"dtype": "float8"},
            "dtype='float8' is not one of float64, float32, float16, bfloat16, int8",
        ),
        (
            {"dtype": ["float32"]},
            "dtype=['float32'] is not one of float64, float32, float16, bfloat16, int8",
        ),
    ],
)
def test_comparison(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refusal:
        compare(Conv(6, 6, 3), (6, 9, 9), **settings)
    assert str(refusal.value) == message


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5])
def test_same_of_a_transposed_convolution_gives_the_size_of_keras(
    kernel_size: int, stride: int, dilation: int
) -> None:
    window: dict[str, Any] = {"kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    window["dims"] = 1
    up = ConvTranspose(2, 2, **window, padding="same")
    assert up.output_shape((2, 7)) == (2, 7 * stride)


@pytest.mark.parametrize(
    ("pool", "input_shape", "output_shape"),
    [
        (AvgPool(2, padding=1, dims=3), (1, 2, 2, 2), (1, 2, 2, 2)),
        (AvgPool(2, padding=1, dims=3), (1, 1, 2, 2), None),
        (AvgPool(2, padding=1, dims=3), (1, 2, 2, 1), None),
        (AvgPool((1, 2, 2), stride=1, padding=(0, 1, 0)), (1, 1, 2, 2), (1, 1, 3, 1)),
        (AvgPool(3, stride=2, ceil_mode=True, padding=1, dims=3), (1, 2, 2, 2), None),
        (AvgPool(3, padding="same", dims=3), (1, 2, 2, 2), (1, 1, 1, 1)),
        (AvgPool(2, padding=1, dims=2), (1, 1, 1), (1, 1, 1)),
        (AvgPool(2, padding=1, dims=1), (1, 1), (1, 1)),
        (MaxPool(2, padding=1, dims=3), (1, 1, 1, 1), (1, 1, 1, 1)),
    ],
)
def test_an_average_over_three_dimensions_takes_no_smaller_input(
    pool: AvgPool | MaxPool, input_shape: Any, output_shape: Any
) -> None:
    if output_shape:
        assert pool.output_shape(input_shape) == output_shape
        return
    with pytest.raises(SpecError, match="is larger than input_shape="):
        pool.output_shape(input_shape)


def test_a_refusal_is_a_value_error() -> None:
    assert issubclass(SpecError, ValueError)


def test_sizes_up_to_the_limit_are_computed() -> None:
    most = 10**15
    assert Conv(most, most, most, dims=1).macs((most, most)) == most**3


MOST = 1_000_000_000_000_000
NINTHS = 111_111_111_111_112  # a stride of 9 takes this to 9 * 111,111,111,111,111 + 1


@pytest.mark.parametrize(
    ("conv", "size"),
    [
        (Conv(2, 3, 1, padding=1, dims=1), MOST - 2),
        (Conv(2, 3, 1, padding=((0, 7),)), MOST - 7),
        (Conv(2, 3, 3, padding=2, dims=1), MOST - 2),
        (ConvTranspose(2, 3, 4, dims=1), MOST - 3),
        (ConvTranspose(2, 3, 1, stride=9, dims=1), NINTHS),
    ],
)
def test_an_output_may_be_as_large_as_any_size(conv: Conv | ConvTranspose, size: int) -> None:
    assert conv.output_shape((2, size)) == (3, MOST)


@pytest.mark.parametrize(
    ("conv", "size"),
    [
        (Conv(2, 3, 1, padding=1, dims=1), MOST - 1),
        (Conv(2, 3, 1, padding=((0, 7),)), MOST - 6),
        (Conv(2, 3, 3, padding=2, dims=1), MOST - 1),
        (ConvTranspose(2, 3, 4, dims=1), MOST - 2),
        (ConvTranspose(2, 3, 1, stride=9, output_padding=1, dims=1), NINTHS),
    ],
)
@pytest.mark.parametrize("question", ["output_shape", "macs"])
def test_an_output_one_larger_is_refused(
    conv: Conv | ConvTranspose, size: int, question: str
) -> None:
    with pytest.raises(SpecError) as refusal:
        getattr(conv, question)((2, size))
    assert str(refusal.value) == (
        f"input_shape=(2, {size}) would come out as (3, 1000000000000001), with a size above 10^15"
    )


@pytest.mark.parametrize("value", [1.0, "1", None, [1], True])
def test_only_a_whole_number_is_one(value: object) -> None:
    with pytest.raises(SpecError):
        whole("batch", value)


def test_lists_do_for_tuples_and_ranges_do_not() -> None:
    assert Conv(6, 6, [3, 5]) == Conv(6, 6, (3, 5))
    assert shape_of("input_shape", [6, 1]) == (6, 1)
    with pytest.raises(SpecError):
        per_dimension("stride", range(1, 3), 2)
    with pytest.raises(SpecError):
        per_dimension("stride", b"12", 2)
    with pytest.raises(SpecError):
        flag("bias", "yes")


def test_a_layer_cannot_be_changed_into_a_wrong_one() -> None:
    conv = Conv(6, 6, 3)
    with pytest.raises(AttributeError):
        conv.groups = 4
    with pytest.raises(AttributeError):
        del conv.groups
    with pytest.raises(AttributeError):
        conv.more = 1
    with pytest.raises(SpecError):
        conv.replace(groups=4)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(6, 6, (3, 5), padding="same", bias=False),
        ConvTranspose(6, 3, 3, stride=2, output_padding=1),
    ],
)
def test_a_layer_is_a_value(layer: Conv | ConvTranspose) -> None:
    assert pickle.loads(pickle.dumps(layer)) == layer  # noqa: S301 - our own bytes
    assert copy.deepcopy(layer) == layer
    assert len({layer, copy.copy(layer)}) == 1
    assert eval(repr(layer), {"Conv": Conv, "ConvTranspose": ConvTranspose}) == layer  # noqa: S307
    assert layer != layer.replace(bias=not layer.bias)
    assert layer != "a layer"
