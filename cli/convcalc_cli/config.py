"""What the files of a project are held to: convcalc.toml, or `[tool.convcalc]`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from convcalc.checking import Limits
from convcalc.errors import SpecError
from convcalc.spec.problems import did_you_mean, spelled
from convcalc_cli.flags import FlagError
from convcalc_cli.limit_flags import LIMITS, limits_of

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
        """The sections that a file belongs to."""
        path = _relative(file, self.folder)
        return [
            section
            for section in self.sections
            if any(matches(pattern, path) for pattern in section.patterns)
        ]

    @property
    def idle(self) -> list[str]:
        """Patterns that no file of the folder matches, which a typo may be the reason for."""
        return [
            f"{section.title}: no file matches {pattern}"
            for section in self.sections
            for pattern in section.patterns
            if not any(True for _ in self.folder.glob(_as_glob(pattern)))
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
            if (folder / name).is_file():
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
    own = content if path.name != SHARED else content.get("tool", {}).get("convcalc")
    if own is None and not needed:
        return None
    return Config(path.parent, tuple(_sections(path, own or {})))


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
    patterns = content.get("files", ["**"])
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        raise FlagError(f"{title}: files is no list of patterns")
    level = content.get("level", "error")
    if level not in LEVELS:
        raise FlagError(f"{title}: level is neither error nor warn")
    given = {key.replace("-", "_"): content[key] for key in content}
    try:
        return Section(title, tuple(patterns), level, limits_of(given))
    except SpecError as error:
        raise FlagError(f"{title}: {spelled(error).replace('_', '-')}") from error


def _relative(file: str, folder: Path) -> str:
    """A file's path from a folder on, with slashes."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path; without a slash, whether it fits its last part.

    `*` and `?` stay within a part, `**` goes over any number of them.

    >>> matches("nets/*.yaml", "nets/a.yaml"), matches("nets/*.yaml", "nets/b/a.yaml")
    (True, False)
    >>> matches("nets/**", "nets/b/a.yaml"), matches("a.*", "nets/b/a.yaml")
    (True, True)
    """
    target = path if "/" in pattern or pattern == "**" else path.rpartition("/")[2]
    return _compiled(pattern).fullmatch(target) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\?)", pattern.removeprefix("./"))
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join([meaning.get(part, re.escape(part)) for part in parts]), re.DOTALL)


def _as_glob(pattern: str) -> str:
    """The pattern as pathlib wants it."""
    plain = pattern.removeprefix("./").strip("/")
    plain = plain if "/" in plain or plain == "**" else f"**/{plain}"
    return f"{plain}/*" if plain.endswith("**") else plain or "*"
