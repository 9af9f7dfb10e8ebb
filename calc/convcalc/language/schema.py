"""The JSON Schema of network files, made from the declarations that the parser reads them by.

It accepts all that the parser accepts, and more: it knows no shapes and works out no expressions.
A layer is one of many alternatives (`anyOf`, which editors complete and explain better than
`oneOf`), told apart by its operation key, which each of them requires and no other allows.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, assert_never

from convcalc.checks.amounts import AMOUNT, BYTES, COUNTS
from convcalc.facts.audit import DTYPE_BYTES
from convcalc.facts.totals import TOTALS
from convcalc.language.document import KEYS
from convcalc.language.parsing import LONE_VARIABLE
from convcalc.language.steps import BLOCK, IN_CHANNELS
from convcalc.layers import INPUT, LONGEST_NAME, NAME
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.operations.reshaping import UPSAMPLING
from convcalc.values import LARGEST

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
MAPPING = ["object", "null"]
"""Mappings that may be left empty."""


def schema() -> Schema:
    """The JSON Schema (draft-07) of network files, for completion and checks in editors.

    >>> pool = schema()["definitions"]["max_pool"]
    >>> pool["description"], pool["required"]
    ('The largest value in each window.', ['max_pool'])
    """
    parts = _parts()
    return {
        "$schema": DRAFT,
        "title": "convcalc network",
        "description": "A network: the shape of its input, and its layers in the order they run.",
        "type": "object",
        "required": ["input", "layers"],
        "properties": {key: parts[key] for key in KEYS},
        "patternProperties": {"^x-": {"description": "Left alone."}},
        "additionalProperties": False,
        "if": _defaults_without(_needed()),
        "then": _layers_everywhere("complete_layers"),
        "definitions": _definitions(),
    }


def _parts() -> dict[str, Schema]:
    """What stands under each key at the top."""
    return {
        "name": _described(
            "What reports call it; default: the file's name.",
            {**_text(), "maxLength": LONGEST_NAME},
        ),
        "input": _described(
            "The shape of the input: channels, then 0 to 3 spatial sizes.",
            _list(_any(_whole(1), _expression()), 1, 4),
        ),
        "batch": _described(
            "Inputs that are processed together; default 1.", _any(_whole(1), _expression()), 1
        ),
        "dtype": _described(
            "The format of every number, for the memory figures; default float32.",
            {"enum": list(DTYPE_BYTES)},
            "float32",
        ),
        "vars": _described(
            "Numbers that expressions use as $name; the command line can set them anew.",
            _variables(),
        ),
        "defaults": _described(
            "Parameters that all layers of an operation have unless they say otherwise.",
            _mapping({word: _reference(_parameters_of(word)) for word in DECLARATIONS}),
        ),
        "blocks": _described(
            "Named lists of layers, to be used as {block: NAME, with: {...}}.",
            {**_mapping(None, _reference("block_definition")), "propertyNames": _name()},
        ),
        "layers": {"allOf": [_reference("layers")], "minItems": 1},
        "budget": _described("What totals of the report may be at most.", _mapping(**_totals())),
        "expect": _described("What totals and shapes are exactly.", _expectation()),
    }


def _definitions() -> dict[str, Schema]:
    return {
        "layers": _described("Layers in the order they run.", _list(_reference("layer"))),
        "layer": _any_layer(),
        "complete_layers": {"items": _reference("complete_layer")},
        "complete_layer": _complete_layer(),
        "name": _described("What other layers and reports call it.", _layer_name()),
        "from": _described("Whose output it takes, in place of the layer before it.", _name()),
        "repeat": _described(
            "How often it comes in a row; 0 leaves it out.",
            _any(_whole(0), _expression(), {"type": "null"}),
        ),
        "shape": _described("Channels, then 0 to 3 spatial sizes.", _list(_whole(1), 1, 4)),
        "block_definition": _block_definition(),
        BLOCK: _block(),
        **{word.word: _layer(word) for word in DECLARATIONS.values()},
        **{_parameters_of(word.word): _parameters(word) for word in DECLARATIONS.values()},
    }


# Layers.


def _any_layer() -> Schema:
    plain = [word.word for word in DECLARATIONS.values() if not _merges(word)]
    return {
        "description": "A word, a mapping with one operation and its parameters, or a block.",
        "type": ["string", "object"],
        "anyOf": [{"enum": plain}, *map(_reference, (*DECLARATIONS, BLOCK))],
    }


def _layer(word: Declaration) -> Schema:
    """A mapping that has the operation for a key."""
    owner = _parameters_of(word.word)
    parameters = {name: _reference(owner, name) for name in _own_kinds(word)}
    return {
        "title": word.word,
        "description": _summary(word),
        "type": "object",
        "required": [word.word],
        "properties": {word.word: _main(word), **parameters, **_common(_reference(owner))},
        "additionalProperties": False,
    }


def _main(word: Declaration) -> Schema:
    """The value of the operation key: the main argument; nothing, where that is told elsewhere."""
    if word.main is None:
        return _described(f"{_summary(word)} Takes no argument here.", _nothing())
    kind = word.kinds[word.main]
    about = f"{_summary(word)} {word.main}: {_usage(word, word.main)}."
    if kind is ParameterKind.OPERANDS:
        return _described(about, _any(*_alternatives(kind)))
    return _described(about, _any(*_values(word, word.main), _nothing()))


def _parameters(word: Declaration) -> Schema:
    """The parameters by name, none of them required: for `defaults` and `first`."""
    properties = {
        name: _described(
            f"{name}: {_usage(word, name)}.",
            _any(*_values(word, name)),
            _plain(word.defaults.get(name)),
        )
        for name in _own_kinds(word)
    }
    return _described(f"Parameters of {word.word}.", _mapping(properties))


def _common(first: Schema) -> dict[str, Schema]:
    return {
        "name": _reference("name"),
        "from": _reference("from"),
        "repeat": _reference("repeat"),
        "first": first,
    }


def _block() -> Schema:
    """A layer that stands for the layers of a block."""
    first = _described("Arguments for the first round, in place of those in with.", _mapping(None))
    return {
        "title": BLOCK,
        "description": "The layers of a block, with arguments of their own.",
        "type": "object",
        "required": [BLOCK],
        "properties": {
            BLOCK: _described("The name of a block in blocks.", _name()),
            "with": _described("The block's arguments.", _mapping(None)),
            **_common(first),
        },
        "additionalProperties": False,
    }


def _block_definition() -> Schema:
    return {
        "description": "A list of layers, and the arguments that they use as $name.",
        "type": "object",
        "required": ["layers"],
        "properties": {
            "args": _described("Arguments with their defaults; empty: required.", _mapping(None)),
            "layers": _reference("layers"),
        },
        "additionalProperties": False,
    }


# What a layer must tell: what is required, unless `defaults` have it.


def _needed() -> dict[str, list[str]]:
    """The parameters that are required, by operation."""
    needed = {word.word: list(word.required) for word in DECLARATIONS.values() if not _merges(word)}
    return {word: names for word, names in needed.items() if names}


def _defaults_without(needed: Mapping[str, list[str]]) -> Schema:
    """Holds where no layer is spared a parameter by a default."""
    absent = {word: {"properties": dict.fromkeys(names, False)} for word, names in needed.items()}
    return {"properties": {"defaults": {"properties": absent}}}


def _layers_everywhere(definition: str) -> Schema:
    layers = {"properties": {"layers": _reference(definition)}}
    return {"properties": {**layers["properties"], "blocks": {"additionalProperties": layers}}}


def _complete_layer() -> Schema:
    """What is needed, of layers that are right in all else; operands are told in full too."""
    merges = [word.word for word in DECLARATIONS.values() if _merges(word)]
    inner = {word: {"items": _reference("complete_layers")} for word in merges}
    return {
        "allOf": [
            {"if": {"type": "string"}, "then": {"enum": _words_alone()}},
            *[_complete(DECLARATIONS[word], names) for word, names in _needed().items()],
        ],
        "properties": inner,
    }


def _complete(word: Declaration, needed: Iterable[str]) -> Schema:
    """The needed parameters; the main argument may stand under its own name."""
    told: Schema = {"required": [name for name in needed if name != word.main]}
    if word.main in word.required:
        main = _reference(_parameters_of(word.word), word.main)
        told["if"] = {"not": {"required": [word.main]}}
        told["then"] = {"properties": {word.word: main}}
    return {"if": {"required": [word.word]}, "then": told}


# Operations: what their declarations say.


def _alternatives(kind: ParameterKind, least: int = 0) -> list[Schema]:  # noqa: C901 - a case for each kind
    """What a parameter of a kind may be written as, whole numbers being `least` or more."""
    entry = _any(_whole(least), _expression())
    widths = [*entry["anyOf"], _list(_any(*entry["anyOf"], _list(entry, 2, 2)), 1, 3)]
    match kind:
        case ParameterKind.WHOLE:
            return [_whole(least), _expression()]
        case ParameterKind.NUMBER:
            return [{"type": "number", "minimum": -LARGEST, "maximum": LARGEST}, _expression()]
        case ParameterKind.FLAG:
            return [{"type": "boolean"}, _variable()]
        case ParameterKind.SIZES:
            return [*entry["anyOf"], _list(entry, 1, 3)]
        case ParameterKind.PADDING:
            return [{"enum": ["same", "valid"]}, *widths]
        case ParameterKind.WIDTHS:
            return widths
        case ParameterKind.NUMBERS:
            return [_list(entry, 1), _variable()]
        case ParameterKind.MODE:
            return [{"enum": list(UPSAMPLING)}, _variable()]
        case ParameterKind.WORDS:
            return [_list(_any({"enum": _words_alone()}, _variable())), _variable()]
        case ParameterKind.OPERANDS:
            return [_list(_any(_name(), _reference("layers")), 2)]
        case _:
            assert_never(kind)


def _values(word: Declaration, name: str) -> list[Schema]:
    """What a parameter may be; its default shows whether 0 and nothing are among it."""
    default = word.defaults.get(name, ...)
    found = _alternatives(word.kinds[name], word.least(name))
    return [*found, {"type": "null"}] if default is None else found


def _own_kinds(word: Declaration) -> Mapping[str, ParameterKind]:
    """The parameters that can be told by name: operands are told by the operation's key alone."""
    return {name: kind for name, kind in word.kinds.items() if kind is not ParameterKind.OPERANDS}


def _merges(word: Declaration) -> bool:
    return ParameterKind.OPERANDS in word.kinds.values()


def _words_alone() -> list[str]:
    """The words that are layers without arguments."""
    return [word.word for word in DECLARATIONS.values() if not word.required and not _merges(word)]


def _summary(word: Declaration) -> str:
    """The first line of the docstring; a word without one stands for its operation's."""
    told = inspect.getdoc(word.make)
    if told is None and not word.kinds and not word.needs:
        told = inspect.getdoc(type(word.make()))
    return (told or f"{word.word}.").partition("\n")[0]


def _usage(word: Declaration, name: str) -> str:
    """The kind of a parameter in words, and what is taken if it is left out."""
    kind = word.kinds[name].value
    if name not in word.defaults:
        return f"{kind}; required"
    default = _plain(word.defaults[name])
    return f"{kind}; optional" if default is None else f"{kind}; default {json.dumps(default)}"


def _parameters_of(word: str) -> str:
    return f"{word}_parameters"


# Other parts of the file.


def _variables() -> Schema:
    names = {**_name(), "not": {"const": IN_CHANNELS}}
    return {**_mapping(None, {"type": "number"}), "propertyNames": names}


def _totals() -> dict[str, Any]:
    """The totals by name. That a count may be called bytes too is accepted, but not proposed."""
    counts = _described("A count: a number, or one with k, M, G or T.", _amount(COUNTS))
    memory = _described("Bytes: a number, or one with a unit such as MB or MiB.", _amount(BYTES))
    counted = [each.name for each in TOTALS.values() if not each.is_bytes]
    in_bytes = [each for each in TOTALS.values() if each.is_bytes]
    return {
        "properties": {
            **dict.fromkeys(counted, counts),
            **{name: memory for each in in_bytes for name in (each.name, each.key)},
        },
        "patternProperties": {f"^({'|'.join(counted)})_bytes$": counts},
    }


def _expectation() -> Schema:
    totals = _totals()
    shapes = _described(
        "The output shapes of layers, by name.", _mapping(None, _reference("shape"))
    )
    properties = {**totals["properties"], "output_shape": _reference("shape"), "shapes": shapes}
    return _mapping(properties, patternProperties=totals["patternProperties"])


def _amount(units: Iterable[str]) -> Schema:
    text = AMOUNT.pattern.replace("[A-Za-z]*", "|".join(units))
    amount = {"type": "string", "pattern": rf"^\s*{text}\s*$"}
    return _any({"type": "integer", "minimum": 0}, amount)


# The smallest pieces, each made anew: who gets a schema may change it.


def _any(*alternatives: Schema) -> Schema:
    return {"anyOf": list(alternatives)}


def _described(description: str, content: Schema, default: Any = None) -> Schema:
    told = {"description": description, **content}
    return told if default is None else {**told, "default": default}


def _reference(*path: str) -> Schema:
    """A definition, or a property of one."""
    return {"$ref": "#/definitions/" + "/properties/".join(path)}


def _mapping(
    properties: Mapping[str, Schema] | None,
    others: Schema | bool | None = None,
    **more: Any,
) -> Schema:
    """A mapping or nothing; without properties any keys, else no others unless told."""
    if others is None:
        others = properties is None
    known = {} if properties is None else {"properties": dict(properties)}
    return {"type": list(MAPPING), **known, **more, "additionalProperties": others}


def _list(items: Schema, least: int = 0, most: int | None = None) -> Schema:
    limits = {"minItems": least, **({} if most is None else {"maxItems": most})}
    return {"type": "array", "items": items, **limits}


def _whole(least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": LARGEST}


def _text() -> Schema:
    return {"type": "string", "minLength": 1}


def _expression() -> Schema:
    """Arithmetic; what it comes to, nobody can say here."""
    return _text()


def _variable() -> Schema:
    """What is no number may stand behind a variable, but is never worked out."""
    return {"type": "string", "pattern": f"^{LONE_VARIABLE.pattern}$"}


def _name() -> Schema:
    return {"type": "string", "pattern": f"^{NAME.pattern}$", "maxLength": LONGEST_NAME}


def _layer_name() -> Schema:
    return {**_name(), "not": {"const": INPUT}}


def _nothing() -> Schema:
    return {"type": list(MAPPING), "maxProperties": 0}


def _plain(default: Any) -> Any:
    """A default as JSON knows it."""
    return list(default) if isinstance(default, tuple) else default
