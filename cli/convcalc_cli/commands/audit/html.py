"""A page of some networks, in one file that needs nothing else: `audit --html`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc import CONVENTION, __version__
from convcalc.facts.audit import LayerFacts
from convcalc.redesign.of_network import Redesign
from convcalc.reference.results import RowVerification
from convcalc.wording import counted, percent_text
from convcalc_cli.commands.audit.charts import Bar, bars_of
from convcalc_cli.commands.audit.page import (
    layer_counts,
    totals_facts,
    unexpected_shapes,
)
from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
from convcalc_cli.page.html import TEMPLATES, asset, policy
from convcalc_cli.reading.networks import FileError
from convcalc_cli.shell.extras import JINJA, loaded
from convcalc_cli.text import (
    bytes_text,
    count_text,
    deviation_text,
    printable,
    seconds_text,
    shape_text,
)
from convcalc_cli.verification.section import mismatch_rows

SIDE_TITLES = ("network", "file", "params", "MACs", "peak activation")
PIECES = 1_000
"""Parts of the page that are written together."""

WIDTH, HALF, HEIGHT = 1000, 130, 180
"""The measures of the charts."""


def audit_html(report: AuditReport) -> Iterator[str]:
    """The report as a page: totals, tables, pictures; names are data, whatever they hold.

    It comes piece by piece, for a page of a large network takes ten times its memory in one.

    Raises:
        FlagError: Jinja is not there.
    """
    environment = _environment()
    pictures = environment.get_template("pictures.html").module
    style, script = asset("report.css"), asset("report.js")
    names = [printable(each.network.name) for each in report.networks]
    page: Any = environment.get_template("report.html").stream(
        title=names[0] if len(names) == 1 else f"{len(names)} networks",
        policy=policy(style, script),
        style=style,
        script=script,
        convention=CONVENTION,
        version=__version__,
        side_titles=SIDE_TITLES,
        networks=[_network(each, report) for each in report.networks],
        errors=[_error(each) for each in report.errors],
        bar=pictures.bar,
        mirrored=pictures.mirrored,
        memory=pictures.memory,
    )
    page.enable_buffering(PIECES)
    return iter(page)


def _error(error: FileError) -> str:
    place = f":{error.line}:{error.column}" if error.line else ""
    return printable(f"{error.file}{place}: {error.message}")


def _environment() -> Any:
    jinja2 = loaded("jinja2", JINJA, "--html")
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _network(report: NetworkReport, whole: AuditReport) -> dict[str, Any]:
    network, run = report.network, report.verification
    titles = [("layer", False), ("operation", False), ("output", False), ("weight", False)]
    titles += [("params", True), ("MACs", True), ("of MACs", True)]
    if run:
        titles += [("checks", False), ("deviation", True), ("time", True)]
    titles += [("receptive field", False), ("input", False)]
    return {
        "name": printable(network.name),
        "file": printable(report.file),
        "input": shape_text(network.input_shape),
        "dtype": network.dtype,
        "batch": network.batch,
        "totals": totals_facts(report),
        "unexpected": [printable(text) for text in unexpected_shapes(report)],
        "side": _side(report, whole),
        "verdict": _verdict(report),
        "passed": run is None or run.passed,
        "mismatches": mismatch_rows([("", run)]) if run else [],
        "chart": _chart(report),
        "parts": [_part(report, part) for part in report.parts if part.params or part.macs],
        "designs": [_design(each, report.designs[1]) for each in report.designs],
        "titles": [{"text": text, "number": number} for text, number in titles],
        "layers": _layers(report),
        "number_of_layers": len(report.audit.layers),
    }


def _side(report: NetworkReport, whole: AuditReport) -> list[dict[str, Any]]:
    cells = []
    for total, text in (
        ("params", count_text),
        ("macs", count_text),
        ("peak_activation_bytes", bytes_text),
    ):
        most = max(getattr(each.audit.totals, total) for each in whole.networks) or 1
        value = getattr(report.audit.totals, total)
        cells.append({"value": value, "text": text(value), "share": value / most})
    return cells


def _verdict(report: NetworkReport) -> str:
    run = report.verification
    if run is None:
        return ""
    layers = counted(len(run.rows), "layer")
    return f"{layers} run on real arrays, {count_text(run.macs)} MACs counted, seed {run.seed}"


def _layers(report: NetworkReport) -> Iterator[dict[str, Any]]:
    checked, macs = report.checked, report.audit.totals.macs
    has_run = report.verification is not None
    for row in report.audit.layers:
        yield {
            "name": printable(row.name),
            "cells": [
                *_facts(row, macs),
                *(_checks(checked.get(row.name)) if has_run else ()),
                *_surroundings(row),
            ],
        }


def _facts(row: LayerFacts, whole: int) -> list[dict[str, Any]]:
    weight, macs = row.weights.get("weight"), row.macs or 0
    return [
        _text(row.operation),
        _text(shape_text(row.output_shape)),
        _text(shape_text(weight) if weight else "-"),
        {"text": count_text(row.params) if row.params else "-", "value": row.params},
        {"text": "-" if row.macs is None else count_text(macs), "value": macs},
        {"text": "-" if row.macs is None else percent_text(macs, whole), "value": macs},
    ]


def _surroundings(row: LayerFacts) -> list[dict[str, Any]]:
    field = row.receptive_field
    return [
        _text("all" if field is None else " x ".join(map(str, field)) or "-"),
        _text(", ".join(map(shape_text, row.input_shapes))),
    ]


def _checks(row: RowVerification | None) -> list[dict[str, Any]]:
    if row is None:
        return [_text("not run"), _text("-"), _text("-")]
    failed = ", ".join([check.kind for check in row.failed])
    return [
        _text(f"failed: {failed}" if failed else "all as predicted"),
        {"text": deviation_text(row.deviation), "value": row.deviation},
        {"text": seconds_text(row.seconds), "value": row.seconds},
    ]


def _text(text: str) -> dict[str, Any]:
    return {"text": printable(text), "value": None}


def _part(report: NetworkReport, part: Any) -> dict[str, Any]:
    totals = report.audit.totals
    return {
        "kind": part.kind,
        "params": count_text(part.params),
        "params_share": percent_text(part.params, totals.params),
        "params_part": part.params / (totals.params or 1),
        "macs": count_text(part.macs) if part.macs else "-",
        "macs_share": percent_text(part.macs, totals.macs) if part.macs else "-",
        "macs_part": (part.macs or 0) / (totals.macs or 1),
    }


def _design(design: Redesign, standard: Redesign) -> dict[str, Any]:
    changed, kept = ["-" if count is None else count_text(count) for count in layer_counts(design)]
    return {
        "name": design.title,
        "params": count_text(design.params),
        "params_share": percent_text(design.params, standard.params),
        "params_part": min(design.params / (standard.params or 1), 1),
        "macs": count_text(design.macs),
        "macs_share": percent_text(design.macs, standard.macs),
        "macs_part": min(design.macs / (standard.macs or 1), 1),
        "changed": changed,
        "kept": kept,
        "reasons": [
            {
                "text": printable(each.reason),
                "layers": count_text(len(each.layers)),
                "names": ", ".join(map(printable, each.layers)),
            }
            for each in design.kept
        ],
    }


def _chart(report: NetworkReport) -> dict[str, Any]:
    """Where the bars of both pictures are, in the measures of their drawing."""
    bars = bars_of(report)
    most_macs = max([bar.macs for bar in bars])
    most_params = max([bar.params for bar in bars])
    most_alive = max([bar.alive for bar in bars])
    step = WIDTH / len(bars)
    peak = next(at for at, bar in enumerate(bars) if bar.has_peak)
    late = peak > 0.85 * len(bars)
    return {
        "name": printable(report.network.name),
        "bars": [
            _bar(bar, at * step, (most_macs or 1, most_params or 1, most_alive or 1))
            for at, bar in enumerate(bars)
        ],
        "step": f"{step:.2f}",
        "width": f"{0.86 * step:.2f}",
        "most_macs": count_text(most_macs),
        "most_params": count_text(most_params),
        "peak": bytes_text(report.audit.totals.peak_activation_bytes),
        "peak_name": printable(report.audit.totals.peak_layer),
        "peak_x": f"{(peak + late) * step:.1f}",
        "peak_anchor": "end" if late else "start",
        "together": -(-len(report.audit.layers) // len(bars)),
    }


def _bar(bar: Bar, x: float, most: tuple[int, int, int]) -> dict[str, Any]:
    up, down = HALF * bar.macs / most[0], HALF * bar.params / most[1]
    alive = (HEIGHT - 20) * bar.alive / most[2]
    return {
        "name": printable(bar.name),
        "macs": count_text(bar.macs),
        "params": count_text(bar.params),
        "alive": bytes_text(bar.alive),
        "has_peak": bar.has_peak,
        "x": f"{x:.2f}",
        "up": f"{up:.2f}",
        "up_y": f"{HALF - up:.2f}",
        "down": f"{down:.2f}",
        "alive_height": f"{alive:.2f}",
        "alive_y": f"{HEIGHT - alive:.2f}",
    }
