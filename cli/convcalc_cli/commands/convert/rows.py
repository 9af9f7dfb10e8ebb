"""Rows of layers in the shortest way to write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.operations.declarations import ParameterKind
from convcalc.operations.registry import DECLARATIONS

SIZES = (
    *(ParameterKind.SIZES, ParameterKind.FACTORS),
    *(ParameterKind.PADDING, ParameterKind.WIDTHS, ParameterKind.CUTS),
)
"""Parameters that have one number for all dimensions, or one for each."""


def short_rows(value: Any) -> Any:
    """The same layers with less to read: equal sizes as one number, words without parameters.

    >>> short_rows([{"conv": 64, "kernel_size": [3, 3], "stride": [1, 2]}, {"relu": None}])
    [{'conv': 64, 'kernel_size': 3, 'stride': [1, 2]}, 'relu']
    """
    if isinstance(value, list):
        return [_word(short_rows(item)) for item in value]
    if not isinstance(value, dict):
        return value
    kinds = next((DECLARATIONS[key].kinds for key in value if key in DECLARATIONS), {})
    return {key: _short(item, _kind(key, kinds)) for key, item in value.items()}


def _word(row: Any) -> Any:
    """An operation without parameters is a word."""
    if isinstance(row, dict) and len(row) == 1:
        ((key, value),) = row.items()
        if key in DECLARATIONS and DECLARATIONS[key].stands_alone and value in (None, {}):
            return key
    return row


def _kind(key: str, kinds: Mapping[str, ParameterKind]) -> ParameterKind | None:
    """The kind of a parameter, or of the operation's main argument."""
    if key in DECLARATIONS:
        return kinds.get(DECLARATIONS[key].main or "")
    return kinds.get(key)


def _short(value: Any, kind: ParameterKind | None) -> Any:
    if not isinstance(value, list):
        return value  # a mapping holds arguments, whose names say nothing about them
    if kind not in SIZES:
        return short_rows(value)
    numbers = all(type(each) is int for each in value)
    return value[0] if numbers and len({*value}) == 1 else value
