"""Multiply-accumulates of products, from the sizes of what they read and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from convcalc.values import Shape

SHARED = {
    "mm": "self",
    "addmm": "mat1",
    "_addmm_activation": "mat1",
    "bmm": "self",
    "baddbmm": "batch1",
    "addbmm": "batch1",
    "mv": "self",
    "addmv": "mat",
    "dot": "self",
    "vdot": "self",
}
"""Products, and which operand's last axis their sums run over."""

CONVOLUTIONS = ("convolution", "convolution_overrideable", "_convolution")
ATTENTIONS = (
    "scaled_dot_product_attention",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_cudnn_attention",
    "_scaled_dot_product_attention_math",
    "_scaled_dot_product_fused_attention_overrideable",
)
VECTORS = frozenset(["mv", "addmv", "dot", "vdot"])
"""Products that PyTorch's own counter leaves out; of weights alone they are left out here, too."""
PRODUCTS = frozenset([*SHARED, *CONVOLUTIONS, *ATTENTIONS])


def products(
    name: str, sizes: Callable[[str], Shape], output: Shape, arguments: Mapping[str, Any]
) -> int:
    """The multiply-accumulates of a call that is a product.

    Args:
        name: its name.
        sizes: gives the sizes of an argument.
        output: the sizes of what it gives.
        arguments: all its arguments.

    >>> shapes = {"mat1": (1, 512), "mat2": (512, 1000)}
    >>> products("addmm", shapes.__getitem__, (1, 1000), {})
    512000
    """
    if name in CONVOLUTIONS:
        over = sizes("input") if arguments.get("transposed") else output
        return prod(over) * prod(sizes("weight")[1:])
    if name in ATTENTIONS:
        query, key, value = sizes("query"), sizes("key"), sizes("value")
        return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
    operand = sizes(SHARED[name])
    if name == "addbmm":
        return prod(operand) * output[-1]
    return prod(output) * operand[-1]
