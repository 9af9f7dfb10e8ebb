"""A reader of a small binary format, to try what formats other than YAML need.

A file is `\\x7fTOY`, a version, and nodes: the length of a name, the name, a kind and a number of
two bytes. A node that is convcalc's row has the places of that row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from convcalc.errors import SpecError
from convcalc.files.documents import ConvertedDocument
from convcalc.files.places import AnyPlace, NamedPlace, SourceFault
from convcalc.files.readers import Reader
from convcalc.layers import Path

TOY = Reader(
    "toy",
    "toy file",
    (".toy", ".yaml"),
    "support.toy_reader",
    looks_like=rb"\A\x7fTOY",
    target=r"toys\.[a-z]+:[a-z]+",
    settings={"size": "Spatial size of the input.", "scale": "Multiplies the channels."},
)
CONV, RELU, LSTM, WEIGHTS, UNKNOWN = range(5)
TARGETS = {"toys.small:net": [("conv1", CONV, 8)]}


def toy(*nodes: tuple[str, int, int]) -> bytes:
    """A file with some nodes: a name, a kind and a number each."""
    written = [
        bytes([len(name)])
        + name.encode()
        + bytes([kind])
        + number.to_bytes(2, "big")
        + (bytes(number) if kind == WEIGHTS else b"")
        for name, kind, number in nodes
    ]
    return b"\x7fTOY\x01" + b"".join(written)


def read(stream: BinaryIO, name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file, or at a target."""
    scale = settings.get("scale", 1)
    if scale not in (1, 2, 4):
        raise SpecError("{scale} is not 1, 2 or 4", scale=scale)
    problems: list[SourceFault[AnyPlace]] = []
    if not {"size", "inputs"} & settings.keys():
        problems.append(SourceFault("the input size is not in the file; set size"))
    size = settings.get("size", 8)
    sizes = [size, size] if isinstance(size, int) else [*size][:1] * 2
    nodes = TARGETS[name] if name in TARGETS else _nodes(stream, problems)
    layers: list[Any] = []
    names: dict[Path, str] = {}
    places: dict[Path, AnyPlace] = {(): NamedPlace("graph", "main")}
    notes: list[SourceFault[AnyPlace]] = []
    for position, (node, kind, number) in enumerate(nodes, start=1):
        place = NamedPlace("node", node, position)
        if kind == LSTM:
            notes.append(SourceFault("LSTM has no equivalent; its cost is missing", place))
            continue
        if kind != WEIGHTS:
            places["layers", len(layers)] = place
            names["layers", len(layers)] = node
            layers.append(_layer(node, kind, number * scale))
    (_, shape), *_ = settings.get("inputs", [("", (3, *sizes))])
    content = {"input": [*shape], "layers": layers, "budget": {"params": 250}}
    source = {"format": "toy", "version": 1}
    return ConvertedDocument(
        content,
        places,
        problems=problems,
        notes=notes,
        source=source,
        source_names=names,
        is_network=not any("not a toy" in problem.message for problem in problems),
    )


def _nodes(
    stream: BinaryIO, problems: list[SourceFault[AnyPlace]]
) -> Iterable[tuple[str, int, int]]:
    if stream.read(5) != b"\x7fTOY\x01":
        problems.append(SourceFault("this is not a toy file of version 1"))
        return
    while length := stream.read(1):
        node = stream.read(length[0]).decode()
        kind, *number = stream.read(3)
        if kind == WEIGHTS:
            stream.seek(int.from_bytes(number, "big"), 1)
        yield node, kind, int.from_bytes(number, "big")


def _layer(node: str, kind: int, number: int) -> dict[str, Any]:
    if kind == RELU:
        return {"relu": None}
    name = node.strip("/").replace("/", ".")
    if kind == UNKNOWN:
        return {"opaque": node, "shape": "same", "name": name}
    return {"conv": number, "kernel_size": 3, "padding": 1, "groups": 1, "name": name}
