"""The README: its commands run, and what it shows is what they print."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from convcalc import CONVENTION
from convcalc_cli.program import main
from support.program import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")

CONSOLE = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
RUNS = [
    tuple(run.split("\n", 1))
    for block in CONSOLE
    for run in re.split(r"^\$ ", block, flags=re.M)[1:]
]
INLINE = re.findall(r"`(convcalc layer [^`]*)`", README)


def output_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *arguments = shlex.split(command)
    assert program == "convcalc"
    main(arguments)
    captured = capsys.readouterr()
    return str(captured.out + captured.err)


@pytest.mark.parametrize(("command", "shown"), RUNS)
def test_shown_output_is_what_is_printed(
    command: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert output_of(command, capsys) == shown


@pytest.mark.parametrize("command", INLINE)
def test_commands_in_the_text_work(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().err == ""


def test_there_are_runs_and_commands_to_test() -> None:
    assert len(RUNS) >= 6
    assert len(INLINE) >= 8


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
    quoted = re.sub(r"\n> ", " ", README)
    assert f"MACs are {CONVENTION}." in quoted


def test_ci_runs_the_readmes_own_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script


def test_the_changelog_knows_the_version() -> None:
    from convcalc import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_bound_of_typer_says_why() -> None:
    text = Path(ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    assert "typer>=0.26,<0.29" in dependencies
    assert "pydantic" in text.partition('"typer')[0].splitlines()[-2]
