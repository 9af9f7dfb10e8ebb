"""The reader of Darknet's configuration files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from convcalc.errors import SpecError, shortened
from convcalc.files.darknet.heads import yolo_inputs
from convcalc.files.darknet.kinds import BY_TITLE, NETWORK, SHORT, kind_of
from convcalc.files.darknet.sections import Section, sections_of, source_row
from convcalc.files.darknet.site import Network, Site, value
from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.texts import read_text, text_document
from convcalc.files.places import SourceFault
from convcalc.language.inputs import with_settings
from convcalc.layers import INPUT
from convcalc.values import Shape
from convcalc.wording import did_you_mean

SIZES = frozenset(("width", "height", "channels", "inputs", "batch", "subdivisions"))
"""Options that distinguish a network's first section from that of another program."""


def read(stream: BinaryIO, _name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file; see `readers.Reader`.

    Settings are `size` and `inputs`, in place of the width, height and channels of the file.
    """
    text = read_text(stream)
    found: list[Section] = []

    def convert(rows: Rows) -> ConvertedDocument:
        sections, notes = sections_of(text)
        found.extend(sections)
        rows.notes.extend(notes)
        network, outputs = _converted(rows, sections, settings)
        heads = yolo_inputs(network)
        source = {"heads": [heads.content()]} if heads else {}
        return rows.document(outputs, source=source)

    document = text_document("darknet", text, convert)
    document.is_network = _is_meant(found)
    return document


def _is_meant(sections: Sequence[Section]) -> bool:
    """Whether a file is a network, with mistakes or without; other programs have sections too."""
    if not sections or sections[0].word not in NETWORK:
        return False
    is_sized = bool(sections[0].options.keys() & SIZES)
    return is_sized or any(kind_of(section.word) for section in sections[1:])


def _converted(
    rows: Rows, sections: Sequence[Section], settings: Mapping[str, Any]
) -> tuple[Network, dict[str, Tensor]]:
    """Makes the rows of all layers.

    Returns:
        The layers, and the outputs of the network by their names.

    Raises:
        GraphError: the file does not describe a network.
        SpecError: a setting is not for this network.
    """
    if not sections or sections[0].word not in NETWORK:
        place = sections[0].place if sections else None
        found = f"not [{shortened(sections[0].word)}]" if sections else "but there is none"
        raise GraphError(SourceFault(f"the first section of a network is [net], {found}", place))
    if len(sections) == 1:
        raise GraphError(SourceFault("the network has no layers", sections[0].place))
    shape = _input_shape(rows, sections[0], settings)
    rows.input(INPUT, (1, *shape), 1)
    network = Network(rows, value(INPUT, shape), sections[1:])
    outputs = {}
    for index, section in enumerate(sections[1:]):
        made = _layer(network, section)
        network.values.append(made)
        kind = kind_of(section.word)
        if (kind and kind.is_head) or index == len(sections) - 2:
            outputs[made.row] = made
    return network, outputs


def _layer(network: Network, section: Section) -> Tensor:
    """The output of a layer."""
    site = Site(network, section)
    kind = kind_of(section.word)
    if kind is None:
        hint = did_you_mean(section.word, [*BY_TITLE, *SHORT])
        raise site.fail(f"unknown section [{shortened(section.word)}]{hint}")
    if kind.convert is None:
        raise site.fail(f"[{section.word}] is not supported: there is no rule for it")
    row = source_row(site.index, section)
    with network.rows.source(f"L{site.index}.{kind.title}", section.place, row):
        made = kind.convert(site)
    site.note_slips()
    return made


def _input_shape(rows: Rows, section: Section, settings: Mapping[str, Any]) -> Shape:
    """Channels, height and width of the input: as set, else as the file has them."""
    site = Site(Network(rows, value(INPUT, ())), section)
    channels, height, width = [site.number(key, 0, 0) for key in ("channels", "height", "width")]
    inputs = site.number("inputs", 0, 0)
    site.note_slips()
    shape = with_settings({INPUT: (channels, height, width)}, settings)[INPUT]
    if len(shape) != 3:
        raise SpecError("{input} has no height and width", input=shape)
    if min(shape) < 1:
        found = f"inputs={inputs} alone" if inputs else f"(channels, height, width) = {shape}"
        raise site.fail(f"the network has no image for its input: {found}")
    return shape
