"""The flags of `convcalc check`; those of the limits are made from their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from convcalc_cli.flags.completion import totals
from convcalc_cli.shell.outcome import Outcome

Against = Annotated[
    str | None, typer.Option("--against", metavar="FILE", help="Compare with a snapshot.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="TOTAL=+GAIN",
        autocompletion=totals,
        help="With --against: allowed growth, e.g. params=+2% or macs=+10M; repeatable.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only the findings, a line for each.")
]
Fix = Annotated[
    bool,
    typer.Option("--fix", help="Write keys and operations of other libraries by their names here."),
]
FixExpect = Annotated[
    bool, typer.Option("--fix-expect", help="Also bring the figures up to date that files expect.")
]
Update = Annotated[bool, typer.Option("--update", help="With --against: update the snapshot.")]


def with_limits(command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """The command with a flag for each limit; it receives their values together, as `limits`."""
    flags = _limit_parameters()

    def settled(*paths: Any, **values: Any) -> Outcome:
        limits = {each.name: values.pop(each.name, None) for each in flags}
        return command(*paths, **values, limits=limits)

    own = [each for each in _parameters(command) if each.name != "limits"]
    parameters = [own[0], *flags, *own[1:]]
    settled.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    settled.__annotations__ = {each.name: each.annotation for each in parameters}
    settled.__doc__ = command.__doc__
    return settled


def _parameters(command: Callable[..., Outcome]) -> list[inspect.Parameter]:
    return list(inspect.signature(command, eval_str=True).parameters.values())


def _limit_parameters() -> list[inspect.Parameter]:
    """A parameter for each limit, with its flag."""
    from convcalc.checks.layer_rules import LAYER_RULES
    from convcalc.facts.totals import TOTALS

    declared = {
        f"max_{each.name}": ("BYTES", f"Limit on {each.meaning}, e.g. 512KiB.")
        if each.is_bytes
        else ("N", f"Limit on {each.meaning}, e.g. 5M.")
        for each in TOTALS.values()
    }
    declared |= {each.setting: (each.metavar, each.help) for each in LAYER_RULES}
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[
                str | None, typer.Option(f"--{name.replace('_', '-')}", metavar=metavar, help=text)
            ],
        )
        for name, (metavar, text) in declared.items()
    ]
