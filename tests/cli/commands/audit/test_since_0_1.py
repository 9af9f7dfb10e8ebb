"""Files that were written for 0.1 mean the same: JSON has new keys, and fields that were null."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from support.audits import network
from support.program import ROOT

BEFORE = json.loads((ROOT / "tests/cases/before/version-0.1.json").read_text("utf-8"))
"""What 0.1 said of each file: a hash of its JSON without receptive fields, and these."""
NETWORK = (
    *("name", "file", "input_shape", "batch", "dtype"),
    *("layers", "totals", "parts", "designs"),
)
TOTALS = (
    *("output_shape", "params", "macs", "flops", "input_bytes", "weight_bytes"),
    *("activation_bytes", "peak_activation_bytes", "peak_layer", "torchsummary_bytes"),
)
ROW = (
    *("name", "operation", "line", "column", "inputs", "input_shapes", "output_shape"),
    *("weights", "params", "macs"),
)


def kept(facts: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: facts[key] for key in keys}


@pytest.mark.parametrize("file", BEFORE)
def test_only_keys_are_added_and_fields_told(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = network(capsys, Path(file))
    fields = [row["receptive_field"] for row in found["layers"]]
    old = kept(found, NETWORK)
    old["totals"] = kept(found["totals"], TOTALS)
    old["layers"] = [kept(row, ROW) for row in found["layers"]]
    text = json.dumps(old, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == BEFORE[file]["sha256"]
    before = BEFORE[file]["receptive_fields"].split()
    told = ["-" if field is None else "x".join(map(str, field)) or "0" for field in fields]
    assert [
        (was, now) for was, now in zip(before, told, strict=True) if was not in ("-", now)
    ] == []
