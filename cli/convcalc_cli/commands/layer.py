"""`convcalc layer`: one layer's facts, and its designs side by side."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import typer

from convcalc.comparison import compare
from convcalc.errors import SpecError
from convcalc.operations.convolution import Conv, Convolution, ConvTranspose
from convcalc.values import dims_of, per_dimension
from convcalc_cli import options
from convcalc_cli.flags import FlagError, spread
from convcalc_cli.formats import layer_text
from convcalc_cli.layer_report import LayerReport
from convcalc_cli.outcome import FAILED, FINE, Outcome
from convcalc_cli.verifier import verifier

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
    short_help="One layer's facts, and its designs side by side.",
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
    output_format: options.OutputFormat = options.Format.TABLE,
    debug: options.Debug = False,
) -> Outcome:
    """One convolution: its shapes, parameters, MACs and memory, and its designs side by side.

    What is left out takes PyTorch's default.
    """
    del debug
    defaults = {
        name: value
        for name, given, value in [
            ("kernel_size", kernel_size, options.KERNEL_SIZE),
            ("size", size, options.SIZE),
        ]
        if given is None
    }
    window = {
        "kernel_size": defaults.get("kernel_size", kernel_size),
        "stride": stride,
        "padding": spread(padding, dims),
        "dilation": dilation,
    }
    size = defaults.get("size", size)
    dims_of(dims, **window, output_padding=output_padding, size=size)
    stand_in = max(groups, 1)
    conv = _convolution(
        transposed,
        output_padding,
        in_channels=stand_in if in_channels is None else in_channels,
        out_channels=stand_in if out_channels is None else out_channels,
        groups=groups,
        bias=bias,
        dims=dims,
        **window,
    )
    input_shape = (conv.in_channels, *per_dimension("size", size, dims))
    comparison = compare(conv, input_shape, batch=batch, dtype=dtype)
    _require({"--in": in_channels, "--out": out_channels})
    run = verifier(verify, seed)
    found = run and run.layer(comparison)
    report = LayerReport(comparison, defaults, explain, found)
    code = FINE if found is None or found.passed else FAILED
    return Outcome(partial(layer_text, report, output_format), code)


def _require(flags: Mapping[str, object]) -> None:
    """Asked for last, so that what is wrong with the other flags is said first."""
    missing = [flag for flag, value in flags.items() if value is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise FlagError(f"{' and '.join(missing)} {verb} missing (see convcalc layer --help)")


def _convolution(transposed: bool, output_padding: Any, **parameters: Any) -> Convolution:
    if transposed:
        return ConvTranspose(output_padding=output_padding or 0, **parameters)
    if output_padding is not None:
        fact = "{output_padding} is for transposed convolutions"
        raise SpecError(fact, output_padding=output_padding).suggesting(transposed=True)
    return Conv(**parameters)
