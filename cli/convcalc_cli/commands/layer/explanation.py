"""What `--explain` adds: what groups do to the channels, and where each number comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from convcalc.facts.connectivity import ChannelGrid, channel_grid
from convcalc.facts.explanation import Derivation, explain, legend
from convcalc.operations.convolution import Convolution
from convcalc.redesign.designs import GROUPING, SEPARATION, ConvLayer
from convcalc.redesign.of_layer import Comparison, DesignFacts
from convcalc.wording import counted
from convcalc_cli.page.blocks import Block, Derivations, Heading, Paragraph, Picture, Pictures
from convcalc_cli.sections.pytorch import pytorch_text

READING = (
    "Input channels run across, output channels down. A filled cell links them, each input channel "
    "to each output channel with a kernel of its own."
)


def explanation(comparison: Comparison) -> list[Block]:
    """The channels as pictures, then the formulas, design by design."""
    derivations = [_derivations(comparison, design) for design in comparison.possible]
    lines = [line for block in chain(*derivations) for line in _lines(block)]
    meanings = "; ".join([f"{word} = {meaning}" for word, meaning in legend(lines).items()])
    return [
        Heading("Which input channel feeds which output channel"),
        *_lessons(comparison),
        Pictures([picture for design in comparison.possible for picture in _pictures(design)]),
        Heading("Where the numbers come from"),
        Paragraph(f"{meanings}."),
        *chain(*derivations),
    ]


def _lines(block: Block) -> Sequence[Derivation]:
    return block.derivations if isinstance(block, Derivations) else ()


def _lessons(comparison: Comparison) -> list[Block]:
    """How to read the pictures of this layer, and what each kind of design does."""
    layer = comparison.layer.operation
    lessons = [READING]
    if layer.groups == 1:
        lessons.append("groups=1: every output channel reads every input channel.")
    first: dict[str, DesignFacts] = {}
    for design in comparison.possible:
        if design.lesson is not None:
            first.setdefault(design.lesson, design)
    lessons += [LESSONS[key](design.layers[0].operation) for key, design in first.items()]
    return [Paragraph(lesson) for lesson in lessons]


def _groups_lesson(conv: Convolution) -> str:
    outputs = counted(conv.out_channels // conv.groups, "output channel")
    inputs = counted(conv.in_channels // conv.groups, "input channel")
    depthwise = " This is called depthwise." if conv.groups == conv.in_channels else ""
    return (
        f"groups={conv.groups}: the channels fall into {conv.groups:,} groups, each with {inputs} "
        f"and {outputs}. An output channel reads only the input channels of its own group, with "
        f"kernels of its own that no other channel shares.{depthwise}"
    )


def _separation_lesson(conv: Convolution) -> str:
    return (
        f"Depthwise separable: first a {_kernel_text(conv)} kernel for each input channel "
        "alone, so that no channel meets another; then a convolution with kernel 1 that mixes "
        "the channels."
    )


LESSONS: dict[str, Callable[[Convolution], str]] = {
    GROUPING: _groups_lesson,
    SEPARATION: _separation_lesson,
}
"""The lessons by their keys; each takes the first layer of the first design that has it."""


def _pictures(design: DesignFacts) -> list[Picture]:
    return [_picture(_part_title(design, layer), layer.operation) for layer in design.layers]


def _part_title(design: DesignFacts, layer: ConvLayer) -> str:
    """A design's title, and the part of it that a layer is where there are several."""
    title = design.title
    return title if len(design.layers) == 1 else f"{title}: {_part(layer.name)}"


def _part(name: str) -> str:
    return name.rpartition(".")[2]


def _picture(title: str, conv: Convolution) -> Picture:
    grid = channel_grid(conv)
    kernels = counted(conv.out_channels * conv.in_channels // conv.groups, "kernel")
    return Picture(title, grid, [f"{kernels} of {_kernel_text(conv)}", *_scale(grid, conv)])


def _scale(grid: ChannelGrid, conv: Convolution) -> list[str]:
    """What is left out of a grid, and what a cell stands for if it is more than one kernel."""
    inputs = [len(block) for block in grid.inputs if block]
    outputs = [len(block) for block in grid.outputs if block]
    notes = []
    if None in grid.inputs:
        notes.append(f"{len(inputs)} of {conv.groups:,} groups shown")
    if max(inputs) * max(outputs) > 1:
        uneven = len({*inputs}) > 1 or len({*outputs}) > 1
        most = "up to " if uneven else ""
        notes.append(f"a cell: {most}{max(inputs):,} in, {max(outputs):,} out")
    return notes


def _kernel_text(conv: Convolution) -> str:
    return "x".join(map(str, conv.kernel_size)) if conv.dims > 1 else f"{conv.kernel_size[0]}-tap"


def _derivations(comparison: Comparison, design: DesignFacts) -> list[Block]:
    asked = " (the layer asked for)" if comparison.is_as_given(design) else ""
    blocks: list[Block] = [Heading(f"{design.title}{asked}", level=3)]
    for layer, row in zip(design.layers, design.audit.layers, strict=True):
        (input_shape,) = row.input_shapes
        lines = explain(layer.operation, input_shape, comparison.network.batch)
        blocks.append(Derivations(pytorch_text(layer.operation, input_shape), lines))
    if len(design.layers) > 1:
        blocks.append(Derivations("", _sums(design)))
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
