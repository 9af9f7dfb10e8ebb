"""`weights`: layers that use the weights of earlier ones, one by one where they are blocks."""

from __future__ import annotations

from collections.abc import MutableSequence

from convcalc.errors import SpecError
from convcalc.language.frames import Span
from convcalc.layers import AnyLayer
from convcalc.structure import check_shared
from convcalc.wording import counted


def share(layers: MutableSequence[AnyLayer], span: Span, owner: Span, name: str) -> None:
    """Makes the layers of a span use the weights of those of an earlier one, in order.

    A single owner serves every round.

    Args:
        layers: all layers so far; those of the span are replaced.
        span: the layers that have no weights of their own.
        owner: the layers whose weights they use.
        name: what the owner is called.

    Raises:
        SpecError: the layers do not match, or have no weights.

    >>> from convcalc import Conv, Layer
    >>> layers = [Layer("a", Conv(8, 8, 3)), Layer("b", Conv(8, 8, 3), ("a",))]
    >>> share(layers, Span(1, 2), Span(0, 1), "a")
    >>> layers[1].weights_of
    'a'
    """
    mine = range(*span)
    theirs = range(*owner) if owner.last - owner.first != 1 else [owner.first] * len(mine)
    if len(mine) != len(theirs):
        has = f"{name} has {counted(len(theirs), 'layer')}"
        raise SpecError(f"{has}, but {len(mine):,} would use their weights")
    found = False
    for at, other in zip(mine, theirs, strict=True):
        layer, source = layers[at], layers[other]
        has_weights = _has_weights(layer)
        if has_weights or _has_weights(source):
            check_shared(layer, source)
            layers[at] = layer._replace(weights_of=source.name)
            found = True
    if not found:
        word = layers[span.first].operation.word if len(mine) else name
        raise SpecError(f"{word} has no weights to share")


def _has_weights(layer: AnyLayer) -> bool:
    parts = layer.operation.parts.values()
    return bool(layer.operation.weights or any(part.weights for part in parts))
