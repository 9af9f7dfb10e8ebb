"""ONNX files, from their messages to a model.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

from convcalc.files.onnx.model import LARGEST, Array, Function, Graph, Model, Node, Reference, Value
from convcalc.files.onnx.wire import Kind, Message, Of, Schema, WireError, WireReader

MOST_AXES = 64
MOST_NODES = 100_000
LEAST_VERSION_WITH_OPSETS = 3
FLOATS = {1: "f", 11: "d", 10: "e"}
WHOLE = {2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 12: "I", 13: "Q"}
FLOAT_TYPES = frozenset({1, 10, 11, 16, 17, 18, 19, 20})
"""Number types with a fraction: float, float16, double, bfloat16 and those of 8 bits."""
DATA_FIELDS = ("int64_data", "int32_data", "float_data", "double_data", "uint64_data")

SCHEMAS: Mapping[str, Schema] = {
    "Model": {
        1: ("ir_version", Kind.NUMBER),
        2: ("producer_name", Kind.TEXT),
        3: ("producer_version", Kind.TEXT),
        7: ("graph", Of("Graph", is_list=False)),
        8: ("opset_import", Of("Opset")),
        25: ("functions", Of("Function")),
    },
    "Opset": {1: ("domain", Kind.TEXT), 2: ("version", Kind.NUMBER)},
    "Graph": {
        1: ("node", Of("Node")),
        2: ("name", Kind.TEXT),
        5: ("initializer", Of("Tensor")),
        11: ("input", Of("ValueInfo")),
        12: ("output", Of("ValueInfo")),
        13: ("value_info", Of("ValueInfo")),
    },
    "Function": {
        1: ("name", Kind.TEXT),
        4: ("input", Kind.TEXTS),
        5: ("output", Kind.TEXTS),
        7: ("node", Of("Node")),
        10: ("domain", Kind.TEXT),
        11: ("attribute_proto", Of("Attribute")),
    },
    "Node": {
        1: ("input", Kind.TEXTS),
        2: ("output", Kind.TEXTS),
        3: ("name", Kind.TEXT),
        4: ("op_type", Kind.TEXT),
        5: ("attribute", Of("Attribute")),
        7: ("domain", Kind.TEXT),
    },
    "Attribute": {
        1: ("name", Kind.TEXT),
        2: ("f", Kind.FLOAT),
        3: ("i", Kind.NUMBER),
        4: ("s", Kind.TEXT),
        5: ("t", Of("Tensor", is_list=False)),
        6: ("g", Of("Graph", is_list=False)),
        7: ("floats", Kind.FLOATS),
        8: ("ints", Kind.NUMBERS),
        9: ("strings", Kind.TEXTS),
        20: ("type", Kind.NUMBER),
        21: ("ref_attr_name", Kind.TEXT),
    },
    "Tensor": {
        1: ("dims", Kind.NUMBERS),
        2: ("data_type", Kind.NUMBER),
        4: ("float_data", Kind.FLOATS),
        5: ("int32_data", Kind.NUMBERS),
        7: ("int64_data", Kind.NUMBERS),
        8: ("name", Kind.TEXT),
        9: ("raw_data", Kind.DATA),
        10: ("double_data", Kind.DOUBLES),
        11: ("uint64_data", Kind.NUMBERS),
        14: ("data_location", Kind.NUMBER),
    },
    "ValueInfo": {1: ("name", Kind.TEXT), 2: ("type", Of("Type", is_list=False))},
    "Type": {1: ("tensor_type", Of("TensorType", is_list=False))},
    "TensorType": {
        1: ("elem_type", Kind.NUMBER),
        2: ("shape", Of("Shape", is_list=False)),
    },
    "Shape": {1: ("dim", Of("Dim"))},
    "Dim": {1: ("dim_value", Kind.NUMBER), 2: ("dim_param", Kind.TEXT)},
}


def model_of(stream: BinaryIO) -> Model:
    """The model in a file.

    Raises:
        WireError: it is not an ONNX file, or something in it cannot be.
    """
    end = stream.seek(0, 2)
    stream.seek(0)
    message = WireReader(stream, SCHEMAS).message("Model", end)
    if "graph" not in message:
        raise WireError("there is no graph in it")
    if "opset_import" not in message and message.get("ir_version", 0) >= LEAST_VERSION_WITH_OPSETS:
        raise WireError("it names no operator set: it is cut off")
    opsets = {
        each.get("domain", ""): each.get("version", 0) for each in message.get("opset_import", ())
    }
    producer = f"{message.get('producer_name', '')} {message.get('producer_version', '')}".strip()
    external = any(
        each.get("data_location") == 1 for each in message["graph"].get("initializer", ())
    )
    functions = {
        (each.get("domain", ""), each.get("name", "")): _function(each)
        for each in message.get("functions", ())
    }
    opset = opsets.get("", opsets.get("ai.onnx", 0))
    return Model(graph_of(message["graph"]), opset, producer, functions, external)


def graph_of(message: Message) -> Graph:
    """A graph, with initializers that are listed among its inputs taken out of those."""
    nodes = message.get("node", ())
    if len(nodes) > MOST_NODES:
        raise WireError(f"a graph of {len(nodes):,} nodes is too large; at most {MOST_NODES:,}")
    arrays = {each.get("name", ""): array_of(each) for each in message.get("initializer", ())}
    inputs = [_value(each) for each in message.get("input", ())]
    outputs = [_value(each) for each in message.get("output", ())]
    shapes = [_value(each) for each in message.get("value_info", ())]
    return Graph(
        message.get("name", ""),
        [_node(each) for each in nodes],
        arrays,
        [each for each in inputs if each.name not in arrays],
        outputs,
        {each.name: each for each in [*shapes, *outputs]},
    )


def _function(message: Message) -> Function:
    return Function(
        tuple(message.get("input", ())),
        tuple(message.get("output", ())),
        [_node(each) for each in message.get("node", ())],
        {each.get("name", ""): _attribute(each) for each in message.get("attribute_proto", ())},
    )


def _node(message: Message) -> Node:
    attributes = {each.get("name", ""): _attribute(each) for each in message.get("attribute", ())}
    return Node(
        message.get("op_type", ""),
        "" if message.get("domain") == "ai.onnx" else message.get("domain", ""),
        message.get("name", ""),
        tuple(message.get("input", ())),
        tuple(message.get("output", ())),
        attributes,
    )


KEYS = ("t", "g", "ints", "floats", "strings", "i", "f", "s")
BY_TYPE = {
    1: ("f", 0.0),
    2: ("i", 0),
    3: ("s", ""),
    6: ("floats", []),
    7: ("ints", []),
    8: ("strings", []),
}


def _attribute(message: Message) -> Any:
    if message.get("ref_attr_name"):
        return Reference(message["ref_attr_name"])
    key, default = BY_TYPE.get(message.get("type", 0), ("", None))
    if not key:
        key = next((each for each in KEYS if each in message), "")
    value = message.get(key, default)
    if key == "t":
        return array_of(value)
    if key == "g":
        return graph_of(value)
    return value


def array_of(message: Message) -> Array:
    """The sizes of an array, and its numbers if there are few.

    Raises:
        WireError: it has an impossible size.
    """
    name = message.get("name", "")
    dims = message.get("dims", ())
    if dims is None or len(dims) > MOST_AXES:
        raise WireError(f"the array {name} has more than {MOST_AXES} axes")
    sizes = tuple(dims)
    if any(size < 0 for size in sizes) or prod(sizes) > LARGEST:
        raise WireError(f"the array {name} has the impossible sizes {sizes}")
    kind = message.get("data_type", 1)
    return Array(name, sizes, kind in FLOAT_TYPES, _numbers(message, kind, prod(sizes)))


def _numbers(message: Message, kind: int, count: int) -> list[Any] | None:
    if message.get("data_location") == 1:
        return None
    letter = FLOATS.get(kind) or WHOLE.get(kind)
    raw = message.get("raw_data")
    if raw is not None and letter:
        if len(raw) != count * struct.calcsize(f"<{letter}"):
            name = message.get("name", "")
            raise WireError(f"the array {name} has {len(raw):,} bytes for {count:,} numbers")
        return [*struct.unpack(f"<{count}{letter}", raw)]
    for field in DATA_FIELDS:
        values: list[Any] | None = message.get(field)
        if values and len(values) == count:
            return values
    return [] if count == 0 else None


def _value(message: Message) -> Value:
    kind = message.get("type", {}).get("tensor_type", {})
    name = message.get("name", "")
    is_float = kind.get("elem_type", 1) in FLOAT_TYPES
    if "shape" not in kind:
        return Value(name, None, is_float)
    return Value(name, tuple(map(_size, kind["shape"].get("dim", ()))), is_float)


def _size(message: Message) -> int | str | None:
    if "dim_value" in message:
        size: int = message["dim_value"]
        if size > LARGEST:
            raise WireError(f"a size of {size:,} is not possible")
        return size if size > 0 else None
    return message.get("dim_param") or None
