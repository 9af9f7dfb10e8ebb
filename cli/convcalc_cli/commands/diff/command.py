"""`convcalc diff`: what changed from one network to another."""

from typing import Annotated

import typer

from convcalc_cli.flags import network_options, options
from convcalc_cli.flags.completion import totals
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Compare two networks, or all of a folder with a git revision."
EXAMPLES = """\b
Examples:
  convcalc diff old.yaml new.yaml
  convcalc diff HEAD~1:nets/a.yaml nets/a.yaml
  convcalc diff origin/main:nets/a.yaml nets/a.yaml --format markdown
  convcalc diff origin/main nets/
  convcalc diff origin/main nets/ --fail-on params=+2% -o comment.md
"""

Old = Annotated[
    str,
    typer.Argument(
        metavar="OLD|REV",
        help="Old version: a file, a PyTorch target or REV:path; or a git revision.",
    ),
]
New = Annotated[
    list[str],
    typer.Argument(
        metavar="NEW|PATHS...", help="New version; or files and folders to compare with REV."
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="TOTAL=+GAIN",
        autocompletion=totals,
        help="Exit 1 if a total grows by more; repeatable.",
    ),
]
EveryLayer = Annotated[
    bool, typer.Option("--all", help="List every layer, also those that only follow from others.")
]
FORMATS = Formats(
    "diff",
    {"markdown": "markdown:diff_markdown", "json": "json:diff_json", "csv": "csv:diff_csv"},
)
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


def diff(
    old: Old,
    new: New,
    fail_on: FailOn = None,
    formats: network_options.FileFormats = None,
    set_variables: network_options.SetVariables = None,
    scale: network_options.Scale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    config_file: network_options.ConfigFile = None,
    every_layer: EveryLayer = False,
    output_format: OutputFormat = None,
    output: options.Output = None,
    plot: options.Plot = None,
    html: options.Html = None,
) -> Outcome:
    """Compare two networks, layer by layer and in total.

    Layers are matched by their operation, name and position. Models of Ultralytics and Darknet are
    compared row by row of their files. --set, --scale, --size and
    --input apply to all networks.

    With a git revision, such as origin/main, and files or folders, compare every network in them
    that changed, was added or was removed since. Folders are searched as by convcalc check.
    """
    from convcalc_cli.commands.diff.forms import compares_trees
    from convcalc_cli.commands.diff.run import Request, of_networks, of_trees
    from convcalc_cli.flags.limits import allowances
    from convcalc_cli.flags.overrides import overrides_of

    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    request = Request(
        overrides_of(set_variables, size, input_shape, scale=scale, modules=modules),
        allowances(fail_on or []),
        every_layer,
        formats,
        config_file,
    )
    compare = of_trees if compares_trees(old, new) else of_networks
    return compare(old, new, request, wanted)
