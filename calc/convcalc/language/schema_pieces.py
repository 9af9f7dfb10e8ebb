"""The smallest pieces of the JSON Schema, each made anew: a caller may change what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from convcalc.language.tokens import LONE_VARIABLE
from convcalc.layers import INPUT, LONGEST_NAME, NAME
from convcalc.values import LARGEST

Schema: TypeAlias = dict[str, Any]

MAPPING = ["object", "null"]
"""Mappings that may be left empty."""


def any_of(*alternatives: Schema) -> Schema:
    """One of several alternatives."""
    return {"anyOf": list(alternatives)}


def described(description: str, content: Schema, default: Any = None) -> Schema:
    """A schema with what an editor shows of it."""
    made = {"description": description, **content}
    return made if default is None else {**made, "default": default}


def reference(*path: str) -> Schema:
    """A definition, or a property of one."""
    return {"$ref": "#/definitions/" + "/properties/".join(path)}


def mapping(
    properties: Mapping[str, Schema] | None,
    others: Schema | bool | None = None,
    **more: Any,
) -> Schema:
    """A mapping or nothing; without properties any keys, else no others by default."""
    if others is None:
        others = properties is None
    listed = {} if properties is None else {"properties": dict(properties)}
    return {"type": list(MAPPING), **listed, **more, "additionalProperties": others}


def list_of(items: Schema, least: int = 0, most: int | None = None) -> Schema:
    """A list of so many items."""
    limits = {"minItems": least, **({} if most is None else {"maxItems": most})}
    return {"type": "array", "items": items, **limits}


def whole_number(least: int) -> Schema:
    """A whole number of at least `least`."""
    return {"type": "integer", "minimum": least, "maximum": LARGEST}


def text() -> Schema:
    """Any text but an empty one."""
    return {"type": "string", "minLength": 1}


def expression() -> Schema:
    """Arithmetic, whose value is not known here."""
    return text()


def variable() -> Schema:
    """A variable alone, for values that are not numbers."""
    return {"type": "string", "pattern": f"^{LONE_VARIABLE.pattern}$"}


def name_text() -> Schema:
    """A name of a layer or a block."""
    return {"type": "string", "pattern": f"^{NAME.pattern}$", "maxLength": LONGEST_NAME}


def layer_name() -> Schema:
    """A name that a layer can be given."""
    return {**name_text(), "not": {"const": INPUT}}


def nothing() -> Schema:
    """An operation's key without a value."""
    return {"type": list(MAPPING), "maxProperties": 0}
