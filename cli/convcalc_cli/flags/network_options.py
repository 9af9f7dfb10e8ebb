"""The flags about network files, and about what of a network is shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from convcalc_cli.flags.completion import settable
from convcalc_cli.flags.declaring import dtype_names, named_sizes_option, number_option, reader
from convcalc_cli.flags.file_formats import file_formats, known_formats


class SortKey(StrEnum):
    """What the rows of a network can be sorted by."""

    PARAMS = "params"
    MACS = "macs"
    ACTIVATION = "activation"


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
        parser=reader(file_formats),
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
    named_sizes_option(
        "--size",
        "[NAME=]N[xN..]",
        about="Override the input size; with NAME=, that of one input; repeatable.",
    ),
]
NetworkInput = Annotated[
    list[Any] | None,
    named_sizes_option(
        "--input",
        "[NAME=]CxN..",
        about="Override the whole shape of the input, channels first; repeatable. "
        "A PyTorch target takes one for each input, in order.",
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
NetworkBatch = Annotated[int | None, number_option("--batch", about="Override the batch size.")]
NetworkDtype = Annotated[
    str | None,
    typer.Option(
        "--dtype", metavar="NAME", autocompletion=dtype_names, help="Override the number format."
    ),
]
DesignGroups = Annotated[
    str, typer.Option("--groups", metavar="N,N..", help="Numbers of groups of the grouped designs.")
]
Sort = Annotated[
    SortKey | None, typer.Option("--sort", help="Sort the layers by this, largest first.")
]
Top = Annotated[int | None, number_option("--top", about="Show only the first N layers.")]
Depth = Annotated[
    int | None,
    number_option(
        "--depth", about="Levels of the tree of blocks; by default those that fit a screen."
    ),
]
Flat = Annotated[
    bool, typer.Option("--flat", help="List the rows with their whole names instead of a tree.")
]
All = Annotated[bool, typer.Option("--all", help="List every row and every round of blocks.")]
