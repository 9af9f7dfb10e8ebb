"""How the code of a module writes what it computes, which most counters depend on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcalc.files.pytorch.recording import Call
from convcalc.language.styles import ACTIVATIONS, NORMS, STYLES
from convcalc.styles import FUNCTIONAL, LINEAR, MEAN, METHOD, OTHER, SUBCLASS

LAYERS = "torch.nn.modules."
"""The package of the layers of `torch.nn`; its module `module` has their base class."""
WHOLE = ("local_response_norm",)
"""Functions that are one call, whatever they call themselves."""
PADDING = 4
"""The place of the padding among the arguments of a convolution."""

COUNTED_LAYERS = """
    conv conv_transpose linear batch_norm layer_norm instance_norm group_norm local_response_norm
    relu relu6 gelu silu elu leaky_relu prelu softmax
    max_pool avg_pool adaptive_max_pool adaptive_avg_pool upsample
"""
LAYER_WORDS = {word.replace("_", ""): word for word in COUNTED_LAYERS.split()}
"""The words of rows by the layers of `torch.nn`, of those that some counter counts beside MACs."""
FUNCTIONS = ("torch.add", "torch.mul")
"""Functions that some counters see; the operators they do not."""
PRODUCTS = [
    "torch.matmul",
    "torch.bmm",
    ".matmul",
    ".__matmul__",
    ".bmm",
    "torch.einsum",
    "scaled_dot_product_attention",
]
METHODS, MEANS = STYLES[METHOD] or (), STYLES[MEAN] or ()
DIMENSIONS = re.compile("[123]d$")
LINEAR_LAYER = "Linear"
DERIVED = ("Softmax2d",)
"""Layers that counters do not look up as the one that they are named after."""
OTHER_LAYERS = ("SyncBatchNorm", "UpsamplingNearest2d", "UpsamplingBilinear2d")
"""Layers that some counters know and others do not."""
OTHER_RESIZES = "_upsample_"
"""How functions begin that resize in a way of their own, such as `nearest-exact`."""


def layer_of(kind: type) -> tuple[str, bool]:
    """The layer of `torch.nn` that a class is or is derived from, and whether it is derived.

    >>> layer_of(int)
    ('', False)
    """
    for each in kind.__mro__:
        if each.__module__.startswith(LAYERS) and each.__module__ != f"{LAYERS}module":
            return each.__name__, each is not kind
    return "", False


def function_of(torch: Any, function: Any) -> str:
    """The name of a function: as it is of `torch.nn.functional`, else `torch.relu` or `.relu`."""
    name = str(getattr(function, "__name__", ""))
    if getattr(torch.nn.functional, name, None) is function:
        return name
    return f"torch.{name}" if getattr(torch, name, None) is function else f".{name}"


def watching(called: Callable[[Any, Sequence[Any], Mapping[str, Any]], Any]) -> Any:
    """A context in which the functions of PyTorch are called by `called`, with their arguments."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            del types
            return called(function, args, kwargs or {})

    return Mode()


def made_contiguous(name: str, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments of a function; a linear layer of other values would be a product and a sum."""
    if name == "linear" and args and str(args[0].layout) == "torch.strided":
        return [args[0].contiguous(), *args[1:]]
    return args


def padding_word(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The padding of a convolution, if it is a word."""
    padding = kwargs.get("padding", args[PADDING] if len(args) > PADDING else None)
    return padding if isinstance(padding, str) else ""


def size_given(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a function that resizes is given the size, not factors.

    >>> size_given(["x", (9, 7)], {}), size_given(["x"], {"scale_factor": 2})
    (True, False)
    """
    return kwargs.get("size", args[1] if len(args) > 1 else None) is not None


def style_of(row: Mapping[str, Any], call: Call) -> str:
    """The style of a row of a call, as the network language has it; empty for a layer.

    >>> from convcalc.files.pytorch.recording import Written
    >>> relu = Call("relu", {}, [], "net", True, written=Written("ReLU", False, "relu"))
    >>> row = {"relu": None}
    >>> style_of(row, relu), style_of(row, relu._replace(written=Written(function="relu")))
    ('', 'functional')
    """
    layer, is_derived, function, *_ = call.written
    word = next(iter(row))
    if word not in LAYER_WORDS.values():
        is_product = word == "matmul" and function in PRODUCTS
        return FUNCTIONAL if is_product or function in FUNCTIONS else ""
    if _is_other(row, call):
        return OTHER
    if layer == LINEAR_LAYER and word == "conv" and not is_derived:
        return LINEAR
    if layer == LINEAR_LAYER or _word_of(layer) == word:
        return SUBCLASS if is_derived or layer in DERIVED else ""
    return _without_layer(word, function)


def _is_other(row: Mapping[str, Any], call: Call) -> bool:
    """Whether it is another class than the layer of the row, or has a setting that rows have not:
    a way to blend values, a factor that is not whole, a norm by statistics of another."""
    word, layer = next(iter(row)), call.written.layer
    if word == "upsample":
        is_factor_lost = row.get("size") is not None and not call.written.has_size
        return layer in OTHER_LAYERS or call.name.startswith(OTHER_RESIZES) or is_factor_lost
    return layer in OTHER_LAYERS or (word in NORMS and _word_of(layer) in {*NORMS} - {word})


def _word_of(layer: str) -> str:
    """The word of a layer: ConvTranspose2d is conv_transpose."""
    name = DIMENSIONS.sub("", layer).lower()
    return "upsample" if name.startswith("upsampl") else LAYER_WORDS.get(name, "")


def _without_layer(word: str, function: str) -> str:
    """The style of what no layer of its own computes."""
    if function and "." not in function and (word not in ACTIVATIONS or function == word):
        return FUNCTIONAL
    if word in MEANS:
        return MEAN
    return METHOD if word in METHODS else FUNCTIONAL
