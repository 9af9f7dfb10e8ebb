"""Streams and exit codes of the program in a process of its own."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convcalc_cli import program
from convcalc_cli.shell.outcome import INTERRUPTED, OWN_FAULT
from convcalc_cli.shell.screen import UNICODE, Screen
from convcalc_cli.shell.streams import complain
from support.program import interruptible, process_environment, run, run_process
from support.slow import slow_unless

LAYER = "layer --in 16 --out 32 -g 4"

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """A line of shell with `convcalc` in it."""
    call = f"{sys.executable} -m convcalc_cli"
    return subprocess.run(
        [str(shutil.which("bash")), "-o", "pipefail", "-c", command.replace("convcalc", call, 1)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=process_environment(),
        timeout=60,
    )


def test_the_result_goes_to_stdout_and_nothing_to_stderr() -> None:
    ran = run_process(LAYER)
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    assert "▸ grouped, groups=4" in ran.out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_other_encodings(encoding: str) -> None:
    ran = run_process(f"{LAYER} --explain", {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.isascii()


def test_forced_colour_and_no_colour() -> None:
    assert "\x1b" in run_process(LAYER, {"FORCE_COLOR": "1"}).out
    assert "\x1b" not in run_process(LAYER, {"FORCE_COLOR": "1", "NO_COLOR": "1"}).out


@posix
@pytest.mark.parametrize("words", [f"{LAYER} --explain", "--help", f"{LAYER} --format json"])
def test_a_reader_that_goes_away_is_no_error(words: str) -> None:
    ran = shell(f"convcalc {words} | true")
    assert (ran.returncode, ran.stderr) == (0, "")


@posix
def test_head_gets_its_line() -> None:
    ran = shell(f"convcalc {LAYER} | head -1")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Conv2d(16, 32")


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [LAYER, "--help", "--version"])
def test_a_full_disk_is_an_error(words: str) -> None:
    ran = shell(f"convcalc {words} > /dev/full")
    assert ran.returncode == 2
    assert ran.stderr == "error: cannot write the result: No space left on device\n"


@posix
def test_a_closed_stdout_is_an_error() -> None:
    ran = shell(f"convcalc {LAYER} >&-")
    assert ran.returncode == 2
    assert ran.stderr == "error: cannot write the result: standard output is closed\n"


@posix
def test_a_closed_stderr_is_no_fault() -> None:
    assert shell("convcalc layer --in 3 2>&-").returncode == 2


@pytest.fixture(name="net")
def _net(tmp_path: Path) -> Path:
    file = tmp_path / "net.yaml"
    lines = ["name: net", "input: [3, 8, 8]", "layers:", "  - {conv: 4, kernel_size: 3}"]
    file.write_text("\n".join([*lines, "  - {relu: , name: unread}", "budget: {params: 1}", ""]))
    return file


@posix
def is_quick(words: str) -> bool:
    """One that fails, one with findings, one that goes well, and one that is no command."""
    return words in ("diff NET nowhere.yaml -f json", "check NET -f concise", "schema", "nothing")


@pytest.mark.parametrize(
    "words",
    slow_unless(
        is_quick,
        [
            "layer --in 3",
            "layer --in 3 --debug",
            "audit NET nowhere.yaml -f json",
            "audit NET -f json",
            "check NET -f json",
            "check NET -f concise",
            "check NET nowhere.yaml -f junit",
            "diff NET nowhere.yaml -f json",
            "sweep NET --vary nothing=1",
            "snapshot NET",
            "snapshot nowhere.yaml",
            "rule nothing",
            "examples nothing",
            "schema",
            "nothing",
            "--nothing",
            "",
        ],
    ),
)
def test_nothing_meant_for_a_closed_stderr_lands_on_stdout(words: str, net: Path) -> None:
    words = words.replace("NET", str(net))
    ran, closed = shell(f"convcalc {words}"), shell(f"convcalc {words} 2>&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (ran.returncode, ran.stdout, "")


@posix
@pytest.mark.parametrize(
    "closed",
    slow_unless(lambda closed: closed[0] == "<", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"]),
)
def test_a_file_that_is_written_has_nothing_else_in_it(closed: str, net: Path) -> None:
    """It would have the number of a stream that is closed."""
    words = f"audit {net} nowhere.yaml --debug -f csv -o"
    shell(f"convcalc {words} {net.parent}/open.csv")
    assert shell(f"convcalc {words} {net.parent}/closed.csv {closed}").returncode == 2
    written = (net.parent / "closed.csv").read_text("utf-8")
    assert written == (net.parent / "open.csv").read_text("utf-8")
    assert written.startswith("network,")


@posix
@pytest.mark.parametrize(("file", "closed"), [("/dev/stdout", ">&-"), ("/dev/stderr", "2>&-")])
def test_a_stream_that_is_closed_is_no_file_to_write(file: str, closed: str, net: Path) -> None:
    if not os.path.lexists(file):
        pytest.skip("needs /dev/stdout")
    ran = shell(f"convcalc audit {net} -o {file} {closed}")
    assert (ran.returncode, ran.stdout) == (2, "")


@posix
def test_a_closed_stdin_is_told() -> None:
    ran = shell("convcalc audit - <&-")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "-: error: cannot be read: standard input is closed\n"


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (KeyboardInterrupt(), INTERRUPTED, ""),
        (
            ZeroDivisionError("by\x1bzero\n::error::x"),
            OWN_FAULT,
            (
                "error: internal error "
                "(ZeroDivisionError: by\\x1bzero\\n::error::x); "
                "please report it with the command and the output of --debug\n"
            ),
        ),
    ],
)
def test_interruption_and_own_faults(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    told: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("convcalc_cli.commands.layer.command.compare", fail)
    assert run(capsys, LAYER) == (code, "", told)


def test_an_interruption_while_the_result_is_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "screen_of", interrupt)
    assert run(capsys, LAYER) == (INTERRUPTED, "", "")


def test_an_interruption_while_the_program_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), process_environment()["PYTHONPATH"]])
    assert run_process(LAYER, {"PYTHONPATH": paths}) == (130, "", "")


def test_a_result_that_the_stream_cannot_encode_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(program, "screen_of", lambda *_: Screen(glyphs=UNICODE))
    with io.TextIOWrapper(written, encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = program.main(LAYER.split())
        stream.flush()
        assert (code, written.getvalue()) == (2, b"")
    told = capsys.readouterr().err
    assert told.startswith("error: cannot write the result: 'ascii' codec can't encode character")
    assert told.count("\n") == 1


@posix
def test_a_signal_ends_a_run_quietly() -> None:
    """Ctrl-C, as the engine is called."""
    script = (
        "import os, signal, sys\n"
        "import convcalc_cli.commands.layer.command as command\n"
        "command.compare = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        "from convcalc_cli.program import main\n"
        f"sys.exit(main({LAYER.split()!r}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=False,
        env=process_environment(),
        preexec_fn=interruptible,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, "a.yaml:1:2: \x1b[1;31merror:\x1b[0m no\n    x: y\n    \x1b[1;31m^\x1b[0m\n"),
        ({"NO_COLOR": "1"}, "a.yaml:1:2: error: no\n    x: y\n    ^\n"),
        ({"TERM": "dumb"}, "a.yaml:1:2: error: no\n    x: y\n    ^\n"),
    ],
)
def test_errors_have_colours_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], shown: str
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    complain("a.yaml:1:2: error: no\n    x: y\n    ^")
    assert stream.getvalue() == shown


def test_what_a_file_says_brings_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    complain("a.yaml: warning: \x1b[31mred")
    assert stream.getvalue() == "a.yaml: \x1b[1;33mwarning:\x1b[0m \\x1b[31mred\n"
