"""`--as` and `--which`, in every format."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from convcalc.others.registry import TOOLS
from convcalc_cli.program import main
from support.audits import example, network, text
from support.program import report, run, run_python

RESNET = str(example("resnet50"))
LAYER = "layer --in 16 --out 32 -k 4 -s 2 -p 1 --size 32 --transposed"


def test_one_tool_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, RESNET, "--as", "thop").partition("What another tool prints")[2]
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "thop 0.1.1 prints 4,133,742,592 clever_format: 4.134G" in lines
    assert "convcalc 4,089,184,256 MACs" in lines
    assert "norms, counted at 4 a value +44,455,936 53 batch_norm" in lines
    assert "adaptive pools +102,400 1 adaptive_avg_pool" in lines
    assert "every row is a layer of torch.nn" in shown


def test_all_tools_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, RESNET, "--as", "all").partition("What other tools print")[2]
    for tool in TOOLS.values():
        assert f"{tool.name.partition('@')[0]} {tool.version}" in shown
    assert "activations +19,217,408" in shown
    assert "8,211,108,352" in shown


def test_figures_that_are_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 1}, {opaque: Own, shape: same}]\n"
    )
    shown = text(capsys, file, "--as", "all", "--which", "768")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "convcalc MACs at least 768" in lines
    assert "thop 0.1.1 MACs - has no figure: no rule is known for opaque_1 (opaque)" in lines
    assert "No figure of this network is known." in lines
    assert "Without a figure: convcalc; figures of opaque_1 are not known." in lines


def test_a_total_is_not_a_number_of_giga(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, RESNET, "--as", "all", "--which", "8267485184")
    lines = [" ".join(line.split()[:4]) for line in shown.splitlines()]
    assert lines.count("ultralytics 8.4.190 FLOPs 8,267,485,184") == 2
    (found,) = network(capsys, RESNET, "--as", "ultralytics")["others"]
    assert (found["word"], found["unit"]) == ("GFLOPs", "FLOPs")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_pages(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, RESNET, "--as", "thop", "--as", "fvcore", "--which", "9T", "-f", form)
    assert "4,111,512,576" in shown
    assert "No tool prints 9T" in shown


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = network(capsys, RESNET, "--as", "thop", "--as", "all", "--which", "4.11G")
    others = [name for name in TOOLS if name != "thop"]
    assert [each["tool"] for each in found["others"]] == ["thop", *others]
    for each in found["others"]:
        amounts = sum([cause["amount"] for cause in each["causes"]])
        assert each["total"] in (None, found["totals"]["macs"] + amounts)
        assert (each["total"] is None) == (each["error"] is not None)
    assert [each["tool"] for each in found["which"]["found"]] == ["thop@0.0.31", "fvcore"]
    assert found["which"]["nearest"] is None
    assert found["layers"][0]["parameters"]["kernel_size"] == [7, 7]


def test_csv_has_what_a_tool_counts_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, RESNET, "--as", "thop", "-f", "csv")
    rows = [*csv.DictReader(io.StringIO(shown))]
    assert sum([int(row["as_thop"]) for row in rows]) == 4_133_742_592
    chosen = text(capsys, RESNET, "--as", "thop", "-f", "csv", "--sort", "macs", "--top", "2")
    figures = [row["as_thop"] for row in csv.DictReader(io.StringIO(chosen))]
    assert figures == ["118013952", "115605504"]


def test_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = report(capsys, f"{LAYER} --as torchinfo")["others"]
    assert found["total"] == 33_685_504
    assert "+24,788,992" not in run(capsys, LAYER).out
    assert "33,554,432" in run(capsys, f"{LAYER} --as thop").out
    rows = [*csv.DictReader(io.StringIO(run(capsys, f"{LAYER} --as thop -f csv").out))]
    assert rows[0]["as_thop"] == "33554432"


def test_a_row_without_a_rule_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    vit = str(example("vit-b-16"))
    assert "no rule is known for encoder.0.self_attention_1.attention" in text(
        capsys, vit, "--as", "thop"
    )
    facts = network(capsys, vit, "--as", "thop", "--which", "17.6G")
    (found,) = facts["others"]
    assert (found["total"], found["causes"]) == (None, [])
    assert [each["tool"] for each in facts["which"]["found"]] == ["convcalc"]
    assert facts["which"]["unknown"]["fvcore"] == found["error"]
    assert "Without a figure: torch, torchinfo, thop," in text(capsys, vit, "--which", "17.6G")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--as zhop", "--as zhop: unknown tool; did you mean thop?"),
        ("--as xyzzy", "--as xyzzy: unknown tool; choose from torch, torchinfo, thop,"),
        ("--which often", "--which 'often' is not a number such as 4.11G"),
        ("--which 4.11G -f csv", "cannot be combined with --format csv"),
    ],
)
def test_what_is_refused(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, f"audit {RESNET} {words}")
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("{relu: , as: fuctional}", "unknown style fuctional; did you mean functional?"),
        ("{relu: , as: mean}", "relu cannot be as: mean, which is for adaptive_avg_pool"),
        ("{conv: 4, kernel_size: 1, as: method}", "conv cannot be as: method"),
        ("{conv: 4, kernel_size: 3, as: linear}", "as: linear is for a conv with kernel_size 1"),
        ("{relu: , as: [1]}", "unknown style [1]; choose from module, functional,"),
    ],
)
def test_wrong_styles(
    layer: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"input: [3, 8, 8]\nlayers: [{layer}]\n")
    assert main(["audit", str(file)]) == 2
    assert message in capsys.readouterr().err
    file.write_text("input: [3, 8, 8]\ndefaults: {relu: {as: mean}}\nlayers: [relu]\n")
    assert main(["audit", str(file)]) == 2
    assert "relu cannot be as: mean" in capsys.readouterr().err


def test_parameters_have_the_names_of_the_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "input: [3, 8, 8]\nlayers: [relu, {elu: 0.5}, {dropout: 0.2}, {leaky_relu: 0.1}]\n"
    )
    rows: list[Any] = network(capsys, file)["layers"]
    expected = [{}, {"alpha": 0.5}, {"p": 0.2}, {"negative_slope": 0.1}]
    assert [row["parameters"] for row in rows] == expected


def test_a_style_is_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("input: [3, 8, 8]\nlayers: [relu, {relu: , as: functional}]\n")
    rows: list[Any] = network(capsys, file)["layers"]
    assert [row.get("as") for row in rows] == [None, "functional"]


def test_nothing_of_it_is_loaded_without_the_flags() -> None:
    script = (
        "import sys; from convcalc_cli.program import main; "
        f"main(['audit', {RESNET!r}, '-f', 'json']); "
        "print(*[name for name in sys.modules if '.others' in name], file=sys.stderr)"
    )
    ran = run_python("-c", script)
    assert (ran.code, ran.err.strip()) == (0, "")
    assert json.loads(ran.out)["errors"] == []
