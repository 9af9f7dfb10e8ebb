"""Places in a file: characters of a line, or something that has a name."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

from convcalc.checks.findings import Rule
from convcalc.records import NamedTuple


class Place(NamedTuple):
    """Characters of one line of a text, counted from 1."""

    line: int
    column: int
    length: int

    def within(self, file: str) -> str:
        """The place with the file, as compilers write it.

        >>> Place(3, 5, 4).within("net.yaml")
        'net.yaml:3:5'
        """
        return f"{file}:{self.line}:{self.column}"

    @property
    def title(self) -> str:
        """The place without the file.

        >>> Place(3, 5, 4).title
        'line 3'
        """
        return f"line {self.line}"

    @property
    def order(self) -> tuple[int, int]:
        """What places of a file are sorted by."""
        return self.line, self.column


class NamedPlace(NamedTuple):
    """A part of a file without lines: a node of a graph, or a layer of a model.

    It has the same attributes as a `Place`, and None for what it has not.
    """

    kind: str
    """What the format calls such a part, such as node or layer."""
    name: str
    position: int = 0
    """Where it stands among the parts of the file; findings are sorted by it."""

    @property
    def line(self) -> None:
        """There are no lines."""
        return

    @property
    def column(self) -> None:
        """There are no columns."""
        return

    @property
    def length(self) -> None:
        """There are no characters to point at."""
        return

    def within(self, file: str) -> str:
        """The place with the file.

        >>> NamedPlace("node", "/layer1/conv").within("net.onnx")
        'net.onnx: node /layer1/conv'
        """
        return f"{file}: {self.title}"

    @property
    def title(self) -> str:
        """The place without the file.

        >>> NamedPlace("node", "/layer1/conv").title
        'node /layer1/conv'
        """
        return f"{self.kind} {self.name}"

    @property
    def order(self) -> tuple[int, int]:
        """What places of a file are sorted by."""
        return self.position, 0


AnyPlace: TypeAlias = Place | NamedPlace


KindOfPlace = TypeVar("KindOfPlace", bound=AnyPlace, covariant=True)


class SourceFault(NamedTuple, Generic[KindOfPlace]):
    """Something that a reader reports about a file, at a place of it or about all of it."""

    message: str
    place: KindOfPlace | None = None
    rule: Rule | None = None
    """The rule that is broken, where it is something that `check` finds; other than errors."""


TextFault: TypeAlias = SourceFault[Place]
"""A fault in a file of lines."""


def within(file: str, place: AnyPlace | None) -> str:
    """The file, and the place in it if there is one.

    >>> within("net.yaml", Place(3, 5, 4)), within("net.yaml", None)
    ('net.yaml:3:5', 'net.yaml')
    """
    return place.within(file) if place else file


def order(place: AnyPlace | None) -> tuple[int, int]:
    """What findings are sorted by; those about the whole file come first.

    >>> order(Place(3, 5, 4)), order(None)
    ((3, 5), (0, 0))
    """
    return place.order if place else (0, 0)
