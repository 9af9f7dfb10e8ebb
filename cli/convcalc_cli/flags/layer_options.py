"""The flags that describe a layer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from convcalc.facts.audit import DTYPE_BYTES
from convcalc.operations.padding_modes import PADDING_MODES
from convcalc_cli.flags.declaring import dtype_names, number_option, reader, sizes_option
from convcalc_cli.flags.layer import KERNEL_SIZE, SIZE
from convcalc_cli.flags.values import paddings

# Any, because Typer knows no type for "a number or several"; the engine checks the values.
InChannels = Annotated[int | None, number_option("--in", about="Input channels; required.")]
OutChannels = Annotated[int | None, number_option("--out", about="Output channels; required.")]
KernelSize = Annotated[
    Any, sizes_option("--kernel-size", "-k", about=f"Size of the kernel; {KERNEL_SIZE} by default.")
]
Stride = Annotated[Any, sizes_option("--stride", "-s", about="Distance between windows.")]
Padding = Annotated[
    Any,
    typer.Option(
        "--padding",
        "-p",
        parser=reader(paddings),
        metavar="P",
        help="Zeros added around the input: 1, 0x1, low:high as in 0:1x0:1, same, valid or causal; "
        "with --transposed, cropped from the output.",
    ),
]
PaddingMode = Annotated[
    str,
    typer.Option(
        "--padding-mode",
        metavar="MODE",
        autocompletion=lambda: list(PADDING_MODES),
        help=f"What stands in the padding: {', '.join(PADDING_MODES)}.",
    ),
]
Dilation = Annotated[Any, sizes_option("--dilation", "-d", about="Distance between kernel taps.")]
Groups = Annotated[
    int, number_option("--groups", "-g", about="Number of groups; must divide both channel counts.")
]
Bias = Annotated[bool, typer.Option("--bias/--no-bias", help="Add a bias to each output channel.")]
Size = Annotated[Any, sizes_option("--size", about=f"Size of the input; {SIZE} by default.")]
Dims = Annotated[int, number_option("--dims", about="Number of spatial dimensions: 1, 2 or 3.")]
Transposed = Annotated[bool, typer.Option("--transposed", help="Use a transposed convolution.")]
OutputPadding = Annotated[
    Any,
    sizes_option("--output-padding", about="With --transposed: size added at the high end."),
]
Batch = Annotated[int, number_option("--batch", about="Batch size.")]
Dtype = Annotated[
    str,
    typer.Option(
        "--dtype",
        metavar="NAME",
        autocompletion=dtype_names,
        help=f"Number format, for memory: {', '.join(DTYPE_BYTES)}.",
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show where each number comes from and what groups do.")
]
