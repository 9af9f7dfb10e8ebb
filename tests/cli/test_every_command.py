"""What holds for every command, wherever it runs and however it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convcalc import __version__
from convcalc_cli.program import main
from support.program import ROOT, process_environment, run, run_interrupted, run_process
from support.slow import slow_unless

EXAMPLES = ROOT / "examples"
NET = EXAMPLES / "alexnet.yaml"
COMMANDS = [
    "layer --in 16 --out 32 -g 4",
    "layer --in 16 --out 32 -g 4 --explain",
    "layer --in 16 --out 32 -g 4 --verify",
    f"audit {NET}",
    f"audit {NET} --verify",
    "sweep --in 16 --out 32 --vary groups=1,2,5",
    f"check {EXAMPLES}",
    f"diff {NET} {EXAMPLES}/alexnet-2012.yaml",
    f"snapshot {NET}",
    f"convert {NET}",
    "rule",
    "rule CC101",
    "examples",
    "examples resnet50",
    "schema",
    "--version",
    "--version --verbose",
    "--help",
]
WRONG = ["layer --in 0 --out 3", "audit nowhere.yaml", "check nowhere.yaml", "rule x", "examples x"]

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


def first_of_its_name(command: str) -> bool:
    """Whether no earlier line has the same command."""
    names = [each.partition(" ")[0] for each in (*COMMANDS, *WRONG)]
    return (*COMMANDS, *WRONG).index(command) == names.index(command.partition(" ")[0])


ENVIRONMENTS = (
    {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TERM": "dumb", "FORCE_COLOR": "1"},
)


@pytest.mark.parametrize("command", slow_unless(first_of_its_name, [*COMMANDS, *WRONG]))
@pytest.mark.parametrize(
    "environment",
    slow_unless(lambda each: each.get("PYTHONIOENCODING") == "ascii", ENVIRONMENTS),
    ids=["ascii", "cp1252", "C", "dumb"],
)
def test_any_encoding_and_terminal(command: str, environment: dict[str, str]) -> None:
    program = [sys.executable, "-W", "error", "-m", "convcalc_cli", *command.split()]
    ended = subprocess.run(
        program,
        capture_output=True,
        check=False,
        env=process_environment(**environment),
        timeout=60,
    )
    assert ended.returncode == (2 if command in WRONG else 0), ended.stderr
    assert b"Traceback" not in ended.stderr
    if environment.get("PYTHONIOENCODING") == "ascii":
        assert (ended.stdout + ended.stderr).isascii()


def bash(script: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/bash", "-c", script],
        capture_output=True,
        check=False,
        env=process_environment(),
        timeout=60,
    )


@posix
def writes_otherwise(command: str) -> bool:
    """Whether no other command writes its result in the same way."""
    words = command.split()
    return "--verify" not in words and words[0] in ("layer", "audit", "check", "help")


@pytest.mark.parametrize(
    "command",
    slow_unless(writes_otherwise, [each for each in COMMANDS if "--" not in each[:3]]),
)
class TestEndings:
    def test_a_closed_pipe(self, command: str) -> None:
        script = f'set -o pipefail; "{sys.executable}" -m convcalc_cli {command} | head -1'
        ended = bash(script)
        assert ended.returncode == 0
        assert len(ended.stderr.splitlines()) <= 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk(self, command: str) -> None:
        with Path("/dev/full").open("wb") as full:
            ended = subprocess.run(
                [sys.executable, "-m", "convcalc_cli", *command.split()],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                env=process_environment(),
                timeout=60,
            )
        assert ended.returncode == 2
        told = ended.stderr.decode().splitlines()
        assert told[0] == "error: cannot write the result: No space left on device"

    def test_no_output_at_all(self, command: str) -> None:
        script = f'"{sys.executable}" -m convcalc_cli {command} >&-'
        ended = bash(script)
        assert ended.returncode == 2
        assert b"Traceback" not in ended.stderr


@posix
@pytest.mark.parametrize(
    ("command", "made"),
    slow_unless(
        lambda each: each[0].startswith("sweep"),
        [
            ("sweep --in 16 --out 32 --vary size=3:900000:1 -f csv -o out.csv", "out.csv"),
            (f"audit {EXAMPLES}/unet.yaml --verify --html out.html", "out.html"),
            (f"check {EXAMPLES}/unet.yaml --verify -o out.txt", "out.txt"),
            ("layer --in 512 --out 512 -k 9 -p 4 --size 256 --verify", "nothing"),
        ],
    ),
)
def test_interruption_leaves_nothing_behind(command: str, made: str, tmp_path: Path) -> None:
    assert run_interrupted(command, tmp_path) == (130, "", "")
    assert list(tmp_path.iterdir()) == [], made


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("command", [f"audit {NET} -o out.txt", f"snapshot {NET} -o out.json"])
def test_a_folder_that_may_not_be_written(command: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ended = run_process(command.replace("out.", f"{tmp_path}/out."))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: cannot write")


class TestVersion:
    def test_plain(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "--version") == (0, f"convcalc {__version__}\n", "")

    def test_verbose(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = run(capsys, "--version --verbose").out.splitlines()
        assert lines[0] == f"convcalc {__version__}"
        assert lines[1].split()[1] == ".".join(map(str, sys.version_info[:3]))
        assert {line.split()[0] for line in lines[3:]} >= {"typer", "rich", "pyyaml", "numpy"}

    def test_from_one_place(self) -> None:
        citation = (ROOT / "CITATION.cff").read_text()
        assert f"\nversion: {__version__}\n" in citation


class TestCompletion:
    """What the shell is told, in the words of Typer's own protocol."""

    def completed(self, words: str) -> list[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "convcalc_cli"],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=process_environment(
                _CONVCALC_COMPLETE="complete_bash",
                COMP_WORDS=words,
                COMP_CWORD=str(len(words.split(" ")) - 1),
            ),
            timeout=60,
        )
        return ended.stdout.split()

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("convcalc ", ["layer", "audit", "sweep", "check", "diff", "snapshot", "rule"]),
            ("convcalc layer --kern", ["--kernel-size"]),
            ("convcalc examples resn", ["resnet18", "resnet50"]),
            ("convcalc rule CC10", ["CC101", "CC102"]),
            ("convcalc sweep --vary gr", ["groups="]),
            ("convcalc audit --format js", ["json"]),
        ],
    )
    def test_words(self, words: str, offered: list[str]) -> None:
        assert set(offered) <= set(self.completed(words))


def test_help_shows_at_a_glance_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("layer", "audit", "sweep", "check", "diff", "snapshot", "rule", "examples"):
        assert f"\n  {command} " in out
