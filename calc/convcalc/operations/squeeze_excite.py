"""Squeeze and excitation, written as one step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from convcalc.operations.activations import PLAIN, Elementwise
from convcalc.operations.base import OWN_INPUT, Composite, Operation
from convcalc.operations.convolution import Conv
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.merging import Multiply
from convcalc.operations.pooling import AdaptiveAvgPool
from convcalc.values import dims_of, one_of, whole

FUNCTIONS = tuple([word for word in PLAIN if word != "softmax"])


class SqueezeExcite(Composite):
    """Each channel times a weight between 0 and 1 that the means of all channels decide.

    Args:
        in_channels: channels in and out.
        squeeze_channels: channels between the two convolutions.
        activation: what stands between them.
        gate: what makes a weight of what they give.
        dims: spatial dimensions.

    Source: Hu et al., "Squeeze-and-Excitation Networks", 2018, section 3; the convolutions have
    biases, as in torchvision.ops.SqueezeExcitation.

    >>> SqueezeExcite(64, 16).params, SqueezeExcite(64, 16).output_shape((64, 28, 28))
    (2128, (64, 28, 28))
    """

    __slots__ = ("in_channels", "squeeze_channels", "activation", "gate", "dims")
    in_channels: int
    squeeze_channels: int
    activation: str
    gate: str
    dims: int
    word = "squeeze_excite"

    def __init__(
        self,
        in_channels: int,
        squeeze_channels: int,
        *,
        activation: str = "relu",
        gate: str = "sigmoid",
        dims: int | None = None,
    ) -> None:
        self._fill(
            in_channels=whole("in_channels", in_channels),
            squeeze_channels=whole("squeeze_channels", squeeze_channels),
            activation=one_of("activation", activation, FUNCTIONS),
            gate=one_of("gate", gate, FUNCTIONS),
            dims=dims_of(dims),
        )

    @property
    def parts(self) -> Mapping[str, Operation]:
        """The operations in the order they run, by short names.

        >>> list(SqueezeExcite(64, 16).parts)
        ['pool', 'reduce', 'relu', 'expand', 'sigmoid', 'multiply']
        """
        return _parts(**self.arguments())

    @property
    def part_inputs(self) -> Mapping[str, tuple[str, ...]]:
        """The last part multiplies the input by the weights."""
        return {"multiply": (OWN_INPUT, list(self.parts)[-2])}


@lru_cache(1024)  # equal layers of a network share their parts
def _parts(
    in_channels: int, squeeze_channels: int, activation: str, gate: str, dims: int
) -> Mapping[str, Operation]:
    second = gate if gate != activation else f"{gate}_2"
    return {
        "pool": AdaptiveAvgPool((1,) * dims),
        "reduce": Conv(in_channels, squeeze_channels, (1,) * dims),
        activation: Elementwise(activation),
        "expand": Conv(squeeze_channels, in_channels, (1,) * dims),
        second: Elementwise(gate),
        "multiply": Multiply(),
    }


DECLARATIONS = (
    Declaration(
        "squeeze_excite",
        SqueezeExcite,
        "squeeze_channels",
        {
            "squeeze_channels": ParameterKind.WHOLE,
            "activation": ParameterKind.CHOICE,
            "gate": ParameterKind.CHOICE,
        },
        ("in_channels", "dims"),
        {"activation": FUNCTIONS, "gate": FUNCTIONS},
    ),
)
