"""Which calls count: what they give is read later, they learn something, or they multiply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convcalc.files.pytorch.operators.counting import PRODUCTS
from convcalc.files.pytorch.operators.table import CONSTANTS
from convcalc.files.pytorch.recording import Call, Recording, references
from convcalc.files.pytorch.values import plain_name

OVERWRITTEN = {"copy": "self"}
"""Arguments that are written to, not read."""


def living(recording: Recording) -> Recording:
    """The recording without calls for nothing; each output knows whether anything reads it.

    >>> from convcalc.files.pytorch.recording import Made, Origin, Reference
    >>> x, y = Reference(0), Made(Reference(1), (1,))
    >>> call = Call("sum", {"self": x}, [y], "", True)
    >>> living(Recording([call], {0: Origin("input", "x", (1, 3))}, {"output": x}, {})).calls
    []
    """
    kept = _learning(recording)
    read = {reference.number for reference in recording.outputs.values()}
    calls: list[Call] = []
    for at in range(len(recording.calls) - 1, -1, -1):
        call = recording.calls[at]
        numbers = [each.reference.number for each in call.outputs]
        is_empty = all(0 in each.sizes for each in call.outputs)
        if is_empty or (at not in kept and not any(number in read for number in numbers)):
            continue
        outputs = [
            each._replace(is_read=number in read)
            for each, number in zip(call.outputs, numbers, strict=True)
        ]
        calls.append(call._replace(outputs=outputs))
        read.update(_reads(call))
    return recording._replace(calls=calls[::-1])


def _reads(call: Call) -> Iterator[int]:
    name = plain_name(call.name)
    if name not in CONSTANTS:
        yield from _numbers(call.arguments, OVERWRITTEN.get(name))


def _numbers(arguments: Mapping[str, Any], but: str | None) -> Iterator[int]:
    for name, value in arguments.items():
        if name != but:
            for reference in references(value):
                yield reference.number


def _learning(recording: Recording) -> set[int]:
    """The places of the calls that combine learned numbers with others, or multiply."""
    active = {number for number, each in recording.origins.items() if each.kind == "input"}
    learned = {number for number, each in recording.origins.items() if each.part is not None}
    found: set[int] = set()
    for at, call in enumerate(recording.calls):
        reads = {*_reads(call)}
        made = [each.reference.number for each in call.outputs]
        if reads & active:
            active.update(made)
            if reads & learned:
                found.add(at)
        elif reads & learned:
            learned.update(made)
        if call.macs is not None or plain_name(call.name) in PRODUCTS:
            found.add(at)
    return found
