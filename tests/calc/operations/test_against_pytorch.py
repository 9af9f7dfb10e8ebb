"""Shapes, params, MACs and refusals against PyTorch, where it is installed."""

import warnings
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, SpecError
from convcalc_cli.sections.pytorch import pytorch_text
from support.layers import convolutions

torch = pytest.importorskip("torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")

pytestmark = pytest.mark.slow

Facts = tuple[tuple[int, ...], tuple[int, ...], int, int]


def symmetric(parameters: dict[str, Any]) -> dict[str, Any]:
    """PyTorch's layers know no other padding."""
    return {**parameters, "padding": tuple(low for low, _ in parameters["padding"])}


def theirs(module: Any, input_shape: tuple[int, ...]) -> Facts:
    """Output shape, weight shape, params and MACs as PyTorch itself finds them by running."""
    with flop_counter.FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(1, *input_shape))
    if 0 in output.shape:  # PyTorch lets a transposed convolution crop everything away
        raise RuntimeError("nothing comes out")
    params = sum(array.numel() for array in module.parameters())
    weight = next(array for array in module.parameters() if array.dim() > 1)
    return tuple(output.shape[1:]), tuple(weight.shape), params, counter.get_total_flops() // 2


def ours(layer: Conv | ConvTranspose, input_shape: tuple[int, ...]) -> Facts:
    return (
        layer.output_shape(input_shape),
        layer.weight_shape,
        layer.params,
        layer.macs(input_shape),
    )


def outcome(facts: Any) -> Facts | str:
    """The facts, or that they are refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Facts = facts()
    except (SpecError, RuntimeError, ValueError, ZeroDivisionError):
        return "refused"
    return found


@st.composite
def flawed(draw: st.DrawFn, *, transposed: bool) -> Any:
    """Layers of which about every third has one value that cannot be."""
    parameters, input_shape = draw(convolutions(transposed=transposed))
    parameters = symmetric(parameters)
    dims = len(parameters["kernel_size"])
    flaws = ["stride", "padding", "groups", "crop"]
    if not transposed:  # some of PyTorch's transposed kernels let dilation 0 through
        flaws.append("dilation")
    flaw = draw(st.sampled_from([None] * 8 + flaws))
    if flaw in ("stride", "dilation"):
        parameters[flaw] = (0,) * dims
    elif flaw == "padding":
        parameters[flaw] = (-1,) * dims
    elif flaw == "groups":
        parameters[flaw] = draw(st.integers(0, 5))
    elif flaw == "crop":
        parameters["padding"] = (draw(st.integers(3, 9)),) * dims
    return parameters, input_shape


def torch_kind(parameters: dict[str, Any], *, transposed: bool) -> Any:
    name = "ConvTranspose" if transposed else "Conv"
    return getattr(torch.nn, f"{name}{len(parameters['kernel_size'])}d")


@settings(max_examples=400, deadline=None)
@given(flawed(transposed=False))
def test_convolution(layer: Any) -> None:
    parameters, input_shape = layer
    kind = torch_kind(parameters, transposed=False)
    expected = outcome(lambda: theirs(kind(**parameters), input_shape))
    assert outcome(lambda: ours(Conv(**parameters), input_shape)) == expected


@settings(max_examples=400, deadline=None)
@given(flawed(transposed=True))
def test_transposed_convolution(layer: Any) -> None:
    parameters, input_shape = layer
    kind = torch_kind(parameters, transposed=True)
    expected = outcome(lambda: theirs(kind(**parameters), input_shape))
    assert outcome(lambda: ours(ConvTranspose(**parameters), input_shape)) == expected


@settings(max_examples=200, deadline=None)
@given(convolutions(), st.sampled_from(["same", "valid"]))
def test_named_padding(layer: Any, padding: str) -> None:
    parameters, input_shape = layer
    parameters |= {"stride": (1,) * (len(input_shape) - 1), "padding": padding}
    kind = torch_kind(parameters, transposed=False)
    expected = outcome(lambda: theirs(kind(**parameters), input_shape))
    assert outcome(lambda: ours(Conv(**parameters), input_shape)) == expected


@settings(max_examples=300, deadline=None)
@given(st.booleans().flatmap(lambda up: st.tuples(st.just(up), convolutions(transposed=up))))
def test_the_layer_in_pytorchs_words_is_the_same_layer(drawn: Any) -> None:
    """Asymmetric padding too, which PyTorch writes as a module of its own."""
    transposed, (parameters, input_shape) = drawn
    try:
        conv = (ConvTranspose if transposed else Conv)(**parameters)
        expected = ours(conv, input_shape)
    except SpecError:
        return
    text = pytorch_text(conv, input_shape)
    module = eval(text, vars(torch.nn))  # noqa: S307 - our own text is what is tried
    output_shape, weight_shape, params, _ = theirs(module, input_shape)
    assert (output_shape, weight_shape, params) == expected[:3]


@settings(max_examples=100, deadline=None)
@given(st.booleans().flatmap(lambda up: st.tuples(st.just(up), convolutions(transposed=up))))
def test_the_words_are_those_that_pytorch_prints(drawn: Any) -> None:
    transposed, (parameters, input_shape) = drawn
    parameters = symmetric(parameters)
    try:
        conv = (ConvTranspose if transposed else Conv)(**parameters)
        conv.output_shape(input_shape)
    except SpecError:
        return
    module = torch_kind(parameters, transposed=transposed)(**parameters)
    assert pytorch_text(conv, input_shape) == repr(module)


def test_a_published_size_of_input_is_possible_for_both() -> None:
    """The comparison itself can fail: one tap more is another layer."""
    assert prod(ours(Conv(3, 64, 7, stride=2, padding=3), (3, 224, 224))[0]) == 64 * 112 * 112
    assert theirs(torch.nn.Conv2d(3, 64, 7, stride=2, padding=3), (3, 224, 224)) != ours(
        Conv(3, 64, 8, stride=2, padding=3), (3, 224, 224)
    )
