"""Where the example networks are: in an installed package its data, in a checkout their folder."""

from __future__ import annotations

from pathlib import Path

PLACES = (Path(__file__).parent / "examples", Path(__file__).parents[2] / "examples")


def example_files() -> list[Path]:
    """The files of all examples."""
    folder = next((place for place in PLACES if place.is_dir()), None)
    return sorted(folder.glob("*.yaml")) if folder else []


def example_file(name: str) -> Path | None:
    """The file of an example, if there is one of that name.

    >>> example_file("resnet5O") is None
    True
    """
    return next((path for path in example_files() if path.stem == name), None)
