"""The JSON Schema of network files, made from the declarations that the parser reads them by.

It accepts all that the parser accepts, and more: it knows no shapes and works out no expressions.
A layer is one of many alternatives (`anyOf`, which editors complete and explain better than
`oneOf`), told apart by its operation key, which each of them requires and no other allows.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from convcalc.checks.amounts import AMOUNT, BYTES, COUNTS
from convcalc.facts.audit import DTYPE_BYTES
from convcalc.facts.totals import TOTALS
from convcalc.language.document import KEYS
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
from convcalc.language.steps import BLOCK, IN_CHANNELS
from convcalc.layers import LONGEST_NAME
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import LARGEST

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
            "The shape of the input: channels, then 0 to 3 spatial sizes.",
            list_of(any_of(whole_number(1), expression()), 1, 4),
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
        "budget": described("What totals of the report may be at most.", mapping(**_totals())),
        "expect": described("What totals and shapes are exactly.", _expectation()),
    }


def _definitions() -> dict[str, Schema]:
    return {
        "layers": described("Layers in the order they run.", list_of(reference("layer"))),
        "layer": _any_layer(),
        "complete_layers": {"items": reference("complete_layer")},
        "complete_layer": _complete_layer(),
        "name": described("What other layers and reports call it.", layer_name()),
        "from": described("Whose output it takes, in place of the layer before it.", name_text()),
        "repeat": described(
            "How often it comes in a row; 0 leaves it out.",
            any_of(whole_number(0), expression(), {"type": "null"}),
        ),
        "shape": described("Channels, then 0 to 3 spatial sizes.", list_of(whole_number(1), 1, 4)),
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
        "anyOf": [{"enum": plain}, *map(reference, (*DECLARATIONS, BLOCK))],
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
        },
        "additionalProperties": False,
    }


def _main(declaration: Declaration) -> Schema:
    """The value of the operation key: the main argument, or nothing."""
    if declaration.main is None:
        return described(f"{_summary(declaration)} Takes no argument here.", nothing())
    kind = declaration.kinds[declaration.main]
    about = f"{_summary(declaration)} {declaration.main}: {_usage(declaration, declaration.main)}."
    if kind is ParameterKind.OPERANDS:
        return described(about, any_of(*_alternatives(kind)))
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
    return described(f"Parameters of {declaration.word}.", mapping(properties))


def _common(first: Schema) -> dict[str, Schema]:
    return {
        "name": reference("name"),
        "from": reference("from"),
        "repeat": reference("repeat"),
        "first": first,
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
    needed = {word.word: list(word.required) for word in DECLARATIONS.values() if not _merges(word)}
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
    merges = [word.word for word in DECLARATIONS.values() if _merges(word)]
    inner = {word: {"items": reference("complete_layers")} for word in merges}
    return {
        "allOf": [
            {"if": {"type": "string"}, "then": {"enum": _words_alone()}},
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


def _alternatives(kind: ParameterKind, least: int = 0) -> list[Schema]:  # noqa: C901 - a case for each kind
    """What a parameter of a kind may be written as, whole numbers being `least` or more."""
    entry = any_of(whole_number(least), expression())
    widths = [*entry["anyOf"], list_of(any_of(*entry["anyOf"], list_of(entry, 2, 2)), 1, 3)]
    match kind:
        case ParameterKind.WHOLE:
            return [whole_number(least), expression()]
        case ParameterKind.NUMBER:
            return [_number(), expression()]
        case ParameterKind.FLAG:
            return [{"type": "boolean"}, variable()]
        case ParameterKind.SIZES:
            return [*entry["anyOf"], list_of(entry, 1, 3)]
        case ParameterKind.PADDING:
            return [{"enum": ["same", "valid", "causal"]}, *widths]
        case ParameterKind.WIDTHS | ParameterKind.CUTS:
            return widths
        case ParameterKind.FACTORS:
            factor = any_of(_number(), expression())
            return [*factor["anyOf"], list_of(factor, 1, 3)]
        case ParameterKind.SHAPE:
            return [list_of(any_of({"const": -1}, *entry["anyOf"]), 1, 4), variable()]
        case ParameterKind.ENDS:
            end = any_of({"type": "null"}, whole_number(-LARGEST), expression())
            return [list_of(end, 2, 2), variable()]
        case ParameterKind.NUMBERS:
            return [list_of(entry, 1), variable()]
        case ParameterKind.MODE:
            return [variable()]
        case ParameterKind.WORDS:
            return [list_of(any_of({"enum": _words_alone()}, variable())), variable()]
        case ParameterKind.OPERANDS:
            return [list_of(any_of(name_text(), reference("layers")), 2)]
        case _:
            assert_never(kind)


def _number() -> Schema:
    return {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}


def _values(declaration: Declaration, name: str) -> list[Schema]:
    """What a parameter may be; its default shows whether 0 and nothing are among it."""
    default = declaration.defaults.get(name, ...)
    found = _alternatives(declaration.kinds[name], declaration.least(name))
    if name in declaration.choices:
        found = [{"enum": list(declaration.choices[name])}, *found]
    return [*found, {"type": "null"}] if default is None else found


def _own_kinds(declaration: Declaration) -> Mapping[str, ParameterKind]:
    """The parameters that can be set by name; operands are only set by the operation's key."""
    return {
        name: kind for name, kind in declaration.kinds.items() if kind is not ParameterKind.OPERANDS
    }


def _merges(declaration: Declaration) -> bool:
    return ParameterKind.OPERANDS in declaration.kinds.values()


def _words_alone() -> list[str]:
    """The words that are layers without arguments."""
    return [word.word for word in DECLARATIONS.values() if word.stands_alone]


def _summary(declaration: Declaration) -> str:
    """The first line of the docstring; a word without one stands for its operation's."""
    documentation = inspect.getdoc(declaration.make)
    if documentation is None and not declaration.kinds and not declaration.needs:
        documentation = inspect.getdoc(type(declaration.make()))
    return (documentation or f"{declaration.word}.").partition("\n")[0]


def _usage(declaration: Declaration, name: str) -> str:
    """The kind of a parameter in words, and what is taken if it is left out."""
    kind = declaration.meaning(name)
    if name not in declaration.defaults:
        return f"{kind}; required"
    default = _plain(declaration.defaults[name])
    return f"{kind}; optional" if default is None else f"{kind}; default {json.dumps(default)}"


def _parameters_of(word: str) -> str:
    return f"{word}_parameters"


# Other parts of the file.


def _variables() -> Schema:
    names = {**name_text(), "not": {"const": IN_CHANNELS}}
    return {**mapping(None, {"type": "number"}), "propertyNames": names}


def _totals() -> dict[str, Any]:
    """The totals by name. That a count may be called bytes too is accepted, but not proposed."""
    counts = described("A count: a number, or one with k, M, G or T.", _amount(COUNTS))
    memory = described("Bytes: a number, or one with a unit such as MB or MiB.", _amount(BYTES))
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
    shapes = described("The output shapes of layers, by name.", mapping(None, reference("shape")))
    properties = {**totals["properties"], "output_shape": reference("shape"), "shapes": shapes}
    return mapping(properties, patternProperties=totals["patternProperties"])


def _amount(units: Iterable[str]) -> Schema:
    text = AMOUNT.pattern.replace("[A-Za-z]*", "|".join(units))
    amount = {"type": "string", "pattern": rf"^\s*{text}\s*$"}
    return any_of({"type": "integer", "minimum": 0}, amount)


def _plain(default: Any) -> Any:
    """A default as JSON knows it."""
    return list(default) if isinstance(default, tuple) else default
