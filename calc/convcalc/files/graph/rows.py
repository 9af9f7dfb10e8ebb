"""Rows of the network language, made one by one, with the engine's own shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from convcalc.errors import SpecError
from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.names import Names
from convcalc.files.graph.tensors import BATCH, Tensor, Weight
from convcalc.files.places import AnyPlace, SourceFault
from convcalc.language.making import needed
from convcalc.language.problems import spelled
from convcalc.language.styles import STYLE
from convcalc.layers import INPUT, Path
from convcalc.operations.base import Operation
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import Shape

MOST_ROWS = 100_000
MOST_AXES = 4
"""Axes of a value of the network language: the channels, and three dimensions."""


class GraphError(Exception):
    """The file cannot be a network: with the place, which is known further out."""

    def __init__(self, fault: SourceFault[AnyPlace]) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Row(NamedTuple):
    """A row that has been made."""

    name: str
    word: str
    operation: Operation
    shape: Shape


class Rows:
    """The rows of a network, in the order they run, and where each comes from.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 3, 8, 8), channel_axis=1)
    >>> with rows.source("/stem/conv"):
    ...     _ = rows.add("relu", [image])
    >>> rows.layers
    [{'relu': None, 'name': 'stem.conv'}]
    """

    def __init__(self, batch: int = 1) -> None:
        self.batch = batch
        self.layers: list[dict[str, Any]] = []
        self.places: dict[Path, AnyPlace] = {}
        self.source_names: dict[Path, str] = {}
        self.notes: list[SourceFault[AnyPlace]] = []
        self.inputs: dict[str, list[int]] = {}
        self.owners: dict[object, Row] = {}
        """The row that has a learned array, by what identifies it."""
        self.parameters: dict[object, Tensor] = {}
        """Learned values that are rows of their own."""
        self.reshaped_from: dict[str, Tensor] = {}
        """What the rows of reshapes read."""
        self.superseded: set[str] = set()
        """Rows that another row stands for now, unless something else reads them."""
        self._names = Names()
        self._source = self._row_name = "layer"
        self._place: AnyPlace | None = None
        self._is_named = False

    @contextmanager
    def source(self, name: str, place: AnyPlace | None = None) -> Iterator[None]:
        """Rows that are made inside come from a part of the file, and are named after it.

        Raises:
            GraphError: the engine refuses one of them, which is reported at the place.
        """
        self._source = self._row_name = name
        self._place, self._is_named = place, False
        try:
            yield
        except SpecError as error:
            raise GraphError(SourceFault(spelled(error), place)) from error

    def fail(self, message: str) -> GraphError:
        """An error at the part of the file that is being read, to be raised."""
        return GraphError(SourceFault(message, self._place))

    def note(self, message: str) -> None:
        """Something to tell about the part of the file that is being read."""
        self.notes.append(SourceFault(message, self._place))

    def input(
        self, name: str, sizes: Sequence[int], channel_axis: int | None, *, has_batch: bool = True
    ) -> Tensor:
        """An input of the network; without a channel axis its axes stay in their order."""
        axes = [axis for axis in range(len(sizes)) if axis or not has_batch]
        if channel_axis is not None and channel_axis % len(sizes) in axes:
            axes.remove(channel_axis % len(sizes))
            axes.insert(0, channel_axis % len(sizes))
        shape = tuple([sizes[axis] for axis in axes]) or (1,)
        own = self._names.unique(name, INPUT) if name != INPUT else INPUT
        if len(shape) > MOST_AXES:
            raise self.fail(f"input {name} has {len(shape)} axes; at most {MOST_AXES} are possible")
        self.inputs[own] = [*shape]
        place = {axis: at for at, axis in enumerate(axes)}
        return Tensor(
            own, shape, tuple(sizes), tuple([place.get(axis, BATCH) for axis in range(len(sizes))])
        )

    def any_input(self) -> Tensor:
        """The first input, for rows that read nothing else."""
        name, shape = next(iter(self.inputs.items()))
        return Tensor(name, tuple(shape), tuple(shape), tuple(range(len(shape))))

    def add(
        self,
        word: str,
        reads: Sequence[Tensor],
        parameters: Mapping[str, Any] | None = None,
        *,
        helper: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Row:
        """A row of an operation.

        Args:
            word: the operation's name in the language.
            reads: what it reads.
            parameters: the parameters, with the names that the language has for them.
            helper: what the row is called if it only prepares the source's main row.
            more: other keys of the row, such as `weights`.

        Raises:
            SpecError: there is no such operation on such values.
        """
        if len(self.layers) >= MOST_ROWS:
            raise self.fail(f"the network has more than {MOST_ROWS:,} rows")
        declaration = DECLARATIONS[word]
        given = dict(parameters or {})
        shapes = [tensor.shape for tensor in reads]
        operation = self.operation(word, shapes, given)
        shape = operation.inferred(shapes)
        name = self._named(helper or (word if self._is_named else None), main=helper is None)
        layer: dict[str, Any] = {}
        if declaration.takes_operands:
            layer[word] = [tensor.row for tensor in reads]
        else:
            layer[word] = given.pop(declaration.main, None) if declaration.main else None
        layer |= given
        self._add_sources(layer, reads, declaration.takes_operands)
        self._append(layer | dict(more or {}), name)
        self.last = Row(name, word, operation, shape)
        return self.last

    def layer(self, name: str) -> dict[str, Any]:
        """A row that has been made, by its name."""
        return next(layer for layer in reversed(self.layers) if layer["name"] == name)

    @staticmethod
    def operation(word: str, shapes: Sequence[Shape], parameters: Mapping[str, Any]) -> Operation:
        """The operation of a word for values of some shapes.

        Raises:
            SpecError: there is no such operation.
        """
        declaration = DECLARATIONS[word]
        context = needed(declaration, shapes[0]) if shapes else {}
        made: Operation = declaration.make(**parameters, **context)
        return made

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Rows that are made inside have this name, but are of the same source."""
        before = self._row_name, self._is_named
        self._row_name, self._is_named = name, False
        yield
        self._row_name, self._is_named = before

    def _add_sources(
        self, layer: dict[str, Any], reads: Sequence[Tensor], are_operands: bool
    ) -> None:
        names = [tensor.row for tensor in reads]
        last = self.layers[-1]["name"] if self.layers else next(iter(self.inputs), None)
        if names and not are_operands and names != [last]:
            layer["from"] = names if len(names) > 1 else names[0]

    def hold(self, title: str, weight: Weight, params: int) -> None:
        """A row for learned numbers that no other row has; it does not run."""
        name = self._named(self._names.cleaned(weight.name), main=False, whole=True)
        known = {"shape": "same", "params": params, "macs": "none", "training": True}
        source = next(iter(self.inputs))
        self._append({"opaque": title, **known, "from": source}, name)

    def take_back(self) -> None:
        """Removes the last row, which nothing reads yet."""
        path = ("layers", len(self.layers) - 1)
        self.layers.pop()
        self.places.pop(path, None)
        self.source_names.pop(path, None)

    def back_to(self, length: int) -> None:
        """Removes the last rows, and what they have, until there are only so many.

        >>> rows = Rows()
        >>> image = rows.input("x", (1, 3, 8, 8), channel_axis=1)
        >>> _ = rows.add("relu", [image])
        >>> rows.back_to(0)
        >>> rows.layers
        []
        """
        removed = {layer["name"] for layer in self.layers[length:]}
        while len(self.layers) > length:
            self.take_back()
        self._names.free(removed)
        self._is_named = False
        if removed:
            self.owners = {k: row for k, row in self.owners.items() if row.name not in removed}
            kept = self.parameters.items()
            self.parameters = {k: each for k, each in kept if each.row not in removed}

    def _as_row(self, name: str, tensor: Tensor) -> Tensor:
        """An output that is an input needs a row of its own."""
        if tensor.row not in self.inputs:
            return tensor
        with self.source(name):
            return tensor._replace(row=self.add("identity", [tensor]).name)

    def _drop_unread(self, name: str, outputs: Mapping[str, Tensor]) -> None:
        """Removes a row that nothing reads."""
        at = next(at for at, layer in enumerate(self.layers) if layer["name"] == name)
        after = self.layers[at + 1 : at + 2]
        if name in {tensor.row for tensor in outputs.values()} or not all(map(_says_inputs, after)):
            return
        if any(name in _inputs_said(layer) for layer in self.layers[at + 1 :]):
            return
        del self.layers[at]
        before = self.layers[at - 1]["name"] if at else next(iter(self.inputs))
        if after and after[0].get("from") == before:
            del after[0]["from"]
        for paths in (self.places, self.source_names):
            _remove(paths, at)

    def _append(self, layer: dict[str, Any], name: str) -> None:
        path = ("layers", len(self.layers))
        if self._place is not None:
            self.places[path] = self._place
        if name != self._source:
            self.source_names[path] = self._source
        self.layers.append({**layer, "name": name})

    def _named(self, suffix: str | None, *, main: bool, whole: bool = False) -> str:
        base = self._names.cleaned(self._row_name)
        self._is_named |= main
        if suffix is not None:
            base = suffix if whole else f"{base}.{suffix}"
        return self._names.unique(base, "layer")

    def document(
        self,
        outputs: Mapping[str, Tensor],
        *,
        source: Mapping[str, Any],
        name: str | None = None,
    ) -> ConvertedDocument:
        """The network of all rows as a document."""
        for name in self.superseded:
            self._drop_unread(name, outputs)
        outputs = {name: self._as_row(name, each) for name, each in outputs.items()}
        shapes = list(self.inputs.values())
        single = [*self.inputs] == [INPUT]
        content: dict[str, Any] = {"name": name} if name else {}
        content["input"] = shapes[0] if single else dict(self.inputs)
        if self.batch > 1:
            content["batch"] = self.batch
        content["layers"] = self.layers
        rows = list(dict.fromkeys(tensor.row for tensor in outputs.values()))
        last = self.layers[-1]["name"] if self.layers else None
        if rows and rows != [last]:
            content["outputs"] = rows
        return ConvertedDocument(
            content, self.places, notes=self.notes, source=source, source_names=self.source_names
        )


def set_style(layer: dict[str, Any], style: str) -> None:
    """Writes a layer in a style; without one it is a layer of `torch.nn`.

    >>> layer = {"relu": None, "as": "method"}
    >>> set_style(layer, "functional")
    >>> layer
    {'relu': None, 'as': 'functional'}
    """
    layer.pop(STYLE, None)
    if style:
        layer[STYLE] = style


def _inputs_said(layer: Mapping[str, Any]) -> list[Any]:
    """The names of what a row reads, as far as they are written."""
    source = layer.get("from", [])
    operands = next(iter(layer.values()))
    return [
        *(source if isinstance(source, list) else [source]),
        *(operands if isinstance(operands, list) else []),
    ]


def _says_inputs(layer: Mapping[str, Any]) -> bool:
    return "from" in layer or DECLARATIONS[next(iter(layer))].takes_operands


def _remove(by_path: dict[Path, Any], at: int) -> None:
    """Removes what belongs to a row, and moves what belongs to later ones."""
    moved: dict[Path, Any] = {
        ("layers", int(path[1]) - (int(path[1]) > at)): value
        for path, value in by_path.items()
        if path[1] != at
    }
    by_path.clear()
    by_path.update(moved)
