"""Why values do not fit together in a merge: what made their sizes, and which inputs would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from convcalc.layers import AnyLayer, Inputs, Path
from convcalc.networks import Network
from convcalc.operations.base import Operation
from convcalc.operations.transposed import ConvTranspose
from convcalc.operations.windowed import Windowed
from convcalc.records import NamedTuple
from convcalc.values import Shape

FARTHEST = 64
"""How far from the input's own sizes others are tried."""
MOST_WORK = 100_000
"""Steps that are spent in either direction to find inputs that fit."""


class Misfit(NamedTuple):
    """A merge whose operands differ in size."""

    axes: tuple[int, ...]
    """The dimensions in which they do; 0 are the channels."""
    cause: str
    """The row that made them differ, to be put behind a message; or nothing."""


def misfit(rows: Sequence[AnyLayer], inputs: Inputs, sources: Sequence[str]) -> Misfit | None:
    """Why values do not fit together; None if it is not for their spatial sizes.

    Args:
        rows: all layers before the merge, which fit.
        inputs: the shapes of the network's inputs, by name.
        sources: what the merge reads.

    >>> from convcalc import Layer, MaxPool
    >>> from convcalc.operations.resizing import Upsample
    >>> rows = [Layer("pool", MaxPool(2)), Layer("up", Upsample(2), ("pool",))]
    >>> misfit(rows, {"input": (8, 89, 88)}, ["input", "up"])
    Misfit(axes=(1,), cause='; pool makes 44 of 89, with a stride of 2')
    """
    graph = _Graph(rows)
    shapes = dict(inputs)
    for row in graph.before(sources):
        shapes[row.name] = row.operation.inferred([shapes[name] for name in row.inputs])
    first = shapes[sources[0]]
    for other in sources[1:]:
        if axes := _differing(first, shapes[other]):
            return Misfit(axes, graph.rounded(sources[0], other, axes[0], shapes))
    return None


def nearest(
    input_shape: Shape, step: int, misfit_of: Callable[[Shape], Misfit | bool], tries: int
) -> Shape | None:
    """The nearest input that fits, each size that does not moved on by `step` until it does.

    Args:
        input_shape: what does not fit.
        step: 1 for larger sizes, -1 for smaller ones.
        misfit_of: what is wrong with an input; false if nothing, true if it is something else.
        tries: how often that is asked.

    >>> def eighths(shape):
    ...     axes = tuple(at for at in (1, 2) if shape[at] % 8)
    ...     return Misfit(axes, "") if axes else False
    >>> nearest((3, 356, 200), -1, eighths, 64), nearest((3, 356, 200), 1, eighths, 2)
    ((3, 352, 200), None)
    """
    tried = input_shape
    for _ in range(tries):
        wrong = misfit_of(tried)
        if isinstance(wrong, bool):
            return None if wrong else tried
        if len(tried) <= max(wrong.axes):
            return None
        tried = tuple([size + step * (at in wrong.axes) for at, size in enumerate(tried)])
        if min(tried) < 1:
            return None
    return None


class Attempt(NamedTuple):
    """A specification that was read with another input."""

    network: Network | None
    misfit: Misfit | None
    """Why there is no network, if a merge of different sizes is the reason."""
    steps: int
    """The work that it took."""


def inputs_that_fit(
    input_shape: Shape, path: Path, reading: int, attempt: Callable[[Shape, int], Attempt]
) -> list[Shape]:
    """The nearest smaller and the nearest larger input with which all of a network can be made.

    Args:
        input_shape: what does not fit.
        path: the merge that shows it.
        reading: the steps that one reading of the specification is worth.
        attempt: reads the specification with another input, in at most so many steps.
    """
    left = 0

    def misfit_of(tried: Shape) -> Misfit | bool:
        nonlocal left
        if left <= 0:
            return True
        network, wrong, steps = attempt(tried, left)
        left -= steps + reading
        if network is None:
            return wrong or True
        return not _joins_equal_sizes(network, path)

    found = []
    for step in (-1, 1):
        left = MOST_WORK
        found.append(nearest(input_shape, step, misfit_of, FARTHEST))
    return [shape for shape in found if shape]


def _joins_equal_sizes(network: Network, path: Path) -> bool:
    """Whether a merge joins values of one size, without spreading a size of 1."""
    facts = zip(network.rows, network.audit().layers, strict=True)
    return all(
        len({shape[1:] for shape in row.input_shapes}) == 1
        for layer, row in facts
        if layer.path == path
    )


class _Graph:
    """Which rows each value comes from."""

    def __init__(self, rows: Sequence[AnyLayer]) -> None:
        self.rows = rows
        self.row_of = {row.name: row for row in rows}

    def names_before(self, names: Iterable[str]) -> set[str]:
        """The rows that values depend on, their own included."""
        found: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name not in found and name in self.row_of:
                found.add(name)
                left += self.row_of[name].inputs
        return found

    def before(self, names: Iterable[str]) -> list[AnyLayer]:
        """The same rows, in the order they run."""
        needed = self.names_before(names)
        return [row for row in self.rows if row.name in needed]

    def rounded(self, one: str, other: str, axis: int, shapes: Mapping[str, Shape]) -> str:
        """The last row behind one of two values alone that does not divide a size evenly."""
        only = self.names_before([one]) ^ self.names_before([other])
        for row in reversed(self.rows):
            stride = _stride(row.operation, axis)
            if row.name not in only or stride == 1:
                continue
            size, made = shapes[row.inputs[0]][axis], shapes[row.name][axis]
            if made * stride != size:
                return f"; {row.name} makes {made:,} of {size:,}, with a stride of {stride}"
        return ""


def _stride(operation: Operation, axis: int) -> int:
    operation = next(iter(operation.parts.values()), operation)
    if not isinstance(operation, Windowed) or isinstance(operation, ConvTranspose):
        return 1
    return operation.stride[axis - 1] if axis <= operation.dims else 1


def _differing(one: Shape, other: Shape) -> tuple[int, ...]:
    """The spatial dimensions in which two shapes differ, if they have as many."""
    if len(one) != len(other):
        return ()
    sizes = [*enumerate(zip(one, other, strict=True))][1:]
    return tuple([at for at, (a, b) in sizes if a != b and 1 not in (a, b)])


def channels_last_hint(input_shape: Shape) -> str:
    """A hint for an input that looks as if its channels were written last.

    >>> channels_last_hint((22, 500, 1)), channels_last_hint((3, 224, 224))
    ('; input is channels first: [1, 22, 500]?', '')
    """
    *sizes, last = input_shape
    if last not in (1, 3) or not sizes or min(sizes) <= last:
        return ""
    return f"; input is channels first: {[last, *sizes]}?"
