"""What pyproject.toml says of the versions of dependencies, for `pip install`.

`lowest EXTRA` prints constraints to the lowest version that is declared of each; `bounded EXTRA`
prints the names of those that have an upper bound.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(\[(?P<extras>[\w, -]+)\])?(?P<bounds>[^;]*)")


def requirements(extra: str | None = None) -> Iterator[tuple[str, str]]:
    """Names and bounds of what an extra needs, and what all need."""
    for text in PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]:
        parts = REQUIREMENT.match(text)
        assert parts, text
        if parts["name"] != PROJECT["name"]:
            yield parts["name"], parts["bounds"]
        for inner in re.findall(r"[\w-]+", parts["extras"] or ""):
            yield from requirements(inner)
    if extra:
        yield from requirements()


def lowest(extra: str) -> list[str]:
    """A constraint for each dependency; every one has a lower bound."""
    found = {}
    for name, bounds in requirements(extra):
        least = re.search(r">=\s*([\d.]+)", bounds)
        assert least, f"{name} has no lower bound"
        found[name] = f"{name}=={least[1]}"
    return sorted(found.values())


def bounded(extra: str) -> list[str]:
    """The names of those with an upper bound."""
    return sorted({name for name, bounds in requirements(extra) if "<" in bounds})


if __name__ == "__main__":
    sys.stdout.write(
        "\n".join({"lowest": lowest, "bounded": bounded}[sys.argv[1]](sys.argv[2])) + "\n"
    )
