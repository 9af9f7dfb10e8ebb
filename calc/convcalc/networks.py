"""A network before anything is computed: its input, and its layers in the order they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.audit import DTYPE_BYTES, Audit, Counted, Totals, audit, totals
from convcalc.errors import SpecError
from convcalc.frozen import Frozen
from convcalc.layers import AnyLayer, expanded
from convcalc.values import Shape, shape_of, whole


class Network(Frozen):
    """Layers that read the input or earlier layers, and what the input is.

    Args:
        input_shape: `(C, *spatial)` of one input.
        layers: in the order they run; the last one's output is the network's.
        name: what reports call it.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.
        budget: what the report's totals may be at most.
        expect: what totals and shapes are exactly.

    Raises:
        SpecError: there are no layers, or the shape, the batch or the dtype is no such thing.

    >>> from convcalc import Conv, Layer, MaxPool
    >>> layers = [Layer("stem", Conv(3, 64, 7)), Layer("pool", MaxPool(2), ("stem",))]
    >>> Network((3, 64, 64), layers, batch=8).audit().totals.output_shape
    (64, 29, 29)
    """

    __slots__ = ("input_shape", "layers", "name", "batch", "dtype", "budget", "expect")

    input_shape: Shape
    layers: tuple[AnyLayer, ...]
    name: str
    batch: int
    dtype: str
    budget: Mapping[str, int]
    expect: Mapping[str, Any]

    def __init__(
        self,
        input_shape: Shape,
        layers: Sequence[AnyLayer],
        *,
        name: str = "network",
        batch: int = 1,
        dtype: str = "float32",
        budget: Mapping[str, int] | None = None,
        expect: Mapping[str, Any] | None = None,
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
            budget=budget or {},
            expect=expect or {},
        )

    @property
    def rows(self) -> tuple[AnyLayer, ...]:
        """The layers with every separable convolution as the layers it consists of.

        >>> import convcalc
        >>> pair = {"separable_conv": 16, "kernel_size": 3, "between": ["relu"], "name": "pair"}
        >>> [row.name for row in convcalc.network({"input": [8, 9, 9], "layers": [pair]}).rows]
        ['pair.depthwise', 'pair.relu_1', 'pair.pointwise']
        """
        return expanded(self.layers)

    def audit(self) -> Audit:
        """Every fact of the network.

        Raises:
            SpecError: a layer cannot take the input it gets.

        >>> from convcalc import Conv
        >>> from convcalc.layers import Layer
        >>> Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3))]).audit().totals.macs
        17713152
        """
        return audit(self.rows, self.input_shape, batch=self.batch, dtype=self.dtype)

    def totals(self, counted: Counted | None = None) -> Totals:
        """The totals alone, which is quicker than every fact.

        Args:
            counted: what is known already, of networks that were counted before.

        Raises:
            SpecError: a layer cannot take the input it gets.

        >>> from convcalc import Conv
        >>> from convcalc.layers import Layer
        >>> Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3))]).totals().params
        4640
        """
        batch, dtype = self.batch, self.dtype
        return totals(self.rows, self.input_shape, batch=batch, dtype=dtype, counted=counted)

    def replace(self, **changes: Any) -> Network:
        """The same network with other values in some places.

        >>> import convcalc
        >>> layers = [{"conv": 4, "kernel_size": 3}]
        >>> one = convcalc.network({"input": [3, 8, 8], "layers": layers})
        >>> one.audit().totals.macs, one.replace(batch=2).audit().totals.macs
        (3888, 7776)
        """
        return Network(**{**self.arguments(), **changes})
