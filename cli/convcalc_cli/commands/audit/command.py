"""`convcalc audit`: every layer of networks, their totals and their designs."""

from typing import Annotated

import typer

from convcalc_cli.flags import network_options, options
from convcalc_cli.flags.values import all_designs, whole_numbers
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Every layer of a network, its totals and its designs."
EXAMPLES = """\b
Examples:
  convcalc audit resnet50
  convcalc audit net.yaml --depth 1
  convcalc audit net.yaml --columns output,kernel,macs,receptive_field
  convcalc audit net.yaml --top 10 --sort macs
  convcalc audit net.yaml --set width=0.5 --size 160
  convcalc audit net.yaml --verify
  convcalc audit net.yaml --as thop --as fvcore
  convcalc audit net.yaml --which 4.11G
  convcalc audit nets/*.yaml --format json -o report.json
  convcalc examples mobilenet-v1 | convcalc audit -
"""


FORMATS = Formats("audit", {"json": "json:audit_json", "csv": "csv:audit_csv"})


def column_lists(incomplete: str) -> list[str]:
    """What `--columns` takes, behind what is written already.

    >>> column_lists("macs,par")
    ['macs,params', 'macs,params_share']
    """
    from convcalc_cli.sections.audit.columns import COLUMNS

    before, comma, start = incomplete.rpartition(",")
    return [f"{before}{comma}{key}" for key in COLUMNS if key.startswith(start)]


Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,NAME..",
        autocompletion=column_lists,
        help="Columns of the layer table, such as operation,output,kernel,macs.",
    ),
]
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


def audit(
    files: network_options.NetworkFiles,
    set_variables: network_options.SetVariables = None,
    scale: network_options.EveryScale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    batch: network_options.NetworkBatch = None,
    dtype: network_options.NetworkDtype = None,
    groups: network_options.DesignGroups = "2,4,8",
    designs: options.Designs = "usual",
    sort: network_options.Sort = None,
    top: network_options.Top = None,
    depth: network_options.Depth = None,
    flat: network_options.Flat = False,
    unfolded: network_options.All = False,
    columns: Columns = None,
    output_format: OutputFormat = None,
    output: options.Output = None,
    verify: options.Verify = False,
    seed: options.Seed = None,
    plot: options.Plot = None,
    html: options.Html = None,
    strict: network_options.Strict = False,
    as_tools: options.AsTools = None,
    which: network_options.Which = None,
) -> Outcome:
    """Audit networks layer by layer: shapes, parameters, MACs, memory and designs.

    FILES are network files, or models of other frameworks (convcalc help files), folders with
    such files, or names of convcalc examples; - is standard input.
    """
    # Loaded here, so that help texts need no YAML.
    from convcalc_cli.commands.audit.report import audit_report
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.sources import named_or_within
    from convcalc_cli.sections.audit.view import audit_view

    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    compare = None
    if as_tools or which is not None:
        from convcalc_cli.others.comparer import comparer

        compare = comparer(as_tools, which)
    overrides = overrides_of(
        *(set_variables, size, input_shape, batch, dtype),
        scale=scale,
        modules=modules,
        scales=True,
    )
    read = networks_of(named_or_within(files, overrides))
    view = audit_view(sort, top, depth, columns, flat=flat, unfolded=unfolded)
    run = None
    if verify or seed is not None:
        from convcalc_cli.verification.verifier import verifier

        run = verifier(verify, seed)
    report = audit_report(
        read,
        whole_numbers(groups),
        view,
        run,
        compare,
        every_design=all_designs(designs),
        strict=strict,
    )
    return wanted.outcome(
        report, report.code, files=bool(report.networks), messages=read.messages, inputs=read.inputs
    )
