"""Names and texts are data: nothing in them is markup, a formula or a cell of its own."""

import csv
import io
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import pytest

from convcalc import Conv, compare
from convcalc.facts.connectivity import channel_grid
from convcalc.facts.explanation import Derivation
from convcalc_cli.commands.check.command import FORMATS
from convcalc_cli.commands.layer.csv import layer_csv
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.formats.csv import csv_text
from convcalc_cli.formats.json import json_text
from convcalc_cli.page.blocks import (
    Block,
    Derivations,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Parts,
    Picture,
    Pictures,
    Row,
    Table,
)
from convcalc_cli.page.carets import carets
from convcalc_cli.page.markdown import page_markdown
from convcalc_cli.program import main
from convcalc_cli.shell.screen import ASCII, Screen
from support.program import run_process
from support.slow import slow_unless

HOSTILE = "# | * _ ` <b> [x](y) \\ \\| \x1b[31m \n# \r \t \u202e ## ~~a~~ &lt; {} \\"
SHOWN = "# | * _ ` <b> [x](y) \\ \\| \\x1b[31m \\n# \\r \\t \\u202e ## ~~a~~ &lt; {} \\"

TOKEN = re.compile(r"\\([!-/:-@\[-`{-~])|(\||\*\*)|([*_`<>\[\]#~&\\])|[^\x20-\x7e]")


def read(line: str) -> list[str]:
    """A line as its reader sees it, in pieces between the pipes and the bold marks.

    Anything else that Markdown, or a terminal, could take for more than text fails.
    """
    pieces = [""]
    end = 0
    for found in TOKEN.finditer(line):
        escaped, mark, markup = found.groups()
        pieces[-1] += line[end : found.start()] + (escaped or "")
        end = found.end()
        assert escaped or mark, f"{markup or found[0]!r} is not escaped in {line!r}"
        if mark:
            pieces.append("")
    pieces[-1] += line[end:]
    return [piece.strip() for piece in pieces]


def markdown(block: Block) -> list[str]:
    return "".join(page_markdown([[block]], Screen(glyphs=ASCII))).splitlines()


class TestMarkdown:
    def test_a_heading(self) -> None:
        (line,) = markdown(Heading(HOSTILE, level=2))
        assert read(line.removeprefix("### ")) == [SHOWN]

    def test_a_paragraph(self) -> None:
        (line,) = markdown(Paragraph(HOSTILE))
        assert read(line) == [SHOWN]

    def test_facts(self) -> None:
        lines = markdown(Facts([Fact(HOSTILE, HOSTILE, HOSTILE), Fact("a", "b")]))
        assert [read(line) for line in lines] == [
            ["", "", "", "", ""],
            ["", ":---", ":---", ":---", ""],
            ["", SHOWN, SHOWN, SHOWN, ""],
            ["", "a", "b", "", ""],
        ]

    def test_a_table(self) -> None:
        rows = [Row([HOSTILE, Parts([HOSTILE, HOSTILE]), 1]), Row([HOSTILE, None, 2], marked=True)]
        lines = markdown(Table([HOSTILE, "b", "c"], rows, mark=HOSTILE, notes=[HOSTILE]))
        assert [read(line) for line in lines if line] == [
            ["", SHOWN, "b", "c", ""],
            ["", ":---", ":---", "---:", ""],
            ["", SHOWN, f"{SHOWN} + {SHOWN}", "1", ""],
            # Bold marks lie around every cell of the marked row.
            ["", "", SHOWN, "", "", "-", "", "", "2", "", ""],
            ["", "Bold", f": {SHOWN}."],
            [f"{SHOWN}."],
        ]

    @pytest.mark.parametrize(
        "block",
        [
            Heading(HOSTILE, level=1),
            Derivations(HOSTILE, []),
            Derivations("", [Derivation(HOSTILE, "a", "b", 1)]),
            Derivations("", [Derivation("a", HOSTILE, HOSTILE, 1)]),
            Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), ["a"])]),
            Pictures([Picture(f"```{HOSTILE}", channel_grid(Conv(1, 1, 1)), ["a"])]),
        ],
    )
    def test_code(self, block: Block) -> None:
        text = "\n".join(markdown(block))
        assert text.replace("\n", "").isprintable()
        fence = re.match(r"```+", text)
        if fence:
            assert [line for line in text.splitlines() if fence[0] in line][1:] == [fence[0]]
        else:
            code = r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)"
            assert "<" not in re.sub(r"\\.", "", re.sub(code, "", text))


class TestCsv:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_formula_is_text(self, start: str) -> None:
        comparison = compare(Conv(4, 8, 3), (4, 9, 9))
        formula = f'{start}HYPERLINK("x",1)'
        (row,) = comparison.standard.audit.layers
        facts = comparison.standard.audit._replace(layers=(row._replace(name=formula),))
        design = comparison.standard._replace(name=formula, audit=facts)
        text = layer_csv(LayerReport(comparison._replace(designs=(design,)), {}))
        _, cells = csv.reader(io.StringIO(text, newline=""))
        told = formula.replace("\t", "\\t").replace("\r", "\\r")
        assert cells[:3] == [f"'{told}", f"'{told}", "conv"]

    @pytest.mark.parametrize(
        ("cell", "written"),
        [
            # Where a semicolon parts the cells, none of them begins with a formula.
            ("a;=1+1;@SUM(1)", """ "a;'=1+1;'@SUM(1)" """),
            ("a;+1", """ "a;'+1" """),
            ("a; -1", """ "a; '-1" """),
            ("a;;=1", """ "a;;'=1" """),
            ('a";"=1', """ "a"";""'=1" """),
            ("a;\t=1", """ "a;\\t'=1" """),
            ("a;\uff1d1", """ "a;'\uff1d1" """),
            ("\uff20x", "'\uff20x"),
            ("\uff0b1", "'\uff0b1"),
            ("\uff0d1", "'\uff0d1"),
            ("\n=1", "'\\n=1"),
            ("a;b", '"a;b"'),
            ("stride 1 -> 2; groups 1 -> 2", '"stride 1 -> 2; groups 1 -> 2"'),
            ("::error::x", "'::error::x"),
            (" ::error::x", "' ::error::x"),
            ("##vso[task.x]", "#\\#vso[task.x]"),
            ("-1", "-1"),
        ],
    )
    def test_cells_by_the_letter(self, cell: str, written: str) -> None:
        assert csv_text([[cell, 1, None, 0.5]]) == f"{written.strip(' ')},1,,0.5\n"

    @pytest.mark.parametrize("cell", ['a,"b"', "a;b", 'x"', "a b", "", "é"])
    def test_other_readers_read_what_was_written(self, cell: str) -> None:
        (row,) = csv.reader(io.StringIO(csv_text([[cell, cell]]), newline=""))
        assert row == [cell, cell]

    @pytest.mark.parametrize("text", ["a=b", "x-1", " =1", "'=1", "conv_1", 'a,"b"'])
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        comparison = compare(Conv(4, 8, 3), (4, 9, 9))
        design = comparison.standard._replace(name=text)
        written = layer_csv(LayerReport(comparison._replace(designs=(design,)), {}))
        _, cells = csv.reader(io.StringIO(written, newline=""))
        assert cells[0] == text


VSO = "##vso[task.setvariable variable=x]y"
COMMANDS = [VSO, "##[error]x", "###[group]x", "##teamcity[buildStop]", "a ##x.y[z", "::error::x"]
TAKEN = re.compile(r"##[^\s#]*\[|^\s*::(?!error file=)", re.MULTILINE)
"""What an agent takes for a command: Azure's and GitHub's anywhere in a line, others' at its start.

Sources: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands,
https://www.jetbrains.com/help/teamcity/service-messages.html,
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""


def hostile_network(folder: Path, name: str, file: str) -> None:
    layers = "layers:\n  - {conv: 4, kernel_size: 3, name: stem}\n"
    text = f"name: {json.dumps(name)}\ninput: [3, 8, 8]\n{layers}budget: {{params: 1}}\n"
    (folder / file).write_text(text, "utf-8")


WRITERS = [
    *[f"check . -f {name}" for name in FORMATS.names],
    *[f"audit ONE TWO -f {name}" for name in ("table", "json", "csv", "markdown")],
    *[f"diff ONE TWO -f {name}" for name in ("table", "json", "csv", "markdown")],
    *[f"sweep ONE --vary size=8,16 -f {name}" for name in ("table", "json", "csv", "markdown")],
    *("snapshot .", "audit NOWHERE", "sweep ONE --vary TEXT=1", "rule TEXT", "layer --in TEXT"),
    *("audit ONE -o NOWHERE/x", "check . --config NOWHERE", "audit ONE --set TEXT=1", "BROKEN"),
]


@pytest.mark.parametrize("name", slow_unless(lambda name: name in COMMANDS[:2], COMMANDS))
@pytest.mark.parametrize("words", WRITERS)
def test_a_ci_log_takes_nothing_for_a_command(
    words: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    one, two = f"{name}.yaml", f"{name}2.yaml"
    hostile_network(tmp_path, name, one)
    hostile_network(tmp_path, f"{name}2", two)
    (tmp_path / "broken.yaml").write_text(
        f"input: [3, 8, 8]\nlayers:\n  - {{conv: {json.dumps(name)}, kernel_size: 3}}\n", "utf-8"
    )
    meant = {"ONE": one, "TWO": two, "NOWHERE": f"{name}3.yaml", "TEXT": name}
    given = "audit broken.yaml" if words == "BROKEN" else words
    code = main([meant.get(word, word.replace("NOWHERE", one)) for word in given.split()])
    assert code != 3
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert not TAKEN.search(text)


@pytest.mark.parametrize("text", [*COMMANDS, "\\##[x]", "##", "a # b", "##é[", "\U0001f600##["])
def test_json_stays_what_it_is(text: str) -> None:
    written = json_text({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert not re.search(r"##\w*\[", written)
    assert written.isascii()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\udcff\udcfe.yaml", "\\xff\\xfe.yaml"),
        ("\ud800", "\\ud800"),
        ("\\udcff", "\\udcff"),
        ("\U0001f600\udc80", "\U0001f600\\x80"),
    ],
)
def test_json_has_no_half_characters(text: str, read: str) -> None:
    assert json.loads(json_text([text])) == [read]


@pytest.mark.parametrize("start", range(3, 8))
def test_carets_stand_where_the_words_are(start: int) -> None:
    """Breaking a command moves what is behind it; here it is cut in two by the words' start."""
    line, under = carets("ab ##[x] c", start, 1)
    assert line == "    ab #\\#[x] c"
    at = 4 + start + (start > 3)
    assert under == f"{' ' * at}{'^' * (2 if start == 3 else 1)}"


BYTES = b"\xff\xfe.yaml"

undecoded = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="file names are text there"
)


@undecoded
@pytest.mark.parametrize("locale", slow_unless(lambda name: name == "POSIX", ["C.UTF-8", "POSIX"]))
class TestFileNamesThatAreNoText:
    @pytest.fixture
    def place(self, tmp_path: Path, locale: str) -> dict[str, str]:
        hostile_network(tmp_path, "net", "net.yaml")
        (tmp_path / "net.yaml").rename(tmp_path / os.fsdecode(BYTES))
        return {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    @pytest.mark.parametrize("name", slow_unless(lambda name: name == "table", FORMATS.names))
    def test_check(self, tmp_path: Path, place: dict[str, str], name: str) -> None:
        ran = run_process(f"check {tmp_path} -f {name}", place)
        assert ran.code == 1
        if name == "sarif":
            (found,) = json.loads(ran.out)["runs"][0]["results"]
            uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert unquote_to_bytes(uri).endswith(b"/" + BYTES)
        elif name in ("json", "gitlab"):
            told = json.loads(ran.out)
            json.dumps(told, ensure_ascii=False).encode()  # strict: no half characters
            file = told["files"][0]["file"] if name == "json" else told[0]["location"]["path"]
            assert file.endswith("/\\xff\\xfe.yaml")
        elif name == "junit":
            (case,) = ET.fromstring(ran.out).iter("testcase")  # noqa: S314 - our own
            assert str(case.get("classname")).endswith("/\\xff\\xfe.yaml")
        else:
            out = ran.out.replace(r"\textbackslash{}", "\\") if name == "latex" else ran.out
            assert "\\xff\\xfe.yaml" in out.replace("\\\\", "\\")

    def test_sarif_of_a_relative_path(
        self, tmp_path: Path, place: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (found,) = json.loads(run_process("check . -f sarif", place).out)["runs"][0]["results"]
        location = found["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": "%FF%FE.yaml"}

    @pytest.mark.parametrize("name", ["table", "json", "csv", "markdown"])
    def test_audit(self, tmp_path: Path, place: dict[str, str], name: str) -> None:
        files = f"{tmp_path}/{os.fsdecode(BYTES)}"
        ran = run_process(f"audit {files} {files} {files}2 -f {name}", place)
        assert ran.code == 2
        assert ran.err.endswith(
            "\\xff\\xfe.yaml2: error: cannot be read: No such file or directory\n"
        )
        assert ("\\xff\\xfe.yaml" in ran.out.replace("\\\\", "\\")) == (name != "csv")

    def test_a_snapshot(self, tmp_path: Path, place: dict[str, str]) -> None:
        written = tmp_path / "base.json"
        assert run_process(f"snapshot {tmp_path} -o {written}", place).code == 0
        assert list(json.loads(written.read_text("utf-8"))["networks"]) == ["\\xff\\xfe.yaml"]
        ran = run_process(f"check {tmp_path} --against {written} -f json", place)
        assert {each["code"] for each in json.loads(ran.out)["findings"]} == {"CC101"}
