"""JSON that a CI log takes for no command, and that every parser takes."""

from __future__ import annotations

import json
import re
from typing import Any

from convcalc_cli.text import COMMAND, spelled_out

ESCAPE = re.compile(r"\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u(d[89a-f][0-9a-f]{2})|.)")
"""An escape, or two that are one character; the group is half of such a pair, and alone."""


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
    return ESCAPE.sub(_whole, text) if "\\ud" in text else text


def _whole(escape: re.Match[str]) -> str:
    return rf"\{spelled_out(chr(int(escape[1], 16)))}" if escape[1] else escape[0]
