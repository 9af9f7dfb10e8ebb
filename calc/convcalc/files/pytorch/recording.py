"""What a module computes: the calls of ATen that its forward pass makes.

Source: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcalc.records import NamedTuple

IN_PLACE = "in_place_write"
"""A call that no module makes: what a tensor is after another view of its memory was written to."""


class Reference(NamedTuple):
    """A value of the recording."""

    number: int


class Part(NamedTuple):
    """Numbers of a parameter, which a tensor shares the memory of."""

    parameter: str
    start: int
    stop: int
    is_dense: bool
    """Whether it is all of the numbers from start to stop."""


class Origin(NamedTuple):
    """A tensor that no call has made: an input, a parameter, a buffer or a constant."""

    kind: str
    name: str
    sizes: tuple[int, ...]
    part: Part | None = None


class Made(NamedTuple):
    """A value that a call gives."""

    reference: Reference
    sizes: tuple[int, ...]
    part: Part | None = None
    is_read: bool = True
    """Whether anything reads it later."""

    @property
    def is_wanted(self) -> bool:
        """Whether there should be a row for it: it is read, and not empty."""
        return self.is_read and 0 not in self.sizes


class Group(NamedTuple):
    """One run of a recurrent layer."""

    number: int
    title: str
    """The name of its class."""


class Written(NamedTuple):
    """How a call is written in the code of a module."""

    layer: str = ""
    """The layer of `torch.nn` that the module is, or is derived from."""
    is_derived: bool = False
    function: str = ""
    """The function of `torch.nn.functional`, or where it begins with `.`, the method or the
    function of `torch`."""
    padding: str = ""
    """A word that is given as padding."""
    has_size: bool = False
    """Whether the size of the output is given."""


class Call(NamedTuple):
    """One call: its name, its arguments with references in place of tensors, what it gives."""

    name: str
    arguments: Mapping[str, Any]
    outputs: Sequence[Made]
    path: str
    """The module that makes the call."""
    is_leaf: bool
    """Whether that module holds no other modules."""
    group: Group | None = None
    """The recurrent layer that it is a step of."""
    written: Written = Written()
    macs: int | None = None
    """Multiply-accumulates of all steps, of the call that stands for such a layer."""


class Recording(NamedTuple):
    """A forward pass."""

    calls: Sequence[Call]
    origins: Mapping[int, Origin]
    outputs: Mapping[str, Reference]
    parameters: Mapping[str, tuple[int, ...]]
    """The sizes of each parameter, once for each."""

    def sizes(self) -> dict[int, tuple[int, ...]]:
        """The sizes of every value.

        >>> Recording([], {0: Origin("input", "x", (1, 3))}, {}, {}).sizes()
        {0: (1, 3)}
        """
        made = {each.reference.number: each.sizes for call in self.calls for each in call.outputs}
        return {number: origin.sizes for number, origin in self.origins.items()} | made


def references(value: Any) -> Iterator[Reference]:
    """The values in an argument.

    >>> [*references([Reference(1), None, Reference(2)])]
    [Reference(number=1), Reference(number=2)]
    """
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
