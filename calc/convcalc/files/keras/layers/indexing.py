"""Parts of values: positions, slices, new axes and an ellipsis."""

from __future__ import annotations

from typing import Any

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.shapes import sliced
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError, NoRuleError
from convcalc.files.keras.layers.options import option
from convcalc.files.keras.site import Site


def part_of(site: Site) -> Tensor:
    """A part of a value: positions, slices, new axes and an ellipsis.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=2)
    >>> every = {"class_name": "__slice__", "config": {}}
    >>> part_of(Site.alone(rows, "GetItem", {}, x, [every, every, 0])).sizes
    (1, 6)
    """
    tensor = site.tensor
    key = option(site, "slice_spec")
    key = option(site, "key") if key is None else key
    parts = _full([_part(each) for each in (key if isinstance(key, list) else [key])], tensor.rank)
    dropped: list[int] = []
    added: list[int] = []
    axis = 0
    for part in parts:
        if part is None:
            added.append(axis - len(dropped) + len(added))
            continue
        if axis == 0 and part != slice(None, None, None):
            raise NoRuleError("a part of the batch has no rule")
        if isinstance(part, int):
            dropped.append(axis)
        tensor = _cut(site, tensor, axis, part)
        axis += 1
    sizes = [size for at, size in enumerate(tensor.sizes) if at not in dropped]
    for at in added:
        sizes.insert(at, 1)
    return tensor if tuple(sizes) == tensor.sizes else reshaped(site.rows, tensor, sizes)


def _cut(site: Site, tensor: Tensor, axis: int, part: int | slice) -> Tensor:
    size = tensor.sizes[axis]
    if isinstance(part, int):
        if not -size <= part < size:
            raise KerasError(f"position {part} is none of {size:,}")
        return sliced(site.rows, tensor, axis, part % size, part % size + 1)
    start, stop, step = part.indices(size)
    if step < 0:
        left = len(range(start, stop, step))
        sizes = [left if at == axis else each for at, each in enumerate(tensor.sizes)]
        return moved(site.rows, "Slice", [tensor], sizes)
    return sliced(site.rows, tensor, axis, start, stop, step)


def _part(value: Any) -> Any:
    """An entry of an index: a number, a slice, None for a new axis, or an ellipsis."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, dict):
        if value.get("class_name") == "__ellipsis__":
            return ...
        config = value.get("config", value)
        config = config if isinstance(config, dict) else {"step": config}
        ends = [config.get(key) for key in ("start", "stop", "step")]
        if all(end is None or type(end) is int for end in ends) and ends[2] != 0:
            return slice(*ends)
    if value == "...":
        return ...
    raise NoRuleError("an index that is computed has no rule")


def _full(parts: list[Any], rank: int) -> list[Any]:
    """An entry for each axis."""
    own = len([part for part in parts if part is not None and part is not ...])
    if own > rank:
        raise KerasError(f"an index of {own} axes for a value of {rank}")
    missing = [slice(None)] * (rank - own)
    if ... not in parts:
        return [*parts, *missing]
    at = parts.index(...)
    return [*parts[:at], *missing, *[part for part in parts[at + 1 :] if part is not ...]]
