"""`convcalc diff`: what is told of two networks, and where they come from."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar

import pytest

from convcalc_cli.commands.diff.command import diff
from convcalc_cli.shell.screen import ASCII, UNICODE, Glyphs, Screen
from support.program import ROOT, run

OLD = """\
name: net
input: [3, 16, 16]
layers:
  - {conv: 8, kernel_size: 3, padding: 1, name: stem}
  - relu
  - {conv: 16, kernel_size: 3, padding: 1}
  - {adaptive_avg_pool: 1}
  - flatten
  - {linear: 10, name: head}
"""
# stem: 3*8*9 weights, 8 biases, at 16x16 outputs; at 8x8 with stride 2.
STEM = 216 * 256
NEW = OLD.replace("padding: 1, name: stem", "padding: 1, stride: 2, name: stem")
NEW = NEW.replace("  - flatten\n", "  - {dropout: 0.2, name: drop}\n  - flatten\n")


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    return tmp_path


def _out(capsys: pytest.CaptureFixture[str], form: str) -> str:
    ran = run(capsys, f"diff old.yaml new.yaml -f {form}")
    assert ran.code == 0
    return ran.out


@pytest.mark.usefixtures("nets")
class TestFormats:
    def test_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff old.yaml new.yaml")
        assert (ran.code, ran.err) == (0, "")
        lines = [" ".join(line.split()) for line in ran.out.splitlines()]
        assert lines[0] == "old.yaml -> new.yaml"
        old, new = STEM + 1152 * 256 + 160, STEM // 4 + 1152 * 64 + 160
        percent = f"-{100 * (old - new) / old:.1f} %"
        assert f"MACs {old:,} {new:,} -{old - new:,} {percent}" in lines
        assert "params 1,562 1,562 0 0 %" in lines
        assert "2 layers changed, 3 as before" in lines
        told = "stride 1 -> 2; output (8, 16, 16) -> (8, 8, 8)"
        assert f"stem {told} 224 0 {STEM // 4:,} -{3 * STEM // 4:,}" in lines
        assert "drop added dropout - - - -" in lines
        assert "2 layers follow from that: --all lists them" in lines
        assert lines.index("2 layers follow from that: --all lists them") > lines.index(
            "drop added dropout - - - -"
        )

    def test_no_change(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff old.yaml old.yaml")
        assert ran.code == 0
        assert "no layer changed" in ran.out

    def test_what_is_not_known(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        known = OLD.replace(
            "  - relu\n",
            "  - {opaque: X, name: x, shape: same, params: 7, macs: 5}\n",
        )
        (nets / "old.yaml").write_text(known)
        (nets / "new.yaml").write_text(known.replace("params: 7", "params: unknown"))
        lines = [" ".join(line.split()) for line in _out(capsys, "table").splitlines()]
        assert "params 1,569 at least 1,562 ? ?" in lines
        assert "x params 7 -> 'unknown' ? ? 5 0" in lines
        assert "?: not known, so that totals are lower bounds" in lines
        (row,) = csv.DictReader(io.StringIO(_out(capsys, "csv")))
        assert (row["old_params"], row["new_params"]) == ("7", "")
        assert (row["old_unknown"], row["new_unknown"]) == ("", "params")
        found = json.loads(_out(capsys, "json"))
        assert found["unknown"] == {"old": {}, "new": {"params": ["x"]}}

    def test_inputs_and_outputs(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        old = """
input: {a: [3, 8, 8], b: [3, 9, 9]}
outputs: [x, y]
layers:
  - {conv: 4, kernel_size: 1, from: a, name: x}
  - {conv: 5, kernel_size: 1, from: b, name: y}
"""
        (nets / "old.yaml").write_text(old)
        (nets / "new.yaml").write_text(old.replace("[3, 9, 9]", "[3, 7, 7]").replace(", y]", "]"))
        lines = [" ".join(line.split()) for line in _out(capsys, "table").splitlines()]
        assert "output x (4, 8, 8) (4, 8, 8) as before -" in lines
        assert "output y (5, 9, 9) - removed -" in lines
        assert "input a (3, 8, 8) (3, 8, 8) as before -" in lines
        assert "input b (3, 9, 9) (3, 7, 7) changed -" in lines
        outputs = json.loads(_out(capsys, "json"))["outputs"]
        assert outputs == {"old": {"x": [4, 8, 8], "y": [5, 9, 9]}, "new": {"x": [4, 8, 8]}}

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff old.yaml new.yaml -f json --fail-on macs=0 --fail-on params=0")
        found = json.loads(ran.out)
        assert ran.code == 0
        assert found["passed"] is True
        shared = {
            "name": "net",
            "input_shape": [3, 16, 16],
            "inputs": {"input": [3, 16, 16]},
            "batch": 1,
            "dtype": "float32",
        }
        assert (found["old"], found["new"]) == (
            {"file": "old.yaml", **shared},
            {"file": "new.yaml", **shared},
        )
        assert found["totals"]["params"] == {"old": 1562, "new": 1562, "change": 0, "relative": 0}
        assert found["output_shape"] == {"old": [10], "new": [10]}
        assert found["unchanged"] == 3
        kinds = [(each["kind"], (each["new"] or {}).get("name")) for each in found["changes"]]
        assert kinds == [
            ("changed", "stem"),
            ("follows", "relu_1"),
            ("follows", "conv_1"),
            ("added", "drop"),
        ]
        assert found["changes"][0]["parameters"] == [{"parameter": "stride", "old": 1, "new": 2}]
        assert found["changes"][3]["old"] is None
        assert found["changes"][0]["old"]["macs"] == STEM

    def test_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff old.yaml new.yaml -f csv")
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert [row["kind"] for row in rows] == ["changed", "follows", "follows", "added"]
        assert (rows[0]["old_macs"], rows[0]["new_macs"]) == (str(STEM), str(STEM // 4))
        assert (rows[3]["old_name"], rows[3]["new_name"]) == ("", "drop")

    def test_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(
            capsys, f"diff {ROOT}/examples/resnet18.yaml {ROOT}/examples/resnet50.yaml -f markdown"
        )
        summary, changes, folded, *others = ran.out.split("\n\n| ")
        assert summary.startswith("## `")
        assert (
            re.search(
                r"^params \| 11,689,512 \| 25,557,032 \| \+13,867,520 \| \+118.6 % \|$",
                changes.replace("| params", "params"),
                re.M,
            )
            or "25,557,032" in changes
        )
        assert ran.out.count("<details><summary>") == ran.out.count("</details>") >= 1
        before = ran.out.partition("<details>")[0]
        largest = [
            int(row.split("|")[6].strip().lstrip("+-").replace(",", "") or 0)
            for row in before.splitlines()
            if row.startswith("| stage")
        ]
        assert len(largest) == 10
        assert largest == sorted(largest, reverse=True)
        assert folded, others

    def test_names_are_escaped(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = nets / "<b>|x`"
        folder.mkdir()
        (folder / "n_e_w.yaml").write_text(NEW.replace("name: stem", "name: st_em_"))
        ran = run(capsys, f"diff old.yaml {Path('<b>|x`/n_e_w.yaml')} -f markdown")
        assert "| st\\_em\\_ |" in ran.out
        assert "``old.yaml -> <b>|x`/n_e_w.yaml``" in ran.out.replace("`` ", "``").replace(
            " ``", "``"
        )


@pytest.mark.usefixtures("nets")
class TestFailOn:
    def test_growth_beyond(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff new.yaml old.yaml --fail-on macs=+10% --fail-on params=+2%")
        assert ran.code == 1
        told = " ".join(ran.out.split())
        assert re.search(
            r"MACs grew from 87,712 to 350,368 \(\+299\.5 %\); allowed: \+8,771 \(10\.0 %\)", told
        )
        assert "params grew" not in told

    def test_growth_within(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "diff new.yaml old.yaml --fail-on macs=+300%").code == 0
        assert run(capsys, "diff new.yaml old.yaml --fail-on macs=+1M").code == 0

    def test_only_what_is_named_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "diff new.yaml old.yaml").code == 0
        assert run(capsys, "diff new.yaml old.yaml --fail-on params=0").code == 0

    @pytest.mark.parametrize("text", ["macs", "mac=0", "macs=x", "=1"])
    def test_wrong_words(self, capsys: pytest.CaptureFixture[str], text: str) -> None:
        ran = run(capsys, f"diff new.yaml old.yaml --fail-on {text}")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: ")


@pytest.mark.usefixtures("nets")
class TestSources:
    def test_bad_files(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "bad.yaml").write_text(OLD.replace("kernel_size: 3", "kernel: 3"))
        ran = run(capsys, "diff bad.yaml gone.yaml")
        assert (ran.code, ran.out) == (2, "")
        assert "bad.yaml:4:15: error: unknown key kernel" in ran.err
        assert "gone.yaml: error: cannot be read: No such file or directory" in ran.err

    @pytest.fixture
    def repository(self, nets: Path) -> Path:
        if not shutil.which("git"):
            pytest.skip("needs git")
        (nets / "nets").mkdir()
        (nets / "nets" / "a.yaml").write_text(OLD)
        self.git(nets, "init", "-q")
        self.git(nets, "add", ".")
        self.git(nets, "commit", "-q", "-m", "first")
        (nets / "nets" / "a.yaml").write_text(NEW)
        return nets

    def git(self, folder: Path, *words: str) -> None:
        who = {
            f"GIT_{role}_{what}": "x"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        subprocess.run(
            [str(shutil.which("git")), *words],
            check=True,
            cwd=folder,
            env={**os.environ, **who},
        )

    @pytest.mark.usefixtures("repository")
    def test_git_against_the_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff HEAD:nets/a.yaml nets/a.yaml")
        assert (ran.code, ran.err) == (0, "")
        assert "2 layers changed" in ran.out

    def test_from_a_folder_further_down(
        self,
        repository: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """As git has it, from the repository's root; and from here on too."""
        monkeypatch.chdir(repository / "nets")
        for name in ("HEAD:nets/a.yaml", "HEAD:./a.yaml", "HEAD:a.yaml"):
            assert run(capsys, f"diff {name} a.yaml").code == 0

    @pytest.mark.usefixtures("repository")
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("HEAD:nets/b.yaml", "git says path 'nets/b.yaml' does not exist in 'HEAD'"),
            ("nowhere:nets/a.yaml", "git says invalid object name 'nowhere'."),
            ("--batch:nets/a.yaml", "No such option"),
            ("HEAD:nets/", "git says "),
        ],
    )
    def test_what_git_has_not(
        self, capsys: pytest.CaptureFixture[str], name: str, told: str
    ) -> None:
        ran = run(capsys, f"diff {name} nets/a.yaml")
        assert (ran.code, ran.out) == (2, "")
        assert told.lower() in ran.err.lower()

    @pytest.mark.usefixtures("repository")
    def test_a_revision_is_no_option(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        ran = run(capsys, "diff -- --output=made:x nets/a.yaml")
        assert ran.code == 2
        assert "--output=made is no revision" in ran.err
        assert not (tmp_path / "made").exists()

    def test_without_git(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "")
        ran = run(capsys, "diff HEAD:a.yaml old.yaml")
        assert (ran.code, ran.err) == (2, "error: HEAD:a.yaml needs git, which is not installed\n")


NORMS = """\
input: [8, 6, 6]
layers:
  - {conv: 8, kernel_size: 3, padding: 1, name: conv}
  - {batch_norm: , name: norm}
  - {relu: , name: act}
  - {max_pool: 2, name: pool}
  - {conv: 4, kernel_size: 1, name: gone}
"""
NO_NORMS = """\
input: [8, 6, 6]
layers:
  - {conv: 16, kernel_size: 3, padding: 1, name: conv}
  - {batch_norm: , name: norm}
  - {gelu: , name: act}
  - {max_pool: 2, name: pool}
  - {group_norm: 4, name: new}
  - {linear: 10, name: head}
"""


class TestLayersWithoutMacs:
    """A row without MACs by the convention shows -, never 0; JSON has null, CSV an empty cell."""

    CONV = 8 * 9 * 36

    @pytest.fixture(autouse=True)
    def nets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("old.yaml").write_text(NORMS)
        Path("new.yaml").write_text(NO_NORMS.replace("  - {linear: 10, name: head}\n", ""))

    # params, their change, MACs, their change
    WANTED: ClassVar = {
        "conv": [f"{16 * 72 + 16:,}", f"+{8 * 72 + 8:,}", f"{16 * CONV:,}", f"+{8 * CONV:,}"],
        "norm": ["32", "+16", "-", "-"],
        "act": ["-", "-", "-", "-"],
        "pool": ["-", "-", "-", "-"],
        "gone": ["0", "-36", "0", f"-{8 * 4 * 9:,}"],
        "new": ["32", "+32", "-", "-"],
    }

    def test_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = map(str.split, run(capsys, "diff old.yaml new.yaml --all").out.splitlines())
        rows = {line[0]: line[-4:] for line in lines if line and line[0] in self.WANTED}
        assert rows == self.WANTED

    def test_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = run(capsys, "diff old.yaml new.yaml -f markdown").out.splitlines()
        cells = [re.split(r" \| ", line.strip("| ")) for line in lines if line.startswith("| ")]
        assert {row[0]: row[2:] for row in cells if row[0] in self.WANTED} == self.WANTED

    def test_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff old.yaml new.yaml -f csv")
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        macs = {
            row["old_name"] or row["new_name"]: (row["old_macs"], row["new_macs"]) for row in rows
        }
        assert macs == {
            "conv": (str(8 * self.CONV), str(16 * self.CONV)),
            **dict.fromkeys(("norm", "act", "pool", "new"), ("", "")),
            "gone": (str(8 * 4 * 9), "0"),
        }

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(run(capsys, "diff old.yaml new.yaml -f json").out)["changes"]
        sides = [side for each in found for side in (each["old"], each["new"]) if side]
        for side in sides:
            assert (side["macs"] is None) == (side["operation"] != "conv"), side


def repeated(folder: Path, name: str, channels: int) -> str:
    body = "[{conv: $c, kernel_size: 3, padding: 1}, batch_norm, relu]"
    blocks = f"blocks: {{b: {{args: {{c: }}, layers: {body}}}}}\n"
    stages = [
        f"  - {{block: b, with: {{c: {channels * 2**at}}}, repeat: 3, name: stage{at}}}\n"
        for at in range(4)
    ]
    text = f"input: [3, 64, 64]\n{blocks}layers:\n{''.join(stages)}"
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def long_names(folder: Path, name: str, channels: int) -> str:
    """Names of 200 characters that differ in the middle only."""
    layers = [
        f"  - {{conv: {channels}, kernel_size: 3, name: {'x' * 97}_{number:03}_{'y' * 98}}}\n"
        for number in range(20)
    ]
    (folder / name).write_text(f"input: [3, 64, 64]\nlayers:\n{''.join(layers)}", "utf-8")
    return str(folder / name)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [40, 60, 80, 120, 160])
@pytest.mark.parametrize("make", [repeated, long_names])
class TestWidths:
    @pytest.fixture
    def sections(self, make: Any, tmp_path: Path, width: int, glyphs: Glyphs) -> list[list[str]]:
        """The lines of the tables of changes."""
        old, new = make(tmp_path, "a.yaml", 8), make(tmp_path, "b.yaml", 12)
        page = "".join(diff(old, [new], every_layer=True).render(Screen(width, glyphs=glyphs)))
        lines = page.splitlines()
        assert max(map(len, lines)) <= width
        starts = [at for at, line in enumerate(lines) if line.startswith("layer ")]
        return [list(takewhile(bool, lines[at:])) for at in starts]

    def test_what_changed_is_always_told(self, sections: list[list[str]]) -> None:
        text = " ".join(" ".join(line for part in sections for line in part).split())
        assert text.count("what changed") == len(sections) > 0
        for told in ("out_channels 8 -> 12", "output (8, "):
            assert told in text

    def test_changes_are_always_told(self, sections: list[list[str]], make: Any) -> None:
        text = " ".join(line for part in sections for line in part)
        for change in self.changes(make):
            assert re.search(rf"(?<=\s){re.escape(change)}(?=\s)", text), change

    def changes(self, make: Any) -> list[str]:
        """By hand: of the first convolution params and MACs, of the second params."""
        if make is repeated:
            return ["+112", f"+{4 * 27 * 64**2:,}", f"+{(144 - 64) * 9 + 4:,}"]
        return ["+112", f"+{4 * 27 * 62**2:,}", f"+{(144 - 64) * 9 + 4:,}"]

    def test_names_stay_apart(self, sections: list[list[str]]) -> None:
        for part in sections:
            indented = any(line.startswith("    what") for line in part)
            rows = [line for line in part[2:] if not (indented and line.startswith(" "))]
            rows = [line for line in rows if not set(line) <= {"─", "-"}]
            names = [line.split()[0] for line in rows]
            assert len(names) == len({*names}) > 3


def test_small_changes_are_folded(tmp_path: Path) -> None:
    """The largest ones stand there; how many others there are is said, and --all lists them."""
    layers = "".join([f"  - {{conv: $base * {at}, kernel_size: 1}}\n" for at in range(1, 16)])
    for name, base in (("a", 8), ("b", 16)):
        text = f"input: [3, 8, 8]\nvars: {{base: {base}}}\nlayers:\n{layers}"
        (tmp_path / f"{name}.yaml").write_text(text)
    old, new = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    lines = "".join(diff(old, [new]).render(Screen())).splitlines()
    names = [line.split()[0] for line in lines if line.startswith("conv_")]
    assert names == [f"conv_{at}" for at in range(15, 5, -1)]
    assert "5 smaller changes: --all lists them" in lines
    every = "".join(diff(old, [new], every_layer=True).render(Screen())).splitlines()
    assert len([line for line in every if line.startswith("conv_")]) == 15
