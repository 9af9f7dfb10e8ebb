"""What stands in the padding: zeros, or values of the input."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc.values import Pads, Shape, compact, one_of
from convcalc.wording import counted

ZEROS, REFLECT, REPLICATE, CIRCULAR = "zeros", "reflect", "replicate", "circular"
PADDING_MODES = (ZEROS, REFLECT, REPLICATE, CIRCULAR)
"""PyTorch's names: zeros; mirrored at the outermost value; that value again; from the other end."""


def padding_mode_of(name: str, value: object) -> str:
    """The mode, refused if it is none.

    >>> padding_mode_of("padding_mode", "reflect")
    'reflect'
    """
    mode: str = one_of(name, value, PADDING_MODES)
    return mode


def require_values(mode: tuple[str, str], padding: tuple[str, Pads], input_shape: Shape) -> None:
    """Refuses padding for which the input has too few values.

    Mirroring does not repeat the outermost value, so it needs one more than the padding; wrapping
    around goes round once at the most.

    Args:
        mode: what stands in the padding, and before that what the parameter is called.
        padding: low and high padding by dimension, and before that what it is called.
        input_shape: `(C, *spatial)`.

    Raises:
        SpecError: it is too wide.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    >>> require_values(("mode", "reflect"), ("widths", ((2, 2),)), (1, 3))
    >>> require_values(("mode", "circular"), ("widths", ((4, 4),)), (1, 3))
    Traceback (most recent call last):
    convcalc.errors.SpecError: mode='circular' takes at most 3 positions of padding \
beside input_shape=(1, 3), but widths=4 has 4
    """
    if mode[1] not in (REFLECT, CIRCULAR):
        return
    for size, sides in zip(input_shape[1:], padding[1], strict=True):
        most = size - 1 if mode[1] == REFLECT else size
        if max(sides) > most:
            takes = f"takes at most {counted(most, 'position')} of padding beside {{input_shape}}"
            fact = f"{{{mode[0]}}} {takes}, but {{{padding[0]}}} has {max(sides):,}"
            values = {mode[0]: mode[1], padding[0]: compact(padding[1])}
            raise SpecError(fact, **values, input_shape=input_shape)
