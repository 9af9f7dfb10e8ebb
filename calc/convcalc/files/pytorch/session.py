"""From a recording to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from convcalc.errors import SpecError
from convcalc.files.graph.rows import GraphError, Rows, set_style
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.places import NamedPlace, SourceFault
from convcalc.files.pytorch.liveness import living
from convcalc.files.pytorch.operators.counting import PRODUCTS, VECTORS
from convcalc.files.pytorch.operators.table import CONSTANTS, SILENT, rule_of
from convcalc.files.pytorch.parts import Parts
from convcalc.files.pytorch.recording import Call, Made, Recording, Reference
from convcalc.files.pytorch.recurrent import gathered
from convcalc.files.pytorch.values import AnyValue, Operation, as_tensor, plain_name
from convcalc.files.pytorch.writing import style_of
from convcalc.layers import INPUT
from convcalc.values import Shape
from convcalc.wording import counted, first_and_more

Macs: TypeAlias = int | Literal["unknown", "none"]

NOTHING = Weight("nothing", (0,))
"""What stands for an empty value, or one that is only overwritten."""
EMPTY = "for this input the forward pass returns empty tensors only; the last row is the output"


class Session:
    """The values of a recording as far as it has been read.

    Args:
        recording: the calls of a forward pass.
        rows: where rows are made.
    """

    def __init__(self, recording: Recording, rows: Rows) -> None:
        self._recording = living(gathered(recording))
        self._rows = rows
        self._values: dict[int, AnyValue] = {}
        self._parts = Parts(recording)
        self._mains = _mains(self._recording.calls)

    def run(self) -> dict[str, Tensor]:
        """Makes the rows of all calls.

        Returns:
            The outputs by name.

        Raises:
            GraphError: a call cannot be, with its place.
        """
        inputs = [each for each in self._recording.origins.values() if each.kind == "input"]
        for number, origin in self._recording.origins.items():
            if origin.kind == "input":
                name = INPUT if len(inputs) == 1 else origin.name
                channel = 1 if len(origin.sizes) > 1 else None
                self._values[number] = self._rows.input(name, origin.sizes, channel)
            else:
                learned = self._parts.of(origin.part)
                self._values[number] = Weight(origin.name, origin.sizes, learned)
        for at, call in enumerate(self._recording.calls, start=1):
            if call.outputs:
                self._run(call, at)
        values = {
            name: self._values[reference.number]
            for name, reference in self._recording.outputs.items()
            if reference.number in self._values
        }
        outputs = {
            name: self._output(name, value)
            for name, value in values.items()
            if 0 not in value.sizes
        }
        if not outputs:
            self._rows.notes.append(SourceFault(EMPTY))
        self._hold_unread()
        return outputs

    def _output(self, name: str, value: AnyValue) -> Tensor:
        with self._rows.source(name):
            return as_tensor(self._rows, value)

    def _run(self, call: Call, position: int) -> None:
        operation = Operation(self._rows, call, self._given(call.arguments))
        if self._is_constant(operation):
            for output in call.outputs:
                self._values[output.reference.number] = self._weight(operation, output)
            return
        place = NamedPlace("module", call.path or "the model", position)
        before = len(self._rows.layers)
        with self._rows.source(self._name(call), place):
            made = self._made(operation)
        for layer in self._rows.layers[before:]:
            set_style(layer, style_of(layer, call))
        for at, output in enumerate(call.outputs):
            known = at < len(made) and 0 not in output.sizes
            value = made[at] if known else Weight(call.name, output.sizes)
            self._values[output.reference.number] = value

    def _is_constant(self, operation: Operation) -> bool:
        """Whether what a call gives is the same for all inputs, or nothing at all."""
        if operation.name in CONSTANTS or 0 in operation.sizes:
            return True
        counts = operation.name in PRODUCTS - VECTORS or operation.call.macs
        return not operation.tensors and not counts

    def _name(self, call: Call) -> str:
        """The module's path; with the call's name for what is not the module's main call."""
        path, own = call.path, _own_name(call)
        is_main = path and call.is_leaf and self._mains[path] == own
        return path if is_main else ".".join(filter(None, [path, own.strip("_")]))

    def _given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._replaced(value) for name, value in arguments.items()}

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, Reference):
            return self._values.get(value.number, NOTHING)
        return [self._replaced(each) for each in value] if isinstance(value, list) else value

    def _weight(self, operation: Operation, output: Made) -> Weight:
        """What is computed from weights alone is a weight; a view of a part has only that part."""
        weights = operation.learned if operation.name not in CONSTANTS else []
        name = weights[0].name if weights else operation.name
        learned = self._parts.of(output.part)
        if output.part is None:
            learned = {key: size for each in weights for key, size in each.learned.items()}
        return Weight(name, output.sizes, learned)

    def _made(self, operation: Operation) -> Sequence[AnyValue]:
        if operation.call.macs is not None:
            return self._counted(operation, operation.call.macs)
        rule = rule_of(operation.name)
        if rule is None:
            return self._counted(operation, "unknown")
        before = len(self._rows.layers)
        try:
            made = rule(operation)
            outputs = [made] if isinstance(made, (Tensor, Weight)) else made
            for value, output in zip(outputs, operation.call.outputs, strict=False):
                if tuple(value.sizes) != output.sizes:
                    fact = f"{operation.call.name} gives {output.sizes}, not {tuple(value.sizes)}"
                    raise operation.fail(fact)
        except (GraphError, SpecError):
            self._rows.back_to(before)
            return self._inexpressible(operation)
        return outputs

    def _inexpressible(self, operation: Operation) -> Sequence[AnyValue]:
        """A row with the figures of an operation that the language lacks for these values."""
        if operation.name not in PRODUCTS:
            return self._counted(operation, "none")
        tensors = [each for each in operation.values if isinstance(each, Tensor)]
        return [self._row(operation, tensors, operation.sizes, operation.products())]

    def _row(
        self, operation: Operation, reads: Sequence[Tensor], sizes: Shape, macs: Macs
    ) -> Tensor:
        title, learned = operation.name, operation.learned
        return weighted_opaque(self._rows, title, reads, sizes, learned, macs=macs)

    def _counted(self, operation: Operation, macs: Macs) -> Sequence[AnyValue]:
        """A row with an operation's sizes, its learned numbers, and what is known of its MACs."""
        made: list[AnyValue] = []
        for at, output in enumerate(operation.call.outputs):
            if at and not output.is_wanted:
                made.append(Weight(operation.name, output.sizes))
                continue
            made.append(self._row(operation, operation.tensors, output.sizes, macs))
            macs = "none"
        return made

    def _hold_unread(self) -> None:
        """Parameters that no row has are counted, with a note."""
        left: dict[str, int] = {}
        for name, sizes in self._recording.parameters.items():
            numbers = self._parts.left(name, self._rows.owners)
            if numbers:
                left[name] = numbers
                self._rows.hold("Unread", Weight(name, sizes), numbers)
        if left:
            names = first_and_more([*left], "parameter")
            values = counted(sum(left.values()), "learned value")
            message = f"the forward pass never reads {values}, of {names}; params has them, too"
            self._rows.notes.append(SourceFault(message))


def _own_name(call: Call) -> str:
    return plain_name(call.name).rpartition("::")[2]


def _mains(calls: Sequence[Call]) -> dict[str, str]:
    """For each module its first call that does more than order numbers, else its first one."""
    found: dict[str, str] = {}
    for call in calls:
        own = _own_name(call)
        if found.get(call.path, own) in SILENT:
            found[call.path] = own
        found.setdefault(call.path, own)
    return found
