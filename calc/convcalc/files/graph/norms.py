"""Norms, and other operations that keep a shape and learn something for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.files.graph.arranging import arranged
from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted, weighted_opaque


def by_channel(
    rows: Rows,
    word: str,
    tensor: Tensor,
    parameters: Mapping[str, Any],
    weights: Sequence[Weight] = (),
    *,
    channel_axis: int = 1,
    title: str | None = None,
) -> Tensor:
    """An operation that needs the channels first and takes any positions: norms, prelu.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 8, 4), channel_axis=3)
    >>> by_channel(rows, "batch_norm", image, {"affine": False}, channel_axis=3).sizes
    (1, 8, 8, 4)
    """
    channel = channel_axis % tensor.rank
    at = tensor.axes[channel]
    if at != 0:
        others = [axis for axis in tensor.without_batch if axis != channel]
        if len(others) >= MOST_AXES:
            others = [axis for axis in others if tensor.sizes[axis] > 1]
        tensor = arranged(rows, tensor, [channel, *others])
    return weighted(rows, word, tensor, parameters, weights, title=title)


def normalized(
    rows: Rows,
    word: str,
    tensor: Tensor,
    weights: Sequence[Weight],
    parameters: Mapping[str, Any] | None = None,
    *,
    affine: bool | str = True,
    channel_axis: int = 1,
) -> Tensor:
    """`batch_norm`, `instance_norm` or `group_norm`.

    Args:
        rows: where rows are made.
        word: the operation's name in the language.
        tensor: the value.
        weights: what is learned: the weight, the bias, or both.
        parameters: other parameters of the operation.
        affine: which of the two is learned, as the language has it.
        channel_axis: the axis of the file that holds the channels.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> weight = Weight("w", (4,), {"w": 4})
    >>> _ = normalized(rows, "batch_norm", image, [weight], affine="weight")
    >>> rows.layers[0]
    {'batch_norm': None, 'affine': 'weight', 'name': 'layer'}
    """
    default = word != "instance_norm"  # which learns nothing in the language by default
    given = {**(parameters or {}), **({} if affine is default else {"affine": affine})}
    return by_channel(rows, word, tensor, given, weights, channel_axis=channel_axis, title=word)


def layer_normalized(
    rows: Rows,
    tensor: Tensor,
    weights: Sequence[Weight],
    axes: Sequence[int],
    *,
    affine: bool | str = True,
    title: str = "LayerNorm",
) -> Tensor:
    """A layer norm over some axes of the file.

    >>> rows = Rows()
    >>> tokens = rows.input("x", (1, 197, 768), channel_axis=2)
    >>> learned = [Weight("w", (768,), {"w": 768}), Weight("b", (768,), {"b": 768})]
    >>> _ = layer_normalized(rows, tokens, learned, [2])
    >>> rows.layers[0]
    {'layer_norm': None, 'name': 'layer'}
    """
    given = {} if affine is True else {"affine": affine}
    over = [axis % tensor.rank for axis in axes]
    if len(over) == 1 and len(tensor.without_batch) <= MOST_AXES:
        channel = over[0]
        return by_channel(
            rows, "layer_norm", tensor, given, weights, channel_axis=channel, title=title
        )
    if over == tensor.without_batch and len(over) <= MOST_AXES:
        tensor = arranged(rows, tensor, over)
        return weighted(rows, "layer_norm", tensor, {"over": "all", **given}, weights, title=title)
    return learned_function(rows, title, tensor, weights)


def learned_function(rows: Rows, title: str, tensor: Tensor, weights: Sequence[Weight]) -> Tensor:
    """A function of a value that keeps its shape and multiplies nothing, but learns something.

    >>> rows = Rows()
    >>> tokens = rows.input("x", (1, 197, 768), channel_axis=2)
    >>> _ = learned_function(rows, "RMSNorm", tokens, [Weight("w", (768,), {"w": 768})])
    >>> rows.layers[0]["params"]
    768
    """
    return weighted_opaque(rows, title, [tensor], tensor.sizes, weights, macs="none")
