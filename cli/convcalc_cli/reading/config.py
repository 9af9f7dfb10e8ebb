"""What the files of a project are held to: convcalc.toml, or `[tool.convcalc]`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from convcalc.checks.limits import LIMITS, Limits, limits_of
from convcalc.errors import SpecError
from convcalc.language.problems import spelled
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean
from convcalc_cli.flags.file_formats import wrong_format
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.ignores import Ignore, ignore
from convcalc_cli.reading.locations import path_of
from convcalc_cli.reading.patterns import matches, refusal
from convcalc_cli.reading.sources import Search, within
from convcalc_cli.small_files import reason_of, small_file
from convcalc_cli.text import printable

OWN = "convcalc.toml"
SHARED = "pyproject.toml"
LEVELS = ("error", "warn")
LARGEST = 2**19
DEEPEST_KEY = 32
"""Parts that a key may have: what the parser keeps of one grows by their square."""
MOST_PATTERNS = 1_000

TOKEN = re.compile(
    r""""{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3})?|'{3}(?:[^']|'(?!''))*+(?:'{3})?"""
    r"""|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?|\#[^\n]*+|[\w-]++|[ \t]++|.""",
    re.DOTALL,
)
"""A piece of TOML. No branch goes over what another one has gone over."""

TOP_KEYS = ("check", "formats", "exclude")
KEYS = ("files", "level", "ignore", *[name.replace("_", "-") for name in LIMITS])


class Section(NamedTuple):
    """Limits for the files that match one of the patterns."""

    title: str
    patterns: tuple[str, ...]
    level: str
    limits: Limits
    ignore: tuple[Ignore, ...] = ()
    """Findings about these files that are accepted."""


class Config(NamedTuple):
    """The settings of a project, and the folder that its patterns start from."""

    folder: Path
    sections: tuple[Section, ...] = ()
    formats: tuple[str, ...] = ()
    """Those that are looked for in folders; all of them if it is empty."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and folders that are left out when folders are searched."""
    read: tuple[str, ...] = ()
    """The files that were looked into for it."""

    def sections_of(self, file: str) -> list[Section]:
        """The sections that a file belongs to; one outside of the folder is in none."""
        names = _names(file, self.folder)
        if names[0].startswith("../"):
            return []
        return [
            section
            for section in self.sections
            if any(matches(pattern, name) for pattern in section.patterns for name in names)
        ]

    def search(self, formats: tuple[str, ...] | None) -> Search:
        """Which files are looked for in folders, where a flag may name the formats."""
        return Search(formats or self.formats, self._excludes)

    def _excludes(self, path: str) -> bool:
        return any(matches(each, _relative(path, self.folder)) for each in self.exclude)

    def unmatched_patterns(self, files: Iterable[str]) -> list[str]:
        """A message for each pattern that no file in the folder matches; it may have a typo.

        Args:
            files: those that were checked. The folder is searched only if a pattern matches none.
        """
        checked = [name for file in files for name in _names(file, self.folder)]
        unmatched = [
            (section, pattern)
            for section in self.sections
            for pattern in section.patterns
            if not any(matches(pattern, path) for path in checked)
        ]
        in_folder = (
            [_relative(file, self.folder) for file in within(str(self.folder))] if unmatched else []
        )
        return [
            printable(f"{section.title}: no file matches {pattern}")
            for section, pattern in unmatched
            if not any(matches(pattern, path) for path in in_folder)
        ]


def config(file: str | None, start: Path) -> Config:
    """The settings in a file; else those in the nearest one from a folder upwards.

    Raises:
        FlagError: the file cannot be read, or says something that means nothing.
    """
    if file is not None:
        if not file:
            raise FlagError("--config needs a file name")
        return _read(Path(file), needed=True) or Config(Path(file).parent)
    read: list[str] = []
    for folder in (start, *start.parents):
        for name in (OWN, SHARED):
            if os.path.lexists(folder / name):
                found = _read(folder / name, needed=name == OWN)
                read.append(str(folder / name))
                if found is not None:
                    return found._replace(read=tuple(read))
    return Config(start, read=tuple(read))


def _read(path: Path, *, needed: bool) -> Config | None:
    """The settings of a file; none if they are not in it."""
    content = _content(path)
    own: Any = content
    if path.name == SHARED:
        tool = content.get("tool")
        own = tool.get("convcalc") if isinstance(tool, Mapping) else None
    if own is None:
        return Config(path.parent, read=(str(path),)) if needed else None
    sections = tuple(_sections(path, own))
    formats = _formats(path, own.get("formats", []))
    return Config(path.parent, sections, formats, _exclude(path, own), (str(path),))


def _content(path: Path) -> dict[str, Any]:
    try:
        text = small_file(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FlagError(f"{path}: {error}") from error
    except OSError as error:
        raise FlagError(f"{path} cannot be read: {reason_of(error)}") from error
    if _deepest_key(text) > DEEPEST_KEY:
        raise FlagError(f"{path}: a key has more than {DEEPEST_KEY} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FlagError(f"{path}: {error}") from error
    except RecursionError as error:
        raise FlagError(f"{path}: the nesting is too deep") from error
    except ValueError as error:  # Python's own limit
        raise FlagError(f"{path}: a number is too long") from error


def _deepest_key(text: str) -> int:
    """The most parts that are joined by dots, of those lines that could have too many."""
    deepest = dots = 0
    if any(line.count(".") >= DEEPEST_KEY for line in text.splitlines()):
        for found in TOKEN.finditer(text):
            piece = found[0]
            if piece == ".":
                dots += 1
                deepest = max(deepest, dots + 1)
            elif not (piece[0] in " \t'\"_-" or piece[0].isalnum()):
                dots = 0
    return deepest


def _sections(path: Path, content: Any) -> list[Section]:
    if not isinstance(content, Mapping):
        raise FlagError(f"{path}: tool.convcalc is not a table")
    for key in content:
        if key not in TOP_KEYS:
            where = "; it belongs in a [[check]]" if key in KEYS else ""
            hint = where or did_you_mean(key, TOP_KEYS)
            raise FlagError(f"{path}: unknown key {key}{hint}")
    written = content.get("check", [])
    if not isinstance(written, list):
        raise FlagError(f"{path}: check is not a list of tables: write [[check]]")
    sections = [
        _section(f"{path.name}, check {at}", each) for at, each in enumerate(written, start=1)
    ]
    _require_few(path, sum(len(section.patterns) for section in sections))
    return sections


def _require_few(path: Path, patterns: int) -> None:
    if patterns > MOST_PATTERNS:
        raise FlagError(f"{path}: there are more than {MOST_PATTERNS:,} patterns")


def _section(title: str, content: Any) -> Section:
    if not isinstance(content, Mapping):
        raise FlagError(f"{title} is not a table")
    for key in content:
        if key not in KEYS:
            raise FlagError(f"{title}: unknown key {key}{did_you_mean(key, KEYS)}")
    level = content.get("level", "error")
    if level not in LEVELS:
        raise FlagError(f"{title}: level must be error or warn")
    given = {key.replace("-", "_"): content[key] for key in content}
    if not given.keys() & {*LIMITS, "ignore"}:
        raise FlagError(f"{title} sets no limit")
    try:
        limits = limits_of(given)
    except SpecError as error:
        raise FlagError(f"{title}: {spelled(error).replace('_', '-')}") from error
    patterns = _patterns(title, "files", content.get("files", ["**"]))
    return Section(title, patterns, level, limits, _ignores(title, content.get("ignore", [])))


def _ignores(title: str, written: Any) -> tuple[Ignore, ...]:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise FlagError(f"{title}: ignore is not a list of codes and layers")
    if len(written) > MOST_PATTERNS:
        raise FlagError(f"{title}: ignore has more than {MOST_PATTERNS:,} entries")
    try:
        return tuple(map(ignore, written))
    except ValueError as error:
        raise FlagError(f"{title}: ignore: {error}") from error


def _formats(path: Path, written: Any) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise FlagError(f"{path}: formats is not a list of names")
    if wrong := wrong_format(written):
        raise FlagError(f"{path}: formats: {wrong}")
    return tuple(dict.fromkeys(written))


def _exclude(path: Path, content: Mapping[str, Any]) -> tuple[str, ...]:
    if "exclude" not in content:
        return ()
    patterns = _patterns(str(path), "exclude", content["exclude"])
    _require_few(path, len(patterns))
    return patterns


def _patterns(title: str, key: str, written: Any) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise FlagError(f"{title}: {key} is not a list of patterns")
    if not written:
        raise FlagError(f"{title}: {key} is empty")
    for pattern in written:
        refused = refusal(pattern)
        if refused:
            raise FlagError(f"{title}: {pattern!r} is not a valid pattern: {refused}")
    return tuple(dict.fromkeys(written))


def _names(file: str, folder: Path) -> list[str]:
    """What patterns match of a file: its path from a folder on, and its name with a scale."""
    return list(dict.fromkeys([_relative(each, folder) for each in (path_of(file), file)]))


def _relative(file: str, folder: Path) -> str:
    """A file's path from a folder on, with slashes."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()
