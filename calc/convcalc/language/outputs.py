"""`outputs` of a specification: the layers whose values the network gives."""

from __future__ import annotations

from typing import Any

from convcalc.language.building import Builder
from convcalc.language.frames import Frame, Value
from convcalc.language.problems import Problems, known_names, value_written
from convcalc.wording import did_you_mean

OUTPUTS = ("outputs",)


def read_outputs(written: Any, builder: Builder, top: Frame, problems: Problems) -> dict[str, str]:
    """The rows of the outputs, by the names that are written; what is wrong is reported."""
    if not isinstance(written, list) or not written:
        problems.add(OUTPUTS, "outputs is a list of the names of layers")
        return {}
    rows: dict[str, str] = {}
    is_complete = not problems.found  # else a layer may be missing because of a mistake
    for at, name in enumerate(written):
        wrong = None
        if not isinstance(name, str):
            wrong = f"{value_written(name)} is not the name of a layer"
        elif name in rows:
            wrong = f"{name} is given twice"
        elif (value := builder.value_of(name, top)) or name in top.values:
            wrong = _add(name, value, rows, builder)
        elif is_complete:
            hint = did_you_mean(name, top.values) or known_names(top.values)
            wrong = f"there is no {name} here{hint}"
        if wrong:
            problems.add((*OUTPUTS, at), wrong)
    return rows


def _add(name: str, value: Value | None, rows: dict[str, str], builder: Builder) -> str | None:
    if value is None:
        return None  # it could not be made, and the reason is reported
    if value.name in builder.rows.training:
        return f"{name} only runs in training"
    rows[name] = value.name
    return None
