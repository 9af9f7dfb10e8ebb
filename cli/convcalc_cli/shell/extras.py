"""Libraries that not every installation has."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from convcalc.records import NamedTuple
from convcalc_cli.flags.values import FlagError


class Extra(NamedTuple):
    """A library, and the extra of convcalc that brings it."""

    package: str
    title: str
    name: str


MATPLOTLIB = Extra("matplotlib", "Matplotlib", "report")
NUMPY = Extra("numpy", "NumPy", "verify")


def loaded(module: str, extra: Extra, flag: str) -> Any:
    """A module that is of a library, or needs it.

    Raises:
        FlagError: the library is not there; it says for which flag, and what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if (error.name or "").partition(".")[0] != extra.package:
            raise
        message = f'{flag} needs {extra.title}: pip install "convcalc[{extra.name}]"'
        raise FlagError(message) from error
