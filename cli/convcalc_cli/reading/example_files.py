"""The example networks as text, and what they are."""

from __future__ import annotations

from pathlib import Path

from convcalc.wording import did_you_mean
from convcalc_cli.bundled import example_file, example_files
from convcalc_cli.flags.values import FlagError


def examples_list() -> list[tuple[str, str]]:
    """The name of each example, and what it is."""
    return [(path.stem, _about(path)) for path in example_files()]


def example_text(name: str) -> str:
    """An example as it stands in its file.

    Raises:
        FlagError: there is none of that name.
    """
    path = example_file(name)
    if path is None:
        raise FlagError(f"unknown example {name}{did_you_mean_example(name)}")
    return path.read_text(encoding="utf-8")


def did_you_mean_example(name: str) -> str:
    """A hint for a name that is neither a file nor an example, but nearly one.

    >>> did_you_mean_example("resnet5O"), did_you_mean_example("nets/resnet5O.yaml")
    ('; did you mean resnet50?', '')
    """
    return did_you_mean(name, [path.stem for path in example_files()])


def _about(path: Path) -> str:
    """What the file says of itself first, without its sources."""
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").partition(" (")[0].rstrip(" .\n")
