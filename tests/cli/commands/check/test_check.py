"""`convcalc check` and `snapshot`: what is checked, what is found, and the exit codes."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from convcalc.checks.rules import RULES
from convcalc.files import readers
from convcalc.operations.transposed import ConvTranspose
from convcalc_cli.commands.check.command import FORMATS
from convcalc_cli.commands.check.patterns import matches
from convcalc_cli.program import main
from support.program import ROOT, Run, process_environment, run, run_interrupted, utf8_names

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")

GOOD = """\
name: small
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
  - relu
"""
# 4*8*9 weights and 8 biases; at 7x5 outputs.
PARAMS, MACS = 296, 288 * 35

OVER = GOOD + "budget:\n  params: 200\n  macs: 1M\n"
UNEXPECTED = GOOD + "expect:\n  shapes: {stem: [8, 7, 6]}\n"
INVALID = "input: [4, 9, 7]\nlayers:\n  - {conv: 8, kernel_size: 3, groups: 3}\n"
BROKEN = "input: [4, 9, 7]\nlayers: [\n"
OTHER = "services:\n  web: {image: nginx}\n"


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def check(capsys: pytest.CaptureFixture[str], command: str) -> Run:
    return run(capsys, f"check {command}")


def concise(capsys: pytest.CaptureFixture[str], command: str) -> list[str]:
    return check(capsys, f"{command} -f concise").out.splitlines()


class TestWhatIsChecked:
    def test_all_is_well(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD, b=GOOD)
        ran = check(capsys, ".")
        assert (ran.code, ran.err) == (0, "2 files, 2 ok\n")
        lines = [line.split() for line in ran.out.splitlines()]
        assert lines[2] == ["a.yaml", "small", "296", f"{MACS:,}", "2.08", "KiB", "ok"]

    def test_the_folder_one_is_in_if_none_is_named(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        assert check(capsys, "").err == "1 file, 1 ok\n"

    def test_folders_are_searched_to_the_bottom(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for place in ("b/c", "a", ".hidden", "a/.git"):
            (nets / place).mkdir(parents=True)
            write(nets / place, net=OVER)
        (nets / "a" / "net.yml").write_text(OVER)
        (nets / "a" / "net.txt").write_text(OVER)
        places = [line.partition(":")[0] for line in concise(capsys, ".")]
        assert places == [str(Path(each)) for each in ("a/net.yaml", "a/net.yml", "b/c/net.yaml")]

    def test_other_files_are_skipped_and_counted(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD, compose=OTHER, empty="", words="hello\n", list="- input\n- layers\n")
        ran = check(capsys, ".")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok, 4 other YAML files skipped\n")

    @pytest.mark.parametrize(
        "text",
        [
            "input: [3, 8, 8]\nlayer: [relu]\n",
            "inputs: [3, 8, 8]\nlayers: [relu]\nexpect: {params: 0}\n",
            "layers: [relu]\nbudget: {params: 0}\n",
            BROKEN,
        ],
    )
    def test_a_typo_does_not_pass(
        self, nets: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        write(nets, a=text)
        ran = check(capsys, ".")
        assert (ran.code, ran.err) == (2, "1 file, 0 ok, 1 invalid\n")

    def test_what_is_named_is_always_checked(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, compose=OTHER)
        ran = check(capsys, "compose.yaml")
        assert (ran.code, ran.err) == (2, "1 file, 0 ok, 1 invalid\n")
        assert check(capsys, ". compose.yaml").code == 2

    def test_unless_others_are_to_be_skipped(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As a hook calls it: with whatever was changed."""
        write(nets, compose=OTHER, a=GOOD)
        ran = check(capsys, "compose.yaml --skip-other")
        assert (ran.code, ran.err) == (0, "0 files, 0 ok, 1 other YAML file skipped\n")
        assert check(capsys, "compose.yaml a.yaml --skip-other").err.startswith("1 file, 1 ok, 1")

    def test_a_file_is_checked_once(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        assert check(capsys, "a.yaml . ./a.yaml").err == "1 file, 1 ok\n"

    @pytest.mark.usefixtures("nets")
    def test_standard_input(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(OVER.encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert concise(capsys, "-")[0].startswith("-:7:3: CC101 params 296 is 48.0 % over")

    @pytest.mark.parametrize("command", [".", "a", "--verify"])
    def test_nothing_to_check(
        self, nets: Path, capsys: pytest.CaptureFixture[str], command: str
    ) -> None:
        (nets / "a").mkdir()
        write(nets / "a", compose=OTHER)
        ran = check(capsys, command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: there is no network in ")

    def test_files_that_are_gone_or_unreadable(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        (nets / "dangling.yaml").symlink_to(nets / "nowhere.yaml")
        ran = check(capsys, ". gone.yaml -f concise")
        assert ran.out.splitlines() == [
            "dangling.yaml: CC001 cannot be read: No such file or directory",
            "gone.yaml: CC001 cannot be read: No such file or directory",
        ]
        assert (ran.code, ran.err) == (2, "3 files, 1 ok, 2 invalid\n")

    def test_networks_that_are_no_yaml_in_any_style(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for text in ('{"input": [3], "layers": [', " input: [3]\n layers: [\n"):
            write(nets, a=text)
            assert check(capsys, ".").err == "1 file, 0 ok, 1 invalid\n"

    def test_a_name_too_long_is_a_finding(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f"{'b' * 300}.yaml a.yaml -f concise")
        assert (ran.code, ran.err) == (2, "2 files, 1 ok, 1 invalid\n")
        assert "CC001 cannot be read" in ran.out

    @posix
    @pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read all")
    def test_a_folder_that_may_not_be_read(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        (nets / "secret").mkdir(mode=0)
        assert check(capsys, ".").code == 2

    def test_a_folder_that_cannot_be_listed(
        self, nets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(nets, a=GOOD)
        right = os.walk

        def failing(top: str, onerror: Any) -> Any:
            yield from right(top)
            onerror(PermissionError(13, "Permission denied", str(nets)))

        monkeypatch.setattr(os, "walk", failing)
        ran = check(capsys, ". -f concise")
        assert (ran.code, ran.err) == (2, "2 files, 1 ok, 1 invalid\n")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
    def test_a_file_without_end(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "a.yaml").symlink_to("/dev/zero")
        ran = check(capsys, "a.yaml -f concise")
        assert ran.code == 2
        assert "the file is larger than 64 MiB" in ran.out

    def test_no_standard_input(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", None)
        ran = check(capsys, "- -f concise")
        assert ran.out == "-: CC001 cannot be read: standard input is closed\n"

    def test_what_has_no_effect_is_a_warning(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(
            nets,
            a=GOOD
            + "  - {conv: 4, kernel_size: 1, from: stem}\n"
            + "  - {relu: , name: odd, from: stem}\n"
            + "  - {relu: , from: stem}\n",
        )
        ran = check(capsys, ". -f concise")
        assert ran.code == 0
        assert "CC004 warning: the output of odd is never used" in ran.out

    def test_equal_layers_of_many_files_are_told_apart(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What files have in common is counted once: batch and defaults are not."""
        one = "input: [3, 8, 8]\nlayers:\n  - {conv: 4, kernel_size: 3}\n  - {add: [input, []]}\n"
        one = one.replace("  - {add: [input, []]}\n", "  - {add: [[relu], []]}\n")
        write(nets, a="batch: 4\n" + one, b=one, c="defaults: {conv: {bias: false}}\n" + one, d=one)
        found = json.loads(check(capsys, ". -f json").out)["files"]
        assert [each["totals"]["macs"] for each in found] == [4 * 108 * 36, *[108 * 36] * 3]
        assert [each["totals"]["params"] for each in found] == [112, 112, 108, 112]

    @posix
    def test_a_pipe_in_a_folder_is_not_waited_for(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        os.mkfifo(nets / "pipe.yaml")
        assert check(capsys, ".").err == "1 file, 1 ok\n"

    @pytest.mark.parametrize("change", ["unlink", "half"])
    def test_a_file_that_changes_meanwhile(
        self,
        nets: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        change: str,
    ) -> None:
        """Gone, or half written, between the listing of the folder and the reading."""
        write(nets, a=GOOD, b=GOOD)
        right = readers._opened

        def changed(file: str) -> BinaryIO:
            if file != "b.yaml":
                return right(file)
            if change == "unlink":
                Path(file).unlink()
            with right(file) as opened:
                return io.BytesIO(opened.read()[:40] + b"\n  - {")

        monkeypatch.setattr(readers, "_opened", changed)
        ran = check(capsys, ".")
        assert (ran.code, ran.err) == (2, "2 files, 1 ok, 1 invalid\n")


class TestFindings:
    def test_places(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=OVER, b=UNEXPECTED, c=INVALID)
        assert concise(capsys, ". --kernel-sizes 1") == [
            "a.yaml:4:5: CC103 stem has a kernel of 3x3; allowed: 1 (--kernel-sizes)",
            "a.yaml:7:3: CC101 params 296 is 48.0 % over its budget of 200",
            "b.yaml:4:5: CC103 stem has a kernel of 3x3; allowed: 1 (--kernel-sizes)",
            "b.yaml:7:12: CC202 stem has the output shape (8, 7, 5), not the expected (8, 7, 6)",
            "c.yaml:3:39: CC002 groups=3 does not divide in_channels=4",
        ]

    def test_the_budgets_own_name_is_found(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("peak_activation", "peak_activation_bytes"):
            write(nets, a=f"{GOOD}budget:\n  {name}: 1KiB\n")
            (line,) = concise(capsys, ".")
            assert line.startswith("a.yaml:7:3: CC101 peak_activation 2,128 bytes is 107.8 % over")

    def test_a_layer_of_a_block_is_shown_in_the_block(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        block = "blocks:\n  unit:\n    layers:\n      - {conv: 6, kernel_size: 5, padding: 2}\n"
        use = "layers:\n  - {block: unit, repeat: 4, name: body}\n"
        write(nets, a=f"input: [3, 9, 9]\n{block}{use}")
        (line,) = concise(capsys, ". --kernel-sizes 1,3")
        told = "body.0.conv_1 has a kernel of 5x5; allowed: 1, 3 (and 3 more layers)"
        assert line == f"a.yaml:5:9: CC103 {told} (--kernel-sizes)"

    def test_the_line_is_shown(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=OVER)
        shown = check(capsys, ".").out.splitlines()
        assert shown[-3:] == [
            "a.yaml:7:3: CC101 params 296 is 48.0 % over its budget of 200",
            "      params: 200",
            "      ^^^^^^",
        ]

    @pytest.mark.parametrize(
        ("flags", "codes"),
        [
            ("--max-params 295", ["CC101"]),
            ("--max-params 296", []),
            ("--max-macs 10k --max-flops 20k", ["CC101"] * 2),
            ("--max-input 1007 --max-weight 1KiB", ["CC101"] * 2),
            ("--max-activation 2kB --max-torchsummary 1M", ["CC101"]),
            ("--max-peak-activation 2127B", ["CC101"]),
            ("--max-peak-activation 2128", []),
            ("--max-layer-share 99.9%", ["CC102"]),
            ("--max-layer-share 100%", []),
            ("--kernel-sizes 1,5", ["CC103"]),
            ("--kernel-sizes 3", []),
            ("--groups-multiple-of 8", []),
            ("--channels-multiple-of 16", ["CC105"]),
        ],
    )
    def test_flags(
        self, nets: Path, capsys: pytest.CaptureFixture[str], flags: str, codes: list[str]
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". {flags} -f concise")
        assert [line.split()[1] for line in ran.out.splitlines()] == codes
        assert ran.code == bool(codes)

    @pytest.mark.parametrize(
        ("flags", "told"),
        [
            (
                "--max-params many",
                "--max-params many is not a whole number, or one with k, M, G, T",
            ),
            ("--max-params -1", "--max-params -1 is not a whole number, or one with k, M, G, T"),
            ("--max-layer-share 40", "--max-layer-share 40 is not a percentage such as 40%"),
            ("--max-layer-share 101%", "--max-layer-share 101% is not a percentage such as 40%"),
            ("--kernel-sizes 1,x", "--kernel-sizes 1,x is not whole numbers as in 1,3,5"),
            ("--kernel-sizes 0", "--kernel-sizes 0 has a value that is below 1"),
            ("--groups-multiple-of 0", "--groups-multiple-of 0 is below 1"),
            ("--allow params=+2%", "--allow needs --against"),
            ("--update", "--update needs --against"),
            (
                "--against none.json",
                "none.json cannot be read: No such file or directory; make it ",
            ),
            ("--config none.toml", "none.toml cannot be read: No such file or directory"),
        ],
    )
    def test_wrong_flags(
        self, nets: Path, capsys: pytest.CaptureFixture[str], flags: str, told: str
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". {flags}")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {told}")

    def test_verify(
        self,
        nets: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        up = "input: [4, 9, 7]\nlayers:\n  - {conv_transpose: 8, kernel_size: 2, stride: 2}\n"
        write(nets, a=up)
        assert check(capsys, ". --verify").code == 0
        right = ConvTranspose.shape_and_macs

        def spread(self: Any, shapes: Any) -> Any:
            output_shape, macs = right(self, shapes)
            return output_shape, macs * 4

        monkeypatch.setattr(ConvTranspose, "shape_and_macs", spread)
        ran = check(capsys, ". --verify -f concise")
        assert (ran.code, ran.err) == (1, "1 file, 0 ok, 1 not as predicted\n")
        told = f"conv_transpose_1: macs predicted {4 * 128 * 63}, found {128 * 63}"
        assert f"a.yaml:3:5: CC301 {told}" in ran.out.splitlines()


class TestExitCodes:
    """0 all is well, 1 a limit is broken, 2 a file is none; the worst counts."""

    @pytest.mark.parametrize(
        ("texts", "code", "summary"),
        [
            ({"a": GOOD}, 0, "1 file, 1 ok"),
            ({"a": GOOD, "b": OVER}, 1, "2 files, 1 ok, 1 over budget"),
            ({"a": UNEXPECTED}, 1, "1 file, 0 ok, 1 not as expected"),
            ({"a": INVALID, "b": OVER}, 2, "2 files, 0 ok, 1 over budget, 1 invalid"),
            ({"a": INVALID, "b": GOOD}, 2, "2 files, 1 ok, 1 invalid"),
        ],
    )
    def test_installed_program(
        self, nets: Path, texts: dict[str, str], code: int, summary: str
    ) -> None:
        write(nets, **texts)
        ran = self.program(["check", "."])
        assert (ran.returncode, ran.stderr) == (code, f"{summary}\n")

    def program(self, words: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "convcalc_cli", *words],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=process_environment(),
            timeout=60,
            **more,
        )

    @posix
    @pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (OVER, 1), (INVALID, 2)])
    def test_a_reader_that_goes_away(self, nets: Path, text: str, code: int) -> None:
        """`| head -1`: the code is the one the work has earned."""
        for at in range(300):
            write(nets, **{f"n{at:03}": text})
        command = f'set -o pipefail; "{sys.executable}" -m convcalc_cli check . | head -1'
        ran = subprocess.run(
            [str(shutil.which("bash")), "-c", command],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=process_environment(),
            timeout=120,
        )
        assert ran.returncode == code
        assert len(ran.stderr.splitlines()) == 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    @pytest.mark.parametrize(
        "words", [["check", "."], ["snapshot", "."], ["diff", "a.yaml", "a.yaml"]]
    )
    def test_a_full_disk(self, nets: Path, words: list[str]) -> None:
        write(nets, a=OVER)
        ran = self.program([*words, "-o", "/dev/full"])
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.splitlines()[-1] == (
            "error: cannot write /dev/full: No space left on device"
        )

    @posix
    def test_interrupted(self, nets: Path) -> None:
        wide = "input: [64, 1024, 1024]\nlayers:\n"
        wide += "  - {conv: 64, kernel_size: 7, padding: 3, repeat: 40}\n"
        write(nets, a=wide)
        assert run_interrupted("check . --verify -o out.txt") == (130, "", "")
        assert not (nets / "out.txt").exists()


class TestConfig:
    def config(self, folder: Path, text: str, name: str = "convcalc.toml") -> None:
        (folder / name).write_text(text)

    def test_limits_by_pattern(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "mobile").mkdir()
        write(nets, a=GOOD)
        write(nets / "mobile", b=GOOD)
        self.config(nets, '[[check]]\nfiles = ["mobile/**"]\nmax-params = "0.2k"\n')
        (line,) = concise(capsys, ".")
        told = "CC101 params 296 is 48.0 % over its budget of 200 (convcalc.toml, check 1)"
        assert line == f"{Path('mobile/b.yaml')}: {told}"

    def test_warnings_do_not_fail(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(
            nets,
            '[[check]]\nlevel = "warn"\nkernel-sizes = [1]\nchannels-multiple-of = 16\n'
            'groups-multiple-of = 2\nmax-layer-share = "40%"\n',
        )
        ran = check(capsys, ". -f concise")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok, 3 warnings\n")
        assert ran.out.splitlines()[0].startswith("a.yaml:4:5: CC102 warning: stem has 100.0 %")

    @pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nconvcalc = []\n"])
    def test_an_odd_pyproject(
        self, nets: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, text, "pyproject.toml")
        assert check(capsys, ".").code == (2 if "convcalc" in text else 0)

    def test_files_outside_of_the_folder_are_left_alone(
        self, nets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (nets / "inner").mkdir()
        write(nets, a=GOOD)
        self.config(nets / "inner", "[[check]]\nmax-macs = 1\n")
        monkeypatch.chdir(nets / "inner")
        assert check(capsys, "../a.yaml").code == 0

    def test_in_pyproject(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(nets, "[[tool.convcalc.check]]\nmax-macs = 100\n", "pyproject.toml")
        (line,) = concise(capsys, ".")
        assert line.endswith("its budget of 100 (pyproject.toml, check 1)")

    def test_from_a_folder_further_up(
        self, nets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The nearest file that has settings; patterns are from its folder on."""
        (nets / "deep" / "er").mkdir(parents=True)
        write(nets / "deep" / "er", a=GOOD)
        self.config(nets, '[[check]]\nfiles = ["deep/er/*.yaml"]\nmax-macs = 100\n')
        self.config(nets / "deep", "[tool.other]\n", "pyproject.toml")
        monkeypatch.chdir(nets / "deep" / "er")
        assert len(concise(capsys, "a.yaml")) == 1

    def test_another_file(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(nets, "[[check]]\nmax-macs = 100\n")
        self.config(nets, "", "other.toml")
        assert check(capsys, ". --config other.toml").code == 0

    def test_a_pattern_that_fits_nothing_is_told(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, '[[check]]\nfiles = ["nets/*.yml\\n::x", "*.yaml"]\nmax-macs = "1M"\n')
        told = "warning: convcalc.toml, check 1: no file matches nets/*.yml\\n::x\n"
        assert check(capsys, ".").err == f"{told}1 file, 1 ok\n"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[[check]\n", "convcalc.toml: "),
            ("[[chek]]\n", "convcalc.toml: unknown key chek; did you mean check?"),
            ("check = 3\n", "convcalc.toml: check is not a list of tables: write [[check]]"),
            ("check = [3]\n", "convcalc.toml, check 1 is not a table"),
            (
                '[[check]]\nmax-param = "5M"\n',
                "convcalc.toml, check 1: unknown key max-param; did you mean max-params?",
            ),
            (
                "[[check]]\nmax-params = true\n",
                "convcalc.toml, check 1: max-params=true is not a whole number, or one with k, M, ",
            ),
            (
                "[[check]]\nfiles = 'a'\nmax-macs = 1\n",
                "convcalc.toml, check 1: files is not a list of patterns",
            ),
            ("[[check]]\nfiles = []\nmax-macs = 1\n", "convcalc.toml, check 1: files is empty"),
            (
                "[[check]]\nfiles = ['[ab]']\nmax-macs = 1\n",
                "check 1: '[ab]' is not a valid pattern",
            ),
            (
                "[[check]]\nfiles = ['../a']\nmax-macs = 1\n",
                "check 1: '../a' is not a valid pattern",
            ),
            ("[[check]]\nfiles = ['']\nmax-macs = 1\n", "check 1: '' is not a valid"),
            ("[[check]]\nfiles = ['a']\n", "convcalc.toml, check 1 sets no limit"),
            ("[[check]]\nkernel-sizes = []\n", "check 1: kernel-sizes=[] allows none"),
            ("[[check]]\nlevel = 'loud'\n", "convcalc.toml, check 1: level must be error or "),
            (
                "[[check]]\nkernel-sizes = 3\n",
                "convcalc.toml, check 1: kernel-sizes=3 is not a whole number or a list of them",
            ),
            (
                "[[check]]\ngroups-multiple-of = 1.5\n",
                "convcalc.toml, check 1: groups-multiple-of=1.5 is not a whole number",
            ),
        ],
    )
    def test_what_means_nothing(
        self, nets: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, text)
        ran = check(capsys, ".")
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err

    @pytest.mark.parametrize(
        ("pattern", "path", "fits"),
        [
            ("*.yaml", "a.yaml", True),
            ("*.yaml", "deep/a.yaml", True),
            ("deep/*.yaml", "deep/a.yaml", True),
            ("deep/*.yaml", "deep/er/a.yaml", False),
            ("deep/**/*.yaml", "deep/a.yaml", True),
            ("deep/**/*.yaml", "deep/er/est/a.yaml", True),
            ("deep/**", "deep/er/a.yaml", True),
            ("./deep/**", "deep/a.yaml", True),
            ("**", "deep/a.yaml", True),
            ("a?.yaml", "ab.yaml", True),
            ("a.yaml", "abyaml", False),
            ("deep", "deep/a.yaml", True),
            ("deep/er", "deep/er/a.yaml", True),
            ("deep/", "deep/a.yaml", True),
            ("**.yaml", "deep/a.yaml", True),
            ("dee", "deep/a.yaml", False),
        ],
    )
    def test_patterns(self, pattern: str, path: str, fits: bool) -> None:
        assert matches(pattern, path) is fits


class TestSnapshots:
    @pytest.fixture
    def base(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> Path:
        (nets / "nets").mkdir()
        write(nets / "nets", a=GOOD, b=GOOD)
        assert main(["snapshot", "nets", "-o", "base.json"]) == 0
        assert capsys.readouterr() == ("", "")
        return nets

    def test_what_it_holds(self, base: Path) -> None:
        content = json.loads((base / "base.json").read_text())
        assert list(content["networks"]) == ["nets/a.yaml", "nets/b.yaml"]
        kept = content["networks"]["nets/a.yaml"]
        assert (kept["name"], kept["totals"]["params"]) == ("small", PARAMS)
        assert len(kept["fingerprint"]) == 64

    @pytest.mark.usefixtures("base")
    def test_nothing_has_changed(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (0, "2 files, 2 ok\n")

    def test_growth(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 9"))
        lines = concise(capsys, "nets --against base.json")
        grown = "no growth is allowed"
        assert lines == [
            f"{Path('nets/a.yaml')}: CC401 params grew from 296 to 333 (12.5 % more); {grown}",
            f"{Path('nets/a.yaml')}: CC401 macs grew from 10,080 to 11,340 (12.5 % more); {grown}",
            f"{Path('nets/a.yaml')}: CC401 peak_activation grew from 2,128 bytes to 2,268 bytes "
            f"(6.6 % more); {grown}",
        ]
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (1, "2 files, 1 ok, 1 grown\n")
        allowed = "--allow params=+12.5% --allow macs=+1260 --allow peak_activation=+140B"
        assert check(capsys, f"nets --against base.json {allowed}").code == 0
        less = allowed.replace("1260", "1259")
        assert check(capsys, f"nets --against base.json {less}").code == 1

    def test_other_totals_if_they_are_named(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(base / "nets", a=GOOD + "dtype: float64\n")
        command = "nets/a.yaml --against base.json --allow peak_activation=+100%"
        assert check(capsys, command).code == 0
        (line,) = concise(capsys, f"{command} --allow weight_bytes=+10%")
        assert "CC401 weight grew from 1,184 bytes to 2,368 bytes" in line

    def test_shrinking_is_fine(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 7"))
        assert check(capsys, "nets --against base.json").code == 0

    def test_added_and_removed(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", c=GOOD)
        (base / "nets" / "b.yaml").unlink()
        ran = check(capsys, "nets --against base.json -f concise")
        assert ran.out.splitlines() == [
            f"{Path('nets/c.yaml')}: CC402 warning: small is not in the snapshot",
            "nets/b.yaml: CC403 warning: nets/b.yaml is in the snapshot, but no longer there",
        ]
        assert (ran.code, ran.err) == (0, "2 files, 2 ok, 2 warnings\n")

    @pytest.mark.usefixtures("base")
    def test_one_of_several_is_not_the_end_of_the_others(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check(capsys, "nets/a.yaml --against base.json").err == "1 file, 1 ok\n"

    def test_update(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 9"), c=GOOD)
        (base / "nets" / "b.yaml").unlink()
        assert check(capsys, "nets --against base.json --update").code == 0
        content = json.loads((base / "base.json").read_text())["networks"]
        assert list(content) == ["nets/a.yaml", "nets/c.yaml"]
        assert content["nets/a.yaml"]["totals"]["params"] == 333
        assert check(capsys, "nets --against base.json").err == "2 files, 2 ok\n"

    def test_update_makes_what_is_not_there(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check(capsys, "nets --against new.json --update").code == 0
        assert (base / "new.json").read_text() == (base / "base.json").read_text()

    def test_update_keeps_what_was_not_checked(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        assert check(capsys, "nets/a.yaml --against base.json --update").code == 0
        assert (base / "base.json").read_text() == before

    def test_a_bad_file_updates_nothing(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        write(base / "nets", a=INVALID, c=GOOD)
        assert check(capsys, "nets --against base.json --update").code == 2
        assert (base / "base.json").read_text() == before

    def test_a_snapshot_elsewhere(
        self, base: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Files are named by the way from the snapshot, wherever one stands."""
        monkeypatch.chdir(base / "nets")
        assert check(capsys, ". --against ../base.json").err == "2 files, 2 ok\n"

    def test_a_network_that_is_no_longer_recognised(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(base / "nets", a=GOOD.replace("input:", "inputt:"))
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (2, "2 files, 1 ok, 1 invalid\n")

    def test_nothing_left_to_check(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = (base / "base.json").read_text()
        for name in "ab":
            (base / "nets" / f"{name}.yaml").unlink()
        for flags in ("", " --update"):
            assert check(capsys, f"nets --against base.json{flags}").code == 2
        assert (base / "base.json").read_text() == before

    def test_a_snapshot_from_elsewhere(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Written by redirection, its paths lead from the wrong folder: nothing is compared."""
        (base / "ci").mkdir()
        shutil.copy(base / "base.json", base / "ci" / "base.json")
        ran = check(capsys, "nets --against ci/base.json")
        assert (ran.code, ran.out) == (2, "")
        assert "has none of these files" in ran.err

    def test_a_snapshot_without_its_totals(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        content = json.loads((base / "base.json").read_text())
        content["networks"]["nets/a.yaml"]["totals"] = {}
        (base / "base.json").write_text(json.dumps(content))
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (
            2,
            "error: base.json: the snapshot of nets/a.yaml is not complete\n",
        )

    def test_a_report_over_the_snapshot(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        ran = check(capsys, "nets --against base.json --update -o ./base.json")
        assert (ran.code, (base / "base.json").read_text()) == (2, before)

    def test_half_a_snapshot_is_none(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", b=INVALID)
        ran = run(capsys, "snapshot nets -o other.json")
        assert (ran.code, ran.out) == (2, "")
        assert "does not divide" in ran.err
        assert not (base / "other.json").exists()

    @pytest.mark.usefixtures("nets")
    def test_of_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "snapshot .")
        assert (ran.code, ran.err) == (2, "error: there is no network in .\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "base.json is not a snapshot: it is not valid JSON"),
            ("[]", "base.json: this is not a convcalc snapshot"),
            ("[" * 100_000, "base.json is not a snapshot: the nesting is too deep"),
        ],
    )
    def test_what_is_no_snapshot(
        self, base: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
    ) -> None:
        (base / "base.json").write_text(text)
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (2, f"error: {told}\n")

    @pytest.mark.usefixtures("base")
    def test_what_is_no_gain(self, capsys: pytest.CaptureFixture[str]) -> None:
        for text, told in [
            ("params", "'params' is not TOTAL=+GAIN, as in params=+2%"),
            ("param=+2%", "unknown total param; did you mean params?"),
            ("params=much", "params=much is neither a share as in +2% nor an amount as in +10k"),
        ]:
            ran = check(capsys, f"nets --against base.json --allow {text}")
            assert (ran.code, ran.err) == (2, f"error: {told}\n")


HOSTILE = """\
name: "::error::x\\e[31m\\u202e<script>&|`[/b]\\r\\n::warning::y%0A=1+1"
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
budget: {params: 200}
"""


class TestFormats:
    @pytest.fixture
    def mixed(self, nets: Path) -> Path:
        write(nets, a=OVER, b=GOOD, c=INVALID)
        return nets

    @pytest.mark.parametrize("name", FORMATS.names)
    def test_hostile_names_do_nothing(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        folder = nets / "::error::,%0A\n::error::z"
        folder.mkdir()
        write(folder, net=HOSTILE)
        ran = check(capsys, f". -f {name}")
        assert ran.code == 1
        assert all(each.isprintable() or each == "\n" for each in ran.out)
        commands = [line for line in ran.out.splitlines() if line.lstrip().startswith("::")]
        assert len(commands) == (1 if name == "github" else 0)
        assert "<script>&|" not in ran.out or name in ("json", "table", "concise", "csv")

    @pytest.mark.usefixtures("mixed")
    def test_github(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert check(capsys, ". -f github").out.splitlines() == [
            "::error file=a.yaml,line=7,col=3,endColumn=9,title=CC101 over-budget::"
            "params 296 is 48.0 %25 over its budget of 200",
            "::error file=c.yaml,line=3,col=39,endColumn=40,title=CC002 invalid::"
            "groups=3 does not divide in_channels=4",
        ]

    def test_github_escapes_properties(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = nets / "a,b:c%"
        folder.mkdir()
        write(folder, net=OVER)
        (line,) = check(capsys, ". -f github").out.splitlines()
        assert line.startswith(f"::error file={Path('a%2Cb%3Ac%25/net.yaml')},line=7,")

    @pytest.mark.usefixtures("mixed")
    def test_junit(self, capsys: pytest.CaptureFixture[str]) -> None:
        suites = ET.fromstring(check(capsys, ". -f junit").out)  # noqa: S314 - our own
        assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == (
            "3",
            "1",
            "1",
        )
        cases = {
            case.get("classname"): [each.tag for each in case] for case in suites.iter("testcase")
        }
        assert cases == {"a.yaml": ["failure"], "b.yaml": [], "c.yaml": ["error"]}

    @pytest.mark.usefixtures("mixed")
    def test_junit_by_a_reader_of_others(self, capsys: pytest.CaptureFixture[str]) -> None:
        junitparser = pytest.importorskip("junitparser")
        xml = junitparser.JUnitXml.fromstring(check(capsys, ". -f junit").out.encode())
        (suite,) = xml
        assert (suite.tests, suite.failures, suite.errors) == (3, 1, 1)
        results = {case.classname: case.result for case in suite}
        assert results["a.yaml"][0].type == "CC101"
        assert results["b.yaml"] == []

    @pytest.mark.usefixtures("mixed")
    def test_gitlab(self, capsys: pytest.CaptureFixture[str]) -> None:
        issues = json.loads(check(capsys, ". -f gitlab").out)
        assert [(each["check_name"], each["severity"]) for each in issues] == [
            ("over-budget", "major"),
            ("invalid", "critical"),
        ]
        assert issues[0]["location"] == {"path": "a.yaml", "lines": {"begin": 7}}
        assert len({each["fingerprint"] for each in issues}) == 2

    def test_fingerprints_outlive_lines_and_numbers(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        marks = []
        for text in (OVER, "# moved\n" + OVER.replace("conv: 8", "conv: 9")):
            write(nets, a=text)
            (issue,) = json.loads(check(capsys, ". -f gitlab").out)
            marks.append(issue["fingerprint"])
        assert marks[0] == marks[1]

    def test_every_finding_has_a_fingerprint_of_its_own(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(
            nets,
            a=OVER,
            b=INVALID.replace("[4, 9, 7]", "[4, 9, 0]") + "  - {conv: 8, kernel: 3}\n" * 2,
        )
        (nets / "convcalc.toml").write_text(
            "[[check]]\nmax-params = 5\n\n[[check]]\nmax-params = 6\n"
        )
        issues = json.loads(check(capsys, ". --max-params 7 -f gitlab").out)
        marks = [each["fingerprint"] for each in issues]
        assert len(marks) == len({*marks}) >= 7

    @pytest.mark.parametrize("name", ["table", "concise", "markdown", "junit", "github"])
    def test_what_github_takes_for_commands_or_people(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        text = 'name: "##[error]x @octocat https://evil.example www.evil.example $x$"\n'
        write(
            nets, a=text + "input: [4, 9, 7]\n::error::pwned\nlayers: [relu]\n", b=text + GOOD[12:]
        )
        out = check(capsys, f". -f {name}").out
        assert "##[" not in out
        assert not re.search(r"^\s*::error::pwned", out, re.M)
        if name == "markdown":
            assert not re.search(r"@octo|https://|www\.|[^\\]\$", out)

    @pytest.mark.usefixtures("mixed")
    def test_sarif(self, capsys: pytest.CaptureFixture[str]) -> None:
        log = json.loads(check(capsys, ". -f sarif").out)
        (found,) = log["runs"]
        assert log["version"] == "2.1.0"
        rules = found["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
        over, invalid = found["results"]
        assert rules[over["ruleIndex"]]["id"] == over["ruleId"] == "CC101"
        place = over["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "a.yaml"}
        assert place["region"] == {"startLine": 7, "startColumn": 3, "endColumn": 9}
        assert invalid["message"]["text"] == "groups=3 does not divide in_channels=4"
        assert found["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]

    @utf8_names
    def test_sarif_of_odd_paths(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "a b#ä").mkdir()
        write(nets / "a b#ä", net=OVER)
        for path in (".", str(nets)):
            log = json.loads(check(capsys, f"{path} -f sarif").out)
            location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
            assert location["artifactLocation"]["uri"].endswith("a%20b%23%C3%A4/net.yaml")

    @pytest.mark.usefixtures("mixed")
    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(check(capsys, ". -f json").out)
        assert found["passed"] is False
        assert found["summary"] == {
            "files": 3,
            "invalid": 1,
            "ok": 1,
            "over_budget": 1,
            "warnings": 0,
            "skipped": 0,
        }
        assert [(each["file"], each["status"]) for each in found["files"]] == [
            ("a.yaml", "over budget"),
            ("b.yaml", "ok"),
            ("c.yaml", "invalid"),
        ]
        assert found["files"][0]["totals"]["macs"] == MACS
        assert found["files"][2] == {
            "file": "c.yaml",
            "name": None,
            "status": "invalid",
            "totals": None,
        }
        assert found["findings"][0] == {
            "file": "a.yaml",
            "line": 7,
            "column": 3,
            "code": "CC101",
            "rule": "over-budget",
            "level": "error",
            "message": "params 296 is 48.0 % over its budget of 200",
            "subject": "params",
            "limit": 200,
            "actual": 296,
        }

    @pytest.mark.usefixtures("mixed")
    def test_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(check(capsys, ". -f csv").out)))
        assert [(row["file"], row["line"], row["code"]) for row in rows] == [
            ("a.yaml", "7", "CC101"),
            ("c.yaml", "3", "CC002"),
        ]

    @pytest.mark.usefixtures("mixed")
    def test_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = check(capsys, ". -f markdown").out
        assert "| a.yaml:7:3 | CC101 | params 296 is 48.0 % over its budget of 200 |" in shown
        assert shown.endswith("**3 files, 1 ok, 1 over budget, 1 invalid**\n")

    @pytest.mark.parametrize("name", FORMATS.names)
    def test_where_nothing_is_found(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". -f {name}")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok\n")
        assert (ran.out == "") == (name in ("concise", "github"))

    def test_into_a_file(self, mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        ran = check(capsys, ". -f sarif -o found.sarif")
        assert (ran.code, ran.out) == (2, "")
        assert json.loads((mixed / "found.sarif").read_text())["version"] == "2.1.0"


class TestRule:
    def test_every_rule_is_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        listed = run(capsys, "rule").out
        for rule in RULES:
            assert f"{rule.code}  {rule.name}" in listed
            for name in (rule.code, rule.code.lower(), rule.name):
                told = run(capsys, f"rule {name}")
                assert (told.code, told.err) == (0, "")
                assert " ".join(told.out.split()).endswith(rule.explanation)

    def test_an_unknown_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "rule CC100")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: unknown rule CC100; did you mean CC10")


def test_our_own_examples_pass(capsys: pytest.CaptureFixture[str]) -> None:
    ran = check(capsys, f"{ROOT / 'examples'}")
    assert (ran.code, ran.err) == (0, "16 files, 16 ok\n")
