"""Repositories whose files are kept otherwise, or that name commands of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcalc.files.loading import ReadFile, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides
from support.program import run
from support.repositories import (
    IN_REPOSITORY,
    NET,
    committed,
    difference,
    git,
    statuses,
    with_base,
    write,
)

pytestmark = IN_REPOSITORY


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Path]:
    """A repository whose settings name commands, for filters and for a monitor of files."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    committed(folder, {"a.yaml": NET})
    (folder / "a.yaml").write_text(with_base(5))
    (folder / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    command = f"touch {tmp_path}/ran; cat"
    for name in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"):
        git(folder, "config", name, command)
    git(folder, "config", "diff.evil.command", command)
    yield folder
    assert not (tmp_path / "ran").exists()


def test_nothing_that_the_settings_name_is_run(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(hostile)
    (hostile / "b.yaml").write_text(NET)
    assert statuses(difference(capsys, "HEAD", ".")) == {"a.yaml": "changed", "b.yaml": "added"}


def test_git_itself_would_run_it(hostile: Path, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    git(hostile, "add", ".")
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()


def test_files_that_git_keeps_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git LFS: in the tree is a file of three lines, which names the content by its hash."""
    pointers = {
        f"{name}.yaml": "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{hashlib.sha256(with_base(base).encode()).hexdigest()}\nsize 9\n"
        for name, base in (("a", 4), ("b", 5))
    }
    committed(tmp_path, pointers)
    write(tmp_path, {"a.yaml": NET, "b.yaml": with_base(6)})
    monkeypatch.chdir(tmp_path)
    found = difference(capsys, "HEAD", ".")
    assert statuses(found) == {"b.yaml": "changed"}
    assert found["summary"]["same_files"] == 1
    assert "HEAD:b.yaml: note: is kept by Git LFS" in run(capsys, "diff HEAD .").err


def test_a_repository_of_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    committed(tmp_path, {"a.yaml": NET, "b.yaml": NET})
    (tmp_path / "b.yaml").write_text(with_base(5))
    monkeypatch.chdir(tmp_path)
    found = difference(capsys, "HEAD", ".")
    assert (statuses(found), found["summary"]["same_files"]) == ({"b.yaml": "changed"}, 1)


def test_files_as_before_are_not_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: list[str] = []

    def recorded(file: SourceFile, overrides: Overrides | None) -> ReadFile:
        names.append(file.name)
        return read_file(file, overrides)

    monkeypatch.setattr("convcalc_cli.reading.sources.read_file", recorded)
    assert run(capsys, "diff HEAD nets").code == 0
    assert "nets/changed.yaml" in names
    assert not [each for each in names if "same.yaml" in each or "line-ends" in each]
