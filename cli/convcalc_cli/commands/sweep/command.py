"""`convcalc sweep`: the figures of a layer or a network over one or two parameters."""

from typing import Annotated, Any

import typer

from convcalc_cli.flags import layer_options, network_options, options
from convcalc_cli.flags.completion import varied
from convcalc_cli.flags.declaring import number_option, sizes_option
from convcalc_cli.flags.layer import SIZE, LayerFlags
from convcalc_cli.flags.values import FlagError
from convcalc_cli.flags.vary import LAYER
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Vary one or two parameters and compare the figures."
EXAMPLES = """\b
Examples:
  convcalc sweep --in 16 --out 32 --vary groups=1,2,4,8,16
  convcalc sweep --in 8 --out 16 --vary kernel-size=1:7:2 --vary stride=1,2
  convcalc sweep --in 64 --out 64 --vary kernel-size=1x3,3x1,3x3 --measure
  convcalc sweep net.yaml --vary width=0.25:1:0.25 --vary size=128:224:32
"""


NetworkFile = Annotated[
    str | None,
    typer.Argument(metavar="[NET.yaml]", help="Network file; without it, flags describe a layer."),
]


def _varied(ctx: typer.Context) -> list[str]:
    return varied(ctx, LAYER)


Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="NAME=VALUES",
        help="A parameter and its values: v1,v2,... or first:last:step; may be given twice.",
        autocompletion=_varied,
    ),
]
Measure = Annotated[
    bool, typer.Option("--measure", help="Time each layer with the NumPy kernels. Needs NumPy.")
]
FORMATS = Formats("sweep", {"json": "data:sweep_json", "csv": "data:sweep_csv"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]

# These describe a layer, or override what a network says.
SweepInChannels = Annotated[
    int | None, number_option("--in", about="Input channels; required without NET.yaml.")
]
SweepOutChannels = Annotated[
    int | None, number_option("--out", about="Output channels; required without NET.yaml.")
]
SweepSize = Annotated[
    Any, sizes_option("--size", about=f"Size of the input; by default {SIZE}, or as in NET.yaml.")
]
SweepBatch = Annotated[
    int | None, number_option("--batch", about="Batch size; by default 1, or as in NET.yaml.")
]


def sweep(
    vary: Vary,
    file: NetworkFile = None,
    in_channels: SweepInChannels = None,
    out_channels: SweepOutChannels = None,
    kernel_size: layer_options.KernelSize = None,
    stride: layer_options.Stride = 1,
    padding: layer_options.Padding = 0,
    padding_mode: layer_options.PaddingMode = "zeros",
    dilation: layer_options.Dilation = 1,
    groups: layer_options.Groups = 1,
    bias: layer_options.Bias = True,
    size: SweepSize = None,
    dims: layer_options.Dims = 2,
    batch: SweepBatch = None,
    transposed: layer_options.Transposed = False,
    output_padding: layer_options.OutputPadding = None,
    set_variables: network_options.SetVariables = None,
    scale: network_options.Scale = None,
    modules: network_options.Modules = None,
    input_shape: network_options.NetworkInput = None,
    measure: Measure = False,
    plot: options.Plot = None,
    output_format: OutputFormat = None,
    output: options.Output = None,
    html: options.Html = None,
) -> Outcome:
    """Vary one or two parameters of a layer or a network and compare shapes, params and MACs.

    An impossible combination gets a row with the reason. Of a network, its variables, size and
    batch can vary; of the flags that describe a layer, only --size and --batch apply to it.
    """
    from convcalc_cli.commands.sweep.request import layer_sweep, network_sweep, refuse_layer_flags
    from convcalc_cli.flags.overrides import overrides_of

    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    flags = LayerFlags(
        *(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias),
        *(size, dims, transposed, output_padding, padding_mode),
    )
    if file is None:
        if input_shape:
            raise FlagError("--input describes the input of a network; of a layer, use --size")
        report = layer_sweep(flags, 1 if batch is None else batch, vary, measured=measure)
        return wanted.outcome(report)
    refuse_layer_flags(flags, file, measured=measure)
    overrides = overrides_of(set_variables, None, input_shape, batch, scale=scale, modules=modules)
    fixed = overrides._replace(size=size)
    report = network_sweep(file, fixed, vary)
    return wanted.outcome(report, inputs=report.inputs)
