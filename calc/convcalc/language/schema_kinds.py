"""The parts of the JSON Schema for parameters: what each kind of them may be written as."""

from __future__ import annotations

from typing import assert_never

from convcalc.language.schema_pieces import (
    Schema,
    any_of,
    described,
    expression,
    list_of,
    mapping,
    name_text,
    reference,
    text,
    variable,
    whole_number,
)
from convcalc.layers import LONGEST_NAME
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import LARGEST


def alternatives(  # noqa: C901 - a case for each kind
    declaration: Declaration, name: str
) -> list[Schema]:
    """What a parameter may be written as, by its kind."""
    least = declaration.least(name)
    entry = any_of(whole_number(least), expression())
    widths = [*entry["anyOf"], list_of(any_of(*entry["anyOf"], list_of(entry, 2, 2)), 1, 3)]
    match kind := declaration.kinds[name]:
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
        case ParameterKind.CHOICE:
            return [{"enum": list(declaration.choices[name])}, variable()]
        case ParameterKind.WORDS:
            return [list_of(any_of({"enum": words_alone()}, variable())), variable()]
        case ParameterKind.TEXT:
            return [{**text(), "minLength": 1, "maxLength": LONGEST_NAME}, variable()]
        case ParameterKind.OUTPUT_SHAPE:
            return [{"enum": ["same"]}, list_of(entry, 1, 4), variable()]
        case ParameterKind.KNOWN:
            return [{"enum": ["unknown"]}, whole_number(0), expression()]
        case ParameterKind.KNOWN_MACS:
            return [{"enum": ["none", "unknown"]}, whole_number(0), expression()]
        case ParameterKind.OPERANDS:
            return _operands(*declaration.operands)
        case _:
            assert_never(kind)


def _number() -> Schema:
    return {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}


def _operands(least: int, most: int | None) -> list[Schema]:
    """So many operands, or fewer of which one stands for several."""
    name = described("The layer, or NAME.LAYER for one inside its block.", name_text())
    rounds = described("The outputs of all rounds of a layer.", mapping({"rounds": name}))
    rounds |= {"type": "object", "required": ["rounds"]}
    layer = {"allOf": [{"type": "object"}, reference("layer")]}
    operand = any_of(name_text(), variable(), rounds, layer, reference("layers"))
    some = {**list_of(operand, 1, most), "contains": rounds}
    return [list_of(operand, least, most), some]


def words_alone() -> list[str]:
    """The words that are layers without arguments."""
    return [word.word for word in DECLARATIONS.values() if word.stands_alone]
