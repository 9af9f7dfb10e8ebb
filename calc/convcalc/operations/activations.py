"""Operations that leave the shape as it is and work in place: activations, dropout, layer scale."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import SpecError
from convcalc.operations.base import ShapeKeeping, with_channels
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, number, shape_of, whole

PLAIN = (
    "relu",
    "relu6",
    "selu",
    "gelu",
    "silu",
    "mish",
    "hardswish",
    "hardsigmoid",
    "sigmoid",
    "tanh",
    "softmax",
)
WITH_A_NUMBER = ("leaky_relu", "elu", "softplus", "dropout")


class Elementwise(ShapeKeeping):
    """Any of the operations that neither learn nor change the shape.

    Args:
        word: its name in the language.
        parameter: its one number, where it has one; it moves no figure.

    Raises:
        SpecError: there is no such operation, or the parameter is not a number.

    >>> Elementwise("relu").output_shape((64, 56, 56))
    (64, 56, 56)
    """

    __slots__ = ("word", "parameter")

    word: str  # type: ignore[misc] # one class for many words
    parameter: float | None

    def __init__(self, word: str, parameter: float | None = None) -> None:
        if word not in (*PLAIN, *WITH_A_NUMBER):
            raise SpecError("unknown operation {word}", word=word)
        if (parameter is None) != (word in PLAIN):
            has = "has no" if word in PLAIN else "needs a"
            raise SpecError(f"{{word}} {has} parameter", word=word)
        self._fill(
            word=word, parameter=None if parameter is None else number("parameter", parameter)
        )


class Identity(ShapeKeeping):
    """What goes in comes out, without a copy.

    >>> Identity().output_shape((64, 56, 56))
    (64, 56, 56)
    """

    __slots__ = ()

    word = "identity"
    in_place = False
    is_view = True


class PReLU(ShapeKeeping):
    """A ReLU that learns its slope: one, or one for each channel.

    Raises:
        SpecError: `num_parameters` is neither 1 nor the number of channels.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html

    >>> PReLU(64).weights
    {'weight': (64,)}
    """

    __slots__ = ("num_parameters",)

    num_parameters: int
    word = "prelu"

    def __init__(self, num_parameters: int = 1) -> None:
        self._fill(num_parameters=whole("num_parameters", num_parameters))

    @property
    def weights(self) -> dict[str, Shape]:
        """`(num_parameters,)`."""
        return {"weight": (self.num_parameters,)}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        shape = shape_of("input_shape", input_shape)
        if self.num_parameters not in (1, shape[0]):
            raise SpecError(
                "{num_parameters} is neither 1 nor the channels of {input_shape}",
                num_parameters=self.num_parameters,
                input_shape=shape,
            )
        return shape

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of the input: `num_parameters` is a file's own, and is looked at."""
        return self.output_shape(*input_shapes)


class LayerScale(ShapeKeeping):
    """One learned factor for each channel.

    Source: Touvron et al., "Going deeper with Image Transformers", 2021, section 2.

    >>> LayerScale(96).params
    96
    """

    __slots__ = ("num_features",)

    num_features: int
    word = "layer_scale"

    def __init__(self, num_features: int) -> None:
        self._fill(num_features=whole("num_features", num_features))

    @property
    def weights(self) -> dict[str, Shape]:
        """`(C,)`."""
        return {"weight": (self.num_features,)}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input, which has `num_features` channels."""
        return with_channels("num_features", self.num_features, input_shape)


def _plain(word: str) -> Declaration:
    return Declaration(word, lambda: Elementwise(word))


def leaky_relu(negative_slope: float = 0.01) -> Elementwise:
    """A ReLU with a slope below zero.

    >>> leaky_relu(0.2).parameter
    0.2
    """
    return Elementwise("leaky_relu", number("negative_slope", negative_slope))


def elu(alpha: float = 1.0) -> Elementwise:
    """An exponential linear unit.

    >>> elu().word
    'elu'
    """
    return Elementwise("elu", number("alpha", alpha))


def softplus(beta: float = 1.0) -> Elementwise:
    """A smooth ReLU.

    Raises:
        SpecError: `beta` is 0, by which it divides.

    >>> softplus().word
    'softplus'
    """
    if number("beta", beta) == 0:
        raise SpecError("{beta} leaves nothing to divide by", beta=beta)
    return Elementwise("softplus", beta)


def dropout(p: float = 0.5) -> Elementwise:
    """Noise in training, nothing in use.

    Raises:
        SpecError: `p` is no probability.

    >>> dropout(0.2).word
    'dropout'
    """
    if not 0 <= number("p", p) <= 1:
        raise SpecError("{p} is not from 0 to 1", p=p)
    return Elementwise("dropout", p)


DECLARATIONS = (
    *map(_plain, PLAIN),
    Declaration("identity", Identity),
    Declaration(
        "leaky_relu", leaky_relu, "negative_slope", {"negative_slope": ParameterKind.NUMBER}
    ),
    Declaration("elu", elu, "alpha", {"alpha": ParameterKind.NUMBER}),
    Declaration("softplus", softplus, "beta", {"beta": ParameterKind.NUMBER}),
    Declaration("dropout", dropout, "p", {"p": ParameterKind.NUMBER}),
    Declaration("prelu", PReLU, "num_parameters", {"num_parameters": ParameterKind.WHOLE}),
    Declaration("layer_scale", LayerScale, needs=("num_features",)),
)
