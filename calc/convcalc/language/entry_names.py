"""The names that `each` gives to blocks, found before the layers of a specification are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from convcalc.language.resolving import Variables
from convcalc.language.steps import BLOCK


class EntryNames:
    """Names of entries, looked for only when they are asked for: most files have none.

    >>> names = EntryNames({"layers": [{"block": "unit", "each": {"d": [1, 2]}}]})
    >>> sorted(names.of("unit")), sorted(names.of("other")), sorted(names.everywhere)
    (['d'], [], ['d'])
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    @cached_property
    def _by_block(self) -> Mapping[Any, set[str]]:
        found: dict[Any, set[str]] = defaultdict(set)
        for item in _mappings(self._content):
            each, block = item.get("each"), item.get(BLOCK)
            if isinstance(each, dict):
                name = block if isinstance(block, str) else None
                found[name].update(filter(lambda key: isinstance(key, str), each))
        return dict(found)

    def of(self, block: str) -> set[str]:
        """The names that rounds of a block give to its layers."""
        return self._by_block.get(block, set())

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """The names that any layer has."""
        return frozenset().union(*self._by_block.values())


class BodyVariables(Variables):
    """The variables in a block: its arguments, those of the file, and the entries of its rounds."""

    __slots__ = ("block", "entries")

    def __init__(
        self,
        own: Mapping[str, Any],
        everywhere: Mapping[str, Any],
        block: str,
        entries: EntryNames,
    ) -> None:
        super().__init__(own, everywhere)
        self.block = block
        self.entries = entries

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.entries.of(self.block)


class DefaultVariables(Variables):
    """The variables in the defaults of a block: not its arguments, which a mistake may name."""

    __slots__ = ("arguments",)

    def __init__(
        self, own: Mapping[str, Any], everywhere: Mapping[str, Any], arguments: Collection[str]
    ) -> None:
        super().__init__(own, everywhere)
        self.arguments = arguments


def _mappings(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All the mappings in a specification, each once."""
    seen: set[int] = set()
    left: list[Any] = [content]
    while left:
        value = left.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            yield value
            left += value.values()
        else:
            left += value
