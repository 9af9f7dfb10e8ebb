"""A network before anything is computed: its input, and its layers in the order they run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from convcalc.errors import SpecError, value_text
from convcalc.facts.audit import DTYPE_BYTES, Audit, Counts, audit, totals
from convcalc.facts.totals import TOTALS, Totals
from convcalc.frozen import Frozen
from convcalc.layers import INPUT, AnyLayer, expanded
from convcalc.structure import Checked, checked
from convcalc.values import Shape, shape_of, whole

"""The totals that are numbers."""


class Network(Frozen):
    """Layers that read the input or earlier layers, and what the input is.

    Args:
        input_shape: `(C, *spatial)` of one input.
        layers: in the order they run.
        name: what reports call it.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.
        budget: what the report's totals may be at most.
        expect: what totals and shapes are exactly.
        output: the layer whose output is the network's, or `input`; the last layer if left out.

    Raises:
        SpecError: there are no layers, two of them have one name, one reads what does not come
            before it, or the shape, the batch or another setting is no such thing.

    >>> from convcalc import Conv, Layer, MaxPool
    >>> layers = [Layer("stem", Conv(3, 64, 7)), Layer("pool", MaxPool(2), ("stem",))]
    >>> Network((3, 64, 64), layers, batch=8).audit().totals.output_shape
    (64, 29, 29)
    """

    __slots__ = ("input_shape", "layers", "name", "batch", "dtype", "budget", "expect", "output")

    input_shape: Shape
    layers: tuple[AnyLayer, ...]
    name: str
    batch: int
    dtype: str
    budget: Mapping[str, int]
    expect: Mapping[str, Any]
    output: str | None
    """The layer whose output is the network's, where that is not the last one."""

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
        output: str | None = None,
    ) -> None:
        if dtype not in tuple(DTYPE_BYTES):
            raise SpecError(f"{{dtype}} is not one of {', '.join(DTYPE_BYTES)}", dtype=dtype)
        if not isinstance(name, str) or not name:
            raise SpecError("{name} is not text", name=name)
        valid = checked(layers)
        self._fill(
            input_shape=shape_of("input_shape", input_shape),
            layers=valid,
            name=name,
            batch=whole("batch", batch),
            dtype=dtype,
            budget=_limits("budget", budget, ()),
            expect=_limits("expect", expect, ("output_shape", "shapes")),
            output=_output(output, valid),
        )
        if "shapes" in self.expect:
            self._check_expected_shapes()

    @property
    def rows(self) -> tuple[AnyLayer, ...]:
        """The layers, with each that runs as several as the layers it consists of.

        >>> import convcalc
        >>> pair = {"separable_conv": 16, "kernel_size": 3, "between": ["relu"], "name": "pair"}
        >>> [row.name for row in convcalc.network({"input": [8, 9, 9], "layers": [pair]}).rows]
        ['pair.depthwise', 'pair.relu_1', 'pair.pointwise']
        """
        return expanded(self.layers)

    @property
    def output_row(self) -> str:
        """The row whose output is the network's; `input` if nothing is done to that.

        >>> import convcalc
        >>> left_out = {"relu": None, "from": "a", "repeat": 0}
        >>> layers = [{"conv": 8, "kernel_size": 1, "name": "a"}, "gelu", left_out]
        >>> convcalc.network({"input": [3, 9, 9], "layers": layers}).output_row
        'a'
        """
        last = self.layers[-1:]
        if self.output is not None:
            last = tuple([layer for layer in self.layers if layer.name == self.output])
        return expanded(last)[-1].name if last else INPUT

    def audit(self) -> Audit:
        """Every fact of the network.

        Raises:
            SpecError: a layer cannot take the input it gets.

        >>> from convcalc import Conv
        >>> from convcalc.layers import Layer
        >>> Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3))]).audit().totals.macs
        17713152
        """
        output = self.output and self.output_row
        batch, dtype = self.batch, self.dtype
        return audit(self.rows, self.input_shape, batch=batch, dtype=dtype, output=output)

    def totals(self, counts: Counts | None = None) -> Totals:
        """The totals alone, which is quicker than every fact.

        Args:
            counts: the counts of equal layers, shared by several networks.

        Raises:
            SpecError: a layer cannot take the input it gets.

        >>> from convcalc import Conv
        >>> from convcalc.layers import Layer
        >>> Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3))]).totals().params
        4640
        """
        return totals(
            self.rows,
            self.input_shape,
            batch=self.batch,
            dtype=self.dtype,
            counts=counts,
            output=self.output and self.output_row,
        )

    def replace(self, **changes: Any) -> Network:
        """The same network with other values in some places.

        >>> import convcalc
        >>> layers = [{"conv": 4, "kernel_size": 3}]
        >>> one = convcalc.network({"input": [3, 8, 8], "layers": layers})
        >>> one.audit().totals.macs, one.replace(batch=2).audit().totals.macs
        (3888, 7776)
        """
        return Network(**{**self.arguments(), **changes})

    def _check_expected_shapes(self) -> None:
        shapes = self.expect["shapes"]
        if not isinstance(shapes, Mapping):
            raise SpecError("{shapes} is not a mapping of layers to shapes", shapes=shapes)
        names = {row.name for row in self.rows}
        for name, shape in shapes.items():
            if name not in names:
                raise SpecError(f"a shape is expected of {value_text(name)}, which is no row")
            shape_of("shapes", shape)


def _output(output: str | None, layers: Checked) -> str | None:
    if output is None or output == layers[-1].name:
        return None
    if output != INPUT and all(output != layer.name for layer in layers):
        raise SpecError("{output} is not the name of a layer", output=output)
    return output


def _limits(
    part: str, limits: Mapping[str, Any] | None, others: Collection[str]
) -> Mapping[str, Any]:
    """Validate a budget or an expectation: totals that exist, whole numbers."""
    if limits is None:
        return {}
    if not isinstance(limits, Mapping):
        raise SpecError(f"{{{part}}} is not a mapping", **{part: limits})
    for total, value in limits.items():
        if total in TOTALS:
            if type(value) is not int or value < 0:
                raise SpecError(f"{{{total}}} is not a whole number in {part}", **{total: value})
        elif total not in others:
            raise SpecError(f"unknown total {value_text(total)} in {part}")
    if "output_shape" in limits:
        shape_of("output_shape", limits["output_shape"])
    return dict(limits)
