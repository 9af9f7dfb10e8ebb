"""`convcalc init`: what a project needs for its networks to be checked."""

from __future__ import annotations

import os

from convcalc.version import __version__
from convcalc_cli.shell.outcome import BAD_INPUT, Outcome

SUMMARY = "Set up checks for the networks of a folder."
EXAMPLES = """\b
Examples:
  convcalc init
  convcalc check --against convcalc.json
"""

SETTINGS, SNAPSHOT, HOOK = "convcalc.toml", "convcalc.json", ".pre-commit-config.yaml"

SETTINGS_TEXT = """\
# What convcalc check holds the networks of this folder to: convcalc help check

# formats = ["yaml", "onnx"]     # looked for in folders; all by default
# exclude = ["third-party/**"]   # left out when folders are searched

# [[check]]
# files = ["mobile/**"]          # * ? ** or the name of a folder
# max-params = "5M"              # any total: macs flops weight activation peak-activation ...
# max-macs = "600M"
"""

HOOK_TEXT = f"""\
repos:
  - repo: https://github.com/convcalc/convcalc
    rev: v{__version__}
    hooks:
      - id: convcalc-check
        args: [--]
"""


def init() -> Outcome:
    """Set up checks for the networks below the current folder.

    Writes convcalc.toml, a snapshot of the networks (convcalc.json) and a hook for pre-commit.
    Files that are there already are kept. With an invalid network, nothing is written.
    """
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.snapshots import snapshot_of
    from convcalc_cli.reading.sources import sources

    found = sources(["."])
    files = networks_of(found.found)
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.messages)
    wanted = {SETTINGS: SETTINGS_TEXT, HOOK: HOOK_TEXT}
    if files.good:
        wanted[SNAPSHOT] = snapshot_of(files.good, SNAPSHOT)
    new = {name: text for name, text in wanted.items() if not os.path.lexists(name)}
    lines = [_kept(name) for name in wanted if name not in new]
    if not files.good:
        lines.append(f"no networks here yet: later, convcalc snapshot -o {SNAPSHOT}")
    return Outcome(
        lambda _: "",
        messages=[*files.messages, *lines],
        saved=new,
        inputs=found.files_read,
        closing=f"next: convcalc check --against {SNAPSHOT}" if files.good else "",
    )


def _kept(name: str) -> str:
    if name == HOOK:
        return f"kept: {HOOK}; the hook to add to it is in convcalc help check"
    return f"kept: {name}"
