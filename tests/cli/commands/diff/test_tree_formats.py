"""`convcalc diff REV PATHS` in every format, and which form a call has."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from support.program import run
from support.repositories import (
    IN_REPOSITORY,
    difference,
    macs,
    params,
    statuses,
    with_base,
)

pytestmark = IN_REPOSITORY


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
        assert statuses(difference(capsys, "HEAD", "nets/changed.yaml")) == {
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
