"""`convcalc diff REV PATHS`: which networks changed, were added or removed, and what is told."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convcalc.files.loading import ReadFile, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides
from convcalc_cli.program import main
from support.program import process_environment, run

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system"),
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]

WHO = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

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


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that can happen to a file, from one revision to the working tree."""
    folder = tmp_path_factory.mktemp("repository")
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


@pytest.fixture(autouse=True)
def here(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)


def report(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    ended = main(["diff", *words, "-f", "json"])
    captured = capsys.readouterr()
    assert ended == code, captured.err
    return json.loads(captured.out)


def statuses(found: Any) -> dict[str, str]:
    return {each["file"]: each["status"] for each in found["networks"]}


def test_what_became_of_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, "HEAD", "nets/")
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
    by_file = {each["file"]: each for each in report(capsys, "HEAD", "nets")["networks"]}
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
    for each in report(capsys, "HEAD", "nets")["networks"]:
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
    found = report(capsys, "HEAD", "strange")
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
    assert statuses(report(capsys, "HEAD", ".")) == {"er/changed.yaml": "changed"}
    assert statuses(report(capsys, "HEAD", "../../nets/deep")) == {
        "../../nets/deep/er/changed.yaml": "changed"
    }
    assert statuses(report(capsys, "HEAD", "../removed.yaml")) == {"../removed.yaml": "removed"}


def test_folders_are_searched_as_by_check(capsys: pytest.CaptureFixture[str]) -> None:
    """The settings leave third/ out, and hidden folders are; a file that is named is not."""
    found = report(capsys, "HEAD", "nets", "third/changed.yaml", "nets/.hidden/a.yaml")
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
    found = report(capsys, "HEAD", "third", "nets", "--config", "other.toml")
    Path("other.toml").unlink()
    assert statuses(found) == {"third/changed.yaml": "changed"}


def test_ignored_files_are_not_added(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless they are named."""
    assert "nets/made.out.yaml" not in statuses(report(capsys, "HEAD", "nets"))
    found = report(capsys, "HEAD", "nets/made.out.yaml")
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


class TestFormats:
    def test_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff HEAD nets/changed.yaml nets/added.yaml")
        lines = [" ".join(line.split()) for line in ran.out.splitlines()]
        assert lines[0] == "HEAD -> working tree"
        percent = f"+{100 * (params(6) - params(4)) / params(4):.1f} %"
        (row,) = [line for line in lines if line.startswith("nets/changed.yaml changed")]
        assert row.startswith(f"nets/changed.yaml changed {params(4)} -> {params(6)} {percent} ")
        assert f"{macs(4):,} -> {macs(6):,}" in row
        (row,) = [line for line in lines if line.startswith("nets/added.yaml")]
        assert row.startswith(f"nets/added.yaml added {params(5)} - {macs(5):,} - ")
        edit = lines.index("vars.base 4 -> 6 nets/changed.yaml:3:8")
        stem = next(at for at, line in enumerate(lines) if line.startswith("stem out_channels"))
        follow = lines.index("2 layers follow from that: --all lists them")
        assert edit < stem < follow
        assert not any(line.startswith("head ") for line in lines)
        assert ran.err == "1 network changed, 1 added; 0 files as before\n"

    def test_all_layers(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = run(capsys, "diff HEAD nets/changed.yaml --all").out.splitlines()
        assert any(line.startswith("head ") for line in lines)
        assert "2 layers follow from that" in lines

    def test_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = run(capsys, "diff HEAD nets -f markdown").out
        before, _, after = text.partition("<details><summary>")
        assert "**4 networks changed, 1 added, 2 removed; 3 files as before**" in before
        assert re.search(r"^\| nets/changed.yaml \| changed \|", before, re.MULTILINE)
        assert "| vars.base | 4 -\\> 6 | nets/changed.yaml:3:8 |" in after
        assert "nets/old-name.yaml -\\> nets/new-name.yaml</summary>" in after
        assert text.count("<details>") == text.count("</details>") == 2 * 3

    def test_html(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = run(capsys, "diff HEAD nets -f html").out
        assert text.count("<details>") == text.count("</details>") == 2 * 3
        names = re.findall(r' id="([^"]+)"', text)
        assert len(names) == len(set(names))

    def test_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = csv.DictReader(io.StringIO(run(capsys, "diff HEAD nets -f csv").out))
        by_file = {row["file"]: row for row in rows}
        row = by_file["nets/changed.yaml"]
        assert (row["old_params"], row["new_params"]) == (str(params(4)), str(params(6)))
        assert (row["old_macs"], row["new_macs"]) == (str(macs(4)), str(macs(6)))
        row = by_file["nets/added.yaml"]
        assert (row["status"], row["old_file"], row["old_macs"]) == ("added", "", "")

    def test_latex(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = run(capsys, "diff HEAD nets -f latex").out
        for kind in ("tabular", "longtable"):
            assert text.count(rf"\begin{{{kind}}}") == text.count(rf"\end{{{kind}}}") > 0

    def test_a_picture_is_of_two_networks(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff HEAD nets --plot a.svg")
        assert ran.code == 2
        assert "--plot a.svg draws two networks" in ran.err

    def test_a_comment_is_no_longer_than_github_takes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Two networks of a thousand layers each, all of which change."""
        layers = "".join(f"  - {{conv: $base, kernel_size: 1}} # {at}\n" for at in range(1000))
        for name, base in (("old", 4), ("new", 5)):
            (tmp_path / f"{name}.yaml").write_text(with_base(base) + layers)
        monkeypatch.chdir(tmp_path)
        text = run(capsys, "diff old.yaml new.yaml -f markdown").out
        assert 60_000 < len(text) <= 65_536
        assert text.count("<details>") == text.count("</details>") == 1
        last = text.splitlines()[-1]
        assert re.fullmatch(r"\*\*The rest is cut \(.* lines\): GitHub takes 65,536 .*\*\*", last)
        assert text.startswith("## `old.yaml -> new.yaml`")


class TestForms:
    """A revision with files and folders, or one network with another."""

    def test_a_new_network(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff HEAD:nets/added.yaml nets/added.yaml")
        assert (ran.code, ran.err) == (0, "")
        assert f"new: params {params(5)}, MACs {macs(5):,}, peak activation" in ran.out
        found = json.loads(run(capsys, "diff HEAD:nets/added.yaml nets/added.yaml -f json").out)
        assert (found["status"], found["old"]) == ("added", None)
        assert found["totals"]["params"]["new"] == params(5)
        # Another file, a revision that is not there, or one that is not a network, is no news.
        for words in (
            "HEAD:nets/added.yaml nets/same.yaml",
            "nowhere:nets/added.yaml nets/added.yaml",
            "HEAD:wrong/wrong.yaml wrong/wrong.yaml",
        ):
            assert run(capsys, f"diff {words}").code == 2

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("HEAD:nets nets", "write the revision alone: convcalc diff HEAD nets"),
            (
                "HEAD:nets/same.yaml nets third",
                "write the revision alone: convcalc diff HEAD nets third",
            ),
            ("nets/same.yaml nets", "nets/same.yaml is a file, and nets is a folder"),
            ("nets/same.yaml nets/same.yaml nets/changed.yaml", "there are several others"),
            ("origin/main nets", "origin/main is not a revision that git has here"),
            ("origin/main nets/same.yaml", "origin/main is not a revision that git has here"),
            ("HEAD nowhere", "nowhere is neither here nor in HEAD"),
            ("HEAD nowhere.yaml nets", "nowhere.yaml is neither here nor in HEAD"),
            ("HEAD /", "/ is outside of the repository"),
            ("HEAD nets -", "git has no revision of standard input"),
            ("-- --all nets", "--all is not a revision"),
            ("nets/same.yaml nets/changed.yaml --formats yaml", "--formats is for folders"),
            ("gone.yaml nets/same.yaml", "gone.yaml: error: cannot be read: No such file"),
        ],
    )
    def test_errors(self, capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
        ran = run(capsys, f"diff {words}")
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err

    def test_a_revision_and_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert statuses(report(capsys, "HEAD", "nets/changed.yaml")) == {
            "nets/changed.yaml": "changed"
        }

    def test_outside_of_a_repository(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        ran = run(capsys, "diff HEAD .")
        assert (ran.code, ran.out) == (2, "")
        assert "not a git repository" in ran.err


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
    assert statuses(report(capsys, "HEAD", ".")) == {"a.yaml": "changed", "b.yaml": "added"}


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
    found = report(capsys, "HEAD", ".")
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
    found = report(capsys, "HEAD", ".")
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
