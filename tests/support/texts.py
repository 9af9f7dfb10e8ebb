"""Networks in configuration files of other programs, given as texts: rows, shapes and errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.files.loading import Loaded, load_text
from convcalc.language.document import Overrides
from support.corpora import corpus


class TextFormat(NamedTuple):
    """A format of texts."""

    file: str
    """A name for files of it."""
    head: str
    """The beginning of a file: an input."""

    def loaded(self, text: str, overrides: Overrides | None = None) -> Loaded:
        """The network of a text."""
        return load_text(text.encode(), self.file, overrides)

    def rows(self, text: str) -> dict[str, Any]:
        """The rows of a network without problems, by their names."""
        found = self.loaded(text)
        assert found.problems == []
        assert found.network is not None
        return {row.name: row for row in found.network.audit().layers}

    def shape(self, text: str) -> tuple[int, ...]:
        """The shape of the last row of what stands behind the input."""
        return tuple([*self.rows(self.head + text).values()][-1].output_shape)

    def problem(self, text: str) -> tuple[str, Any]:
        """What is wrong with a network, and in which line."""
        (found,) = self.loaded(text).problems
        return found.message, found.place and found.place.line


def of_corpus(kind: str, name: str) -> Loaded:
    """A file of a corpus as a network."""
    return load_text((corpus(kind) / "files" / name).read_bytes(), name)


def by_layer(
    loaded: Loaded, parts: int, helpers: Sequence[str] = ()
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Params and shapes of layers, whose rows begin with so many parts of a name alike."""
    assert loaded.network is not None
    params: defaultdict[str, int] = defaultdict(int)
    shapes: dict[str, list[int]] = {}
    for row in loaded.network.audit().layers:
        own = row.name.rpartition(".")
        layer = ".".join(row.name.split(".")[:parts]) if parts else row.name
        layer = own[0] if own[2] in helpers else layer
        params[layer] += row.params or 0
        shapes[layer] = [*row.output_shape]
    return params, shapes
