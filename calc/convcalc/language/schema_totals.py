"""The part of the JSON Schema for `budget` and `expect`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.checks.amounts import AMOUNT, BYTES, COUNTS
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS
from convcalc.language.schema_pieces import (
    Schema,
    any_of,
    described,
    list_of,
    mapping,
    reference,
    whole_number,
)


def totals() -> dict[str, Any]:
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


def budget() -> Schema:
    """Totals, and the receptive field."""
    limits = totals()
    properties = {**limits["properties"], RECEPTIVE_FIELD: _field()}
    return mapping(properties, patternProperties=limits["patternProperties"])


def _field() -> Schema:
    positions = list_of(whole_number(1), 0, 3)
    return described("Input positions that an output sees, in each dimension.", positions)


def expectation() -> Schema:
    """Totals, and the shapes of layers."""
    limits = totals()
    shapes = described("The output shapes of layers, by name.", mapping(None, reference("shape")))
    properties = {
        **limits["properties"],
        "output_shape": reference("shape"),
        "shapes": shapes,
        RECEPTIVE_FIELD: _field(),
    }
    return mapping(properties, patternProperties=limits["patternProperties"])


def _amount(units: Iterable[str]) -> Schema:
    text = AMOUNT.pattern.replace("[A-Za-z]*", "|".join(units))
    amount = {"type": "string", "pattern": rf"^\s*{text}\s*$"}
    return any_of({"type": "integer", "minimum": 0}, amount)
