"""The content of a network file with other designs: its blocks stay where all uses agree.

What all rows of an item become alike is written into the item, wherever it stands. The layers at
the top whose rounds or uses become different are unrolled into rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import groupby
from typing import Any

from convcalc.fitting.choices import WRITTEN, Choice
from convcalc.fitting.fit import Fitted
from convcalc.layers import AnyLayer, Path
from convcalc.operations.registry import DECLARATIONS
from convcalc_cli.commands.fit.rows import rows_of
from convcalc_cli.commands.fit.unrolling import unrolled

KEPT = ("from", "repeat", "each", "if", "weights", "training")
"""The keys of an item that a block in its place has too."""


class Structure:
    """The network of a file in the designs that were found.

    Args:
        content: the network as written, in the network language.
        fitted: the answer.
    """

    def __init__(self, content: Mapping[str, Any], fitted: Fitted) -> None:
        self.content: dict[str, Any] = deepcopy({**content, "blocks": content.get("blocks") or {}})
        self.rows = fitted.question.network.rows
        self.changed = _changed(fitted)
        self.parts = _fitted_parts(fitted)
        self.positions: dict[Path, list[int]] = {}
        for at, row in enumerate(self.rows):
            self.positions.setdefault(row.path or (), []).append(at)
        self.places: dict[Path, list[int]] = {}
        for place in fitted.question.found.places:
            for at in place.positions:
                self.places.setdefault(self.rows[at].path or (), []).append(at)

    def written(self) -> dict[str, Any]:
        """The content with the designs in it; what it gives must be compared with the answer."""
        mixed = [path for path in self.places if not self._is_edited(path)]
        different = {at for path in mixed for at in self.places[path] if at in self.changed}
        return unrolled(self.content, self.rows, self.parts, different)

    def _is_edited(self, path: Path) -> bool:
        """Writes a design into the item of a path; False if its rows become different."""
        positions = self.places[path]
        names = {self.changed[at].name if at in self.changed else WRITTEN for at in positions}
        if len(names) > 1 or not path:
            return False
        (name,) = names
        if name == WRITTEN:
            return True
        holder, key, item = _found(self.content, path)
        new = self._edited(item, name, path, positions) if isinstance(item, dict) else None
        if new is not None:
            holder[key] = new
        return new is not None

    def _edited(
        self, item: dict[str, Any], name: str, path: Path, positions: Sequence[int]
    ) -> dict[str, Any] | None:
        """An item in another design: with groups, as another word, or as a block."""
        word = self.rows[positions[0]].operation.word
        family, _, number = name.partition("/")
        if word in item and not isinstance(item[word], Mapping):
            if family == "grouped":
                return {**item, "groups": int(number)}
            if family == "separable" and word == "conv":
                label, _ = self._body(item, list(positions[:1]))
                return {**self._separable(item), "name": label}
        return self._as_block(item, name, path)

    def _separable(self, item: dict[str, Any]) -> dict[str, Any]:
        """A convolution as `separable_conv`, with the defaults that it had."""
        every = self.content.get("defaults") or {}
        own, other = every.get("conv") or {}, every.get("separable_conv") or {}
        usual = DECLARATIONS["separable_conv"].defaults
        parameters = {**own, **item}
        parameters |= {key: usual[key] for key in other if key not in parameters}
        return {"separable_conv" if key == "conv" else key: v for key, v in parameters.items()}

    def _as_block(self, item: dict[str, Any], name: str, path: Path) -> dict[str, Any] | None:
        """An item as the use of a block, if all its rows become the same layers."""
        bodies = [self._body(item, list(group)) for group in self._instances(path)]
        label, body = bodies[0]
        if "first" in item or any(each != (label, body) for each in bodies) or body is None:
            return None
        taken = self.content["blocks"]
        title = re.sub(r"\W", "_", f"{label}_{name}")
        while title in taken:
            title += "_"
        taken[title] = {"layers": body}
        kept = {key: item[key] for key in KEPT if key in item}
        return {"block": title, **kept, "name": label}

    def _label(self, item: dict[str, Any], base: str) -> str:
        """What an item is called where it stands; its own name may have dots."""
        if "name" in item:
            return str(item["name"])
        name = base.rpartition(".")[0] if "repeat" in item or "each" in item else base
        return name.rpartition(".")[2]

    def _instances(self, path: Path) -> Iterator[Iterator[int]]:
        """The positions of the rows of an item, each time it runs."""
        for _, group in groupby(self.positions[path], key=self._base):
            yield group

    def _base(self, at: int) -> str:
        """What an item is called, without the name of a part of it."""
        row = self.rows[at]
        _, _, item = _found(self.content, row.path or ())
        is_part = isinstance(item, dict) and row.operation.word not in item
        return row.name.rpartition(".")[0] if is_part else row.name

    def _body(
        self, item: dict[str, Any], positions: list[int]
    ) -> tuple[str, list[dict[str, Any]] | None]:
        """The name of an item where it stands, and its layers by their names in it."""
        base = self._base(positions[0])
        layers = [part for at in positions for part in self.parts[at]]
        inner = [
            layer._replace(
                name=layer.name.removeprefix(f"{base}."),
                inputs=tuple([each.removeprefix(f"{base}.") for each in layer.inputs]),
                weights_of=None,
            )
            for layer in layers
        ]
        label = self._label(item, base)
        if any(layer.name == base for layer in layers):
            return label, None
        rows = list(rows_of(inner, inner[0].inputs[0], self.content.get("defaults")))
        return label, None if any("from" in row for row in rows) else rows


def _found(content: Any, path: Path) -> tuple[Any, Any, Any]:
    """What holds an item, its key there, and the item; nothing where it stands elsewhere."""
    holder: Any = None
    for key in path:
        try:
            holder, content = content, content[key]
        except (IndexError, KeyError, TypeError):
            return None, None, None
    return holder, path[-1] if path else None, content


def _changed(fitted: Fitted) -> dict[int, Choice]:
    """What changed rows become, by their positions."""
    return {at: choice for place, choice in fitted.changed for at in place.positions}


def _fitted_parts(fitted: Fitted) -> list[list[AnyLayer]]:
    """The rows of the answer, by the row that they stand for."""
    lengths = dict.fromkeys(range(len(fitted.question.network.rows)), 1)
    for place, choice in fitted.changed:
        lengths |= dict(zip(place.positions, map(len, choice.layers), strict=True))
    rows = iter(fitted.network.rows)
    return [[next(rows) for _ in range(length)] for length in lengths.values()]
