"""What is read is bounded, and nothing is waited for that nobody asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import convcalc
from convcalc.errors import SpecError
from convcalc_cli.program import main
from convcalc_cli.reading.config import LARGEST as LARGEST_SETTINGS
from convcalc_cli.reading.snapshots import LARGEST as LARGEST_SNAPSHOT
from convcalc_cli.small_files import small_file
from support.program import process_environment, run
from support.slow import slow_unless

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(GOOD)
    return tmp_path


def special(kind: str, name: str) -> None:
    if kind == "pipe":
        os.mkfifo(name)
    elif kind == "folder":
        Path(name).mkdir()
    elif kind == "link to a pipe":
        os.mkfifo("pipe")
        Path(name).symlink_to("pipe")
    else:
        Path(name).symlink_to(kind)


def bounded(words: str) -> tuple[int, str, str]:
    """A run in a process of its own with 400 MB to its name, and 20 seconds."""
    import resource

    ended = subprocess.run(
        [sys.executable, "-m", "convcalc_cli", *words.split()],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=process_environment(),
        timeout=20,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)),
    )
    return ended.returncode, ended.stdout, ended.stderr


KINDS = {
    "pipe": "it is not a regular file",
    "link to a pipe": "it is not a regular file",
    "/dev/zero": "it is not a regular file",
    "/dev/urandom": "it is not a regular file",
    "/dev/tty": "it is not a regular file",
    "folder": "Is a directory",
    "nowhere": "No such file or directory",
}
USES = {
    "convcalc.toml": "check a.yaml",
    "pyproject.toml": "check a.yaml",
    "other.toml": "check a.yaml --config other.toml",
    "base.json": "check a.yaml --against base.json",
    "old.json": "check a.yaml --against old.json --update",
}


@pytest.mark.parametrize("kind", slow_unless(lambda kind: kind in ("pipe", "/dev/zero"), KINDS))
@pytest.mark.parametrize("name", USES)
def test_only_regular_files(kind: str, name: str) -> None:
    if kind == "nowhere" and name == "old.json":
        pytest.skip("may be new")
    special(kind, name)
    code, out, err = bounded(USES[name])
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert f"{name} cannot be read: {KINDS[kind]}" in err


@pytest.mark.parametrize("words", ["--config /dev/zero", "--against /dev/zero", "--config ."])
def test_devices_that_are_named(words: str) -> None:
    code, out, err = bounded(f"check a.yaml {words}")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_the_null_device_is_an_empty_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("convcalc.toml").write_text("[[check]]\nmax-macs = 1\n")
    assert run(capsys, "check a.yaml").code == 1
    assert run(capsys, f"check a.yaml --config {os.devnull}").code == 0


@pytest.mark.parametrize(
    ("words", "name", "most", "told"),
    [
        ("check a.yaml", "convcalc.toml", LARGEST_SETTINGS, "512 KiB"),
        ("check a.yaml", "pyproject.toml", LARGEST_SETTINGS, "512 KiB"),
        ("check a.yaml --against b.json", "b.json", LARGEST_SNAPSHOT, "8 MiB"),
    ],
)
def test_the_size_of_settings_and_snapshots(
    words: str, name: str, most: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = b'{"convcalc_snapshot": 1, "networks": {}}' if name == "b.json" else b"# "
    Path(name).write_bytes(content.ljust(most))
    assert run(capsys, words).code in (0, 2)
    Path(name).write_bytes(content.ljust(most + 1))
    ran = run(capsys, words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"{name} cannot be read: it is larger than {told}\n")


@pytest.mark.parametrize("command", ["audit", "check", "snapshot"])
def test_a_network_without_end(command: str) -> None:
    code, out, err = bounded(f"{command} /dev/zero")
    assert code == 2
    assert "the file is larger than 64 MiB" in out + err


@pytest.mark.parametrize(
    "command", slow_unless(lambda command: command == "audit", ["audit", "check"])
)
def test_a_network_from_a_pipe(command: str, tmp_path: Path) -> None:
    """Process substitution, and standard input by its name."""
    bash = str(shutil.which("bash"))
    call = f"{sys.executable} -m convcalc_cli {command}"
    for words in (f"{call} <(cat a.yaml)", f"cat a.yaml | {call} /dev/stdin", f"{call} - <a.yaml"):
        ended = subprocess.run(
            [bash, "-c", words],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env=process_environment(),
            timeout=60,
        )
        assert (ended.returncode, ended.stdout != b"") == (0, True)


def test_the_library_reads_no_more_than_a_network_can_be() -> None:
    with pytest.raises(SpecError, match="larger than 64 MiB"):
        convcalc.load("/dev/zero")


def test_what_became_a_pipe_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and opening."""
    right = Path.stat

    def changed(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = right(path, follow_symlinks=follow_symlinks)
        if path.name == "b.json":
            path.unlink()
            os.mkfifo(path)
        return found

    Path("b.json").write_text("{}")
    monkeypatch.setattr(Path, "stat", changed)
    with pytest.raises(OSError, match="it is not a regular file"):
        small_file("b.json", 10)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[check]]\nmax-params = " + "9" * 5_000 + "\n", "a number is too long"),
        ("[tool.other]\nx = -" + "9" * 5_000 + "\n", "a number is too long"),
        ("x = " + "[" * 100_000, "the nesting is too deep"),
        ("x = " + "{a=" * 1_000, "the nesting is too deep"),
        ("a" + ".a" * 33 + " = 1\n", "a key has more than 32 parts"),
        ("a" + ".a" * 200_000 + " = 1\n", "a key has more than 32 parts"),
        ("[a" + " . 'a'" * 1_000 + "]\n", "a key has more than 32 parts"),
        ("x = {a" + '."a.b"' * 1_000 + " = 1}\n", "a key has more than 32 parts"),
        ("x = '''\n'''\n'''a''' = 1" + ".a" * 50, "a key has more than 32 parts"),
    ],
    ids=range(9),
)
@pytest.mark.parametrize("name", ["convcalc.toml", "pyproject.toml"])
def test_toml_that_is_out_of_proportion(
    text: str, told: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(text)
    begun = time.process_time()
    ran = run(capsys, "check a.yaml")
    assert time.process_time() - begun < 2
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.endswith(f"{name}: {told}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000, "the nesting is too deep"),
        ('{"convcalc_snapshot": ' + "9" * 5_000 + "}", "a number is too long"),
        ("{", "it is not valid JSON"),
        ("\xff\xff", "it is not valid JSON"),
    ],
    ids=range(4),
)
def test_snapshots_that_are_none(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.json").write_bytes(text.encode("latin-1"))
    ran = run(capsys, "check a.yaml --against b.json")
    assert (ran.code, ran.err) == (2, f"error: b.json is not a snapshot: {told}\n")


@pytest.mark.parametrize(
    "text",
    [
        f"x = '{'a.b' * 100}'\n",
        f'x = """{"a. b. c." * 100} "quoted" \\""" """\n',
        f"x = '''{'a.' * 100}''' # {'a.' * 100}\n",
        f"x = [{'1.5, ' * 100}]\n",
        f"x = {{{', '.join([f'a.b{at} = 1' for at in range(100)])}}}\n",
        f'x = "{".".join(["a"] * 100)}\\" {"b." * 100}"\n',
    ],
)
def test_dots_that_join_no_keys(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text(text)
    assert run(capsys, "check a.yaml").code == 0


@pytest.mark.parametrize(
    "value", ["1e400", "-inf", "nan", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "{}", "[]"]
)
@pytest.mark.parametrize("key", ["max-params", "max-peak-activation", "max-layer-share", "files"])
def test_no_value_is_a_fault_of_ours(
    key: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("convcalc.toml").write_text(f"[[check]]\n{key} = {value}\n")
    ran = run(capsys, "check a.yaml")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "environment",
    [
        {"_CONVCALC_COMPLETE": "complete_bash"},
        {"_CONVCALC_COMPLETE": "complete_bash", "COMP_WORDS": "convcalc", "COMP_CWORD": "x"},
        {"_CONVCALC_COMPLETE": "complete_zsh"},
        {"_CONVCALC_COMPLETE": "complete_fish"},
        {"_CONVCALC_COMPLETE": "complete_powershell"},
        {"_CONVCALC_COMPLETE": "complete_nosuch"},
        {"_CONVCALC_COMPLETE": "nonsense"},
        {"_CONVCALC_COMPLETE": ""},
    ],
    ids=str,
)
def test_completion_without_what_the_shell_says(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("COMP_WORDS", "COMP_CWORD", "_TYPER_COMPLETE_ARGS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main([]) in (0, 2)
    assert "a fault of convcalc" not in capsys.readouterr().err
