"""What is read through git: bounded, and without a command of the repository's own."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from pathlib import Path

import pytest

from convcalc_cli.commands.diff import git as asking
from support.models import conv, model
from support.program import run, run_python
from support.repositories import git

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system"),
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository with a network in it."""
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.yaml").write_text(GOOD)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def partial(tmp_path: Path, source: Path) -> Path:
    """A clone without files, that has a command of its own for what would be fetched."""
    git(source, "config", "uploadpack.allowFilter", "true")
    git(source, "config", "uploadpack.allowAnySHA1InWant", "true")
    folder = tmp_path / "partial"
    words = ("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{source}")
    git(tmp_path, *words, str(folder))
    script = tmp_path / "hostile"
    script.write_text(f'#!/bin/sh\ntouch "{tmp_path}/ran"\nexec git-upload-pack "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    git(folder, "config", "remote.origin.uploadpack", str(script))
    (folder / "b.yaml").write_text(GOOD)
    return folder


@pytest.mark.parametrize("protocol", [None, "file", "ext"])
def test_a_partial_clone_runs_nothing(
    protocol: str | None,
    partial: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if protocol is not None:
        git(partial, "config", f"protocol.{protocol}.allow", "always")
    if protocol == "ext":
        git(partial, "config", "remote.origin.url", f"ext::sh -c touch% {tmp_path}/ran")
    monkeypatch.chdir(partial)
    ran = run(capsys, "diff HEAD:a.yaml b.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "ran").exists()


def test_a_partial_clone_is_compared_as_far_as_it_is_there(
    partial: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (partial / "a.yaml").write_text(GOOD.replace("conv: 4", "conv: 5"))
    monkeypatch.chdir(partial)
    ran = run(capsys, "diff HEAD .")
    assert ran.code == 0
    assert "HEAD:a.yaml: note: cannot be read: git does not" in ran.err
    assert "1 network changed, 1 added; 0 files as before" in ran.err
    assert not (tmp_path / "ran").exists()


def test_the_command_would_run_otherwise(partial: Path, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    git(partial, "cat-file", "blob", "HEAD:a.yaml")
    assert (tmp_path / "ran").exists()


def test_a_bare_repository_in_a_checkout(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(source), "bare")
    monkeypatch.chdir(tmp_path / "bare")
    ran = run(capsys, "diff HEAD:a.yaml HEAD:a.yaml")
    assert ran.code == 2
    assert "cannot use bare repository" in ran.err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_huge_object(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred megabytes of nothing are a hundred kilobytes in git."""
    monkeypatch.chdir(source)
    with Path("big.yaml").open("wb") as file:
        file.truncate(100 << 20)
    git(source, "add", "big.yaml")
    git(source, "commit", "-q", "-m", "second")
    Path("big.yaml").unlink()
    script = (
        "import pathlib, sys\n"
        "from convcalc_cli.program import main\n"
        "code = main(['diff', 'HEAD:big.yaml', 'a.yaml'])\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(status.partition('VmHWM:')[2].split()[0])\n"
        "sys.exit(code)\n"
    )
    ended = run_python("-c", script)
    assert ended.code == 2
    assert "its 104,857,600 bytes are more than 64 MiB" in ended.err
    assert int(ended.out) < 80_000
    Path("a.yaml").write_text(GOOD.replace("conv: 4", "conv: 5"))
    ended = run_python(
        "-c", script.replace("'HEAD:big.yaml', 'a.yaml'", "'HEAD', '.', '-o', 'a.md'")
    )
    assert ended.code == 0
    assert "HEAD:big.yaml: note: cannot be read: its 104,857,600 bytes are more" in ended.err
    assert "1 network changed, 1 removed; 0 files as before" in ended.err
    assert int(ended.out) < 80_000


@pytest.mark.slow
def test_a_git_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that writes without end, and one that says nothing."""
    monkeypatch.chdir(tmp_path)
    Path("b.yaml").write_text(GOOD)
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "git"
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(asking, "SECONDS", 1)
    monkeypatch.setattr(asking, "LARGEST_FILE", 1 << 20)
    script.write_text("#!/bin/sh\nexec sleep 30\n")
    script.chmod(0o755)
    begun = time.monotonic()
    ran = run(capsys, "diff HEAD:a.yaml b.yaml")
    assert time.monotonic() - begun < 10
    assert (ran.code, ran.out) == (2, "")
    assert "git did not answer within 1 second\n" in ran.err
    script.write_text('#!/bin/sh\nfor last in "$@"; do :; done\nyes | head -c 100000000\n')
    assert run(capsys, "diff HEAD:a.yaml b.yaml").code == 2
    assert run(capsys, "diff HEAD .").code == 2
    begun = time.monotonic()
    objects = asking.Objects(str(script), str(tmp_path))
    assert objects.data("0" * 40) == asking.Answer(None, "git does not answer")
    script.write_text("#!/bin/sh\nexec sleep 30\n")
    assert objects.data("0" * 40) == asking.Answer(None, "git does not answer")
    assert time.monotonic() - begun < 10


def test_a_scale_of_a_version(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ("[-1, 1, Conv, [64, 3, 2]]",)
    top = "nc: 3\nscales: {n: [1, 0.25, 999], x: [1, 1.5, 999]}"
    (source / "m.yaml").write_text(model(*rows, top=top))
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "a model")
    monkeypatch.chdir(source)
    ran = run(capsys, "diff HEAD:m.yaml@n m.yaml@x -f json")
    change = json.loads(ran.out)["totals"]["params"]["change"]
    assert change == conv(3, 96, 3) - conv(3, 16, 3)
    ran = run(capsys, "diff HEAD:m.yaml@z m.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no scale z; the file has n, x" in ran.err
