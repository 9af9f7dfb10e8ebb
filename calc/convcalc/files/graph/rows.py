"""Rows of the network language, made one by one, with the engine's own shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from convcalc.difference.source_rows import SourceRow
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
from convcalc.records import NamedTuple
from convcalc.values import Shape

MOST_ROWS = 100_000
MOST_AXES = 4
"""Axes of a value of the network language: the channels, and three dimensions."""


Value = TypeVar("Value")


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
        """The row that has a learned array, by what identifies it, in the order of the rows."""
        self.parameters: dict[object, Tensor] = {}
        """Learned values that are rows of their own, in the order of the rows."""
        self.reshaped_from: dict[str, Tensor] = {}
        """What the rows of reshapes read."""
        self.superseded: set[str] = set()
        """Rows that another row stands for now, unless something else reads them."""
        self._names = Names()
        self._source = self._row_name = "layer"
        self._source_row = SourceRow(None, "layer")
        self.source_rows: dict[str, SourceRow] = {}
        """What the layers come from, by their names."""
        self._place: AnyPlace | None = None
        self._is_named = False

    @contextmanager
    def source(
        self, name: str, place: AnyPlace | None = None, row: SourceRow | None = None
    ) -> Iterator[None]:
        """Rows that are made inside come from a part of the file, and are named after it.

        Raises:
            GraphError: the engine refuses one of them, which is reported at the place.
        """
        self._source = self._row_name = name
        self._place, self._is_named = place, False
        self._source_row = row or SourceRow(None, name)
        try:
            yield
        except SpecError as error:
            raise GraphError(SourceFault(spelled(error), place)) from error

    def fail(self, message: str) -> GraphError:
        """An error at the part of the file that is being read, to be raised."""
        return GraphError(SourceFault(message, self._place))

    def note(self, message: str) -> None:
        """A remark about the part of the file that is being read."""
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

    def owner(self, weights: Iterable[Weight]) -> Row | None:
        """The row that has any of some learned arrays already."""
        owners = (self.owners.get(key) for weight in weights for key in weight.learned)
        return next(filter(None, owners), None)

    def own(self, weights: Iterable[Weight]) -> None:
        """The last row has those of some learned arrays that no row has yet."""
        for weight in weights:
            for key in weight.learned:
                self.owners.setdefault(key, self.last)

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
        self.superseded -= removed
        for name in removed:
            self.reshaped_from.pop(name, None)
        while self.owners and next(reversed(self.owners.values())).name in removed:
            self.owners.popitem()
        while self.parameters and next(reversed(self.parameters.values())).row in removed:
            self.parameters.popitem()

    def _as_row(self, name: str, tensor: Tensor) -> Tensor:
        """An output that is an input needs a row of its own."""
        if tensor.row not in self.inputs:
            return tensor
        with self.source(name):
            return tensor._replace(row=self.add("identity", [tensor]).name)

    def _drop_superseded(self, outputs: Iterable[Tensor]) -> None:
        """Removes superseded rows that nothing reads."""
        read = {tensor.row for tensor in outputs}
        for layer in self.layers:
            read.update(_named_inputs(layer))
        followers = [*self.layers[1:], None]
        kept: list[int] = []
        last, is_gap = next(iter(self.inputs)), False
        for at, (layer, after) in enumerate(zip(self.layers, followers, strict=True)):
            name = layer["name"]
            is_unread = name in self.superseded and name not in read
            if is_unread and (after is None or _names_inputs(after)):
                is_gap = True
                continue
            if is_gap and layer.get("from") == last:
                del layer["from"]
            kept.append(at)
            last, is_gap = name, False
        self.layers = [self.layers[at] for at in kept]
        self.places = _moved(self.places, kept)
        self.source_names = _moved(self.source_names, kept)

    def _append(self, layer: dict[str, Any], name: str) -> None:
        path = ("layers", len(self.layers))
        if self._place is not None:
            self.places[path] = self._place
        if name != self._source:
            self.source_names[path] = self._source
        self.source_rows[name] = self._source_row
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
        if self.superseded:
            self._drop_superseded(outputs.values())
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
        document = ConvertedDocument(
            content, self.places, notes=self.notes, source=source, source_names=self.source_names
        )
        document.source_rows = self.source_rows
        return document


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


def _named_inputs(layer: Mapping[str, Any]) -> list[str]:
    """The names of what a row reads, as far as they are written."""
    word, source = next(iter(layer)), layer.get("from", [])
    named = layer[word] if DECLARATIONS[word].takes_operands else source
    return named if isinstance(named, list) else [named]


def _names_inputs(layer: Mapping[str, Any]) -> bool:
    return "from" in layer or DECLARATIONS[next(iter(layer))].takes_operands


def _moved(by_path: Mapping[Path, Value], kept: Sequence[int]) -> dict[Path, Value]:
    """What belongs to the rows that are kept, at their new places."""
    paths: list[tuple[Path, Path]] = [
        (("layers", at), ("layers", before)) for at, before in enumerate(kept)
    ]
    return {path: by_path[before] for path, before in paths if before in by_path}
