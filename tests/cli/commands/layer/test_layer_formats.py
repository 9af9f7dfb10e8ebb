"""`convcalc layer` as JSON, CSV and Markdown."""

import csv
import io
import re
from math import prod
from typing import Any

import pytest

from convcalc import CONVENTION, __version__
from support.program import report, run

GROUPED = "layer --in 16 --out 32 -g 4 -p 1"

ROW = {
    "name": "conv_1",
    "operation": "conv",
    "line": None,
    "column": None,
    "inputs": ["input"],
    "input_shapes": [[16, 64, 64]],
    "output_shape": [32, 64, 64],
    "weights": {"weight": [32, 4, 3, 3], "bias": [32]},
    "params": 1184,
    "macs": 4718592,
    "receptive_field": [3, 3],
    "receptive_field_step": [1, 1],
    "receptive_field_offset": [-1, -1],
    "global_context": False,
    "alive_bytes": 4 * (16 + 32) * 64 * 64,
    "weight_bytes": 4 * 1184,
    "parameters": {
        "kernel_size": [3, 3],
        "stride": [1, 1],
        "padding": [[1, 1], [1, 1]],
        "dilation": [1, 1],
        "in_channels": 16,
        "out_channels": 32,
        "groups": 4,
        "bias": True,
        "padding_mode": "zeros",
    },
}

NAMES = ("standard", "grouped", "depthwise separable")


def designs_of(found: Any) -> dict[str, Any]:
    """The designs of a report by name; a layer that is grouped has one grouped design."""
    return {entry["design"]: entry for entry in found["designs"]}


class TestJson:
    def test_head(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = report(capsys, GROUPED)
        assert list(found)[:3] == ["convcalc", "format_version", "convention"]
        assert (found["convcalc"], found["format_version"]) == (__version__, 1)
        assert found["convention"] == CONVENTION
        assert (found["input_shape"], found["batch"], found["dtype"]) == (
            [16, 64, 64],
            1,
            "float32",
        )
        assert found["file"] is None
        assert found["defaults"] == {"kernel_size": 3, "size": 64}

    def test_the_layer_has_the_keys_of_every_report(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = report(capsys, GROUPED)["layer"]
        assert found == ROW
        assert list(found) == list(ROW)

    def test_totals(self, capsys: pytest.CaptureFixture[str]) -> None:
        kib = 1024
        assert report(capsys, GROUPED)["totals"] == {
            "output_shape": [32, 64, 64],
            "params": 1184,
            "macs": 4718592,
            "flops": 2 * 4718592,
            "input_bytes": 256 * kib,
            "weight_bytes": 4 * 1184,
            "activation_bytes": 512 * kib,
            "peak_activation_bytes": 768 * kib,
            "peak_layer": "conv_1",
            "torchsummary_bytes": 256 * kib + 2 * 512 * kib + 4 * 1184,
            "outputs": {"conv_1": [32, 64, 64]},
            "receptive_field": [3, 3],
            "receptive_field_step": [1, 1],
            "receptive_field_offset": [-1, -1],
            "global_context": False,
        }

    def test_designs_have_layers_of_their_own(self, capsys: pytest.CaptureFixture[str]) -> None:
        designs = designs_of(report(capsys, GROUPED))
        standard, grouped, separable = (designs[name] for name in NAMES)
        assert (grouped["groups"], standard["groups"]) == (4, None)
        assert [name for name, entry in designs.items() if entry["as_given"]] == ["grouped"]
        assert grouped["layers"] == [ROW]
        assert [row["name"] for row in separable["layers"]] == [
            "conv_1.depthwise",
            "conv_1.pointwise",
        ]
        assert separable["layers"][1]["inputs"] == ["conv_1.depthwise"]
        assert sum(row["params"] for row in separable["layers"]) == separable["params"] == 704

    def test_a_missing_design_has_nulls_and_a_reason(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = report(capsys, "layer --in 4 --out 4 -k 1")
        assert designs_of(found)["depthwise separable"] == {
            "design": "depthwise separable",
            "groups": None,
            "as_given": False,
            "params": None,
            "macs": None,
            "layers": [],
            "reason": "a kernel of 1 has nothing to separate",
        }

    def test_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        grouped = designs_of(report(capsys, f"{GROUPED} --explain"))["grouped"]
        params = {
            "quantity": "params",
            "formula": "prod(weight) + out",
            "numbers": "32*4*3*3 + 32",
            "result": 1184,
        }
        assert params in grouped["layers"][0]["explanation"]

    def test_explained_of_a_batch(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Only the MACs, the layer's and its designs', are of the whole batch."""
        found = report(capsys, f"{GROUPED} --explain --batch 5")
        assert found["layer"]["macs"] == 5 * 4718592
        designs = designs_of(found)
        rows = [row for name in NAMES for row in designs[name]["layers"]]
        assert len(rows) == 4
        for row in rows:
            *others, macs = row["explanation"]
            assert not [line for line in others if "batch" in line["formula"]]
            assert macs["formula"] == "prod(weight) * prod(output spatial) * batch"
            factors = [int(factor) for factor in macs["numbers"].split("*")]
            assert factors == [*row["weights"]["weight"], 64, 64, 5]
            assert macs["result"] == row["macs"] == prod(factors)
        one = designs_of(report(capsys, f"{GROUPED} --explain"))["standard"]
        *_, alone = one["layers"][0]["explanation"]
        assert alone["formula"] == "prod(weight) * prod(output spatial)"

    @pytest.mark.parametrize(
        ("flags", "text"),
        [
            (
                "--in 16 --out 32 -g 4 -p 1",
                "Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=4)",
            ),
            (
                "--in 4 --out 8 -k 4 -s 2 --transposed --dims 1 --no-bias",
                "ConvTranspose1d(4, 8, kernel_size=(4,), stride=(2,), bias=False)",
            ),
        ],
    )
    def test_pytorch(self, capsys: pytest.CaptureFixture[str], flags: str, text: str) -> None:
        assert report(capsys, f"layer {flags}")["pytorch"] == text

    def test_lists_of_numbers_stay_on_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert '"weight": [32, 4, 3, 3],' in run(capsys, f"{GROUPED} --format json").out


class TestCsv:
    def test_the_rows_are_layers_of_designs(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(run(capsys, f"{GROUPED} --format csv").out)))
        assert next(iter(rows[0])) == "network"
        found = {(row["network"], row["name"]): row for row in rows}
        params = {
            ("standard", "conv_1"): "4640",
            ("grouped, groups=4", "conv_1"): "1184",
            ("depthwise separable", "conv_1.depthwise"): "160",
            ("depthwise separable", "conv_1.pointwise"): "544",
        }
        assert {place: found[place]["params"] for place in params} == params
        grouped = found["grouped, groups=4", "conv_1"]
        assert grouped | {"macs": "4718592", "weight": "32x4x3x3", "bias": "32"} == grouped

    def test_what_is_not_there_is_an_empty_cell(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = csv.DictReader(io.StringIO(run(capsys, f"{GROUPED} --no-bias -f csv").out))
        assert {row["bias"] for row in rows} == {""}

    def test_an_explanation_has_no_place(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, f"{GROUPED} -f csv --explain") == (
            2,
            "",
            "error: --explain cannot be combined with --format csv\n",
        )


class TestMarkdown:
    def test_tables_have_as_many_cells_as_titles(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = run(capsys, f"{GROUPED} -f markdown").out.splitlines()
        tables = [re.findall(r"(?<!\\)\|", line) for line in lines if line.startswith("|")]
        assert {len(bars) for bars in tables} == {4, 7}

    def test_the_row_that_was_asked_for_is_bold(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = run(capsys, f"{GROUPED} -f markdown").out.splitlines()
        bold = [line for line in lines if line.startswith("| **")]
        assert bold == [
            (
                "| **grouped, groups=4** | **(32, 4, 3, 3)** | **1,184** | **25.5 %** "
                "| **4,718,592** | **25.0 %** |"
            )
        ]

    def test_an_explanation_has_pictures_and_formulas(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = run(capsys, f"{GROUPED} -f markdown --explain").out
        assert text.count("```") == 2
        assert "- params = `prod(weight) + out` = `32*4*3*3 + 32` = **1,184**" in text
