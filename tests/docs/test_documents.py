"""README and topics: their commands run, and what they show is what is printed."""

import difflib
import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from convcalc import CONVENTION
from convcalc.difference.changes import ChangeKind
from convcalc.files.loading import load_text
from convcalc.files.ultralytics.declared import KEYS as MODULE_KEYS
from convcalc.files.yaml_reader import read_text
from convcalc.language.document import Overrides
from convcalc.operations.registry import DECLARATIONS
from convcalc_cli.app import COMMANDS
from convcalc_cli.commands.check.command import FORMATS as CHECK_FORMATS
from convcalc_cli.commands.check.report import OK, STATUSES
from convcalc_cli.commands.layer.command import FORMATS as LAYER_FORMATS
from convcalc_cli.documentation.operations import operations_markdown
from convcalc_cli.program import main
from convcalc_cli.reading.config import KEYS, TOP_KEYS
from docs.comparison import with_tables
from docs.documents import (
    DOCUMENTS,
    OPERATIONS,
    README,
    blocks,
    in_bash,
    run_in_shell,
    table,
    text_of,
)
from support.program import ROOT, report

PYTHON = blocks("python")
SHELL = blocks("sh")
YAML = [text for text in blocks("yaml") if text.startswith("input:")]
RUNS = [
    tuple(run.split("\n", 1))
    for block in blocks("console")
    for run in re.split(r"^\$ ", block, flags=re.M)[1:]
]
EVERYTHING = "\n".join(map(text_of, DOCUMENTS))
INLINE = re.findall(r"`(convcalc (?:layer|audit|check|rule|sweep|convert) [^`]+)`", EVERYTHING)

OTHER_TOOLS = {
    "Conv2d(16, 32, 3, p1, g4) on 64x64, bias": (
        *(4_718_592, 4_849_664, 4_718_592, 4_849_664),
        *(4_718_592, 4_718_592, 4_849_664),
    ),
    "ConvTranspose2d(16, 32, 4, s2, p1) on 32x32": (
        *(8_388_608, 33_685_504, 33_554_432, 8_519_680),
        *(8_388_608, 8_388_608, 67_239_936),
    ),
    "Conv2d(16, 32, 4, padding='same') on 32x32, no bias": (
        *(8_388_608, 8_388_608, 8_388_608, 8_388_608),
        *(7_872_512, 0, None),
    ),
    "ResNet-50": (
        *(4_089_184_256, 4_089_238_376, 4_133_742_592, 4_132_436_968),
        *(4_089_184_256, 4_111_512_576, 4_450_761_704),
    ),
    "MobileNetV2": (
        *(300_774_272, 300_809_384, 327_486_720, 320_300_008),
        *(300_774_272, 314_193_216, 520_292_552),
    ),
}
"""The right MACs, then those of torchinfo, thop, ptflops, calflops, fvcore and onnx-tool."""

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def code_words(text: str) -> list[str]:
    """The words that are set as code."""
    return " ".join(re.findall(r"`([^`]+)`", text)).split()


def output_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *arguments = shlex.split(command)
    assert program == "convcalc"
    main(arguments)
    captured = capsys.readouterr()
    return str(captured.out + captured.err)


def test_shown_outputs_are_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """All in one test: where many outputs changed, one command writes them anew."""
    changes: list[str] = []
    for command, shown in RUNS:
        if "|" not in command:
            printed = output_of(command, capsys)
        elif os.name == "posix":
            printed = run_in_shell(command)
        else:
            continue
        lines = shown.splitlines(), printed.splitlines()
        changes += difflib.unified_diff(*lines, f"$ {command}", "what is printed", lineterm="")
    outdated = "\n".join(changes)
    assert not outdated, f"run `python tests/docs/regenerate.py`\n{outdated}"


@pytest.mark.parametrize("command", INLINE)
def test_commands_in_the_text_work(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)[1:]) == 0
    told = capsys.readouterr().err
    assert re.fullmatch(r"(\d+) files?, \1 ok\n" if "check" in command else "", told)


def test_there_are_runs_and_commands_to_test() -> None:
    assert len(RUNS) >= 9
    assert len(INLINE) >= 14


def test_the_modules_of_a_model() -> None:
    (text,) = [text for text in blocks("yaml") if text.startswith("nc:")]
    for scale in ("n", "s"):
        loaded = load_text(text.encode(), "net.yaml", Overrides({"scale": scale}))
        assert loaded.network is not None, loaded.problems
        assert loaded.network.totals().unknown
        found = {row.name: row.operation.word for row in loaded.network.rows}
        assert {found["model.2"], found["model.5"]} == {"opaque"}
        assert "model.1.m.0.conv" in found
    _, rows = table("key of a block")
    assert {re.findall(r"\w+", row[0])[0] for row in rows} == {*MODULE_KEYS} - {"args", "layers"}


@pytest.mark.parametrize("text", YAML)
def test_the_network_files_are_valid(text: str) -> None:
    loaded = load_text(text.encode(), "readme")
    assert (loaded.problems, loaded.warnings) == ([], [])
    assert loaded.network is not None
    assert loaded.network.audit().totals.params > 0


def test_the_operations_are_those_that_are_declared() -> None:
    """The topic is made from the declarations, and names every parameter and default."""
    assert text_of(OPERATIONS) == operations_markdown(), "run tests/docs/regenerate.py"
    _, rows = table("operation")
    shown = {code_words(row[0])[0]: row for row in rows}
    assert list(shown) == list(DECLARATIONS)
    for name, word in DECLARATIONS.items():
        _, _, main, others = shown[name]
        named = main.split()[:1] + [part.split()[0] for part in others.split(", ") if part]
        assert sorted(named) == sorted(word.kinds), name
        for parameter in [main, *others.split(", ")]:
            key, _, default = parameter.partition(" ")
            if default:
                assert yaml_value(default) == plain(word.defaults[key]), (name, key)


def yaml_value(text: str) -> object:
    return read_text(text.encode()).content


def plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def test_every_format_is_in_the_table_of_formats() -> None:
    shown = [name for row in table("format")[1] for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(shown) == sorted({*LAYER_FORMATS.names, *CHECK_FORMATS.names})


def test_python_examples() -> None:
    test = doctest.DocTestParser().get_doctest("\n".join(PYTHON), {}, "README.md", None, None)
    results = doctest.DocTestRunner().run(test)
    assert results.attempted > 8
    assert results.failed == 0


def test_two_commands_do_all_the_set_up() -> None:
    run_it, test_it, *_ = SHELL
    assert run_it.startswith("pip install . && convcalc layer")
    assert output_is_a_layer(run_it.split("&&")[1])
    assert test_it == 'pip install -e ".[test]" && python -m pytest\n'


def output_is_a_layer(command: str) -> bool:
    return main(shlex.split(command)[1:]) == 0


def test_the_convention_is_the_programs_own() -> None:
    quoted = re.sub(r"\n> ", " ", EVERYTHING)
    assert f"MACs are {CONVENTION}." in quoted


STAND_IN = """\
#!/bin/sh
mkdir -p "$3/bin"
cat >"$3/bin/activate" <<'END'
pip() { echo pip "$@"; }
python() { if [ "$1" = - ]; then "$PYTHON" -; else echo python "$@"; fi; }
END
"""
"""A Python whose environments tell what would be run in them."""


@posix
def test_ci_runs_the_readmes_own_test_command(tmp_path: Path) -> None:
    """The script for real, but for the commands that install and test."""
    stand_in = tmp_path / "python"
    stand_in.write_text(STAND_IN, encoding="utf-8")
    stand_in.chmod(0o755)
    ran = in_bash(f'bash .ci/tests readme "{stand_in}" "{tmp_path}"')
    assert ran.returncode == 0, ran.stderr
    install, test, _, versions = ran.stdout.splitlines()
    assert f"{install} && {test}" == SHELL[1].strip().replace('"', "")
    assert versions.startswith("== readme: ")
    assert f"pytest {pytest.__version__}" in versions
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for python in ("${pythons[0]}", "${pythons[-1]}"):
        assert f'"readme {python}"' in script


WRITING = ("--against", "diff", "--plot")


@posix
@pytest.mark.parametrize(
    "script", [each for each in SHELL if any(word in each for word in WRITING)]
)
def test_the_commands_that_write_files_work(script: str, tmp_path: Path) -> None:
    """On the examples, in a repository of their own: git is asked for what was before."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    stand_in = """
        convcalc() { "$PYTHON" -m convcalc_cli "$@" >out.txt; }
        export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
        git init -q && git add . && git commit -q -m first
    """
    ran = in_bash(f"set -e\n{stand_in}\n{script}", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len(re.findall("^convcalc", script, re.MULTILINE)) >= 3


def test_the_settings_shown_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = blocks("toml")
    (tmp_path / "convcalc.toml").write_text(text)
    (tmp_path / "mobile").mkdir()
    for name in ("a.yaml", "mobile/b.yaml"):
        (tmp_path / name).write_text(
            "input: [8, 8, 8]\nlayers:\n"
            "  - {conv: 3, kernel_size: 1, name: stem}\n  - {conv: 1, kernel_size: 1, name: head}\n"
        )
    command = ["check", str(tmp_path), "--config", str(tmp_path / "convcalc.toml")]
    assert main(command) == 0
    # One layer has 24 of the 27 MACs a position, more than 40 %: a warning each.
    assert capsys.readouterr().err == "2 files, 2 ok, 2 warnings, 4 findings ignored\n"
    shown = {line.partition("=")[0].strip() for line in text.splitlines() if "=" in line}
    totals = re.search(r"any total: (.*)", text)
    assert totals is not None
    named = {*shown, *[f"max-{name}" for name in totals[1].split()]}
    assert named == {*KEYS, *TOP_KEYS} - {"check"}


JSON_KEYS = [
    (key, code_words(content)) for keys, content in table("JSON key")[1] for key in code_words(keys)
]
JSON_WITHIN = dict(JSON_KEYS)


class TestJsonKeys:
    """The keys that the topics name are those that there are, each of them once."""

    def test_top_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = report(capsys, "layer --in 16 --out 32 -g 4")
        (no_file,) = re.findall(r"[^.]* are null where no file was read\.", EVERYTHING)
        assert code_words(no_file) == ["file", "line", "column"]
        assert sorted(found) == sorted([*[key for key, _ in JSON_KEYS], "file"])
        assert (found["file"], found["layer"]["line"], found["layer"]["column"]) == (None,) * 3
        assert sorted(found["defaults"]) == sorted(JSON_WITHIN["defaults"])

    @pytest.mark.parametrize("key", ["layer", "totals"])
    def test_layer_and_totals(self, capsys: pytest.CaptureFixture[str], key: str) -> None:
        found = report(capsys, "layer --in 16 --out 32 -g 4")
        assert sorted(found[key]) == sorted(JSON_WITHIN[key])

    def test_designs(self, capsys: pytest.CaptureFixture[str]) -> None:
        *keys, reason = JSON_WITHIN["designs"]
        assert reason == "reason"
        found = report(capsys, "layer --in 4 --out 4 -k 1 -g 2")["designs"]
        designs = {design["design"]: design for design in found}
        missing = designs["depthwise separable"]
        for design in (designs["standard"], designs["grouped"]):
            assert sorted(design) == sorted(keys)
            assert sorted(design["layers"][0]) == sorted(JSON_WITHIN["layer"])
        assert sorted(missing) == sorted([*keys, reason])
        assert (missing["params"], missing["macs"]) == (None, None)

    def test_explained_layers(self, capsys: pytest.CaptureFixture[str]) -> None:
        (added,) = re.findall(
            r"`--explain` adds an (`\w+`) to\s+the layers of the designs", EVERYTHING
        )
        found = report(capsys, "layer --in 4 --out 4 -k 1 -g 2 --explain")
        layer = [*JSON_WITHIN["layer"], *code_words(added)]
        for design in found["designs"][:2]:
            assert sorted(design["layers"][0]) == sorted(layer)
        assert sorted(found["layer"]) == sorted(JSON_WITHIN["layer"])


@pytest.mark.parametrize(
    ("command", "own"),
    [
        ("layer --in 4 --out 4", []),
        ("audit examples/alexnet.yaml", []),
        ("sweep --in 4 --out 4 --vary groups=1,2", ["groups"]),
        ("check examples/alexnet.yaml", []),
        ("diff examples/resnet18.yaml examples/alexnet.yaml", []),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_csv_columns(command: str, own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The columns that the topic names are those that there are, in their order."""
    main([*command.split(), "-f", "csv"])
    header = capsys.readouterr().out.splitlines()[0].split(",")
    (named,) = [cells for of, cells in table("CSV of")[1] if command.split()[0] in code_words(of)]
    assert header == [*own, *code_words(named)]


class TestJsonOfCheckAndDiff:
    """The keys that the topics name for both are those that there are."""

    def keys(self, title: str) -> dict[str, list[str]]:
        rows = table(title)[1]
        return {
            key: code_words(told)
            for keys, told in rows
            for key in code_words(keys.replace(",", " "))
        }

    def test_check(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "a.yaml").write_text("input: [3, 8, 8]\nlayers: [relu]\nbudget: {input: 1B}\n")
        main(["check", str(tmp_path), "--verify", "-f", "json"])
        found = json.loads(capsys.readouterr().out)
        told = self.keys("key of check")
        assert sorted(found) == sorted(told)
        statuses = {status.replace(" ", "_") for status in [*STATUSES.values(), OK]}
        assert {*found["summary"]} - statuses <= {*told["summary"]}
        assert statuses <= {*told["summary"]}
        assert {*found["files"][0]} <= {*told["files"]}
        assert sorted(found["findings"][0]) == sorted({*told["findings"]})

    def test_sweep(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = report(capsys, "sweep --in 4 --out 4 --vary groups=1,3")
        told = self.keys("key of sweep")
        assert sorted(found) == sorted(told)
        for point in found["points"]:
            assert sorted({*point, "unknown"}) == sorted(told["points"])

    def test_diff(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for name, stride in (("a", 2), ("b", 1)):
            layer = f"{{max_pool: 2, stride: {stride}}}"
            (tmp_path / f"{name}.yaml").write_text(f"input: [3, 8, 8]\nlayers: [{layer}]\n")
        paths = [str(tmp_path / f"{name}.yaml") for name in "ab"]
        main(["diff", *paths, "--fail-on", "activation=0", "-f", "json"])
        found = json.loads(capsys.readouterr().out)
        told = self.keys("key of diff")
        assert sorted({*found, "unknown", "rows"}) == sorted(told)  # where there are any
        assert sorted(found["totals"]["macs"]) == sorted(
            {*told["totals"]} - {"relative"} | {"relative"}
        )
        assert {*found["changes"][0]} <= {*told["changes"]}
        assert {*found["changes"][0]["parameters"][0]} <= {*told["changes"]}
        assert {kind.value for kind in ChangeKind if kind is not ChangeKind.SAME} <= {
            *told["changes"]
        }
        assert sorted(found["grown"][0]) == sorted(told["grown"])
        assert found["status"] in told["status"]

    @pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
    def test_diff_with_a_revision(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = "vars: {n: 2}\ninput: [3, 8, 8]\nlayers: [{max_pool: $n}]\n"
        (tmp_path / "a.yaml").write_text(text)
        who = ("-c", "user.name=x", "-c", "user.email=x")
        for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "first")):
            subprocess.run([str(shutil.which("git")), *words], cwd=tmp_path, check=True)
        (tmp_path / "a.yaml").write_text(text.replace("n: 2", "n: 4"))
        (tmp_path / "b.yaml").write_text("input: [3, 8, 8]\nlayers: [rellu]\n")
        monkeypatch.chdir(tmp_path)
        main(["diff", "HEAD", ".", "-f", "json"])
        found = json.loads(capsys.readouterr().out)
        told = self.keys("key of diff with a revision")
        assert sorted(found) == sorted(told)
        assert sorted(found["summary"]) == sorted(told["summary"])
        assert sorted(found["errors"][0]) == sorted({*told["errors"]})
        (wrong, changed) = found["networks"]
        assert {*wrong} == {"file", "old_file", *told["networks"][-4:]}
        of_two = [*self.keys("key of diff")]
        expected = {"file", "old_file", *of_two[of_two.index("status") :]}
        assert {*changed} == expected - {"unknown", "rows"}
        assert {*changed["edits"][0]} <= {*self.keys("key of diff")["edits"]}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_tables_about_other_tools_are_what_the_tools_declare(path: Path) -> None:
    assert text_of(path) == with_tables(text_of(path)), "run `python tests/docs/regenerate.py`"


def test_the_figures_of_other_tools_are_the_published_ones() -> None:
    titles, rows = table("layer")
    tools = ["torchinfo", "thop", "ptflops", "calflops", "fvcore", "onnx-tool"]
    assert titles == ["layer", "right", *tools]
    figures = {
        name: tuple([int(cell.replace(",", "")) if cell else None for cell in cells])
        for name, *cells in rows
    }
    assert figures == OTHER_TOOLS


def test_the_changelog_knows_the_version() -> None:
    from convcalc import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_bound_of_typer_says_why() -> None:
    text = Path(ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    assert "typer>=0.26,<0.29" in dependencies
    assert "pydantic" in text.partition('"typer')[0].splitlines()[-2]


LINKS = [
    (path, target)
    for path in DOCUMENTS
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(path))
    if "://" not in target
]


@pytest.mark.parametrize(("path", "target"), LINKS)
def test_links_lead_somewhere(path: Path, target: str) -> None:
    assert (path.parent / target).is_file()


def test_the_readme_links_every_topic() -> None:
    linked = {Path(target).stem for path, target in LINKS if path == README}
    assert {path.stem for path in DOCUMENTS[1:]} <= linked


def test_the_readme_is_short() -> None:
    assert len(text_of(README).splitlines()) <= 200
    assert text_of(README).count("depthwise separable  (") <= 1


WORST = (
    r"\bis no (?!longer|more|less|different|need)[a-z]+",
    r"\b(nobody|what is left out|so many|so much)\b",
    r"\b(told|those that are|that are wanted|held to)\b",
)
"""Turns of phrase that have to be read twice."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_documents_are_in_plain_english(path: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    assert re.findall("|".join(WORST), prose) == []


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_in_plain_english(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([*command.split(), "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert [found[0] for found in re.finditer("|".join(WORST), words)] == []
