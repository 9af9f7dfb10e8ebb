"""The operations of a network, each declared in one class."""

from convcalc.operations.base import Fields, Operation
from convcalc.operations.convolution import Conv, Convolution, ConvTranspose

__all__ = ["Conv", "ConvTranspose", "Convolution", "Fields", "Operation"]
