"""One run of the program: arguments to output and exit code, whatever happens on the way."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout

import typer
from typer.main import get_command

from convcalc_cli.app import app
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.arguments import has_flag, require_no_files, without_flag
from convcalc_cli.shell.failures import USER_ERRORS, error_line, internal_error_line
from convcalc_cli.shell.outcome import BAD_INPUT, FINE, INTERRUPTED, OWN_FAULT, STDOUT, Outcome
from convcalc_cli.shell.screen import screen_of
from convcalc_cli.shell.streams import (
    EndedError,
    OutputError,
    complain,
    complain_without_memory,
    deliver,
)
from convcalc_cli.text import name_text

COMPLETION = "_CONVCALC_COMPLETE"
"""What a shell sets to ask for completions."""

DEBUG = "--debug"
"""The flag that any command takes, before its name or behind it."""


def main(arguments: Sequence[str]) -> int:
    """Runs `convcalc` with the arguments and returns its exit code."""
    try:
        return _answered(arguments)
    except MemoryError:
        pass  # what holds the memory goes with the error, and only then there is room to tell
    complain_without_memory()
    return OWN_FAULT


def _answered(arguments: Sequence[str]) -> int:
    """The exit code of a run, whose errors are reported; a lack of memory is the caller's."""
    debug = has_flag(arguments, DEBUG)
    try:
        return _run(without_flag(arguments, DEBUG))
    except (*USER_ERRORS, OutputError) as error:
        _trace(debug)
        complain(error_line(error))
        return BAD_INPUT
    except OSError as error:  # no room on stderr for the help of a bare call
        complain(error_line(error))
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except EndedError as ended:
        return ended.code
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001 - the one place where nothing may pass
        _trace(debug)
        complain(internal_error_line(fault))
        return OWN_FAULT


def _run(arguments: Sequence[str]) -> int:
    if COMPLETION not in os.environ:
        require_no_files(arguments)
    result, printed = _called(arguments)
    if isinstance(result, Outcome):
        return _shown(result)
    deliver(printed)
    return result if isinstance(result, int) else FINE


def _shown(outcome: Outcome) -> int:
    """Writes what a command hands back to where it belongs."""
    if outcome.writes:
        from convcalc_cli.shell import writing  # most runs write no file

        writing.require_apart(outcome)
    for line in outcome.messages:
        complain(line)
    if outcome.output in (None, STDOUT):
        text = outcome.render(screen_of(sys.stdout, os.environ))
        if not (outcome.paged and _paged(text)):
            deliver(text)
    if outcome.writes:
        written = writing.write(outcome)
        for name in () if outcome.quiet else written:
            complain(f"written: {name_text(name)}")
    if outcome.closing:
        complain(outcome.closing)
    return outcome.code


def _paged(text: str | Iterable[str]) -> bool:
    """Shows the text in a pager, if there is one."""
    from convcalc_cli.shell import pager  # most output is not paged

    return pager.shown("".join(text), sys.stdout, os.environ)


def _called(arguments: Sequence[str]) -> tuple[object, str]:
    """What the command hands back; and what Typer itself prints: help, completions, the version.

    That is gathered and written with everything else, for Typer ends the process when a reader
    goes away.
    """
    printed = io.StringIO()
    with redirect_stdout(printed):
        try:
            result = get_command(app).main(
                args=list(arguments), prog_name="convcalc", standalone_mode=False
            )
        except SystemExit as ended:
            result = BAD_INPUT if ended.code else FINE
        except (KeyError, ValueError) as error:
            if COMPLETION not in os.environ:
                raise
            raise FlagError(f"the shell did not say what to complete: {error}") from error
    return result, printed.getvalue()


def _trace(debug: bool) -> None:
    if debug:
        complain(traceback.format_exc().rstrip("\n"))
