"""Where a convolution's numbers come from: formula, formula with numbers, result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from convcalc.operations.convolution import Convolution
from convcalc.operations.transposed import ConvTranspose
from convcalc.records import NamedTuple
from convcalc.values import Pads, Shape

LEGEND = {
    "i": "input size",
    "o": "output size",
    "k": "kernel size",
    "*k": "the kernel's sizes",
    "s": "stride",
    "d": "dilation",
    "lo": "low padding",
    "hi": "high padding",
    "p": "total padding",
    "output_padding": "size added at the high end",
    "in": "input channels",
    "out": "output channels",
    "groups": "number of groups",
    "batch": "batch size",
    "prod": "all of them multiplied",
    "floor": "rounded down",
    "ceil": "rounded up",
    "max": "the larger",
}
"""What the words of the formulas mean."""

SAME_SIZE = "ceil(i / s)"
SAME_PADDING = "max((o - 1)*s + d*(k - 1) + 1 - i, 0)"

SAME_SIDES = "(floor(p / 2), ceil(p / 2))"

TERM = re.compile(r"prod\([a-z ]+\)|\*k|[a-z_]+")
WORD = re.compile(r"(?<!\w)\*k|[a-z_]+")


class Derivation(NamedTuple):
    """One number, or one shape, and how it comes about."""

    quantity: str
    formula: str
    numbers: str
    """The formula with a number for every letter; its value is the result."""
    result: Shape | int


def explain(conv: Convolution, input_shape: Shape, batch: int = 1) -> list[Derivation]:
    """How output size, weight shape, params and MACs of a convolution come about.

    Args:
        conv: a plain or a transposed convolution.
        input_shape: `(C, *spatial)` of one input.
        batch: inputs processed together; it multiplies the MACs.

    Raises:
        SpecError: the layer cannot take this input.

    >>> from convcalc import Conv
    >>> for line in explain(Conv(16, 32, 3, groups=4), (16, 64, 64)):
    ...     print(line.quantity, "=", line.numbers, "=", line.result)
    output size = floor((64 + 0 + 0 - 1*(3 - 1) - 1) / 1) + 1 = 62
    weight = (32, 16/4, 3, 3) = (32, 4, 3, 3)
    params = 32*4*3*3 + 32 = 1184
    MACs = 32*4*3*3 * 62*62 = 4428288
    """
    return [
        *_sizes(conv, input_shape, conv.output_shape(input_shape)),
        _weight(conv),
        _params(conv),
        _macs(conv, input_shape, batch),
    ]


def legend(derivations: Iterable[Derivation]) -> dict[str, str]:
    """What the words mean that the formulas of some derivations are written in.

    >>> legend([Derivation("params", "prod(weight) + out", "36 + 4", 40)])
    {'out': 'output channels', 'prod': 'all of them multiplied'}
    """
    used = {word for line in derivations for word in WORD.findall(line.formula)}
    return {word: meaning for word, meaning in LEGEND.items() if word in used}


def _sizes(conv: Convolution, input_shape: Shape, output_shape: Shape) -> list[Derivation]:
    """A derivation for each way in which a size comes about; equal dimensions share one."""
    pads = conv.pads(input_shape)
    axes_by_symbols: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for axis in range(conv.dims):
        symbols = _symbols(conv, axis, input_shape[axis + 1], pads)
        axes_by_symbols.setdefault(tuple(symbols.items()), []).append(axis)
    derivations = []
    for symbols_key, axes in axes_by_symbols.items():
        where = "" if len(axes_by_symbols) == 1 else _of_dimensions(axes)
        size = output_shape[axes[0] + 1]
        derivations += _size(conv, where, dict(symbols_key), size)
    return derivations


def _size(conv: Convolution, where: str, symbols: Mapping[str, int], size: int) -> list[Derivation]:
    output = f"output size{where}"
    if conv.padding != "same":
        return [_derived(output, conv.size_formula, symbols, size)]
    total = symbols["lo"] + symbols["hi"]
    return [
        _derived(output, SAME_SIZE, symbols, size),
        _derived(f"padding{where}", SAME_PADDING, {**symbols, "o": size}, total),
        _derived(f"lo, hi{where}", SAME_SIDES, {"p": total}, (symbols["lo"], symbols["hi"])),
    ]


def _symbols(conv: Convolution, axis: int, size: int, pads: Pads) -> dict[str, int]:
    low, high = pads[axis]
    symbols = {"i": size, "lo": low, "hi": high}
    symbols |= {"d": conv.dilation[axis], "k": conv.kernel_size[axis], "s": conv.stride[axis]}
    if isinstance(conv, ConvTranspose):
        symbols["output_padding"] = conv.output_padding[axis]
    return symbols


def _weight(conv: Convolution) -> Derivation:
    symbols = {
        "in": conv.in_channels,
        "out": conv.out_channels,
        "groups": conv.groups,
        "*k": ", ".join(map(str, conv.kernel_size)),
    }
    return _derived("weight", conv.weight_formula, symbols, conv.weight_shape)


def _params(conv: Convolution) -> Derivation:
    symbols = {"prod(weight)": _product(conv.weight_shape), "out": conv.out_channels}
    formula = "prod(weight) + out" if conv.bias else "prod(weight)"
    return _derived("params", formula, symbols, conv.params)


def _macs(conv: Convolution, input_shape: Shape, batch: int) -> Derivation:
    symbols = {
        "prod(weight)": _product(conv.weight_shape),
        "prod(input spatial)": _product(input_shape[1:]),
        "prod(output spatial)": _product(conv.output_shape(input_shape)[1:]),
        "batch": batch,
    }
    formula = conv.macs_formula if batch == 1 else f"{conv.macs_formula} * batch"
    return _derived("MACs", formula, symbols, conv.macs(input_shape) * batch)


def _derived(
    quantity: str, formula: str, symbols: Mapping[str, object], result: Shape | int
) -> Derivation:
    numbers = TERM.sub(lambda term: str(symbols.get(term[0], term[0])), formula)
    return Derivation(quantity, formula, numbers, result)


def _product(shape: Shape) -> str:
    return "*".join(map(str, shape))


def _of_dimensions(axes: list[int]) -> str:
    noun = "dimension" if len(axes) == 1 else "dimensions"
    return f", {noun} {', '.join([str(axis + 1) for axis in axes])}"
