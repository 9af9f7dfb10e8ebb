"""A layer that is being converted: its settings, what it reads, and where its rows are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod

from convcalc.errors import shortened
from convcalc.files.caffe.message import Message, Scalar
from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.values import Shape

ROLES = ("weight", "bias")
"""What the learned arrays of a layer are called; Caffe numbers them."""


class Site:
    """A layer, and the values that it reads.

    Args:
        rows: where rows are made.
        layer: the layer's message.
        reads: the values of its bottoms.
        fused: whether it is the half of a pair of BatchNorm and Scale.
        batch: the items that the file has at once; values here have one.
    """

    def __init__(
        self,
        rows: Rows,
        layer: Message,
        reads: Sequence[Tensor],
        *,
        fused: bool = False,
        batch: int = 1,
    ) -> None:
        self.rows = rows
        self.layer = layer
        self.reads = reads
        self.fused = fused
        self.batch = batch
        self.name = layer.word("name")

    @property
    def input(self) -> Tensor:
        """The first value."""
        if not self.reads:
            raise self.layer.fail(f"layer {shortened(self.name)} has no bottom")
        return self.reads[0]

    def settings(self, name: str) -> Message:
        """The message with the layer's own settings; an empty one if there is none."""
        return self.layer.part(name)

    def fail(self, message: str) -> GraphError:
        """An error at the layer, to be raised."""
        return self.layer.fail(message)

    def weight(self, number: int, sizes: Sequence[int]) -> Weight:
        """A learned array; layers whose arrays have one name share them."""
        named = self.layer.fields.get("param", [])[number : number + 1]
        shared = [each.value if isinstance(each, Scalar) else each.word("name") for each in named]
        key = ("shared", shared[0]) if shared and shared[0] else (id(self.layer), number)
        return Weight(f"{self.name}.{ROLES[number]}", tuple(sizes), {key: prod(sizes)})

    def axis(self, number: int) -> int:
        """An axis of the first value, which may be counted from the end."""
        if not -self.input.rank <= number < self.input.rank:
            raise self.fail(f"axis {number} is none of {self.input.sizes}")
        return number % self.input.rank

    @contextmanager
    def helpers(self, word: str) -> Iterator[None]:
        """Rows that are made inside prepare the layer's main row."""
        with self.rows.named(f"{self.name}.{word}"):
            yield

    def prepared(self, word: str, tensor: Tensor, sizes: Sequence[int]) -> Tensor:
        """A value with other sizes for the layer's main row."""
        with self.helpers(word):
            return reshaped(self.rows, tensor, sizes)

    def spatial(self, part: Message, stem: str, otherwise: int, least: int = 0) -> tuple[int, ...]:
        """A setting for each spatial axis: one for all, one for each, or `_h` and `_w`."""
        count = self.input.rank - 2
        written = part.numbers(stem if stem != "kernel" else "kernel_size", least)
        if count == 2 and (f"{stem}_h" in part.fields or f"{stem}_w" in part.fields):
            written = [part.number(f"{stem}_{axis}", otherwise, least) for axis in "hw"]
        written = written or [otherwise]
        if len(written) not in (1, count):
            raise part.fail(f"{len(written):,} numbers for {stem}: the value has {count} sizes")
        return tuple(written * count if len(written) == 1 else written)

    def require_equal(self) -> None:
        """Refuses values of different sizes."""
        for tensor in self.reads[1:]:
            if tensor.sizes != self.input.sizes:
                raise self.fail(f"{text(self.input)} and {text(tensor)} do not fit together")


def text(tensor: Tensor) -> Shape:
    """The sizes of a value as messages tell them, without the batch."""
    return tuple([tensor.sizes[axis] for axis in tensor.without_batch])
