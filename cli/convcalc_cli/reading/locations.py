"""Places in files as messages show them."""

from __future__ import annotations

from convcalc.files.places import AnyPlace, NamedPlace, within
from convcalc.files.readers import SourceFile
from convcalc_cli.text import name_text, printable


def location_text(file: str, place: AnyPlace | None) -> str:
    """The file and the place in it, as a line of output begins with them.

    >>> from convcalc.files.places import Place
    >>> location_text("net.yaml", Place(3, 5, 4))
    'net.yaml:3:5'
    >>> location_text("net.onnx", NamedPlace("node", "/conv"))
    'net.onnx: node /conv'
    """
    return printable(within(name_text(path_of(file)), place))


def path_of(file: str) -> str:
    """The file itself where a scale of one is named, as in `net.yaml@n`."""
    return SourceFile.named(file).path


def scale_of(file: str) -> str:
    """What a message begins with that is about a scale of a file; empty for whole files.

    >>> scale_of("net.yaml")
    ''
    """
    scale = SourceFile.named(file).scale
    return f"scale {scale}: " if scale else ""


def placed_message(message: str, place: AnyPlace | None) -> str:
    """A message for formats that have a line and a column only: other places are put before it.

    >>> placed_message("kernel_size is missing", NamedPlace("node", "/conv"))
    'node /conv: kernel_size is missing'
    """
    return f"{place.title}: {message}" if isinstance(place, NamedPlace) else message
