"""Layers at the top of a network file as the rows that they consist of."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from convcalc.layers import INPUT, AnyLayer
from convcalc.operations.registry import DECLARATIONS
from convcalc_cli.commands.fit.rows import rows_of

REFERENCES = ("from", "weights", "rounds", "with")
"""The keys of a layer whose values name others."""


def unrolled(
    content: dict[str, Any],
    rows: Sequence[AnyLayer],
    parts: Sequence[Sequence[AnyLayer]],
    positions: Collection[int],
) -> dict[str, Any]:
    """The content with rows in the place of some layers; blocks that nobody uses are left out.

    Args:
        content: a network in the network language.
        rows: its rows.
        parts: what stands in the place of each row.
        positions: the rows whose layers at the top are to be rows.
    """
    items = content["layers"]
    owners = _owners(items, rows)
    wanted = {owners[at] for at in positions}
    rows_of_items: list[list[int]] = [[] for _ in items]
    for at, owner in enumerate(owners):
        rows_of_items[owner].append(at)
    layers: list[tuple[Any, str]] = []
    ends: dict[str, str] = {}
    read: set[str] = set()
    names: dict[str, str] = {}
    current = next(iter(content["input"])) if isinstance(content["input"], dict) else INPUT
    for number, (item, own) in enumerate(zip(items, rows_of_items, strict=True)):
        new = [part for at in own for part in parts[at]]
        label = _label(item, rows[own[-1]].name) if own else ""
        last = next((part.name for part in reversed(new) if not part.training), None)
        if number in wanted:
            reading = [
                part._replace(inputs=tuple([ends.get(name, name) for name in part.inputs]))
                for part in new
            ]
            layers += [(row, "") for row in rows_of(reading, current, content.get("defaults"))]
            read.update(*[part.inputs for part in reading])
            names[label] = new[-1].name
            current = last or current
        else:
            layers.append((item, label))
            if last is not None:
                ends[last] = current = label
    if wanted:
        layers = [(_named(item, label, read), label) for item, label in layers]
    result = {**content, "layers": [_renamed(item, names) for item, _ in layers]}
    if isinstance(content.get("outputs"), list):
        result["outputs"] = [names.get(name, name) for name in content["outputs"]]
    result["blocks"] = _used(result)
    return {key: value for key, value in result.items() if key != "blocks" or value}


def _owners(items: Sequence[Any], rows: Sequence[AnyLayer]) -> list[int]:
    """The number of the layer at the top that each row belongs to.

    The rows of a block that is an operand come before the row that reads it.
    """
    owners: list[int] = []
    number, label = -1, ""
    for at, row in enumerate(rows):
        path = row.path or ()
        if path[:1] == ("layers",):
            number = int(path[1])
            item = items[number]  # the row may be an argument of a block
            label = _label(item, row.name) if isinstance(item, dict) and "block" in item else ""
        elif not (label and row.name.startswith(f"{label}.")):
            number, label = _use_of(items, rows, at, number + 1)
        owners.append(number)
    return owners


def _use_of(items: Sequence[Any], rows: Sequence[AnyLayer], at: int, start: int) -> tuple[int, str]:
    """The next use of a block that gives a row such a name; or the layer that reads it."""
    name = rows[at].name
    paths = (rows[number].path or () for number in range(at, len(rows)))
    end = next((int(path[1]) for path in paths if path[:1] == ("layers",)), len(items) - 1)
    for number in range(start, end + 1):
        item = items[number]
        if isinstance(item, dict) and "block" in item:
            label = _label(item, name)
            if name.startswith(f"{label}."):
                return number, label
    return end, ""


def _label(item: Any, row: str) -> str:
    """What a layer at the top is called, by the name of one of its rows."""
    if isinstance(item, dict) and "name" in item:
        return str(item["name"])
    keys = [item] if isinstance(item, str) else list(item)
    word = item["block"] if "block" in keys else next(key for key in keys if key in DECLARATIONS)
    match = re.match(rf"{re.escape(word)}_[0-9]+", row)
    return match[0] if match else row


def _named(item: Any, label: str, read: Collection[str]) -> Any:
    """A layer by its name, where that is read; and a block, whose number may be another one now."""
    if not label or (isinstance(item, dict) and "name" in item):
        return item
    if label in read and isinstance(item, str):
        return {item: None, "name": label}
    is_use = isinstance(item, dict) and "block" in item
    return {**item, "name": label} if is_use or label in read else item


def _renamed(item: Any, names: Mapping[str, str], *, is_name: bool = False) -> Any:
    """A layer that reads rows where it has read layers."""
    if isinstance(item, str):
        return names.get(item, item) if is_name else item
    if isinstance(item, list):
        return [_renamed(each, names, is_name=is_name) for each in item]
    if not isinstance(item, dict):
        return item
    return {
        key: _renamed(value, names, is_name=key in REFERENCES or _takes_operands(key) or is_name)
        for key, value in item.items()
    }


def _takes_operands(word: str) -> bool:
    return word in DECLARATIONS and DECLARATIONS[word].takes_operands


def _used(content: Mapping[str, Any]) -> dict[str, Any]:
    """The blocks that are used, by other blocks too."""
    blocks = content.get("blocks") or {}
    used: set[str] = set()
    coming = _blocks_in(content["layers"])
    while coming:
        used |= coming
        coming = {
            name for each in coming if each in blocks for name in _blocks_in(blocks[each])
        } - used
    return {name: block for name, block in blocks.items() if name in used}


def _blocks_in(value: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(value, dict):
        found |= {each for key, each in value.items() if key == "block" and isinstance(each, str)}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found.union(*map(_blocks_in, inner))
