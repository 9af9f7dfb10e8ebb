"""The layer that flags describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.operations.convolution import Conv, Convolution, ConvTranspose
from convcalc.values import Shape, dims_of, per_dimension
from convcalc_cli.flags.values import FlagError, spread

KERNEL_SIZE = 3
SIZE = 64
DEFAULTS = {"kernel_size": KERNEL_SIZE, "size": SIZE}
"""What is taken where PyTorch has no default."""

FLAGS = (
    *("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"),
    *("bias", "size", "dims", "transposed", "output_padding"),
)
"""The parameters that make a layer and its input."""


def defaults_used(given: Mapping[str, Any]) -> dict[str, int]:
    """The values that are taken for what was left out.

    >>> defaults_used({"kernel_size": (3, 5), "size": None})
    {'size': 64}
    """
    return {name: value for name, value in DEFAULTS.items() if given[name] is None}


def layer_of(given: Mapping[str, Any]) -> tuple[Convolution, Shape]:
    """The convolution, and `(C, *spatial)` of its input.

    Raises:
        SpecError: there can be no such layer.
        FlagError: the channels are not given; that is said last.
    """
    dims, groups = given["dims"], given["groups"]
    filled = {**given, **defaults_used(given)}
    window = {name: filled[name] for name in ("kernel_size", "stride", "dilation")}
    window["padding"] = spread(given["padding"], dims)
    size, output_padding = filled["size"], given["output_padding"]
    dims_of(dims, **window, output_padding=output_padding, size=size)
    stand_in = max(groups, 1)
    channels = {
        name: stand_in if given[name] is None else given[name]
        for name in ("in_channels", "out_channels")
    }
    shared = {"groups": groups, "bias": given["bias"], "dims": dims, **window, **channels}
    conv = _convolution(given["transposed"], output_padding, shared)
    return conv, (conv.in_channels, *per_dimension("size", size, dims))


def require_channels(given: Mapping[str, Any]) -> None:
    """Asked for last, so that what is wrong with the other flags is said first.

    Raises:
        FlagError: a number of channels is not given.
    """
    flags = {"--in": "in_channels", "--out": "out_channels"}
    missing = [flag for flag, name in flags.items() if given[name] is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise FlagError(f"{' and '.join(missing)} {verb} missing (see convcalc layer --help)")


def _convolution(
    transposed: bool, output_padding: Any, parameters: Mapping[str, Any]
) -> Convolution:
    if transposed:
        return ConvTranspose(output_padding=output_padding or 0, **parameters)
    if output_padding is not None:
        fact = "{output_padding} is for transposed convolutions"
        raise SpecError(fact, output_padding=output_padding).suggesting(transposed=True)
    return Conv(**parameters)
