"""`convcalc rule`: the rules of `check`, explained."""

from typing import Annotated

import typer

from convcalc.checks.rules import RULES
from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

SUMMARY = "Explain the rules that check reports."
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
        typer.Argument(metavar="[CODE]", help="Code or name of a rule.", autocompletion=_codes),
    ] = None,
) -> Outcome:
    """Explain a rule that check reports, and what to do about it; without CODE, list all rules."""
    if code is None:
        return Outcome(_list)
    known = {name: each for each in RULES for name in (each.code, each.name)}
    found = known.get(code.upper()) or known.get(code.lower())
    if found is None:
        raise FlagError(f"unknown rule {code}{did_you_mean(code.upper(), known)}")
    head = f"{found.code} {found.name}: {found.summary}"
    return Outcome(lambda screen: f"{screen.filled(head)}\n\n{screen.filled(found.explanation)}\n")


def _list(screen: Screen) -> str:
    """A line for each rule; on a narrow screen, its summary is below its name."""
    lines = [f"{each.code}  {each.name:24}{each.summary}" for each in RULES]
    if screen.width is None or max(map(len, lines)) <= screen.width:
        return "\n".join(lines) + "\n"
    return "".join(
        [
            f"{each.code}  {each.name}\n{screen.filled(f'       {each.summary}', ' ' * 7)}\n"
            for each in RULES
        ]
    )
