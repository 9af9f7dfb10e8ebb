"""What help texts must mention."""

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

import convcalc
from convcalc.checks.rules import RULES
from convcalc_cli.app import COMMANDS
from convcalc_cli.commands.layer import command as layer
from convcalc_cli.commands.rule import rule
from convcalc_cli.shell.screen import Screen
from support.program import run, run_process, run_python
from support.slow import slow_unless

FLAGS = """
    --in --out -k --kernel-size -s --stride -p --padding -d --dilation -g --groups
    --bias --no-bias --size --dims --batch --dtype --transposed --output-padding
    --explain -f --format -h --help
"""


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_program_lists_its_commands(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    ran = run(capsys, flag)
    assert (ran.code, ran.err) == (0, "")
    for text in [*COMMANDS, "--version", "Examples:"]:
        assert text in ran.out


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_layer_lists_its_flags_and_defaults(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    ran = run(capsys, f"layer {flag}")
    assert (ran.code, ran.err) == (0, "")
    for name in FLAGS.split():
        assert re.search(rf"(?<![\w-]){name}\b", ran.out), name
    for text in ["3 by default", "64 by default", "same", "valid", "float16", "markdown"]:
        assert text in ran.out


@pytest.mark.parametrize(
    ("begun", "completed"),
    [
        ("", ["float64", "float32", "float16", "bfloat16", "int8"]),
        ("fl", ["float64", "float32", "float16"]),
        ("bfloat16", ["bfloat16"]),
        ("half", []),
    ],
)
def test_a_shell_completes_number_formats(begun: str, completed: list[str]) -> None:
    environment = {
        "_CONVCALC_COMPLETE": "complete_bash",
        "COMP_WORDS": f"convcalc layer --in 3 --dtype {begun}",
        "COMP_CWORD": "5",
    }
    ran = run_process("", environment)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.split() == completed


def test_the_examples_of_layer_work(capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"^  convcalc (layer .*)$", layer.EXAMPLES, re.MULTILINE)
    assert len(lines) > 3
    for line in lines:
        ran = run(capsys, shlex.join(shlex.split(line)))
        assert (ran.code, ran.err) == (0, ""), line


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_examples_fit_into_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(capsys, f"{command} --help").out.splitlines()
    examples = lines[lines.index("  Examples:") + 1 :]
    assert any(line.startswith("    convcalc ") for line in examples)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [50, 60, 70, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_flag_is_broken_at_a_hyphen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert not re.search(r"\w-$", run(capsys, f"{command} --help").out, re.MULTILINE)


FLAG = re.compile(r"--\w[\w-]*|\b\w+-\w[\w-]*")
"""A flag, or a name with hyphens."""


@pytest.mark.parametrize("width", [40, 60, 80, None])
@pytest.mark.parametrize("code", [each.code for each in RULES])
def test_flags_in_rules_can_be_copied(code: str, width: int | None) -> None:
    (found,) = [each for each in RULES if each.code == code]
    written = "".join(rule(code).render(Screen(width)))
    words = f"{found.name}: {found.summary}\n{found.explanation}"
    assert " ".join(written.split()) == f"{code} {' '.join(words.split())}"
    assert not re.search(r"--[\w-]*-(?!\w)", words)
    assert FLAG.findall(written) == FLAG.findall(words)
    assert max(map(len, written.splitlines())) <= (width or 100)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_titles_of_rules_are_wrapped_at_words(width: int) -> None:
    written = "".join(rule().render(Screen(width)))
    assert max(map(len, written.splitlines())) <= width
    told = [f"{each.code} {each.name} {each.summary}" for each in RULES]
    assert " ".join(written.split()) == " ".join(told)
    assert len("".join(rule().render(Screen())).splitlines()) == len(RULES)


def test_every_flag_of_the_rules_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    known = " ".join([run(capsys, f"{command} --help").out for command in COMMANDS])
    for each in RULES:
        for flag in re.findall(r"--\w[\w-]*", each.explanation):
            assert f"{flag} " in known, each.code


@pytest.mark.parametrize(
    "command", slow_unless(lambda command: command in ("", "audit"), ["", *COMMANDS])
)
def test_zsh_shows_every_letter_of_the_help(command: str) -> None:
    """It drops apostrophes, and what quotes and dollars there are."""
    for typed in ("", "--"):
        words = f"convcalc {command} {typed}".replace("  ", " ")
        environment = {"_CONVCALC_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": words}
        ran = run_process("", environment)
        told = re.findall(r'":"(.*)"', ran.out)
        assert told or typed == ""
        assert not re.search(r"['`$]|\"\"", "".join(told)), told


def completed(line: str, shell: str = "bash") -> list[str]:
    """What is offered behind a line."""
    environment = {
        "_CONVCALC_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": f"convcalc {line}",
        "COMP_CWORD": str(1 + line.count(" ")),
        "_TYPER_COMPLETE_ARGS": f"convcalc {line}",
    }
    ran = run_process("", environment)
    assert (ran.code, ran.err) == (0, "")
    return ran.out.split()


LAYER = [
    *("in=", "out=", "kernel_size=", "stride=", "padding=", "dilation=", "groups="),
    *("output_padding=", "size=", "batch="),
]
TOTALS = [
    *("params=", "macs=", "flops=", "input=", "weight=", "activation="),
    *("peak_activation=", "torchsummary="),
]


class TestCompletionOfValues:
    @pytest.fixture(autouse=True)
    def nets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        rest = "input: [3, 8, 8]\nlayers:\n  - {conv: 4, kernel_size: 3}\n"
        Path("net.yaml").write_text("vars: {width: 1.0, depth: 2}\n" + rest, "utf-8")
        Path("other.yaml").write_text("vars: {depth: 2, heads: 3}\n" + rest, "utf-8")
        Path("hostile.yaml").write_text(
            'vars: {"a b": 1, "$(x)": 1, "`x`": 1, "x\\ny": 1, "\'": 1, fine: 1}\n' + rest, "utf-8"
        )

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("sweep --vary ", LAYER),
            ("sweep --in 3 --vary k", ["kernel_size="]),
            ("sweep net.yaml --vary ", ["width=", "depth=", "size=", "batch="]),
            ("sweep --vary size=8,16 net.yaml --vary w", ["width="]),
            ("sweep nowhere.yaml --vary ", ["size=", "batch="]),
            ("sweep net.yaml --set ", ["width=", "depth="]),
            ("audit net.yaml other.yaml --set ", ["width=", "depth=", "heads="]),
            ("audit nowhere.yaml net.yaml --batch 2 --set d", ["depth="]),
            ("audit hostile.yaml --set ", ["fine="]),
            ("audit mobilenet-v1 --set ", ["width="]),
            ("audit nowhere.yaml . --set ", []),
            ("check --allow ", TOTALS),
            ("check . --against b.json --allow p", ["params=", "peak_activation="]),
            ("diff net.yaml other.yaml --fail-on m", ["macs="]),
        ],
    )
    def test_what_is_offered(self, line: str, offered: list[str]) -> None:
        assert completed(line) == offered

    def test_what_is_offered_is_taken(self, capsys: pytest.CaptureFixture[str]) -> None:
        for name in completed("sweep net.yaml --vary "):
            assert run(capsys, f"sweep net.yaml --vary {name}8,16").code == 0
        for name in completed("audit net.yaml --set "):
            assert run(capsys, f"audit net.yaml --set {name}2").code == 0
        for name in completed("diff net.yaml other.yaml --fail-on "):
            assert run(capsys, f"diff net.yaml other.yaml --fail-on {name}0").code == 0

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    def test_other_shells(self, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        offered = completed("sweep net.yaml --vary ", shell)
        assert "width=" in " ".join(offered)
        assert "groups=" not in " ".join(offered)

    def fifo(self) -> str:
        os.mkfifo("pipe.yaml")
        return "pipe.yaml"

    def endless(self) -> str:
        return "/dev/zero"

    def large(self) -> str:
        with Path("large.yaml").open("wb") as file:
            file.write(b"vars: {width: 1}\n")
            file.truncate(10**10)
        return "large.yaml"

    def bomb(self) -> str:
        lines = ["x-0: &l0 [" + "1, " * 9 + "1]"]
        lines += [f"x-{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 20)]
        Path("bomb.yaml").write_text("\n".join(lines), "utf-8")
        return "bomb.yaml"

    def nested(self) -> str:
        Path("nested.yaml").write_text("vars: " + "[" * 50_000, "utf-8")
        return "nested.yaml"

    def stdin(self) -> str:
        return "-"

    @pytest.mark.skipif(os.name != "posix", reason="needs pipes and devices")
    @pytest.mark.parametrize("make", [fifo, endless, large, bomb, nested, stdin])
    def test_files_that_take_long(self, make: Callable[[object], str]) -> None:
        start = perf_counter()
        assert completed(f"sweep {make(self)} --vary ") == ["size=", "batch="]
        assert perf_counter() - start < 5

    @pytest.mark.parametrize(
        "environment", [{}, {"COMP_WORDS": "convcalc"}, {"COMP_WORDS": "a", "COMP_CWORD": "x"}]
    )
    def test_without_a_shell(self, environment: dict[str, str]) -> None:
        ran = run_process("", {"_CONVCALC_COMPLETE": "complete_bash", **environment})
        assert (ran.code, ran.out) == (2, "")
        assert re.fullmatch(r"error: the shell did not say what to complete: .*\n", ran.err)


def test_sweep_says_what_is_for_networks(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(run(capsys, "sweep --help").out.split())
    assert "Input channels; required without NET.yaml." in told
    assert "Output channels; required without NET.yaml." in told
    assert "Input channels; required." in " ".join(run(capsys, "layer --help").out.split())


class TestDir:
    def test_every_public_name_is_seen_before_it_is_loaded(self) -> None:
        assert set(convcalc.__all__) <= set(dir(convcalc))
        others = {name for name in dir(convcalc) if not name.startswith("__")}
        assert others <= set(convcalc.__all__)

    def test_help_has_all_of_them(self) -> None:
        """NumPy is an extra: what needs it is known without it."""
        code = "import sys; sys.modules['numpy'] = None; import convcalc; help(convcalc)"
        ran = run_python("-c", code, PAGER="cat")
        for name in filter(lambda name: callable(getattr(convcalc, name)), convcalc.__all__):
            assert re.search(rf"^    (class )?{name}\(", ran.out, re.MULTILINE), name

    def test_nothing_is_loaded_for_it(self) -> None:
        ran = run_python("-c", "import sys, convcalc; dir(convcalc); print(*sys.modules)")
        assert "convcalc.redesign.of_layer" in ran.out.split()
        assert "convcalc.files.loading" not in ran.out.split()
        assert "yaml" not in ran.out.split()
