"""The JSON Schema against the parser: it takes all that the parser takes, and most of no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcalc.files.yaml_reader import read_text
from convcalc.language.document import KEYS, read_network
from convcalc.language.schema import schema
from convcalc.language.steps import BLOCK, COMMON
from convcalc.layers import Path
from convcalc.operations.declarations import ParameterKind
from convcalc.operations.registry import DECLARATIONS

ROOT = FilePath(__file__).parents[3]
GOOD = sorted((ROOT / "tests" / "cases" / "good").glob("*.yaml"))
SHIPPED = sorted((ROOT / "examples").glob("*.yaml"))

SCHEMA = schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def content_of(file: FilePath) -> Any:
    document = read_text(file.read_bytes())
    assert not document.problems
    return document.content


def parsed(content: Any) -> Any:
    return read_network(content).network


def fits(content: Any) -> bool:
    valid: bool = VALIDATOR.is_valid(content)
    return valid


CONTENTS = [content_of(file) for file in GOOD]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == jsonschema.Draft7Validator.META_SCHEMA["$schema"]
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_reference_leads_somewhere() -> None:
    references = {part["$ref"] for part in parts(SCHEMA) if "$ref" in part}
    for reference in references:
        place: Any = SCHEMA
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert isinstance(place, dict)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from parts(item)


def test_a_schema_that_is_changed_changes_no_other() -> None:
    spoiled = schema()
    for part in list(parts(spoiled)):
        part.clear()
    assert schema() == SCHEMA


def test_every_key_word_and_parameter_is_in_the_schema() -> None:
    assert tuple(SCHEMA["properties"]) == KEYS
    definitions = SCHEMA["definitions"]
    for name, word in DECLARATIONS.items():
        layer, parameters = definitions[name], definitions[f"{name}_parameters"]
        own = [name for name, kind in word.kinds.items() if kind is not ParameterKind.OPERANDS]
        assert layer["required"] == [name]
        assert set(layer["properties"]) == {name, *own, *COMMON}
        assert list(parameters["properties"]) == [*own, "as"]
        assert {"$ref": f"#/definitions/{name}"} in definitions["layer"]["anyOf"]
    assert {"$ref": "#/definitions/block"} in definitions["layer"]["anyOf"]


@pytest.mark.parametrize("kind", ParameterKind)
def test_every_kind_is_in_the_schema(kind: ParameterKind) -> None:
    assert kind.value in json.dumps(SCHEMA, ensure_ascii=False)


def test_hovering_tells_what_it_is_and_what_is_taken_for_it() -> None:
    conv, pool = SCHEMA["definitions"]["conv"], SCHEMA["definitions"]["max_pool"]
    parameters = SCHEMA["definitions"]["conv_parameters"]["properties"]
    summary = "A convolution in 1, 2 or 3 dimensions, with PyTorch's parameters and defaults."
    assert conv["description"] == summary
    assert pool["properties"]["max_pool"]["description"] == (
        "The largest value in each window. "
        "kernel_size: a whole number, or one for each dimension; required."
    )
    assert parameters["bias"]["description"] == "bias: true or false; default true."
    assert parameters["bias"]["default"] is True
    assert all("description" in SCHEMA["definitions"][word] for word in DECLARATIONS)
    relu = SCHEMA["definitions"]["relu"]["description"]
    assert relu == "Any of the operations that neither learn nor change the shape."


@pytest.mark.parametrize("file", [*GOOD, *SHIPPED], ids=lambda file: file.stem)
def test_good_files_are_accepted(file: FilePath) -> None:
    content = content_of(file)
    assert [problem[:2] for problem in read_network(content).problems] == []
    VALIDATOR.validate(content)


# What the good files show together.


class Item(NamedTuple):
    """A layer as it is written, and where."""

    path: Path
    layer: Any


MERGES = {word.word for word in DECLARATIONS.values() if word.takes_operands}


def layers_in(content: Any) -> Iterator[Item]:
    blocks = content.get("blocks") or {}
    yield from layers_of(content["layers"], ("layers",))
    for name, block in blocks.items():
        yield from layers_of(block["layers"], ("blocks", name, "layers"))


def layers_of(layers: list[Any], path: Path) -> Iterator[Item]:
    for at, layer in enumerate(layers):
        yield Item((*path, at), layer)
        for word in set(layer) & MERGES if isinstance(layer, dict) else ():
            for number, operand in enumerate(layer[word]):
                if isinstance(operand, list):
                    yield from layers_of(operand, (*path, at, word, number))
                elif isinstance(operand, dict) and "rounds" not in operand:
                    yield Item((*path, at, word, number), operand)


LAYERS = [layer for content in CONTENTS for _, layer in layers_in(content)]


@pytest.mark.parametrize("name", DECLARATIONS)
def test_the_good_files_show_every_operation_plain_and_in_full(name: str) -> None:
    word = DECLARATIONS[name]
    full = [layer for layer in LAYERS if isinstance(layer, dict) and name in layer]
    main = {word.main} if any(layer[name] not in (None, {}) for layer in full) else set()
    assert full
    assert name in LAYERS or not word.stands_alone
    assert set(word.kinds) <= {key for layer in full for key in layer} | main


def test_the_good_files_show_every_other_key() -> None:
    keys = {key for layer in LAYERS if isinstance(layer, dict) for key in layer}
    assert len(GOOD) >= 20
    assert {key for content in CONTENTS for key in content} >= set(KEYS)
    assert keys >= {BLOCK, "with", *COMMON}
    assert {len(content["input"]) for content in CONTENTS} == {1, 2, 3, 4}


# What both refuse.


class Bad(NamedTuple):
    """Something wrong, which the schema sees unless it takes arithmetic or a look around."""

    what: str
    change: dict[str, Any]
    schema_too: bool = True


def layer(what: str, *layers: Any, schema_too: bool = True, **more: Any) -> Bad:
    return Bad(what, {"layers": list(layers), **more}, schema_too)


def top(what: str, schema_too: bool = True, **change: Any) -> Bad:
    return Bad(what, change, schema_too)


CONV = {"conv": 8, "kernel_size": 3}
BLOCKS = {"b": {"args": {"n": None}, "layers": ["relu"]}}

BAD = [
    top("unknown key", layer=[]),
    top("key that only looks like x-", x_owner=1),
    top("no shape", input=None),
    top("shape that is a number", input=3),
    top("shape without channels", input=[]),
    top("four spatial sizes", input=[3, 8, 8, 8, 8]),
    top("size below 1", input=[3, 0]),
    top("size that is no whole number", input=[3, 8.5]),
    top("bool for a size", input=[True, 8, 8]),
    top("variable nobody knows in the shape", input=[3, "$size"], schema_too=False),
    top("batch of nothing", batch=0),
    top("empty batch", batch=None),
    top("dtype nobody has", dtype="float8"),
    top("empty name", name=""),
    top("name that is a number", name=50),
    top("vars as a list", vars=["width"]),
    top("variable that is text", vars={"width": "wide"}),
    top("variable that is a bool", vars={"width": True}),
    top("variable that cannot be named", vars={"1x": 1}),
    top("variable that is taken", vars={"in_channels": 1}),
    top("no layers", layers=[]),
    top("layers as a mapping", layers={"conv": 8}),
    top("defaults for no operation", defaults={"conv2d": {"bias": False}}),
    top("defaults for blocks", defaults={"block": {}}),
    top("unknown default", defaults={"conv": {"biased": False}}),
    top("default operands", defaults={"add": {"operands": []}}),
    top("block without layers", blocks={"b": {"args": {}}}),
    top("block that is empty", blocks={"b": None}),
    top("unknown key of a block", blocks={"b": {"layers": [], "params": {}}}),
    top("block that cannot be named", blocks={"a b": {"layers": []}}),
    top("arguments as a list", blocks={"b": {"args": ["mid"], "layers": []}}),
    top("unknown total", budget={"parameters": 5}),
    top("shapes in a budget", budget={"shapes": {}}),
    top("negative budget", budget={"params": -1}),
    top("bool for a budget", budget={"params": True}),
    top("fraction for a budget", budget={"macs": 1.5}),
    top("bytes for a count", budget={"params": "2MB"}),
    top("unknown unit", budget={"peak_activation": "2X"}),
    top("part of a parameter", budget={"params": "0.5"}, schema_too=False),
    top("expected shape of no layer", expect={"shapes": {"stem": 3}}),
    top("expected shape with an expression", expect={"output_shape": ["2 * 4", 6, 6]}),
    layer("unknown operation", "conv2d"),
    layer("unknown operation with parameters", {"conv2d": 8, "kernel_size": 3}),
    layer("operation that needs an argument", "max_pool"),
    layer("merge without operands", "add"),
    layer("block without a name", "block"),
    layer("two operations", {**CONV, "relu": None}),
    layer("no operation", {"kernel_size": 3}),
    layer("nothing", None),
    layer("empty layer", {}),
    layer("list for a layer", ["relu"]),
    layer("number for a layer", 3),
    layer("unknown parameter", {**CONV, "kernel": 3}),
    layer("parameter of another operation", {"linear": 8, "stride": 1}, input=[8]),
    layer("no kernel", {"conv": 8}),
    layer("no kernel inside an operand", {"add": [[], [{"conv": 8}]]}),
    layer("no kernel inside a block", {"block": "b"}, blocks={"b": {"layers": [{"conv": 8}]}}),
    layer("no channels", {"conv": None, "kernel_size": 3}),
    layer("no features", {"linear": {}}, input=[8]),
    layer("argument where there is none", {"relu": 6}),
    layer("bool where there is no argument", {"batch_norm": True}),
    layer("bool for a number", {"conv": True, "kernel_size": 3}),
    layer("bool for a kernel", {"conv": 8, "kernel_size": True}),
    layer("bool for a probability", {"dropout": False}),
    layer("number for a bool", {**CONV, "bias": 1}),
    layer("text for a bool", {**CONV, "bias": "yes"}),
    layer("null for a stride", {**CONV, "stride": None}),
    layer("half a channel", {"conv": 8.5, "kernel_size": 3}),
    layer("no channel at all", {"conv": 0, "kernel_size": 3}),
    layer("stride of 0", {**CONV, "stride": 0}),
    layer("negative padding", {**CONV, "padding": -1}),
    layer("number above all bounds", {**CONV, "conv": 10**16}),
    layer("kernel of four", {**CONV, "kernel_size": [3, 3, 3, 3]}),
    layer("kernel of none", {**CONV, "kernel_size": []}),
    layer("kernel of one too many", {**CONV, "kernel_size": [3, 3, 3]}, schema_too=False),
    layer("pairs for a kernel", {**CONV, "kernel_size": [[3, 3], [3, 3]]}),
    layer("three in a pair", {**CONV, "padding": [[0, 1, 2], [0, 1]]}),
    layer("mapping for a padding", {**CONV, "padding": {"low": 1}}),
    layer("padding nobody knows", {**CONV, "padding": "full"}, schema_too=False),
    layer("expression that is none", {**CONV, "stride": "2 +"}, schema_too=False),
    layer("empty expression", {**CONV, "stride": ""}),
    layer("variable nobody knows", {"conv": "$width", "kernel_size": 3}, schema_too=False),
    layer("groups that do not divide", {**CONV, "groups": 3}, schema_too=False),
    layer("mode nobody knows", {"upsample": 2, "mode": "cubic"}),
    layer("number for a list", {"channel_slice": 4}),
    layer("word for a list of words", {"separable_conv": 8, "kernel_size": 3, "between": "relu"}),
    layer("bool for a list of words", {"separable_conv": 8, "kernel_size": 3, "between": True}),
    layer("no word", {"separable_conv": 8, "kernel_size": 3, "between": ["conv"]}),
    layer("name for operands", {"add": "input"}),
    layer("one operand", {"add": [[]]}),
    layer("number for an operand", {"add": [[], 3]}),
    layer("unknown operation for an operand", {"add": [[], {"rely": None}]}),
    layer("no kernel in a layer for an operand", {"add": [[], {"conv": 8}]}),
    layer("rounds of no name", {"add": [[], {"rounds": 3}]}),
    layer("rounds with another key", {"add": [[], {"rounds": "a", "relu": None}]}),
    layer("rounds of what is not repeated", {"add": [[], {"rounds": "input"}]}, schema_too=False),
    layer("unknown argument for an operand", {"add": [[], "$skip"]}, schema_too=False),
    layer("unknown argument for a layer", "$act", schema_too=False),
    layer("sum for a layer", "$act + 1"),
    layer("unknown operation in an operand", {"add": [[], ["rely"]]}),
    layer("operand that comes later", {"add": [[], "later"]}, schema_too=False),
    layer("name that is empty", {"relu": None, "name": None}),
    layer("name with a space", {"relu": None, "name": "a b"}),
    layer("name that is taken", {"relu": None, "name": "input"}),
    layer("source that is a number", {"relu": None, "from": 1}),
    layer("negative repeat", {"relu": None, "repeat": -1}),
    layer("list for a condition", {"relu": None, "if": [1]}),
    layer("word for a condition", {"relu": None, "if": "never"}, schema_too=False),
    layer("list for each", {"relu": None, "each": [1, 2]}),
    layer("nothing in each", {"relu": None, "each": {}}),
    layer("number in each", {"relu": None, "each": {"d": 3}}),
    layer("name in each that is taken", {"relu": None, "each": {"in_channels": [3]}}),
    layer("unequal lists", {"relu": None, "each": {"a": [1], "b": []}}, schema_too=False),
    layer("both", {"relu": None, "each": {"a": [1]}, "repeat": 1}, schema_too=False),
    layer("bool for a repeat", {"relu": None, "repeat": True}),
    layer("first as a list", {"relu": None, "repeat": 2, "first": []}),
    layer("unknown in first", {**CONV, "repeat": 2, "first": {"name": "a"}}),
    layer("arguments for no block", {"relu": None, "with": {}}),
    layer("unknown block", {"block": "c"}, blocks=BLOCKS, schema_too=False),
    layer("list for a block", {"block": ["b"]}, blocks=BLOCKS),
    layer("list for arguments", {"block": "b", "with": [1]}, blocks=BLOCKS),
    layer("missing argument", {"block": "b"}, blocks=BLOCKS, schema_too=False),
    layer("parameter of a block", {"block": "b", "stride": 1}, blocks=BLOCKS),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_bad_files_are_refused(bad: Bad) -> None:
    content = {"input": [4, 8, 8], "layers": ["relu"], **bad.change}
    assert fits(content) is not bad.schema_too
    assert read_network(content).problems


@pytest.mark.parametrize("content", [None, [], "conv", 3, {}, {"input": [3]}, {"layers": ["relu"]}])
def test_what_is_no_network_is_refused(content: Any) -> None:
    assert read_network(content).problems
    assert not fits(content)


@pytest.mark.parametrize(
    ("plain", "defaults"),
    [
        ({"conv": 8}, {"conv": {"kernel_size": 3}}),
        ({"conv": None}, {"conv": {"kernel_size": 3, "out_channels": 8}}),
        ("max_pool", {"max_pool": {"kernel_size": 2}}),
    ],
)
def test_a_default_may_stand_for_what_is_required(plain: Any, defaults: Any) -> None:
    content = {"input": [4, 8, 8], "layers": [plain], "defaults": defaults}
    assert parsed(content)
    assert fits(content)


# Whatever the parser accepts, the schema accepts.

KEYS_TO_TRY = sorted({key for part in parts(CONTENTS) for key in part} | {"kernel", "operation"})
VALUES_TO_TRY: list[Any] = [
    *(
        None,
        True,
        False,
        -1,
        0,
        1,
        2,
        3,
        4,
        8,
        0.5,
        2.0,
        10**16,
        [],
        {},
        "",
        [1],
        [2, 2],
        [1, 2, 3],
    ),
    *([[0, 1], [1, 0]], [[], []], ["input", []], ["relu"], {"n": 2}, {"stride": 1}, {"mid": 2}),
    *({"d": [1, 2]}, {"d": ["relu", []]}, {"rounds": "left"}, {"rounds": "left.inner"}, "$act"),
    *("$round", "2 ** $round", "$n == 2", "$d", [{"relu": None}, "sigmoid"]),
    *("same", "valid", "nearest", "relu", "conv", "max_pool", "input", "left", "bottleneck"),
    *("$n", " $width", "2 * $n", "$in_channels", "1 / 2", "2 +", "2M", "3 KiB", "float16"),
    *({"relu": None}, {"conv": 8, "kernel_size": 1}, {"block": "empty"}, {"linear": {}}),
]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of everything in a value."""
    items = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def holder(content: Any, path: Path) -> Any:
    for step in path[:-1]:
        content = content[step]
    return content


def replaced(content: Any, path: Path, value: Any) -> Any:
    content = deepcopy(content)
    holder(content, path)[path[-1]] = value
    return content


def renamed(held: dict[str, Any], old: Any, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in held.items()]
    held.clear()
    held.update(items)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A good file with a few things dropped, renamed, added or changed."""
    content = deepcopy(draw(st.sampled_from(CONTENTS)))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(list(paths(content)) or [()]))
        if not path:
            break
        held = holder(content, path)
        how = draw(st.sampled_from(["change", "change", "drop", "rename", "add"]))
        value = deepcopy(draw(st.sampled_from(VALUES_TO_TRY)))
        if how == "change":
            held[path[-1]] = value
        elif how == "drop":
            del held[path[-1]]
        elif isinstance(held, list):
            held.insert(int(path[-1]), value)
        elif how == "rename":
            renamed(held, path[-1], draw(st.sampled_from(KEYS_TO_TRY)))
        else:
            held.setdefault(draw(st.sampled_from(KEYS_TO_TRY)), value)
    return content


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoiled())
def test_the_schema_accepts_all_that_the_parser_accepts(content: Any) -> None:
    if parsed(content):
        VALIDATOR.validate(content)


# Values that no layer takes are held to the same: what is left out may be let in again.

RIGHT: dict[ParameterKind, Any] = {
    ParameterKind.WHOLE: 2,
    ParameterKind.NUMBER: 1,
    ParameterKind.FLAG: True,
    ParameterKind.SIZES: 1,
    ParameterKind.PADDING: 0,
    ParameterKind.WIDTHS: 0,
    ParameterKind.CUTS: 0,
    ParameterKind.FACTORS: 1.5,
    ParameterKind.SHAPE: [2, -1],
    ParameterKind.ENDS: [0, None],
    ParameterKind.NUMBERS: [0, 2],
    ParameterKind.WORDS: ["relu"],
    ParameterKind.TEXT: "SimAM",
    ParameterKind.OUTPUT_SHAPE: "same",
    ParameterKind.KNOWN: 5,
    ParameterKind.KNOWN_MACS: "none",
}


def right_value(word: str, name: str) -> Any:
    """A value that a parameter can have."""
    kind = DECLARATIONS[word].kinds[name]
    return DECLARATIONS[word].choices[name][0] if kind is ParameterKind.CHOICE else RIGHT[kind]


def right(word: str) -> dict[str, Any]:
    """A layer of an operation with what is required."""
    main = DECLARATIONS[word].main
    required = {name: right_value(word, name) for name in DECLARATIONS[word].required}
    if DECLARATIONS[word].takes_operands:
        return {word: [[]] * DECLARATIONS[word].operands[0], **required}
    if DECLARATIONS[word].sizes_of:
        required[str(main)] = right_value(word, str(main))
    return {word: required.pop(str(main), None), **required}


class Unread(NamedTuple):
    """A parameter in a place where nothing reads it."""

    word: str
    parameter: str
    value: Any
    place: str

    @property
    def content(self) -> dict[str, Any]:
        given = {self.parameter: self.value}
        layer, more = right(self.word), {}
        if self.place == "defaults":
            return {"input": [4, 8], "layers": ["relu"], "defaults": {self.word: given}}
        if self.place == "first":
            more = {"first": given}
        elif self.parameter == DECLARATIONS[self.word].main:
            layer[self.word] = self.value
        else:
            more = given
        left_out = {**layer, **more, "repeat": 0}
        if self.place == "operand":
            left_out = {"add": [[], [left_out]], "repeat": 0}
        return {"input": [4, 8], "vars": {"n": 2}, "layers": ["relu", left_out]}

    def fits(self) -> bool:
        """By the part of the schema that is for it, which is quicker than all of it."""
        if self.place == "defaults":
            part, written = f"{self.word}_parameters", self.content["defaults"][self.word]
        else:
            part, written = self.word, self.content["layers"][1]
            written = written["add"][1][0] if self.place == "operand" else written
        only = {**SCHEMA["definitions"][part], "definitions": SCHEMA["definitions"]}
        valid: bool = jsonschema.Draft7Validator(only).is_valid(written)
        return valid


PARAMETERS = [
    (word, name)
    for word in DECLARATIONS
    for name, kind in DECLARATIONS[word].kinds.items()
    if kind is not ParameterKind.OPERANDS
]
PLACES = ("layer", "operand", "first", "defaults")
ATOMS = [value for value in VALUES_TO_TRY if not isinstance(value, (list, dict))]
ODD_VALUES = st.recursive(
    st.sampled_from([*ATOMS, {}, {"a": 1}, "", "$how", "full", "add", float("inf"), 10**15]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=5,
)


@pytest.mark.slow
@settings(max_examples=600)
@given(
    st.builds(
        lambda at, *more: Unread(*at, *more),
        st.sampled_from(PARAMETERS),
        ODD_VALUES,
        st.sampled_from(PLACES),
    )
)
def test_the_schema_accepts_what_the_parser_accepts_unread(unread: Unread) -> None:
    if parsed(unread.content):
        assert unread.fits()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("word", "parameter", "value"),
    [
        ("conv", "padding", [None, "$n", 1]),
        ("conv", "padding", [["$n", None], [0, 0]]),
        ("conv", "padding", [["$n"], ["$n"]]),
        ("conv", "padding", []),
        ("conv", "kernel_size", ["$n", 0]),
        ("conv", "kernel_size", ["$n", 1, 1, 1]),
        ("conv", "kernel_size", [["$n"]]),
        ("conv", "stride", [None, "$n"]),
        ("conv", "stride", None),
        ("conv", "groups", ["$n"]),
        ("conv", "groups", -1),
        ("conv", "bias", "yes"),
        ("conv", "bias", ["$n"]),
        ("conv", "bias", 1),
        ("conv_transpose", "output_padding", ["$n", -1]),
        ("channel_slice", "channels", []),
        ("channel_slice", "channels", ["$n", 0.5]),
        ("channel_slice", "channels", "2 * $n"),
        ("adaptive_avg_pool", "output_size", ["$n", True]),
        ("adaptive_avg_pool", "output_size", ["$n", ""]),
        ("upsample", "mode", "cubic"),
        ("upsample", "mode", ["nearest"]),
        ("upsample", "mode", None),
        ("separable_conv", "between", ["conv"]),
        ("separable_conv", "between", ["add"]),
        ("separable_conv", "between", ["$n", "rely"]),
        ("separable_conv", "between", "relu"),
        ("dropout", "p", ["$n"]),
        ("dropout", "p", False),
        ("elu", "alpha", float("nan")),
        ("pad", "widths", ["$n", "1 +"]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_where_nothing_reads_it(
    word: str, parameter: str, value: Any, place: str
) -> None:
    unread = Unread(word, parameter, value, place)
    assert read_network(unread.content).problems
    assert parsed(unread._replace(value=right_value(word, parameter)).content)


@pytest.mark.parametrize("repeat", [-1, 0.5, True, [], ["$n"], {}, 10**16, "2 +"])
def test_a_wrong_repeat_is_refused_where_nothing_reads_it(repeat: Any) -> None:
    content = {
        "input": [4, 8],
        "vars": {"n": 2},
        "blocks": {"unused": {"layers": [{"relu": None, "repeat": repeat}]}},
        "layers": ["relu"],
    }
    (problem,) = read_network(content).problems
    assert problem.path == ("blocks", "unused", "layers", 0, "repeat")
