"""`convcalc convert`: the network file that it writes has the same rows and totals."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from convcalc import __version__
from convcalc.files import readers
from convcalc.files.loading import load, load_text
from convcalc.language.document import Overrides
from convcalc.networks import Network
from convcalc_cli.program import main
from support.audits import GOOD, example
from support.program import Run, run
from support.toy_reader import CONV, LSTM, RELU, TOY, UNKNOWN, WEIGHTS, toy

SMALL = toy(
    ("/stem/conv", CONV, 4), ("/stem/weights", WEIGHTS, 700), ("/relu", RELU, 0), ("/b", CONV, 4)
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the toy format known."""
    monkeypatch.setattr(readers, "READERS", (TOY, *readers.READERS))
    monkeypatch.chdir(tmp_path)
    Path("small.toy").write_bytes(SMALL)
    return tmp_path


def converted(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Run:
    code = main(["convert", *map(str, words)])
    captured = capsys.readouterr()
    return Run(code, captured.out, captured.err)


def same(one: Network, other: Network) -> bool:
    """Whether two networks have equal rows and totals; where they were written does not count."""
    rows = [[row._replace(path=None) for row in each.rows] for each in (one, other)]
    facts = (one.audit(), other.audit())
    return rows[0] == rows[1] and facts[0] == facts[1] and one.name == other.name


def loaded(text: str, overrides: Overrides | None = None) -> Network:
    found = load_text(text.encode(), "other", overrides)
    assert (found.problems, found.network is None) == ([], False)
    assert found.network is not None
    return found.network


class TestYaml:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_same_network(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        ran = converted(capsys, path)
        assert ran.code == 0
        again = loaded(ran.out)
        before = load(path)
        assert same(before, again)
        assert again.budget == before.budget
        assert {**again.expect, **before.expect} == again.expect
        assert yaml.safe_load(ran.out)["layers"]
        assert loaded(converted(capsys, path).out).expect == again.expect

    def test_it_settles(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What was written is written again as it is, but for where it comes from."""
        path = tmp_path / "again.yaml"
        path.write_text(converted(capsys, example("resnet50")).out, "utf-8")
        first, *rest = path.read_text("utf-8").splitlines()
        _, *again = converted(capsys, path).out.splitlines()
        assert first == f"# resnet50.yaml (yaml), converted by convcalc {__version__}."
        assert again == rest

    @pytest.mark.parametrize(
        ("name", "words", "overrides"),
        [
            ("mobilenet-v1", "--set width=0.5 --size 160", {"vars": {"width": 0.5}, "size": 160}),
            ("resnet18", "--input 1x96x96", {"inputs": {"": (1, 96, 96)}}),
            ("siamese", "--size left=99 --size right=99", {"size": (99, 99)}),
            ("unet", "--batch 4", {"batch": 4}),
        ],
    )
    def test_overrides_are_written(
        self, name: str, words: str, overrides: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        ran = converted(capsys, example(name), *words.split())
        wanted = load(example(name), **overrides)
        again = loaded(ran.out)
        assert same(again, wanted)
        assert again.expect == {
            "params": wanted.totals().params,
            "macs": wanted.totals().macs,
            "output_shape": wanted.totals().output_shape,
        }

    def test_a_variable_stays_a_variable(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = converted(capsys, example("mobilenet-v1"), "--set", "width=0.5").out
        assert yaml.safe_load(out)["vars"]["width"] == 0.5
        wide = loaded(out, Overrides({"width": 1.0}))
        assert wide.totals() == load(example("mobilenet-v1")).totals()

    def test_wrong_expectations_stay(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(
            "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 1}]\nexpect: {params: 1}\n"
        )
        expect = yaml.safe_load(converted(capsys, path).out)["expect"]
        assert expect == {"params": 1, "macs": 4 * 3 * 64, "output_shape": [4, 8, 8]}

    def test_other_keys_stay(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "a.yaml"
        path.write_text("x-note: {a: [yes, 'yes']}\ninput: [3, 8, 8]\nlayers: [relu]\n")
        out = converted(capsys, path).out
        assert list(yaml.safe_load(out)) == ["name", "input", "layers", "x-note", "expect"]
        assert loaded(out).name == "a"

    def test_text_that_grows_without_bound(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "a.yaml"
        aliases = ", ".join(["*a"] * 2_000)
        note = f"x-a: &a {'a' * 100_000}\nx-b: [{aliases}]\n"
        path.write_text(f"input: [3, 8, 8]\nlayers: [relu]\n{note}")
        ran = converted(capsys, path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"error: {path}: the network file would be larger than 64 MiB\n"


@pytest.mark.usefixtures("folder")
class TestOtherFormats:
    def test_the_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert converted(capsys, "small.toy", "--size", "8").out == (
            f"# small.toy (toy, version 1), converted by convcalc {__version__}.\n"
            "# Read with size 8.\n"
            "name: small\n"
            "input: [3, 8, 8]\n"
            "layers:\n"
            "  - {conv: 4, kernel_size: 3, padding: 1, groups: 1, name: stem.conv}\n"
            "  - relu\n"
            "  - {conv: 4, kernel_size: 3, padding: 1, groups: 1, name: b}\n"
            "budget: {params: 250}\n"
            "expect:\n"
            "  params: 260\n"
            f"  macs: {64 * 4 * 9 * (3 + 4)}\n"
            "  output_shape: [4, 8, 8]\n"
        )

    def test_the_same_network(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = "--size 16 --set scale=2 --batch 3"
        again = loaded(converted(capsys, "small.toy", *words.split()).out)
        assert same(again, load("small.toy", vars={"scale": 2}, size=16, batch=3))

    def test_a_target(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = converted(capsys, "toys.small:net", "--size", "8")
        assert ran.out.startswith("# toys.small:net (toy, version 1), converted by")
        assert loaded(ran.out).totals().params == 3 * 8 * 9 + 8

    def test_what_the_reader_reports(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("unknown.toy").write_bytes(toy(("/stem/conv", CONV, 4), ("/lstm", LSTM, 0)))
        ran = converted(capsys, "unknown.toy", "--size", "8")
        assert (ran.code, ran.err) == (
            0,
            "unknown.toy: node /lstm: warning: LSTM has no equivalent; its cost is missing\n",
        )

    def test_standard_input(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALL)))
        ran = converted(capsys, "-", "--size", "8")
        assert ran.out.startswith("# standard input (toy, version 1), converted by")
        assert loaded(ran.out).name == "network"

    def test_a_hostile_file_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        if os.name != "posix":
            pytest.skip("needs a POSIX system")
        name = "a\n\x1b[31mbudget: 1.toy"
        Path(name).write_bytes(SMALL)
        out = converted(capsys, name, "--size", "8").out
        assert "\x1b" not in out
        assert list(yaml.safe_load(out)) == ["name", "input", "layers", "budget", "expect"]


@pytest.mark.usefixtures("folder")
class TestOutput:
    def test_into_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = converted(capsys, "small.toy", "--size", "8", "-o", "net.yaml")
        assert ran == Run(0, "", "written: net.yaml\n")
        assert load("net.yaml").totals() == load("small.toy", size=8).totals()
        assert run(capsys, "check net.yaml --max-params 300").code == 1  # over its own budget
        assert sorted(path.name for path in Path().iterdir()) == ["net.yaml", "small.toy"]

    def test_never_over_what_was_read(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = converted(capsys, "small.toy", "--size", "8", "-o", "small.toy")
        assert (ran.code, Path("small.toy").read_bytes()) == (2, SMALL)

    def test_nothing_is_written_after_an_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text("before")
        assert converted(capsys, "small.toy", "-o", "net.yaml") == Run(
            2, "", "small.toy: error: the input size is not in the file; set size\n"
        )
        Path("wrong.toy").write_bytes(toy(("/none", CONV, 0)))
        ran = converted(capsys, "wrong.toy", "--size", "8", "-o", "net.yaml")
        assert ran.code == 2
        assert ran.err.startswith("wrong.toy: node /none: error: ")
        assert Path("net.yaml").read_text() == "before"

    def test_what_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = converted(capsys, "nowhere.toy")
        assert (ran.code, ran.out) == (2, "")
        assert re.fullmatch(r"nowhere\.toy: error: cannot be read: .*\n", ran.err)


@pytest.mark.usefixtures("folder")
class TestUnknown:
    def content(self, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
        Path("odd.toy").write_bytes(toy(("/a", CONV, 4), ("/odd", UNKNOWN, 0), ("/b", CONV, 4)))
        return converted(capsys, "odd.toy", "--size", "8", *words)

    def test_only_known_totals_are_expected(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = self.content(capsys)
        assert ran.code == 0
        found = yaml.safe_load(ran.out)
        assert found["expect"] == {"output_shape": [4, 8, 8]}
        assert found["layers"][1] == {"opaque": "/odd", "shape": "same", "name": "odd"}
        assert loaded(ran.out).totals().unknown == {"params": ["odd"], "macs": ["odd"]}

    def test_strict(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = self.content(capsys, "--strict", "-o", "net.yaml")
        assert ran == Run(1, "", "odd.toy: node /odd: error: odd has unknown params and macs\n")
        assert not Path("net.yaml").exists()

    def test_strict_where_all_is_known(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert converted(capsys, "small.toy", "--size", "8", "--strict").code == 0
