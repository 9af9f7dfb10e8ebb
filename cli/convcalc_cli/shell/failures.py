"""Errors in the words of the command line, a line each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

from convcalc.errors import SpecError
from convcalc_cli.flags.values import FlagError, with_value
from convcalc_cli.text import printable


def _beside_bad_parameter(name: str) -> type[Any]:
    """A class of errors that Typer raises but does not export, from where it keeps its own.

    That is `typer._click.exceptions` at present and was Click's own module before; if it is
    neither one day, errors of the class are reported as internal errors.
    """
    found: type[Any] = getattr(
        import_module(typer.BadParameter.__module__), name, typer.BadParameter
    )
    return found


ClickException = _beside_bad_parameter("ClickException")
UsageError = _beside_bad_parameter("UsageError")
MissingParameter = _beside_bad_parameter("MissingParameter")

USER_ERRORS = (ClickException, FlagError, SpecError)
"""What a run raises when its arguments are at fault."""


PYDANTICS = "Value error, "
"""What Typer from 0.29 on puts before the messages of our own parsers."""

LONGEST = 500
"""Characters that an error line has at the most, whatever it was given to repeat."""


def error_line(error: Exception) -> str:
    """What is wrong, with the flags and the numbers, in one line."""
    text = printable(_fact(error))
    return f"error: {text if len(text) <= LONGEST else text[:LONGEST] + '...'}"


def internal_error_line(fault: Exception) -> str:
    """A fault of the program's own, and what to do about it."""
    what = printable(f"{type(fault).__name__}: {fault}")
    return (
        f"error: internal error ({what}); "
        "please report it with the command and the output of --debug"
    )


def _fact(error: Any) -> str:
    if isinstance(error, SpecError):
        return error.spelled(with_value)
    if isinstance(error, MissingParameter) and error.param is not None:
        flag = max(error.param.opts, key=len)
        name = flag if flag.startswith("-") else error.param.metavar or flag.upper()
        return f"{name} is missing{_help_hint(error)}"
    if isinstance(error, typer.BadParameter) and error.param is not None:
        message = error.message.removeprefix(PYDANTICS).rstrip(".")
        return f"{max(error.param.opts, key=len)} {message}"
    if isinstance(error, UsageError):
        message = error.format_message().rstrip(".")
        return f"{message[:1].lower()}{message[1:]}{_help_hint(error)}"
    return str(error)


def _help_hint(error: Any) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""
