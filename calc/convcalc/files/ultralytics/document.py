"""A model as a document: the network that it describes, and the places of its rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from convcalc.checks.rules import STALE_COMMENT
from convcalc.files.documents import ConvertedDocument
from convcalc.files.places import AnyPlace, NamedPlace, Place, SourceFault
from convcalc.files.ultralytics.findings import stated_params
from convcalc.files.yaml_document import YamlDocument
from convcalc.layers import Path
from convcalc.networks import Network

DECLARED = "x-modules"
OWN = "x-convcalc"
OWN_KEYS = ((DECLARED,), (OWN,))
"""Parts of a file in the words of the network language, whose keys have places."""
ROW = re.compile(r"model\.(\d{1,6})\b", re.ASCII)
"""The row of a model in the name of a layer."""


class ModelDocument(ConvertedDocument):
    """A model as a network, with the places of its rows.

    Args:
        text: the YAML.
        origins: what parts of the content are made from, by their paths.
        content: the network; None if there are problems.
        problems: errors in the file.
        notes: what is probably a mistake, and what is assumed.
        source: facts about the file.
        scale_line: the line of the scale, whose comment may state the parameters, or 0.
        modules: the names of modules that another file declares.
        channels: what rows with modules of the user's own say that they give, by their numbers.
    """

    def __init__(
        self,
        text: YamlDocument,
        origins: Mapping[Path, Path],
        content: Any,
        problems: list[SourceFault[AnyPlace]],
        notes: list[SourceFault[AnyPlace]],
        source: Mapping[str, Any],
        scale_line: int = 0,
        modules: Collection[str] = (),
        channels: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(content, {}, problems=problems, notes=notes, source=source, line=text.line)
        self._text = text
        self._origins = origins
        self._scale_line = scale_line
        self._modules = modules
        self._channels = channels or {}

    def remarks(self, network: Network) -> list[SourceFault[AnyPlace]]:
        """What the file says otherwise than the network has it: parameters, and channels."""
        return [*self._stale_comment(network), *self._other_channels(network)]

    def _stale_comment(self, network: Network) -> list[SourceFault[AnyPlace]]:
        """The parameters that a comment states, if they are not those of the network."""
        line = self._text.line(self._scale_line) if self._scale_line else ""
        stated = stated_params(line)
        params = network.totals().params
        if stated is None or stated == params:
            return []
        place = Place(self._scale_line, line.index("#") + 1, len(line) - line.index("#"))
        message = f"the comment says {stated:,} parameters; the file builds {params:,}"
        return [SourceFault(message, place, STALE_COMMENT)]

    def _other_channels(self, network: Network) -> Iterator[SourceFault[AnyPlace]]:
        """Rows whose module, of the user's own, gives other channels than its row says."""
        if not self._channels:
            return
        shapes = {
            int(row[1]): layer.output_shape
            for layer in network.audit().layers
            if (row := ROW.match(layer.name))
        }
        for number, said in self._channels.items():
            made = shapes.get(number, (said,))[0]
            if made != said:
                path = self._origins["layers", number]
                message = f"the module gives {made} channels, and its row says {said}"
                known = "which is what rows behind it are scaled and grouped by"
                way_out = "declare the module with out: EXPRESSION"
                place = self._text.item_places([path]).get(path)
                yield SourceFault(f"{message}, {known}: {way_out}", place)

    def places(self, wanted: Collection[tuple[Path, bool]]) -> Mapping[tuple[Path, bool], AnyPlace]:
        """The places at some paths: those of the rows that they are made from."""
        origins = {
            (path, is_key): (origin, is_key and origin[:1] in OWN_KEYS)
            for path, is_key in wanted
            if (origin := self._origin(path)) is not None
        }
        found = self._text.places({*origins.values()}) if origins else {}
        elsewhere = {
            (path, is_key): NamedPlace("module", str(path[1]))
            for path, is_key in wanted
            if path[:1] == ("blocks",) and len(path) > 1 and path[1] in self._modules
        }
        return {**elsewhere, **{each: found[origin] for each, origin in origins.items()}}

    def item_places(self, items: Iterable[Path]) -> Mapping[Path, AnyPlace]:
        """The places of rows by their paths."""
        origins = {path: self._origin(path) for path in items}
        found = self._text.item_places([path for path in origins.values() if path])
        return {path: found[origin] for path, origin in origins.items() if origin in found}

    def row_places(self, names: Iterable[str]) -> Mapping[str, AnyPlace]:
        """The places of the rows of the model that rows of the network are parts of."""
        found = {name: ROW.match(name) for name in names}
        paths = {name: ("layers", int(row[1])) for name, row in found.items() if row}
        origins = {
            name: self._origins[path] for name, path in paths.items() if path in self._origins
        }
        places = self._text.item_places({*origins.values()})
        return {name: places[origin] for name, origin in origins.items() if origin in places}

    def _origin(self, path: Path) -> Path | None:
        """The path in the YAML of what a part of the content is made from."""
        if path[:1] == ("blocks",):
            own = (DECLARED, *path[1:])
            return own if len(path) > 1 and self._declares(str(path[1])) else None
        for length in range(len(path), 0, -1):
            if path[:length] in self._origins:
                rest = path[length:] if path[:1] != ("layers",) else ()
                return (*self._origins[path[:length]], *rest)
        return None

    def _declares(self, name: str) -> bool:
        declared = self._text.content.get(DECLARED)
        return isinstance(declared, dict) and name in declared
