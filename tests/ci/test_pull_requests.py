"""The action on a pull request, run against a local repository with a gh that only records."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convcalc.files.yaml_reader import read_text
from support.program import ROOT, process_environment

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs bash"),
    pytest.mark.skipif(not (shutil.which("git") and shutil.which("jq")), reason="needs git and jq"),
]

TOKEN = "ghs_not-to-be-seen"  # noqa: S105 - made up
MARKER = "<!-- convcalc -->"
NET = "input: [3, 8, 8]\nvars: {{base: {base}}}\nlayers:\n  - {{conv: $base, kernel_size: 3}}\n"

GH = '''#!{python}
"""Does what GitHub would with comments, and writes down how it was called."""
import json, os, subprocess, sys
from pathlib import Path

state = Path(os.environ["GH_STATE"])
words = sys.argv[1:]
with (state / "calls").open("a") as calls:
    calls.write(json.dumps([words, os.environ.get("GH_TOKEN")]) + "\\n")
file = state / "comments.json"
comments = json.loads(file.read_text())
body = [each for each in words if each.startswith("body=@")]
if (state / "refuses").exists() and body:
    print((state / "refuses").read_text(), file=sys.stderr)
    sys.exit(1)
if body:
    text = Path(body[0].removeprefix("body=@")).read_text()
    at = next(each for each in words if each.startswith("repos/"))
    if "POST" in words:
        user = {{"login": "github-actions[bot]"}}
        comments.append({{"id": 100 + len(comments), "user": user, "body": text, "at": at}})
    else:
        (mine,) = [each for each in comments if at.endswith("/comments/" + str(each["id"]))]
        mine["body"] = text
    file.write_text(json.dumps(comments))
else:
    jq = words[words.index("--jq") + 1]
    ended = subprocess.run(["jq", "-r", jq], input=json.dumps(comments), text=True, check=True)
'''


def ran(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    who = {
        f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env=process_environment(**who, GIT_CONFIG_GLOBAL=os.devnull, **environment),
        timeout=300,
    )


class Job:
    """A pull request on which the steps of the action run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        self.state = folder / "state"
        self.summary = folder / "summary.md"
        (self.repository / "nets").mkdir(parents=True)
        self.state.mkdir()
        (self.state / "comments.json").write_text(
            json.dumps([{"id": 7, "user": {"login": "mallory"}, "body": f"{MARKER}\nmine"}])
        )
        programs = folder / "bin"
        programs.mkdir()
        (programs / "gh").write_text(GH.format(python=sys.executable))
        (programs / "gh").chmod(0o755)
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
            if words[0] == "add":
                self.write("a.yaml", 4)
            assert ran(["git", *words], self.repository).returncode == 0
        assert ran(["git", "branch", "base"], self.repository).returncode == 0

    @property
    def reports(self) -> Path:
        return self.folder / "temp" / "convcalc"

    def write_report(self, name: str, text: str) -> None:
        self.reports.mkdir(parents=True, exist_ok=True)
        (self.reports / f"{name}.md").write_text(text)

    def write(self, name: str, base: int) -> None:
        (self.repository / "nets" / name).write_text(NET.format(base=base))

    def step(self, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        document = read_text((ROOT / "action.yml").read_bytes())
        steps = document.content["runs"]["steps"]
        (found,) = [each for each in steps if each.get("name") == name]
        python = f'python() {{ "{sys.executable}" "$@"; }}\nexport -f python\n'
        words = ["--noprofile", "--norc", "-eo", "pipefail", "-c", python + found["run"]]
        given = {
            "CONVCALC_PATHS": "nets",
            "CONVCALC_FLAGS": "",
            "CONVCALC_AGAINST": "base",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_REF": "refs/pull/12/merge",
            "GITHUB_REPOSITORY": "owner/nets",
            "GH_STATE": str(self.state),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        if "GH_TOKEN" in found["env"]:
            given["GH_TOKEN"] = TOKEN
        return ran([str(shutil.which("bash")), *words], self.repository, **given | environment)

    @property
    def comments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.state / "comments.json").read_text())
        return found

    @property
    def calls(self) -> list[tuple[list[str], str | None]]:
        file = self.state / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_one_comment_is_kept_up_to_date(job: Job) -> None:
    """Params by hand: 3*9 weights and a bias for each of the output channels."""
    job.write("a.yaml", 5)
    checked = job.step("Check")
    assert checked.returncode == 0, checked.stderr
    assert job.calls == []
    assert job.step("Comment").returncode == 0
    other, mine = job.comments
    assert other["body"] == f"{MARKER}\nmine"
    assert mine["at"] == "repos/owner/nets/issues/12/comments"
    assert mine["body"].startswith(f"{MARKER}\n")
    assert f"{4 * 28} -\\> {5 * 28}" in mine["body"]
    assert "| vars.base | 4 -\\> 5 |" in mine["body"]
    assert mine["body"].index("1 network changed") < mine["body"].index("1 file, 1 ok")

    job.write("a.yaml", 6)
    ended = [job.step("Check"), job.step("Comment")]
    assert [each.returncode for each in ended] == [0, 0]
    assert [each["id"] for each in job.comments] == [7, mine["id"]]
    assert f"{4 * 28} -\\> {6 * 28}" in job.comments[1]["body"]
    methods = [words[words.index("--method") + 1] for words, _ in job.calls if "--method" in words]
    assert methods == ["POST", "PATCH"]

    # The token is in the environment alone.
    assert {token for _, token in job.calls} == {TOKEN}
    assert not any(TOKEN in word for words, _ in job.calls for word in words)
    assert not any(TOKEN in each.stdout + each.stderr for each in ended)
    files = [each for each in job.reports.iterdir() if each.is_file()]
    assert files
    assert not any(TOKEN in each.read_text() for each in files)


def test_the_summary_and_the_annotations(job: Job) -> None:
    job.write("a.yaml", 5)
    job.write("b.yaml", 7)
    found = job.step("Check", CONVCALC_FLAGS="--max-params 150")
    assert found.returncode == 1
    assert re.fullmatch(r"::error file=nets/b\.yaml,.*CC101.*params 196 .*\n", found.stdout)
    summary = job.summary.read_text()
    assert summary.index("| file | network |") < summary.index("## `base -> working tree`")
    assert "2 files, 1 ok, 1 over budget" in summary
    assert "1 network changed, 1 added; 0 files as before" in summary


def test_an_invalid_network_is_in_every_report(job: Job) -> None:
    (job.repository / "nets" / "a.yaml").write_text("input: [3, 8, 8]\nlayers: [rellu]\n")
    found = job.step("Check")
    assert found.returncode == 2
    assert found.stdout.startswith("::error file=nets/a.yaml,line=2,col=10")
    assert "| nets/a.yaml:2:10 | CC002 | unknown operation rellu" in job.summary.read_text()


@pytest.mark.parametrize(
    ("says", "level"),
    [
        ("gh: Resource not accessible by integration (HTTP 403)", "notice"),
        ("gh: Server Error (HTTP 502) 100%", "warning"),
    ],
)
def test_a_comment_that_is_refused_fails_nothing(job: Job, says: str, level: str) -> None:
    (job.state / "refuses").write_text(says)
    job.write_report("diff", "a difference")
    found = job.step("Comment")
    assert (found.returncode, len(job.comments)) == (0, 1)
    message = says.replace("%", "%25")
    assert found.stdout.startswith(
        f"::{level}::convcalc cannot comment on the pull request: {message}"
    )
    assert "pull-requests: write" in found.stdout


def test_a_push_has_no_pull_request(job: Job) -> None:
    job.write_report("diff", "a difference")
    found = job.step("Comment", GITHUB_REF="refs/heads/main")
    assert (found.returncode, job.calls) == (0, [])
    assert found.stdout.startswith("::notice::")


def test_a_shallow_clone(job: Job) -> None:
    """As actions/checkout makes it: no other branch, and no commit but the last one."""
    shallow = job.folder / "shallow"
    words = ["git", "clone", "-q", "--depth", "1", f"file://{job.repository}", str(shallow)]
    assert ran(words, job.folder).returncode == 0
    job.repository = shallow
    found = job.step("Check", CONVCALC_AGAINST="origin/base")
    assert found.returncode == 2
    (line,) = found.stdout.splitlines()
    assert line.startswith("::error::error: origin/base is not a revision that git has here")
    assert "fetch-depth: 0" in line


@pytest.mark.parametrize("against", ["--output=made", "$(touch made) `touch made`;touch made"])
def test_a_revision_is_neither_a_flag_nor_a_script(job: Job, against: str) -> None:
    found = job.step("Check", CONVCALC_AGAINST=against)
    assert found.returncode == 2
    assert found.stdout.startswith("::error::error: ")
    assert not list(job.folder.rglob("made"))


def test_reports_that_are_too_long_together(job: Job) -> None:
    job.write_report("diff", "d" * 64_900)
    job.write_report("check", "c" * 600)
    assert job.step("Comment").returncode == 0
    body = job.comments[1]["body"]
    assert len(body) <= 65_536
    assert body.startswith(f"{MARKER}\n\nddd")
    assert "The report of convcalc check is too long for a comment" in body


def test_no_report_at_all(job: Job) -> None:
    job.reports.mkdir(parents=True)
    assert job.step("Comment").returncode == 0
    assert (
        job.comments[1]["body"] == f"{MARKER}\n\nconvcalc made no report: see the log of the job.\n"
    )
