"""Writes ONNX files, in the wire format of protobuf, and reads them as the program does."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.files.loading import Loaded, load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides

FLOAT, UINT8, INT8, INT32, INT64, BOOL, FLOAT16 = 1, 2, 3, 6, 7, 9, 10
LETTERS = {FLOAT: "f", UINT8: "B", INT8: "b", INT32: "i", INT64: "q", BOOL: "?", FLOAT16: "e"}
EXTERNAL = 1

Dims = Sequence[int | str | None]


class Graph(NamedTuple):
    """A graph as it is written, to be the attribute of a node."""

    data: bytes


class Array(NamedTuple):
    """An array as it is written, to be the attribute of a node."""

    data: bytes


def varint(number: int) -> bytes:
    """A whole number; those below zero have ten bytes."""
    number &= 2**64 - 1
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def field(number: int, value: int | str | bytes) -> bytes:
    """A field: a whole number, or text or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(number: int, values: Sequence[str | bytes]) -> bytes:
    """A field several times."""
    return b"".join(field(number, value) for value in values)


def array(
    name: str, dims: Sequence[int], values: Sequence[Any] | None = None, kind: int | None = None
) -> bytes:
    """An array; without values they are said to be in another file.

    Args:
        name: its name.
        dims: its sizes.
        values: its numbers.
        kind: what they are; by the values if it is left out.
    """
    if kind is None:
        kind = INT64 if values and all(type(value) is int for value in values) else FLOAT
    data = b"".join(field(1, size) for size in dims) + field(2, kind) + field(8, name)
    if values is None:
        elsewhere = field(1, "location") + field(2, "/etc/passwd")
        return data + field(13, elsewhere) + field(14, EXTERNAL)
    return data + field(9, struct.pack(f"<{len(values)}{LETTERS[kind]}", *values))


def attribute(name: str, value: Any) -> bytes:
    """An attribute of a node."""
    data = field(1, name)
    match value:
        case Graph():
            return data + field(6, value.data) + field(20, 5)
        case Array():
            return data + field(5, value.data) + field(20, 4)
        case str():
            return data + field(4, value) + field(20, 3)
        case int():
            return data + field(3, int(value)) + field(20, 2)
        case float():
            return data + varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
        case [float(), *_]:
            packed = struct.pack(f"<{len(value)}f", *value)
            return data + field(7, packed) + field(20, 6)
        case _:
            return data + b"".join(field(8, each) for each in value) + field(20, 7)


def node(
    operator: str,
    inputs: str | Sequence[str],
    outputs: str | Sequence[str],
    *,
    name: str | None = None,
    domain: str = "",
    **attributes: Any,
) -> bytes:
    """A node; inputs and outputs in one text are set apart by spaces, and `-` is left out."""
    given, made = (text.split() if isinstance(text, str) else text for text in (inputs, outputs))
    return (
        fields(1, ["" if each == "-" else each for each in given])
        + fields(2, ["" if each == "-" else each for each in made])
        + (field(3, name) if name is not None else b"")
        + field(4, operator)
        + fields(5, [attribute(key, value) for key, value in attributes.items()])
        + (field(7, domain) if domain else b"")
    )


def value(name: str, dims: Dims | None, kind: int = FLOAT) -> bytes:
    """A value with its sizes: numbers, names, or None for what is open."""
    tensor = field(1, kind)
    if dims is not None:
        written = [
            field(1, size) if isinstance(size, int) else field(2, size) if size else b""
            for size in dims
        ]
        tensor += field(2, fields(1, written))
    return field(1, name) + field(2, field(1, tensor))


def graph(
    nodes: Sequence[bytes],
    inputs: Mapping[str, Dims | None],
    outputs: Mapping[str, Dims | None] | Sequence[str],
    arrays: Sequence[bytes] = (),
    told: Mapping[str, Dims] | None = None,
) -> Graph:
    """A graph."""
    given: Sequence[tuple[str, Dims | None]] = (
        [*outputs.items()] if isinstance(outputs, Mapping) else [(name, None) for name in outputs]
    )
    return Graph(
        fields(1, nodes)
        + field(2, "main")
        + fields(5, arrays)
        + fields(11, [value(*each) for each in inputs.items()])
        + fields(12, [value(*each) for each in given])
        + fields(13, [value(*each) for each in (told or {}).items()])
    )


def model(
    nodes: Sequence[bytes],
    inputs: Mapping[str, Dims | None],
    outputs: Mapping[str, Dims | None] | Sequence[str],
    arrays: Sequence[bytes] = (),
    told: Mapping[str, Dims] | None = None,
    *,
    opset: int = 17,
    functions: Sequence[bytes] = (),
) -> bytes:
    """A file."""
    return (
        field(1, 8)
        + field(2, "test")
        + field(7, graph(nodes, inputs, outputs, arrays, told).data)
        + field(8, field(2, opset))
        + fields(25, functions)
    )


def function(
    domain: str, name: str, inputs: str, outputs: str, nodes: Sequence[bytes], names: str = ""
) -> bytes:
    """A function of a file."""
    return (
        field(1, name)
        + fields(4, inputs.split())
        + fields(5, outputs.split())
        + fields(6, names.split())
        + fields(7, nodes)
        + field(10, domain)
    )


def constant(name: str, *values: int) -> bytes:
    """A node that gives whole numbers in a list."""
    return node("Constant", "", name, value=Array(array("", [len(values)], list(values), INT64)))


def loaded(data: bytes, overrides: Overrides | None = None) -> Loaded:
    """The network of a file, as the program reads it."""
    read = read_file(SourceFile.of(data, "net.onnx"), overrides)
    return load_document(read.document, "net", read.overrides)


class Found(NamedTuple):
    """What a network has."""

    shapes: list[tuple[int, ...]]
    params: int
    macs: int
    words: list[str]


def found(data: bytes, overrides: Overrides | None = None) -> Found:
    """The shapes of the outputs, the figures, and the words of the rows."""
    result = loaded(data, overrides)
    assert result.network is not None, [(each.place, each.text) for each in result.problems]
    totals = result.network.audit().totals
    words = [next(iter(layer)) for layer in result.document.content["layers"]]
    shapes = [*totals.outputs.values()] or [totals.output_shape]
    return Found(shapes, totals.params, totals.macs, words)


def fault(data: bytes, overrides: Overrides | None = None) -> tuple[str, str]:
    """The title of the place and the message of the only error."""
    (problem,) = loaded(data, overrides).problems
    return problem.place.title if problem.place else "", problem.text


IMAGE = (1, 4, 12, 10)


def of(
    operator: str,
    *arrays: bytes,
    image: Sequence[int] = IMAGE,
    reads: str = "x",
    opset: int = 17,
    domain: str = "",
    **attributes: Any,
) -> bytes:
    """A file of one node that reads the input and some arrays."""
    names = [f"a{at}" for at in range(len(arrays))]
    written = node(operator, " ".join([reads, *names]), "y", domain=domain, **attributes)
    return model([written], {"x": image}, ["y"], arrays, opset=opset)


def weights(*dims: Sequence[int]) -> list[bytes]:
    """Learned arrays with the names that `of` gives them."""
    return [array(f"a{at}", each) for at, each in enumerate(dims)]


def numbers(*values: Sequence[Any]) -> list[bytes]:
    """Small arrays of numbers."""
    return [array(f"a{at}", [len(each)], list(each)) for at, each in enumerate(values)]
