"""How reading a Keras file ends when it cannot go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from convcalc.files.places import AnyPlace, NamedPlace, SourceFault


class KerasError(Exception):
    """A fault of the file. One without a place gets that of the layer that is being read.

    >>> KerasError("filters is missing").fault.message
    'filters is missing'
    """

    def __init__(self, message: str, place: AnyPlace | None = None) -> None:
        super().__init__(message)
        self.fault: SourceFault[AnyPlace] = SourceFault(message, place)


class NoRuleError(KerasError):
    """A layer of a kind that has no rule; its figures are not known.

    >>> NoRuleError("the cell NTM has no rule").fault.message
    'the cell NTM has no rule'
    """


def layer_place(name: str, position: int) -> NamedPlace:
    """The place of a layer.

    Args:
        name: its name, behind those of the models that it is in.
        position: how many layers of the file begin before it, and one.

    >>> layer_place("encoder/conv1", 3).title
    'layer encoder/conv1'
    """
    return NamedPlace("layer", name, position)


@contextmanager
def at(place: AnyPlace) -> Iterator[None]:
    """Gives faults that have no place this one.

    >>> with at(layer_place("conv1", 1)):
    ...     raise KerasError("filters is missing")
    Traceback (most recent call last):
    convcalc.files.keras.faults.KerasError: filters is missing
    """
    try:
        yield
    except KerasError as error:
        if error.fault.place is None:
            raise KerasError(error.fault.message, place) from error
        raise
