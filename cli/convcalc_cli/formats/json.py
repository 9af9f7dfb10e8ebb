"""JSON for other programs: a layer is a line, CI logs take nothing in it for a command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from convcalc import CONVENTION, __version__
from convcalc.facts.audit import LayerFacts
from convcalc.facts.totals import Totals
from convcalc.layers import AnyLayer
from convcalc.operations.base import Operation
from convcalc.operations.registry import parameters_of
from convcalc_cli.text import COMMAND, spelled_out

FORMAT_VERSION = 1
INDENT = "  "
OCCASIONAL = ("weights_of", "training", "unknown", "title")
"""What is only written where there is something to say."""

ESCAPE = r"\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u(d[89a-f][0-9a-f]{2})|.)"
"""An escape, or two that are one character; the group is half of such a pair, and alone."""


class OnOneLine(dict[str, Any]):
    """An object that is written without line breaks."""


def document(content: dict[str, Any]) -> str:
    """The content behind what every report begins with."""
    return "".join(document_pieces(content))


def document_pieces(content: dict[str, Any]) -> Iterator[str]:
    """The same piece by piece: a large network is a gigabyte in one."""
    head = {"convcalc": __version__, "format_version": FORMAT_VERSION, "convention": CONVENTION}
    yield from _pieces({**head, **content}, "\n")
    yield "\n"


def _pieces(value: Any, newline: str) -> Iterator[str]:
    """A value as JSON; what holds objects is spread over lines, and long lists are not gathered."""
    if isinstance(value, Mapping) and not isinstance(value, OnOneLine):
        entries = ((f"{json_text(key)}: ", item) for key, item in value.items())
        yield from _spread("{}", entries, newline)
    elif isinstance(value, Iterable) and not isinstance(value, (str, tuple, OnOneLine)):
        yield from _spread("[]", (("", item) for item in value), newline)
    else:
        yield json_text(value)


def _spread(brackets: str, items: Iterable[tuple[str, Any]], newline: str) -> Iterator[str]:
    """Items on lines of their own, each behind its key if it has one."""
    inner = newline + INDENT
    before = f"{brackets[0]}{inner}"
    for key, item in items:
        if isinstance(item, OnOneLine):
            yield f"{before}{key}{json_text(item)}"
        else:
            yield before + key
            yield from _pieces(item, inner)
        before = f",{inner}"
    yield brackets if before[0] != "," else f"{newline}{brackets[1]}"


def row_json(
    row: LayerFacts, layer: AnyLayer, line: int | None = None, column: int | None = None
) -> OnOneLine:
    """The facts of a layer with its parameters, and its place where there is one."""
    name, operation, *_ = row
    facts = OnOneLine(name=name, operation=operation, line=line, column=column)
    facts.update(row_facts(row))
    facts["parameters"] = parameters_json(layer.operation)
    if layer.style:
        facts["as"] = layer.style
    return facts


def parameters_json(operation: Operation) -> dict[str, Any]:
    """The parameters of an operation; a factor that is not whole is rounded.

    >>> from convcalc import MaxPool
    >>> parameters_json(MaxPool(3, stride=2))["stride"]
    (2, 2)
    """
    return {name: _plain(value) for name, value in parameters_of(operation).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple([_plain(each) for each in value])
    return float(value) if isinstance(value, Fraction) else value


def row_facts(row: LayerFacts) -> dict[str, Any]:
    """The facts of a layer by name."""
    return _without(row._asdict(), OCCASIONAL)


def totals_json(totals: Totals) -> dict[str, Any]:
    """The totals by name."""
    return _without(totals._asdict(), OCCASIONAL)


def _without(facts: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The facts without those of these keys that say nothing."""
    for key in keys:
        if key in facts and not facts[key]:
            del facts[key]
    return facts


def json_text(value: Any, indent: int | None = None) -> str:
    r"""A value as JSON in ASCII.

    >>> print(json_text({"name": "##vso[task.x]"}))
    {"name": "\u0023#vso[task.x]"}
    """
    return harmless(json.dumps(value, indent=indent))


def harmless(text: str) -> str:
    r"""JSON with two things written otherwise.

    `##vso[` and `##[`, which CI services take for commands anywhere in a line, are broken by an
    escape and stay what they are. Halves of surrogate pairs, which strict parsers refuse, become
    the bytes that they stand for in a file name, as on a screen.

    >>> print(harmless('"##[x]"'), harmless(r'"\udcff.yaml"'))
    "\u0023#[x]" "\\xff.yaml"
    """
    if "##" in text:  # never outside of strings
        text = COMMAND.sub(r"\\u0023", text)
    return re.sub(ESCAPE, _whole, text) if "\\ud" in text else text


def _whole(escape: re.Match[str]) -> str:
    return rf"\{spelled_out(chr(int(escape[1], 16)))}" if escape[1] else escape[0]
