"""The commands of the program, each imported when it is called."""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from convcalc_cli.shell.outcome import BAD_INPUT

COMMANDS = {
    "layer": "layer.command",
    "audit": "audit.command",
    "sweep": "sweep.command",
    "fit": "fit.command",
    "solve": "solve.command",
    "check": "check.command",
    "diff": "diff.command",
    "snapshot": "snapshot",
    "init": "init",
    "convert": "convert.command",
    "rule": "rule",
    "examples": "examples.command",
    "operations": "operations",
    "schema": "schema",
    "help": "help.command",
}
"""The module of each command, in the order of the help text."""

HELP_FLAGS = {"help_option_names": ["-h", "--help"]}

EXAMPLES = """\b
Examples:
  convcalc layer --in 16 --out 32 -g 4
  convcalc layer --in 16 --out 32 -g 4 --explain
  convcalc audit net.yaml
  convcalc sweep --in 16 --out 32 --vary groups=1,2,4,8,16
  convcalc check nets/ --max-params 5M
  convcalc audit resnet50
  convcalc layer --help
  convcalc help network-file
"""


class LazyGroup(TyperGroup):
    """Imports a command's module when the command is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(COMMANDS, self)  # the names, for "did you mean"

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command's name."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, if there is one of that name."""
        del ctx
        return _command(cmd_name) if cmd_name in COMMANDS else None


def _command(name: str) -> Any:
    """The command that a function with annotated parameters declares."""
    module = import_module(f"convcalc_cli.commands.{COMMANDS[name]}")
    made = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    declare = made.command(
        context_settings=HELP_FLAGS, short_help=module.SUMMARY, epilog=module.EXAMPLES
    )
    declare(getattr(module, name))
    return get_command(made)


app = typer.Typer(
    cls=LazyGroup,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=HELP_FLAGS,
)


@app.callback(epilog=EXAMPLES)
def convcalc(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --version: also of Python and the libraries.")
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="With any command: show the traceback of an error.")
    ] = False,
) -> None:
    """Exact shapes, parameters and MACs of convolutional layers, without a framework."""
    if version:
        from convcalc_cli.shell.versions import version_text

        typer.echo(version_text(verbose=verbose))
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(BAD_INPUT)
