"""The JSON Schema of network files, made from the declarations that the parser reads them by.

It accepts all that the parser accepts, and more: it knows no shapes and works out no expressions.
A layer is one of many alternatives (`anyOf`, which editors complete and explain better than
`oneOf`), told apart by its operation key, which each of them requires and no other allows.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from convcalc.facts.audit import DTYPE_BYTES
from convcalc.language.document import KEYS
from convcalc.language.schema_kinds import alternatives, words_alone
from convcalc.language.schema_pieces import (
    Schema,
    any_of,
    described,
    expression,
    layer_name,
    list_of,
    mapping,
    name_text,
    nothing,
    reference,
    text,
    variable,
    whole_number,
)
from convcalc.language.schema_totals import budget, expectation
from convcalc.language.steps import BLOCK, IN_CHANNELS
from convcalc.language.styles import MODULE, STYLE, STYLES
from convcalc.layers import LONGEST_NAME
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS

DRAFT = "http://json-schema.org/draft-07/schema#"


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
        "name": described(
            "What reports call it; default: the file's name.",
            {**text(), "maxLength": LONGEST_NAME},
        ),
        "input": described(
            "The shape of the input: channels, then 0 to 3 sizes; or a shape for each name.",
            any_of(
                _input_shape(),
                {
                    "type": "object",
                    "additionalProperties": _input_shape(),
                    "propertyNames": name_text(),
                    "minProperties": 1,
                },
            ),
        ),
        "batch": described(
            "Inputs that are processed together; default 1.",
            any_of(whole_number(1), expression()),
            1,
        ),
        "dtype": described(
            "The format of every number, for the memory figures; default float32.",
            {"enum": list(DTYPE_BYTES)},
            "float32",
        ),
        "vars": described(
            "Numbers that expressions use as $name; the command line can set them anew.",
            _variables(),
        ),
        "defaults": described(
            "Parameters that all layers of an operation have unless they say otherwise.",
            mapping({word: reference(_parameters_of(word)) for word in DECLARATIONS}),
        ),
        "blocks": described(
            "Named lists of layers, to be used as {block: NAME, with: {...}}.",
            {**mapping(None, reference("block_definition")), "propertyNames": name_text()},
        ),
        "layers": {"allOf": [reference("layers")], "minItems": 1},
        "outputs": described(
            "The layers whose values the network gives; default: the last one.",
            {**list_of(name_text(), 1), "uniqueItems": True},
        ),
        "budget": described("What totals of the report may be at most.", budget()),
        "expect": described("What totals and shapes are exactly.", expectation()),
    }


def _input_shape() -> Schema:
    return list_of(any_of(whole_number(1), expression()), 1, 4)


def _definitions() -> dict[str, Schema]:
    return {
        "layers": described("Layers in the order they run.", list_of(reference("layer"))),
        "layer": _any_layer(),
        "complete_layers": {"items": reference("complete_layer")},
        "complete_layer": _complete_layer(),
        "name": described("What other layers and reports call it.", layer_name()),
        "from": described(
            "Whose output it takes, in place of the layer before it.",
            any_of(name_text(), variable()),
        ),
        "repeat": described(
            "How often it comes in a row; 0 leaves it out. $round is the number of a round.",
            any_of(whole_number(0), expression(), {"type": "null"}),
        ),
        "each": described(
            "Lists of equal length, in place of repeat: a round for each entry, which is $name.",
            {
                **mapping(None, any_of(list_of({}), variable()), minProperties=1),
                **_names_of_variables(),
            },
        ),
        "if": described(
            "Leaves it out where this comes to 0.",
            any_of({"type": ["number", "boolean", "null"]}, expression()),
        ),
        "weights": described("The earlier layer whose weights it uses.", name_text()),
        "training": described(
            "Whether it only runs in training: what follows does not read it; default false.",
            any_of({"type": "boolean"}, {"type": "null"}),
            False,
        ),
        STYLE: described(
            "How it is written in PyTorch, for the figures of other tools; default module.",
            any_of({"enum": list(STYLES)}, {"type": "null"}),
            MODULE,
        ),
        "from_several": described(
            "Whose outputs it takes, in place of the layer before it.",
            any_of(name_text(), variable(), list_of(any_of(name_text(), variable()), 1)),
        ),
        "shape": described("Channels, then 0 to 3 spatial sizes.", list_of(whole_number(1), 1, 4)),
        "block_definition": _block_definition(),
        BLOCK: _block(),
        **{word.word: _layer(word) for word in DECLARATIONS.values()},
        **{_parameters_of(word.word): _parameters(word) for word in DECLARATIONS.values()},
    }


# Layers.


def _any_layer() -> Schema:
    plain = [word.word for word in DECLARATIONS.values() if not word.takes_operands]
    return {
        "description": "A word, an operation with its parameters, a block or an argument ($act).",
        "type": ["string", "object"],
        "anyOf": [{"enum": plain}, variable(), *map(reference, (*DECLARATIONS, BLOCK))],
    }


def _layer(declaration: Declaration) -> Schema:
    """A mapping that has the operation for a key."""
    owner = _parameters_of(declaration.word)
    parameters = {name: reference(owner, name) for name in _own_kinds(declaration)}
    return {
        "title": declaration.word,
        "description": _summary(declaration),
        "type": "object",
        "required": [declaration.word],
        "properties": {
            declaration.word: _main(declaration),
            **parameters,
            **_common(reference(owner)),
            **({"from": reference("from_several")} if declaration.word == "opaque" else {}),
        },
        "additionalProperties": False,
    }


def _main(declaration: Declaration) -> Schema:
    """The value of the operation key: the main argument, or nothing."""
    if declaration.main is None:
        return described(f"{_summary(declaration)} Takes no argument here.", nothing())
    about = f"{_summary(declaration)} {declaration.main}: {_usage(declaration, declaration.main)}."
    if declaration.takes_operands:
        return described(about, any_of(*alternatives(declaration, declaration.main)))
    return described(about, any_of(*_values(declaration, declaration.main), nothing()))


def _parameters(declaration: Declaration) -> Schema:
    """The parameters by name, none of them required: for `defaults` and `first`."""
    properties = {
        name: described(
            f"{name}: {_usage(declaration, name)}.",
            any_of(*_values(declaration, name)),
            _plain(declaration.defaults.get(name)),
        )
        for name in _own_kinds(declaration)
    }
    properties[STYLE] = reference(STYLE)
    return described(f"Parameters of {declaration.word}.", mapping(properties))


def _common(first: Schema) -> dict[str, Schema]:
    return {
        "name": reference("name"),
        "from": reference("from"),
        "repeat": reference("repeat"),
        "each": reference("each"),
        "first": first,
        "if": reference("if"),
        "weights": reference("weights"),
        "training": reference("training"),
        STYLE: reference(STYLE),
    }


def _block() -> Schema:
    """A layer that stands for the layers of a block."""
    first = described("Arguments for the first round, in place of those in with.", mapping(None))
    return {
        "title": BLOCK,
        "description": "The layers of a block, with arguments of their own.",
        "type": "object",
        "required": [BLOCK],
        "properties": {
            BLOCK: described("The name of a block in blocks.", name_text()),
            "with": described("The block's arguments.", mapping(None)),
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
            "args": described("Arguments with their defaults; empty: required.", mapping(None)),
            "layers": reference("layers"),
        },
        "additionalProperties": False,
    }


# What a layer must tell: what is required, unless `defaults` have it.


def _needed() -> dict[str, list[str]]:
    """The parameters that are required, by operation."""
    needed = {word.word: list(word.required) for word in DECLARATIONS.values()}
    return {word: names for word, names in needed.items() if names}


def _defaults_without(needed: Mapping[str, list[str]]) -> Schema:
    """Holds where no layer is spared a parameter by a default."""
    absent = {word: {"properties": dict.fromkeys(names, False)} for word, names in needed.items()}
    return {"properties": {"defaults": {"properties": absent}}}


def _layers_everywhere(definition: str) -> Schema:
    layers = {"properties": {"layers": reference(definition)}}
    return {"properties": {**layers["properties"], "blocks": {"additionalProperties": layers}}}


def _complete_layer() -> Schema:
    """What is needed, of layers that are valid otherwise, those in operands too."""
    merging = [word.word for word in DECLARATIONS.values() if word.takes_operands]
    operand = {
        "if": {"type": "object"},
        "then": reference("complete_layer"),
        "else": reference("complete_layers"),
    }
    inner = {word: {"items": operand} for word in merging}
    return {
        "allOf": [
            {"if": {"type": "string"}, "then": any_of({"enum": words_alone()}, variable())},
            *[_complete(DECLARATIONS[word], names) for word, names in _needed().items()],
        ],
        "properties": inner,
    }


def _complete(declaration: Declaration, needed: Iterable[str]) -> Schema:
    """The needed parameters; the main argument may stand under its own name."""
    needs: Schema = {"required": [name for name in needed if name != declaration.main]}
    if declaration.main in declaration.required:
        main = reference(_parameters_of(declaration.word), declaration.main)
        needs["if"] = {"not": {"required": [declaration.main]}}
        needs["then"] = {"properties": {declaration.word: main}}
    return {"if": {"required": [declaration.word]}, "then": needs}


# Operations: what their declarations say.


def _values(declaration: Declaration, name: str) -> list[Schema]:
    """What a parameter may be; its default shows whether 0 and nothing are among it."""
    default = declaration.defaults.get(name, ...)
    found = alternatives(declaration, name)
    return [*found, {"type": "null"}] if default is None else found


def _own_kinds(declaration: Declaration) -> Mapping[str, ParameterKind]:
    """The parameters that can be set by name; operands are only set by the operation's key."""
    return {
        name: kind for name, kind in declaration.kinds.items() if kind is not ParameterKind.OPERANDS
    }


def _summary(declaration: Declaration) -> str:
    """The first line of the docstring; a word without one stands for its operation's."""
    documentation = inspect.getdoc(declaration.make)
    if documentation is None and not declaration.kinds and not declaration.needs:
        documentation = inspect.getdoc(type(declaration.make()))
    return (documentation or f"{declaration.word}.").partition("\n")[0]


def _usage(declaration: Declaration, name: str) -> str:
    """The kind of a parameter in words, and what is taken if it is left out."""
    kind = declaration.usage(name)
    if name not in declaration.defaults:
        return f"{kind}; required"
    default = _plain(declaration.defaults[name])
    return f"{kind}; optional" if default is None else f"{kind}; default {json.dumps(default)}"


def _parameters_of(word: str) -> str:
    return f"{word}_parameters"


# Other parts of the file.


def _variables() -> Schema:
    return {**mapping(None, {"type": "number"}), **_names_of_variables()}


def _names_of_variables() -> Schema:
    return {"propertyNames": {**name_text(), "not": {"const": IN_CHANNELS}}}


def _plain(default: Any) -> Any:
    """A default as JSON knows it."""
    return list(default) if isinstance(default, tuple) else default
