"""The example networks: in an installed package its data, in a checkout the folder itself."""

from __future__ import annotations

from pathlib import Path

from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError

PLACES = (Path(__file__).parents[2] / "examples", Path(__file__).parents[4] / "examples")


def examples_list() -> list[tuple[str, str]]:
    """The name of each example, and what it is."""
    return [(path.stem, _about(path)) for path in _files()]


def example_text(name: str) -> str:
    """An example as it stands in its file.

    Raises:
        FlagError: there is none of that name.
    """
    files = {path.stem: path for path in _files()}
    if name not in files:
        raise FlagError(f"unknown example {name}{did_you_mean(name, files)}")
    return files[name].read_text(encoding="utf-8")


def _files() -> list[Path]:
    folder = next(place for place in PLACES if place.is_dir())
    return sorted(folder.glob("*.yaml"))


def _about(path: Path) -> str:
    """What the file says of itself first, without its sources."""
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").partition(" (")[0].rstrip(" .\n")
