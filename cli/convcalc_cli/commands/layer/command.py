"""`convcalc layer`: the facts of one layer, and its designs side by side."""

from typing import Annotated

from convcalc.redesign.of_layer import compare
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.flags import layer_options, options
from convcalc_cli.flags.layer import LayerFlags, layer_of, require_channels
from convcalc_cli.flags.values import all_designs
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import FAILED, FINE, Outcome

SUMMARY = "The facts of one layer, and its designs side by side."
EXAMPLES = """Sizes that differ by dimension are joined by x, e.g. 3x5.

\b
Examples:
  convcalc layer --in 16 --out 32 -g 4
  convcalc layer --in 16 --out 32 -g 4 --explain
  convcalc layer --in 16 --out 32 -g 4 --verify
  convcalc layer --in 3 --out 64 -k 7 -s 2 -p 3 --size 224 --no-bias
  convcalc layer --in 64 --out 64 -k 3x5 -p same --size 48x64
  convcalc layer --in 64 --out 32 -k 4 -s 2 -p 1 --transposed
  convcalc layer --in 1 --out 128 -k 80 -s 4 --size 8000 --dims 1
  convcalc layer --in 64 --out 32 -k 4 -s 2 -p 1 --transposed --as all
  convcalc layer --in 512 --out 512 -p 1 --size 14 --format json
"""


FORMATS = Formats("layer", {"json": "json:layer_json", "csv": "csv:layer_csv"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


def layer(
    in_channels: layer_options.InChannels = None,
    out_channels: layer_options.OutChannels = None,
    kernel_size: layer_options.KernelSize = None,
    stride: layer_options.Stride = 1,
    padding: layer_options.Padding = 0,
    padding_mode: layer_options.PaddingMode = "zeros",
    dilation: layer_options.Dilation = 1,
    groups: layer_options.Groups = 1,
    bias: layer_options.Bias = True,
    size: layer_options.Size = None,
    dims: layer_options.Dims = 2,
    batch: layer_options.Batch = 1,
    dtype: layer_options.Dtype = "float32",
    transposed: layer_options.Transposed = False,
    output_padding: layer_options.OutputPadding = None,
    explain: layer_options.Explain = False,
    designs: options.Designs = "usual",
    verify: options.Verify = False,
    seed: options.Seed = None,
    plot: options.Plot = None,
    output_format: OutputFormat = None,
    output: options.Output = None,
    html: options.Html = None,
    as_tools: options.AsTools = None,
) -> Outcome:
    """One convolution: its shapes, parameters, MACs and memory, and its designs side by side.

    Flags that are not given have PyTorch's defaults.
    """
    flags = LayerFlags(
        *(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias),
        *(size, dims, transposed, output_padding, padding_mode),
    )
    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    conv, input_shape = layer_of(flags)
    comparison = compare(conv, input_shape, batch=batch, dtype=dtype, every=all_designs(designs))
    require_channels(flags)
    found = None
    if verify or seed is not None:
        from convcalc_cli.verification.verifier import verifier  # most layers are not run

        run = verifier(verify, seed)
        found = run and run.layer(comparison)
    report = LayerReport(comparison, flags.defaults_used, explain, found)
    if as_tools:
        from convcalc_cli.others.comparer import comparer

        tools = comparer(as_tools)
        own = tools.network(comparison.network, comparison.audit)
        report = report._replace(compared=own, tools=tools)
    return wanted.outcome(report, FINE if found is None or found.passed else FAILED)
