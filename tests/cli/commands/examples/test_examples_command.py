"""`convcalc examples`: the networks that come with the program."""

import subprocess
import sys

import pytest

from support.program import ROOT, process_environment, run

EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))


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
