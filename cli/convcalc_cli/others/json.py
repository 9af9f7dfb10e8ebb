"""What other tools would print, as JSON."""

from __future__ import annotations

from typing import Any

from convcalc_cli.formats.json import OnOneLine
from convcalc_cli.others.comparer import Compared

OCCASIONAL = ("note", "macs", "sizes")


def compared_json(compared: Compared) -> dict[str, Any]:
    """The keys `others` and `which`, each where it was asked for."""
    keys: dict[str, Any] = {}
    if compared.others:
        keys["others"] = [OnOneLine(_other(each._asdict())) for each in compared.others]
    if compared.found is not None:
        number, matches, nearest, unknown = compared.found
        keys["which"] = {
            "number": number,
            "found": [OnOneLine(each._asdict()) for each in matches],
            "nearest": None if nearest is None else OnOneLine(nearest._asdict()),
            **({"unknown": OnOneLine(unknown)} if unknown else {}),
        }
    return keys


def _other(facts: dict[str, Any]) -> dict[str, Any]:
    facts["causes"] = [each._asdict() for each in facts["causes"]]
    return {key: value for key, value in facts.items() if value or key not in OCCASIONAL}
