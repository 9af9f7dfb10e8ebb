"""`convcalc sweep`: points, impossible ones, multiples, streams, and pictures."""

import csv
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from convcalc_cli.shell import extras
from support.program import ROOT, process_environment, report, run
from support.slow import slow_unless

LAYER = "sweep --in 16 --out 32"
SVG = "{http://www.w3.org/2000/svg}"


def rows(capsys: pytest.CaptureFixture[str], command: str) -> list[dict[str, str]]:
    ran = run(capsys, f"{command} -f csv")
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out)))


class TestLayers:
    def test_groups_divide_weights_and_macs_but_not_biases(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = rows(capsys, f"{LAYER} -p 1 --vary groups=1,2,4,8,16")
        assert [int(row["params"]) for row in found] == [
            32 * 16 // g * 9 + 32 for g in (1, 2, 4, 8, 16)
        ]
        macs = 32 * 16 * 9 * 64 * 64
        assert [int(row["macs"]) for row in found] == [macs // g for g in (1, 2, 4, 8, 16)]
        assert found[2]["weight_shape"] == "32x4x3x3"

    def test_what_cannot_be_is_a_row(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"{LAYER} --vary groups=1,5")
        assert ran.code == 0
        assert re.search(r"^ +5  - +- +-  - +-  - +- +- +-$", ran.out, re.M)
        assert "\ngroups 5: --groups 5 does not divide --in 16\n" in ran.out
        found = report(capsys, f"{LAYER} --vary groups=1,5")["points"]
        assert found[1]["macs"] is None
        assert found[1]["reason"] == "groups=5 does not divide in_channels=16"

    def test_stride_padding_and_dilation_leave_params_alone(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for vary in ("stride=1:4:1", "padding=0,1,2", "dilation=1,2,3"):
            found = rows(capsys, f"{LAYER} --vary {vary}")
            assert len({row["params"] for row in found}) == 1
            assert len({row["macs"] for row in found}) == len(found)

    def test_a_grid_of_two(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(capsys, f"{LAYER} -p 3 --vary kernel-size=1:7:2 --vary stride=1,2")
        assert [(row["kernel_size"], row["stride"]) for row in found] == [
            (str(k), str(s)) for k in (1, 3, 5, 7) for s in (1, 2)
        ]

    def test_values_of_several_dimensions(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(capsys, f"{LAYER} --vary kernel_size=1x3,3x1,3x3")
        assert [row["weight_shape"] for row in found] == ["32x16x1x3", "32x16x3x1", "32x16x3x3"]
        padded = rows(capsys, f"{LAYER} --vary padding=0:1x0:1,same,1")
        assert [row["output_shape"] for row in padded] == ["32x63x63", "32x64x64", "32x64x64"]

    @pytest.mark.parametrize(
        ("vary", "number"), [("size=8:64:8", 8), ("batch=1,2", 2), ("in=16:64:16", 4), ("out=1", 1)]
    )
    def test_other_parameters(
        self, capsys: pytest.CaptureFixture[str], vary: str, number: int
    ) -> None:
        given = {"in": "--out 32", "out": "--in 16"}.get(vary.partition("=")[0], "--in 16 --out 32")
        found = rows(capsys, f"sweep {given} --vary {vary}")
        assert len(found) == number
        assert not any(row["reason"] for row in found)

    def test_batch_multiplies_macs_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        one, four = rows(capsys, f"{LAYER} --vary batch=1,4")
        assert int(four["macs"]) == 4 * int(one["macs"])
        assert (four["params"], four["output_shape"]) == (one["params"], one["output_shape"])

    def test_channels_that_vary_need_not_be_given(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(capsys, "sweep --out 8 --vary in=4,8 --transposed -k 2")
        assert [row["weight_shape"] for row in found] == ["4x8x2x2", "8x8x2x2"]

    def test_multiples_of_the_first_row_that_can_be(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = run(capsys, f"{LAYER} --no-bias --vary groups=3,1,4").out
        lines = [line.split() for line in out.splitlines()]
        (four,) = [line for line in lines if line[:1] == ["4"]]
        assert four.count("0.25x") == 2

    def test_times_are_measured(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(capsys, "sweep --in 4 --out 4 --size 8 --vary groups=1,2,3 --measure")
        assert [bool(row["seconds"]) for row in found] == [True, True, False]
        shown = run(capsys, "sweep --in 4 --out 4 --size 8 --vary groups=1,2 --measure").out
        assert "time: median of 5 runs of the NumPy kernel on this machine" in shown

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (LAYER, "--vary is missing"),
            (
                f"{LAYER} --vary group=1",
                "--vary group: unknown parameter; did you mean groups",
            ),
            (f"{LAYER} --vary groups", "--vary groups is not NAME=v1,v2,... or NAME=a:b:step"),
            (f"{LAYER} --vary groups=x", "--vary groups: x is not a whole number"),
            (f"{LAYER} --vary groups=4:1:1", "--vary groups: 4:1:1: the end is below the start"),
            (f"{LAYER} --vary groups=1:4:0", "--vary groups: 1:4:0: the step is 0"),
            (f"{LAYER} --vary size=1:99999999:1", "--vary size: 99,999,999 values are more than"),
            (f"{LAYER} --vary groups=1 --vary groups=2", "--vary groups is given twice"),
            (
                f"{LAYER} --vary groups=1 --vary size=8 --vary in=1",
                "one or two parameters can vary",
            ),
            ("sweep --in 4 --vary groups=1,2", "--out is missing"),
            (f"{LAYER} --vary in=4,8", "--in is both given and varied"),
            (
                "sweep --in 4 --out 4 --vary groups=3,5",
                "every point of the sweep is impossible; "
                "first reason: --groups 3 does not divide --in 4",
            ),
            (
                f"{LAYER} --vary groups=1 --plot a.gif",
                "--plot a.gif does not end in .png, .svg, .pdf",
            ),
        ],
    )
    def test_wrong_words(self, capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
        ran = run(capsys, words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {told}")


class TestNetworks:
    def test_mobilenets_multipliers(self, capsys: pytest.CaptureFixture[str]) -> None:
        """MobileNets, table 6 and 7: width 1.0, 0.75, 0.5, 0.25; resolution 224, 192, 160, 128."""
        command = f"sweep {ROOT}/examples/mobilenet-v1.yaml --vary"
        widths = rows(capsys, f"{command} width=1.0,0.75,0.5,0.25")
        millions = [round(int(row["macs"]) / 1e6) for row in widths]
        assert millions == [569, 325, 149, 41]
        sizes = rows(capsys, f"{command} size=224,192,160,128")
        assert [round(int(row["macs"]) / 1e6) for row in sizes] == [569, 418, 291, 186]

    def test_a_grid(self, capsys: pytest.CaptureFixture[str]) -> None:
        command = f"sweep {ROOT}/examples/mobilenet-v1.yaml --vary width=0.25:1.0:0.25"
        found = rows(capsys, f"{command} --vary batch=1,2")
        assert [row["width"] for row in found] == [
            w for w in ("0.25", "0.5", "0.75", "1") for _ in "ab"
        ]

    def test_what_is_not_known(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        net = tmp_path / "net.yaml"
        opaque = "{opaque: X, shape: same, params: 7, name: x}"
        net.write_text(f"input: [3, 8, 8]\nlayers: [{{conv: 4, kernel_size: 1}}, {opaque}]\n")
        command = f"sweep {net} --vary batch=2"
        (row,) = rows(capsys, command)
        assert (row["params"], row["macs"], row["unknown"]) == ("23", str(2 * 12 * 64), "macs")
        assert report(capsys, command)["points"][0]["unknown"] == ["macs"]
        lines = [" ".join(line.split()) for line in run(capsys, command).out.splitlines()]
        assert any(line.startswith("2 (4, 8, 8) 23 1.00x") for line in lines)
        assert any("at least 1,536 1.00x" in line for line in lines)

    def test_a_size_that_cannot_be(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(capsys, f"sweep {ROOT}/examples/alexnet.yaml --vary size=8,224")
        assert "spans" in found[0]["reason"]
        assert found[1]["macs"] == "714188480"

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("nowhere.yaml --vary size=8", "nowhere.yaml: cannot be read"),
            (f"{ROOT}/examples/alexnet.yaml --vary width=1", "--vary width: unknown parameter"),
            (
                f"{ROOT}/examples/alexnet.yaml --vary size=8 -g 4",
                "--groups describes a layer and does not apply to ",
            ),
            (
                f"{ROOT}/examples/alexnet.yaml --vary size=8 --measure",
                "--measure describes a layer",
            ),
        ],
    )
    def test_wrong_words(self, capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
        ran = run(capsys, f"sweep {words}")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {told}")


class TestStreams:
    def test_json_is_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = report(capsys, f"{LAYER} --vary groups=1,2,4")
        assert found["vary"] == {"groups": ["1", "2", "4"]}
        assert [point["values"] for point in found["points"]] == [{"groups": g} for g in (1, 2, 4)]
        assert found["points"][0]["output_shape"] == [32, 62, 62]

    @pytest.mark.parametrize(
        "form", slow_unless(lambda form: form == "csv", ["csv", "json", "table", "markdown"])
    )
    def test_many_points_in_little_memory(self, form: str) -> None:
        """Lines come while others are not yet worked out; what is told is forgotten."""
        resource = pytest.importorskip("resource")
        command = [sys.executable, "-m", "convcalc_cli", *LAYER.split()]
        command += ["--vary", "size=3:20002:1", "-f", form]
        ended = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            check=True,
            env=process_environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20, 400 * 2**20)),
            timeout=120,
        )
        assert ended.returncode == 0

    def test_a_long_table_comes_in_pieces(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, f"{LAYER} --vary size=3:4502:1").out
        assert len(re.findall(r"^ *\d+  \(32,", out, re.M)) == 4500
        assert out.count("of 5 runs") == 0
        assert out.count("x first") == 2 * 3

    def test_into_a_file(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        file = tmp_path / "out.csv"
        ran = run(capsys, f"{LAYER} --vary groups=1,2 -f csv -o {file}")
        assert (ran.code, ran.out, ran.err) == (0, "", f"written: {file}\n")
        assert len(file.read_text().splitlines()) == 3


def svg_of(capsys: pytest.CaptureFixture[str], command: str, folder: Path) -> ET.Element:
    file = folder / "plot.svg"
    ran = run(capsys, f"{command} --plot {file}")
    assert ran.code == 0, ran.err
    return ET.fromstring(file.read_text())  # noqa: S314 - our own


def heights(drawing: ET.Element, prefix: str) -> dict[str, float]:
    """The heights of the bars by their marks, from the corners of their paths."""
    found = {}
    for group in drawing.iter(f"{SVG}g"):
        mark = group.get("id", "")
        if mark.startswith(prefix):
            path = next(group.iter(f"{SVG}path")).get("d", "")
            ys = [float(pair.split()[1]) for pair in re.findall(r"[ML] ([\d.-]+ [\d.-]+)", path)]
            found[mark.removeprefix(prefix)] = max(ys) - min(ys)
    return found


class TestPlots:
    """Bars against the numbers, in the parsed drawing."""

    def test_sweep(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        drawing = svg_of(capsys, f"{LAYER} --vary groups=1,2,4,8,16", tmp_path)
        bars = heights(drawing, "macs-")
        assert list(bars) == ["1", "2", "4", "8", "16"]
        for groups, height in bars.items():
            assert height == pytest.approx(bars["1"] / int(groups), rel=1e-3)
        text = "".join(drawing.itertext())
        assert {"groups", "MACs", "parameters"} <= {*text.split()}

    def test_audit(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = ROOT / "examples" / "alexnet.yaml"
        drawing = svg_of(capsys, f"audit {path}", tmp_path)
        layers = report(capsys, f"audit {path}")["networks"][0]["layers"]
        for kind in ("macs", "params"):
            bars = heights(drawing, f"{kind}-")
            assert len(bars) == len(layers)
            most = max(layer[kind] or 0 for layer in layers)
            for at, layer in enumerate(layers):
                share = bars[str(at)] / max(bars.values())
                assert share == pytest.approx((layer[kind] or 0) / most, abs=2e-3)
        assert "peak 1.31 MiB: conv_1" in "".join(drawing.itertext())

    def test_layer(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        drawing = svg_of(capsys, "layer --in 16 --out 32 -g 4", tmp_path)
        bars = heights(drawing, "params-")
        assert bars["1"] / bars["0"] == pytest.approx(1184 / 4640, rel=1e-3)
        assert bars["2"] / bars["0"] == pytest.approx(704 / 4640, rel=1e-3)
        text = "".join(drawing.itertext())
        assert "Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), groups=4)" in text

    @pytest.mark.parametrize(
        ("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
    )
    def test_kinds_of_files(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, ending: str, magic: bytes
    ) -> None:
        file = tmp_path / f"plot.{ending.upper()}"
        assert run(capsys, f"{LAYER} --vary groups=1,2 --vary stride=1,2 --plot {file}").code == 0
        assert file.read_bytes().startswith(magic)

    def test_names_are_text(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        net = tmp_path / "net.yaml"
        net.write_text('name: "$\\\\frac{<script>}$"\ninput: [3, 8, 8]\nlayers: [relu]\n')
        drawing = svg_of(capsys, f"audit {net}", tmp_path)
        assert "$\\frac{<script>}$" in "".join(drawing.itertext())
        assert not list(drawing.iter(f"{SVG}script"))

    def test_too_much_for_a_picture(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        ran = run(capsys, f"{LAYER} --vary size=3:9000:1 --plot {tmp_path / 'a.svg'}")
        assert (ran.code, ran.out) == (2, "")
        assert not (tmp_path / "a.svg").exists()

    @pytest.mark.parametrize("words", [f"{LAYER} --vary groups=1", "layer --in 4 --out 4"])
    def test_without_matplotlib(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str
    ) -> None:
        def without(name: str) -> Any:
            raise ModuleNotFoundError(name=name.partition(".")[0])

        monkeypatch.setattr(extras, "import_module", without)
        ran = run(capsys, f"{words} --plot a.svg")
        told = 'error: --plot needs Matplotlib: pip install "convcalc[report]"\n'
        assert (ran.code, ran.out, ran.err) == (2, "", told)


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--help"]) == 0
    assert "--vary groups=1,2,4,8,16" in capsys.readouterr().out
