"""What `--explain` adds: what groups do to the channels, and where each number comes from."""

from __future__ import annotations

from convcalc.comparison import Comparison, DesignFacts
from convcalc.connectivity import ChannelGrid, channel_grid
from convcalc.designs import ConvLayer
from convcalc.explanation import LEGEND, Derivation, explain
from convcalc.operations import Convolution
from convcalc.values import counted
from convcalc_cli.layer_report import design_title
from convcalc_cli.page import Block, Derivations, Heading, Paragraph, Picture, Pictures
from convcalc_cli.pytorch import pytorch_text


def explanation(comparison: Comparison) -> list[Block]:
    """The channels as pictures, then the formulas, design by design."""
    letters = "; ".join([f"{letters} = {meaning}" for letters, meaning in LEGEND.items()])
    blocks: list[Block] = [
        Heading("Which input channel feeds which output channel"),
        *_lessons(comparison),
        Pictures([picture for design in comparison.possible for picture in _pictures(design)]),
        Heading("Where the numbers come from"),
        Paragraph(f"{letters}."),
    ]
    for design in comparison.possible:
        blocks += _derivations(comparison, design)
    return blocks


def _lessons(comparison: Comparison) -> list[Block]:
    """What the groups of this very layer mean, and how to read the pictures of it."""
    conv = comparison.layer.operation
    kernel = _kernel_text(conv)
    lessons = [
        f"Input channels run across, output channels down; a filled cell is one {kernel} kernel.",
        _groups_lesson(conv),
    ]
    if any(len(design.layers) > 1 for design in comparison.possible):
        inputs = counted(conv.in_channels, "input channel")
        lessons.append(
            f"Depthwise separable: first a {kernel} kernel for each of the {inputs} alone, so that "
            "no channel meets another; then a convolution with kernel 1 that mixes the channels."
        )
    return [Paragraph(lesson) for lesson in lessons]


def _groups_lesson(conv: Convolution) -> str:
    outputs = counted(conv.out_channels // conv.groups, "output channel")
    inputs = counted(conv.in_channels // conv.groups, "input channel")
    if conv.groups == 1:
        return f"groups=1: each of the {outputs} reads each of the {inputs}."
    return (
        f"groups={conv.groups}: the channels fall into {conv.groups:,} groups, each with {inputs} "
        f"and {outputs}. An output channel reads only the input channels of its own group, with "
        "kernels of its own that no other channel shares."
    )


def _pictures(design: DesignFacts) -> list[Picture]:
    return [_picture(_part_title(design, layer), layer.operation) for layer in design.layers]


def _part_title(design: DesignFacts, layer: ConvLayer) -> str:
    """A design's title, and the part of it that a layer is where there are several."""
    title = design_title(design)
    return title if len(design.layers) == 1 else f"{title}: {_part(layer.name)}"


def _part(name: str) -> str:
    return name.rpartition(".")[2]


def _picture(title: str, conv: Convolution) -> Picture:
    grid = channel_grid(conv)
    kernels = counted(conv.out_channels * conv.in_channels // conv.groups, "kernel")
    return Picture(title, grid, [f"{kernels} of {_kernel_text(conv)}", *_scale(grid, conv)])


def _scale(grid: ChannelGrid, conv: Convolution) -> list[str]:
    """What one cell stands for, where it is more than one pair of channels."""
    across = -(-conv.in_channels // len(grid.inputs))
    down = -(-conv.out_channels // len(grid.outputs))
    return [f"a cell: {across:,} in, {down:,} out"] if across * down > 1 else []


def _kernel_text(conv: Convolution) -> str:
    return "x".join(map(str, conv.kernel_size)) if conv.dims > 1 else f"{conv.kernel_size[0]}-tap"


def _derivations(comparison: Comparison, design: DesignFacts) -> list[Block]:
    asked = " (the layer asked for)" if comparison.is_as_given(design) else ""
    blocks: list[Block] = [Heading(f"{design_title(design)}{asked}")]
    for layer, row in zip(design.layers, design.audit.layers, strict=True):
        (input_shape,) = row.input_shapes
        lines = explain(layer.operation, input_shape, comparison.network.batch)
        blocks.append(Derivations(pytorch_text(layer.operation, input_shape), lines))
    if len(design.layers) > 1:
        blocks.append(Derivations("both together", _sums(design)))
    return blocks


def _sums(design: DesignFacts) -> list[Derivation]:
    rows, totals = design.audit.layers, design.audit.totals
    parts = " + ".join([_part(row.name) for row in rows])
    params = " + ".join([str(row.params) for row in rows])
    macs = " + ".join([str(row.macs) for row in rows])
    return [
        Derivation("params", parts, params, totals.params),
        Derivation("MACs", parts, macs, totals.macs),
    ]
