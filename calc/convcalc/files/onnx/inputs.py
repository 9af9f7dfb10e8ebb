"""The inputs of a graph: their sizes in the file, and those that are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.errors import SpecError
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.model import LARGEST, Graph, Node, Value
from convcalc.files.places import NamedPlace, SourceFault
from convcalc.language.inputs import with_settings
from convcalc.layers import INPUT
from convcalc.records import NamedTuple
from convcalc.values import Shape

CHANNELS_FIRST = {(0, 3, 1, 2), (0, 2, 1), (0, 4, 1, 2, 3)}
"""Orders of a Transpose that moves the last axis, the channels, to the front."""
BY_VALUE = frozenset({"Cast", "Identity", "Sub", "Add", "Mul", "Div", "QuantizeLinear", "Neg"})
OPEN = 1
"""What stands for an open size while others are set."""
MOST_STEPS = 16


class GraphInput(NamedTuple):
    """An input of a graph as the file has it."""

    name: str
    """`input` if it is the only one."""
    source: str
    """Its name in the file."""
    sizes: tuple[int | str | None, ...]
    """An open size is a name, or None."""
    channel_axis: int | None
    has_batch: bool

    @property
    def order(self) -> list[int]:
        """The axes of the file in the order of the network language: the channels first."""
        axes = [axis for axis in range(len(self.sizes)) if axis or not self.has_batch]
        if self.channel_axis in axes:
            axes.remove(self.channel_axis)
            axes.insert(0, self.channel_axis)
        return axes

    @property
    def place(self) -> NamedPlace:
        """Where it is in the file."""
        return NamedPlace("input", self.source)


def graph_inputs(graph: Graph, *, keeps_batch: bool = True) -> list[GraphInput]:
    """The inputs of a graph.

    Args:
        graph: the graph.
        keeps_batch: whether the first axis of the first input is the batch.

    Raises:
        GraphError: the file does not give the axes of one.

    >>> value = Value("x", ("N", 3, 8, 8), True)
    >>> graph_inputs(Graph("", [], {}, [value], [], {}))[0].order
    [1, 2, 3]
    """
    if not graph.inputs:
        raise GraphError(SourceFault("the graph has no inputs"))
    batch = next(iter(graph.inputs[0].sizes or ()), None)
    names: set[str] = set()
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    found = []
    for value in graph.inputs:
        if value.name in names:
            raise GraphError(SourceFault(f"there are two inputs {value.name}"))
        names.add(value.name)
        if value.sizes is None:
            place = NamedPlace("input", value.name)
            raise GraphError(SourceFault("the file gives no shape for this input", place))
        sizes = value.sizes
        has_batch = keeps_batch and len(sizes) > 1 and sizes[0] in (batch, None)
        channel = _channel_axis(readers, value) if len(sizes) > 1 else None
        name = INPUT if len(graph.inputs) == 1 else value.name
        found.append(GraphInput(name, value.name, sizes, channel, has_batch))
    return found


def _channel_axis(readers: Mapping[str, Sequence[Node]], value: Value) -> int:
    """Axis 1, unless all that reads the input moves its last axis there first."""
    name, last = value.name, len(value.sizes or ()) - 1
    for _ in range(MOST_STEPS):
        found = readers.get(name, [])
        orders = [node.attributes.get("perm") for node in found]
        if found and all(_moves_channels(node, last) for node in found):
            return last
        if len(orders) != 1 or found[0].operator not in BY_VALUE or not found[0].outputs:
            break
        name = found[0].outputs[0]
    return 1


def _moves_channels(node: Node, last: int) -> bool:
    order = node.attributes.get("perm")
    moves = isinstance(order, list) and tuple(order) in CHANNELS_FIRST
    return node.operator == "Transpose" and moves and len(order) == last + 1  # type: ignore[arg-type]


def batch_of(inputs: Sequence[GraphInput]) -> int:
    """The batch: 1 where it is open.

    >>> batch_of([GraphInput("x", "x", (4, 3, 8, 8), 1, has_batch=True)])
    4
    """
    first = inputs[0]
    size = first.sizes[0] if first.has_batch else None
    return size if isinstance(size, int) else 1


def sized(inputs: Sequence[GraphInput], settings: Mapping[str, Any]) -> list[GraphInput]:
    """The inputs with the sizes that are set.

    Args:
        inputs: the inputs as the file has them.
        settings: `size`, for all spatial sizes, and `inputs`, whole shapes by name.

    Raises:
        SpecError: a setting is not for these inputs.

    >>> image = GraphInput("x", "x", ("N", 3, "h", "w"), 1, has_batch=True)
    >>> sized([image], {"size": 64})[0].sizes
    ('N', 3, 64, 64)
    """
    shapes = with_settings({each.name: _shape(each) for each in inputs}, settings)
    return [_with_shape(each, shapes[each.name]) for each in inputs]


def _shape(each: GraphInput) -> Shape:
    sizes = [each.sizes[axis] for axis in each.order]
    return tuple([size if isinstance(size, int) else OPEN for size in sizes])


def _with_shape(each: GraphInput, shape: Shape) -> GraphInput:
    if shape == _shape(each):
        return each
    if len(shape) != len(each.order):
        raise SpecError(
            f"the input has {len(each.order)} axes in the file, not those of {{shape}}", shape=shape
        )
    sizes = [*each.sizes]
    for axis, size in zip(each.order, shape, strict=True):
        sizes[axis] = size
    return each._replace(sizes=tuple(sizes))


def made(rows: Rows, each: GraphInput) -> Tensor:
    """The input as a value.

    Raises:
        GraphError: a size is open.

    >>> made(Rows(), GraphInput("input", "x", ("N", 8, 8, 3), 3, has_batch=True)).shape
    (3, 8, 8)
    """
    first = [rows.batch] if each.has_batch else []
    sizes = [*first, *[size for size in each.sizes[len(first) :] if isinstance(size, int)]]
    if len(sizes) < len(each.sizes):
        own = each.sizes[len(first) :]
        text = ", ".join("?" if size is None else str(size) for size in own)
        channel = None if each.channel_axis is None else each.sizes[each.channel_axis]
        ways = "--size or --input" if isinstance(channel, int) else "--input"
        fact = f"the size of the input is open in the file: ({text}); give it with {ways}"
        raise GraphError(SourceFault(fact, each.place))
    if prod(sizes) > LARGEST:
        raise GraphError(SourceFault(f"the input has the impossible sizes {sizes}", each.place))
    try:
        with rows.source(each.source, each.place):
            return rows.input(each.name, sizes, each.channel_axis, has_batch=each.has_batch)
    except GraphError as error:
        raise GraphError(SourceFault(error.fault.message, each.place)) from error


def file_sizes(
    graph: Graph, inputs: Sequence[GraphInput], given: Sequence[GraphInput], batch: int
) -> dict[str, tuple[int, ...]]:
    """The sizes of values in the file, with numbers in place of the names of open sizes.

    They are of no use where a size that the file fixes is set to another one.

    Args:
        graph: the graph.
        inputs: its inputs in the file.
        given: its inputs as they are set.
        batch: the size of the batch.
    """
    numbers = _numbers(inputs, given, batch)
    if numbers is None:
        return {}
    found: dict[str, tuple[int, ...]] = {}
    for name, value in graph.shapes.items():
        sizes = [numbers.get(each) if isinstance(each, str) else each for each in value.sizes or ()]
        known = tuple([size for size in sizes if size is not None])
        if value.sizes is not None and len(known) == len(sizes):
            found[name] = known
    return found


def _numbers(
    inputs: Sequence[GraphInput], given: Sequence[GraphInput], batch: int
) -> dict[str, int] | None:
    """The numbers of open sizes by name; None if a size that the file fixes is set to another."""
    numbers: dict[str, int] = {}
    for before, after in zip(inputs, given, strict=True):
        for at, (in_file, size) in enumerate(zip(before.sizes, after.sizes, strict=True)):
            if isinstance(in_file, int) and in_file != size:
                return None
            own = batch if at == 0 and before.has_batch else size
            if not isinstance(in_file, str) or not isinstance(own, int):
                continue
            if numbers.setdefault(in_file, own) != own:
                return None
    return numbers
