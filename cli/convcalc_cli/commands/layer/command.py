"""`convcalc layer`: one layer's facts, and its designs side by side."""

from functools import partial

import typer

from convcalc.redesign.of_layer import compare
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.flags import options
from convcalc_cli.flags.layer import FLAGS, defaults_used, layer_of, require_channels
from convcalc_cli.formats import layer_text
from convcalc_cli.shell.outcome import FAILED, FINE, Outcome
from convcalc_cli.verification.verifier import verifier

EXAMPLES = """Several values are joined by x, one for each dimension.

\b
Examples:
  convcalc layer --in 16 --out 32 -g 4
  convcalc layer --in 16 --out 32 -g 4 --explain
  convcalc layer --in 16 --out 32 -g 4 --verify
  convcalc layer --in 3 --out 64 -k 7 -s 2 -p 3 --size 224 --no-bias
  convcalc layer --in 64 --out 64 -k 3x5 -p same --size 48x64
  convcalc layer --in 64 --out 32 -k 4 -s 2 -p 1 --transposed
  convcalc layer --in 1 --out 128 -k 80 -s 4 --size 8000 --dims 1
  convcalc layer --in 512 --out 512 -p 1 --size 14 --format json
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="The facts of one layer, and its designs side by side.",
    epilog=EXAMPLES,
)
def layer(
    in_channels: options.InChannels = None,
    out_channels: options.OutChannels = None,
    kernel_size: options.KernelSize = None,
    stride: options.Stride = 1,
    padding: options.Padding = 0,
    dilation: options.Dilation = 1,
    groups: options.Groups = 1,
    bias: options.Bias = True,
    size: options.Size = None,
    dims: options.Dims = 2,
    batch: options.Batch = 1,
    dtype: options.Dtype = "float32",
    transposed: options.Transposed = False,
    output_padding: options.OutputPadding = None,
    explain: options.Explain = False,
    verify: options.Verify = False,
    seed: options.Seed = None,
    plot: options.Plot = None,
    output_format: options.OutputFormat = options.Format.TABLE,
    output: options.Output = None,
    debug: options.Debug = False,
) -> Outcome:
    """One convolution: its shapes, parameters, MACs and memory, and its designs side by side.

    What is left out takes PyTorch's default.
    """
    del debug
    flags = locals()
    given = {name: flags[name] for name in FLAGS}
    conv, input_shape = layer_of(given)
    comparison = compare(conv, input_shape, batch=batch, dtype=dtype)
    require_channels(given)
    run = verifier(verify, seed)
    found = run and run.layer(comparison)
    report = LayerReport(comparison, defaults_used(given), explain, found)
    code = FINE if found is None or found.passed else FAILED
    saved = {}
    if plot is not None:
        from convcalc_cli.formats.plots import layer_plot  # Matplotlib is slow to load

        saved = {plot: layer_plot(report, plot)}
    return Outcome(partial(layer_text, report, output_format), code, output=output, saved=saved)
