"""What plain scalars mean: the core schema of YAML 1.2, and numbers with underscores."""

from __future__ import annotations

import re
from typing import Any

MOST_DIGITS = 100

CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + text: float(sign + "inf") for sign in ("", "+", "-") for text in (".inf", ".Inf")},
    **{sign + ".INF": float(sign + "inf") for sign in ("", "+", "-")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_PREFIXED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def number(text: str) -> str | int | float | None:
    """What a plain scalar that begins like a number means; None is a number too long to tell."""
    decimal = _DECIMAL.fullmatch(text)
    prefixed = None if decimal else _PREFIXED.fullmatch(text)
    if not decimal and not prefixed and not _FLOAT.fullmatch(text):
        return text
    if len(text) > MOST_DIGITS and digits(text) > MOST_DIGITS:
        return None
    if decimal:
        return int(text)
    return int(text, 0) if prefixed else float(text)


def digits(text: str) -> int:
    """How many digits a number has as it is written.

    >>> digits("1_000.5"), digits("0xff")
    (5, 2)
    """
    return len(text) - 2 if text[1:2] in ("x", "o") else sum(map(text.count, "0123456789"))


def key_text(text: str, *, quoted: bool) -> str | None:
    """A scalar as the key of a mapping; None if it is refused as one.

    >>> key_text("conv", quoted=False), key_text("1", quoted=False), key_text("1", quoted=True)
    ('conv', None, '1')
    """
    if quoted:
        return text
    is_other = text in CONSTANTS or (text[0] in "0123456789+-." and number(text) != text)
    return None if is_other or text == "<<" else text
