"""A network before anything is computed: its input, and its layers in the order they run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from convcalc.display import displayed
from convcalc.errors import SpecError, value_text
from convcalc.facts.audit import DTYPE_BYTES, Audit, Counts, audit, totals
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS, Totals
from convcalc.frozen import Frozen
from convcalc.layers import INPUT, AnyLayer, Inputs, expanded
from convcalc.structure import Checked, check_name, checked
from convcalc.values import Shape, shape_of, whole, whole_list
from convcalc.wording import counted


@displayed
class Network(Frozen):
    """Layers that read the input or earlier layers, and what the input is.

    `print` shows the table of `convcalc audit`.

    Args:
        input_shape: `(C, *spatial)` of the input, or that of each input by its name.
        layers: in the order they run.
        name: what reports call it.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.
        budget: what the report's totals may be at most.
        expect: what totals and shapes are exactly.
        outputs: the layers or inputs whose values are the network's outputs, or a mapping of
            titles to them; the last layer if left out.

    Raises:
        SpecError: there are no layers, two of them have one name, one reads what does not come
            before it, or the shape, the batch or another setting is no such thing.

    >>> from convcalc import Conv, Layer, MaxPool
    >>> layers = [Layer("stem", Conv(3, 64, 7)), Layer("pool", MaxPool(2), ("stem",))]
    >>> Network((3, 64, 64), layers, batch=8).audit().totals.output_shape
    (64, 29, 29)
    >>> Network((3, 64, 64), layers, name="start")
    <Network 'start' of 2 layers: input (3, 64, 64)>
    """

    __slots__ = ("inputs", "layers", "name", "batch", "dtype", "budget", "expect", "outputs")

    inputs: Inputs
    layers: tuple[AnyLayer, ...]
    name: str
    batch: int
    dtype: str
    budget: Mapping[str, int]
    expect: Mapping[str, Any]
    outputs: Mapping[str, str]
    """The layers whose outputs are the network's, by title, where it is not the last one alone."""

    def __init__(
        self,
        input_shape: Shape | Inputs,
        layers: Sequence[AnyLayer],
        *,
        name: str = "network",
        batch: int = 1,
        dtype: str = "float32",
        budget: Mapping[str, int] | None = None,
        expect: Mapping[str, Any] | None = None,
        outputs: Sequence[str] | Mapping[str, str] = (),
    ) -> None:
        if dtype not in tuple(DTYPE_BYTES):
            raise SpecError(f"{{dtype}} is not one of {', '.join(DTYPE_BYTES)}", dtype=dtype)
        if not isinstance(name, str) or not name:
            raise SpecError("{name} is not text", name=name)
        inputs = _inputs(input_shape)
        valid = checked(layers, inputs)
        self._fill(
            inputs=inputs,
            layers=valid,
            name=name,
            batch=whole("batch", batch),
            dtype=dtype,
            budget=_limits("budget", budget, (RECEPTIVE_FIELD,)),
            expect=_limits("expect", expect, ("output_shape", "shapes", RECEPTIVE_FIELD)),
            outputs=_outputs(outputs, valid, inputs),
        )
        if "shapes" in self.expect:
            self._check_expected_shapes()

    def __repr__(self) -> str:
        shapes = ", ".join([f"{name} {shape}" for name, shape in self.inputs.items()])
        layers = counted(len(self.layers), "layer")
        return f"<{type(self).__name__} {self.name!r} of {layers}: {shapes}>"

    @property
    def input_shape(self) -> Shape:
        """`(C, *spatial)` of the input; of several, the first's.

        >>> from convcalc import Conv, Layer
        >>> Network({"left": (3, 9, 9)}, [Layer("a", Conv(3, 8, 3), ("left",))]).input_shape
        (3, 9, 9)
        """
        return next(iter(self.inputs.values()))

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
    def output_rows(self) -> Mapping[str, str]:
        """The rows whose outputs are the network's, by title; an input if nothing is done to it.

        >>> import convcalc
        >>> left_out = {"relu": None, "from": "a", "repeat": 0}
        >>> layers = [{"conv": 8, "kernel_size": 1, "name": "a"}, "gelu", left_out]
        >>> convcalc.network({"input": [3, 9, 9], "layers": layers}).output_rows
        {'a': 'a'}
        """
        if not self.outputs:
            return {self.layers[-1].name: expanded(self.layers[-1:])[-1].name}
        parts = [layer for layer in self.layers if layer.operation.parts]
        last = {layer.name: expanded([layer])[-1].name for layer in parts}
        return {title: last.get(name, name) for title, name in self.outputs.items()}

    def audit(self) -> Audit:
        """Every fact of the network.

        Raises:
            SpecError: a layer cannot take the input it gets.

        >>> from convcalc import Conv
        >>> from convcalc.layers import Layer
        >>> Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3))]).audit().totals.macs
        17713152
        """
        batch, dtype = self.batch, self.dtype
        return audit(self.rows, self.inputs, batch=batch, dtype=dtype, outputs=self.output_rows)

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
            self.inputs,
            batch=self.batch,
            dtype=self.dtype,
            counts=counts,
            outputs=self.output_rows,
        )

    def arguments(self) -> dict[str, Any]:
        """What the constructor would need to make this network again."""
        arguments = super().arguments()
        return {"input_shape": arguments.pop("inputs"), **arguments}

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


def _inputs(inputs: Shape | Inputs) -> Inputs:
    """The inputs, refused if they have no valid names or shapes."""
    if not isinstance(inputs, Mapping) or not all(isinstance(name, str) for name in inputs):
        return {INPUT: shape_of("input_shape", inputs)}
    if not inputs:
        raise SpecError("a network needs an input")
    for name in inputs:
        check_name(name, "an input")
    return {name: shape_of(name, shape) for name, shape in inputs.items()}


def _outputs(
    outputs: Sequence[str] | Mapping[str, str], layers: Checked, inputs: Inputs
) -> Mapping[str, str]:
    if isinstance(outputs, (str, bytes)) or not isinstance(outputs, (Sequence, Mapping)):
        raise SpecError("{outputs} is not a list of layers", outputs=outputs)
    names = list(outputs.values() if isinstance(outputs, Mapping) else outputs)
    if not all(isinstance(name, str) for name in names):
        raise SpecError("{outputs} is not a list of names", outputs=outputs)
    titled = dict(outputs) if isinstance(outputs, Mapping) else dict(zip(names, names, strict=True))
    if len(titled) < len(names):
        raise SpecError("{outputs} has a layer twice", outputs=outputs)
    ran = {layer.name for layer in layers if not layer.training}
    for name in titled.values():
        if name not in ran and name not in inputs:
            raise SpecError(f"output {value_text(name)} is not the name of a layer")
    return {} if list(titled.items()) == [(layers[-1].name,) * 2] else titled


def _limits(
    part: str, limits: Mapping[str, Any] | None, others: Collection[str]
) -> Mapping[str, Any]:
    """Validate a budget or an expectation: totals that exist, whole numbers."""
    if limits is None:
        return {}
    if not isinstance(limits, Mapping):
        raise SpecError(f"{{{part}}} is not a mapping", **{part: limits})
    for total, value in limits.items():
        _check_limit(part, total, value, others)
    if RECEPTIVE_FIELD in limits:
        whole_list(RECEPTIVE_FIELD, limits[RECEPTIVE_FIELD])
    if "output_shape" in limits:
        shape_of("output_shape", limits["output_shape"])
    return dict(limits)


def _check_limit(part: str, total: str, value: Any, others: Collection[str]) -> None:
    if total in TOTALS:
        if type(value) is not int or value < 0:
            raise SpecError(f"{{{total}}} is not a whole number in {part}", **{total: value})
    elif total not in others:
        raise SpecError(f"unknown total {value_text(total)} in {part}")
