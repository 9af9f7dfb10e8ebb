"""Rows of PyTorch's own modules, and rows that join others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcalc.files.ultralytics.activations import WORDS
from convcalc.files.ultralytics.rows import Row, RowError, row_name
from convcalc.files.ultralytics.scaling import Scale
from convcalc.language.problems import value_written
from convcalc.records import NamedTuple

ARGUMENTS = 3
MOST_CHANNELS = 10**9


class Flow(NamedTuple):
    """What is known of the values that rows give, by the numbers of the rows."""

    scale: Scale
    channels: Mapping[int, int]
    parts: Mapping[int, tuple[int, ...]]
    """The channels of each output of rows that have several."""
    strides: Mapping[int, Fraction | None]


class Plain(NamedTuple):
    """A layer for a row, and what goes out of it."""

    layer: dict[str, Any]
    channels: int
    stride: Fraction | None = Fraction(1)


Maker = Callable[[Row, Flow], Plain]

CONV2D = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
TRANSPOSED = ("kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation")


def plain_maker(name: str, *, classic: bool = False) -> Maker | None:
    """What makes the layer of a row, if its module is PyTorch's own or joins others.

    >>> plain_maker("nn.Upsample") is None, plain_maker("C2f") is None
    (False, True)
    """
    if name.startswith("nn.") and name[3:] in WORDS:
        return _activation
    return MAKERS.get(name) or (CLASSIC.get(name) if classic else None)


def plain_names(*, classic: bool) -> list[str]:
    """The names of such modules, but for activations.

    >>> "Shortcut" in plain_names(classic=True), "Shortcut" in plain_names(classic=False)
    (True, False)
    """
    return [*MAKERS, *(CLASSIC if classic else ())]


def _activation(row: Row, flow: Flow) -> Plain:
    return Plain({WORDS[row.module[3:]]: {}}, flow.channels[row.sources[0]])


def _same(layer: dict[str, Any]) -> Maker:
    return lambda row, flow: Plain(dict(layer), flow.channels[row.sources[0]])


def _given(row: Row, names: Sequence[str]) -> dict[str, Any]:
    if len(row.arguments) > len(names):
        message = f"{row.module} takes no more arguments than {len(names)}: {', '.join(names)}"
        raise RowError(message, ARGUMENTS)
    pairs = zip(names, row.arguments, strict=False)
    return {name: value for name, value in pairs if value is not None}


def _require(row: Row, given: Mapping[str, Any], name: str) -> Any:
    if name not in given:
        raise RowError(f"{row.module} needs {name}", ARGUMENTS)
    return given[name]


def _stride(value: Any) -> Fraction | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e6
    return Fraction(value) if number else None


def _pool(word: str, names: Sequence[str]) -> Maker:
    def make(row: Row, flow: Flow) -> Plain:
        given = _given(row, names)
        size = _require(row, given, "kernel_size")
        known = ("stride", "padding", "dilation", "ceil_mode")
        layer = {word: size} | {name: given[name] for name in known if name in given}
        return Plain(layer, flow.channels[row.sources[0]], _stride(given.get("stride", size)))

    return make


def _adaptive(word: str) -> Maker:
    def make(row: Row, flow: Flow) -> Plain:
        size = _require(row, _given(row, ("output_size",)), "output_size")
        return Plain({word: size}, flow.channels[row.sources[0]], None)

    return make


def _upsample(row: Row, flow: Flow) -> Plain:
    given = _given(row, ("size", "scale_factor", "mode", "align_corners"))
    mode = str(given.get("mode", "nearest")).removesuffix("-exact")
    more = {} if mode == "nearest" else {"mode": mode}
    channels = flow.channels[row.sources[0]]
    if mode == "nearest" and "align_corners" in given:
        raise RowError("align_corners is for other modes than nearest", ARGUMENTS, 3)
    if "size" in given:
        if "scale_factor" in given:
            raise RowError("nn.Upsample takes a size or a scale_factor, not both", ARGUMENTS)
        size = given["size"]
        sizes = size if isinstance(size, list) else [size, size]
        return Plain({"upsample": None, "size": sizes, **more}, channels, None)
    factor = _require(row, given, "scale_factor")
    stride = _stride(factor)
    return Plain({"upsample": factor, **more}, channels, 1 / stride if stride else None)


def _zero_pad(row: Row, flow: Flow) -> Plain:
    widths = _require(row, _given(row, ("padding",)), "padding")
    numbers = widths if isinstance(widths, list) else [widths] * 4
    if len(numbers) != 4 or not all(type(number) is int for number in numbers):
        message = f"padding={value_written(widths)} is not one number, or left, right, top, bottom"
        raise RowError(message, ARGUMENTS, 0)
    left, right, top, bottom = numbers
    return Plain({"pad": [[top, bottom], [left, right]]}, flow.channels[row.sources[0]])


def _conv(row: Row, flow: Flow) -> Plain:
    given = _given(row, (*CONV2D, "bias"))
    channels = flow.channels[row.sources[0]]
    for name in CONV2D[:2]:
        if _require(row, given, name) != channels:
            message = f"{name}={value_written(given[name])} of {row.module}, but it reads "
            reason = "; rows of nn.Conv2d keep their channels" if name == CONV2D[1] else ""
            raise RowError(f"{message}{channels} channels{reason}", ARGUMENTS)
    size = _require(row, given, "kernel_size")
    others = {name: given[name] for name in (*CONV2D[3:], "bias") if name in given}
    stride = _stride(given.get("stride", 1))
    return Plain({"conv": channels, "kernel_size": size, **others}, channels, stride)


def _conv_transpose(row: Row, flow: Flow) -> Plain:
    given = _given(row, ("out_channels", *TRANSPOSED))
    written = _require(row, given, "out_channels")
    if type(written) is not int or not 1 <= written <= MOST_CHANNELS:
        message = f"out_channels={value_written(written)} of {row.module} is not a whole number"
        raise RowError(f"{message} of 1 or more", ARGUMENTS, 0)
    channels = flow.scale.channels(written)
    _require(row, given, "kernel_size")
    others = {name: given[name] for name in TRANSPOSED if name in given}
    stride = _stride(given.get("stride", 1))
    return Plain({"conv_transpose": channels, **others}, channels, 1 / stride if stride else None)


def _concat(row: Row, flow: Flow) -> Plain:
    if row.arguments not in ([], [1]):
        raise RowError("rows are concatenated along their channels only: [1]", ARGUMENTS)
    channels = sum([flow.channels[each] for each in row.sources])
    stride = flow.strides[row.sources[0]]
    if len(row.sources) == 1:
        return Plain({"identity": {}, "from": row_name(row.sources[0])}, channels, stride)
    return Plain({"concat": [row_name(each) for each in row.sources]}, channels, stride)


def _fuse(row: Row, flow: Flow) -> Plain:
    """CBFuse: one of several outputs of each row, at the sizes of the last row, all added."""
    *many, last = row.sources
    picks = row.arguments[0] if row.arguments else None
    if not isinstance(picks, list) or len(picks) < len(many) or not many:
        raise RowError("CBFuse needs the number of an output for each row but the last", ARGUMENTS)
    operands: list[Any] = []
    for at, (each, pick) in enumerate(zip(many, picks, strict=False)):
        parts = flow.parts.get(each, ())
        if type(pick) is not int or not -len(parts) <= pick < len(parts):
            message = f"row {each} has {len(parts)} outputs, none with the number "
            raise RowError(f"{message}{value_written(pick)}", ARGUMENTS, 0, at)
        start = sum(parts[: pick % len(parts)])
        ends = [start, start + parts[pick]]
        taken = {"channel_slice": ends, "from": row_name(each)}
        operands.append([taken, {"upsample": row_name(last)}])
    layer = {"add": [*operands, row_name(last)]}
    return Plain(layer, flow.channels[last], flow.strides[last])


def _shortcut(row: Row, flow: Flow) -> Plain:
    """Shortcut of YOLOv7: two rows, added."""
    if len(row.sources) != 2 or len(row.arguments) > 1:
        raise RowError(f"{row.module} adds two rows: [[-1, -2], 1, {row.module}, [1]]")
    first = row.sources[0]
    layer = {"add": [row_name(each) for each in row.sources]}
    return Plain(layer, flow.channels[first], flow.strides[first])


MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode")
AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")

MAKERS: Mapping[str, Maker] = {
    "CBFuse": _fuse,
    "Concat": _concat,
    "nn.AdaptiveAvgPool2d": _adaptive("adaptive_avg_pool"),
    "nn.AdaptiveMaxPool2d": _adaptive("adaptive_max_pool"),
    "nn.AvgPool2d": _pool("avg_pool", AVG_POOL),
    "nn.BatchNorm2d": _same({"batch_norm": {}}),
    "nn.Conv2d": _conv,
    "nn.ConvTranspose2d": _conv_transpose,
    "nn.Dropout": _same({"dropout": {}}),
    "nn.MaxPool2d": _pool("max_pool", MAX_POOL),
    "nn.Upsample": _upsample,
    "nn.ZeroPad2d": _zero_pad,
}
CLASSIC: Mapping[str, Maker] = {"Shortcut": _shortcut}
JOINING = ("CBFuse", "Concat", "Shortcut")
"""Modules that read several rows, and know what to do with their strides."""
