"""Formats of network files as flags and configuration files name them."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from convcalc.wording import did_you_mean


def file_formats(text: str) -> tuple[str, ...]:
    """Formats that are looked for in folders, joined by commas.

    >>> file_formats("yaml")
    ('yaml',)
    """
    names = text.split(",")
    if wrong := wrong_format(names):
        raise typer.BadParameter(wrong)
    return tuple(dict.fromkeys(names))


def known_formats() -> list[str]:
    """The formats that are looked for in folders.

    >>> "yaml" in known_formats()
    True
    """
    from convcalc.files.readers import folder_formats

    return folder_formats()


def wrong_format(names: Iterable[str]) -> str:
    """What is wrong with the names of formats; empty if nothing is.

    >>> wrong_format(["yaml"]), wrong_format(["yml"])
    ('', 'yml: unknown format; did you mean yaml?')
    """
    known = known_formats()
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            choices = "" if hint else f"; choose from {', '.join(known)}"
            return f"{name}: unknown format{hint}{choices}"
    return ""
