"""The reader of Caffe's prototxt files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from convcalc.checks.rules import NO_EFFECT
from convcalc.errors import shortened
from convcalc.files.caffe.inputs import CaffeInput, data_inputs, sized, written_inputs
from convcalc.files.caffe.kinds import BETWEEN, BOXES, DATA, KINDS, LEARNING, is_dropped, type_of
from convcalc.files.caffe.message import Message
from convcalc.files.caffe.site import Site
from convcalc.files.caffe.text import MOST_BYTES, parsed
from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.places import SourceFault
from convcalc.files.source_text import SourceText
from convcalc.layers import INPUT
from convcalc.wording import counted, did_you_mean

MOST_LAYERS = 5_000
MOST_BLOBS = 20_000
"""Bottoms and tops of all layers, and inputs."""
BOM = b"\xef\xbb\xbf"
LAYER = re.compile(rb"\blayers?[ \t\r\n]*:?[ \t\r\n]*[{<]")


def read(stream: BinaryIO, _name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file; see `readers.Reader`.

    Settings are `size` and `inputs`, in place of the shapes of the file.
    """
    text = SourceText(stream.read(MOST_BYTES + 1).removeprefix(BOM))
    rows = Rows()
    is_network = LAYER.search(text.data) is not None
    try:
        root = parsed(text)
        is_network = bool(root.parts("layer") or root.parts("layers"))
        outputs = _Network(rows, root).converted(settings)
        name = root.word("name") or None
        document = rows.document(outputs, source={"format": "caffe"}, name=name)
        document.line = text.line
    except GraphError as error:
        document = ConvertedDocument(
            None,
            {},
            problems=[error.fault],
            notes=rows.notes,
            source={"format": "caffe"},
            line=text.line,
        )
    document.is_network = is_network
    return document


class _Network:
    """The layers of a file that run where the network is used."""

    def __init__(self, rows: Rows, root: Message) -> None:
        self.rows = rows
        self.root = root
        self.blobs: dict[str, Tensor | None] = {}
        """The values by their names, which may be given again; None where one is left out."""
        self.unread: dict[str, Tensor] = {}
        self.makers: dict[str, Message] = {}
        """The layers that give them."""
        self.left_out: list[Message] = []
        self.batch = 1
        """Of the file; figures are those of one item."""

    def converted(self, settings: Mapping[str, Any]) -> dict[str, Tensor]:
        """Makes the rows of all layers.

        Returns:
            The values that no layer reads.

        Raises:
            GraphError: the file is no network.
            SpecError: a setting is not for this network.
        """
        running = self._layers()
        layers = [(layer, kind) for layer, kind in running if kind not in DATA]
        self._add_inputs(self._inputs(running), layers, settings)
        pairs = _pairs(layers)
        for at, (layer, kind) in enumerate(layers):
            self._add(layer, kind, fused=at in pairs)
        if not self.unread:
            raise GraphError(SourceFault("there are no layers in the file"))
        if self.left_out:
            kinds = ", ".join(dict.fromkeys(_kind(layer) for layer in self.left_out))
            told = f"{counted(len(self.left_out), 'layer')} of boxes or labels left out: {kinds}"
            self.rows.notes.append(SourceFault(told, self.left_out[0].place))
        self._note_unread()
        return self.unread

    def _note_unread(self) -> None:
        """Tells of values between layers that no layer reads; scores and boxes may be outputs."""
        read = {bottom for layer in self.left_out for bottom in layer.words("bottom")}
        for name in [*self.unread][:-1]:
            layer = self.makers[name]
            if name not in read and _kind(layer) in BETWEEN:
                told = f"no layer reads {shortened(name)}, so it is an output of the network"
                self.rows.notes.append(SourceFault(told, layer.place, NO_EFFECT))

    def _inputs(self, running: Sequence[tuple[Message, str]]) -> list[CaffeInput]:
        """The inputs of the file; those of training where there are no others."""
        inputs = written_inputs(self.root)
        self.blobs |= dict.fromkeys(each.blob for each in inputs)
        data = [(layer, kind) for layer, kind in running if kind in DATA]
        data += [
            (layer, _kind(layer))
            for layer in _all_layers(self.root)
            if not _runs(layer) and _kind(layer) in DATA
        ]
        for layer, kind in data:
            if not self.blobs.keys() & layer.words("top"):
                inputs += data_inputs(layer, kind)
                self.blobs |= dict.fromkeys(layer.words("top"))
        return inputs

    def _layers(self) -> list[tuple[Message, str]]:
        """The layers that run in tests, with their types."""
        all_layers = _all_layers(self.root)
        if len(all_layers) > MOST_LAYERS:
            told = f"the file has more than {MOST_LAYERS:,} layers"
            raise all_layers[MOST_LAYERS].fail(told)
        blobs = [layer.words(name) for layer in all_layers for name in ("bottom", "top")]
        if sum(map(len, [*blobs, self.root.words("input")])) > MOST_BLOBS:
            raise GraphError(SourceFault(f"the layers read and write over {MOST_BLOBS:,} values"))
        pairs = [(layer, _kind(layer)) for layer in all_layers if _runs(layer)]
        return [(layer, kind) for layer, kind in pairs if not is_dropped(kind)]

    def _add_inputs(
        self,
        inputs: Sequence[CaffeInput],
        layers: Sequence[tuple[Message, str]],
        settings: Mapping[str, Any],
    ) -> None:
        """Makes the inputs that a layer reads."""
        read = {bottom for layer, _ in layers for bottom in layer.words("bottom")}
        inputs = sized([each for each in inputs if each.blob in read], settings)
        self.batch = max([each.batch for each in inputs], default=1)
        for each in inputs:
            if each.shape is None:
                told = f"the size of {shortened(each.blob)} is in no file; give it with --input"
                raise GraphError(SourceFault(told, each.place))
            if each.is_assumed:
                told = f"{counted(each.shape[0], 'channel')} assumed: they are in the data alone"
                self.rows.notes.append(SourceFault(told, each.place))
            name = INPUT if len(inputs) == 1 else each.blob
            with self.rows.source(each.blob, each.place):
                self.blobs[each.blob] = self.rows.input(name, (1, *each.shape), 1)

    def _add(self, layer: Message, kind: str, *, fused: bool) -> None:
        """Makes the rows of a layer."""
        name = layer.word("name")
        reads = []
        tops = layer.words("top")
        for bottom in layer.words("bottom"):
            if bottom not in self.blobs:
                told = f"unknown bottom {shortened(bottom)}"
                raise layer.fail(f"{told}{did_you_mean(bottom, self.blobs)}", "bottom")
            reads.append(self.blobs[bottom])
        known = [each for each in reads if each is not None]
        if kind in BOXES or len(known) < len(reads):
            self._leave_out(layer, kind)
            return
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            raise layer.fail(f"there is no rule for layers of type {shortened(kind)}{hint}", "type")
        for bottom in layer.words("bottom"):
            self.unread.pop(bottom, None)
        with self.rows.source(name or "layer", layer.place):
            made = KINDS[kind](Site(self.rows, layer, known, fused=fused, batch=self.batch))
        if isinstance(made, list):
            values = dict(zip(tops, made, strict=False))
            self.unread |= values
        else:  # a second top tells places of the first one's values, for an Upsample
            values = dict.fromkeys(tops, made)
            self.unread |= dict.fromkeys(tops[:1], made)
        self.blobs |= values
        self.makers |= dict.fromkeys(values, layer)

    def _leave_out(self, layer: Message, kind: str) -> None:
        """Leaves out a layer that makes boxes, or that reads labels or boxes."""
        if kind in LEARNING:
            raise layer.fail("the layer reads what is left out")
        self.blobs |= dict.fromkeys(layer.words("top"))
        self.left_out.append(layer)


def _all_layers(root: Message) -> list[Message]:
    return [*root.parts("layer"), *root.parts("layers")]


def _kind(layer: Message) -> str:
    """The type of a layer, whatever the version of the file."""
    if layer.parts("layer"):
        raise layer.fail("a layer in a layer is of an older version of Caffe")
    if "type" not in layer.fields:
        raise layer.fail("the layer has no type")
    return type_of(layer.word("type"))


def _runs(layer: Message) -> bool:
    """Whether a layer is part of the network where it is used, not trained."""
    included, excluded = layer.parts("include"), layer.parts("exclude")
    if included:
        return any(map(_holds, included))
    return not any(map(_holds, excluded))


def _holds(rule: Message) -> bool:
    """Whether a rule is met by the state in tests: level 0, and no stage."""
    return (
        rule.word("phase", "TEST") in ("TEST", "1")
        and rule.number("min_level", 0, -(2**31)) <= 0
        and rule.number("max_level", 0, -(2**31)) >= 0
        and not rule.words("stage")
    )


def _pairs(layers: Sequence[tuple[Message, str]]) -> set[int]:
    """The BatchNorm layers whose value only the Scale behind them reads, and those."""
    found: set[int] = set()
    later: dict[str, int] = {}
    for at in range(len(layers) - 1, 0, -1):
        (norm, one), (scale, other) = layers[at - 1], layers[at]
        top, part = norm.word("top"), scale.part("scale_param")
        is_pair = (one, other) == ("BatchNorm", "Scale") and scale.words("bottom") == [top]
        is_last = scale.word("top") == top or later.get(top, 0) <= at
        simple = part.number("axis", 1, -99) == 1 and part.number("num_axes", 1, -1) == 1
        for bottom in scale.words("bottom"):
            later.setdefault(bottom, at)
        if is_pair and is_last and simple and part.flag("bias_term"):
            found |= {at - 1, at}
    return found
