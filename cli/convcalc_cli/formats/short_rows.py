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
    if isinstance(value, (list, tuple)):
        return [_word(short_rows(item)) for item in value]
    if not isinstance(value, dict):
        return value
    kinds = next((DECLARATIONS[key].kinds for key in value if key in DECLARATIONS), {})
    return {key: short_value(item, _kind(key, kinds)) for key, item in value.items()}


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


def short_value(value: Any, kind: ParameterKind | None) -> Any:
    """The value of a parameter, with equal sizes and pairs of them as one number.

    >>> short_value([[1, 1], [1, 1]], ParameterKind.PADDING)
    1
    >>> short_value([[1, 1], [2, 2]], ParameterKind.PADDING)
    [1, 2]
    """
    if not isinstance(value, (list, tuple)):
        return value  # a mapping holds arguments, whose names say nothing about them
    if kind not in SIZES:
        return short_rows(value)
    sizes = [_one(each) for each in value]
    numbers = all(type(each) is int for each in sizes)
    return _one(sizes) if numbers else [*value]


def _one(sizes: Any) -> Any:
    """Equal numbers as one number."""
    if not isinstance(sizes, (list, tuple)) or len({*map(repr, sizes)}) != 1:
        return sizes
    return sizes[0] if type(sizes[0]) is int else sizes
