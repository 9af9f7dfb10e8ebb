"""`--verify` as people, programs and CI jobs see it."""

import csv
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from convcalc.operations.transposed import ConvTranspose
from convcalc.reference import free_memory, registry
from convcalc_cli.program import main
from convcalc_cli.shell import extras, progress
from convcalc_cli.shell.progress import Progress
from convcalc_cli.verification import verifier
from support.program import (
    ROOT,
    process_environment,
    report,
    run,
    run_interrupted,
    run_process,
)

LAYER = "layer --in 16 --out 32 -g 4"
NET = """
name: small
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, groups: 2, name: first}
  - {batch_norm: {}, name: norm}
  - {conv_transpose: 8, kernel_size: 2, stride: 2, name: up}
  - {relu: , name: act}
"""
# By hand: 8*2*3*3 weights at 7x5 outputs; 8*8*2*2 weights at 7x5 inputs.
MACS = 8 * 2 * 9 * 35 + 8 * 8 * 4 * 35


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(NET)
    return str(path)


@pytest.fixture
def wrong_macs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transposed convolution spread over its output."""
    right = ConvTranspose.shape_and_macs

    def spread(self: Any, shapes: Any) -> Any:
        output_shape, macs = right(self, shapes)
        return output_shape, macs * 4

    monkeypatch.setattr(ConvTranspose, "shape_and_macs", spread)


NAMES = ("standard", "grouped", "depthwise separable")


class TestScreen:
    def test_a_network(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} --verify")
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.splitlines()
        assert lines[-1] == f"4 layers, {MACS:,} MACs counted, all as predicted"
        assert lines[2].split()[-4:] == ["checks", "deviation", "time", "GMAC/s"]
        layers = ran.out.split("\n\n")[1].splitlines()
        for name in ("first", "norm", "up", "act"):
            (row,) = [line for line in layers if line.startswith(f"{name} ")]
            assert "✓✓✓✓✓" in row
        assert "checks: shape, weights, MACs, values, memory" in ran.out
        assert f"MACs counted       {MACS:,}" in ran.out

    def test_several_networks(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} {net} --verify")
        assert ran.out.splitlines()[-1].startswith(f"8 layers, {2 * MACS:,} MACs counted, all")

    def test_folded_rounds_are_checked_together(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        right = registry.KERNELS["add"].run
        calls = []

        def wrong(call: Any) -> Any:
            calls.append(call.input.shape)
            return right(call) + (len(calls) == 3)

        monkeypatch.setitem(
            registry.KERNELS, "add", registry.KERNELS["add"]._replace(run=wrong, in_place=False)
        )
        ran = run(capsys, f"audit {ROOT}/examples/resnet50.yaml --verify")
        assert ran.code == 1
        failed = [each for each in ran.out.splitlines() if "✓✓✓✗✗" in each]
        assert [re.split(" {2,}", line.strip())[0] for line in failed] == [
            *("stage1", "stage1.1-2 x 2")
        ]
        assert "stage1.2.add_1" in ran.out

    def test_a_layer(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"{LAYER} --verify")
        assert (ran.code, ran.err) == (0, "")
        rows = [line for line in ran.out.splitlines() if line.strip("▸ ").startswith(NAMES)]
        assert sum("✓✓✓✓✓" in row for row in rows) == len(NAMES)
        flat = " ".join(ran.out.split())
        same = "equal in all 123,008 values"
        assert f"grouped, groups=4 = the standard one with a block-diagonal weight {same}" in flat
        kernel = "the kernel P[o,i] * D[i,:,:] and the bias bP[o] + sum_i P[o,i] bD[i]"
        assert f"depthwise separable = one dense convolution with {kernel} {same}" in flat
        designs = report(capsys, LAYER)["designs"]
        assert sum(one["macs"] for one in designs if one["design"] in NAMES) == 24_663_104
        layers, macs = (
            sum(len(one["layers"]) for one in designs),
            sum(one["macs"] for one in designs),
        )
        last = f"{layers} layers, {macs:,} MACs counted, all as predicted"
        assert ran.out.splitlines()[-1] == last

    def test_a_layer_without_bias_has_none_to_compose(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ran = run(capsys, f"{LAYER} --no-bias --verify --explain")
        assert ran.code == 0
        assert re.search(r"P\[o,i\] \* D\[i,:,:\] +equal", ran.out)
        assert "bP[o]" not in ran.out

    def test_a_kernel_of_1_has_no_pair(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "layer --in 3 --out 5 -k 1 --verify")
        assert ran.code == 0
        assert ran.out.splitlines()[-1].startswith("1 layer, 61,440 MACs counted")

    @pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
    def test_any_width(self, width: int) -> None:
        pty = pytest.importorskip("pty")
        mine, theirs = pty.openpty()
        environment = process_environment(COLUMNS=str(width), TERM="xterm", NO_COLOR="1")
        command = [sys.executable, "-m", "convcalc_cli", *LAYER.split(), "--verify"]
        with subprocess.Popen(command, stdout=theirs, env=environment) as process:
            os.close(theirs)
            shown = b""
            while True:
                try:
                    got = os.read(mine, 65536)
                except OSError:
                    break
                if not got:
                    break
                shown += got
        assert process.returncode == 0
        lines = shown.decode().replace("\r", "").splitlines()
        assert max(map(len, lines)) <= width
        assert "✓✓✓✓✓" in shown.decode()

    def test_where_there_is_only_ascii(self, net: str) -> None:
        ran = run_process(f"audit {net} --verify", {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        assert ran.code == 0
        assert "+++++" in ran.out
        assert ran.out.isascii()


@pytest.mark.usefixtures("wrong_macs")
class TestAMismatch:
    """Shown with both numbers, and exit 1, in every format."""

    def test_table(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} --verify")
        assert (ran.code, ran.err) == (1, "")
        flat = [" ".join(line.split()) for line in ran.out.splitlines()]
        at = flat.index("Not as predicted")
        assert flat[at + 2] == "layer check predicted found"
        assert flat[at + 4] == f"up macs {8 * 8 * 4 * 35 * 4:,} {8 * 8 * 4 * 35:,}"
        assert flat[at + 5] == f"total macs {MACS + 3 * 8 * 8 * 4 * 35:,} {MACS:,}"
        assert flat[-1] == f"4 layers, {MACS:,} MACs counted, 1 not as predicted"
        (row,) = [line for line in flat if line.startswith("up conv_transpose")]
        assert "✓✓✗✓✓" in row

    def test_markdown(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} --verify -f markdown")
        assert ran.code == 1
        assert "| up | macs | 35,840 | 8,960 |" in ran.out
        assert ran.out.endswith("1 not as predicted**\n")

    def test_json(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} --verify -f json")
        assert ran.code == 1
        assert '"passed": false' in ran.out

    def test_csv(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} --verify -f csv")
        assert ran.code == 1
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert [row["failed_checks"] for row in rows] == ["", "", "macs", ""]

    def test_layer(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "layer --in 4 --out 8 -k 2 -s 2 --transposed --verify")
        assert ran.code == 1
        assert "standard conv_transpose_1" in " ".join(ran.out.split())

    def test_a_bad_file_comes_first(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        ran = run(capsys, f"audit {net} nowhere.yaml --verify")
        assert ran.code == 2


class TestFormats:
    def test_json_of_a_network(self, capsys: pytest.CaptureFixture[str], net: str) -> None:
        found = report(capsys, f"audit {net} --verify --seed 3")["networks"][0]["verification"]
        assert sorted(found) == sorted(["passed", "seed", "macs", "seconds", "layers", "totals"])
        assert (found["passed"], found["seed"], found["macs"]) == (True, 3, MACS)
        first = found["layers"][0]
        assert sorted(first) == ["checks", "macs", "name", "passed", "seconds"]
        assert list(first["checks"]) == ["shape", "weights", "macs", "values", "memory"]
        assert first["checks"]["shape"] == {
            "passed": True,
            "predicted": [8, 7, 5],
            "found": [8, 7, 5],
        }
        weights = {"weights": {"weight": [8, 2, 3, 3], "bias": [8]}, "params": 152}
        assert first["checks"]["weights"] == {
            "passed": True,
            "predicted": weights,
            "found": weights,
        }
        values = first["checks"]["values"]
        assert values == {
            "passed": True,
            "compared": 8 + 6,
            "deviation": 0,
            "allowed": 0,
            "sums_agree": True,
            "wrong": [],
        }
        # Input and output of the first layer, 4 bytes a number.
        assert first["checks"]["memory"]["found"] == 4 * (4 * 9 * 7 + 8 * 7 * 5)
        assert found["totals"]["params"]["found"] == 152 + 16 + 264

    def test_json_of_a_layer(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = report(capsys, f"{LAYER} --verify")["verification"]
        assert sorted(found) == ["designs", "equivalences", "passed"]
        designs = {each["design"] for each in found["designs"]}
        assert designs >= set(NAMES)
        assert found["equivalences"][0] == {
            "passed": True,
            "design": "grouped",
            "groups": 4,
            "compared": 32 * 62 * 62,
            "deviation": 0,
        }

    def test_no_verification_unless_asked(
        self, capsys: pytest.CaptureFixture[str], net: str
    ) -> None:
        assert "verification" not in report(capsys, f"audit {net}")["networks"][0]
        assert "verification" not in report(capsys, LAYER)

    def test_csv_of_a_layer(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"{LAYER} --verify -f csv")
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        names = {"standard", "grouped, groups=4", "depthwise separable"}
        assert len([row for row in rows if row["network"] in names]) == 4
        assert {(row["failed_checks"], row["deviation"]) for row in rows} == {("", "0.0")}
        assert all(float(row["seconds"]) > 0 for row in rows)

    def test_sorted_rows_keep_their_checks(
        self, capsys: pytest.CaptureFixture[str], net: str
    ) -> None:
        ran = run(capsys, f"audit {net} --verify --sort params --top 2 -f csv")
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert [row["name"] for row in rows] == ["up", "first"]
        assert all(row["seconds"] for row in rows)


class TestRefusals:
    def test_without_numpy(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def without(name: str) -> Any:
            raise ModuleNotFoundError(f"No module named 'numpy' for {name}", name="numpy")

        monkeypatch.setattr(extras, "import_module", without)
        ran = run(capsys, f"{LAYER} --verify")
        told = 'error: --verify needs NumPy: pip install "convcalc[verify]"\n'
        assert (ran.code, ran.out, ran.err) == (2, "", told)

    def test_a_process_without_numpy(self, tmp_path: Path) -> None:
        """An empty place before the packages, as if NumPy were not installed."""
        (tmp_path / "numpy.py").write_text("raise ModuleNotFoundError('no', name='numpy')\n")
        paths = os.pathsep.join([str(tmp_path), str(ROOT / "calc"), str(ROOT / "cli")])
        ran = run_process(f"{LAYER} --verify", {"PYTHONPATH": paths})
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == 'error: --verify needs NumPy: pip install "convcalc[verify]"\n'

    @pytest.mark.parametrize(
        ("flags", "told"),
        [
            ("--seed 3", "error: --seed 3 needs --verify\n"),
            ("--verify --seed -1", "error: --seed -1 is negative\n"),
        ],
    )
    def test_seeds(self, capsys: pytest.CaptureFixture[str], flags: str, told: str) -> None:
        ran = run(capsys, f"{LAYER} {flags}")
        assert (ran.code, ran.out, ran.err) == (2, "", told)

    def test_a_layer_too_large_for_the_memory(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(free_memory, "free_memory", lambda: 2**36)
        start = time.process_time()
        ran = run(capsys, "layer --in 4096 --out 4096 --size 65536 --verify")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: running the designs side by side takes 655,")
        assert time.process_time() - start < 5

    def test_a_network_too_large_for_the_memory(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, net: str
    ) -> None:
        """The good one is reported, the other one named."""
        monkeypatch.setattr(free_memory, "free_memory", lambda: 2**26 + 100_000)
        large = f"{ROOT}/examples/resnet18.yaml"
        ran = run(capsys, f"audit {net} {large} --verify -f csv")
        assert ran.code == 2
        assert ran.err.startswith(f"{large}: error: running stem takes 0.1 GiB of memory")
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert {row["network"]: bool(row["seconds"]) for row in rows} == {
            "small": True,
            "resnet18": False,
        }


class TestProgress:
    """A bar on a terminal's stderr, for what takes its time."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def told(self, monkeypatch: pytest.MonkeyPatch, stream: Any, patience: float) -> str:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "PATIENCE", patience)
        monkeypatch.setenv("TERM", "xterm")
        with Progress("[/b]::x") as shown:
            shown.report(0.5)
        return str(stream.getvalue())

    def test_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = self.told(monkeypatch, self.Terminal(), 0)
        assert "verifying [/b]::x" in shown
        assert "50%" in shown

    def test_not_before_its_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.told(monkeypatch, self.Terminal(), 60) == ""

    def test_not_in_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.told(monkeypatch, io.StringIO(), 0) == ""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_interrupted() -> None:
    assert run_interrupted(f"audit {ROOT}/examples/unet.yaml --verify") == (130, "", "")


def test_one_thread_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    for name in verifier.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert verifier.verifier(True, None) is not None
    assert [os.environ[name] for name in verifier.THREADS] == ["1", "1", "8"]
    for name in verifier.THREADS:
        monkeypatch.delenv(name)


def test_help_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("layer", "audit"):
        assert main([command, "--help"]) == 0
        assert "--verify" in capsys.readouterr().out
