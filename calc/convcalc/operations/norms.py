"""Normalisations: two learned numbers for each channel when affine, the shape as it is."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc.operations.base import ShapeKeeping, with_channels
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, flag, whole


class Norm(ShapeKeeping):
    """What the normalisations share."""

    __slots__ = ("num_features", "affine")

    num_features: int
    affine: bool

    def __init__(self, num_features: int, *, affine: bool = True) -> None:
        self._fill(num_features=whole("num_features", num_features), affine=flag("affine", affine))

    @property
    def weights(self) -> dict[str, Shape]:
        """`(C,)` twice when affine; running statistics are no parameters."""
        if not self.affine:
            return {}
        return {"weight": (self.num_features,), "bias": (self.num_features,)}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input, which has `num_features` channels."""
        return with_channels("num_features", self.num_features, input_shape)


class BatchNorm(Norm):
    """Normalisation over the batch and the positions; in use, a factor for each channel.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html

    >>> BatchNorm(64).params
    128
    """

    __slots__ = ()
    word = "batch_norm"


class LayerNorm(Norm):
    """Normalisation over the channels of each position.

    Source: Liu et al., "A ConvNet for the 2020s", 2022 (channels-first layer norm).

    >>> LayerNorm(96).params
    192
    """

    __slots__ = ()
    word = "layer_norm"


class InstanceNorm(Norm):
    """Normalisation of each channel over all its positions.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html

    >>> InstanceNorm(64).params, InstanceNorm(64, affine=True).params
    (0, 128)
    """

    __slots__ = ()
    word = "instance_norm"
    global_context = True

    def __init__(self, num_features: int, *, affine: bool = False) -> None:
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

    def __init__(self, num_features: int, num_groups: int, *, affine: bool = True) -> None:
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


AFFINE = {"affine": ParameterKind.FLAG}
CHANNELS = ("num_features",)

DECLARATIONS = (
    Declaration("batch_norm", BatchNorm, None, AFFINE, CHANNELS),
    Declaration("layer_norm", LayerNorm, None, AFFINE, CHANNELS),
    Declaration("instance_norm", InstanceNorm, None, AFFINE, CHANNELS),
    Declaration(
        "group_norm",
        GroupNorm,
        "num_groups",
        {"num_groups": ParameterKind.WHOLE, **AFFINE},
        CHANNELS,
    ),
    Declaration("local_response_norm", LocalResponseNorm, "size", {"size": ParameterKind.WHOLE}),
)
