"""The designs of a whole network: every convolution rewritten, all else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from convcalc.audit import Audit
from convcalc.designs import USUAL_GROUPS, ConvLayer, Design, NoSuchDesignError, designs_with
from convcalc.errors import SpecError
from convcalc.layers import AnyLayer, Layer, expanded
from convcalc.networks import Network
from convcalc.operations.base import Operation
from convcalc.operations.convolution import Conv, DepthwiseConv, SeparableConv
from convcalc.values import Shape


class Redesign(NamedTuple):
    """The totals of a network in another design."""

    design: str
    groups: int | None
    params: int
    macs: int
    changed: int
    """Layers that differ from as written."""
    could_not: int
    """Layers that stayed as written because the groups do not divide their channels."""


class _Change(NamedTuple):
    params: int = 0
    macs: int = 0
    changed: bool = False
    could_not: bool = False


UNCHANGED = _Change()


def redesigns(
    network: Network, facts: Audit, groups: Sequence[int] = USUAL_GROUPS
) -> list[Redesign]:
    """The network as written, and in the standard, the grouped and the separable design.

    `conv` and `separable_conv` are rewritten; depthwise and transposed convolutions and all else
    stay as they are.

    Args:
        network: the network as written.
        facts: its audit.
        groups: the numbers of groups to try, each a design of its own.

    >>> import convcalc
    >>> small = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> [design.macs for design in redesigns(small, small.audit(), [4])]
    [28224, 28224, 7056, 6664]
    """
    totals = facts.totals
    written = Redesign("as written", None, totals.params, totals.macs, 0, 0)
    rewritable = _rewritable(network, facts)
    designs = designs_with(groups)
    return [written, *[_redesign(each, network, written, rewritable) for each in designs]]


class _Alike(NamedTuple):
    """Layers that do the same to the same input, and how many of them there are."""

    layer: AnyLayer
    input_shape: Shape
    times: int


def _rewritable(network: Network, facts: Audit) -> list[_Alike]:
    """The layers that a design may rewrite; equal words in a file are one operation."""
    found: dict[tuple[int, Shape], _Alike] = {}
    at = 0
    for layer in network.layers:
        if _rewritten_at_all(layer.operation):
            input_shape = facts.layers[at].input_shapes[0]
            key = (id(layer.operation), input_shape)
            times = found[key].times if key in found else 0
            found[key] = _Alike(layer, input_shape, times + 1)
        at += len(layer.operation.parts) if isinstance(layer.operation, SeparableConv) else 1
    return list(found.values())


def _redesign(
    design: Design, network: Network, written: Redesign, rewritable: Sequence[_Alike]
) -> Redesign:
    params, macs, changed, could_not = written.params, written.macs, 0, 0
    for layer, input_shape, times in rewritable:
        change = _change(design, layer, input_shape)
        params += times * change.params
        macs += times * change.macs * network.batch
        changed += times * change.changed
        could_not += times * change.could_not
    return Redesign(design.name, design.groups, params, macs, changed, could_not)


def _rewritten_at_all(operation: Operation) -> bool:
    if isinstance(operation, Conv):
        depthwise = operation.groups == operation.in_channels > 1
        return not depthwise and not isinstance(operation, DepthwiseConv)
    return isinstance(operation, SeparableConv)


def _change(design: Design, layer: AnyLayer, input_shape: Shape) -> _Change:
    """What a layer's new design adds to the totals, or takes away."""
    try:
        new = design.rewrite(_dense(layer))
    except NoSuchDesignError:
        return UNCHANGED
    except SpecError:
        return UNCHANGED._replace(could_not=True)
    before, after = expanded([layer]), expanded(new)
    if list(map(_arguments, before)) == list(map(_arguments, after)):
        return UNCHANGED
    old_params, old_macs = _counts(before, input_shape)
    new_params, new_macs = _counts(after, input_shape)
    return _Change(new_params - old_params, new_macs - old_macs, changed=True)


def _dense(layer: AnyLayer) -> ConvLayer:
    """The one convolution that a layer is, or that its separable pair stands for."""
    operation = layer.operation
    if isinstance(operation, SeparableConv):
        outputs = operation.pointwise.out_channels
        wide = {**operation.depthwise.arguments(), "out_channels": outputs, "groups": 1}
        operation = Conv(**wide)
    return Layer(layer.name, cast("Conv", operation), layer.inputs, layer.path)


def _arguments(row: AnyLayer) -> dict[str, Any]:
    return row.operation.arguments()


def _counts(rows: Sequence[AnyLayer], input_shape: Shape) -> tuple[int, int]:
    """Params and MACs of layers one after the other, for one input."""
    params = macs = 0
    for row in rows:
        output_shape, count = row.operation.shape_and_macs((input_shape,))
        params, macs, input_shape = params + row.operation.params, macs + (count or 0), output_shape
    return params, macs
