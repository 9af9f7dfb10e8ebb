"""Tables of values, as `print` and notebooks show them: drawn by the package that is installed.

The engine draws nothing. It looks for the entry points `text` and `html` in a group, each a
function of a value; the command line of convcalc has both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

GROUP = "convcalc.display"
"""The group of the entry points."""

Kind = TypeVar("Kind", bound=type)


def displayed(kind: Kind) -> Kind:
    """A class whose values are tables where they are printed, and in notebooks.

    Where nothing is installed that draws them, or it fails, both show the short `repr`.

    >>> @displayed
    ... class Total(int):
    ...     pass
    >>> str(Total(3))
    '3'
    """
    for name, method in (("__str__", _text), ("_repr_html_", _html)):
        setattr(kind, name, method)
    return kind


def _text(value: object) -> str:
    """The table that the terminal shows, as plain text."""
    return _drawn(value, "text") or repr(value)


def _html(value: object) -> str | None:
    """The table of the HTML report; None lets a notebook show the `repr`."""
    return _drawn(value, "html")


def _drawn(value: object, way: str) -> str | None:
    try:
        draw = drawer(way)
        return draw and draw(value)
    except Exception:  # noqa: BLE001  (printing a value never fails, whatever draws it)
        return None


@cache
def drawer(way: str) -> Callable[[Any], str | None] | None:
    """The installed function that draws values in a way: `text` or `html`.

    >>> drawer("braille") is None
    True
    """
    from importlib.metadata import entry_points  # slow to load, and seldom needed

    for each in entry_points(group=GROUP, name=way):
        draw: Callable[[Any], str | None] = each.load()
        return draw
    return None
