"""Models that are edited as text, compared row by row of their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.corpora import corpus
from support.program import run

ROWS = (
    "[-1, 1, Conv, [8, 3, 2]]",
    "[-1, 1, Conv, [16, 3, 2]]",
    "[-1, 2, C2f, [16, True]]",
    "[-1, 1, Conv, [32, 3, 2]]",
    "[-1, 1, SPPF, [32, 5]]",
    "[-1, 1, nn.Upsample, [None, 2, nearest]]",
    "[[-1, 2], 1, Concat, [1]]",
    "[-1, 1, C2f, [16]]",
    "[[7, 4], 1, Detect, [nc]]",
)
HEAD = 5


def conv(channels: int, out: int, kernel: int) -> int:
    """The params of a convolution without bias, and of the norm behind it."""
    return kernel * kernel * channels * out + 2 * out


def model(*rows: str, nc: int = 2, more: str = "") -> str:
    lines = [f"  - {row}\n" for row in rows]
    parts = ("backbone:\n", *lines[:HEAD], "head:\n", *lines[HEAD:])
    return f"nc: {nc}\n{''.join(parts)}{more}"


def edited(*edits: tuple[int, int, list[str]], detect: str = ROWS[-1]) -> str:
    """The rows with some from one place to another replaced; the last edit first."""
    rows = [*ROWS[:-1], detect]
    for start, end, new in edits:
        rows[start:end] = new
    return model(*rows)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows_of(capsys: pytest.CaptureFixture[str], old: str, new: str, ending: str = "yaml") -> Any:
    Path(f"old.{ending}").write_text(old)
    Path(f"new.{ending}").write_text(new)
    return json.loads(run(capsys, f"diff old.{ending} new.{ending} -f json").out)["rows"]


def told(found: Any) -> list[tuple[str, int | None, int | None]]:
    """The kind of each change, and the numbers of the row."""
    return [
        (each["kind"], *[side and side["number"] for side in (each["old"], each["new"])])
        for each in found["changes"]
    ]


def test_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows_of(capsys, model(*ROWS), model(*ROWS))
    assert found == {"unchanged": 9, "renumbered": 0, "changes": []}


def test_a_row_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    """All behind it have another number, and read the same rows as before."""
    new = edited((5, 5, ["[-1, 1, Conv, [32, 3]]"]), detect="[[8, 5], 1, Detect, [nc]]")
    found = rows_of(capsys, model(*ROWS), new)
    assert told(found) == [("added", None, 5)]
    assert (found["unchanged"], found["renumbered"]) == (9, 4)
    (change,) = found["changes"]
    assert change["new_params"] - change["old_params"] == conv(32, 32, 3)
    assert change["new"]["text"] == "[-1, 1, Conv, [32, 3]]"


def test_a_row_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    new = edited((4, 5, []), detect="[[6, 3], 1, Detect, [nc]]")
    found = rows_of(capsys, model(*ROWS), new)
    assert told(found) == [("removed", 4, None)]
    assert (found["unchanged"], found["renumbered"]) == (8, 4)
    (change,) = found["changes"]
    assert change["old_params"] == conv(32, 16, 1) + conv(64, 32, 1)


def test_a_row_moved(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["[-1, 1, Conv, [24, 3]]", "[-1, 2, C2f, [24, True]]", "[-1, 2, C2f, [24]]"]
    old, new = model(*ROWS[:5], *rows), model(*ROWS[:5], rows[1], rows[2], rows[0])
    found = rows_of(capsys, old, new)
    assert ("moved", 5, 7) in told(found)
    assert "removed" not in [kind for kind, *_ in told(found)]


def test_a_row_in_place_of_another(capsys: pytest.CaptureFixture[str]) -> None:
    new = edited((1, 2, ["[-1, 1, GhostConv, [16, 3, 2]]"]))
    assert told(rows_of(capsys, model(*ROWS), new)) == [("changed", 1, 1)]


def test_a_head_that_reads_another_row(capsys: pytest.CaptureFixture[str]) -> None:
    new = edited(detect="[[7, 3], 1, Detect, [nc]]")
    assert told(rows_of(capsys, model(*ROWS), new)) == [("changed", 8, 8)]
    out = run(capsys, "diff old.yaml new.yaml").out
    assert "[[7, 4], 1, Detect, [nc]] -> [[7, 3], 1, Detect, [nc]]" in out


def test_another_number_of_classes_and_channels_that_follow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = rows_of(capsys, model(*ROWS), model(*ROWS, nc=5))
    assert told(found) == [("changed", 8, 8)]
    assert "another key of the file" in run(capsys, "diff old.yaml new.yaml").out
    wider = edited((2, 3, ["[-1, 2, C2f, [24, True]]"]))
    assert told(rows_of(capsys, model(*ROWS), wider)) == [
        *(("changed", 2, 2), ("follows", 3, 3), ("follows", 6, 6), ("follows", 7, 7))
    ]
    assert "(3, 6, 7)" in run(capsys, "diff old.yaml new.yaml").out


def test_a_module_with_unknown_figures(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*ROWS[:5], "[-1, 1, Mine, []]", *ROWS[5:-1], "[[8, 5], 1, Detect, [nc]]"]
    found = rows_of(capsys, model(*ROWS), model(*rows, more="x-modules: {Mine: same}\n"))
    assert told(found) == [("added", None, 5)]
    assert found["changes"][0]["unknown"] == ["macs", "params"]
    (line,) = [
        each for each in run(capsys, "diff old.yaml new.yaml").out.split("\n") if "Mine" in each
    ]
    assert line.split()[-2:] == ["?", "?"]


def test_layers_are_not_renamed_by_a_shift(capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.yaml").write_text(model(*ROWS))
    new = edited((5, 5, ["[-1, 1, Conv, [32, 3]]"]), detect="[[8, 5], 1, Detect, [nc]]")
    Path("new.yaml").write_text(new)
    changes = json.loads(run(capsys, "diff old.yaml new.yaml -f json").out)["changes"]
    assert [(each["kind"], each["new"]["name"]) for each in changes] == [
        *(("added", "model.5.conv"), ("added", "model.5.bn"), ("added", "model.5.silu_1"))
    ]


def test_what_a_terminal_and_a_page_say(capsys: pytest.CaptureFixture[str]) -> None:
    rows_of(capsys, model(*ROWS), edited((1, 2, ["[-1, 1, Conv, [16, 5, 2]]"])))
    out = run(capsys, "diff old.yaml new.yaml").out
    assert "--all lists every layer" in out
    assert "model.1.conv" not in out
    assert "model.1.conv" in run(capsys, "diff old.yaml new.yaml --all").out
    page = run(capsys, "diff old.yaml new.yaml -f markdown").out
    assert page.index("### Rows") < page.index("<details>") < page.index("model.1.conv")


DARKNET = "[net]\nwidth=32\nheight=32\nchannels=3\n"
SECTION = "[convolutional]\nfilters={}\nsize=3\npad=1\nactivation=leaky\n"
YOLO = "[yolo]\nmask=0,1,2\nclasses={}\nnum=6\n"


def test_sections(capsys: pytest.CaptureFixture[str]) -> None:
    """A relative route that reads another section now, and options that differ."""
    three = [SECTION.format(number) for number in (8, 16, 24)]
    route = "[route]\nlayers=-2\n"
    old = DARKNET + "".join([*three, route, YOLO.format(80)])
    new = DARKNET + "".join([*three, SECTION.format(24), route, YOLO.format(3)])
    found = rows_of(capsys, old, new, "cfg")
    assert ("changed", 4, 5) in told(found)
    assert [kind for kind, *_ in told(found)].count("added") == 1
    out = run(capsys, "diff old.cfg new.cfg").out
    assert "[yolo] classes=80 -> classes=3" in out
    assert "reads 2, which was 1" in out


def test_a_long_run_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    many = [SECTION.format(8)] * 20
    rows_of(capsys, DARKNET + many[0], DARKNET + "".join(many), "cfg")
    assert "19 rows: convolutional x 19" in run(capsys, "diff old.cfg new.cfg").out
    assert run(capsys, "diff old.cfg new.cfg --all").out.count("added [convolutional]") == 19


def test_a_file_of_the_corpus_and_itself(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted((corpus("ultralytics") / "files").glob("*.yaml"))
    for file in files:
        found = json.loads(run(capsys, f"diff {file} {file} -f json").out)
        assert found["rows"]["changes"] == []
        assert found["changes"] == []
