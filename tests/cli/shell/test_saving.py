"""Files are written whole or not at all, through links, and by several runs at once."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli import program
from convcalc_cli.shell import locks, writing
from convcalc_cli.shell.endings import endings
from convcalc_cli.shell.saving import save
from convcalc_cli.shell.streams import EndedError, OutputError
from support.program import process_environment, run, run_python
from support.slow import slow_unless

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
as_root = os.name == "posix" and os.geteuid() == 0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(GOOD)
    return tmp_path


def listed() -> set[str]:
    return {path.name for path in Path().iterdir()}


class TestLinks:
    def test_a_link_is_written_through(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("shared").mkdir()
        Path("shared/base.json").write_text("old")
        Path("base.json").symlink_to("shared/base.json")
        assert run(capsys, "snapshot net.yaml -o base.json").code == 0
        assert Path("base.json").is_symlink()
        assert json.loads(Path("shared/base.json").read_bytes())["convcalc_snapshot"] == 1

    def test_an_update_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("shared").mkdir()
        Path("shared/base.json").write_text('{"convcalc_snapshot": 1, "networks": {}}')
        Path("base.json").symlink_to("shared/base.json")
        assert run(capsys, "check net.yaml --against base.json --update").code == 0
        assert Path("base.json").is_symlink()
        assert "net.yaml" in json.loads(Path("shared/base.json").read_bytes())["networks"]

    def test_links_to_links_and_to_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("shared").mkdir()
        Path("one.csv").symlink_to("two.csv")
        Path("two.csv").symlink_to("shared/new.csv")
        assert run(capsys, "audit net.yaml -f csv -o one.csv").code == 0
        assert Path("one.csv").is_symlink()
        assert Path("shared/new.csv").read_text().startswith("network,")

    @pytest.mark.parametrize("target", ["nowhere/new.csv", "round.csv"])
    def test_links_that_lead_nowhere(self, target: str, capsys: pytest.CaptureFixture[str]) -> None:
        Path("round.csv").symlink_to(target)
        before = listed()
        ran = run(capsys, "audit net.yaml -f csv -o round.csv")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: cannot write round.csv: ")
        assert listed() == before


class TestModes:
    @pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o466])
    def test_a_read_only_file_is_refused(
        self, mode: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("out.csv").write_text("old")
        Path("out.csv").chmod(mode)
        ran = run(capsys, "audit net.yaml -f csv -o out.csv")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "error: cannot write out.csv: it is read-only\n"
        assert Path("out.csv").read_text() == "old"
        assert listed() == {"net.yaml", "out.csv"}

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
    def test_a_file_keeps_its_mode(self, mode: int, capsys: pytest.CaptureFixture[str]) -> None:
        Path("out.csv").write_text("old")
        Path("out.csv").chmod(mode)
        assert run(capsys, "audit net.yaml -f csv -o out.csv").code == 0
        assert stat.S_IMODE(Path("out.csv").stat().st_mode) == mode

    def test_a_new_file_has_the_usual_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        before = os.umask(0o027)
        try:
            assert run(capsys, "audit net.yaml -f csv -o out.csv").code == 0
        finally:
            os.umask(before)
        assert stat.S_IMODE(Path("out.csv").stat().st_mode) == 0o640

    @pytest.mark.skipif(not as_root, reason="needs root")
    def test_a_file_keeps_its_owner(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("out.csv").write_text("old")
        os.chown("out.csv", 12345, 54321)
        assert run(capsys, "audit net.yaml -f csv -o out.csv").code == 0
        found = Path("out.csv").stat()
        assert (found.st_uid, found.st_gid) == (12345, 54321)


class TestNames:
    @pytest.mark.parametrize("length", [240, 246, 250, 255])
    @pytest.mark.parametrize("letter", ["a", "é"])
    def test_long_names(self, length: int, letter: str, capsys: pytest.CaptureFixture[str]) -> None:
        name = letter * ((length - 4) // len(letter.encode())) + ".csv"
        for _ in range(2):
            assert run(capsys, f"audit net.yaml -f csv -o {name}").code == 0
        assert Path(name).read_text().startswith("network,")
        assert listed() == {"net.yaml", name}

    def test_names_too_long(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"audit net.yaml -f csv -o {'a' * 256}")
        assert ran.code == 2
        assert "File name too long" in ran.err
        assert listed() == {"net.yaml"}

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["audit", "net.yaml", "-o", ""], "-o needs a file name"),
            (["layer", "--in", "1", "--out", "1", "--output="], "-o needs a file name"),
            (["check", "net.yaml", "-o", ""], "-o needs a file name"),
            (["audit", "net.yaml", "--html", ""], "--html needs a file name"),
            (["audit", "net.yaml", "--plot="], "--plot needs a file name"),
            (["check", "net.yaml", "--config", ""], "--config needs a file name"),
            (
                ["check", "net.yaml", "--config", "a\0b"],
                "a\\x00b cannot be read: there is a null byte in its name",
            ),
            (
                ["check", "net.yaml", "--against", "a\0b"],
                "a\\x00b cannot be read: there is a null byte in its name",
            ),
            (["check", "net.yaml", "--against", ""], "--against needs a file name"),
            (["check", "net.yaml", "--against", "", "--update"], "--against needs a file name"),
            (["audit", "net.yaml", "-o", "."], "cannot write .: Is a directory"),
            (["audit", "net.yaml", "-o", "new/"], "cannot write new/: Is a directory"),
            (
                ["audit", "net.yaml", "-o", "a\0b"],
                "cannot write a\\x00b: there is a null byte in its name",
            ),
            (["audit", "net.yaml", "-o", "net.yaml/a"], "cannot write net.yaml/a: Not a directory"),
        ],
    )
    def test_no_names(
        self, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert program.main(words) == 2
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", f"error: {told}\n")
        assert listed() == {"net.yaml"}


class TestStreams:
    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        call = f"{sys.executable} -m convcalc_cli"
        return subprocess.run(
            [str(shutil.which("bash")), "-c", command.replace("convcalc", call)],
            capture_output=True,
            text=True,
            check=False,
            env=process_environment(),
            timeout=60,
        )

    @pytest.mark.parametrize(
        "name",
        slow_unless(
            lambda name: name == "/dev/stdout",
            ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"],
        ),
    )
    def test_standard_output_by_its_name(self, name: str) -> None:
        if name.startswith("/proc") and not Path("/proc/self/fd").exists():
            pytest.skip("needs Linux")
        Path("link").symlink_to("/dev/stdout")
        words = f"convcalc audit net.yaml -f csv -o {name}"
        assert self.shell(words).stdout.startswith("network,")
        assert self.shell(f"echo first > out; {words} >> out").returncode == 0
        assert Path("out").read_text().startswith("first\nnetwork,")
        assert self.shell(f"{words} > out").returncode == 0
        assert Path("out").read_text().startswith("network,")
        assert Path("/dev/stdout").is_symlink() or sys.platform != "linux"
        assert listed() == {"net.yaml", "link", "out"}

    def test_process_substitution(self) -> None:
        assert self.shell("convcalc audit net.yaml -f csv -o >(cat >&2)").returncode == 0

    def test_a_pipe_with_a_reader(self) -> None:
        os.mkfifo("pipe")
        assert self.shell("cat pipe & convcalc audit net.yaml -f csv -o pipe; wait").stdout
        assert stat.S_ISFIFO(Path("pipe").stat().st_mode)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_devices(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "audit net.yaml -o /dev/null").code == 0
        ran = run(capsys, "audit net.yaml -o /dev/full")
        assert ran.err == "error: cannot write /dev/full: No space left on device\n"
        assert ran.code == 2


class TestNothingIsLeft:
    @pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, EndedError])
    def test_whatever_ends_it(self, error: type[BaseException]) -> None:
        def pieces() -> Iterator[str]:
            yield "half"
            raise error(15)

        with pytest.raises(error):
            save(pieces(), "out.txt")
        assert listed() == {"net.yaml"}

    @pytest.mark.parametrize("function", ["replace", "chmod"])
    def test_where_the_last_step_fails(
        self, function: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        Path("out.txt").write_text("old")
        monkeypatch.setattr(Path, function, full)
        with pytest.raises(OutputError, match="No space left"):
            save("new", "out.txt")
        assert listed() == {"net.yaml", "out.txt"}
        assert Path("out.txt").read_text() == "old"

    @pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
    def test_a_signal_while_it_writes(self, name: str, code: int) -> None:
        script = (
            "import os, signal, sys\n"
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            "from convcalc_cli import program\nfrom convcalc_cli.shell import writing\n"
            "right = writing.save\n"
            "def pieces(number):\n"
            "    yield 'half'\n"
            f"    os.kill(os.getpid(), signal.{name})\n"
            "    yield 'a signal is lost'\n"
            "writing.save = lambda text, name: right(pieces(0), name)\n"
            "sys.exit(program.main(['audit', 'net.yaml', '-o', 'out.txt']))\n"
        )
        assert run_python("-c", script) == (code, "", "")
        assert listed() == {"net.yaml"}

    @pytest.mark.slow
    def test_signals_at_any_time(self) -> None:
        """Runs that write 40,000 rows, ended at different times: never a file of no name."""
        Path("big.yaml").write_text(
            "input: [3, 8, 8]\nlayers: [{conv: 3, kernel_size: 1, repeat: 40000}]\n"
        )
        words = ["-m", "convcalc_cli", "audit", "big.yaml", "--all", "-f", "csv", "-o", "out.csv"]
        for wait in (0.8, 1.2, 1.6, 2.0):
            with subprocess.Popen(
                [sys.executable, *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=process_environment(),
            ) as process:
                time.sleep(wait)
                process.terminate()
                _, err = process.communicate(timeout=60)
            assert process.returncode in (0, 143, -signal.SIGTERM)
            assert err in (b"", b"written: out.csv\n")
            assert listed() <= {"net.yaml", "big.yaml", "out.csv"}

    def test_handlers_are_put_back(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with endings():
            assert signal.getsignal(signal.SIGTERM) is not before
        assert signal.getsignal(signal.SIGTERM) is before

    def test_what_is_ignored_stays_so(self) -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with endings():
                assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_in_another_thread(self) -> None:
        codes: list[int] = []
        words = ["audit", "net.yaml", "-o", "out.txt"]
        thread = threading.Thread(target=lambda: codes.append(program.main(words)))
        thread.start()
        thread.join()
        assert codes == [0]


class TestUpdates:
    @pytest.mark.slow
    def test_updates_at_one_time(self) -> None:
        names = [f"n{at}.yaml" for at in range(12)]
        for name in names:
            Path(name).write_text(GOOD)
        runs = [
            subprocess.Popen(
                [*(sys.executable, "-m", "convcalc_cli", "check", name), *UPDATE],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=process_environment(),
            )
            for name in names
        ]
        for each in runs:
            each.communicate(timeout=120)
        assert [each.returncode for each in runs] == [0] * 12
        assert set(json.loads(Path("b.json").read_bytes())["networks"]) == set(names)
        assert listed() == {"net.yaml", "b.json", *names}

    def test_what_another_run_has_added_stays(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Between the reading and the writing."""
        Path("other.yaml").write_text(GOOD)
        assert run(capsys, "snapshot other.yaml -o other.json").code == 0

        def late(name: str) -> Any:
            Path("other.json").replace("b.json")
            return locks.locked(name)

        monkeypatch.setattr(writing, "locked", late)
        assert run(capsys, "check net.yaml --against b.json --update").code == 0
        networks = json.loads(Path("b.json").read_bytes())["networks"]
        assert set(networks) == {"net.yaml", "other.yaml"}

    def test_a_lock_that_is_held_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(locks, "PATIENCE", 0.1)
        with locks.locked("b.json"):
            ran = run(capsys, "check net.yaml --against b.json --update")
        assert ran.code == 2
        assert "error: cannot write b.json: another convcalc process is writing it" in ran.err
        assert not Path("b.json").exists()
        assert run(capsys, "check net.yaml --against b.json --update").code == 0
        assert listed() == {"net.yaml", "b.json"}

    def test_a_lock_that_a_dead_run_left_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path(locks.NAME).touch()
        assert run(capsys, "check net.yaml --against b.json --update").code == 0
        assert listed() == {"net.yaml", "b.json"}

    @pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
    def test_something_else_in_its_place(
        self, kind: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        if kind == "folder":
            Path(locks.NAME).mkdir()
        elif kind == "pipe":
            os.mkfifo(locks.NAME)
        else:
            Path(locks.NAME).symlink_to("elsewhere")
        ran = run(capsys, "check net.yaml --against b.json --update")
        assert ran.code == 2
        assert "error: cannot write b.json: " in ran.err
        assert not Path("elsewhere").exists()


UPDATE = ("--against", "b.json", "--update")
