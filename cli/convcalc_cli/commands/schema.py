"""`convcalc schema`: the JSON Schema of the network file, for editors."""

import json

import typer

from convcalc_cli.flags import options
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

EXAMPLES = """\b
Examples:
  convcalc schema > convcalc.schema.json
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="The JSON Schema of the network file, for editors.",
    epilog=EXAMPLES,
)
def schema(debug: options.Debug = False) -> Outcome:
    """The JSON Schema (draft-07) of the network file, for completion and checks in editors.

    Put `# yaml-language-server: $schema=convcalc.schema.json` at the top of a network file.
    """
    del debug
    return Outcome(_schema_text)


def _schema_text(screen: Screen) -> str:
    del screen
    from convcalc.language.schema import schema as network_schema

    return json.dumps(network_schema(), indent=2) + "\n"
