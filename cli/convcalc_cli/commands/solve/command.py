"""`convcalc solve`: windows that give a size, and values of variables that fit a budget."""

from typing import Annotated, Any

import typer

from convcalc_cli.flags import layer_options, network_options, options
from convcalc_cli.flags.budgets import with_budgets
from convcalc_cli.flags.declaring import number_option, sizes_option
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "The padding that gives a size, or the largest width that fits a budget."
EXAMPLES = """\b
Examples:
  convcalc solve shape --size 224 --to 112
  convcalc solve shape --size 224x200 --to 112x100 -k 3x5
  convcalc solve shape --size 112 --to 224 -k 4 -s 2 --transposed
  convcalc solve width net.yaml --max-params 2M
  convcalc solve size net.yaml --max-peak-activation 1MiB
  convcalc solve width=0.25:2:0.25 net.yaml --max-macs 300M
"""

FORMATS = Formats("solve", {"json": "json:solve_json"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]
What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT", help="shape; or size, batch or a variable, with =LO:HI:STEP if wanted."
    ),
]
NetworkFile = Annotated[
    str | None, typer.Argument(metavar="[NET.yaml]", help="Network file, or - for stdin.")
]


ShapeSize = Annotated[Any, sizes_option("--size", about="With shape: positions of the input.")]
ShapeTo = Annotated[Any, sizes_option("--to", about="With shape: positions of the output.")]
ShapeKernelSize = Annotated[
    Any,
    sizes_option("--kernel-size", "-k", about="With shape: size of the kernel; all by default."),
]
ShapeStride = Annotated[
    Any,
    sizes_option("--stride", "-s", about="With shape: distance between windows; all by default."),
]
ShapeDilation = Annotated[
    Any, sizes_option("--dilation", "-d", about="With shape: distance between taps.")
]
MaxKernel = Annotated[
    int, number_option("--max-kernel", about="With shape: the largest kernel and stride to try.")
]


@with_budgets
def solve(
    what: What,
    budgets: dict[str, str | None],
    file: NetworkFile = None,
    size: ShapeSize = None,
    to: ShapeTo = None,
    kernel_size: ShapeKernelSize = None,
    stride: ShapeStride = None,
    dilation: ShapeDilation = 1,
    transposed: layer_options.Transposed = False,
    max_kernel: MaxKernel = 11,
    set_variables: network_options.SetVariables = None,
    scale: network_options.Scale = None,
    modules: network_options.Modules = None,
    output_format: OutputFormat = None,
    output: options.Output = None,
    html: options.Html = None,
) -> Outcome:
    """Find what gives a wanted figure.

    shape: every window that makes --to positions of --size, the cheapest first. Else the largest
    value of a variable, of size or of batch for which the network fits its budgets.
    """
    from convcalc_cli.commands.solve.report import shape_report, variable_report
    from convcalc_cli.flags.overrides import overrides_of

    wanted = writing(FORMATS, output_format, output, html=html)
    if what == "shape":
        if size is None or to is None or file is not None:
            raise FlagError("solve shape needs --size and --to, and no file")
        ranges = {"kernel_size": kernel_size, "stride": stride, "max_kernel": max_kernel}
        report = shape_report(size, to, dilation=dilation, transposed=transposed, **ranges)
        return wanted.outcome(report, report.code)
    if file is None:
        raise FlagError(f"solve {what} needs a network file; solve shape does without")
    if size is not None or to is not None or transposed:
        raise FlagError("--size, --to and --transposed are for solve shape")
    fixed = overrides_of(set_variables, scale=scale, modules=modules)
    found = variable_report(what, file, budgets, fixed)
    return wanted.outcome(found, found.code, inputs=found.inputs)
