"""Work that is done once for equal layers."""

from __future__ import annotations

from typing import Any, TypeAlias

from convcalc.facts.audit import Counts
from convcalc.language.steps import Step
from convcalc.operations.base import Operation
from convcalc.values import Shape

Operations: TypeAlias = "dict[tuple[int, tuple[Shape, ...]], tuple[Operation, Shape, object]]"


class Cache:
    """Results for equal layers, shared by specifications that are read one after the other.

    Keys have the `id` of an object; the entry keeps the object too, so that no other one can get
    the same `id`.
    """

    def __init__(self) -> None:
        self.steps: dict[Any, Step] = {}
        """Steps by what a layer says apart from its names."""
        self.operations: Operations = {}
        """Operations, and the shapes of their outputs, by parameters and input shapes."""
        self.counts: Counts = {}
        """Facts of operations, by their input shapes."""
