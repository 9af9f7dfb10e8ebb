"""`convcalc help`: topics, operations, commands, and the pager."""

import os
import re
import sys
from pathlib import Path

import pytest

from convcalc.operations.registry import DECLARATIONS
from convcalc_cli.app import COMMANDS
from convcalc_cli.documentation.topics import FOLDER, topic_names, topic_text
from convcalc_cli.shell.screen import Screen
from support.program import process_environment, run, run_process

TERMINAL = 80


def test_the_list_has_a_line_for_each_topic(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "help")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^  ([a-z-]+)  ", ran.out, re.MULTILINE) == topic_names()
    assert {file.stem for file in FOLDER.glob("*.md")} == {*topic_names()}


@pytest.mark.parametrize("topic", topic_names())
def test_a_topic_in_a_pipe_is_its_file(capsys: pytest.CaptureFixture[str], topic: str) -> None:
    ran = run(capsys, f"help {topic}")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (FOLDER / f"{topic}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("topic", topic_names())
def test_a_topic_on_a_terminal_fits_and_loses_no_word(topic: str) -> None:
    text = topic_text(topic, Screen(TERMINAL))
    assert max(map(len, text.splitlines())) <= TERMINAL
    for markup in ("```", "](", ":---", "\x1b", "…"):
        assert markup not in text
    prose = re.sub(r"^```.*?^```", "", (FOLDER / f"{topic}.md").read_text(encoding="utf-8"))
    for word in re.findall(r"`(--[a-z-]+)[^`]*`", prose):
        assert word in text


def test_colours_are_for_screens_that_have_them() -> None:
    assert "\x1b[" in topic_text("check", Screen(TERMINAL, colour=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("formts", "unknown topic formts; did you mean formats?"),
        ("laier", "unknown topic laier; did you mean layer?"),
        ("xyzzy", "unknown topic xyzzy; convcalc help lists all topics"),
        ("operations cnv", "unknown operation cnv; did you mean conv?"),
        ("counting conv", "unexpected argument conv; only the topic operations takes a name"),
    ],
)
def test_unknown_names(capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    ran = run(capsys, f"help {arguments}")
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {message}\n")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in topic_names()])
def test_the_name_of_a_command_shows_its_flags(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    flags = run(capsys, f"{command} --help").out
    assert run(capsys, f"help {command}").out.split() == flags.split()


@pytest.mark.parametrize("name", DECLARATIONS)
def test_every_operation_is_explained(capsys: pytest.CaptureFixture[str], name: str) -> None:
    out = run(capsys, f"help operations {name}").out
    assert out.startswith(f"# {name}\n")
    for parameter in DECLARATIONS[name].kinds:
        assert f"| `{parameter}" in out


@pytest.mark.parametrize("words", ["", " conv", " konv"])
def test_operations_is_short_for_help_operations(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert run(capsys, f"operations{words}") == run(capsys, f"help operations{words}")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("help f", ["files", "fit", "formats"]),
        ("help ex", ["exit-codes"]),
        ("help operations depth", ["depthwise_conv"]),
        ("operations depth", ["depthwise_conv"]),
    ],
)
def test_a_shell_completes_topics_and_operations(words: str, completed: list[str]) -> None:
    environment = {
        "_CONVCALC_COMPLETE": "complete_bash",
        "COMP_WORDS": f"convcalc {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    assert run_process("", environment).out.split() == completed


def in_terminal(folder: Path, rows: int, topic: str, pager: str) -> tuple[int, str]:
    """The exit code and the output of a run in a terminal of so many rows."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    child, terminal = pty.fork()
    if not child:
        size = rows.to_bytes(2, sys.byteorder) + TERMINAL.to_bytes(2, sys.byteorder) + bytes(4)
        fcntl.ioctl(1, termios.TIOCSWINSZ, size)
        command = [sys.executable, "-m", "convcalc_cli", "help", topic]
        environment = process_environment(PAGER=pager, TERM="xterm")
        environment = {k: v for k, v in environment.items() if k not in ("COLUMNS", "LINES")}
        os.chdir(folder)
        os.execve(command[0], command, environment)  # noqa: S606 - the child of the terminal
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # the end of a terminal, on Linux
        pass
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX terminal")
class TestPager:
    """A stand-in for a pager, which says that it ran."""

    def test_a_long_text_is_paged(self, tmp_path: Path) -> None:
        code, shown = in_terminal(tmp_path, 20, "check", "sh -c 'echo PAGED; cat'")
        assert code == 0
        assert shown.startswith("PAGED")
        assert "Checks in CI" in shown

    def test_a_short_one_is_not(self, tmp_path: Path) -> None:
        code, shown = in_terminal(tmp_path, 500, "check", "sh -c 'echo PAGED; cat'")
        assert (code, "PAGED" in shown, "Checks in CI" in shown) == (0, False, True)

    @pytest.mark.parametrize("pager", ["", "'", "no-such-program"])
    def test_without_a_pager_it_is_printed(self, tmp_path: Path, pager: str) -> None:
        code, shown = in_terminal(tmp_path, 20, "check", pager)
        assert (code, "Checks in CI" in shown, "error" in shown) == (0, True, False)

    def test_a_pager_that_is_closed_early(self, tmp_path: Path) -> None:
        assert in_terminal(tmp_path, 20, "formats", "true") == (0, "")
