"""A convolution in PyTorch's words."""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.operations.convolution import Conv, Convolution
from convcalc.operations.transposed import ConvTranspose
from convcalc.values import Pads, Shape


def pytorch_text(conv: Convolution, input_shape: Shape) -> str:
    """The PyTorch modules that are this layer, ready to be pasted behind `torch.nn.`.

    Padding that PyTorch's convolutions do not have is a module of its own.

    >>> pytorch_text(Conv(16, 32, 3, groups=4), (16, 64, 64))
    'Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), groups=4)'
    >>> pytorch_text(Conv(3, 8, 3, stride=2, padding="same"), (3, 224, 224))
    'Sequential(ZeroPad2d((0, 1, 0, 1)), Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2)))'
    """
    pads = conv.pads(input_shape)
    if conv.padding == "same" and conv.stride == (1,) * conv.dims:
        return _module(conv, ["padding='same'"])
    if all(low == high for low, high in pads):
        lows = tuple([low for low, _ in pads])
        return _module(conv, [f"padding={lows}"] if any(lows) else [])
    if isinstance(conv, ConvTranspose):
        return f"Sequential({_module(conv, [])}, {_zero_pad(pads, -1)})"
    return f"Sequential({_zero_pad(pads, 1)}, {_module(conv, [])})"


def _module(conv: Convolution, padding: Iterable[str]) -> str:
    plain = (1,) * conv.dims
    settings = [str(conv.in_channels), str(conv.out_channels)]
    settings += [f"kernel_size={conv.kernel_size}", f"stride={conv.stride}", *padding]
    if conv.dilation != plain:
        settings.append(f"dilation={conv.dilation}")
    if isinstance(conv, ConvTranspose) and any(conv.output_padding):
        settings.append(f"output_padding={conv.output_padding}")
    if conv.groups > 1:
        settings.append(f"groups={conv.groups}")
    if not conv.bias:
        settings.append("bias=False")
    name = "Conv" if isinstance(conv, Conv) else "ConvTranspose"
    return f"{name}{conv.dims}d({', '.join(settings)})"


def _zero_pad(pads: Pads, sign: int) -> str:
    """PyTorch names the last dimension first; a negative number crops."""
    widths = tuple([sign * width for pair in reversed(pads) for width in pair])
    return f"ZeroPad{len(pads)}d({widths})"
