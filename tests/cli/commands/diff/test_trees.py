"""`convcalc diff REV PATHS`: which networks changed, were added or removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from convcalc_cli.program import main
from support.program import run
from support.repositories import (
    IN_REPOSITORY,
    STRANGE,
    difference,
    git,
    macs,
    params,
    statuses,
)

pytestmark = IN_REPOSITORY


def test_what_became_of_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    found = difference(capsys, "HEAD", "nets/")
    assert statuses(found) == {
        "nets/changed.yaml": "changed",
        "nets/deep/er/changed.yaml": "changed",
        "nets/was-wrong.yaml": "changed",
        "nets/new-name.yaml": "changed",
        "nets/added.yaml": "added",
        "nets/removed.yaml": "removed",
        "nets/became-other.yaml": "removed",
        "nets/comment.yaml": "unchanged",
    }
    assert found["summary"] == {
        "networks": 8,
        "same_files": 2,  # same.yaml, line-ends.yaml
        "invalid": 0,
        "changed": 4,
        "renamed": 0,
        "added": 1,
        "removed": 2,
        "unchanged": 1,
    }
    assert (found["passed"], found["revision"], found["errors"]) == (True, "HEAD", [])


def test_figures_are_those_of_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    """By hand: 27 weights and a bias for each of the first channels, 9 times as many behind."""
    by_file = {each["file"]: each for each in difference(capsys, "HEAD", "nets")["networks"]}
    changed = by_file["nets/changed.yaml"]
    assert changed["totals"]["params"] == {
        "old": params(4),
        "new": params(6),
        "change": params(6) - params(4),
        "relative": (params(6) - params(4)) / params(4),
    }
    assert changed["totals"]["macs"]["new"] == macs(6)
    assert changed["old_file"] == "nets/changed.yaml"
    assert changed["old"]["file"] == "HEAD:nets/changed.yaml"
    (edit,) = changed["edits"]
    assert edit == {
        "kind": "changed",
        "path": ["vars", "base"],
        "old": 4,
        "new": 6,
        "file": "nets/changed.yaml",
        "line": 3,
        "column": 8,
    }
    assert [each["new"]["name"] for each in changed["changes"]] == ["stem", "relu_1", "head"]
    assert by_file["nets/added.yaml"]["old"] is None
    assert by_file["nets/added.yaml"]["totals"]["params"]["new"] == params(5)
    assert by_file["nets/added.yaml"]["totals"]["params"]["old"] is None
    assert by_file["nets/removed.yaml"]["totals"]["macs"]["old"] == macs(4)
    assert by_file["nets/new-name.yaml"]["old_file"] == "nets/old-name.yaml"
    assert by_file["nets/was-wrong.yaml"]["old"] is None


def test_changes_are_the_ones_that_git_finds(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the files that stay networks; git is asked of a copy, whose index may be written."""
    copy = repository.parent / "copy"
    shutil.copytree(repository, copy, symlinks=True)
    git(copy, "add", "nets")
    told = git(copy, "diff", "--cached", "-M", "-z", "--name-status", "HEAD", "--", "nets").split(
        "\0"
    )
    words = iter(told[:-1])
    by_git = {(word[0], *[next(words) for _ in range(1 + (word[0] == "R"))]) for word in words}
    shutil.rmtree(copy)
    ours = {"changed": "M", "unchanged": "M", "added": "A", "removed": "D"}
    found: set[tuple[str, ...]] = set()
    for each in difference(capsys, "HEAD", "nets")["networks"]:
        if each["old_file"] not in (None, each["file"]):
            found.add(("R", each["old_file"], each["file"]))
        else:
            found.add((ours[each["status"]], each["file"]))
    only_git = {
        ("M", "nets/line-ends.yaml"),
        ("M", "nets/compose.yaml"),
        ("M", "nets/.hidden/a.yaml"),
        ("A", "nets/link.yaml"),
        ("M", "nets/became-other.yaml"),
    }
    assert found - {("D", "nets/became-other.yaml")} == by_git - only_git


def test_an_old_version_that_is_wrong_is_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "diff HEAD nets/was-wrong.yaml")
    assert ran.code == 0
    assert ran.err.startswith("HEAD:nets/was-wrong.yaml:7:6: note: unknown operation cnov")


@pytest.mark.parametrize("form", ["table", "markdown", "html", "latex", "json", "csv"])
def test_a_network_that_is_wrong(capsys: pytest.CaptureFixture[str], form: str) -> None:
    ran = run(capsys, f"diff HEAD nets wrong -f {form}")
    assert ran.code == 2
    told = ran.err if form == "csv" else ran.out
    if form == "json":
        (error,) = json.loads(ran.out)["errors"]
        assert (error["code"], error["file"]) == ("CC002", "wrong/wrong.yaml")
        assert (error["line"], error["column"]) == (6, 5)
    else:
        assert "wrong/wrong.yaml:6:5" in told
    assert "unknown operation rellu; did you mean relu?" in told
    assert "added.yaml" in ran.out


def test_names_are_names(capsys: pytest.CaptureFixture[str]) -> None:
    found = difference(capsys, "HEAD", "strange")
    assert len(found["networks"]) == len(STRANGE)
    assert {each["status"] for each in found["networks"]} == {"changed"}
    for name in STRANGE:
        assert main(["diff", "HEAD", f"strange/{name}"]) == 0
        assert "1 network changed; 0 files as before" in capsys.readouterr().err
    ran = run(capsys, "diff HEAD strange -f markdown")
    assert "| strange/two\\\\nlines.yaml |" in ran.out


def test_from_a_folder_further_down(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository / "nets" / "deep")
    assert statuses(difference(capsys, "HEAD", ".")) == {"er/changed.yaml": "changed"}
    assert statuses(difference(capsys, "HEAD", "../../nets/deep")) == {
        "../../nets/deep/er/changed.yaml": "changed"
    }
    assert statuses(difference(capsys, "HEAD", "../removed.yaml")) == {"../removed.yaml": "removed"}


def test_folders_are_searched_as_by_check(capsys: pytest.CaptureFixture[str]) -> None:
    """The settings leave third/ out, and hidden folders are; a file that is named is not."""
    found = difference(capsys, "HEAD", "nets", "third/changed.yaml", "nets/.hidden/a.yaml")
    assert statuses(found)["third/changed.yaml"] == "changed"
    assert statuses(found)["nets/.hidden/a.yaml"] == "changed"
    ran = run(capsys, "diff HEAD third")
    assert (ran.code, ran.err) == (
        2,
        "error: there is no network in third, neither here nor in HEAD\n",
    )
    ran = run(capsys, "diff HEAD nets --formats onnx")
    assert ran.code == 2
    Path("other.toml").write_text("exclude = ['nets/**']\n")
    found = difference(capsys, "HEAD", "third", "nets", "--config", "other.toml")
    Path("other.toml").unlink()
    assert statuses(found) == {"third/changed.yaml": "changed"}


def test_ignored_files_are_not_added(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless they are named."""
    assert "nets/made.out.yaml" not in statuses(difference(capsys, "HEAD", "nets"))
    found = difference(capsys, "HEAD", "nets/made.out.yaml")
    assert statuses(found) == {"nets/made.out.yaml": "added"}


def test_growth_counts_over_all_networks(capsys: pytest.CaptureFixture[str]) -> None:
    gain = (params(6) - params(4)) / params(4)
    most = int(gain * 100) + 1
    assert run(capsys, f"diff HEAD nets --fail-on params=+{most}%").code == 0
    ran = run(capsys, f"diff HEAD nets --fail-on params=+{most - 2}%")
    assert ran.code == 1
    told = " ".join(ran.out.split())
    assert f"nets/changed.yaml: params grew from {params(4)} to {params(6)}" in told
    assert told.count("grew from") == 1
