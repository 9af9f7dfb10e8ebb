"""Names of variables, arguments and blocks."""

from __future__ import annotations

import re

from convcalc.language.problems import too_long
from convcalc.language.steps import IN_CHANNELS
from convcalc.layers import LONGEST_NAME

VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def is_variable(name: str) -> bool:
    """Whether a file can give this name to a variable.

    >>> is_variable("width"), is_variable("in_channels"), is_variable("3d")
    (True, False, False)
    """
    return VARIABLE.fullmatch(name) is not None and name != IN_CHANNELS


def wrong_name(name: str, fits: object, what: str) -> str | None:
    """What is wrong with the name of something; None if nothing.

    >>> wrong_name("3d", is_variable("3d"), "a variable")
    '3d cannot be a variable'
    """
    if not fits:
        return f"{name} cannot be {what}"
    return too_long(name) if len(name) > LONGEST_NAME else None
