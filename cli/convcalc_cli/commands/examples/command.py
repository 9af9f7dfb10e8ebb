"""`convcalc examples`: the networks that come with convcalc."""

from typing import Annotated

import typer

from convcalc_cli.reading.example_files import example_text, examples_list
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

SUMMARY = "List the networks that come with convcalc, or print one."
EXAMPLES = """\b
Examples:
  convcalc examples
  convcalc examples resnet50 > net.yaml
  convcalc examples resnet50 | convcalc audit -
"""


def _names() -> list[str]:
    return [name for name, _ in examples_list()]


def examples(
    name: Annotated[
        str | None, typer.Argument(autocompletion=_names, help="The network to print.")
    ] = None,
) -> Outcome:
    """List the networks that come with convcalc, or print one as a file to start from."""
    if name is None:
        return Outcome(_list)
    text = example_text(name)
    return Outcome(lambda _: text)


def _list(screen: Screen) -> str:
    del screen
    found = examples_list()
    width = max(len(name) for name, _ in found)
    return "".join([f"{name:{width}}  {about}\n" for name, about in found])
