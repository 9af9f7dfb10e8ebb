"""The flags, each declared once for all commands that have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from convcalc.facts.audit import DTYPE_BYTES
from convcalc.operations.padding_modes import PADDING_MODES
from convcalc.wording import did_you_mean
from convcalc_cli.flags.completion import settable, tool_names
from convcalc_cli.flags.file_formats import file_formats, known_formats
from convcalc_cli.flags.layer import KERNEL_SIZE, SIZE
from convcalc_cli.flags.values import named_sizes, paddings, sizes, whole_number

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


def _named_sizes(name: str, metavar: str, *, about: str) -> Any:
    return typer.Option(name, parser=_reader(named_sizes), metavar=metavar, help=about)


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
        parser=_reader(parse),
        metavar="FORMAT",
        help=f"{', '.join(names[:-1])} or {names[-1]}; {default}.",
        autocompletion=lambda: list(names),
    )


def _dtypes() -> list[str]:
    return list(DTYPE_BYTES)


# Any, because Typer knows no type for "a number or several"; the engine checks the values.
InChannels = Annotated[int | None, _number("--in", about="Input channels; required.")]
OutChannels = Annotated[int | None, _number("--out", about="Output channels; required.")]
KernelSize = Annotated[
    Any, _sizes("--kernel-size", "-k", about=f"Size of the kernel; {KERNEL_SIZE} by default.")
]
Stride = Annotated[Any, _sizes("--stride", "-s", about="Distance between windows.")]
Padding = Annotated[
    Any,
    typer.Option(
        "--padding",
        "-p",
        parser=_reader(paddings),
        metavar="P",
        help="Zeros added around the input: 1, 0x1, low:high as in 0:1x0:1, same, valid or causal; "
        "with --transposed, cropped from the output.",
    ),
]
PaddingMode = Annotated[
    str,
    typer.Option(
        "--padding-mode",
        metavar="MODE",
        autocompletion=lambda: list(PADDING_MODES),
        help=f"What stands in the padding: {', '.join(PADDING_MODES)}.",
    ),
]
Dilation = Annotated[Any, _sizes("--dilation", "-d", about="Distance between kernel taps.")]
Groups = Annotated[
    int, _number("--groups", "-g", about="Number of groups; must divide both channel counts.")
]
Bias = Annotated[bool, typer.Option("--bias/--no-bias", help="Add a bias to each output channel.")]
Size = Annotated[Any, _sizes("--size", about=f"Size of the input; {SIZE} by default.")]
Dims = Annotated[int, _number("--dims", about="Number of spatial dimensions: 1, 2 or 3.")]
Transposed = Annotated[bool, typer.Option("--transposed", help="Use a transposed convolution.")]
OutputPadding = Annotated[
    Any,
    _sizes("--output-padding", about="With --transposed: size added at the high end."),
]
Batch = Annotated[int, _number("--batch", about="Batch size.")]
Dtype = Annotated[
    str,
    typer.Option(
        "--dtype",
        metavar="NAME",
        autocompletion=_dtypes,
        help=f"Number format, for memory: {', '.join(DTYPE_BYTES)}.",
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show where each number comes from and what groups do.")
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Run on real arrays and compare every figure. Needs NumPy.")
]
Seed = Annotated[
    int | None,
    _number("--seed", about="With --verify: seed of the random numbers; 0 by default."),
]
Plot = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw a picture: a .png, .svg or .pdf file."),
]
Html = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Also write the report as one HTML file."),
]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]...", help="Network files, folders, or - for stdin; . by default."
    ),
]
SkipOther = Annotated[
    bool, typer.Option("--skip-other", help="Ignore files that are not networks (for hooks).")
]
FileFormats = Annotated[
    Any,
    typer.Option(
        "--formats",
        parser=_reader(file_formats),
        metavar="NAME,NAME..",
        autocompletion=known_formats,
        help="Formats of the files that are looked for in folders; all by default.",
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config", metavar="FILE", help="Use this file instead of the nearest convcalc.toml."
    ),
]
NetworkFiles = Annotated[
    list[str],
    typer.Argument(metavar="FILES...", help="Network files, package.module:name, or - for stdin."),
]
SetVariables = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        autocompletion=settable,
        help="Set a variable of the network to a number, or a setting of its format; repeatable.",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option("--scale", metavar="LETTER", help="Scale of an Ultralytics model, such as n."),
]
EveryScale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        metavar="LETTER",
        help="Scale of an Ultralytics model, such as n; all for every scale that it has.",
    ),
]
Modules = Annotated[
    str | None,
    typer.Option(
        "--modules", metavar="FILE", help="A file that declares modules of Ultralytics models."
    ),
]
NetworkSize = Annotated[
    list[Any] | None,
    _named_sizes(
        "--size",
        "[NAME=]N[xN..]",
        about="Override the input size; with NAME=, that of one input; repeatable.",
    ),
]
NetworkInput = Annotated[
    list[Any] | None,
    _named_sizes(
        "--input",
        "[NAME=]CxN..",
        about="Override the whole shape of the input, channels first; repeatable. "
        "A PyTorch target takes one for each input, in order.",
    ),
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
Which = Annotated[
    str | None,
    typer.Option(
        "--which", metavar="NUMBER", help="Find the tools that print a figure such as 4.11G."
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail where params or MACs of a layer are not known.")
]
NetworkBatch = Annotated[int | None, _number("--batch", about="Override the batch size.")]
NetworkDtype = Annotated[
    str | None,
    typer.Option(
        "--dtype", metavar="NAME", autocompletion=_dtypes, help="Override the number format."
    ),
]
# In a sweep these describe a layer or override what a network says.
SweepInChannels = Annotated[
    int | None, _number("--in", about="Input channels; required without NET.yaml.")
]
SweepOutChannels = Annotated[
    int | None, _number("--out", about="Output channels; required without NET.yaml.")
]
SweepSize = Annotated[
    Any, _sizes("--size", about=f"Size of the input; by default {SIZE}, or as in NET.yaml.")
]
SweepBatch = Annotated[
    int | None, _number("--batch", about="Batch size; by default 1, or as in NET.yaml.")
]
ShapeSize = Annotated[Any, _sizes("--size", about="With shape: positions of the input.")]
ShapeTo = Annotated[Any, _sizes("--to", about="With shape: positions of the output.")]
ShapeKernelSize = Annotated[
    Any, _sizes("--kernel-size", "-k", about="With shape: size of the kernel; all by default.")
]
ShapeStride = Annotated[
    Any, _sizes("--stride", "-s", about="With shape: distance between windows; all by default.")
]
ShapeDilation = Annotated[
    Any, _sizes("--dilation", "-d", about="With shape: distance between taps.")
]
MaxKernel = Annotated[
    int, _number("--max-kernel", about="With shape: the largest kernel and stride to try.")
]
DesignGroups = Annotated[
    str, typer.Option("--groups", metavar="N,N..", help="Numbers of groups of the grouped designs.")
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
Sort = Annotated[
    SortKey | None, typer.Option("--sort", help="Sort the layers by this, largest first.")
]
Top = Annotated[int | None, _number("--top", about="Show only the first N layers.")]
Depth = Annotated[
    int | None,
    _number("--depth", about="Levels of the tree of blocks; by default those that fit a screen."),
]
Flat = Annotated[
    bool, typer.Option("--flat", help="List the rows with their whole names instead of a tree.")
]
All = Annotated[bool, typer.Option("--all", help="List every row and every round of blocks.")]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file.")
]
