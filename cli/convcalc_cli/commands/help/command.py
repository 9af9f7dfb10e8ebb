"""`convcalc help`: the topics of the documentation."""

from functools import partial
from typing import Annotated, Any

import typer

from convcalc.wording import did_you_mean
from convcalc_cli.documentation.operations import operation_names, operation_text
from convcalc_cli.documentation.topics import topic_names, topic_text, topics_list
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Explain a topic: network files, counting, CI, formats, ..."
EXAMPLES = """\b
Examples:
  convcalc help
  convcalc help network-file
  convcalc help operations conv
"""


def help(  # noqa: A001 - the name of the command
    ctx: typer.Context,
    topic: Annotated[
        str | None, typer.Argument(autocompletion=topic_names, help="The topic, or a command.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", autocompletion=operation_names, help="With operations: a single one."
        ),
    ] = None,
) -> Outcome:
    """Explain a topic; without TOPIC, list all topics.

    With the name of a command that is not a topic, show its flags.
    """
    if topic is None:
        return Outcome(topics_list)
    if name is not None:
        if topic != "operations":
            raise FlagError(f"unexpected argument {name}; only the topic operations takes a name")
        return Outcome(partial(operation_text, name))
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
