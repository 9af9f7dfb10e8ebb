"""Every word of the language: against PyTorch's layer where there is one, and what it refuses."""

import inspect
import re
import warnings
from collections.abc import Callable
from math import prod
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.facts.audit import LayerFacts
from convcalc.operations.registry import DECLARATIONS
from convcalc.operations.windowed import Windowed
from support.layers import convolutions
from support.loops import window_starts

Shape: TypeAlias = tuple[int, ...]
Facts: TypeAlias = tuple[Shape, int]
"""Output shape and params."""


def rows_of(input_shape: Shape, layer: Any) -> tuple[LayerFacts, ...]:
    return convcalc.network({"input": list(input_shape), "layers": [layer]}).audit().layers


def ours(input_shape: Shape, layer: Any) -> Facts:
    rows = rows_of(input_shape, layer)
    return rows[-1].output_shape, sum(row.params or 0 for row in rows)


def refusal(input_shape: Shape, *layers: Any) -> str:
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.network({"input": list(input_shape), "layers": list(layers)})
    return str(caught.value)


def outcome(facts: Callable[[], Facts]) -> Facts | str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return facts()
    except (convcalc.SpecError, RuntimeError, ValueError):
        return "refused"


class Torch:
    """PyTorch's layers by name, applied to zeros; the test is skipped where it is missing."""

    def __init__(self) -> None:
        self.torch = pytest.importorskip("torch")

    def facts(self, input_shape: Shape, name: str, *arguments: Any, **more: Any) -> Facts:
        """What comes out of `torch.nn.NAME(...)`, `{d}` in the name being the dimensions."""
        kind = getattr(self.torch.nn, name.format(d=len(input_shape) - 1))
        module = kind(*arguments, **more).eval()
        with self.torch.no_grad():
            output = module(self.torch.zeros(1, *input_shape))
        if 0 in output.shape:
            raise RuntimeError("nothing comes out")
        return tuple(output.shape[1:]), sum(array.numel() for array in module.parameters())

    def same(self, layer: Any, input_shape: Shape, name: str, *arguments: Any, **more: Any) -> None:
        """The layer is PyTorch's: as large, as many params, refused where that is."""
        theirs = outcome(lambda: self.facts(input_shape, name, *arguments, **more))
        assert outcome(lambda: ours(input_shape, layer)) == theirs


def each(least: int, most: int, dims: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(least, most), min_size=dims, max_size=dims)


@st.composite
def shapes(draw: st.DrawFn, *, dims: int | None = None, least: int = 1, most: int = 9) -> Shape:
    dims = draw(st.integers(1, 3)) if dims is None else dims
    return (draw(st.integers(1, 6)), *draw(each(least, most, dims)))


CLASSES = {
    "conv": "Conv2d",
    "conv_transpose": "ConvTranspose2d",
    "linear": "Linear",
    "max_pool": "MaxPool2d",
    "avg_pool": "AvgPool2d",
    "adaptive_avg_pool": "AdaptiveAvgPool2d",
    "adaptive_max_pool": "AdaptiveMaxPool2d",
    "batch_norm": "BatchNorm2d",
    "instance_norm": "InstanceNorm2d",
    "group_norm": "GroupNorm",
    "local_response_norm": "LocalResponseNorm",
    "prelu": "PReLU",
    "upsample": "Upsample",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "identity": "Identity",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "softplus": "Softplus",
    "dropout": "Dropout",
}
"""The words, and PyTorch's names for the same."""

NOT_ALIKE = {
    *("LayerNorm", "Softmax", "Flatten", "Unflatten", "PixelShuffle", "PixelUnshuffle"),
    *("ChannelShuffle", "attention"),
}
"""What PyTorch has too, but with other names for its parameters; its attention is a package."""


def test_every_layer_that_pytorch_has_too_is_compared() -> None:
    layers = pytest.importorskip("torch").nn
    assert CLASSES.keys() <= DECLARATIONS.keys()
    theirs = {each.lower(): each for each in dir(layers)}
    same = {theirs.get(word.replace("_", "")) for word in DECLARATIONS.keys() - CLASSES.keys()}
    assert same - {None, "parameter"} == NOT_ALIKE


@pytest.mark.parametrize("word", CLASSES)
def test_defaults_are_those_of_pytorch(word: str) -> None:
    kind = getattr(pytest.importorskip("torch").nn, CLASSES[word])
    theirs = inspect.signature(kind).parameters
    defaults = {**DECLARATIONS[word].defaults}
    if word == "avg_pool":  # written out: its constructor takes the dilation of the other pool
        assert set(DECLARATIONS[word].kinds) == {"kernel_size", "stride", "padding", "ceil_mode"}
    for name, default in defaults.items():
        if name in theirs and theirs[name].default is not inspect.Parameter.empty:
            assert (name, default) == (name, theirs[name].default)
    assert set(defaults) | set(DECLARATIONS[word].required) == set(DECLARATIONS[word].kinds)


@settings(max_examples=150, deadline=None)
@given(convolutions())
def test_conv(drawn: Any) -> None:
    parameters, input_shape = drawn
    padding = [low for low, _ in parameters["padding"]]
    out_channels = parameters.pop("out_channels")
    layer = {"conv": out_channels, **parameters, "padding": padding}
    layer = {name: list(v) if type(v) is tuple else v for name, v in layer.items()}
    del layer["in_channels"]
    more = {**parameters, "out_channels": out_channels, "padding": padding}
    Torch().same(layer, input_shape, "Conv{d}d", **more)


@settings(max_examples=150, deadline=None)
@given(convolutions(transposed=True))
def test_conv_transpose(drawn: Any) -> None:
    parameters, input_shape = drawn
    padding = [low for low, _ in parameters["padding"]]
    out_channels = parameters.pop("out_channels")
    layer = {"conv_transpose": out_channels, **parameters, "padding": padding}
    layer = {name: list(v) if type(v) is tuple else v for name, v in layer.items()}
    del layer["in_channels"]
    more = {**parameters, "out_channels": out_channels, "padding": padding}
    Torch().same(layer, input_shape, "ConvTranspose{d}d", **more)


@settings(max_examples=100, deadline=None)
@given(convolutions(), st.integers(1, 3), st.booleans())
def test_depthwise_and_separable(drawn: Any, times: int, default: bool) -> None:
    parameters, input_shape = drawn
    channels = input_shape[0]
    window = {name: list(parameters[name]) for name in ("kernel_size", "stride", "dilation")}
    window["padding"] = [low for low, _ in parameters["padding"]]
    window["bias"] = parameters["bias"]
    outputs = channels if default else channels * times
    depthwise = {"depthwise_conv": None if default else outputs, **window}
    nn = Torch()
    nn.same(depthwise, input_shape, "Conv{d}d", channels, outputs, groups=channels, **window)

    def pair() -> Facts:
        inner = nn.facts(input_shape, "Conv{d}d", channels, channels, groups=channels, **window)
        one = nn.facts(inner[0], "Conv{d}d", channels, 5, kernel_size=1, bias=window["bias"])
        return one[0], inner[1] + one[1]

    separable = {"separable_conv": 5, **window}
    assert outcome(lambda: ours(input_shape, separable)) == outcome(pair)


def test_the_rows_of_a_separable_pair() -> None:
    layer = {"separable_conv": 5, "kernel_size": 3, "between": ["batch_norm", "relu", "relu"]}
    rows = rows_of((4, 7, 7), {**layer, "name": "pair", "bias": False})
    assert [(row.name, row.operation, row.params, row.macs) for row in rows] == [
        ("pair.depthwise", "depthwise_conv", 36, 36 * 25),
        ("pair.batch_norm_1", "batch_norm", 8, None),
        ("pair.relu_1", "relu", 0, None),
        ("pair.relu_2", "relu", 0, None),
        ("pair.pointwise", "conv", 20, 20 * 25),
    ]


@st.composite
def pools(draw: st.DrawFn) -> Any:
    """A pool's parameters, padding more than half the kernel now and then."""
    input_shape = draw(shapes())
    dims = len(input_shape) - 1
    window = {"kernel_size": draw(each(1, 5, dims))}
    if draw(st.booleans()):
        window["stride"] = draw(each(1, 4, dims))
    half = [kernel // 2 for kernel in window["kernel_size"]]
    room = [draw(st.integers(0, most + draw(st.sampled_from([0, 0, 0, 1])))) for most in half]
    window["padding"] = room
    return input_shape, window, draw(st.booleans())


@settings(max_examples=300, deadline=None)
@given(pools(), st.data())
def test_max_pool(drawn: Any, data: st.DataObject) -> None:
    input_shape, window, ceil_mode = drawn
    more = {**window, "ceil_mode": ceil_mode}
    more["dilation"] = data.draw(each(1, 3, len(input_shape) - 1))
    layer = {"max_pool": more["kernel_size"], **more}
    del layer["kernel_size"]
    Torch().same(layer, input_shape, "MaxPool{d}d", **more)


@settings(max_examples=300, deadline=None)
@given(pools())
def test_avg_pool(drawn: Any) -> None:
    input_shape, window, ceil_mode = drawn
    if len(input_shape) == 4:  # PyTorch refuses sizes below the kernel here, whatever the padding
        assume(all(map(int.__ge__, input_shape[1:], window["kernel_size"])))
    more = {**window, "ceil_mode": ceil_mode}
    layer = {"avg_pool": more["kernel_size"], **more}
    del layer["kernel_size"]
    Torch().same(layer, input_shape, "AvgPool{d}d", **more)


def test_a_pool_without_a_stride_steps_by_its_kernel() -> None:
    assert ours((2, 9, 9), {"max_pool": [3, 2]}) == ((2, 3, 4), 0)
    assert ours((2, 9, 9), {"max_pool": [3, 2], "stride": 1}) == ((2, 7, 8), 0)


def same_by_hand(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int, int]:
    """Output, low and high padding: zeros put on in turn, the high side first, until it fits."""
    outputs = len([position for position in range(size) if position % stride == 0])
    low = high = 0
    while len(window_starts(low + size + high, kernel, stride, dilation)) < outputs:
        low, high = (low, high + 1) if low == high else (low + 1, high)
    return len(window_starts(low + size + high, kernel, stride, dilation)), low, high


@settings(max_examples=200, deadline=None)
@given(shapes(most=20), st.data(), st.sampled_from(["max_pool", "avg_pool", "conv"]))
def test_same_padding(input_shape: Shape, data: st.DataObject, word: str) -> None:
    """It may be more than half the kernel."""
    dims = len(input_shape) - 1
    kernel, stride, dilation = (data.draw(each(1, most, dims)) for most in (5, 4, 3))
    layer: dict[str, Any] = {word: kernel, "stride": stride, "padding": "same"}
    if word == "avg_pool":
        dilation = [1] * dims
    else:
        layer["dilation"] = dilation
    if word == "conv":
        layer |= {"conv": input_shape[0], "kernel_size": kernel}
    found = [*map(same_by_hand, input_shape[1:], kernel, stride, dilation)]
    made = convcalc.network({"input": list(input_shape), "layers": [layer]})
    operation = made.layers[0].operation
    assert isinstance(operation, Windowed)
    assert operation.pads(input_shape) == tuple((low, high) for _, low, high in found)
    shape = made.audit().totals.output_shape
    assert shape == (input_shape[0], *[outputs for outputs, _, _ in found])


@settings(max_examples=60, deadline=None)
@given(shapes(), st.data(), st.sampled_from(["Avg", "Max"]))
def test_adaptive_pools(input_shape: Shape, data: st.DataObject, kind: str) -> None:
    dims = len(input_shape) - 1
    size = data.draw(st.one_of(each(1, 12, dims), st.integers(1, 5)))
    layer = {f"adaptive_{kind.lower()}_pool": size}
    Torch().same(layer, input_shape, f"Adaptive{kind}Pool{{d}}d", size)


@settings(max_examples=50, deadline=None)
@given(shapes(least=2, most=5), st.sampled_from([None, True, False]), st.integers(1, 7))
def test_norms(input_shape: Shape, affine: bool | None, groups: int) -> None:
    nn, channels = Torch(), input_shape[0]
    more = {} if affine is None else {"affine": affine}
    nn.same({"batch_norm": {}, **more}, input_shape, "BatchNorm{d}d", channels, **more)
    nn.same({"instance_norm": {}, **more}, input_shape, "InstanceNorm{d}d", channels, **more)
    nn.same({"group_norm": groups, **more}, input_shape, "GroupNorm", groups, channels, **more)
    nn.same({"local_response_norm": groups}, input_shape, "LocalResponseNorm", groups)
    per_position = (*input_shape[1:], channels)  # PyTorch normalises over what comes last
    more = {} if affine is None else {"elementwise_affine": affine}
    _, params = nn.facts(per_position, "LayerNorm", channels, **more)
    more = {} if affine is None else {"affine": affine}
    assert ours(input_shape, {"layer_norm": {}, **more}) == (input_shape, params)


def test_norms_of_flat_input() -> None:
    nn = Torch()
    nn.same("batch_norm", (8,), "BatchNorm1d", 8)
    nn.same({"group_norm": 4}, (8,), "GroupNorm", 4, 8)
    nn.same("layer_norm", (8,), "LayerNorm", 8)


@settings(max_examples=60, deadline=None)
@given(shapes(), st.integers(1, 6))
def test_prelu(input_shape: Shape, slopes: int) -> None:
    Torch().same({"prelu": slopes}, input_shape, "PReLU", slopes)
    Torch().same("prelu", input_shape, "PReLU")


def test_layer_scale_has_one_parameter_a_channel() -> None:
    assert ours((6, 4, 4), "layer_scale") == ((6, 4, 4), 6)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_linear(inputs: int, outputs: int, bias: bool) -> None:
    layer = {"linear": outputs, "bias": bias}
    Torch().same(layer, (inputs,), "Linear", inputs, outputs, bias=bias)
    (row,) = rows_of((inputs,), layer)
    assert row.macs == inputs * outputs


PARAMETERS: dict[str, dict[str, float]] = {
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 0.5},
    "softplus": {"beta": 2},
    "dropout": {"p": 0.1},
}
ACTIVATIONS = [*CLASSES][[*CLASSES].index("relu") :]


@pytest.mark.parametrize("word", ACTIVATIONS)
@pytest.mark.parametrize("input_shape", [(5,), (3, 4), (3, 4, 5), (2, 3, 4, 5)])
def test_activations(word: str, input_shape: Shape) -> None:
    nn, parameters = Torch(), PARAMETERS.get(word, {})
    nn.same(word, input_shape, CLASSES[word])
    nn.same({word: None}, input_shape, CLASSES[word])
    nn.same({word: {}}, input_shape, CLASSES[word])
    for name, value in parameters.items():
        nn.same({word: value}, input_shape, CLASSES[word], **{name: value})
        nn.same({word: {}, name: value}, input_shape, CLASSES[word], **{name: value})


def test_softmax() -> None:
    Torch().same("softmax", (5, 3, 3), "Softmax", dim=1)


@settings(max_examples=100, deadline=None)
@given(
    shapes(most=5),
    st.sampled_from([None, "nearest", "linear", "bilinear", "trilinear", "cubic"]),
    st.data(),
)
def test_upsample(input_shape: Shape, mode: str | None, data: st.DataObject) -> None:
    dims = len(input_shape) - 1
    factor = data.draw(st.one_of(st.integers(1, 3), each(1, 3, dims)))
    layer: dict[str, Any] = {"upsample": factor}
    more: dict[str, Any] = {"scale_factor": tuple(factor) if type(factor) is list else factor}
    if mode is not None:
        layer, more = {**layer, "mode": mode}, {**more, "mode": mode}

    def theirs() -> Facts:
        try:
            return Torch().facts(input_shape, "Upsample", **more)
        except NotImplementedError as error:  # what PyTorch says of a mode for other dimensions
            raise RuntimeError from error

    assert outcome(lambda: ours(input_shape, layer)) == outcome(theirs)


@settings(max_examples=80, deadline=None)
@given(shapes(dims=2, most=8), st.integers(1, 4), st.integers(1, 4))
def test_pixel_shuffles(input_shape: Shape, factor: int, times: int) -> None:
    input_shape = (input_shape[0] * times, *input_shape[1:])
    Torch().same({"pixel_shuffle": factor}, input_shape, "PixelShuffle", factor)
    Torch().same({"pixel_unshuffle": factor}, input_shape, "PixelUnshuffle", factor)


@pytest.mark.parametrize("input_shape", [(8, 5), (16, 2, 3), (24, 2, 3, 4)])
def test_pixel_shuffles_in_other_dimensions(input_shape: Shape) -> None:
    """PyTorch has them in two only; there and back is the same shape, and no value is lost."""
    layers = [{"pixel_shuffle": 2}, {"pixel_unshuffle": 2}]
    rows = convcalc.network({"input": list(input_shape), "layers": layers}).audit().layers
    there, back = (row.output_shape for row in rows)
    assert back == input_shape
    assert there[1:] == tuple(2 * size for size in input_shape[1:])
    assert prod(there) == prod(input_shape)


@settings(max_examples=50, deadline=None)
@given(shapes(dims=2, most=4), st.integers(1, 6))
def test_channel_shuffle(input_shape: Shape, groups: int) -> None:
    Torch().same({"channel_shuffle": groups}, input_shape, "ChannelShuffle", groups)


@settings(max_examples=50, deadline=None)
@given(shapes(most=5), st.integers(0, 7), st.integers(0, 7))
def test_channel_slice(input_shape: Shape, start: int, stop: int) -> None:
    channels = list(range(input_shape[0]))
    kept = [at for at in range(start, stop) if at in channels]
    there = bool(kept) and len(kept) == stop - start
    expected = ((len(kept), *input_shape[1:]), 0) if there else "refused"
    assert outcome(lambda: ours(input_shape, {"channel_slice": [start, stop]})) == expected


@settings(max_examples=60, deadline=None)
@given(shapes(most=4), shapes(most=4))
def test_flatten_and_unflatten(input_shape: Shape, other: Shape) -> None:
    nn = Torch()
    nn.same("flatten", input_shape, "Flatten")
    flat = (prod(input_shape),)
    for wanted in (input_shape, other):
        nn.same({"unflatten": list(wanted)}, flat, "Unflatten", 1, wanted)


@settings(max_examples=100, deadline=None)
@given(shapes(most=4), st.data())
def test_pad_is_pytorchs_pad_the_other_way_round(input_shape: Shape, data: st.DataObject) -> None:
    """PyTorch's widths begin with the last dimension, these with the first."""
    torch = pytest.importorskip("torch")
    dims = len(input_shape) - 1
    pairs = [data.draw(each(0, 3, 2)) for _ in range(dims)]
    backwards = [width for pair in reversed(pairs) for width in pair]
    padded = torch.nn.functional.pad(torch.zeros(1, *input_shape), backwards)
    theirs = (tuple(padded.shape[1:]), 0)
    assert ours(input_shape, {"pad": pairs}) == theirs
    lows = [low for low, _ in pairs]
    both_sides = [[low, low] for low in lows]
    assert ours(input_shape, {"pad": lows}) == ours(input_shape, {"pad": both_sides})
    assert ours(input_shape, {"pad": 2}) == ours(input_shape, {"pad": [[2, 2]] * dims})


@settings(max_examples=200, deadline=None)
@given(shapes(most=3), shapes(most=3), st.sampled_from(["add", "multiply", "concat"]))
def test_merges(one: Shape, other: Shape, word: str) -> None:
    """Operands with as many dimensions; PyTorch would fit a smaller number in as well."""
    torch = pytest.importorskip("torch")

    def theirs() -> Facts:
        values = [torch.zeros(1, *shape) for shape in (one, other)]
        if len(one) != len(other):
            raise RuntimeError
        if word == "concat":
            return tuple(torch.cat(values, 1).shape[1:]), 0
        whole = values[0] + values[1] if word == "add" else values[0] * values[1]
        return tuple(whole.shape[1:]), 0

    def mine() -> Facts:
        flat = prod(one) + prod(other)  # both operands are cut from one flat input
        operands = [
            [{"channel_slice": [0, prod(one)]}, {"unflatten": list(one)}],
            [{"channel_slice": [prod(one), flat]}, {"unflatten": list(other)}],
        ]
        return ours((flat,), {word: operands})

    assert outcome(mine) == outcome(theirs)


NOT_FLAT = (
    "layers[0].linear: its input (4, 2, 2) is not flat: put flatten before it, or "
    "use a convolution with kernel_size 1 for a linear layer at every position"
)


@pytest.mark.parametrize(
    ("input_shape", "layer", "message"),
    [
        ((4, 2, 2), {"linear": 3}, NOT_FLAT),
        ((4, 2), {"linear": 3}, NOT_FLAT.replace("(4, 2, 2)", "(4, 2)")),
        (
            (6, 9, 9),
            {"conv": 8, "kernel_size": 3, "groups": 4},
            "layers[0].groups: groups=4 does not divide in_channels=6",
        ),
        (
            (6, 9, 9),
            {"conv": 8, "kernel_size": 3, "groups": 3},
            "layers[0].groups: groups=3 does not divide out_channels=8",
        ),
        (
            (6, 9, 9),
            {"depthwise_conv": 8, "kernel_size": 3},
            "layers[0].depthwise_conv: out_channels=8 is not a multiple of in_channels=6",
        ),
        (
            (6, 4, 9),
            {"conv": 8, "kernel_size": 5},
            "layers[0].kernel_size: kernel_size=5 spans 5 positions, "
            "but its input (6, 4, 9) has only 4 positions",
        ),
        (
            (6, 9, 9),
            {"conv": 8, "kernel_size": 3, "stride": [1, 0]},
            "layers[0].stride: stride=[1, 0] has a value that is below 1",
        ),
        (
            (6, 9, 9),
            {"conv": 8, "kernel_size": [3, 3, 3]},
            "layers[0].kernel_size: kernel_size=[3, 3, 3] has 3 values "
            "for an input of 2 spatial sizes",
        ),
        (
            (6, 9, 9),
            {"conv": 8, "kernel_size": 3, "padding": -1},
            "layers[0].padding: padding=-1 is negative",
        ),
        (
            (6, 9, 9),
            {"conv_transpose": 8, "kernel_size": 3, "stride": 2, "output_padding": 2},
            "layers[0].output_padding: output_padding=2 is not below stride=2 or dilation=1",
        ),
        (
            (6, 9, 9),
            {"max_pool": 3, "padding": 2},
            "layers[0].padding: padding=2 is more than half of kernel_size=3",
        ),
        (
            (6, 9, 9),
            {"max_pool": 3, "padding": [[0, 2], [1, 1]]},
            "layers[0].padding: padding=[[0, 2], [1, 1]] is more than half of kernel_size=3",
        ),
        (
            (6, 9, 9),
            {"max_pool": 3, "padding": "same", "ceil_mode": True},
            "layers[0].padding: padding=same and ceil_mode=true do not go together",
        ),
        (
            (6, 2, 9),
            {"max_pool": 3},
            "layers[0].max_pool: kernel_size=3 spans 3 positions, "
            "but its input (6, 2, 9) has only 2 positions",
        ),
        (
            (6, 9, 9),
            {"group_norm": 4},
            "layers[0].group_norm: num_groups=4 does not divide in_channels=6",
        ),
        (
            (6, 9, 9),
            {"prelu": 3},
            "layers[0].prelu: num_parameters=3 is neither 1 nor the channels of "
            "its input (6, 9, 9)",
        ),
        ((6,), {"dropout": 1.5}, "layers[0].dropout: p=1.5 is not from 0 to 1"),
        (
            (6, 9, 9),
            {"upsample": 2, "mode": "linear"},
            "layers[0].mode: mode=linear is not for 2 dimensions",
        ),
        (
            (6, 9, 9),
            {"upsample": 2, "mode": "cubic"},
            "layers[0].mode: mode=cubic is not one of nearest, linear, bilinear, trilinear, "
            "bicubic",
        ),
        (
            (6, 9, 9),
            {"pixel_shuffle": 2},
            "layers[0].pixel_shuffle: factor=2 needs channels in multiples of 4, "
            "not its input (6, 9, 9)",
        ),
        (
            (6, 9, 8),
            {"pixel_unshuffle": 2},
            "layers[0].pixel_unshuffle: factor=2 does not divide the sizes of its input (6, 9, 8)",
        ),
        (
            (6, 9, 9),
            {"channel_shuffle": 4},
            "layers[0].channel_shuffle: groups=4 does not divide the channels of "
            "its input (6, 9, 9)",
        ),
        (
            (6, 9, 9),
            {"channel_slice": [3, 3]},
            "layers[0].channel_slice: channels=[3, 3] is not [start, stop], start below stop",
        ),
        (
            (6, 9, 9),
            {"channel_slice": [3, 7]},
            "layers[0].channel_slice: channels=[3, 7] reaches beyond the channels of "
            "its input (6, 9, 9)",
        ),
        (
            (12,),
            {"unflatten": [3, 2, 3]},
            "layers[0].unflatten: shape=[3, 2, 3] holds 18 values, its input (12,) has 12",
        ),
        (
            (3, 4, 4),
            {"add": [[], [{"conv": 3, "kernel_size": 3}]]},
            "layers[0].add: (3, 4, 4) and (3, 2, 2) do not fit together in add",
        ),
        (
            (3, 4, 4),
            {"concat": [[], [{"max_pool": 4}]]},
            "layers[0].concat: (3, 4, 4) and (3, 1, 1) do not fit together in concat",
        ),
        (
            (3, 4, 4),
            {"multiply": [[], ["flatten"]]},
            "layers[0].multiply: (3, 4, 4) and (48,) do not fit together in multiply",
        ),
        (
            (3, 4, 4),
            {"add": [[]]},
            "layers[0].add: add has one operand: [] is the current value, so write add: [[], ...]",
        ),
        ((3, 4, 4), {"avg_pool": 2, "dilation": 2}, "layers[0].dilation: unknown key dilation"),
        (
            (10**15, 10**15),
            "flatten",
            f"layers[0]: its input ({10**15}, {10**15}) would come out as ({10**30},), "
            "with a size above 10^15",
        ),
    ],
)
def test_refusals(input_shape: Shape, layer: Any, message: str) -> None:
    told = refusal(input_shape, layer)
    told = re.sub(r" known here.*", " known", told)
    assert told == message


@pytest.mark.parametrize(
    "layer",
    [
        {"conv": 4, "kernel_size": 1},
        {"depthwise_conv": None, "kernel_size": 1},
        {"separable_conv": 4, "kernel_size": 1},
        {"conv_transpose": 4, "kernel_size": 1},
        {"max_pool": 1},
        {"avg_pool": 1},
        {"adaptive_avg_pool": 1},
        {"adaptive_max_pool": 1},
        {"upsample": 1},
        {"pad": 0},
    ],
)
def test_what_slides_needs_sizes(layer: dict[str, Any]) -> None:
    word = next(iter(layer))
    expected = f"layers[0].{word}: {word} needs spatial sizes, its input is (4,)"
    assert refusal((4,), layer) == expected


@pytest.mark.parametrize("word", ["pixel_shuffle", "pixel_unshuffle"])
def test_shuffles_need_sizes(word: str) -> None:
    assert refusal((4,), {word: 2}) == f"layers[0].{word}: its input (4,) has no spatial sizes"


def test_every_mistake_is_told_of() -> None:
    told = refusal((4, 8, 8), {"conv": 0, "kernel_size": 3}, "relu", {"linear": 3, "from": "input"})
    assert told.splitlines() == [
        "layers[0].conv: out_channels=0 is below 1",
        "layers[2].linear: its input (4, 8, 8) is not flat: put flatten before it, or "
        "use a convolution with kernel_size 1 for a linear layer at every position",
    ]
