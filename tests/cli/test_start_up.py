"""What a run loads: no more than it needs, so that it starts in a blink."""

import subprocess
import sys

import pytest

from support.program import process_environment

SCRIPT = """
import sys
from convcalc_cli.program import main
main({arguments!r})
print(*sorted(sys.modules), file=sys.__stderr__)
"""

HEAVY = {"numpy", "yaml", "matplotlib", "jinja2", "pydantic"}


def loaded(arguments: list[str]) -> set[str]:
    """The modules that a run has loaded by its end."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=process_environment(),
        timeout=60,
    )
    return set(ended.stderr.splitlines()[-1].split())


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
def test_no_rich_where_no_table_is_drawn(arguments: list[str]) -> None:
    modules = loaded(arguments)
    assert "typer" in modules
    assert not modules & (HEAVY | {"rich"})


def test_a_table_needs_rich_and_nothing_heavy() -> None:
    modules = loaded(LAYER)
    assert "rich" in modules
    assert not modules & HEAVY


def test_the_engine_loads_the_standard_library_only() -> None:
    script = "import sys, convcalc; print(*sorted(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=process_environment(),
        timeout=60,
    )
    tops = {name.partition(".")[0] for name in ended.stdout.split()}
    assert tops - set(sys.stdlib_module_names) - {"__main__"} == {"convcalc"}
