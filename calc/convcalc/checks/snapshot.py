"""What networks were: their totals and a fingerprint each, to be compared with later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, Totals
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.operations.base import Operation
from convcalc.records import NamedTuple
from convcalc.values import Shape

VERSION = 1


class Recorded(NamedTuple):
    """A network as it was.

    >>> from convcalc import Conv, compare
    >>> layer = compare(Conv(3, 8, 3), (3, 9, 9))
    >>> recorded(layer.network, layer.audit.totals).totals["params"]
    224
    """

    name: str
    fingerprint: str
    """The same for networks that do the same, however they are written."""
    totals: Mapping[str, int]
    unknown: Mapping[str, list[str]] = {}
    """Where there are any, totals are lower bounds: rows by the figure that is not known."""


def recorded(network: Network, totals: Totals) -> Recorded:
    """What is kept of a network."""
    found = totals._asdict()
    kept = {total: int(found[total]) for total in TOTALS}
    return Recorded(network.name, fingerprint(network), kept, dict(totals.unknown))


def fingerprint(network: Network) -> str:
    """A hash of what a network computes: its input, batch and dtype, its rows and their wiring.

    Names do not count, but for which layer reads which.

    >>> from convcalc import Conv, Layer
    >>> one, other = (Network((3, 9, 9), [Layer(name, Conv(3, 8, 3))]) for name in "ab")
    >>> fingerprint(one) == fingerprint(other)
    True
    """
    shapes = list(network.inputs.values())
    number = {name: at for at, name in enumerate(network.inputs)}
    content: list[Any] = [
        network.input_shape if len(shapes) == 1 else shapes,
        network.batch,
        network.dtype,
    ]
    origins: dict[str, _Origins] = {}
    for row in network.rows:
        reads = [number[name] for name in row.inputs]
        origins[row.name] = _origins(row, len(number), origins)
        facts: list[Any] = [row.operation.word, _arguments(row.operation), reads]
        if row.weights_of is not None or row.training:
            facts.append([origins[row.name] if row.weights_of else None, row.training])
        content.append(facts)
        number[row.name] = len(number)
    outputs = [number[name] for name in network.output_rows.values()]
    if outputs != [len(number) - 1]:  # else it is the last row, whatever its title
        content.append(outputs if len(outputs) > 1 else outputs[0])
    text = json.dumps(content, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_Origins: TypeAlias = dict[str, tuple[Shape, int]]
"""Of each weight of a row, its shape and the row whose it is."""


def _origins(row: AnyLayer, place: int, rows: Mapping[str, _Origins]) -> _Origins:
    """Found through any number of rows that share it; a bias of another shape is the row's own."""
    theirs = rows[row.weights_of] if row.weights_of is not None else {}
    found: _Origins = {}
    for name, shape in row.operation.weights.items():
        same = name in theirs and theirs[name][0] == shape
        found[name] = theirs[name] if same else (shape, place)
    return found


def _arguments(operation: Operation) -> list[tuple[str, Any]]:
    """What an operation is made of, in the order of the names."""
    arguments, unset = operation.arguments(), operation.unset
    return sorted([(k, v) for k, v in arguments.items() if k not in unset or v != unset[k]])


def as_content(networks: Mapping[str, Recorded]) -> dict[str, Any]:
    """A snapshot as plain data, by file.

    >>> as_content({})
    {'convcalc_snapshot': 1, 'networks': {}}
    """
    plain = {
        file: {**each._asdict(), "totals": dict(each.totals)}
        for file, each in sorted(networks.items())
    }
    for each in plain.values():
        if not each["unknown"]:
            del each["unknown"]
    return {"convcalc_snapshot": VERSION, "networks": plain}


def from_content(content: Any) -> dict[str, Recorded]:
    """The snapshot that plain data describes.

    Raises:
        SpecError: it is no snapshot, or one of a later version.

    >>> from_content({"convcalc_snapshot": 1, "networks": {}})
    {}
    """
    version = content.get("convcalc_snapshot") if isinstance(content, dict) else None
    if type(version) is not int:
        raise SpecError("this is not a convcalc snapshot")
    if version != VERSION:
        raise SpecError(
            f"snapshot version {version} is not supported; this convcalc supports version {VERSION}"
        )
    networks = content.get("networks")
    if not isinstance(networks, dict):
        raise SpecError("the snapshot has no networks")
    return {file: _recorded(file, each) for file, each in networks.items()}


def _recorded(file: str, content: Any) -> Recorded:
    try:
        name, mark, totals = (content[key] for key in Recorded._fields[:3])
        unknown = {key: list(map(str, rows)) for key, rows in content.get("unknown", {}).items()}
        texts = isinstance(name, str) and isinstance(mark, str)
        if texts and all(type(totals[each]) is int and totals[each] >= 0 for each in TOTALS):
            return Recorded(name, mark, {each: totals[each] for each in TOTALS}, unknown)
    except (AttributeError, KeyError, TypeError):
        pass
    raise SpecError(f"the snapshot of {file} is not complete")
