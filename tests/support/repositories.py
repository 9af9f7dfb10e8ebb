"""Repositories of git with networks in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from support.program import process_environment

WHO = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

IN_REPOSITORY = [
    pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system"),
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
    pytest.mark.usefixtures("in_repository"),
]
"""What a module has as `pytestmark` whose tests run in the repository of all of them."""

NET = """\
name: net
input: [3, 8, 8]
vars: {base: 4}
layers:
  - {conv: $base, kernel_size: 3, name: stem}
  - relu
  - {conv: 9, kernel_size: 1, name: head}
"""
STRANGE = [
    "a b.yaml",
    'it\'s "so".yaml',
    "two\nlines.yaml",
    "-x.yaml",
    "caf\u00e9.yaml",
    "\udcff.yaml",
]


def params(base: int) -> int:
    return 27 * base + base + 9 * base + 9


def macs(base: int) -> int:
    return 36 * (27 * base + 9 * base)


def with_base(base: int) -> str:
    return NET.replace("base: 4", f"base: {base}")


def unlike(text: str, word: str) -> str:
    """The same network in a file that has little in common with another one."""
    return text + f"# {word} {word[::-1]}\n" * 40


def git(folder: Path, *words: str) -> str:
    ended = subprocess.run(
        [str(shutil.which("git")), *words],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**process_environment(), **WHO, **ALONE},
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return os.fsdecode(ended.stdout)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def committed(folder: Path, files: dict[str, str]) -> None:
    write(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")


def changed_repository(folder: Path) -> Path:
    """All that can happen to a file, from one revision to the working tree."""
    long = NET + "".join(f"  - {{conv: 9, kernel_size: 1}} # {number}\n" for number in range(20))
    before = {
        "nets/same.yaml": NET,
        "nets/changed.yaml": NET,
        "nets/comment.yaml": NET,
        "nets/line-ends.yaml": NET,
        "nets/removed.yaml": unlike(NET, "removed"),
        "nets/old-name.yaml": long,
        "nets/became-other.yaml": unlike(NET, "other"),
        "nets/compose.yaml": "services: {}\n",
        "nets/was-wrong.yaml": NET.replace("conv: 9", "cnov: 9"),
        "nets/.hidden/a.yaml": NET,
        "nets/deep/er/changed.yaml": NET,
        "third/changed.yaml": NET,
        "notes.txt": "x",
        "convcalc.toml": "exclude = ['third/**']\n",
        ".gitignore": "*.out.yaml\n",
        **{f"strange/{name}": NET for name in STRANGE},
    }
    committed(folder, before)
    write(
        folder,
        {
            "nets/changed.yaml": with_base(6),
            "nets/comment.yaml": f"# a comment\n{NET}",
            "nets/became-other.yaml": "services: {}\n",
            "nets/compose.yaml": "services: {a: }\n",
            "nets/was-wrong.yaml": NET,
            "nets/added.yaml": unlike(with_base(5), "added"),
            "nets/made.out.yaml": with_base(7),
            "nets/.hidden/a.yaml": with_base(9),
            "nets/deep/er/changed.yaml": with_base(2),
            "third/changed.yaml": with_base(8),
            "wrong/wrong.yaml": NET.replace("relu", "rellu"),
            **{f"strange/{name}": with_base(6) for name in STRANGE},
        },
    )
    (folder / "nets/line-ends.yaml").write_bytes(NET.replace("\n", "\r\n").encode())
    (folder / "nets/removed.yaml").unlink()
    (folder / "nets/old-name.yaml").rename(folder / "nets/new-name.yaml")
    (folder / "nets/new-name.yaml").write_text(long.replace("base: 4", "base: 3"))
    (folder / "nets/link.yaml").symlink_to("changed.yaml")
    return folder


def difference(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    ended = main(["diff", *words, "-f", "json"])
    captured = capsys.readouterr()
    assert ended == code, captured.err
    return json.loads(captured.out)


def statuses(found: Any) -> dict[str, str]:
    return {each["file"]: each["status"] for each in found["networks"]}
