"""What is taken from Typer beyond what it exports: its usage errors, by the module they are in.

If one of these fails with a new Typer, `cli/convcalc_cli/failures.py` has to find the classes that
were in `typer._click.exceptions` up to 0.29 where they are now.
"""

from importlib import import_module

import pytest
import typer

from convcalc_cli.shell import failures
from support.program import run, run_python

CLASSES = ("ClickException", "UsageError", "MissingParameter")
MOVED = (
    f"Typer {typer.__version__} keeps its usage errors elsewhere than beside typer.BadParameter "
    f"({typer.BadParameter.__module__}): mend _beside_bad_parameter in convcalc_cli/failures.py"
)


@pytest.mark.parametrize("name", CLASSES)
def test_the_usage_errors_are_where_they_are_looked_for(name: str) -> None:
    found = getattr(failures, name)
    assert found.__name__ == name, MOVED
    assert issubclass(found, Exception), MOVED


def test_they_are_bases_of_each_other_as_ever() -> None:
    assert issubclass(failures.MissingParameter, typer.BadParameter), MOVED
    assert issubclass(typer.BadParameter, failures.UsageError), MOVED
    assert issubclass(failures.UsageError, failures.ClickException), MOVED


def test_what_was_private_is_still_what_is_found() -> None:
    """Where Typer has the private module, the classes are those."""
    try:
        private = import_module("typer._click.exceptions")
    except ImportError:
        pytest.skip("this Typer has no typer._click")
    assert [getattr(failures, name) for name in CLASSES] == [
        getattr(private, name) for name in CLASSES
    ], MOVED


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("sweep --in 3 --out 3", "--vary is missing"),
        ("layer --in 3 --out 3 --kernl 3", "no such option: --kernl"),
        ("layer --in", "option '--in' requires an argument"),
        ("layer --in 3 --out 3 -f xml", "--format xml: unknown format"),
        ("layer --in 3 --out 3 stray", "got unexpected extra argument"),
        ("audit", "FILES... is missing"),
        ("diff one.yaml", "NEW|PATHS... is missing"),
        ("lair", "no such command 'lair'"),
    ],
)
def test_every_usage_error_is_a_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], command: str, told: str
) -> None:
    code, out, err = run(capsys, command)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {told}")


def test_a_module_without_them_stops_no_run() -> None:
    """As if a new Typer kept them in a module of another name."""
    script = (
        "import sys, types, typer\n"
        "sys.modules['elsewhere'] = types.ModuleType('elsewhere')\n"
        "typer.BadParameter.__module__ = 'elsewhere'\n"
        "from convcalc_cli.program import main\n"
        "sys.exit(main(['layer', '--in', '3', '--out', '3', '-f', 'json']))\n"
    )
    ended = run_python("-c", script)
    assert (ended.code, ended.err) == (0, "")
