"""Places in files as messages show them."""

from __future__ import annotations

from convcalc.files.places import AnyPlace, NamedPlace, within
from convcalc_cli.text import name_text, printable


def location_text(file: str, place: AnyPlace | None) -> str:
    """The file and the place in it, as a line of output begins with them.

    >>> from convcalc.files.places import Place
    >>> location_text("net.yaml", Place(3, 5, 4))
    'net.yaml:3:5'
    >>> location_text("net.onnx", NamedPlace("node", "/conv"))
    'net.onnx: node /conv'
    """
    return printable(within(name_text(file), place))


def placed_message(message: str, place: AnyPlace | None) -> str:
    """A message for formats that have a line and a column only: other places are put before it.

    >>> placed_message("kernel_size is missing", NamedPlace("node", "/conv"))
    'node /conv: kernel_size is missing'
    """
    return f"{place.title}: {message}" if isinstance(place, NamedPlace) else message
