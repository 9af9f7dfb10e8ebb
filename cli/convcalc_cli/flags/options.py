"""The flags, each declared once for all commands that have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from convcalc.facts.audit import DTYPE_BYTES
from convcalc.language.problems import did_you_mean
from convcalc_cli.flags.completion import settable
from convcalc_cli.flags.layer import KERNEL_SIZE, SIZE
from convcalc_cli.flags.values import paddings, sizes, whole_number

HELP_FLAGS = {"help_option_names": ["-h", "--help"]}


class SortKey(StrEnum):
    """What the rows of a network can be sorted by."""

    PARAMS = "params"
    MACS = "macs"
    ACTIVATION = "activation"


def _reader(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Typer puts defaults through the parser too; they are values already."""
    return lambda value: parse(value) if isinstance(value, str) else value


def _number(*names: str, about: str) -> Any:
    return typer.Option(*names, parser=_reader(whole_number), metavar="N", help=about)


def _sizes(*names: str, about: str) -> Any:
    return typer.Option(*names, parser=_reader(sizes), metavar="N[xN..]", help=about)


def output_format(names: Sequence[str]) -> Any:
    """The option --format of a command that has these formats."""

    def parse(value: str) -> str:
        if value in names:
            return value
        hint = did_you_mean(value, names)
        choices = "" if hint else f"; choose from {', '.join(names)}"
        raise typer.BadParameter(f"{value}: unknown format{hint}{choices}")

    return typer.Option(
        "--format",
        "-f",
        parser=_reader(parse),
        metavar="FORMAT",
        help=f"{', '.join(names[:-1])} or {names[-1]}; by default what -o ends in, else table.",
        autocompletion=lambda: list(names),
    )


def _dtypes() -> list[str]:
    return list(DTYPE_BYTES)


# Any, because Typer knows no type for "a number or several"; the engine checks the values.
InChannels = Annotated[int | None, _number("--in", about="Input channels; required.")]
OutChannels = Annotated[int | None, _number("--out", about="Output channels; required.")]
KernelSize = Annotated[
    Any, _sizes("--kernel-size", "-k", about=f"Taps of the kernel; {KERNEL_SIZE} if left out.")
]
Stride = Annotated[Any, _sizes("--stride", "-s", about="Steps from window to window.")]
Padding = Annotated[
    Any,
    typer.Option(
        "--padding",
        "-p",
        parser=_reader(paddings),
        metavar="P",
        help="Zeros around the input: 1, 0x1, low:high as in 0:1x0:1, same or valid; "
        "with --transposed what is cropped from the output.",
    ),
]
Dilation = Annotated[Any, _sizes("--dilation", "-d", about="Steps from tap to tap.")]
Groups = Annotated[int, _number("--groups", "-g", about="Parts the channels fall into.")]
Bias = Annotated[
    bool, typer.Option("--bias/--no-bias", help="Whether each output channel adds a number.")
]
Size = Annotated[Any, _sizes("--size", about=f"Size of the input; {SIZE} if left out.")]
Dims = Annotated[int, _number("--dims", about="Spatial dimensions: 1, 2 or 3.")]
Transposed = Annotated[bool, typer.Option("--transposed", help="A transposed convolution instead.")]
OutputPadding = Annotated[
    Any, _sizes("--output-padding", about="With --transposed: added at the high side.")
]
Batch = Annotated[int, _number("--batch", about="Inputs run together.")]
Dtype = Annotated[
    str,
    typer.Option(
        "--dtype",
        metavar="NAME",
        autocompletion=_dtypes,
        help=f"Number format, for the bytes: {', '.join(DTYPE_BYTES)}.",
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show where each number comes from, and what groups do.")
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Run it on real arrays, and compare. Needs NumPy.")
]
Seed = Annotated[
    int | None,
    _number("--seed", about="With --verify: another seed of the random numbers; 0 if left out."),
]
Plot = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw it: a .png, .svg or .pdf file."),
]
Html = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Write the report as one HTML file too."),
]
Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATHS]...", help="Network files, folders, or - ; . if left out."),
]
SkipOther = Annotated[
    bool, typer.Option("--skip-other", help="Pass over named files that are no networks.")
]
NetworkFiles = Annotated[list[str], typer.Argument(metavar="FILES...", help="Network files.")]
SetVariables = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=N",
        autocompletion=settable,
        help="Set a variable of the file; repeatable.",
    ),
]
NetworkSize = Annotated[Any, _sizes("--size", about="Another size of the input.")]
NetworkBatch = Annotated[int | None, _number("--batch", about="Another batch.")]
NetworkDtype = Annotated[
    str | None,
    typer.Option("--dtype", metavar="NAME", autocompletion=_dtypes, help="Another number format."),
]
# In a sweep they are those of a layer or of a network.
SweepInChannels = Annotated[
    int | None, _number("--in", about="Input channels; required without NET.yaml.")
]
SweepOutChannels = Annotated[
    int | None, _number("--out", about="Output channels; required without NET.yaml.")
]
SweepSize = Annotated[
    Any, _sizes("--size", about=f"Size of the input; {SIZE}, or what NET.yaml says, if left out.")
]
SweepBatch = Annotated[
    int | None, _number("--batch", about="Inputs run together; 1, or what NET.yaml says.")
]
DesignGroups = Annotated[
    str, typer.Option("--groups", metavar="N,N..", help="The groups of the grouped designs.")
]
Sort = Annotated[
    SortKey | None, typer.Option("--sort", help="Put the rows with the most of it first.")
]
Top = Annotated[int | None, _number("--top", about="Only the first N rows.")]
All = Annotated[bool, typer.Option("--all", help="Show each round of a repeated block.")]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the result to a file.")
]
