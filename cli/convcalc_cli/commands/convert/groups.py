"""Layers of a network file in groups: those of one row, section or node of another file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from convcalc.difference.source_rows import SourceRow
from convcalc_cli.formats.yaml_text import yaml_lines
from convcalc_cli.text import printable

LONGEST = 96


def grouped_layers(layers: Sequence[Any], sources: Mapping[str, SourceRow]) -> Iterator[str]:
    """The lines of `layers`, with a comment above each group that says where it is from.

    Of files that have names for their parts, a group of one layer is named like its part already.

    >>> sources = dict.fromkeys(["a", "a.relu"], SourceRow(0, "[conv] filters=8"))
    >>> layers = [{"conv": 8, "name": "a"}, {"relu": None, "name": "a.relu"}, {"max_pool": 2}]
    >>> for line in grouped_layers(layers, sources):
    ...     print(line)
    layers:
      # 0: [conv] filters=8
      - {conv: 8, name: a}
      - {relu: , name: a.relu}
    <BLANKLINE>
      - {max_pool: 2}
    """
    yield "layers:"
    was_told, is_first = False, True
    for title, group in groupby(layers, key=lambda layer: _source(layer, sources)):
        items = list(group)
        is_told = title is not None and (title.number is not None or len(items) > 1)
        if not is_first and (is_told or was_told):
            yield ""
        if is_told and title is not None:
            yield f"  # {_cut(printable(title.title))}"
        yield from [*yaml_lines({"layers": items}, ("layers",))][1:]
        was_told, is_first = is_told, False


def _source(layer: Any, sources: Mapping[str, SourceRow]) -> SourceRow | None:
    name = layer.get("name") if isinstance(layer, dict) else None
    return sources.get(name) if isinstance(name, str) else None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
