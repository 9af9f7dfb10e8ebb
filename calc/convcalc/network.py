"""A network before anything is computed: its input, and its layers in the order they run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from convcalc.errors import SpecError
from convcalc.frozen import Frozen
from convcalc.operations.base import Operation
from convcalc.operations.convolution import SeparableConv
from convcalc.values import Shape, shape_of, whole

INPUT = "input"
"""The name by which layers read the network's input."""

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""The number formats, and the bytes that one number takes in each."""

Path: TypeAlias = tuple[str | int, ...]
"""Where in a mapping something was written: its keys and indices from the top."""

Kind = TypeVar("Kind", bound=Operation, covariant=True)


class Layer(NamedTuple, Generic[Kind]):
    """An operation with a name, the names of what it reads, and where it was written."""

    name: str
    operation: Kind
    inputs: tuple[str, ...] = (INPUT,)
    path: Path | None = None


AnyLayer: TypeAlias = Layer[Operation]


class Network(Frozen):
    """Layers that read the input or earlier layers, and what the input is.

    Args:
        input_shape: `(C, *spatial)` of one input.
        layers: in the order they run; the last one's output is the network's.
        name: what reports call it.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.

    Raises:
        SpecError: there are no layers, or the shape, the batch or the dtype is no such thing.
    """

    __slots__ = ("input_shape", "layers", "name", "batch", "dtype")

    input_shape: Shape
    layers: tuple[AnyLayer, ...]
    name: str
    batch: int
    dtype: str

    def __init__(
        self,
        input_shape: Shape,
        layers: Sequence[AnyLayer],
        *,
        name: str = "network",
        batch: int = 1,
        dtype: str = "float32",
    ) -> None:
        if dtype not in tuple(DTYPE_BYTES):
            raise SpecError(f"{{dtype}} is none of {', '.join(DTYPE_BYTES)}", dtype=dtype)
        if not layers:
            raise SpecError("a network needs a layer")
        self._fill(
            input_shape=shape_of("input_shape", input_shape),
            layers=tuple(layers),
            name=name,
            batch=whole("batch", batch),
            dtype=dtype,
        )

    @property
    def rows(self) -> tuple[AnyLayer, ...]:
        """The layers with every separable convolution as the layers it consists of."""
        if not any(type(layer.operation) is SeparableConv for layer in self.layers):
            return self.layers
        return tuple(rewired(self.layers, [_parts(layer) for layer in self.layers]))

    def replace(self, **changes: Any) -> Network:
        """The same network with other values in some places."""
        return Network(**{**self._arguments(), **changes})


def rewired(
    layers: Sequence[AnyLayer], replacements: Sequence[Sequence[AnyLayer]]
) -> Iterator[AnyLayer]:
    """The replacements in order; who read a replaced layer reads the last of what replaces it."""
    last = {layer.name: new[-1].name for layer, new in zip(layers, replacements, strict=True)}
    for layer in chain.from_iterable(replacements):
        yield layer._replace(inputs=tuple([last.get(name, name) for name in layer.inputs]))


def _parts(layer: AnyLayer) -> list[AnyLayer]:
    """A separable convolution as NAME.depthwise, what is between, and NAME.pointwise."""
    operation = layer.operation
    if not isinstance(operation, SeparableConv):
        return [layer]
    between = numbered([part.word for part in operation.between])
    names = [f"{layer.name}.{part}" for part in ("depthwise", *between, "pointwise")]
    inputs = [layer.inputs, *[(before,) for before, _ in pairwise(names)]]
    return [
        Layer(name, part, read, layer.path)
        for name, part, read in zip(names, operation.parts, inputs, strict=True)
    ]


def numbered(words: Sequence[str]) -> list[str]:
    """Words with a number each, counted by word.

    >>> numbered(["batch_norm", "relu", "relu"])
    ['batch_norm_1', 'relu_1', 'relu_2']
    """
    return [f"{word}_{words[: at + 1].count(word)}" for at, word in enumerate(words)]
