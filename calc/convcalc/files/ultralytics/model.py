"""A model file as content of the network language."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from convcalc.files.ultralytics import head_rows, heads
from convcalc.files.ultralytics.binding import Binding
from convcalc.files.ultralytics.modules import Library, Module, calls
from convcalc.files.ultralytics.plain import JOINING, Flow, Plain, plain_maker, plain_names
from convcalc.files.ultralytics.rows import Row, RowError, row_name
from convcalc.files.ultralytics.scaling import Scale
from convcalc.wording import did_you_mean

MODULE = 2
MOST_LEVELS = 1_000
"""Rows that all heads read together: each adds layers of its own."""
MODERN = ("C3k2", "A2C2f", "C2fCIB")
"""Modules after which heads have depthwise convolutions for the classes."""


class Builder:
    """Makes the layers of a model, one for each row.

    Args:
        top: the keys of the file.
        scale: how deep and wide the model is.
        library: its modules.
        activation: the layer in place of SiLU, if there is one.
        channels: those of the image.
    """

    def __init__(
        self, top: Mapping[str, Any], scale: Scale, library: Library, activation: Any, channels: int
    ) -> None:
        self.top = top
        self.library = library
        self.image_channels = channels
        self.is_classic = "anchors" in top
        self.activation = activation
        self.layers: list[dict[str, Any]] = []
        self.outputs: list[str] = []
        self.head_strides: dict[int, list[Fraction | None]] = {}
        """By the row of a head, the strides of what it reads."""
        self.declared_channels: dict[int, int] = {}
        """By the rows with modules of the user's own, the channels that they say they give."""
        self._binding = Binding(scale, library, self._unscaled())
        self._channels: dict[int, int] = {-1: channels}
        self._parts: dict[int, tuple[int, ...]] = {}
        self._strides: dict[int, Fraction | None] = {-1: Fraction(1)}
        self._used: list[Module] = []
        self._heads: dict[str, Mapping[str, Any]] = {}
        self._modern = False

    @property
    def blocks(self) -> dict[str, Any]:
        """The blocks that the layers use."""
        called = [self.library.any(name) for name in calls(self._heads)]
        used = [*self._used, *[each for each in called if each]]
        return {**self.library.blocks(used, self.activation), **self._heads}

    def _unscaled(self) -> int:
        """The channels of YOLOv5's heads, which its parser leaves alone."""
        anchors = head_rows.anchor_count(self.top.get("anchors"))
        classes = self.top.get("nc")
        return anchors * (classes + 5) if anchors and type(classes) is int else 0

    def add(self, row: Row) -> None:
        """Adds the layer of a row.

        Raises:
            RowError: the row is wrong, or has a module that is not known.
        """
        self._require_one_output(row)
        self._modern = self._modern or row.module in MODERN
        declared = row.module in self.library.declared
        head = None if declared else head_rows.head_maker(row.module, classic=self.is_classic)
        plain = None if declared else plain_maker(row.module, classic=self.is_classic)
        if head is not None:
            self._require_list(row)
            self._require_few_levels(row)
            self._add_head(row, head)
        elif plain is not None:
            flow = Flow(self._binding.scale, self._channels, self._parts, self._strides)
            self._add_plain(row, plain(row, flow))
        else:
            self._add_module(row)

    def skip(self, row: Row | None, number: int) -> None:
        """Goes on behind a row that is wrong, as if it kept its channels."""
        source = row.sources[0] if row else number - 1
        self._channels[number] = self._channels.get(source, 1)
        self._strides[number] = None
        self.layers.append({"identity": {}, "name": row_name(number)})

    def _add_module(self, row: Row) -> None:
        module = self.library.row(row.module)
        if module is None:
            raise RowError(self._unknown(row.module), MODULE)
        self._require_one(row)
        channels = self._channels[row.sources[0]]
        if "figures" in module.keys:
            self._add_opaque(row, module, channels)
            return
        bound = self._binding.bind(row, module, channels)
        if bound.repeats > 1 and bound.channels != channels:
            message = f"{row.module} is repeated {bound.repeats} times, and each reads {channels} "
            raise RowError(f"{message}channels: it cannot give {bound.channels}", 1)
        if bound.module.name not in [each.name for each in self._used]:
            self._used.append(bound.module)
        layer = {"block": bound.module.name, "with": bound.arguments}
        self._finish(row, layer, bound.channels, bound.stride, bound.repeats)
        if row.module in self.library.declared:
            self.declared_channels[row.number] = bound.channels
        if bound.parts:
            self._parts[row.number] = bound.parts

    def _add_opaque(self, row: Row, module: Module, channels: int) -> None:
        """Adds a module of which only the figures are known."""
        out = int(module.keys.get("out", channels))
        layer = {"opaque": row.module, "shape": "same", **module.keys["figures"]}
        repeats = max(self._binding.scale.repeats(row.repeats), 1)
        if out != channels:
            made = [{"channel_slice": [0, 1]}, {"channel_pad": [0, out - 1]}, layer]
            name = f"{row.module}_{out}"
            self._heads[name] = {"layers": made}
            layer = {"block": name}
        self._finish(row, layer, out, Fraction(1), repeats)

    def _require_one(self, row: Row) -> None:
        if len(row.sources) > 1:
            raise RowError(f"{row.module} reads one row, not {len(row.sources)}", 0)
        if row.reads_list and row.module not in self.library.declared:
            raise RowError(f"{row.module} reads one row: write its number without brackets", 0)

    def _require_list(self, row: Row) -> None:
        """Refuses what PyTorch cannot run: modules of a list read no value that is in none."""
        if not row.reads_list:
            raise RowError(f"{row.module} reads a list of rows: put the number in brackets", 0)
        if self._binding.scale.repeats(row.repeats) > 1:
            message = f"{row.module} reads a list of rows, and cannot be repeated"
            raise RowError(f"{message} {row.repeats} times", 1)

    def _unknown(self, name: str) -> str:
        if name in head_rows.REFUSED:
            return f"{name} cannot be read: {head_rows.REFUSED[name]}"
        if self.library.any(name) is not None:
            return f"no row can name {name}; declare it under x-modules, as {{like: {name}}}"
        hint = did_you_mean(name, self._known_names())
        ways = "as a block, as {like: C2f}, or as same where it keeps its shape"
        way_out = f"{'Otherwise ' if hint else ''}declare it under x-modules: {ways}"
        return f"unknown module {name}{hint}{'' if hint.endswith('?') else ';'} {way_out}"

    def _known_names(self) -> list[str]:
        classic = self.is_classic
        heads = head_rows.head_names(classic=classic)
        return [*self.library.row_names, *heads, *plain_names(classic=classic)]

    def _require_few_levels(self, row: Row) -> None:
        levels = sum(map(len, self.head_strides.values())) + len(row.sources)
        if levels > MOST_LEVELS:
            raise RowError(f"the heads read more than {MOST_LEVELS:,} rows", 0)

    def _require_one_output(self, row: Row) -> None:
        for at, each in enumerate(row.sources):
            if each in self._parts and row.module != "CBFuse":
                message = f"row {each} has {len(self._parts[each])} outputs, which CBFuse reads"
                raise RowError(f"{message}, not {row.module}", 0, *([at] if row.reads_list else []))

    def _add_plain(self, row: Row, plain: Plain) -> None:
        joins = row.module in JOINING
        if joins:
            self._require_list(row)
        else:
            self._require_one(row)
        repeats = 1 if joins else max(self._binding.scale.repeats(row.repeats), 1)
        factor = plain.stride
        if joins and factor is not None:
            before = self._strides[row.sources[0]]
            factor = factor / before if before else None
        self._finish(row, plain.layer, plain.channels, factor, repeats)

    def _add_head(self, row: Row, maker: head_rows.Maker) -> None:
        reg_max = self.top.get("reg_max", 16)
        if type(reg_max) is not int or not 1 <= reg_max <= 1_000:
            raise RowError(f"reg_max={reg_max} is not a whole number of 1 or more", 3)
        model = head_rows.Model(
            self._binding.scale,
            reg_max,
            bool(self.top.get("end2end")),
            not self._modern,
            self.is_classic,
        )
        head = maker(row, model)
        levels = len(row.sources)
        name = row.module if row.module not in self._heads else f"{row.module}_{row.number}"
        self._heads[name] = heads.as_block(head, levels)
        given = {f"p{at}": row_name(each) for at, each in enumerate(row.sources) if at}
        layer = {"block": name, **({"with": given} if given else {})}
        read = row.sources[: levels - head.auxiliary]
        self.head_strides[row.number] = [self._strides[each] for each in read]
        self._finish(row, layer, self._channels[row.sources[-1]], None, 1)
        self.outputs += [f"{row.name}.{output}" for output in head.outputs]

    def _finish(
        self, row: Row, layer: dict[str, Any], channels: int, factor: Fraction | None, repeats: int
    ) -> None:
        source = row.sources[0]
        reads_it_anyway = source == row.number - 1 or "concat" in layer or "add" in layer
        if not reads_it_anyway:
            layer["from"] = row_name(source)
        if repeats > 1:
            layer["repeat"] = repeats
        layer["name"] = row.name
        self.layers.append(layer)
        before = self._strides[source]
        self._channels[row.number] = channels
        known = before is not None and factor is not None
        self._strides[row.number] = before * factor**repeats if known else None  # type: ignore[operator]
