"""What each row sees of the network's input: its receptive field, followed from row to row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from convcalc.layers import AnyLayer, Inputs
from convcalc.operations.base import FieldMap, Fields, Operation, complete, unchanged
from convcalc.operations.merging import Broadcast
from convcalc.operations.receptive_field import ReceptiveField, merged
from convcalc.values import LARGEST, Shape

MOST_PHASES_SEEN = 1_000_000
"""Limit on the phases examined in all rows together; receptive fields beyond it are null."""


Numbers: TypeAlias = tuple[
    tuple[int, ...] | None, tuple[int | float, ...] | None, tuple[int, ...] | None, bool
]
"""Size, step and offset of a view, and whether global context is left out."""


class View:
    """What a row sees of the input.

    Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill, 2019.

    >>> View((ReceptiveField().after_window(3, 2, 1, low=1),)).numbers
    ((3,), (2,), (-1,), False)
    >>> View((ReceptiveField().after_resampling(2),)).numbers
    ((1,), (0.5,), (0,), False)
    """

    __slots__ = ("fields", "global_context", "sources", "_numbers")

    def __init__(
        self, fields: Fields | None, global_context: bool = False, sources: tuple[str, ...] = ()
    ) -> None:
        self.fields = fields
        """None where an output depends on every position, or where that is not known."""
        self.global_context = global_context
        """Whether all positions change it by a norm or by a pooled gate, left out here."""
        self.sources = sources
        """The inputs that are seen."""
        self._numbers: Numbers | None = None

    @property
    def numbers(self) -> Numbers:
        """Positions that one output sees, from one output to the next, and of the first.

        The step is less than one after upsampling; the offset is negative in the padding.
        """
        if self._numbers is None:
            self._numbers = self._found()
        return self._numbers

    def _found(self) -> Numbers:
        fields = self.fields
        if fields is None:
            return None, None, None, self.global_context
        if len(fields) == 2 and fields[0] is fields[1]:
            one = fields[0]
            return (one.size,) * 2, (_step(one),) * 2, (one.first[0],) * 2, self.global_context
        return (
            tuple([field.size for field in fields]),
            tuple(map(_step, fields)),
            tuple([field.first[0] for field in fields]),
            self.global_context,
        )


NOTHING = View(())
"""The view of what is made of learned numbers alone."""


def _step(field: ReceptiveField) -> int | float:
    whole, rest = divmod(field.shift, len(field.first))
    return field.shift / len(field.first) if rest else whole


class Views(dict[str, View]):
    """The views of rows by name, from those of the inputs on.

    Upsampling gives a field many phases, and every later row examines each of them: beyond a limit
    fields are no longer computed.
    """

    __slots__ = ("has_phases", "inputs", "left")

    def __init__(self, inputs: Inputs) -> None:
        start = ReceptiveField()
        fields = {name: (start,) * (len(shape) - 1) for name, shape in inputs.items()}
        super().__init__({name: View(each, False, (name,)) for name, each in fields.items()})
        self.inputs = inputs
        self.left = MOST_PHASES_SEEN
        self.has_phases = False

    def of(
        self,
        row: AnyLayer,
        field_map: FieldMap,
        input_shapes: Sequence[Shape],
        output_shape: Shape,
    ) -> View:
        """The view of a row's output, which is noted under its name."""
        operation, inputs = row.operation, row.inputs
        if len(inputs) == 1:
            view = self[inputs[0]]
        else:
            view = self._merged(operation, inputs, input_shapes, output_shape)
        before = view.fields
        moves = field_map is not unchanged or operation.global_context
        if moves and before is not None and view is not NOTHING:
            seen = self._field(operation, field_map, before)
            context = view.global_context or operation.global_context
            if seen is not before or context is not view.global_context:
                view = View(seen, context, view.sources)
        self[row.name] = view
        return view

    def _field(self, operation: Operation, field_map: FieldMap, before: Fields) -> Fields | None:
        if self.has_phases and not self._spent(_cost(operation, before)):
            return None
        seen = field_map(before)
        if not seen or seen is before:
            return seen
        alike = seen[:1] if seen[0] is seen[-1] is seen[len(seen) // 2] else seen
        for first, last, shift in alike:
            if shift > LARGEST or last[0] - first[0] > LARGEST:  # larger than any input
                return None
            if len(first) > 1:
                self.has_phases = True
                if not self._spent(len(first)):
                    return None
        return seen

    def _merged(
        self,
        operation: Operation,
        inputs: Sequence[str],
        input_shapes: Sequence[Shape],
        output_shape: Shape,
    ) -> View:
        """The view of several values together."""
        found = [
            (view, shape)
            for name, shape in zip(inputs, input_shapes, strict=True)
            if (view := self[name]) is not NOTHING
        ]
        if not found:
            return NOTHING
        gates = isinstance(operation, Broadcast) and len(output_shape) > 1
        views = [
            view for view, shape in found if not (gates and _is_gate(view, shape, output_shape))
        ]
        if not views:
            return View(None)
        context = len(views) < len(found) or any(view.global_context for view in views)
        sources = tuple({source: None for view in views for source in view.sources})
        return View(self._hull(views, sources), context, sources)

    def _hull(self, views: Sequence[View], sources: tuple[str, ...]) -> Fields | None:
        """From the first to the last position that any of them sees, on inputs of one size."""
        fields = [view.fields for view in views if view.fields is not None]
        if len(fields) < len(views) or len({self.inputs[name][1:] for name in sources}) > 1:
            return None
        if len({len(each) for each in fields}) > 1:
            return None
        most = max([one.phases for field in fields for one in field], default=1)
        if most > 1 and not self._spent(most * len(views)):
            return None
        return complete([merged(one) for one in zip(*fields, strict=True)])

    def _spent(self, cost: int) -> bool:
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _is_gate(view: View, shape: Shape, output_shape: Shape) -> bool:
    """Whether a value that saw every position is the same at every position of a merge."""
    return view.fields is None and max(shape[1:]) == 1 < max(output_shape[1:])


def _cost(operation: Operation, fields: Fields) -> int:
    """The phases that are looked at for the field behind an operation."""
    taps = max(getattr(operation, "kernel_size", (1,)))
    numbers = [one.phases for one in fields if one.phases > 1]
    return sum([number * min(taps, 2 * number) for number in numbers])
