"""`convcalc operations`: what network files are made of; short for `convcalc help operations`."""

from functools import partial
from typing import Annotated

import typer

from convcalc_cli.documentation.operations import operation_names, operation_text
from convcalc_cli.documentation.topics import topic_text
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "List the operations of network files, or explain one."
EXAMPLES = """\b
Examples:
  convcalc operations
  convcalc operations conv
"""


def operations(
    name: Annotated[
        str | None, typer.Argument(autocompletion=operation_names, help="The operation to explain.")
    ] = None,
) -> Outcome:
    """List the operations of network files with their parameters, or explain one of them."""
    if name is None:
        return Outcome(partial(topic_text, "operations"), paged=True)
    return Outcome(partial(operation_text, name))
