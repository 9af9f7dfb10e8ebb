"""`convcalc fit`: verdicts, exit codes, formats, and the network file."""

import json
from pathlib import Path

import pytest

from support.program import report, run

NET = """\
name: small
input: [16, 12, 12]
vars: {width: 16}
blocks:
  pair:
    layers:
      - {conv: $width, kernel_size: 3, padding: 1}
      - relu
layers:
  - {block: pair, repeat: 3, name: body}
  - flatten
  - {linear: 10}
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    return str(file)


def test_the_verdict_is_first(capsys: pytest.CaptureFixture[str], net: str) -> None:
    ran = run(capsys, f"fit {net} --max-macs 75%")
    assert (ran.code, ran.err) == (0, "")
    verdict = " ".join(ran.out.split("\n\n")[1].split())
    assert verdict.startswith("1 of 3 convolutions changed: ")
    assert "Proved: no design of these changes fewer layers" in verdict


def test_what_cannot_fit_is_exit_1_with_the_least(
    capsys: pytest.CaptureFixture[str], net: str
) -> None:
    ran = run(capsys, f"fit {net} --max-params 100")
    assert ran.code == 1
    assert "Nothing fits: at least" in ran.out
    assert "linear_1" in ran.out


def test_json(capsys: pytest.CaptureFixture[str], net: str) -> None:
    found = report(capsys, f"fit {net} --max-macs 75%")
    macs = 3 * 144 * 16 * 16 * 9 + 2304 * 10
    assert found["question"]["budgets"] == {"macs": macs * 75 // 100}
    assert (found["fits"], found["proved"], found["gap"], found["changed"]) == (True, True, 0, 1)
    assert found["network"] == "small"
    (layer,) = found["layers"]
    assert layer["name"] == "body.2.conv_1"
    saved = layer["macs_before"] - layer["macs_after"]
    assert found["totals"]["macs"] == macs - saved
    assert [each["fits"] for each in found["front"]] == [True] * len(found["front"])
    assert found["least"]["macs"] < found["totals"]["macs"]
    assert found["stuck"] == [
        {"name": "linear_1", "reason": "linear has no other design"} | {"macs": 23040}
    ]


def test_the_network_file_has_the_figures(
    capsys: pytest.CaptureFixture[str], net: str, tmp_path: Path
) -> None:
    fitted = tmp_path / "fitted.yaml"
    found = report(capsys, f"fit {net} --max-macs 40% --batch 2 -o {fitted}")
    assert run(capsys, f"check {fitted}").code == 0
    (audited,) = report(capsys, f"audit {fitted}")["networks"]
    assert audited["batch"] == 2
    assert audited["totals"] == found["totals"]


def test_csv_and_designs(capsys: pytest.CaptureFixture[str], net: str) -> None:
    ran = run(capsys, f"fit {net} --max-macs 60% --designs separable -f csv")
    rows = [line.split(",") for line in ran.out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["body.1.conv_1", "body.2.conv_1"]
    assert all(",separable," in line for line in ran.out.splitlines()[1:])


def test_only_and_except(capsys: pytest.CaptureFixture[str], net: str) -> None:
    found = report(capsys, f"fit {net} --max-macs 80% --only body.0,body.1 --except body.1.*")
    assert [layer["name"] for layer in found["layers"]] == ["body.0.conv_1"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("", "no budget is given"),
        ("--max-macs much", "--max-macs much"),
        ("--max-macs 50% --keep layer", "did you mean layers"),
        ("--max-macs 50% --designs seperable", "did you mean separable"),
        ("--max-macs 50% --only nothing", "no convolution has such a name"),
        ("--max-macs 50% --groups x", "--groups"),
        ("--max-params 50% --keep params", "keep layers or share"),
    ],
)
def test_refused(capsys: pytest.CaptureFixture[str], net: str, flags: str, message: str) -> None:
    ran = run(capsys, f"fit {net} {flags}")
    assert ran.code == 2
    assert message in ran.err


def test_output_is_the_same_each_time(capsys: pytest.CaptureFixture[str], net: str) -> None:
    first, second = [run(capsys, f"fit {net} --max-macs 55% -f json").out for _ in range(2)]
    assert json.loads(first) == json.loads(second)
