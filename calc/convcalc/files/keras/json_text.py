"""JSON as Python values, in bounded time and memory."""

from __future__ import annotations

import codecs
import gc
import json
from typing import Any

from convcalc.files.keras.faults import KerasError
from convcalc.files.places import Place

LARGEST_JSON = 16 * 2**20
"""Bytes. Models of more than a thousand layers have about one MiB."""

MOST_COLLECTIONS = 500_000
"""Lists and objects. A model of a thousand layers has about 30,000."""

BROKEN = "this is not valid JSON: "


def json_value(data: bytes) -> Any:
    """The value that a JSON text stands for. Of keys that are given twice the last counts.

    Raises:
        KerasError: it is not JSON, or larger than any model is.

    >>> json_value(b'{"a": [1, NaN]}')
    {'a': [1, nan]}
    """
    if len(data) > LARGEST_JSON:
        raise KerasError(f"the JSON text is larger than {LARGEST_JSON // 2**20} MiB")
    if data.count(b"[") + data.count(b"{") > MOST_COLLECTIONS:
        raise KerasError(f"the JSON text has more than {MOST_COLLECTIONS:,} lists and objects")
    text = _text(data)
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage, and looking for some takes as long as the reading
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno, 1)
        raise KerasError(f"{BROKEN}{_lower(error.msg)}", place) from error
    except ValueError as error:  # Python refuses to read numbers of thousands of digits
        raise KerasError("the JSON text has a number of too many digits") from error
    except RecursionError as error:
        raise KerasError("the JSON text has too many lists and objects in each other") from error
    finally:
        if collecting:
            gc.enable()


def _text(data: bytes) -> str:
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise KerasError(f"{BROKEN}it cannot be decoded as {error.encoding}") from error


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
