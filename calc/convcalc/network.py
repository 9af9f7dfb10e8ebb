"""A network before anything is computed: its input, and its layers in the order they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from convcalc.errors import SpecError
from convcalc.frozen import Frozen
from convcalc.operations import Operation
from convcalc.values import Shape, shape_of, whole

INPUT = "input"
"""The name by which layers read the network's input."""

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""The number formats, and the bytes that one number takes in each."""


Kind = TypeVar("Kind", bound=Operation, covariant=True)


class Layer(NamedTuple, Generic[Kind]):
    """An operation with a name, and the names of what it reads."""

    name: str
    operation: Kind
    inputs: tuple[str, ...] = (INPUT,)


class Network(Frozen):
    """Layers that read the input or earlier layers, and what the input is.

    Args:
        input_shape: `(C, *spatial)` of one input.
        layers: in the order they run; the last one's output is the network's.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.

    Raises:
        SpecError: the shape, the batch or the dtype is no such thing.
    """

    __slots__ = ("input_shape", "layers", "batch", "dtype")

    input_shape: Shape
    layers: tuple[Layer[Operation], ...]
    batch: int
    dtype: str

    def __init__(
        self,
        input_shape: Shape,
        layers: Sequence[Layer[Operation]],
        *,
        batch: int = 1,
        dtype: str = "float32",
    ) -> None:
        if dtype not in tuple(DTYPE_BYTES):
            raise SpecError(f"{{dtype}} is none of {', '.join(DTYPE_BYTES)}", dtype=dtype)
        self._fill(
            input_shape=shape_of("input_shape", input_shape),
            layers=tuple(layers),
            batch=whole("batch", batch),
            dtype=dtype,
        )

    def with_layers(self, layers: Sequence[Layer[Operation]]) -> Network:
        """The same input through other layers."""
        return Network(self.input_shape, layers, batch=self.batch, dtype=self.dtype)
