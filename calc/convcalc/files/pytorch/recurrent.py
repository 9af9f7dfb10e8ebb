"""Recurrent layers: all their steps are one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from convcalc.files.pytorch.operators.counting import PRODUCTS, products
from convcalc.files.pytorch.recording import Call, Recording, references
from convcalc.files.pytorch.values import plain_name


def gathered(recording: Recording) -> Recording:
    """The recording with one call for each run of a recurrent layer, which has its MACs.

    >>> gathered(Recording([], {}, {}, {})).calls
    []
    """
    if not any(call.group for call in recording.calls):
        return recording
    sizes = recording.sizes()
    read = _readers(recording)
    calls: list[Call] = []
    for group, each in groupby(recording.calls, key=lambda call: call.group):
        steps = [*each]
        calls += steps if group is None else [_one(steps, sizes, read)]
    return recording._replace(calls=calls)


def _readers(recording: Recording) -> Mapping[int, set[Any]]:
    """The layers that read each value, or None where it is something else."""
    read: dict[int, set[Any]] = {}
    for call in recording.calls:
        for reference in references([*call.arguments.values()]):
            read.setdefault(reference.number, set()).add(call.group)
    for reference in recording.outputs.values():
        read.setdefault(reference.number, set()).add(None)
    return read


def _one(
    steps: Sequence[Call], sizes: Mapping[int, tuple[int, ...]], read: Mapping[int, set[Any]]
) -> Call:
    group = steps[0].group
    inner = {each.reference.number for call in steps for each in call.outputs}
    outer = {
        reference: None
        for call in steps
        for reference in references([*call.arguments.values()])
        if reference.number not in inner
    }
    outputs = [
        each
        for call in steps
        for each in call.outputs
        if read.get(each.reference.number, set()) - {group}
    ]
    outputs.sort(key=lambda each: -len(each.sizes))
    macs = sum([_macs(call, sizes) for call in steps])
    title = group.title if group else ""
    made = outputs or steps[-1].outputs
    return Call(title, {"reads": [*outer]}, made, steps[0].path, True, group, macs=macs)


def _macs(call: Call, sizes: Mapping[int, tuple[int, ...]]) -> int:
    name = plain_name(call.name)
    if name not in PRODUCTS:
        return 0
    return products(
        name,
        lambda argument: sizes[call.arguments[argument].number],
        call.outputs[0].sizes,
        call.arguments,
    )
