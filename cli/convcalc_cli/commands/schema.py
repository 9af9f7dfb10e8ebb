"""`convcalc schema`: the JSON Schema of the network file, for editors."""

import json

from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

SUMMARY = "Print the JSON Schema of network files, for editors."
EXAMPLES = """\b
Examples:
  convcalc schema > convcalc.schema.json
"""


def schema() -> Outcome:
    """Print the JSON Schema (draft-07) of network files, for completion and checks in editors.

    Put `# yaml-language-server: $schema=convcalc.schema.json` at the top of a network file.
    """
    return Outcome(_schema_text)


def _schema_text(screen: Screen) -> str:
    del screen
    from convcalc.language.schema import schema as network_schema

    return json.dumps(network_schema(), indent=2) + "\n"
