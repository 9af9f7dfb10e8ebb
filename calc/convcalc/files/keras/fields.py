"""Values of a layer's config, each checked for being what it should be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from convcalc.errors import value_text
from convcalc.files.keras.faults import KerasError
from convcalc.wording import did_you_mean

LARGEST = 2**53
"""Whole numbers above it are no sizes."""


class Fields:
    """What a config has, with what Keras takes where it has nothing.

    A value of the wrong kind raises a `KerasError`, which names the key.

    >>> fields = Fields({"filters": 8, "strides": 2, "use_bias": False})
    >>> fields.whole("filters"), fields.sizes("strides", 2), fields.flag("use_bias", True)
    (8, (2, 2), False)
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, key: str) -> Any:
        """A value as it is; None if it is missing."""
        return self.values.get(key)

    def whole(self, key: str, default: int | None = None, least: int = 1) -> int:
        """A whole number."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        return self._whole(key, value, least)

    def sizes(
        self, key: str, dims: int, default: int | None = None, least: int = 1
    ) -> tuple[int, ...]:
        """A whole number for each dimension; one number stands for all."""
        value = self.values.get(key)
        if value is None and default is not None:
            value = default
        items = value if isinstance(value, list) else [value] * dims
        if len(items) != dims:
            raise self.wrong(key, f"{dims} whole numbers")
        return tuple([self._whole(key, item, least) for item in items])

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool) and value not in (0, 1):
            raise self.wrong(key, "true or false")
        return bool(value)

    def number(self, key: str, default: float | None) -> float | None:
        """A number that may be missing."""
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, dict):  # Keras 2 wrote NumPy's numbers as {"class_name", "config"}
            value = value.get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise self.wrong(key, "a number")
        return float(value)

    def word(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """One of some words."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in choices:
            hint = did_you_mean(value, choices) if isinstance(value, str) else ""
            known = ", ".join(choices)
            raise KerasError(f"{key} is {value_text(value)}, not one of {known}{hint}")
        return value

    def axes(self, key: str, rank: int, default: int = -1) -> tuple[int, ...]:
        """Axes of a value with a batch axis, counted from it; one may be written without a list."""
        value = self.values.get(key)
        items = value if isinstance(value, list) else [default if value is None else value]
        found = tuple([self.axis(key, item, rank) for item in items])
        if not found or len({*found}) != len(found):
            raise self.wrong(key, "axes, each of them once")
        return found

    def axis(self, key: str, value: object, rank: int) -> int:
        """An axis behind the batch axis, from 1; negative ones count from the end."""
        if isinstance(value, bool) or not isinstance(value, int) or not -rank < value < rank:
            raise self.wrong(key, f"an axis of a value with {rank} axes")
        if value == 0:
            raise KerasError(f"{key} names the batch axis, 0; no figure can be given then")
        return value % rank

    def wrong(self, key: str, wanted: str) -> KerasError:
        """The fault that a value is not what it should be."""
        if self.values.get(key) is None:
            return KerasError(f"{key} is missing: {wanted} is needed")
        return KerasError(f"{key} is {value_text(self.values[key])}, not {wanted}")

    def _whole(self, key: str, value: object, least: int) -> int:
        if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "a whole number")
        if not least <= value <= LARGEST:
            raise self.wrong(key, f"a whole number from {least:,} on")
        return value
