"""Recurrent layers: products with the weights of all gates, once a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from convcalc.errors import value_text
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.keras.definitions import class_and_config
from convcalc.files.keras.faults import KerasError, NoRuleError
from convcalc.files.keras.fields import Fields
from convcalc.files.keras.layers.convolutions import PADDINGS
from convcalc.files.keras.legacy import modern_class, modern_config
from convcalc.files.keras.site import DATA_FORMATS, Mapper, Site, channels_last
from convcalc.operations.windows import span
from convcalc.records import NamedTuple

GATES = {"GRU": 3, "LSTM": 4, "SimpleRNN": 1}
STATES = {"GRU": 1, "LSTM": 2, "SimpleRNN": 1}
CELLS = {f"{name}Cell": name for name in GATES}
STACK = "StackedRNNCells"
MERGES = ("concat", "sum", "ave", "mul")


class Recurrence(NamedTuple):
    """What a recurrent layer learns and gives."""

    params: int
    products: int
    """Multiply-accumulates of a step."""
    units: int
    states: tuple[int, ...]
    """The sizes of its states."""


def recurrence(class_name: str, source_class: str, fields: Fields, features: int) -> Recurrence:
    """The figures of a layer or cell.

    Args:
        class_name: LSTM, GRU or SimpleRNN.
        source_class: as the file has it; layers of cuDNN have more biases.
        fields: its config.
        features: of its input.

    >>> recurrence("LSTM", "LSTM", Fields({"units": 8}), 16)[:2]
    (800, 768)
    """
    units, gates = fields.whole("units"), GATES[class_name]
    is_cudnn = source_class.startswith("CuDNN")
    biases = 1
    if is_cudnn or (class_name == "GRU" and fields.flag("reset_after", False)):
        biases = 2
    if not is_cudnn and not fields.flag("use_bias", True):
        biases = 0
    products = gates * units * (features + units)
    params = products + gates * units * biases
    return Recurrence(params, products, units, (units,) * STATES[class_name])


def _cell(cell: Any, features: int) -> Recurrence:
    """The figures of a cell, or of cells on each other."""
    class_name, config = class_and_config(cell)
    own = modern_class(class_name)
    if not isinstance(config, dict):
        raise KerasError(f"the config of a cell is {value_text(config)}, not an object")
    if own in CELLS:
        fields = Fields(modern_config(CELLS[own], config))
        return recurrence(CELLS[own], class_name, fields, features)
    cells = config.get("cells")
    if own != STACK or not isinstance(cells, list) or not cells:
        raise NoRuleError(f"the cell {class_name} has no rule")
    found: list[Recurrence] = []
    for each in cells:
        found.append(_cell(each, found[-1].units if found else features))
    return _together(found, found[-1].units)


def _together(parts: Sequence[Recurrence], units: int) -> Recurrence:
    """The figures of several layers or cells."""
    return Recurrence(
        sum([each.params for each in parts]),
        sum([each.products for each in parts]),
        units,
        tuple([size for each in parts for size in each.states]),
    )


def _recurrence(class_name: str, source_class: str, config: Any, features: int) -> Recurrence:
    if class_name == "RNN":
        return _cell(config.get("cell"), features)
    return recurrence(class_name, source_class, Fields(config), features)


def _layer(site: Site) -> Sequence[Tensor]:
    tensor = _sequence(site)
    layer = site.layer
    found = _recurrence(layer.class_name, layer.source_class, layer.config, tensor.sizes[-1])
    sizes = _sizes(site, tensor, site.fields, found.units)
    states = found.states if site.fields.flag("return_state", False) else ()
    return _made(site, layer.class_name, [sizes], states, found)


def _sequence(site: Site) -> Tensor:
    tensor = site.tensor
    if tensor.rank != site.head + 2:
        raise KerasError(f"the layer needs steps and features, but reads {site.sizes_text(tensor)}")
    return tensor


def _sizes(site: Site, tensor: Tensor, fields: Fields, units: int) -> list[int]:
    steps = tensor.sizes[site.head : site.head + 1]
    kept = steps if fields.flag("return_sequences", False) else ()
    return [*tensor.sizes[: site.head], *kept, units]


def _made(
    site: Site, title: str, outputs: Sequence[list[int]], states: Sequence[int], own: Recurrence
) -> list[Tensor]:
    """A row for the first output, and more for others that are read."""
    rows, reads, like = site.rows, site.tensors, channels_last(outputs[0])
    weights = [site.weight("weights", own.params)]
    macs = prod(reads[0].sizes[1 : site.head + 1]) * own.products
    first = weighted_opaque(rows, title, reads, outputs[0], weights, macs=macs, like=like)
    head = reads[0].sizes[: site.head]
    others = [*outputs[1:], *[[*head, size] for size in states]]
    made = [first]
    for number, sizes in enumerate(others, start=1):
        made.append(moved(rows, f"{title} state", [first], sizes) if number in site.read else first)
    return made


def _bidirectional(site: Site) -> Sequence[Tensor]:
    tensor = _sequence(site)
    fields = site.fields
    class_name, source, config = _inner(fields.get("layer"))
    found = _recurrence(class_name, source, config, tensor.sizes[-1])
    back = found
    if fields.get("backward_layer") is not None:
        back = _recurrence(*_inner(fields.get("backward_layer")), tensor.sizes[-1])
    one = _sizes(site, tensor, Fields(config), found.units)
    outputs = [one, one]
    if "merge_mode" not in fields.values or fields.get("merge_mode") is not None:
        mode = fields.word("merge_mode", MERGES, "concat")
        outputs = [[*one[:-1], one[-1] * 2] if mode == "concat" else one]
    returns = Fields(config).flag("return_state", False)
    states = (*found.states, *found.states) if returns else ()
    own = _together([found, back], found.units)
    return _made(site, f"Bidirectional {class_name}", outputs, states, own)


def _inner(layer: Any) -> tuple[str, str, Mapping[str, Any]]:
    class_name, config = class_and_config(layer)
    own = modern_class(class_name)
    if own not in (*GATES, "RNN") or not isinstance(config, dict):
        raise NoRuleError(f"Bidirectional has no rule for the layer {class_name}")
    return own, class_name, modern_config(own, config)


def _conv_lstm(site: Site, dims: int) -> Sequence[Tensor]:
    """Convolutions in place of the products of an LSTM."""
    tensor = site.tensor
    if tensor.rank != site.head + 2 + dims:
        raise KerasError(f"the layer needs steps of images, but reads {site.sizes_text(tensor)}")
    fields = site.fields
    last = fields.word("data_format", DATA_FORMATS, "channels_last") == "channels_last"
    own = [*tensor.sizes[site.head + 1 :]]
    channels = own.pop(-1 if last else 0)
    filters, kernel = fields.whole("filters"), fields.sizes("kernel_size", dims)
    biases = 1 if fields.flag("use_bias", True) else 0
    spatial = _convolved(fields, own, kernel)
    taps = 4 * filters * prod(kernel) * (channels + filters)
    figures = Recurrence(taps + 4 * filters * biases, taps * prod(spatial), filters, ())
    image = [*spatial, filters] if last else [filters, *spatial]
    steps = tensor.sizes[site.head : site.head + 1]
    kept = steps if fields.flag("return_sequences", False) else ()
    sizes = [*tensor.sizes[: site.head], *kept, *image]
    return _made(site, site.layer.class_name, [sizes], (), figures)


def _convolved(fields: Fields, sizes: Sequence[int], kernel: Sequence[int]) -> list[int]:
    dims = len(sizes)
    strides = fields.sizes("strides", dims, 1)
    dilation = fields.sizes("dilation_rate", dims, 1)
    same = fields.word("padding", PADDINGS, "valid") == "same"
    found = []
    for size, width, stride, step in zip(sizes, kernel, strides, dilation, strict=True):
        window = 1 if same else span(width, step)
        if size < window:
            raise KerasError(f"a kernel of {window:,} does not fit in {size:,} positions")
        found.append((size - window) // stride + 1)
    return found


LAYERS: Mapping[str, Mapper] = {
    "Bidirectional": _bidirectional,
    **{f"ConvLSTM{dims}D": partial(_conv_lstm, dims=dims) for dims in (1, 2, 3)},
    "GRU": _layer,
    "LSTM": _layer,
    "RNN": _layer,
    "SimpleRNN": _layer,
}
