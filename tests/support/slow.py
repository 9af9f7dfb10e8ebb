"""What takes long is run where it is asked for: `python -m pytest -m "slow or not slow"`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

Each = TypeVar("Each")


def slow_unless(quick: Callable[[Each], bool], values: Iterable[Each]) -> list[Any]:
    """Values for `parametrize`, marked as slow but for those that the plain run has too."""
    return [
        value if quick(value) else pytest.param(*_parameters(value), marks=pytest.mark.slow)
        for value in values
    ]


def _parameters(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
