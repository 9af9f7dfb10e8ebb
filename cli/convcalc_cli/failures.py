"""Errors in the words of the command line, a line each."""

from __future__ import annotations

import typer

# Typer carries a Click of its own and exports no base class of its usage errors.
from typer._click.exceptions import ClickException, MissingParameter, UsageError

from convcalc.errors import SpecError
from convcalc_cli.flags import FlagError, with_value
from convcalc_cli.text import printable

USER_ERRORS = (ClickException, FlagError, SpecError)
"""What a run raises when its arguments are at fault."""


LONGEST = 500
"""Characters that an error line has at the most, whatever it was given to repeat."""


def told(error: Exception) -> str:
    """What is wrong, with the flags and the numbers, in one line."""
    text = printable(_fact(error))
    return f"error: {text if len(text) <= LONGEST else text[:LONGEST] + '...'}"


def fault_told(fault: Exception) -> str:
    """A fault of the program's own, and what to do about it."""
    what = printable(f"{type(fault).__name__}: {fault}")
    return (
        f"error: a fault of convcalc, not yours ({what}); "
        "please report it with the command and what --debug adds to it"
    )


def _fact(error: Exception) -> str:
    if isinstance(error, SpecError):
        return error.spelled(with_value)
    if isinstance(error, MissingParameter) and error.param is not None:
        flag = max(error.param.opts, key=len)
        name = flag if flag.startswith("-") else error.param.human_readable_name
        return f"{name} is missing{_help_hint(error)}"
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return f"{max(error.param.opts, key=len)} {error.message.rstrip('.')}"
    if isinstance(error, UsageError):
        message = error.format_message().rstrip(".")
        return f"{message[:1].lower()}{message[1:]}{_help_hint(error)}"
    return str(error)


def _help_hint(error: UsageError) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""
