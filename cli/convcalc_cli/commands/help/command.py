"""`convcalc help`: the topics of the documentation."""

from functools import partial
from typing import Annotated, Any

import typer

from convcalc.wording import did_you_mean
from convcalc_cli.commands.help.topics import topic_names, topic_text, topics_list
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import Screen

SUMMARY = "Explain a topic: network files, counting, CI, formats, ..."
EXAMPLES = """\b
Examples:
  convcalc help
  convcalc help network-file
  convcalc help operations conv
"""


def _operations() -> list[str]:
    from convcalc.operations.registry import DECLARATIONS

    return list(DECLARATIONS)


def help(  # noqa: A001 - the name of the command
    ctx: typer.Context,
    topic: Annotated[
        str | None, typer.Argument(autocompletion=topic_names, help="The topic, or a command.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", autocompletion=_operations, help="With operations: a single one."
        ),
    ] = None,
) -> Outcome:
    """Explain a topic; without TOPIC, list all topics.

    With the name of a command that is not a topic, show its flags.
    """
    if topic is None:
        return Outcome(topics_list)
    if name is not None:
        return Outcome(partial(_operation, _named_operation(topic, name)))
    if topic in topic_names():
        return Outcome(partial(topic_text, topic), paged=True)
    text = _help_of(ctx, topic)
    return Outcome(lambda _: text)


def _help_of(ctx: Any, name: str) -> str:
    """The help text of a command.

    Raises:
        FlagError: there is no such command.
    """
    group = ctx.parent
    command = group.command.get_command(group, name)
    if command is None:
        names = [*topic_names(), *group.command.list_commands(group)]
        hint = did_you_mean(name, names) or "; convcalc help lists all topics"
        raise FlagError(f"unknown topic {name}{hint}")
    inner = type(ctx)(command, info_name=name, parent=group)
    return f"{command.get_help(inner)}\n"


def _named_operation(topic: str, name: str) -> str:
    from convcalc.operations.registry import DECLARATIONS

    if topic != "operations":
        raise FlagError(f"unexpected argument {name}; only the topic operations takes a name")
    if name not in DECLARATIONS:
        raise FlagError(f"unknown operation {name}{did_you_mean(name, DECLARATIONS)}")
    return name


def _operation(name: str, screen: Screen) -> str:
    from convcalc_cli.commands.help.operations import operation_text

    return operation_text(name, screen)
