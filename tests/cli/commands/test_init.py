"""`convcalc init`: what it writes works at once, and what was there stays."""

import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from convcalc_cli.commands.init import HOOK, HOOK_TEXT, SETTINGS, SETTINGS_TEXT, SNAPSHOT
from support.program import ROOT, run

NET = "input: [3, 8, 8]\nlayers: [{conv: 8, kernel_size: 3}]\n"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(*names: str) -> list[str]:
    return [f"written: {name}" for name in names]


def test_a_folder_with_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text(NET)
    ran = run(capsys, "init")
    assert (ran.code, ran.out) == (0, "")
    *lines, then = ran.err.splitlines()
    assert lines == written(SETTINGS, HOOK, SNAPSHOT)
    command = then.removeprefix("next: convcalc ")
    assert run(capsys, command).code == 0
    Path("net.yaml").write_text(NET.replace("8, kernel", "16, kernel"))
    assert run(capsys, command).code == 1


def test_what_is_there_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text(NET)
    for name in (SETTINGS, HOOK, SNAPSHOT):
        Path(name).write_text("")
    ran = run(capsys, "init")
    assert ran.code == 0
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == ["kept"] * 3 + ["next"]
    assert {Path(name).read_text() for name in (SETTINGS, HOOK, SNAPSHOT)} == {""}


def test_a_folder_without_networks(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "init")
    assert (ran.code, ran.err.splitlines()[1:]) == (0, written(SETTINGS, HOOK))
    assert "convcalc snapshot -o convcalc.json" in ran.err
    assert not Path(SNAPSHOT).exists()


def test_an_invalid_network(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{conv: 0, kernel_size: 3}]\n")
    ran = run(capsys, "init")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("net.yaml:2:")
    assert [path.name for path in Path().iterdir()] == ["net.yaml"]


def test_the_settings_hold_when_their_marks_are_taken_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = SETTINGS_TEXT.splitlines()[1:]
    Path(SETTINGS).write_text("\n".join([line.removeprefix("# ") for line in lines]))
    assert set(tomllib.loads(Path(SETTINGS).read_text())) == {"formats", "exclude", "check"}
    Path("mobile").mkdir()
    Path("mobile/net.yaml").write_text(NET)
    assert run(capsys, "check").code == 0


def test_the_hook_is_the_one_that_the_documentation_has() -> None:
    (own,) = yaml.safe_load(HOOK_TEXT)["repos"]
    topic = (ROOT / "cli/convcalc_cli/topics/check.md").read_text("utf-8")
    block = topic.split("# .pre-commit-config.yaml\n")[1].split("```")[0]
    (shown,) = yaml.safe_load(block)["repos"]
    assert (own["repo"], own["rev"]) == (shown["repo"], shown["rev"])
    assert own["hooks"][0]["id"] == shown["hooks"][0]["id"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert own["hooks"][0]["id"] in {each["id"] for each in offered}
