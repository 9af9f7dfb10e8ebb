"""What every operation of a network can say about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, cast

from convcalc.errors import SpecError
from convcalc.frozen import Frozen
from convcalc.operations.receptive_field import ReceptiveField
from convcalc.values import LARGEST, Shape, shape_of
from convcalc.wording import counted

Fields: TypeAlias = tuple[ReceptiveField, ...]
"""The receptive field, one for each spatial dimension."""


NO_PARTS: Mapping[str, Any] = MappingProxyType({})

OWN_INPUT = "input"
"""How a part says that it reads what the whole operation reads."""

FieldMap: TypeAlias = Callable[[Fields], Fields | None]
"""From the receptive field before an operation to the one behind it; None for every position."""


def unchanged(fields: Fields) -> Fields:
    """The map of an operation that mixes no positions."""
    return fields


def every_position(_fields: Fields) -> None:
    """The map of an operation whose every output depends on every position."""


class Operation(Frozen):
    """A step of a network, complete and checked from the moment it exists.

    A new operation is one class. It writes:

    - `word`, `__slots__` and the constructor, which checks the parameters and calls `_fill`;
    - `output_shape`, which checks the input;
    - `weights`, if it learns something: `params` follows from them;
    - `macs`, if the convention counts any;
    - `field_map`, if an output position depends on other positions than its own;
    - `in_place` and `is_view`, if its output takes no bytes of its own;
    - `least_inputs` and `most_inputs`, if it reads other than one value;
    - `unset`, if a parameter is added to it;
    - `parts`, if it is written as one step and runs as several: see `Composite`.

    All but the first two have defaults: it learns nothing, counts no MACs, keeps positions apart,
    writes to memory of its own, and runs as itself.

    `inferred` and `shape_and_macs` are for the engine, which calls them once for each layer of an
    audit. They need not be written: their defaults call `output_shape` and `macs`. Convolutions,
    merges and what keeps the shape override them for speed, to check an input or to compute a shape
    once instead of twice.
    """

    __slots__ = ()

    word: ClassVar[str]
    """Its name in network files and reports."""

    in_place: ClassVar[bool] = False
    """Whether its output may take the bytes of an input that nobody else reads."""
    is_view: ClassVar[bool] = False
    """Whether its output is its input's bytes in another shape."""
    unset: ClassVar[Mapping[str, object]] = MappingProxyType({})
    """Parameters that came after fingerprints, with the value under which those do not see them."""
    is_weight: ClassVar[bool] = False
    """Whether its output is learned, and made of no input."""
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    """How many values it reads; None for any number."""

    unknown: tuple[str, ...] = ()
    """Which of its figures are not known: `params`, `macs`."""

    @property
    def global_context(self) -> bool:
        """Whether all positions change the scale of each; receptive fields leave that out.

        >>> from convcalc import BatchNorm, InstanceNorm
        >>> BatchNorm(64).global_context, InstanceNorm(64).global_context
        (False, True)
        """
        return False

    @property
    def parts(self) -> Mapping[str, Operation]:
        """The operations that it runs as, in order, by short names; none if it is a single one.

        >>> from convcalc import MaxPool
        >>> len(MaxPool(2).parts)
        0
        """
        return NO_PARTS

    @property
    def part_inputs(self) -> Mapping[str, tuple[str, ...]]:
        """What a part reads where that is not the part before it: earlier parts, or `input`.

        >>> from convcalc import SelfAttention
        >>> SelfAttention(64, 8).part_inputs["attention"]
        ('query', 'key', 'value')
        """
        return NO_PARTS

    def output_shape(self, *input_shapes: Any, **_: Any) -> Shape:
        """`(C, *spatial)` of what comes out for `(C, *spatial)` that goes in."""
        raise NotImplementedError

    @property
    def weights(self) -> dict[str, Shape]:
        """The shape of each learned array, by PyTorch's name for it.

        >>> from convcalc import BatchNorm, MaxPool
        >>> BatchNorm(64).weights, MaxPool(2).weights
        ({'weight': (64,), 'bias': (64,)}, {})
        """
        return {}

    @property
    def params(self) -> int:
        """Learned numbers, as far as they are known; running statistics are none."""
        return sum([prod(shape) for shape in self.weights.values()])

    def macs(self, *_input_shapes: Any, **_: Any) -> int | None:
        """Multiply-accumulates for one input; None where the convention counts none.

        >>> from convcalc import BatchNorm, Linear
        >>> Linear(512, 10).macs((512,)), BatchNorm(64).macs((64, 7, 7))
        (5120, None)
        """
        return None

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The output's shape for inputs that are known to be shapes, made for this operation.

        >>> from convcalc import Conv
        >>> Conv(3, 8, 3).inferred([(3, 9, 9)])
        (8, 7, 7)
        """
        return self.output_shape(*input_shapes)

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int | None]:
        """What a network needs to know of a step, in one go: the output's shape, and the MACs.

        >>> from convcalc import MaxPool
        >>> MaxPool(2).shape_and_macs([(64, 8, 8)])
        ((64, 4, 4), None)
        """
        return self.output_shape(*input_shapes), self.macs(*input_shapes)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """What this operation does to receptive fields, prepared for one input shape.

        >>> from convcalc import AdaptiveAvgPool, MaxPool
        >>> start = (ReceptiveField(), ReceptiveField())
        >>> [field.size for field in MaxPool((3, 2)).field_map((8, 9, 9))(start)]
        [3, 2]
        >>> AdaptiveAvgPool(1).field_map((8, 9, 9))(start) is None
        True
        """
        return unchanged


class Composite(Operation):
    """An operation that is written as one step and runs as several, which are a small graph.

    It writes `parts`, and `part_inputs` where a part reads other than the part before it. Its facts
    are those of its parts; in a network each of them is a row.
    """

    __slots__ = ()

    @property
    def params(self) -> int:
        """Learned numbers of all the parts."""
        return sum([part.params for part in self.parts.values()])

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape behind the last part."""
        shapes = {OWN_INPUT: input_shape}
        for name, part, sources in wiring(self):
            shapes[name] = input_shape = part.output_shape(*[shapes[each] for each in sources])
        return input_shape


def wiring(operation: Operation) -> Iterator[tuple[str, Operation, tuple[str, ...]]]:
    """The parts of an operation in order, each with its name and with what it reads.

    >>> from convcalc import SelfAttention
    >>> for name, _, sources in wiring(SelfAttention(64, 8)):
    ...     print(name, *sources)
    query input
    key input
    value input
    attention query key value
    projection attention
    """
    before = OWN_INPUT
    for name, part in operation.parts.items():
        yield name, part, operation.part_inputs.get(name, (before,))
        before = name


class ShapeKeeping(Operation):
    """An operation whose output has the shape of its input, and takes its bytes."""

    __slots__ = ()
    in_place = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input.

        Raises:
            SpecError: it is no shape, or the operation is made for other channels.

        >>> from convcalc import BatchNorm
        >>> BatchNorm(64).output_shape((64, 56, 56))
        (64, 56, 56)
        """
        return shape_of("input_shape", input_shape)

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of the input, taken as it is."""
        return input_shapes[0]


def with_channels(name: str, channels: int, input_shape: Shape) -> Shape:
    """The shape, refused if its channels are not those that `name` says.

    >>> with_channels("num_features", 64, (64, 7, 7))
    (64, 7, 7)
    """
    shape = shape_of("input_shape", input_shape)
    if shape[0] != channels:
        has = counted(shape[0], "channel")
        fact = f"{{input_shape}} has {has}, not {{{name}}}"
        raise SpecError(fact, input_shape=shape, **{name: channels})
    return shape


def limited(shape: Shape, input_shape: Shape) -> Shape:
    """The shape, refused if it has a size that no later layer could take."""
    if max(shape) > LARGEST:
        fact = f"{{input_shape}} would come out as {shape}, with a size above 10^15"
        raise SpecError(fact, input_shape=input_shape)
    return shape


def complete(fields: Iterable[ReceptiveField | None]) -> Fields | None:
    """The fields of all dimensions; None if any of them is unknown."""
    found = tuple(fields)
    return None if None in found else cast("Fields", found)


def spatial_of(input_shape: Shape, dims: int) -> Shape:
    """The spatial sizes, refused if there are not `dims` of them."""
    shape = shape_of("input_shape", input_shape)
    if len(shape) != dims + 1:
        expected = counted(dims, "spatial size")
        raise SpecError(f"{{input_shape}} does not have {expected}", input_shape=shape)
    return shape[1:]
