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
from convcalc.operations.reshaping import UPSAMPLING
from convcalc.values import LARGEST


def alternatives(kind: ParameterKind, least: int = 0) -> list[Schema]:  # noqa: C901 - a case for each kind
    """What a parameter of a kind may be written as, whole numbers being `least` or more."""
    entry = any_of(whole_number(least), expression())
    widths = [*entry["anyOf"], list_of(any_of(*entry["anyOf"], list_of(entry, 2, 2)), 1, 3)]
    match kind:
        case ParameterKind.WHOLE:
            return [whole_number(least), expression()]
        case ParameterKind.NUMBER:
            return [{"type": "number", "minimum": -LARGEST, "maximum": LARGEST}, expression()]
        case ParameterKind.FLAG:
            return [{"type": "boolean"}, variable()]
        case ParameterKind.SIZES:
            return [*entry["anyOf"], list_of(entry, 1, 3)]
        case ParameterKind.PADDING:
            return [{"enum": ["same", "valid"]}, *widths]
        case ParameterKind.WIDTHS:
            return widths
        case ParameterKind.NUMBERS:
            return [list_of(entry, 1), variable()]
        case ParameterKind.MODE:
            return [{"enum": list(UPSAMPLING)}, variable()]
        case ParameterKind.WORDS:
            return [list_of(any_of({"enum": words_alone()}, variable())), variable()]
        case ParameterKind.TEXT:
            return [{**text(), "minLength": 1, "maxLength": LONGEST_NAME}, variable()]
        case ParameterKind.SHAPE:
            return [{"enum": ["same"]}, list_of(entry, 1, 4), variable()]
        case ParameterKind.KNOWN:
            return [{"enum": ["unknown"]}, whole_number(0), expression()]
        case ParameterKind.KNOWN_MACS:
            return [{"enum": ["none", "unknown"]}, whole_number(0), expression()]
        case ParameterKind.OPERANDS:
            return _operands()
        case _:
            assert_never(kind)


def _operands() -> list[Schema]:
    """Two operands or more, or one that stands for several."""
    name = described("The layer, or NAME.LAYER for one inside its block.", name_text())
    rounds = described("The outputs of all rounds of a layer.", mapping({"rounds": name}))
    rounds |= {"type": "object", "required": ["rounds"]}
    layer = {"allOf": [{"type": "object"}, reference("layer")]}
    operand = any_of(name_text(), variable(), rounds, layer, reference("layers"))
    return [list_of(operand, 2), list_of(rounds, 1)]


def merges(declaration: Declaration) -> bool:
    """Whether an operation takes operands."""
    return ParameterKind.OPERANDS in declaration.kinds.values()


def words_alone() -> list[str]:
    """The words that are layers without arguments."""
    return [word.word for word in DECLARATIONS.values() if not word.required and not merges(word)]
