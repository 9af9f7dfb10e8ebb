"""`convcalc check`: what is checked, and the exit codes."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from convcalc.files import readers
from support.checks import (
    BROKEN,
    GOOD,
    INVALID,
    MACS,
    OTHER,
    OVER,
    UNEXPECTED,
    check,
    concise,
    write,
)
from support.program import ROOT, process_environment, run_interrupted

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


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


def test_our_own_examples_pass(capsys: pytest.CaptureFixture[str]) -> None:
    ran = check(capsys, f"{ROOT / 'examples'}")
    assert (ran.code, ran.err) == (0, "25 files, 25 ok\n")
