"""`convcalc rule`: what a finding means, and what to do about it."""

from typing import Annotated

import typer

from convcalc.checks.rules import RULES
from convcalc.language.problems import did_you_mean
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

SUMMARY = "What a finding means."
EXAMPLES = """\b
Examples:
  convcalc rule
  convcalc rule CC101
  convcalc rule over-budget
"""


def _codes() -> list[str]:
    return [rule.code for rule in RULES]


def rule(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A code or a name.", autocompletion=_codes),
    ] = None,
) -> Outcome:
    """What a finding of check means, and what to do about it; without a code, all there are."""
    if code is None:
        return Outcome(_list)
    known = {name: each for each in RULES for name in (each.code, each.name)}
    found = known.get(code.upper()) or known.get(code.lower())
    if found is None:
        raise FlagError(f"there is no rule {code}{did_you_mean(code.upper(), known)}")
    head = f"{found.code} {found.name}: {found.summary}"
    return Outcome(lambda screen: f"{screen.filled(head)}\n\n{screen.filled(found.explanation)}\n")


def _list(screen: Screen) -> str:
    """A line for each rule; where there is little room, what it says is below its name."""
    lines = [f"{each.code}  {each.name:24}{each.summary}" for each in RULES]
    if screen.width is None or max(map(len, lines)) <= screen.width:
        return "\n".join(lines) + "\n"
    return "".join(
        [
            f"{each.code}  {each.name}\n{screen.filled(f'       {each.summary}', ' ' * 7)}\n"
            for each in RULES
        ]
    )
