"""The flags of commands about layers and about networks, each declared once.

Those that describe a layer are in `layer_options`, those about network files in `network_options`;
what only one command has is in the command itself. A run declares no more than its command needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from convcalc.wording import did_you_mean
from convcalc_cli.flags.completion import tool_names
from convcalc_cli.flags.declaring import number_option, reader


def output_format(
    names: Sequence[str], default: str = "by default what -o ends in, else table"
) -> Any:
    """The option --format of a command that has these formats, and what it is by default."""

    def parse(value: str) -> str:
        if value in names:
            return value
        hint = did_you_mean(value, names)
        choices = "" if hint else f"; choose from {', '.join(names)}"
        raise typer.BadParameter(f"{value}: unknown format{hint}{choices}")

    return typer.Option(
        "--format",
        "-f",
        parser=reader(parse),
        metavar="FORMAT",
        help=f"{', '.join(names[:-1])} or {names[-1]}; {default}.",
        autocompletion=lambda: list(names),
    )


Verify = Annotated[
    bool, typer.Option("--verify", help="Run on real arrays and compare every figure. Needs NumPy.")
]
Seed = Annotated[
    int | None,
    number_option("--seed", about="With --verify: seed of the random numbers; 0 by default."),
]
Plot = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw a picture: a .png, .svg or .pdf file."),
]
Html = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Also write the report as one HTML file."),
]
AsTools = Annotated[
    list[str] | None,
    typer.Option(
        "--as",
        metavar="TOOL",
        autocompletion=tool_names,
        help="Show what another tool would print, such as thop or fvcore, and why; all for every "
        "tool; repeatable.",
    ),
]
Designs = Annotated[
    str,
    typer.Option(
        "--designs",
        metavar="WHICH",
        help="usual; or all, bottlenecks and spatial halves too.",
        autocompletion=lambda: ["usual", "all"],
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file.")
]
