"""Arguments that look like flags, and are names of files, as a hook appends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc_cli.program import main
from support.program import ROOT, run

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"
STRICT = "[[check]]\nmax-macs = 1\n"
LAX = "[[check]]\nmax-macs = 1000000\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("b.yaml").write_text(GOOD)
    Path("convcalc.toml").write_text(STRICT)
    Path("x.yaml").write_text(LAX)
    Path("important.yaml").write_text("services: {}\n")
    return tmp_path


HOOK = "check --skip-other --format concise"
NAMES = [
    "--config=x.yaml",
    "-oimportant.yaml",
    "--output=important.yaml",
    "-ftable.yaml",
    "--against=x.yaml",
    "--debug",
    "--help",
    "-h",
    "--update",
    "--no-such-flag.yaml",
    "-x",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_a_file_is_no_flag(name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    if kind == "file":
        Path(name).write_text(GOOD)
    elif kind == "folder":
        Path(name).mkdir()
    else:
        Path(name).symlink_to("nowhere")
    ran = run(capsys, f"{HOOK} {name} b.yaml important.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"error: {name} is both a flag and the name of a file here: "
        f"write ./{name} for the file, or put -- before the files\n"
    )
    assert Path("important.yaml").read_text() == "services: {}\n"


def test_a_file_in_a_folder_that_looks_like_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    Path("--config=nets").mkdir()
    Path("--config=nets/x.yaml").write_text(LAX)
    assert run(capsys, f"{HOOK} --config=nets/x.yaml b.yaml").code == 2


@pytest.mark.parametrize("command", ["audit", "check", "diff b.yaml", "snapshot", "sweep"])
def test_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("--debug").write_text(GOOD)
    ran = run(capsys, f"{command} --debug")
    assert (ran.code, ran.out) == (2, "")
    assert "write ./--debug for the file" in ran.err


def test_behind_two_hyphens_it_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("--config=x.yaml", "-oimportant.yaml", "--"):
        Path(name).write_text(GOOD)
    ran = run(capsys, f"{HOOK} -- --config=x.yaml -oimportant.yaml -- b.yaml")
    assert ran.code == 1
    assert ran.out.count("CC101") == 4
    assert run(capsys, f"{HOOK} ./--config=x.yaml").code == 1


def test_flags_are_flags_where_no_file_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("-").write_text(GOOD)
    assert run(capsys, f"{HOOK} --config=x.yaml b.yaml").code == 0
    assert run(capsys, f"{HOOK} b.yaml").code == 1


def test_names_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--max-params\0", "b.yaml"]) == 2
    assert main(["check", "--" + "a" * 5_000, "b.yaml"]) == 2
    assert "a fault of convcalc" not in capsys.readouterr().err


def test_the_hook_ends_its_flags() -> None:
    """In the manifest, and in what people copy."""
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    assert "\n  args: [--]\n" in manifest
    topic = (ROOT / "cli/convcalc_cli/topics/check.md").read_text("utf-8")
    assert "args: [--max-params, 5M, --]\n" in topic
