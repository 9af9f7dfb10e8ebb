"""Writes outputs and tables in README and topics anew: `python tests/docs/regenerate.py`.

Look at the difference before it is committed: what changed should have.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from convcalc_cli.documentation.operations import operations_markdown
from docs.comparison import with_tables
from docs.documents import CONSOLE, DOCUMENTS, OPERATIONS, run_in_shell


def main() -> None:
    """Each document with what its commands print now."""
    OPERATIONS.write_text(operations_markdown(), encoding="utf-8")
    for path in DOCUMENTS:
        text = with_tables(path.read_text(encoding="utf-8"))
        path.write_text(CONSOLE.sub(_block, text), encoding="utf-8")


def _block(found: re.Match[str]) -> str:
    commands = re.findall(r"^\$ (.*)$", found[1], re.MULTILINE)
    outputs = [f"$ {command}\n{run_in_shell(command)}" for command in commands]
    return f"```console\n{''.join(outputs)}```"


if __name__ == "__main__":
    main()
