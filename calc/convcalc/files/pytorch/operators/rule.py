"""What a rule for an operation is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from convcalc.files.pytorch.values import AnyValue, Operation

Rule: TypeAlias = "Callable[[Operation], AnyValue | Sequence[AnyValue]]"
"""Makes the rows of a call. Several values are a list; those that are left out are never read."""
