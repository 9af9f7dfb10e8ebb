"""What a run loads: no more than it needs, so that it starts in a blink."""

import sys
from importlib.metadata import version

import pytest

from support.program import ROOT, run_python

SCRIPT = """
import sys
from convcalc_cli.program import main
main({arguments!r})
print(*sorted(sys.modules), file=sys.__stderr__)
"""

TYPER_ALONE = """
import sys, typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(lambda: None)
app([], standalone_mode=False)
print(*sorted(sys.modules), file=sys.__stderr__)
"""

HEAVY = {"numpy", "yaml", "matplotlib", "pydantic"}


def loaded(arguments: list[str]) -> set[str]:
    """The modules that a run has loaded by its end."""
    return loaded_by(SCRIPT.format(arguments=arguments))


def loaded_by(script: str) -> set[str]:
    """The modules that a script has loaded by its end."""
    ended = run_python("-c", script)
    assert ended.code == 0
    return set(ended.err.splitlines()[-1].split())


@pytest.fixture(scope="module")
def of_typer() -> set[str]:
    """What Typer loads for itself: from 0.29 on pydantic, for which our bound shuts it out."""
    return loaded_by(TYPER_ALONE)


LAYER = ["layer", "--in", "16", "--out", "32"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["layer", "--help"],
        [],
        ["layer"],
        [*LAYER, "--groups", "5"],
        [*LAYER, "--kernl", "5"],
        [*LAYER, "--format", "json"],
        [*LAYER, "--format", "csv"],
        [*LAYER, "--format", "markdown"],
    ],
)
def test_no_rich_where_no_table_is_drawn(arguments: list[str], of_typer: set[str]) -> None:
    modules = loaded(arguments)
    assert "typer" in modules
    assert not modules & (HEAVY | {"rich"}) - of_typer


def test_a_table_needs_rich_and_nothing_heavy(of_typer: set[str]) -> None:
    modules = loaded(LAYER)
    assert "rich" in modules
    assert not modules & HEAVY - of_typer


@pytest.mark.parametrize("more", [[], ["--format", "markdown"]])
def test_no_html_where_none_is_written(more: list[str]) -> None:
    network = str(ROOT / "examples" / "m5.yaml")
    for arguments in (LAYER, ["audit", network]):
        modules = loaded([*arguments, *more])
        assert not modules & {"convcalc_cli.page.html", "convcalc_cli.page.svg"}


NOT_ASKED_FOR = (
    "convcalc.difference",
    "convcalc.facts.connectivity",
    "convcalc.facts.explanation",
    "convcalc.files.head_inputs",
    "convcalc.fitting",
    "convcalc.others",
    "convcalc.reference",
    "convcalc_cli.others",
    "convcalc_cli.page.grids",
    "convcalc_cli.shell.extras",
    "convcalc_cli.shell.progress",
    "convcalc_cli.shell.versions",
    "convcalc_cli.shell.writing",
    "convcalc_cli.verification",
)


@pytest.mark.parametrize("more", [[], ["--format", "json"]])
@pytest.mark.parametrize("arguments", [LAYER, ["audit", str(ROOT / "examples" / "m5.yaml")]])
def test_what_is_not_shown_is_not_loaded(arguments: list[str], more: list[str]) -> None:
    arguments = [*arguments, *more]
    assert not [name for name in loaded(arguments) if name.startswith(NOT_ASKED_FOR)]


def test_one_layer_needs_no_network_file() -> None:
    modules = loaded(LAYER)
    assert not [
        name for name in modules if name.startswith(("convcalc.files", "convcalc.language"))
    ]


def test_what_typer_may_load(of_typer: set[str]) -> None:
    """Within the bound that pyproject.toml sets; beyond it, start-up alone may be slower."""
    if tuple(map(int, version("typer").split(".")[:2])) < (0, 29):
        assert not of_typer & (HEAVY | {"rich"})


def test_the_engine_loads_the_standard_library_only() -> None:
    script = "import sys, convcalc; print(*sorted(sys.modules))"
    ended = run_python("-S", "-c", script)
    assert ended.code == 0
    assert "importlib.metadata" not in ended.out.split()
    tops = {name.partition(".")[0] for name in ended.out.split()}
    assert tops - set(sys.stdlib_module_names) - {"__main__"} == {"convcalc"}
