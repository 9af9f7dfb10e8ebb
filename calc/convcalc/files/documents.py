"""What readers return: a network in the network language, and where its parts are in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from convcalc.files.places import AnyPlace, SourceFault
from convcalc.layers import Path

if TYPE_CHECKING:  # documents come before networks
    from convcalc.difference.source_rows import SourceRow
    from convcalc.networks import Network


class Document(Protocol):
    """A file as the rest of the program sees it, whatever its format.

    Paths are paths in `content`; places are places in the file.
    """

    @property
    def content(self) -> Any:
        """The mapping that describes the network; None if there is none."""

    @property
    def problems(self) -> Sequence[SourceFault[AnyPlace]]:
        """Errors found while reading, in file order. With any of them, there is no network."""

    @property
    def notes(self) -> Sequence[SourceFault[AnyPlace]]:
        """What to tell the user besides: assumptions, and parts that have no equivalent."""

    @property
    def fatal(self) -> bool:
        """Whether reading stopped early, so that `content` is not worth checking."""

    @property
    def source(self) -> Mapping[str, Any]:
        """Facts about the file itself, such as its format and the version of it."""

    @property
    def source_names(self) -> Mapping[Path, str]:
        """What the file calls layers, by their paths, where they have other names in `content`."""

    @property
    def source_rows(self) -> Mapping[str, SourceRow]:
        """The rows, sections or nodes of the file, by the names of layers made from them."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the file has for settings of its reader that can be replaced, by their names."""

    @property
    def is_network(self) -> bool:
        """Whether the file is meant to be a network; decides which files of a folder are read."""

    def remarks(self, network: Network) -> Sequence[SourceFault[AnyPlace]]:
        """What to tell the user of the network that was built: figures the file has otherwise."""

    def line(self, number: int) -> str:
        """A line of the file without its end; empty if there are no lines."""

    def places(self, wanted: Collection[tuple[Path, bool]]) -> Mapping[tuple[Path, bool], AnyPlace]:
        """The places of the values, or with True of their keys, at some paths, where known."""

    def item_places(self, items: Iterable[Path]) -> Mapping[Path, AnyPlace]:
        """The places of items of lists by their paths, where known."""

    def row_places(self, names: Iterable[str]) -> Mapping[str, AnyPlace]:
        """The places of rows by their names, where paths lead into blocks that no file has."""


class ConvertedDocument:
    """The document of a file whose reader writes the network language itself.

    Args:
        content: the mapping that describes the network.
        places: where each part of it comes from. A path that is not there has the place of the
            longest part of it that is.
        problems: errors in the file.
        notes: assumptions, and parts of the file that have no equivalent.
        source: facts about the file, such as its format and the version of it.
        source_names: what the file calls layers, by their paths, where `content` has other names.
        fatal: whether reading stopped early; without content it did.
        is_network: whether the file is meant to be a network.
        line: gives a line of the file, if it has lines.

    >>> from convcalc.files.places import NamedPlace
    >>> content = {"input": [3, 8, 8], "layers": [{"relu": {}}]}
    >>> document = ConvertedDocument(content, {("layers", 0): NamedPlace("node", "/Relu")})
    >>> document.places([(("layers", 0, "relu"), True)])[("layers", 0, "relu"), True].title
    'node /Relu'
    """

    def __init__(
        self,
        content: Any,
        places: Mapping[Path, AnyPlace],
        *,
        problems: Sequence[SourceFault[AnyPlace]] = (),
        notes: Sequence[SourceFault[AnyPlace]] = (),
        source: Mapping[str, Any] | None = None,
        source_names: Mapping[Path, str] | None = None,
        fatal: bool = False,
        is_network: bool = True,
        line: Callable[[int], str] = lambda _: "",
    ) -> None:
        self.content = content
        self.problems = problems
        self.notes = notes
        self.source = source or {}
        self.source_names = source_names or {}
        self.source_rows: Mapping[str, SourceRow] = {}
        self.settings: Mapping[str, Any] = {}
        self.fatal = fatal or content is None
        self.is_network = is_network
        self.line = line
        self._places = places

    def remarks(self, _: Network) -> Sequence[SourceFault[AnyPlace]]:
        """Nothing; other readers may compare figures."""
        return ()

    def places(self, wanted: Collection[tuple[Path, bool]]) -> Mapping[tuple[Path, bool], AnyPlace]:
        """The places at some paths; a key has that of its value."""
        nearest = {each: self._nearest(each[0]) for each in wanted}
        return {each: place for each, place in nearest.items() if place is not None}

    def item_places(self, items: Iterable[Path]) -> Mapping[Path, AnyPlace]:
        """The places of items of lists by their paths, where known."""
        nearest = {path: self._nearest(path) for path in items}
        return {path: place for path, place in nearest.items() if place is not None}

    def row_places(self, _: Iterable[str]) -> Mapping[str, AnyPlace]:
        """Nothing: every path has a place."""
        return {}

    def _nearest(self, path: Path) -> AnyPlace | None:
        parts = (path[:length] for length in range(len(path), -1, -1))
        return next((self._places[part] for part in parts if part in self._places), None)
