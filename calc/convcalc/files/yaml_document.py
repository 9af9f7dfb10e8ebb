"""YAML text as plain data, with a place for everything that may have to be pointed at."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from convcalc.files.places import Place, TextFault
from convcalc.files.source_text import SourceText
from convcalc.files.yaml_places import places
from convcalc.layers import Path

if TYPE_CHECKING:  # YAML files of our own have none
    from convcalc.difference.source_rows import SourceRow


class YamlDocument:
    """What a text holds, and where.

    Attributes:
        content: dict, list, str, int, float, bool and None; None for an empty text. Of a key
            given twice the first value is kept; entries that are refused are left out.
        problems: the faults found while reading, in file order.
        fatal: whether the text could not be read to its end; there is no content then.

    >>> from convcalc.files.yaml_reader import read_text
    >>> document = read_text(b"layers:\\n  - {conv: 8}\\n  - relu  # as always\\n")
    >>> document.content, document.line(3)
    ({'layers': [{'conv': 8}, 'relu']}, '  - relu  # as always')
    """

    notes: Sequence[TextFault] = ()
    source: Mapping[str, Any] = MappingProxyType({"format": "yaml"})
    source_names: Mapping[Path, str] = MappingProxyType({})
    source_rows: Mapping[str, SourceRow] = MappingProxyType({})
    settings: Mapping[str, Any] = MappingProxyType({})

    __slots__ = ("_items", "_text", "content", "fatal", "problems")

    def __init__(
        self,
        text: SourceText,
        content: Any,
        problems: list[TextFault],
        fatal: bool,
        items: dict[Path, array[int]],
    ) -> None:
        self.content = content
        self.problems = problems
        self.fatal = fatal
        self._text = text
        self._items = items

    @property
    def is_network(self) -> bool:
        """Whether the text is meant to be a network, with or without mistakes.

        >>> from convcalc.files.yaml_reader import read_text
        >>> read_text(b"input: [3]\\nLayers: [relu]").is_network
        True
        """
        from convcalc.files.yaml_recognition import is_network  # needed for folders only

        return is_network(self.content, self._text.data, fatal=self.fatal)

    def remarks(self, _: object) -> Sequence[TextFault]:
        """Nothing: what a network file says of its figures is checked elsewhere."""
        return ()

    def line(self, number: int) -> str:
        """A line of the source without its end; empty where there is none.

        >>> from convcalc.files.yaml_reader import read_text
        >>> read_text(b"a: 1\\r\\nb: 2").line(2)
        'b: 2'
        """
        return self._text.line(number)

    def item_place(self, sequence: Path, index: int) -> Place:
        """The place of an item of a sequence.

        >>> from convcalc.files.yaml_reader import read_text
        >>> read_text(b"layers:\\n  - relu\\n  - {conv: 8}").item_place(("layers",), 1)
        Place(line=3, column=5, length=9)
        """
        recorded = self._items.get(sequence)
        if recorded is None:
            recorded = self._items[sequence] = self._recorded_late(sequence)
        if not 0 <= 3 * index < len(recorded):
            item = ((*sequence, index), False)
            return self.places([item])[item]
        line, column, length = recorded[3 * index : 3 * index + 3]
        return Place(line, column, length or self._text.to_line_end(line, column))

    def item_places(self, items: Iterable[Path]) -> dict[Path, Place]:
        """The places of items of sequences by their paths, at most one look at the text for all.

        >>> from convcalc.files.yaml_reader import read_text
        >>> read_text(b"layers:\\n  - relu\\n  - {conv: 8}").item_places([("layers", 1)])
        {('layers', 1): Place(line=3, column=5, length=9)}
        """
        found: dict[Path, Place] = {}
        late: list[tuple[Path, bool]] = []
        for item in dict.fromkeys(items):
            if item[:-1] in self._items:
                found[item] = self.item_place(item[:-1], int(item[-1]))
            else:
                late.append((item, False))
        if late:
            found.update({path: place for (path, _), place in self.places(late).items()})
        return found

    def row_places(self, _: Iterable[str]) -> dict[str, Place]:
        """Nothing: every path has a place."""
        return {}

    def places(self, wanted: Collection[tuple[Path, bool]]) -> dict[tuple[Path, bool], Place]:
        """The places of the values, or with True of their keys, at some paths.

        See `yaml_places.places`.
        """
        return places(self._text, wanted)

    def _recorded_late(self, sequence: Path) -> array[int]:
        """Item places of a sequence of numbers or behind an alias, which reading did not note."""
        value = self.content
        for step in sequence:
            try:
                value = value[step]
            except (LookupError, TypeError):
                return array("I")
        items = value if isinstance(value, list) else ()
        wanted = [((*sequence, index), False) for index, _ in enumerate(items)]
        found = self.places(wanted) if wanted else {}
        return array("I", [number for item in wanted for number in found[item]])
