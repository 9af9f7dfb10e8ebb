"""The values of `--set`: numbers for variables, and whatever a file's reader takes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import Any

from convcalc_cli.flags.values import FlagError, cut, whole_number

DECIMAL = r"[+-]?([0-9]+(_[0-9]+)*(\.[0-9]*)?|\.[0-9]+)"


class Settings(dict[str, Any]):
    """Values by name."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        """How those were given that no variable can have."""
        self.by_flag: list[str] = []
        """Settings of readers that have a flag of their own."""

    def require_numbers(self, names: Collection[str]) -> None:
        """Refuses what is no number for variables.

        Raises:
            FlagError: one of the names has such a value.

        >>> settings(["width=wide"]).require_numbers(["width"])
        Traceback (most recent call last):
        convcalc_cli.flags.values.FlagError: --set width=wide is not NAME=NUMBER
        """
        for name, text in self.texts.items():
            if name in names:
                raise FlagError(f"--set {cut(text)} is not NAME=NUMBER")


def settings(texts: Sequence[str]) -> Settings:
    """Variables and settings with their values, as `name=value`.

    Raises:
        FlagError: one is written otherwise.

    >>> settings(["width=0.5", "depth=3", "weights=null", "sizes=[1, 2]", "kind=small"])
    {'width': 0.5, 'depth': 3, 'weights': None, 'sizes': [1, 2], 'kind': 'small'}
    """
    found = Settings()
    for text in texts:
        name, _, value = text.partition("=")
        if not (name and value):
            raise FlagError(f"--set {cut(text)} is not NAME=NUMBER")
        found.texts.pop(name, None)
        if re.fullmatch(DECIMAL, value):
            found[name] = float(value) if "." in value else whole_number(value)
        else:
            found[name] = _plain(value, text)
            found.texts[name] = text
    return found


def _plain(value: str, text: str) -> Any:
    """A YAML scalar or a list in flow style."""
    from convcalc.files.readers import YAML  # numbers do without

    document = YAML.read(BytesIO(value.encode(errors="replace")), "--set", {})
    if document.problems:
        raise FlagError(f"--set {cut(text)}: {document.problems[0].message}")
    if "\n" in value or not _is_plain(document.content):
        expected = "NAME=VALUE: a number, text, true, false, null or a list of these"
        raise FlagError(f"--set {cut(text)} is not {expected}")
    return document.content


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, list) else not isinstance(value, dict)
