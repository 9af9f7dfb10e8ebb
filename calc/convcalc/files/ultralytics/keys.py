"""The keys at the top of a model file: those that are missing, and those that are not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from convcalc.files.ultralytics.document import DECLARED, OWN
from convcalc.files.ultralytics.rows import SECTIONS, is_row
from convcalc.language.problems import value_written
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean

MOST_KEYS = 100
"""Keys that are looked at for what they should have been."""


class KeyFault(NamedTuple):
    """What is wrong with a key."""

    message: str
    key: str
    """Where it is, or a key beside the place where it should be."""
    is_key: bool


def is_model(content: Any) -> bool:
    """Whether something has a list of rows for its backbone, and is not a network file.

    >>> is_model({"backbone": [], "head": []}), is_model({"backbone": [[-1, 1, "Conv", [8]]]})
    (True, True)
    >>> is_model({"backbone": "resnet", "head": {}}), is_model({"backbone": ["a", "b"]})
    (False, False)
    """
    if not isinstance(content, dict) or "layers" in content:
        return False
    rows, head = (content.get(section) for section in SECTIONS)
    return isinstance(rows, list) and (isinstance(head, list) or any(map(is_row, rows)))


def missing_rows(top: Mapping[str, Any]) -> Iterator[KeyFault]:
    """The lists of rows that a model needs and does not have.

    >>> [fault.message for fault in missing_rows({"backbone": [], "head": {}})]
    ['head is {}, not a list of rows']
    """
    for section in SECTIONS:
        if section not in top:
            yield KeyFault(f"a model needs a list of rows under {section}", SECTIONS[0], True)
        elif not isinstance(top[section], list):
            message = f"{section} is {value_written(top[section])}, not a list of rows"
            yield KeyFault(message, section, False)


def misspelled_keys(top: Mapping[str, Any]) -> Iterator[KeyFault]:
    """Keys that are nearly one of convcalc's own, which Ultralytics ignores in any spelling.

    >>> [fault.message for fault in misspelled_keys({"x_modules": {}, "names": {}})]
    ['unknown key x_modules; did you mean x-modules?']
    """
    for key in islice(top, MOST_KEYS):
        is_own = key in (DECLARED, OWN) or key[:1] not in ("x", "X")
        if not is_own and (hint := did_you_mean(key, (DECLARED, OWN))):
            yield KeyFault(f"unknown key {key}{hint}", key, True)


def unread_rows(top: Mapping[str, Any]) -> Iterator[KeyFault]:
    """Lists of rows that neither Ultralytics nor convcalc reads.

    >>> [fault.message for fault in unread_rows({"neck": [[-1, 1, "Conv", [8]]]})]
    ['the rows of neck are not read: a model has backbone and head']
    """
    for key, value in islice(top.items(), MOST_KEYS):
        if key not in SECTIONS and isinstance(value, list) and any(map(is_row, value)):
            message = f"the rows of {key} are not read: a model has {' and '.join(SECTIONS)}"
            yield KeyFault(message, key, True)
