"""Places of values and keys in a YAML text, by their paths."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from convcalc.files import yaml_events as events
from convcalc.files.places import Place
from convcalc.files.source_text import SourceText
from convcalc.files.yaml_scalars import key_text
from convcalc.layers import Path


def places(
    text: SourceText, wanted: Collection[tuple[Path, bool]]
) -> dict[tuple[Path, bool], Place]:
    """The places of the values, or with True of their keys, at some paths.

    A path that leads into an alias gets the alias's place, a path that does not exist the place of
    as much of it as does. The text is parsed anew, so ask once for all.

    >>> text = SourceText(b"a: {b: 64}")
    >>> places(text, [(("a", "b"), False), (("a", "b"), True)])[("a", "b"), True]
    Place(line=1, column=5, length=1)
    """
    root = _Sought()
    for path, _ in wanted:
        sought = root
        for step in path:
            sought = sought.children.setdefault(step, _Sought())
    _Search(text, root).run()
    return {(path, is_key): root.nearest(path, is_key) for path, is_key in wanted}


class _Sought:
    """A value that is looked for, or one on the way to it."""

    __slots__ = ("children", "key_place", "place")

    def __init__(self) -> None:
        self.children: dict[str | int, _Sought] = {}
        self.place: Place | None = None
        self.key_place: Place | None = None

    def nearest(self, path: Path, is_key: bool) -> Place:
        """The place of the path, else of the longest part of it that exists."""
        sought, place = self, self.place or Place(1, 1, 1)
        for step in path:
            sought = sought.children[step]
            if sought.place is None:
                return place
            place = sought.place
        return sought.key_place or place if is_key else place


class _Level:
    """An open collection that is looked for or leads to what is."""

    __slots__ = ("index", "key", "left", "sought", "start")

    def __init__(self, sought: _Sought, event: Any) -> None:
        self.sought = sought
        self.start = event.start_mark
        self.left = dict(sought.children)  # of a key given twice only the first counts
        self.index = 0 if isinstance(event, events.SequenceStartEvent) else None
        self.key: Any = _NO_KEY

    def step(self, event: Any, text: SourceText) -> _Sought | None:
        """What is sought at the event, which is an item, a key or a value."""
        if self.index is not None:
            self.index += 1
            return self.left.get(self.index - 1)
        if self.key is not _NO_KEY:
            key, self.key = self.key, _NO_KEY
            return self.left.pop(key, None)
        self.key = _key_of(event)
        if self.key in self.left:
            self.left[self.key].key_place = text.span(event.start_mark, event.end_mark)
        return None


def _key_of(event: Any) -> str | None:
    if not isinstance(event, events.ScalarEvent):
        return None
    return key_text(event.value, quoted=bool(event.style))


_NO_KEY = object()
"""Of a mapping whose next event is a key."""


class _Search:
    """One pass over the events that finds places."""

    __slots__ = ("levels", "root", "skipped", "text")

    def __init__(self, text: SourceText, root: _Sought) -> None:
        self.text = text
        self.root = root
        self.levels: list[_Level] = []
        self.skipped = 0  # open collections within one that is of no interest

    def run(self) -> None:
        try:
            for event in events.events(self.text):
                self._see(event)
        except events.FAULTS:
            return  # what was found before the fault will do

    def _see(self, event: Any) -> None:
        if isinstance(event, events.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, events.NodeEvent):
            begins = isinstance(event, events.CollectionStartEvent)
            if self.skipped:
                self.skipped += begins
            else:
                self._node(event, begins)

    def _end(self, event: Any) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        level = self.levels.pop()
        level.sought.place = self.text.span(level.start, event.end_mark)

    def _node(self, event: Any, begins: bool) -> None:
        sought = self.levels[-1].step(event, self.text) if self.levels else self.root
        if sought is None:
            self.skipped = int(begins)
            return
        sought.place = self.text.span(event.start_mark, event.end_mark)
        if begins:
            self.levels.append(_Level(sought, event))
