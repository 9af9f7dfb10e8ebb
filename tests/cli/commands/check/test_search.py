"""Which files of folders `check` and `snapshot` take: `--formats`, and convcalc.toml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcalc.files import readers
from support.program import Run, run
from support.toy_reader import CONV, TOY, toy

GOOD = "input: [3, 8, 8]\nlayers: [relu]\n"
BROKEN = "input: [3, 8, 8]\nlayers: [rellu]\n"
CHOICES = "choose from toy, yaml"


@pytest.fixture(autouse=True)
def folders(nets: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Networks of two formats."""
    monkeypatch.setattr(readers, "READERS", (TOY, readers.YAML))
    Path("own/deep").mkdir(parents=True)
    Path("vendor").mkdir()
    Path("own/a.toy").write_bytes(toy(("a", CONV, 4)))
    Path("own/a.yaml").write_text(GOOD)
    Path("own/deep/b.yml").write_text(GOOD)
    Path("vendor/c.yaml").write_text(BROKEN)
    return nets


def checked(capsys: pytest.CaptureFixture[str], words: str) -> list[str]:
    ran = run(capsys, f"check {words} --size 8 -f json")
    return [Path(each["file"]).as_posix() for each in json.loads(ran.out)["files"]]


class TestFormats:
    def test_some(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert checked(capsys, "own") == ["own/a.toy", "own/a.yaml", "own/deep/b.yml"]
        assert checked(capsys, "own --formats yaml") == ["own/a.yaml", "own/deep/b.yml"]
        assert checked(capsys, "own --formats toy") == ["own/a.toy"]
        assert len(checked(capsys, "own --formats toy,yaml")) == 3

    def test_files_that_are_named_are_checked(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert checked(capsys, "own/a.toy --formats yaml") == ["own/a.toy"]

    def test_the_content_decides_where_two_formats_have_an_ending(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("own/t.yaml").write_bytes(toy(("a", CONV, 4)))
        assert checked(capsys, "own --formats yaml") == ["own/a.yaml", "own/deep/b.yml"]
        assert checked(capsys, "own --formats toy") == ["own/a.toy", "own/t.yaml"]

    def test_unknown(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "check own --formats xml") == Run(
            2, "", f"error: --formats xml: unknown format; {CHOICES}\n"
        )
        ran = run(capsys, "snapshot own --formats yaml,yml")
        assert ran.err == "error: --formats yml: unknown format; did you mean yaml?\n"

    def test_one_that_folders_are_not_searched_for(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hidden = TOY._replace(in_folders=False)
        monkeypatch.setattr(readers, "READERS", (hidden, readers.YAML))
        assert checked(capsys, "own") == ["own/a.yaml", "own/deep/b.yml"]
        ran = run(capsys, "check own --formats toy")
        assert ran.err == "error: --formats toy: unknown format; choose from yaml\n"

    def test_a_snapshot(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "snapshot own --formats yaml -o base.json").code == 0
        found = json.loads(Path("base.json").read_text())["networks"]
        assert list(found) == ["own/a.yaml", "own/deep/b.yml"]


class TestSettings:
    def test_formats(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("convcalc.toml").write_text('formats = ["toy"]\n')
        assert checked(capsys, "own") == ["own/a.toy"]
        assert checked(capsys, "own --formats yaml") == ["own/a.yaml", "own/deep/b.yml"]

    @pytest.mark.parametrize(
        ("pattern", "left"),
        [
            ("vendor", ["own/a.toy", "own/a.yaml", "own/deep/b.yml"]),
            ("vendor/**", ["own/a.toy", "own/a.yaml", "own/deep/b.yml"]),
            ("*.toy", ["own/a.yaml", "own/deep/b.yml", "vendor/c.yaml"]),
            ("own/*.yaml", ["own/a.toy", "own/deep/b.yml", "vendor/c.yaml"]),
            ("deep", ["own/a.toy", "own/a.yaml", "vendor/c.yaml"]),
        ],
    )
    def test_exclude(
        self, pattern: str, left: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("convcalc.toml").write_text(f'exclude = ["{pattern}"]\n')
        assert checked(capsys, ".") == left

    def test_excluded_files_that_are_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("convcalc.toml").write_text('exclude = ["vendor"]\n')
        assert checked(capsys, "vendor/c.yaml own/a.yaml") == ["vendor/c.yaml", "own/a.yaml"]

    def test_in_pyproject(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = '[tool.convcalc]\nexclude = ["vendor", "*.toy"]\nformats = ["yaml"]\n'
        Path("pyproject.toml").write_text(text)
        assert checked(capsys, ".") == ["own/a.yaml", "own/deep/b.yml"]

    def test_from_another_folder(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Patterns start from the folder of the file that has them."""
        Path("convcalc.toml").write_text('exclude = ["own/deep", "../x"]\n'.replace(', "../x"', ""))
        monkeypatch.chdir("own")
        assert checked(capsys, ".") == ["a.toy", "a.yaml"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('formats = ["xml"]', f"formats: xml: unknown format; {CHOICES}"),
            ('formats = "yaml"', "formats is not a list of names"),
            ("formats = [1]", "formats is not a list of names"),
            ('exclude = "vendor"', "exclude is not a list of patterns"),
            ("exclude = []", "exclude is empty"),
            (
                'exclude = ["!a"]',
                "'!a' is not a valid pattern: patterns that exclude files are not supported",
            ),
            ('excludes = ["a"]', "unknown key excludes; did you mean exclude?"),
        ],
    )
    def test_mistakes(self, text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
        Path("convcalc.toml").write_text(text)
        ran = run(capsys, "check own --size 8")
        assert ran.code == 2
        assert ran.err == f"error: {Path.cwd() / 'convcalc.toml'}: {message}\n"


class TestLargeFiles:
    def test_a_file_that_begins_otherwise_is_not_read(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "support.toy_reader.read", lambda *_: pytest.fail("read although it is something else")
        )
        Path("own/a.toy").unlink()
        with Path("own/huge.toy").open("wb") as file:
            file.truncate(2**40)
        ran = run(capsys, "check own")
        assert ran.err == "2 files, 2 ok, 1 other file skipped\n"

    def test_a_huge_binary_file_with_the_ending_of_text(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Path("own/huge.yaml").open("wb") as file:
            file.truncate(2**40)
        ran = run(capsys, "check own --size 8 --formats yaml")
        assert ran.err == "2 files, 2 ok, 1 other YAML file skipped\n"


class TestSnapshots:
    """`snapshot` takes the files that `check` takes."""

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ('formats = ["yaml"]\nexclude = ["vendor", "deep"]', ""),
            ('exclude = ["vendor", "deep"]', "--formats yaml"),
        ],
    )
    def test_formats_and_excluded_files(
        self, settings: str, words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("convcalc.toml").write_text(f"{settings}\n")
        assert run(capsys, f"snapshot . {words} -o base.json").code == 0
        assert list(json.loads(Path("base.json").read_text())["networks"]) == ["own/a.yaml"]
        assert checked(capsys, f". {words}") == ["own/a.yaml"]

    def test_another_file_of_settings(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("other.toml").write_text('exclude = ["vendor", "*.toy", "*.yml"]\n')
        assert run(capsys, "snapshot . --config other.toml -o base.json").code == 0
        assert list(json.loads(Path("base.json").read_text())["networks"]) == ["own/a.yaml"]

    def test_settings_are_not_written_over(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("convcalc.toml").write_text('exclude = ["vendor"]\n')
        assert run(capsys, "snapshot . -o convcalc.toml").code == 2
