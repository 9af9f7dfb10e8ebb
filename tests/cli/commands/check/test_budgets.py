"""How much of their budgets networks use: the strictest of all limits, on pages and in pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import run

NET = """\
input: [3, 8, 8]
layers: [{conv: 4, kernel_size: 3}]
budget: {params: 500, macs: 10k, receptive_field: [9, 9]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)


def budgets(page: str) -> str:
    return page.partition("Budgets</h2>")[2].partition("</table>")[0]


def test_the_strictest_limit_counts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("convcalc.toml").write_text('[[check]]\nfiles = ["*.yaml"]\nmax-params = 224\n')
    shown = budgets(run(capsys, "check net.yaml --max-params 400 -f html").out)
    # 4 x 3 x 3 x 3 weights and 4 biases; 108 MACs at each of 6 x 6 places.
    assert "<td>params</td>" in shown
    assert ">112</td>" in shown
    assert ">224</td>" in shown
    assert "50.0 %" in shown
    assert "38.9 %" in shown  # 3,888 of 10,000 MACs
    assert "receptive" not in shown


def test_what_is_over_its_budget_stands_out(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "check net.yaml --max-params 100 -f html")
    assert ran.code == 1
    assert '<span class="bad">112</span>' in budgets(ran.out)


def test_without_budgets_there_is_no_such_section(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [relu]\n")
    out = run(capsys, "check net.yaml -f html").out
    assert "Budgets" not in out.partition("<main>")[2].partition("<script>")[0]
    assert "Check of 1 file" in out


def test_text_has_no_such_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Budgets" not in run(capsys, "check net.yaml").out
