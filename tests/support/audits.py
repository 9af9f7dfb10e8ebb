"""Networks to audit, and `convcalc audit` of them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from support.program import ROOT, Run

EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))
CASES = sorted(ROOT.glob("tests/cases/good/*.yaml"))
GOOD = [*EXAMPLES, *CASES]
MILLION = 10**6
Words = Sequence[str | Path]


def example(name: str) -> Path:
    return ROOT / "examples" / f"{name}.yaml"


def audit(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Run:
    code = main(["audit", *map(str, words)])
    captured = capsys.readouterr()
    return Run(code, captured.out, captured.err)


def text(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    ran = audit(capsys, *words)
    assert ran.code == 0, ran.err
    return ran.out


def networks(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text(capsys, *words, "-f", "json"))["networks"]
    return found


def network(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    (found,) = networks(capsys, *words)
    return found


def rows_of(page: str) -> list[list[str]]:
    """The cells of the layer table of a page that is as wide as it likes."""
    _, after = page.split("\n\n", 1)
    table, _ = after.split("\n\n", 1)
    _, rule, *lines = table.splitlines()
    assert set(rule) <= {"─", "-"}
    cells = [re.split(r" {2,}", line.strip()) for line in lines]
    return [row for row in cells if len(row) > 5]  # the others are notes


def number(cell: str) -> int:
    return 0 if cell == "-" else int(cell.replace(",", ""))


def spelled(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
