"""`convcalc fit`: the best designs of a network within budgets."""

from typing import TYPE_CHECKING, Annotated

import typer

from convcalc_cli.flags import network_options, options
from convcalc_cli.flags.budgets import with_budgets
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import BAD_INPUT, STDOUT, Outcome

if TYPE_CHECKING:
    from convcalc_cli.commands.fit.request import FitReport

SUMMARY = "The best designs of a network within a budget, proved."
EXAMPLES = """\b
Examples:
  convcalc fit net.yaml --max-macs 50%
  convcalc fit net.yaml --max-macs 300M --keep params
  convcalc fit net.yaml --max-peak-activation 256KiB -o fitted.yaml
  convcalc fit net.yaml --max-macs 50% --designs separable --except stem
  convcalc fit net.yaml --max-macs 300M --vary width=0.5:1:0.125
  convcalc examples resnet50 | convcalc fit - --max-params 15M
"""

FORMATS = Formats("fit", {"json": "json:fit_json", "csv": "csv:fit_csv"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names, "table by default")]
NetworkFile = Annotated[
    str, typer.Argument(metavar="NET.yaml", help="Network file, or - for stdin.")
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="WHAT",
        help="What is best: layers (fewest changed), params (most) or share (most of each layer).",
        autocompletion=lambda: ["layers", "params", "share"],
    ),
]
Designs = Annotated[
    str,
    typer.Option("--designs", metavar="NAMES", help="The designs to try, joined by commas."),
]
Groups = Annotated[
    str, typer.Option("--groups", metavar="N,N..", help="Numbers of groups of the grouped design.")
]
Only = Annotated[
    str | None,
    typer.Option("--only", metavar="PATTERNS", help="Change only these layers, e.g. stage4.*"),
]
Except = Annotated[
    str | None,
    typer.Option("--except", metavar="PATTERNS", help="Leave these layers, e.g. stem,*.proj"),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME=VALUES",
        help="Ask for each value of a variable, size or batch: v1,v2,.. or a:b:step; repeatable.",
    ),
]
Exact = Annotated[
    bool, typer.Option("--exact", help="Search until the best is proved, however long it takes.")
]
Written = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FITTED.yaml", help="Write the network to a file; - for stdout."
    ),
]


@with_budgets
def fit(
    file: NetworkFile,
    budgets: dict[str, str | None],
    keep: Keep = "layers",
    designs: Designs = "separable,grouped,bottleneck,spatial",
    groups: Groups = "2,4,8,16,32",
    only: Only = None,
    but: Except = None,
    vary: Vary = None,
    exact: Exact = False,
    set_variables: network_options.SetVariables = None,
    scale: network_options.Scale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    batch: network_options.NetworkBatch = None,
    dtype: network_options.NetworkDtype = None,
    output: Written = None,
    output_format: OutputFormat = None,
    plot: options.Plot = None,
    html: options.Html = None,
) -> Outcome:
    """Find the best designs of a network within budgets: amounts, or shares such as 50%.

    Each convolution stays as it is, or becomes grouped, depthwise separable, a bottleneck or two
    spatial halves. Without a budget, the network's own holds. Nothing is said about accuracy.
    """
    # Loaded here, so that help texts need no YAML.
    from convcalc_cli.commands.fit.request import Wanted, fit_report
    from convcalc_cli.commands.fit.settings import settings_report
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.sources import named

    if output == "":
        raise FlagError("-o needs a file name")
    writer = writing(FORMATS, output_format, None, plot=plot, html=html)
    overrides = overrides_of(
        set_variables, size, input_shape, batch, dtype, scale=scale, modules=modules
    )
    wanted = Wanted(keep, designs, groups, only, but, exact)
    (source,) = named([file], overrides)
    if vary:
        settings = settings_report(source, overrides, vary, budgets, wanted)
        outcome = writer.outcome(settings, settings.code, inputs=source.inputs)
        best = settings.best and settings.best.report
        return outcome if best is None else _saved(outcome, output, best)
    read = networks_of([source])
    if read.errors:
        return Outcome(lambda _: "", BAD_INPUT, read.messages)
    report = fit_report(read.good[0], budgets, wanted)
    outcome = writer.outcome(report, report.code, messages=read.messages, inputs=read.inputs)
    return _saved(outcome, output, report)


def _saved(outcome: Outcome, output: str | None, report: "FitReport") -> Outcome:
    """The outcome with the network file, if one is wanted and something fits."""
    if output is None or not report.fitted.fits:
        return outcome
    from convcalc_cli.commands.fit.network_file import fitted_yaml

    if output == STDOUT:
        return outcome._replace(render=lambda _: fitted_yaml(report))
    return outcome._replace(saved={**outcome.saved, output: fitted_yaml(report)})
