"""What help texts must mention."""

import re
import shlex

import pytest

from convcalc_cli.app import COMMANDS
from convcalc_cli.commands import layer
from support.program import run, run_process

FLAGS = """
    --in --out -k --kernel-size -s --stride -p --padding -d --dilation -g --groups
    --bias --no-bias --size --dims --batch --dtype --transposed --output-padding
    --explain -f --format --debug -h --help
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
    for text in ["3 if left out", "64 if left out", "same", "valid", "float16", "markdown"]:
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
