"""`convcalc diff`: what changed from one network to another."""

from typing import Annotated

import typer

from convcalc_cli.flags import options
from convcalc_cli.flags.completion import totals
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import BAD_INPUT, Outcome

SUMMARY = "Compare two networks, or two versions of one."
EXAMPLES = """\b
Examples:
  convcalc diff old.yaml new.yaml
  convcalc diff HEAD~1:nets/a.yaml nets/a.yaml
  convcalc diff origin/main:nets/a.yaml nets/a.yaml --format markdown
  convcalc diff old.yaml new.yaml --fail-on params=+2%
"""


Old = Annotated[
    str, typer.Argument(metavar="OLD", help="Old version: a file, a PyTorch target, or REV:path.")
]
New = Annotated[str, typer.Argument(metavar="NEW", help="New version, likewise.")]
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
    bool, typer.Option("--all", help="List every layer, also where rows of the files are compared.")
]
FORMATS = Formats("diff", {"json": "json:diff_json", "csv": "csv:diff_csv"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


def diff(
    old: Old,
    new: New,
    fail_on: FailOn = None,
    set_variables: options.SetVariables = None,
    scale: options.Scale = None,
    modules: options.Modules = None,
    size: options.NetworkSize = None,
    input_shape: options.NetworkInput = None,
    every_layer: EveryLayer = False,
    output_format: OutputFormat = None,
    output: options.Output = None,
    plot: options.Plot = None,
    html: options.Html = None,
) -> Outcome:
    """Compare two networks, layer by layer and in total.

    Layers are matched by their operation, name and position. Models of Ultralytics and Darknet are
    compared row by row of their files. --set, --scale, --size and --input
    apply to both networks.
    """
    from convcalc_cli.commands.diff.report import diff_report
    from convcalc_cli.commands.diff.revisions import revision
    from convcalc_cli.flags.limits import allowances
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.networks import networks_of

    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    allowed = allowances(fail_on or [])
    overrides = overrides_of(set_variables, size, input_shape, scale=scale, modules=modules)
    files = networks_of([revision(old, overrides), revision(new, overrides)])
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.messages)
    old_file, new_file = files.good
    report = diff_report(old_file, new_file, allowed, every_layer=every_layer)
    return wanted.outcome(report, report.code, messages=files.messages, inputs=files.inputs)
