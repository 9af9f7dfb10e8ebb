"""PyTorch targets of a collection: parameters, MACs, and the MACs of each product."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convcalc.files.loading import load
from support.corpora import contents, corpus

pytest.importorskip("torch")
TARGETS = "torch_targets.json"
ROWS = "torch_rows.json.gz"


def targets() -> list[Any]:
    try:
        data = json.loads((corpus(".") / TARGETS).read_text())
    except (OSError, pytest.skip.Exception):
        return []
    found: list[Any] = data["targets"]
    return found


@pytest.mark.parametrize("truth", [pytest.param(each, id=each["target"]) for each in targets()])
def test_totals_and_products(truth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = truth["target"].partition(".")[0]
    if package in ("torchvision", "timm"):
        pytest.importorskip(package)
    monkeypatch.syspath_prepend(str(corpus(".")))
    inputs = [("", tuple(shape[1:])) for shape in truth["inputs"]]
    network = load(truth["target"], vars=truth["kwargs"], inputs=inputs)
    totals = network.totals()
    assert not totals.unknown
    assert totals.params == truth["params"]
    assert totals.macs == truth["macs"] + truth["macs_data_products"]
    products = sorted(row.macs for row in network.audit().layers if row.macs)
    right = json.loads(contents(corpus(".") / ROWS))[truth["target"]]
    assert products == sorted(row["macs"] for row in right)
