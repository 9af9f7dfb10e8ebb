"""A kernel sliding along one dimension: how far it reaches and how often it fits."""

from __future__ import annotations

from math import gcd


def span(kernel: int, dilation: int) -> int:
    """Positions from a kernel's first tap to its last, both included.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> span(3, 1), span(3, 4)
    (3, 9)
    """
    return dilation * (kernel - 1) + 1


def transposed_span(kernel: int, stride: int, dilation: int) -> int:
    """Inputs from the first to the last whose taps can fall on one output position.

    Every `stride / gcd`-th tap meets an input, and those inputs lie `dilation / gcd` apart.

    >>> transposed_span(4, 2, 1), transposed_span(3, 2, 3)
    (2, 4)
    """
    shared = gcd(stride, dilation)
    return (-(-kernel * shared // stride) - 1) * (dilation // shared) + 1


def output_size(size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int) -> int:
    """Output positions of a convolution; below 1 where the kernel does not fit.

    Source: the shape formula of PyTorch's Conv2d.

    >>> output_size(224, 7, 2, (3, 3), 1)
    112
    """
    return (size + sum(pads) - dilation * (kernel - 1) - 1) // stride + 1


def transposed_output_size(
    size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int, output_padding: int
) -> int:
    """Output positions of a transposed convolution.

    Source: the shape formula of PyTorch's ConvTranspose2d.

    >>> transposed_output_size(32, 4, 2, (1, 1), 1, 0)
    64
    """
    return (size - 1) * stride - sum(pads) + dilation * (kernel - 1) + output_padding + 1


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Low and high padding for an output of `ceil(size / stride)`, the odd one at the high side.

    Source: PyTorch's `padding='same'` at stride 1; ONNX's SAME_UPPER at any stride.

    >>> same_padding(32, 4, 1, 1), same_padding(224, 3, 2, 1)
    ((1, 2), (0, 1))
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + span(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def transposed_same(kernel: int, stride: int, dilation: int) -> tuple[tuple[int, int], int]:
    """Padding and output padding with which a transposed convolution gives `size * stride`.

    What is too much is cut off, the odd position at the high side; what is missing is added there.

    Source: Keras's `padding="same"` and ONNX's SAME_UPPER of ConvTranspose.

    >>> transposed_same(3, 2, 1), transposed_same(4, 2, 1), transposed_same(2, 3, 1)
    (((0, 1), 0), ((1, 1), 0), ((0, 0), 1))
    """
    more = span(kernel, dilation) - stride
    cut = max(more, 0)
    return (cut // 2, cut - cut // 2), max(-more, 0)


def pooled_size(
    size: int,
    kernel: int,
    stride: int,
    pads: tuple[int, int],
    dilation: int,
    ceil_mode: bool,
) -> int:
    """Output positions of a pooling; in ceil mode the last window may hang over the high side.

    It must start inside the input or its low padding.

    Source: the shape formula of PyTorch's MaxPool2d.

    >>> pooled_size(55, 3, 2, (0, 0), 1, False), pooled_size(54, 3, 2, (0, 0), 1, True)
    (27, 27)
    """
    if not ceil_mode:
        return output_size(size, kernel, stride, pads, dilation)
    room = size + sum(pads) - dilation * (kernel - 1) - 1
    outputs = -(-room // stride) + 1
    return outputs - 1 if (outputs - 1) * stride >= size + pads[0] else outputs
