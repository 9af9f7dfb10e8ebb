"""A call of a layer as the functions see that make rows for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import BATCH, Tensor, Weight
from convcalc.files.keras.definitions import Layer
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.fields import Fields
from convcalc.files.keras.nested import found
from convcalc.values import Shape
from convcalc.wording import counted

DATA_FORMATS = ("channels_last", "channels_first")


@dataclass(frozen=True, slots=True)
class Site:
    """A call of a layer: what it reads, its config, and where rows are made for it.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 9, 3), channel_axis=3)
    >>> site = Site.alone(rows, "Conv2D", {"filters": 4}, image)
    >>> site.channel_axis(image), site.spatial_axes(image), site.weight("bias", 4).params
    (3, [1, 2], 4)
    """

    rows: Rows
    layer: Layer
    args: tuple[Any, ...]
    """What it is called with: tensors, in lists or not, and anything else."""
    kwargs: Mapping[str, Any]
    identity: int
    """What all calls of the layer have in common."""
    lead: int = 0
    """How many axes behind the batch axis the layer does not know of."""
    file_sizes: Mapping[int, Shape] = field(default_factory=dict)
    """Sizes of its outputs, as far as they are in the file."""
    read: frozenset[int] = frozenset()
    """Which of its outputs are read."""

    @classmethod
    def alone(cls, rows: Rows, class_name: str, config: Mapping[str, Any], *args: Any) -> Site:
        """A call of a layer that belongs to no model."""
        return cls(rows, Layer("alone", class_name, class_name, config, 1), args, {}, 0)

    @property
    def fields(self) -> Fields:
        """The config."""
        return Fields(self.layer.config)

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, in order; masks are left out."""
        named = [value for name, value in self.kwargs.items() if not name.endswith("mask")]
        return [*found(Tensor, [self.args, named])]

    @property
    def tensor(self) -> Tensor:
        """What the layer reads first."""
        found = self.tensors
        if not found:
            raise KerasError("the layer reads nothing")
        return found[0]

    @property
    def head(self) -> int:
        """How many axes stand before those that the layer works on: the batch, and others."""
        return 1 + self.lead

    def exactly(self, count: int) -> list[Tensor]:
        """What the layer reads, of which there must be some number."""
        found = self.tensors
        if len(found) != count:
            wanted = counted(count, "value")
            raise KerasError(f"the layer reads {counted(len(found), 'value')}, not {wanted}")
        return found

    def with_dims(self, dims: int) -> Tensor:
        """What the layer reads, which must have channels and some spatial dimensions."""
        tensor = self.tensor
        if tensor.rank != self.head + 1 + dims:
            raise KerasError(
                f"the layer needs channels and {counted(dims, 'spatial dimension')}, "
                f"but reads {self.sizes_text(tensor)}"
            )
        return tensor

    def channel_axis(self, tensor: Tensor, key: str = "data_format") -> int:
        """The axis of the channels, by the data format."""
        last = self.fields.word(key, DATA_FORMATS, "channels_last") == "channels_last"
        return tensor.rank - 1 if last else self.head

    def spatial_axes(self, tensor: Tensor) -> list[int]:
        """The axes behind the head that are not the channels'."""
        channel = self.channel_axis(tensor)
        return [axis for axis in range(self.head, tensor.rank) if axis != channel]

    def axes(self, key: str, tensor: Tensor, default: int = -1) -> tuple[int, ...]:
        """Axes of a tensor that a key of the config names."""
        found = self.fields.axes(key, tensor.rank - self.lead, default)
        return tuple([axis + self.lead for axis in found])

    def axis(self, key: str, tensor: Tensor, default: int = -1) -> int:
        """The one axis of a tensor that a key of the config names."""
        found = self.axes(key, tensor, default)
        if len(found) != 1:
            raise self.fields.wrong(key, "one axis")
        return found[0]

    def weight(self, role: str, *sizes: int) -> Weight:
        """Numbers that the layer learns; in each of its calls the same."""
        name = f"{self.layer.path}/{role}"
        return Weight(name, sizes, {(self.identity, role): prod(sizes)})

    def bias(self, size: int, default: bool = True) -> list[Weight]:
        """The bias, if there is one."""
        return [self.weight("bias", size)] if self.fields.flag("use_bias", default) else []

    def sizes_text(self, tensor: Tensor) -> str:
        """The sizes of a tensor without the batch."""
        return str(tensor.sizes[1:])


Mapper: TypeAlias = "Callable[[Site], Tensor | Sequence[Tensor]]"
"""Makes the rows of a call, and returns its output or all of them."""


def channels_last(sizes: Sequence[int]) -> Tensor:
    """A value with the last of its axes as channels, for rows that should be laid out so.

    >>> channels_last((1, 20, 8)).shape
    (8, 20)
    """
    axes = (BATCH, *range(1, len(sizes) - 1), 0) if len(sizes) > 1 else (BATCH,)
    return Tensor("", (*sizes[-1:], *sizes[1:-1]), tuple(sizes), axes)
