"""What the files of a project are held to: convcalc.toml, or `[tool.convcalc]`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from convcalc.checking import Limits
from convcalc.errors import SpecError
from convcalc.spec.problems import did_you_mean, spelled
from convcalc_cli.discovery import within
from convcalc_cli.flags import FlagError
from convcalc_cli.limit_flags import LIMITS, limits_of
from convcalc_cli.text import printable

OWN = "convcalc.toml"
SHARED = "pyproject.toml"
LEVELS = ("error", "warn")
KEYS = ("files", "level", *[name.replace("_", "-") for name in LIMITS])


class Section(NamedTuple):
    """Limits for the files that match one of the patterns."""

    title: str
    patterns: tuple[str, ...]
    level: str
    limits: Limits


class Config(NamedTuple):
    """The settings of a project, and the folder that its patterns start from."""

    folder: Path
    sections: tuple[Section, ...] = ()

    def sections_of(self, file: str) -> list[Section]:
        """The sections that a file belongs to; one outside of the folder is in none."""
        path = _relative(file, self.folder)
        if path.startswith("../"):
            return []
        return [
            section
            for section in self.sections
            if any(matches(pattern, path) for pattern in section.patterns)
        ]

    def idle(self, files: Iterable[str]) -> list[str]:
        """Patterns that no file of the folder matches, which a typo may be the reason for.

        Args:
            files: those that were checked; only if a pattern fits none of them is the folder asked.
        """
        checked = [_relative(file, self.folder) for file in files]
        doubtful = [
            (section, pattern)
            for section in self.sections
            for pattern in section.patterns
            if not any(matches(pattern, path) for path in checked)
        ]
        there = (
            [_relative(file, self.folder) for file in within(str(self.folder))] if doubtful else []
        )
        return [
            printable(f"{section.title}: no file matches {pattern}")
            for section, pattern in doubtful
            if not any(matches(pattern, path) for path in there)
        ]


def config(file: str | None, start: Path) -> Config:
    """The settings in a file; else those in the nearest one from a folder upwards.

    Raises:
        FlagError: the file cannot be read, or says something that means nothing.
    """
    if file is not None:
        return _read(Path(file), needed=True) or Config(Path(file).parent)
    for folder in (start, *start.parents):
        for name in (OWN, SHARED):
            if os.path.lexists(folder / name):
                found = _read(folder / name, needed=name == OWN)
                if found is not None:
                    return found
    return Config(start)


def _read(path: Path, *, needed: bool) -> Config | None:
    """The settings of a file; none if they are not in it."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise FlagError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FlagError(f"{path}: {error}") from error
    own: Any = content
    if path.name == SHARED:
        tool = content.get("tool")
        own = tool.get("convcalc") if isinstance(tool, Mapping) else None
    if own is None:
        return Config(path.parent) if needed else None
    return Config(path.parent, tuple(_sections(path, own)))


def _sections(path: Path, content: Any) -> list[Section]:
    if not isinstance(content, Mapping):
        raise FlagError(f"{path}: tool.convcalc is no table")
    for key in content:
        if key != "check":
            raise FlagError(f"{path}: {key} is not known here{did_you_mean(key, ['check'])}")
    written = content.get("check", [])
    if not isinstance(written, list):
        raise FlagError(f"{path}: check is no list of tables: write [[check]]")
    return [_section(f"{path.name}, check {at}", each) for at, each in enumerate(written, start=1)]


def _section(title: str, content: Any) -> Section:
    if not isinstance(content, Mapping):
        raise FlagError(f"{title} is no table")
    for key in content:
        if key not in KEYS:
            raise FlagError(f"{title}: {key} is not known here{did_you_mean(key, KEYS)}")
    level = content.get("level", "error")
    if level not in LEVELS:
        raise FlagError(f"{title}: level is neither error nor warn")
    given = {key.replace("-", "_"): content[key] for key in content}
    if not given.keys() & set(LIMITS):
        raise FlagError(f"{title} limits nothing")
    try:
        limits = limits_of(given)
    except SpecError as error:
        raise FlagError(f"{title}: {spelled(error).replace('_', '-')}") from error
    return Section(title, _patterns(title, content.get("files", ["**"])), level, limits)


def _patterns(title: str, written: Any) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise FlagError(f"{title}: files is no list of patterns")
    if not written:
        raise FlagError(f"{title}: files is empty")
    for pattern in written:
        _refuse(title, pattern)
    return tuple(written)


def _relative(file: str, folder: Path) -> str:
    """A file's path from a folder on, with slashes."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path, or a folder that it is in.

    `*` and `?` stay within a part, `**` goes over any number of them. A pattern without a slash
    fits any part of the path.

    >>> matches("nets/*.yaml", "nets/a.yaml"), matches("nets/*.yaml", "nets/b/a.yaml")
    (True, False)
    >>> matches("nets/**", "nets/b/a.yaml"), matches("nets", "nets/b/a.yaml")
    (True, True)
    """
    plain = pattern.removeprefix("./").rstrip("/")
    if "/" in plain or "**" in plain:
        parts = path.split("/")
        targets = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    else:
        targets = path.split("/")
    return any(_compiled(plain).fullmatch(target) for target in targets)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join([meaning.get(part, re.escape(part)) for part in parts]), re.DOTALL)


def _refuse(title: str, pattern: str) -> None:
    """Patterns that would fit nothing, or not what they seem to."""
    if not pattern.strip("./") or pattern.startswith(("../", "/")) or set("[]") & set(pattern):
        told = "is no pattern: *, ? and ** are known, and paths start at this file's folder"
        raise FlagError(f"{title}: {pattern!r} {told}")
