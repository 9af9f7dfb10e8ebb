"""Modules that the user declares: as blocks, like others, or by their figures alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.files.ultralytics.modules import KEPT, Library, Module, module_of
from convcalc.language.problems import value_written
from convcalc.wording import did_you_mean

SAME = "same"
FIGURES = ("out", "params", "macs")
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "c1": ("given",),
    "groups": ("gcd",),
    "padding": ("half",),
    "repeats": ("inside", "outside"),
    "same": (True, False),
    "scaled": (True, False),
}
"""The words that say how a row passes the arguments of a block."""
KEYS = (*KEPT, *CHOICES, "whole", "out", "stride")
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
LONGEST = 60
MOST = 10**15


def declared_modules(written: Any, library: Library) -> dict[str, Module]:
    """The modules of a mapping.

    Args:
        written: each module by its name.
        library: the modules that they can be like, besides those above them.

    Raises:
        DeclarationError: one of them is not a module.

    >>> found = declared_modules({"SimAM": "same"}, Library(classic=False))
    >>> found["SimAM"].keys["figures"]
    {'params': 'unknown', 'macs': 'unknown'}
    """
    if not isinstance(written, dict):
        raise DeclarationError("modules are a mapping of names to blocks, or to same")
    known = Library(classic=library.is_classic, declared=library.declared)
    for name, content in written.items():
        if not NAME.fullmatch(name) or len(name) > LONGEST:
            raise DeclarationError(f"{value_written(name)} is not the name of a module", name)
        if isinstance(content, dict) and "like" in content:
            known.declared[name] = _like(name, content, known, written)
        else:
            known.declared[name] = _declared(name, content)
    return {name: known.declared[name] for name in written}


class DeclarationError(SpecError):
    """A wrong declaration of a module.

    Args:
        message: what is wrong.
        name: the module.
    """

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


def _declared(name: str, content: Any) -> Module:
    if content == SAME:
        return _opaque(name, {})
    if not isinstance(content, dict):
        ways = "a block, {like: MODULE, then: [...]}, same, or {out: , params: , macs: }"
        raise DeclarationError(f"{name} is {value_written(content)}, not {ways}", name)
    if "layers" in content:
        _require_keys(name, content, KEYS)
        _require_choices(name, content)
        if not isinstance(content.get("args") or {}, dict):
            raise DeclarationError(f"args of {name} are not a mapping", name)
        module = module_of(name, content)
        return module._replace(keys={"stride": "unknown", **module.keys})
    _require_keys(name, content, FIGURES)
    return _opaque(name, content)


def _like(
    name: str, content: Mapping[str, Any], known: Library, written: Mapping[str, Any]
) -> Module:
    _require_keys(name, content, ("like", "then"))
    other = content["like"]
    like = known.any(other) if isinstance(other, str) else None
    if like is None:
        what = f"not a module{did_you_mean(str(other), known.row_names)}"
        if isinstance(other, str) and other in written:
            what = "declared below it: put it first" if other != name else "itself"
        raise DeclarationError(f"{name} is like {value_written(other)}, which is {what}", name)
    then = content.get("then", [])
    if not isinstance(then, list):
        raise DeclarationError(f"then of {name} is not a list of layers", name)
    return like._replace(name=name, then=(*like.then, *then))


def _opaque(name: str, content: Mapping[str, Any]) -> Module:
    """A module of which only the figures are known."""
    figures: dict[str, Any] = {}
    for key in FIGURES:
        value = content.get(key, "unknown")
        number = type(value) is int and (key != "out" or value > 0) and 0 <= value <= MOST
        if not number and value != "unknown":
            message = f"{key}={value_written(value)} of {name} is not a whole number"
            raise DeclarationError(message, name)
        figures[key] = "none" if key == "macs" and value == 0 else value
    out = figures.pop("out")
    return Module(name, {}, {"figures": figures, **({} if out == "unknown" else {"out": out})})


def _require_choices(name: str, content: Mapping[str, Any]) -> None:
    for key, choices in CHOICES.items():
        value = content.get(key, choices[0])
        if (type(value), value) not in [(type(each), each) for each in choices]:
            known = " or ".join(map(value_written, choices))
            message = f"{key}={value_written(value)} of {name} is not {known}"
            raise DeclarationError(message, name)


def _require_keys(name: str, content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in content:
        if key not in known:
            message = f"unknown key {value_written(key)} of {name}{did_you_mean(str(key), known)}"
            raise DeclarationError(message, name)
