"""Reports as JSON, for other programs; a layer is a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from convcalc import CONVENTION, __version__
from convcalc.facts.audit import LayerFacts
from convcalc.facts.explanation import explain
from convcalc.redesign.designs import ConvLayer
from convcalc.redesign.of_layer import DesignFacts, MissingDesign
from convcalc.redesign.of_network import Redesign
from convcalc.reference.results import Check, Values, Verification
from convcalc_cli.commands.layer.pytorch import pytorch_text
from convcalc_cli.formats.json_text import json_text

if TYPE_CHECKING:  # a run reports one or the other
    from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
    from convcalc_cli.commands.layer.report import LayerReport

FORMAT_VERSION = 1
INDENT = "  "


class OnOneLine(dict[str, Any]):
    """An object that is written without line breaks."""


def layer_json(report: LayerReport) -> str:
    """One layer and its designs."""
    network, layer = report.comparison.network, report.comparison.layer
    return document(
        {
            "file": None,
            "input_shape": network.input_shape,
            "batch": network.batch,
            "dtype": network.dtype,
            "defaults": report.defaults,
            "pytorch": pytorch_text(layer.operation, network.input_shape),
            "layer": _row(report.comparison.audit.layers[0]),
            "totals": report.comparison.audit.totals._asdict(),
            "designs": [_design(report, design) for design in report.comparison.designs],
            **_layer_verification(report),
        }
    )


def audit_json(report: AuditReport) -> Iterator[str]:
    """Networks, and the files that gave none."""
    networks = [_network(network) for network in report.networks]
    errors = [OnOneLine(error._asdict()) for error in report.errors]
    return document_pieces({"networks": networks, "errors": errors})


def _network(report: NetworkReport) -> dict[str, Any]:
    network = report.network
    return {
        "name": network.name,
        "file": report.file,
        "input_shape": network.input_shape,
        "batch": network.batch,
        "dtype": network.dtype,
        "layers": _placed_rows(report),
        "totals": report.audit.totals._asdict(),
        "parts": [OnOneLine(part._asdict()) for part in report.parts],
        "designs": [_redesign(design) for design in report.designs],
        **({"verification": verification_json(report.verification)} if report.verification else {}),
    }


def _redesign(design: Redesign) -> dict[str, Any]:
    kept = [OnOneLine(each._asdict()) for each in design.kept]
    return OnOneLine({**design._asdict(), "kept": kept})


def _placed_rows(report: NetworkReport) -> Iterable[Mapping[str, Any]]:
    layers = report.network.rows
    places = report.document.item_places([layer.path for layer in layers if layer.path])
    for layer, row in zip(layers, report.audit.layers, strict=True):
        place = places[layer.path or ()]
        yield _row(row, place.line, place.column)


def _row(row: LayerFacts, line: int | None = None, column: int | None = None) -> OnOneLine:
    name, operation, *_ = row
    facts = OnOneLine(name=name, operation=operation, line=line, column=column)
    facts.update(row._asdict())
    return facts


def _design(report: LayerReport, design: DesignFacts | MissingDesign) -> dict[str, Any]:
    head = {"design": design.name, "groups": design.groups}
    if isinstance(design, MissingDesign):
        reason = str(design.reason)
        nothing = dict.fromkeys(("params", "macs"))
        return {**head, "as_given": False, **nothing, "layers": [], "reason": reason}
    return {
        **head,
        "as_given": report.comparison.is_as_given(design),
        "params": design.audit.totals.params,
        "macs": design.audit.totals.macs,
        "layers": [
            {**_row(row), **_explanation(report, layer, row)} if report.explained else _row(row)
            for layer, row in zip(design.layers, design.audit.layers, strict=True)
        ],
    }


def _explanation(report: LayerReport, layer: ConvLayer, row: LayerFacts) -> dict[str, Any]:
    lines = explain(layer.operation, row.input_shapes[0], report.comparison.network.batch)
    return {"explanation": [OnOneLine(line._asdict()) for line in lines]}


def _layer_verification(report: LayerReport) -> dict[str, Any]:
    """The runs of the designs, and the dense convolutions that the designs are equal to."""
    run = report.verification
    if run is None:
        return {}
    designs = [
        {"design": design.name, "groups": design.groups, **verification_json(verification)}
        for design, verification in zip(report.comparison.possible, run.designs, strict=True)
    ]
    equal = [
        OnOneLine(each._asdict(), passed=each.passed, deviation=_number(each.deviation))
        for each in run.equivalences
    ]
    return {"verification": {"passed": run.passed, "designs": designs, "equivalences": equal}}


def verification_json(run: Verification) -> dict[str, Any]:
    """A run on real arrays, row by row."""
    return {
        "passed": run.passed,
        "seed": run.seed,
        "macs": run.macs,
        "seconds": run.seconds,
        "layers": [
            OnOneLine(
                name=row.name,
                passed=not row.failed,
                macs=row.macs,
                seconds=row.seconds,
                checks={check.kind: _check(check) for check in row.checks},
            )
            for row in run.rows
        ],
        "totals": OnOneLine({check.kind: _check(check) for check in run.totals}),
    }


def _check(check: Check | Values) -> dict[str, Any]:
    if isinstance(check, Values):
        return {
            "passed": check.passed,
            "compared": check.compared,
            "deviation": _number(check.deviation),
            "allowed": check.allowed,
            "sums_agree": check.sums_agree,
            "wrong": [
                {"position": at, "predicted": _number(one), "found": _number(other)}
                for at, one, other in check.wrong
            ],
        }
    predicted, found = check.predicted, check.found
    if check.kind == "weights":
        predicted, found = ({"weights": shapes, "params": n} for shapes, n in (predicted, found))
    return {"passed": check.passed, "predicted": predicted, "found": found}


def _number(value: float) -> float | None:
    """JSON knows no infinity, and nothing that is no number."""
    return value if isfinite(value) else None


def document(content: dict[str, Any]) -> str:
    """The content behind what every report begins with."""
    return "".join(document_pieces(content))


def document_pieces(content: dict[str, Any]) -> Iterator[str]:
    """The same piece by piece: a large network is a gigabyte in one."""
    head = {"convcalc": __version__, "format_version": FORMAT_VERSION, "convention": CONVENTION}
    yield from _pieces({**head, **content}, "\n")
    yield "\n"


def _pieces(value: Any, newline: str) -> Iterator[str]:
    """A value as JSON; what holds objects is spread over lines, and long lists are not gathered."""
    if isinstance(value, Mapping) and not isinstance(value, OnOneLine):
        entries = ((f"{json_text(key)}: ", item) for key, item in value.items())
        yield from _spread("{}", entries, newline)
    elif isinstance(value, Iterable) and not isinstance(value, (str, tuple, OnOneLine)):
        yield from _spread("[]", (("", item) for item in value), newline)
    else:
        yield json_text(value)


def _spread(brackets: str, items: Iterable[tuple[str, Any]], newline: str) -> Iterator[str]:
    """Items on lines of their own, each behind its key if it has one."""
    inner = newline + INDENT
    before = f"{brackets[0]}{inner}"
    for key, item in items:
        if isinstance(item, OnOneLine):
            yield f"{before}{key}{json_text(item)}"
        else:
            yield before + key
            yield from _pieces(item, inner)
        before = f",{inner}"
    yield brackets if before[0] != "," else f"{newline}{brackets[1]}"
