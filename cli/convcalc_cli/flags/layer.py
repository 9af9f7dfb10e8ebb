"""The layer that flags describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.operations.convolution import Conv, Convolution
from convcalc.operations.padding_modes import ZEROS
from convcalc.operations.transposed import ConvTranspose
from convcalc.records import NamedTuple
from convcalc.values import Shape, dims_of, per_dimension
from convcalc_cli.flags.values import FlagError, flag_of, spread

KERNEL_SIZE = 3
SIZE = 64
DEFAULTS = {"kernel_size": KERNEL_SIZE, "size": SIZE}
"""What is taken where PyTorch has no default."""


class LayerFlags(NamedTuple):
    """The flags that describe a layer and its input, with their defaults.

    >>> LayerFlags(kernel_size=(3, 5)).defaults_used
    {'size': 64}
    """

    in_channels: int | None = None
    out_channels: int | None = None
    kernel_size: Any = None
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: int = 1
    bias: bool = True
    size: Any = None
    dims: int = 2
    transposed: bool = False
    output_padding: Any = None
    padding_mode: str = ZEROS

    @property
    def defaults_used(self) -> dict[str, Any]:
        """The defaults that PyTorch does not have, where no value is given."""
        return {name: value for name, value in DEFAULTS.items() if getattr(self, name) is None}


def layer_of(flags: LayerFlags) -> tuple[Convolution, Shape]:
    """The convolution, and `(C, *spatial)` of its input.

    Raises:
        SpecError: there can be no such layer.
        FlagError: the channels are not given; that is said last.
    """
    filled = flags._replace(**flags.defaults_used)
    dims, groups, size = flags.dims, flags.groups, filled.size
    window = {
        "kernel_size": filled.kernel_size,
        "stride": flags.stride,
        "dilation": flags.dilation,
        "padding": spread(flags.padding, dims),
    }
    dims_of(dims, **window, output_padding=flags.output_padding, size=size)
    stand_in = max(groups, 1)
    channels = {
        "in_channels": stand_in if flags.in_channels is None else flags.in_channels,
        "out_channels": stand_in if flags.out_channels is None else flags.out_channels,
    }
    shared = {"groups": groups, "bias": flags.bias, "dims": dims, **window, **channels}
    conv = _convolution(flags, shared)
    return conv, (conv.in_channels, *per_dimension("size", size, dims))


def require_channels(flags: LayerFlags) -> None:
    """Checked last, so that errors in other flags are reported first.

    Raises:
        FlagError: a number of channels is not given.
    """
    channels = ("in_channels", "out_channels")
    missing = [flag_of(name) for name in channels if getattr(flags, name) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise FlagError(f"{' and '.join(missing)} {verb} missing (see convcalc layer --help)")


def _convolution(flags: LayerFlags, parameters: Mapping[str, Any]) -> Convolution:
    output_padding, padding_mode = flags.output_padding, flags.padding_mode
    if flags.transposed:
        if padding_mode != ZEROS:
            fact = "{padding_mode} has no meaning for a transposed convolution"
            raise SpecError(fact, padding_mode=padding_mode)
        return ConvTranspose(output_padding=output_padding or 0, **parameters)
    if output_padding is not None:
        fact = "{output_padding} needs a transposed convolution"
        raise SpecError(fact, output_padding=output_padding).suggesting(transposed=True)
    return Conv(padding_mode=padding_mode, **parameters)
