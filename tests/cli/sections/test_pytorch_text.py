"""Layers in PyTorch's words, as fixed texts; with PyTorch at hand they are tried for real too."""

import pytest

from convcalc import Conv, ConvTranspose
from convcalc_cli.sections.pytorch import pytorch_text

LINE, PLANE, SPACE = (4, 20), (4, 20, 30), (4, 8, 9, 10)

CASES = {
    "Conv1d(4, 8, kernel_size=(3,), stride=(1,))": (Conv(4, 8, 3, dims=1), LINE),
    "Conv2d(4, 8, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2), dilation=(2, 2), groups=2, "
    "bias=False)": (
        Conv(4, 8, (3, 5), stride=2, padding=(1, 2), dilation=2, groups=2, bias=False),
        PLANE,
    ),
    "Conv3d(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding='same')": (
        Conv(4, 8, 3, padding="same", dims=3),
        SPACE,
    ),
    # PyTorch pads the last dimension first.
    "Sequential(ZeroPad2d((3, 4, 1, 2)), Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1)))": (
        Conv(4, 8, 3, padding=((1, 2), (3, 4))),
        PLANE,
    ),
    "ConvTranspose2d(4, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), "
    "output_padding=(1, 1))": (
        ConvTranspose(4, 8, 3, stride=2, padding=1, output_padding=1),
        PLANE,
    ),
    "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), padding_mode='reflect')": (
        Conv(4, 8, 3, padding=1, padding_mode="reflect"),
        PLANE,
    ),
    "Conv1d(4, 8, kernel_size=(3,), stride=(1,), padding='same', padding_mode='replicate')": (
        Conv(4, 8, 3, padding="same", padding_mode="replicate", dims=1),
        LINE,
    ),
    # What only one side has stands before, in the module of its mode.
    "Sequential(CircularPad1d((4, 0)), Conv1d(4, 8, kernel_size=(3,), stride=(1,), "
    "dilation=(2,)))": (
        Conv(4, 8, 3, padding="causal", dilation=2, padding_mode="circular", dims=1),
        LINE,
    ),
    "Sequential(ConvTranspose2d(4, 8, kernel_size=(3, 3), stride=(2, 2)), "
    "ZeroPad2d((0, -1, 0, -1)))": (ConvTranspose(4, 8, 3, stride=2, padding="same"), PLANE),
    # A negative width crops.
    "Sequential(ConvTranspose2d(4, 8, kernel_size=(3, 3), stride=(1, 1)), "
    "ZeroPad2d((-1, 0, 0, -1)))": (ConvTranspose(4, 8, 3, padding=((0, 1), (1, 0))), PLANE),
}


@pytest.mark.parametrize("text", CASES)
def test_text(text: str) -> None:
    conv, input_shape = CASES[text]
    assert pytorch_text(conv, input_shape) == text
