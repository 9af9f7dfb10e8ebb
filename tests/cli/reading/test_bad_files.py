"""Bad network files: every mistake is told once, at its place, and nothing else happens."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from convcalc_cli.page.formats import PAGE_FORMATS
from convcalc_cli.program import main
from support.program import ROOT, Run, process_environment, utf8_names
from support.slow import slow_unless

BAD = ROOT / "tests" / "cases" / "bad"
GOOD = sorted([*ROOT.glob("examples/*.yaml"), *ROOT.glob("tests/cases/good/*.yaml")])
FILES = sorted(path.name for path in BAD.iterdir())

NET = "input: [3, 8, 8]\nlayers:\n  - {conv: 8, kernel_size: 3, name: stem}\n  - relu\n"
WRONG = "input: [3, 8, 8]\nlayers:\n  - {conv: 8, kernel: 3}\n"
WRONG_TOLD = """\
wrong.yaml:3:15: error: unknown key kernel; did you mean kernel_size?
      - {conv: 8, kernel: 3}
                  ^^^^^^
"""


def expected(text: str) -> str:
    """What a file of the corpus says of itself, in the comment at its top."""
    lines = text.split("\n")
    end = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    return "".join([f"{line.removeprefix('# ')}\n" for line in lines[:end]])


def audit(*words: str) -> Run:
    """`convcalc audit`, in this process and without a fixture."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["audit", *words])
    return Run(code, out.getvalue(), err.getvalue())


def audit_process(*words: str, given: bytes = b"") -> Run:
    """`convcalc audit` in a process of its own, with something on standard input."""
    ended = subprocess.run(
        [sys.executable, "-m", "convcalc_cli", "audit", *words],
        input=given,
        capture_output=True,
        check=False,
        env=process_environment(),
        timeout=60,
    )
    return Run(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the tests of flags name, and the folder to name them in."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(NET, "utf-8")
    Path("other.yaml").write_text(NET, "utf-8")
    Path("wrong.yaml").write_text(WRONG, "utf-8")
    return tmp_path


class TestCorpus:
    def test_its_size(self) -> None:
        assert len(FILES) >= 60

    @pytest.mark.parametrize("file", FILES)
    def test_the_whole_message(self, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(BAD)
        told = expected(Path(file).read_text("utf-8"))
        assert told
        assert audit(file) == (2, "", told)

    @pytest.mark.slow
    @pytest.mark.parametrize("file", FILES)
    def test_json_has_the_same_errors(self, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(BAD)
        ran = audit(file, "--format", "json")
        report = json.loads(ran.out)
        errors = [
            f"{each['file']}:{each['line']}:{each['column']}: error: {each['message']}"
            for each in report["errors"]
        ]
        told = re.findall(rf"^{re.escape(file)}:.*$", ran.err, re.MULTILINE)
        assert (ran.code, report["networks"]) == (2, [])
        assert told == errors

    @pytest.mark.slow
    @pytest.mark.parametrize("file", FILES)
    def test_nothing_else_becomes_a_table(self, file: str) -> None:
        ran = audit("good.yaml", str(BAD / file), "--format", "csv")
        alone = audit("good.yaml", "--format", "csv")
        assert (ran.code, ran.out) == (2, alone.out)


TEXTS = [
    (b"", "1:1", "a network is a mapping with input and layers, not nothing"),
    (b"\n \n\n", "1:1", "a network is a mapping with input and layers, not nothing"),
    (b"---\n...\n", "2:1", "a network is a mapping with input and layers, not nothing"),
    (b"# soon\n", "1:1", "a network is a mapping with input and layers, not nothing"),
    (b"\xff\xfe\x00", None, "the file begins as UTF-16 or UTF-32 does, but is not"),
    (b"name: caf\xe9\n", "1:10", "the byte 0xe9 is not UTF-8: save the file as UTF-8"),
    (b"name: a\x00b\n", "1:8", "the control character U+0000 is not allowed"),
    (b"\x89PNG\r\n\x1a\n", "1:1", "the byte 0x89 is not UTF-8: save the file as UTF-8"),
]


@pytest.mark.parametrize(("text", "place", "message"), TEXTS)
def test_texts_that_are_none(text: bytes, place: str | None, message: str) -> None:
    Path("none.yaml").write_bytes(text)
    ran = audit("none.yaml")
    where = f":{place}" if place else ""
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == f"none.yaml{where}: error: {message}"


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("nowhere.yaml", "No such file or directory"),
            ("null.yaml", "No such file or directory"),
            ("good.yaml/x", "Not a directory"),
            ("x" * 300, "File name too long"),
        ],
    )
    def test_that_cannot_be_read(self, name: str, reason: str) -> None:
        assert audit(name) == (2, "", f"{name}: error: cannot be read: {reason}\n")

    def test_a_folder_without_a_network(self) -> None:
        Path("empty").mkdir()
        assert audit("empty") == (2, "", "error: there is no network in empty\n")

    def test_a_name_that_is_none(self) -> None:
        assert audit("a\0b") == (
            2,
            "",
            "a\\x00b: error: cannot be read: there is a null byte in its name\n",
        )

    def test_without_permission(self) -> None:
        Path("secret.yaml").write_text(NET, "utf-8")
        Path("secret.yaml").chmod(0)
        if os.access("secret.yaml", os.R_OK):
            pytest.skip("nothing is forbidden here")
        told = "secret.yaml: error: cannot be read: Permission denied\n"
        assert audit("secret.yaml") == (2, "", told)

    def test_none_at_all(self) -> None:
        told = "error: FILES... is missing (see convcalc audit --help)\n"
        assert audit() == (2, "", told)

    @utf8_names
    def test_hostile_names(self) -> None:
        name = "\x1b[31m\n::error::x\u202e.yaml"
        shown = "\\x1b[31m\\n::error::x\\u202e.yaml"
        told = f"{shown}: error: cannot be read: No such file or directory\n"
        assert audit(name) == (2, "", told)

    def test_bad_standard_input(self) -> None:
        ran = audit_process("-", given=WRONG.encode())
        assert ran == (2, "", WRONG_TOLD.replace("wrong.yaml", "-", 1))

    def test_good_standard_input(self) -> None:
        ran = audit_process("-", "--format", "json", given=NET.encode())
        (network,) = json.loads(ran.out)["networks"]
        assert (ran.code, ran.err) == (0, "")
        assert (network["name"], network["file"]) == ("network", "-")

    @pytest.mark.parametrize("output_format", ["table", "json", "csv", "markdown"])
    def test_the_good_ones_are_reported(self, output_format: str) -> None:
        files = ("good.yaml", "wrong.yaml", "nowhere.yaml", "other.yaml")
        ran = audit(*files, "--format", output_format)
        missing = "nowhere.yaml: error: cannot be read: No such file or directory\n"
        assert (ran.code, ran.err) == (2, WRONG_TOLD + missing)
        if output_format != "json":
            assert ran.out == audit("good.yaml", "other.yaml", "--format", output_format).out
            return
        report = json.loads(ran.out)
        assert [each["file"] for each in report["networks"]] == ["good.yaml", "other.yaml"]
        message = "unknown key kernel; did you mean kernel_size?"
        assert report["errors"] == [
            {"file": "wrong.yaml", "line": 3, "column": 15, "message": message},
            {
                "file": "nowhere.yaml",
                "line": None,
                "column": None,
                "message": "cannot be read: No such file or directory",
            },
        ]


FLAGS = [
    ("--set width=2", "good.yaml: error: unknown variable width"),
    ("--set width", "error: --set width is not NAME=NUMBER"),
    ("--set width=", "error: --set width= is not NAME=NUMBER"),
    ("--set width=two", "error: --set width=two is not NAME=NUMBER"),
    ("--set width=1e3", "error: --set width=1e3 is not NAME=NUMBER"),
    ("--set width=nan", "error: --set width=nan is not NAME=NUMBER"),
    ("--size 8x8x8", "good.yaml: error: --size 8x8x8 is not for an input of 2 spatial sizes"),
    ("--size 0", "good.yaml: error: --size 0 is below 1"),
    ("--groups 0", "error: --groups 0 is below 1"),
    ("--groups 2,0", "error: --groups 0 is below 1"),
    ("--groups 2;4", "error: --groups 2;4 is not whole numbers as in 2,4,8"),
    ("--size two", "error: --size two is not a whole number, or several as in 3x5"),
    ("--top 0", "error: --top 0 is below 1"),
    ("--top -3", "error: --top -3 is below 1"),
    ("--batch 0", "good.yaml: error: --batch 0 is below 1"),
    (
        "--dtype half",
        "good.yaml: error: --dtype half is not one of float64, float32, float16, bfloat16, int8",
    ),
    ("--sort name", "error: --sort 'name' is not one of 'params', 'macs', 'activation'"),
    (
        "-f xml",
        "error: --format xml: unknown format; choose from "
        f"{', '.join([*PAGE_FORMATS, 'json', 'csv'])}",
    ),
]


def test_a_variable_without_a_name() -> None:
    assert audit("good.yaml", "--set", "=2") == (2, "", "error: --set =2 is not NAME=NUMBER\n")


@pytest.mark.parametrize(("flags", "message"), FLAGS)
def test_flags(flags: str, message: str) -> None:
    assert audit("good.yaml", *flags.split()) == (2, "", f"{message}\n")


def test_a_variable_that_is_almost_there() -> None:
    Path("good.yaml").write_text("vars: {width: 1}\n" + NET, "utf-8")
    told = "good.yaml: error: unknown variable widht; did you mean width?\n"
    assert audit("good.yaml", "--set", "widht=2") == (2, "", told)


class TestOutput:
    def test_into_a_folder_that_is_not_there(self) -> None:
        told = "error: cannot write none/out.json: No such file or directory\n"
        assert audit("good.yaml", "-o", "none/out.json") == (2, "", told)
        assert not Path("none").exists()

    def test_onto_a_folder(self, folder: Path) -> None:
        Path("out").mkdir()
        told = "error: cannot write out: Is a directory\n"
        assert audit("good.yaml", "-o", "out") == (2, "", told)
        assert sorted(path.name for path in folder.iterdir()) == [
            *("good.yaml", "other.yaml", "out", "wrong.yaml")
        ]

    def test_into_a_folder_that_is_read_only(self) -> None:
        Path("locked").mkdir()
        Path("locked/out.json").write_text("old", "utf-8")
        Path("locked").chmod(0o555)
        if os.access("locked", os.W_OK):
            pytest.skip("nothing is forbidden here")
        ran = audit("good.yaml", "-o", "locked/out.json")
        told = "error: cannot write locked/out.json: Permission denied\n"
        assert ran == (2, "", told)
        assert Path("locked/out.json").read_text("utf-8") == "old"

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_onto_a_full_device(self) -> None:
        told = "error: cannot write /dev/full: No space left on device\n"
        assert audit("good.yaml", "-o", "/dev/full") == (2, "", told)

    def test_a_disk_that_fills_up_leaves_the_old_content(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        Path("out.json").write_text("old", "utf-8")
        monkeypatch.setattr("convcalc_cli.shell.saving._be_like", fail)
        ran = audit("good.yaml", "-o", "out.json")
        assert ran == (2, "", "error: cannot write out.json: No space left on device\n")
        assert Path("out.json").read_text("utf-8") == "old"
        assert not list(folder.glob(".*"))

    def test_of_bad_files_only(self) -> None:
        ran = audit("wrong.yaml", "-f", "json", "-o", "out.json")
        assert ran == (2, "", f"{WRONG_TOLD}written: out.json\n")
        assert len(json.loads(Path("out.json").read_text("utf-8"))["errors"]) == 1


# Good files, spoilt at random.

TOKENS = [
    *("{", "}", "[", "]", ",", ":", ": ", "- ", "\n", "\t", "  ", "#", "'", '"', "&a ", "*a"),
    *("!x ", "<<: ", "---\n", "|", ">", "%", "@", "`", "?", "~", "null", "true", "-1", "0", "1e9"),
    *("${x}", "$", "$width", "$in_channels", "**", "/ 0", "max(1, 2)", "3x5", "9" * 50, "name: "),
    *("from: ", "repeat: ", "repeat: 1000000", "input", "conv", "block: ", "add: ", "\u202e", "é"),
    *("first: {}", "with: {}", "expect: ", "kernel_size: ", "{}", "[]", "\x1b", "\x85", "\u2028"),
]
TEXT_OF = {path: path.read_text("utf-8") for path in GOOD}
SPOT = st.integers(0, 10**6)


def _line_deleted(text: str, at: int, _: int, __: str) -> str:
    lines = text.split("\n")
    del lines[at % len(lines)]
    return "\n".join(lines)


def _line_doubled(text: str, at: int, to: int, _: str) -> str:
    lines = text.split("\n")
    lines.insert(to % len(lines), lines[at % len(lines)])
    return "\n".join(lines)


def _lines_swapped(text: str, at: int, to: int, _: str) -> str:
    lines = text.split("\n")
    one, other = at % len(lines), to % len(lines)
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _character_deleted(text: str, at: int, _: int, __: str) -> str:
    at %= max(len(text), 1)
    return text[:at] + text[at + 1 :]


def _token_put(text: str, at: int, _: int, token: str) -> str:
    at %= max(len(text), 1)
    return text[:at] + token + text[at:]


def _word_replaced(text: str, at: int, to: int, token: str) -> str:
    words = list(re.finditer(r"[\w.$]+", text))
    if not words:
        return token
    start, end = words[at % len(words)].span()
    new = token if to % 2 else words[to % len(words)][0]
    return text[:start] + new + text[end:]


Change = Callable[[str, int, int, str], str]
CHANGES: list[Change] = [
    _line_deleted,
    _line_doubled,
    _lines_swapped,
    _character_deleted,
    _token_put,
    _word_replaced,
]
PLACED = re.compile(r"^net\.yaml:[1-9]\d*:[1-9]\d*: (error|warning): .")
WHOLE = re.compile(r"^net\.yaml: error: the file begins as UTF-")


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """The text of a good file after some changes."""
    text = TEXT_OF[draw(st.sampled_from(GOOD))]
    for _ in range(draw(st.integers(1, 4))):
        change = draw(st.sampled_from(CHANGES))
        text = change(text, draw(SPOT), draw(SPOT), draw(st.sampled_from(TOKENS)))
    return text


OFTEN = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@OFTEN
@given(spoilt(), st.sampled_from(["table", "json", "csv", "markdown"]))
@example("", "table")
@example("\n", "json")
def test_spoilt_files(text: str, output_format: str) -> None:
    Path("net.yaml").write_bytes(text.encode())
    ran = audit("net.yaml", "--format", output_format)
    assert ran.code in (0, 2), ran.err
    assert "a fault of convcalc" not in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.replace("\n", "").isprintable()
    heads = [line for line in ran.err.splitlines() if not line.startswith("    ")]
    assert all(PLACED.match(line) or WHOLE.match(line) for line in heads), ran.err
    if ran.code == 0:
        assert ran.out
        assert not [line for line in heads if ": error: " in line]
    else:
        assert any(": error: " in line for line in heads)
        assert not ran.out or output_format in ("json", "csv")
        if output_format == "csv":
            assert ran.out.count("\n") <= 1


# Small texts that stand for much.


def _rows(text: str) -> str:
    return f"input: [3, 8, 8]\nlayers:\n{text}"


def _alias_bomb() -> str:
    lines = ["x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join([*lines, "input: [3, 8, 8]", "layers: *a11", ""])


def _nested_repeats(depth: int, times: str) -> str:
    blocks = [f"  b{n}: {{layers: [{{block: b{n + 1}, repeat: {times}}}]}}" for n in range(depth)]
    blocks.append(f"  b{depth}: {{layers: [relu]}}")
    return "\n".join(["blocks:", *blocks, _rows("  - {block: b0}\n")])


BOMBS = {
    "100,000 open brackets": "[" * 100_000,
    "100,000 open braces": "{a: " * 100_000,
    "100,000 items in each other": "- " * 100_000,
    "aliases": _alias_bomb(),
    "a scalar of 10 MB": f"name: {'x' * 10**7}\n{NET}",
    "a quoted scalar of 10 MB": f'name: "{"x" * 10**7}"\n{NET}',
    "a key of 10 MB": f"{'x' * 10**7}: 1\n{NET}",
    "a number of 10 MB": f"batch: {'7' * 10**7}\n{NET}",
    "a tower of powers": _rows("  - {conv: 9**9**9, kernel_size: 3}\n"),
    "a long product": _rows(f"  - {{conv: {'*'.join(['999999999'] * 90)}, kernel_size: 3}}\n"),
    "a long quotient": _rows(f"  - {{conv: {'/'.join(['999999937'] * 90)}, kernel_size: 3}}\n"),
    "an expression of 900 kB": _rows(f"  - {{conv: {'1+' * 450_000}1, kernel_size: 3}}\n"),
    "many parentheses": _rows(f"  - {{conv: '{'(' * 100_000}', kernel_size: 3}}\n"),
    "a block in itself": f"blocks: {{a: {{layers: [{{block: a}}]}}}}\n{_rows('  - {block: a}')}",
    "two blocks in each other": (
        "blocks: {a: {layers: [{block: b}]}, b: {layers: [{block: a}, {block: a}]}}\n"
        f"{_rows('  - {block: a}')}"
    ),
    "a huge repeat": _rows("  - {relu: , repeat: 1000000000}\n"),
    "a huge repeat as a float": _rows("  - {relu: , repeat: 1e9}\n"),
    "repeats in repeats": _nested_repeats(30, "10"),
    "repeats by variable": "vars: {n: 50}\n" + _nested_repeats(30, "$n"),
    "repeats of nothing": _nested_repeats(30, "10").replace("[relu]", "[]"),
    "blocks by twos": "\n".join(
        [
            "blocks:",
            *[f"  b{n}: {{layers: [{{block: b{n + 1}}}, {{block: b{n + 1}}}]}}" for n in range(40)],
            "  b40: {layers: []}",
            _rows("  - {block: b0}\n"),
        ]
    ),
    "many unknown words": _rows("  - reluu\n" * 50_000),
    "a word of 900 kB": _rows(f"  - {'x' * 900_000}\n"),
    "a reference of 900 kB": _rows(f"  - {{relu: , from: {'x' * 900_000}}}\n"),
    "many unknown names": _rows(
        "".join(f"  - {{relu: , name: layer_{n}, from: leyer_{n}}}\n" for n in range(20_000))
    ),
    "arguments that repeat": (
        _nested_repeats(30, "$n, with: {n: $n}").replace("{layers", "{args: {n: 50}, layers")
    ),
    "many unknown keys": _rows("  - {conv: 8, kernel: 3}\n" * 20_000),
    "many duplicate keys": "a: 1\n" * 100_000,
    "many groups of a number": _rows("  - {upsample: 1000000000000000}\n"),
}


ONE_OF_A_KIND = {"100,000 open brackets", "aliases", "a tower of powers", "a huge repeat"}


@pytest.mark.parametrize("name", slow_unless(lambda name: name in ONE_OF_A_KIND, BOMBS))
def test_bombs(name: str) -> None:
    ran = audit_process("-", given=BOMBS[name].encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("-:")
    assert ": error: " in ran.err.splitlines()[0]
    assert "a fault of convcalc" not in ran.err
    assert max(map(len, ran.err.splitlines())) < 700
