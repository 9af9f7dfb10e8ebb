"""The reader of Caffe's prototxt files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, BinaryIO

from convcalc.checks.rules import NO_EFFECT
from convcalc.errors import shortened
from convcalc.files.caffe.layers import SEVERAL, TYPES, Layer
from convcalc.files.caffe.slips import note_slips
from convcalc.files.caffe.text import Field, parsed
from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.texts import read_text, text_document
from convcalc.files.places import Place, SourceFault
from convcalc.language.inputs import with_settings
from convcalc.layers import INPUT
from convcalc.records import NamedTuple
from convcalc.wording import counted, did_you_mean

MOST_LAYERS = 5_000
MOST_BLOBS = 20_000
"""Bottoms and tops of all layers, and inputs."""
LAYER = re.compile(rb"\blayers?[ \t\r\n]*:?[ \t\r\n]*[{<]")
DATA = ("Data", "Input")
DROPPED = ("Accuracy", "Loss", "Silence")
"""Endings of types that are there for training or for printing alone."""
BOXES = ("DetectionEvaluate", "DetectionOutput", "PriorBox")
"""Types that make boxes. They learn nothing and multiply nothing, and are left out."""
MOVES = ("Concat", "Flatten", "Permute", "Reshape", "Slice", "Softmax", "Split")
"""Types that are left out with what they read."""
COLOURS = 3
"""The channels of an image in a database, which the file does not tell."""
BETWEEN = (
    "BatchNorm",
    "BN",
    "Concat",
    "Dropout",
    "ELU",
    "LRN",
    "Pooling",
    "PReLU",
    "ReLU",
    "Scale",
)
"""Types of which the values are hardly ever wanted themselves: another layer reads them."""
OLD_TYPES = {kind.lower(): kind for kind in TYPES}


class _Input(NamedTuple):
    """An input of the network."""

    place: Place
    sizes: Sequence[int]
    """With the batch; empty if they are not in the file."""
    is_assumed: bool = False


def read(stream: BinaryIO, _name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file; see `readers.Reader`.

    Settings are `size` and `inputs`, in place of the shapes of the file.
    """
    text = read_text(stream)
    document = text_document("caffe", text, lambda rows: _converted(rows, parsed(text), settings))
    document.is_network = LAYER.search(text.data) is not None
    return document


def _converted(rows: Rows, root: Field, settings: Mapping[str, Any]) -> ConvertedDocument:
    """Makes the rows of all layers that run where the network is used."""
    every = [*root.parts("layer"), *root.parts("layers")]
    if len(every) > MOST_LAYERS:
        raise every[MOST_LAYERS].fail(f"the file has more than {MOST_LAYERS:,} layers")
    ends = [each.values(end) for each in every for end in ("bottom", "top")]
    if sum(map(len, [*ends, root.values("input")])) > MOST_BLOBS:
        raise GraphError(SourceFault(f"the layers read and write over {MOST_BLOBS:,} values"))
    layers = [each for each in every if _runs(each) and not _kind(each).endswith((*DATA, *DROPPED))]
    network = _Network(rows, _paired(layers))
    network.add_inputs(_inputs(root, every), layers, settings)
    for layer in layers:
        network.add(layer, _kind(layer))
    if not network.unread:
        raise GraphError(SourceFault("there are no layers in the file"))
    if network.left_out:
        kinds = ", ".join(dict.fromkeys(map(_kind, network.left_out)))
        message = f"{counted(len(network.left_out), 'layer')} of boxes or labels left out: {kinds}"
        rows.notes.append(SourceFault(message, network.left_out[0].place))
    network.note_unread()
    return rows.document(network.unread, source={}, name=root.word("name") or None)


def _kind(layer: Field) -> str:
    """The type of a layer; older files have it in capitals."""
    kind = layer.word("type")
    if not kind:
        raise layer.fail("the layer has no type")
    if kind != kind.upper():
        return kind
    return OLD_TYPES.get(kind.replace("_", "").lower(), kind.title().replace("_", ""))


def _runs(layer: Field) -> bool:
    """Whether a layer is part of the network where it is used, not trained."""

    def holds(rule: Field) -> bool:
        return rule.word("phase", "TEST") == "TEST" and not rule.values("stage")

    included, excluded = layer.parts("include"), layer.parts("exclude")
    return any(map(holds, included)) if included else not any(map(holds, excluded))


def _inputs(root: Field, layers: Sequence[Field]) -> dict[str, _Input | None]:
    """Inputs by their blobs, and None for labels; the data of training if there are no others."""
    names, dims = root.fields.get("input", []), root.numbers("input_dim", 1)
    shapes = [each.numbers("dim", 1) for each in root.parts("input_shape")]
    shapes = shapes or [dims[at : at + 4] for at in range(0, len(dims), 4)]
    if len(shapes) < len(names):
        message = f"{counted(len(names), 'input')}, but {counted(len(shapes), 'shape')}"
        raise root.fail(message, "input")
    places = [each.place for each in names]
    found: dict[str, _Input | None] = {
        blob: _Input(place, sizes)
        for blob, place, sizes in zip(root.values("input"), places, shapes, strict=False)
    }
    data = [each for each in layers if _kind(each).endswith(DATA)]
    for layer in sorted(data, key=_runs, reverse=True):
        if not found.keys() & layer.values("top"):
            found |= _data(layer)
    return found


def _data(layer: Field) -> dict[str, _Input | None]:
    """The values of a layer of data, with sizes as far as the file has them."""
    tops, parts = layer.values("top"), [each for name in layer.fields for each in layer.parts(name)]
    shapes = [each.numbers("dim", 1) for part in parts for each in part.parts("shape")]
    if shapes:
        shapes *= len(tops) if len(shapes) == 1 else 1
        return {top: _Input(layer.place, sizes) for top, sizes in zip(tops, shapes, strict=False)}

    def size(*names: str) -> int:
        return max([part.number(name, 0) for part in parts for name in names], default=0)

    channels, height, width = (
        size("channels"),
        size("height", "new_height"),
        size("width", "new_width"),
    )
    crop = size("crop_size")
    sizes = (1, channels or COLOURS, crop or height, crop or width)
    image = _Input(layer.place, sizes if all(sizes) else (), is_assumed=not channels)
    return {**dict.fromkeys(tops), **dict.fromkeys(tops[:1], image)}


def _paired(layers: Sequence[Field]) -> set[int]:
    """The BatchNorm layers whose value only the Scale behind them reads, and those, by identity."""
    reads = Counter([blob for layer in layers for blob in layer.values("bottom")])
    found: set[int] = set()
    for norm, scale in pairwise(layers):
        (top, *_), part = [*norm.values("top"), ""], scale.part("scale_param")
        is_last = scale.values("top") == [top] or reads[top] == 1
        is_plain = part.flag("bias_term") and not part.fields.keys() & {"axis", "num_axes"}
        if (_kind(norm), _kind(scale)) == ("BatchNorm", "Scale") and is_last and is_plain:
            found |= {id(norm), id(scale)} if scale.values("bottom") == [top] else set()
    return found


class _Network:
    """The rows of layers, and the values of blobs."""

    def __init__(self, rows: Rows, paired: set[int]) -> None:
        self.rows = rows
        self.paired = paired
        self.batch = 1
        self.blobs: dict[str, Tensor | None] = {}
        """A name may be given to another value later; None where the value is left out."""
        self.unread: dict[str, Tensor] = {}
        self.makers: dict[str, Field] = {}
        """The layers that give them."""
        self.left_out: list[Field] = []

    def add_inputs(
        self,
        inputs: Mapping[str, _Input | None],
        layers: Sequence[Field],
        settings: Mapping[str, Any],
    ) -> None:
        """Makes the inputs that a layer reads."""
        read = {blob for layer in layers for blob in layer.values("bottom")}
        self.blobs = dict.fromkeys(inputs)
        known = {blob: each for blob, each in inputs.items() if each and blob in read}
        names = {blob: INPUT if len(known) == 1 else blob for blob in known}
        self.batch = max([each.sizes[0] for each in known.values() if each.sizes], default=1)
        shapes = {
            names[blob]: tuple(each.sizes[1:]) or (COLOURS, 1, 1) for blob, each in known.items()
        }
        given = with_settings(shapes, settings) if known else {}
        for blob, each in known.items():
            name = names[blob]
            if len(each.sizes) < 2 and given[name] == shapes[name]:
                message = f"the size of {shortened(blob)} is in no file; give it with --input"
                raise GraphError(SourceFault(message, each.place))
            if each.is_assumed and given[name][0] == shapes[name][0]:
                message = f"{counted(COLOURS, 'channel')} assumed: they are in the data alone"
                self.rows.notes.append(SourceFault(message, each.place))
            with self.rows.source(blob, each.place):
                self.blobs[blob] = self.rows.input(name, (1, *given[name]), 1)

    def add(self, layer: Field, kind: str) -> None:
        """Makes the rows of a layer."""
        bottoms, tops = layer.values("bottom"), layer.values("top")
        _require_blobs(layer, bottoms, tops, self.blobs)
        reads = [each for each in map(self.blobs.get, bottoms) if each is not None]
        if kind in BOXES or (len(reads) < len(bottoms) and kind in MOVES):
            self.blobs |= dict.fromkeys(tops)
            self.left_out.append(layer)
            return
        if len(reads) < len(bottoms):
            raise layer.fail("the layer reads what is left out")
        _require_rule(layer, kind, len(reads))
        for blob in bottoms:
            self.unread.pop(blob, None)
        name, rule = TYPES[kind]
        part = layer.part(name)
        with self.rows.source(layer.word("name", "layer"), layer.place):
            is_paired = id(layer) in self.paired
            made = rule(Layer(self.rows, layer, part, reads, self.batch, is_paired))
        note_slips(self.rows, layer, part)
        self.makers |= dict.fromkeys(tops, layer)
        if isinstance(made, Tensor):  # of a pooling, a second top has the places of the values
            self.blobs |= dict.fromkeys(tops, made)
            tops, made = tops[:1], [made]
        values = dict(zip(tops, made, strict=False))
        self.unread |= values
        self.blobs |= values

    def note_unread(self) -> None:
        """Notes values between layers that no layer reads; scores and boxes may be outputs."""
        read = {blob for layer in self.left_out for blob in layer.values("bottom")}
        for blob in [*self.unread][:-1]:
            layer = self.makers[blob]
            if blob not in read and _kind(layer) in BETWEEN:
                message = f"no layer reads {shortened(blob)}, so it is an output of the network"
                self.rows.notes.append(SourceFault(message, layer.place, NO_EFFECT))


def _require_blobs(
    layer: Field, bottoms: Sequence[str], tops: Sequence[str], blobs: Collection[str]
) -> None:
    for blob in bottoms:
        if blob not in blobs:
            hint = did_you_mean(blob, blobs)
            raise layer.fail(f"unknown bottom {shortened(blob)}{hint}", "bottom")
    for blob in tops:
        if blob in blobs and blob not in bottoms:
            message = f"top {shortened(blob)} has a value already, which the layer does not read"
            raise layer.fail(message, "top")


def _require_rule(layer: Field, kind: str, bottoms: int) -> None:
    if kind not in TYPES:
        hint = did_you_mean(kind, TYPES)
        written = shortened(layer.word("type"))
        raise layer.fail(f"there is no rule for layers of type {written}{hint}", "type")
    if bottoms > 1 and kind not in SEVERAL:
        raise layer.fail(f"{kind} reads one bottom, not {bottoms:,}", "bottom")
