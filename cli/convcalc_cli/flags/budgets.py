"""A flag for the budget of each total: an amount, or a share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from convcalc.facts.totals import TOTALS

ResultT = TypeVar("ResultT")

BUDGETS = tuple(f"max_{each.name}" for each in TOTALS.values())


def with_budgets(command: Callable[..., ResultT]) -> Callable[..., ResultT]:
    """The command with a flag for each total; it receives their values together, as `budgets`."""

    def settled(*files: Any, **values: Any) -> ResultT:
        budgets = {name: values.pop(name, None) for name in BUDGETS}
        return command(*files, **values, budgets=budgets)

    own = inspect.signature(command, eval_str=True).parameters.values()
    first, *others = [each for each in own if each.name != "budgets"]
    parameters = [first, *_parameters(), *others]
    settled.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    settled.__annotations__ = {each.name: each.annotation for each in parameters}
    settled.__doc__ = command.__doc__
    return settled


def _parameters() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            f"max_{each.name}",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(
                    f"--max-{each.name.replace('_', '-')}",
                    metavar="BYTES|N%" if each.is_bytes else "N|N%",
                    help=f"The most {each.meaning}, e.g. {'512KiB' if each.is_bytes else '5M'}.",
                ),
            ],
        )
        for each in TOTALS.values()
    ]
