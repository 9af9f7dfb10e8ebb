"""A convolution in PyTorch's words."""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.operations.convolution import Conv, Convolution
from convcalc.operations.padding_modes import ZEROS
from convcalc.operations.transposed import ConvTranspose
from convcalc.values import Pads, Shape

PADS = {
    "zeros": "ZeroPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}
"""PyTorch's modules that pad, by the padding mode."""


def pytorch_text(conv: Convolution, input_shape: Shape) -> str:
    """The PyTorch modules that are this layer, ready to be pasted behind `torch.nn.`.

    Padding that PyTorch's convolutions do not have is a module of its own.

    >>> pytorch_text(Conv(16, 32, 3, groups=4), (16, 64, 64))
    'Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), groups=4)'
    >>> pytorch_text(Conv(3, 8, 3, stride=2, padding="same"), (3, 224, 224))
    'Sequential(ZeroPad2d((0, 1, 0, 1)), Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2)))'
    >>> pytorch_text(Conv(3, 8, 3, padding=1, padding_mode="reflect", dims=1), (3, 9))
    "Conv1d(3, 8, kernel_size=(3,), stride=(1,), padding=(1,), padding_mode='reflect')"
    """
    pads = conv.pads(input_shape)
    mode = conv.padding_mode if isinstance(conv, Conv) else ZEROS
    if conv.padding == "same" and conv.stride == (1,) * conv.dims:
        return _module(conv, ["padding='same'"])
    if all(low == high for low, high in pads):
        lows = tuple([low for low, _ in pads])
        return _module(conv, [f"padding={lows}"] if any(lows) else [])
    if isinstance(conv, ConvTranspose):
        return f"Sequential({_module(conv, [])}, {_pad(pads, -1)})"
    plain = conv.replace(padding=0, padding_mode=ZEROS)
    return f"Sequential({_pad(pads, 1, mode)}, {_module(plain, [])})"


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
    if isinstance(conv, Conv) and conv.padding_mode != ZEROS:
        settings.append(f"padding_mode={conv.padding_mode!r}")
    name = "Conv" if isinstance(conv, Conv) else "ConvTranspose"
    return f"{name}{conv.dims}d({', '.join(settings)})"


def _pad(pads: Pads, sign: int, mode: str = ZEROS) -> str:
    """PyTorch names the last dimension first; a negative number crops."""
    widths = tuple([sign * width for pair in reversed(pads) for width in pair])
    return f"{PADS[mode]}{len(pads)}d({widths})"
