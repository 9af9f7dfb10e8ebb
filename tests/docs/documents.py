"""README and topics, and the blocks in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.program import ROOT, process_environment

TOPICS = ROOT / "cli" / "convcalc_cli" / "topics"
OPERATIONS = TOPICS / "operations.md"
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted(TOPICS.glob("*.md"))]

CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    """The text of a document."""
    return path.read_text(encoding="utf-8")


def blocks(language: str, *paths: Path) -> list[str]:
    """The blocks of a language, in some documents or in all."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [found for path in paths or DOCUMENTS for found in pattern.findall(text_of(path))]


def table(first_title: str) -> tuple[list[str], list[list[str]]]:
    """The titles and the rows of the table whose first column has this title."""
    everything = "\n".join(map(text_of, DOCUMENTS))
    (lines,) = re.findall(rf"^\| {first_title} \|.*\n(?:\|.*\n)+", everything, re.MULTILINE)
    titles, _, *rows = [
        [cell.strip() for cell in line[1:-1].split("|")] for line in lines.splitlines()
    ]
    return titles, rows


def in_bash(script: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A script run where the commands of the documents are to be run."""
    return subprocess.run(
        [str(shutil.which("bash")), "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env=process_environment(PYTHON=sys.executable),
        timeout=60,
    )


def run_in_shell(command: str) -> str:
    """What a command of a document prints."""
    ran = in_bash(re.sub(r"\bconvcalc (?=\w)", '"$PYTHON" -m convcalc_cli ', command))
    return ran.stdout + ran.stderr
