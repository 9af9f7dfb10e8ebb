"""`convcalc examples`: the networks that come with the program."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.program import ROOT, process_environment, report, run

EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_list_names_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "examples")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in lines] == [path.stem for path in EXAMPLES]
    assert all(len(line.split()) > 1 for line in lines)
    assert max(map(len, lines)) < 130


def test_the_abouts_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    width = max(len(path.stem) for path in EXAMPLES)
    for line in run(capsys, "examples").out.splitlines():
        assert line[width : width + 2] == "  "
        assert line[width + 2] != " "


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_printed_as_it_stands(
    path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ROOT / str(path)
    ran = run(capsys, f"examples {file.stem}")
    assert ran == (0, file.read_text("utf-8"), "")


def test_one_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    told = "error: unknown example resnet5; did you mean resnet50?\n"
    assert run(capsys, "examples resnet5") == (2, "", told)


def test_a_path_is_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "examples ../examples/resnet50")
    assert (ran.code, ran.out) == (2, "")


def test_what_is_printed_can_be_audited() -> None:
    def convcalc(*words: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            [sys.executable, "-m", "convcalc_cli", *words],
            input=given,
            capture_output=True,
            check=True,
            env=process_environment(),
            timeout=60,
        ).stdout

    printed = convcalc("examples", "resnet18")
    assert b"11,689,512" in convcalc("audit", "-", given=printed)


class TestByName:
    @pytest.mark.parametrize(
        "command", ["audit", "convert", "fit --max-macs 100%", "solve batch --max-macs 4G"]
    )
    def test_commands_about_a_network_read_it(
        self, command: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
    ) -> None:
        del in_empty_folder
        name, *flags = command.split()
        own = [flags.pop(0)] if name == "solve" else []
        ran = run(capsys, " ".join([name, *own, "resnet18", *flags]))
        assert (ran.code, ran.err) == (0, "")

    def test_a_file_of_that_name_wins(
        self, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
    ) -> None:
        (in_empty_folder / "resnet18").write_text("input: [3, 8, 8]\nlayers: [relu]\n")
        (network,) = report(capsys, "audit resnet18")["networks"]
        assert network["totals"]["params"] == 0

    def test_a_check_reads_what_is_there(
        self, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
    ) -> None:
        del in_empty_folder  # a folder that is misspelt in CI must not pass as an example
        assert run(capsys, "check resnet18").code == 2
        assert run(capsys, "snapshot resnet18").code == 2

    def test_one_that_is_misspelt(
        self, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
    ) -> None:
        del in_empty_folder
        reason = "cannot be read: No such file or directory; did you mean resnet18?"
        assert run(capsys, "audit resnet_18").err == f"resnet_18: error: {reason}\n"
