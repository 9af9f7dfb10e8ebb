"""Normalisations: two learned numbers for each channel when affine, the shape as it is."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from convcalc.errors import SpecError
from convcalc.operations.base import ShapeKeeping, with_channels
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, one_of, shape_of, whole

LEARNED = (True, False, "weight", "bias")
"""What `affine` may be: both arrays are learned, none, or one of them."""
OVER = ("channels", "all")
"""What a layer norm is over."""


class Norm(ShapeKeeping):
    """What the normalisations share.

    Args:
        num_features: the channels of the input.
        affine: whether a weight and a bias are learned, or which of the two.
    """

    __slots__ = ("num_features", "affine")

    num_features: Any
    affine: bool | str

    def __init__(self, num_features: int, *, affine: bool | str = True) -> None:
        self._fill(
            num_features=whole("num_features", num_features),
            affine=one_of("affine", affine, LEARNED),
        )

    @property
    def weights(self) -> dict[str, Shape]:
        """`(C,)` for each of the two that is learned; running statistics are no parameters.

        >>> BatchNorm(64, affine="bias").weights, BatchNorm(64, affine=False).weights
        ({'bias': (64,)}, {})
        """
        return dict.fromkeys(learned(self.affine), (self.num_features,))

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input, which has `num_features` channels."""
        return with_channels("num_features", self.num_features, input_shape)


def learned(affine: bool | str) -> tuple[str, ...]:
    """The names of the arrays that a norm learns.

    >>> learned(True), learned("bias"), learned(False)
    (('weight', 'bias'), ('bias',), ())
    """
    return tuple([name for name in ("weight", "bias") if affine in (True, name)])


class BatchNorm(Norm):
    """Normalisation over the batch and the positions; in use, a factor for each channel.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html

    >>> BatchNorm(64).params
    128
    """

    __slots__ = ()
    word = "batch_norm"


class LayerNorm(Norm):
    """Normalisation over the channels of each position, or over all values.

    Args:
        num_features: the channels of the input; its whole shape where `over` is `all`.
        affine: whether a weight and a bias are learned, or which of the two.
        over: `channels`, or `all`: then the weight and the bias have the shape of the input.

    Source: Liu et al., "A ConvNet for the 2020s", 2022 (channels-first layer norm); over all,
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html

    >>> LayerNorm(96).params, LayerNorm((96, 7, 7), over="all").params
    (192, 9408)
    """

    __slots__ = ("over",)
    word = "layer_norm"
    unset = MappingProxyType({"over": "channels"})
    over: str

    def __init__(
        self,
        num_features: int | Shape,
        *,
        affine: bool | str = True,
        over: str = "channels",
    ) -> None:
        over_all = one_of("over", over, OVER) == "all"
        take: Callable[..., Any] = shape_of if over_all else whole
        self._fill(
            num_features=take("num_features", num_features),
            affine=one_of("affine", affine, LEARNED),
            over=over,
        )

    @property
    def weights(self) -> dict[str, Shape]:
        """`(C,)` for each of the two that is learned, or the whole shape over all."""
        shape = self.num_features if self.over == "all" else (self.num_features,)
        return dict.fromkeys(learned(self.affine), shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input, which is made for this norm."""
        if self.over != "all":
            return super().output_shape(input_shape)
        shape = shape_of("input_shape", input_shape)
        if shape != self.num_features:
            fact = "{input_shape} is not {num_features}"
            raise SpecError(fact, input_shape=shape, num_features=self.num_features)
        return shape

    @property
    def global_context(self) -> bool:
        """Whether it is over all values."""
        return self.over == "all"


def layer_norm(
    num_features: int,
    *,
    shape: Shape | None = None,
    affine: bool | str = True,
    over: str = "channels",
) -> LayerNorm:
    """Normalisation over the channels of each position, or over all values.

    Raises:
        SpecError: it is over all, and the shape is not known.

    >>> layer_norm(96, shape=(96, 7, 7), over="all").weights["weight"]
    (96, 7, 7)
    """
    if over != "all":
        return LayerNorm(num_features, affine=affine, over=over)
    if shape is None:
        raise SpecError("{over} needs the shape of the input", over=over)
    return LayerNorm(shape, affine=affine, over=over)


class InstanceNorm(Norm):
    """Normalisation of each channel over all its positions.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html

    >>> InstanceNorm(64).params, InstanceNorm(64, affine=True).params
    (0, 128)
    """

    __slots__ = ()
    word = "instance_norm"
    global_context = True

    def __init__(self, num_features: int, *, affine: bool | str = False) -> None:
        super().__init__(num_features, affine=affine)


class GroupNorm(Norm):
    """Normalisation of groups of channels over all their positions.

    Raises:
        SpecError: `num_groups` does not divide the channels.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html

    >>> GroupNorm(64, 8).params
    128
    """

    __slots__ = ("num_groups",)
    word = "group_norm"
    global_context = True
    num_groups: int

    def __init__(self, num_features: int, num_groups: int, *, affine: bool | str = True) -> None:
        super().__init__(num_features, affine=affine)
        self._fill(num_groups=whole("num_groups", num_groups))
        if num_features % num_groups:
            raise SpecError(
                "{num_groups} does not divide {in_channels}",
                num_groups=num_groups,
                in_channels=num_features,
            )


class LocalResponseNorm(ShapeKeeping):
    """Normalisation over neighbouring channels; nothing is learned.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html

    >>> LocalResponseNorm(5).params
    0
    """

    __slots__ = ("size",)
    word = "local_response_norm"
    size: int

    def __init__(self, size: int) -> None:
        self._fill(size=whole("size", size))


AFFINE = {"affine": ParameterKind.CHOICE}
CHOICES = {"affine": LEARNED}
CHANNELS = ("num_features",)

DECLARATIONS = (
    Declaration("batch_norm", BatchNorm, None, AFFINE, CHANNELS, CHOICES),
    Declaration(
        "layer_norm",
        layer_norm,
        None,
        {**AFFINE, "over": ParameterKind.CHOICE},
        (*CHANNELS, "shape"),
        {**CHOICES, "over": OVER},
    ),
    Declaration("instance_norm", InstanceNorm, None, AFFINE, CHANNELS, CHOICES),
    Declaration(
        "group_norm",
        GroupNorm,
        "num_groups",
        {"num_groups": ParameterKind.WHOLE, **AFFINE},
        CHANNELS,
        CHOICES,
    ),
    Declaration("local_response_norm", LocalResponseNorm, "size", {"size": ParameterKind.WHOLE}),
)
