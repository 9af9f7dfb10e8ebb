"""`convcalc sweep`: how a layer or a network moves with a parameter or two."""

from functools import partial
from typing import Annotated

import typer

from convcalc_cli.commands.sweep.vary import LAYER
from convcalc_cli.flags import options
from convcalc_cli.flags.completion import varied
from convcalc_cli.flags.layer import FLAGS
from convcalc_cli.formats import sweep_text
from convcalc_cli.shell.outcome import Outcome

EXAMPLES = """\b
Examples:
  convcalc sweep --in 16 --out 32 --vary groups=1,2,4,8,16
  convcalc sweep --in 8 --out 16 --vary kernel-size=1:7:2 --vary stride=1,2
  convcalc sweep --in 64 --out 64 --vary kernel-size=1x3,3x1,3x3 --measure
  convcalc sweep net.yaml --vary width=0.25:1:0.25 --vary size=128:224:32
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

NetworkFile = Annotated[
    str | None, typer.Argument(metavar="[NET.yaml]", help="A network file; else flags say a layer.")
]


def _varied(ctx: typer.Context) -> list[str]:
    return varied(ctx, LAYER)


Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="NAME=VALUES",
        help="A parameter, and v1,v2,... or a:b:step; may be given twice.",
        autocompletion=_varied,
    ),
]
Measure = Annotated[
    bool, typer.Option("--measure", help="Time each layer with the NumPy kernel. Needs NumPy.")
]


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="How the figures move with a parameter or two.",
    epilog=EXAMPLES,
)
def sweep(
    vary: Vary,
    file: NetworkFile = None,
    in_channels: options.SweepInChannels = None,
    out_channels: options.SweepOutChannels = None,
    kernel_size: options.KernelSize = None,
    stride: options.Stride = 1,
    padding: options.Padding = 0,
    dilation: options.Dilation = 1,
    groups: options.Groups = 1,
    bias: options.Bias = True,
    size: options.SweepSize = None,
    dims: options.Dims = 2,
    batch: options.SweepBatch = None,
    transposed: options.Transposed = False,
    output_padding: options.OutputPadding = None,
    set_variables: options.SetVariables = None,
    measure: Measure = False,
    plot: options.Plot = None,
    output_format: options.OutputFormat = options.Format.TABLE,
    output: options.Output = None,
    debug: options.Debug = False,
) -> Outcome:
    """How output shape, weight shape, params and MACs move with a parameter or two.

    What cannot be is a row that says why. Of a network, its vars, its size and its batch can vary,
    and of the flags that say a layer only --size and --batch are left.
    """
    del debug
    flags = locals()
    from convcalc_cli.commands.sweep.request import layer_sweep, network_sweep

    if file is None:
        given = {name: flags[name] for name in FLAGS}
        report = layer_sweep(given, 1 if batch is None else batch, vary, measured=measure)
    else:
        report = network_sweep(file, flags, vary)
    saved = {}
    if plot is not None:
        from convcalc_cli.formats.plots import sweep_plot

        saved = {plot: sweep_plot(report, plot)}
    inputs = [] if file is None else [file]
    text = partial(sweep_text, report, output_format)
    return Outcome(text, output=output, saved=saved, inputs=inputs)
