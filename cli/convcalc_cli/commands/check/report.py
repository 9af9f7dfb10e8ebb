"""The report of `convcalc check`: files, findings, status, summary and exit code."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path as FilePath

from convcalc.checks.findings import Finding, Rule
from convcalc.checks.rules import INVALID, NO_ROOM, UNREADABLE
from convcalc.facts.totals import Totals
from convcalc.files.places import AnyPlace
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.reference.results import Verification
from convcalc.wording import counted
from convcalc_cli.reading.locations import path_of, placed_message, scale_of
from convcalc_cli.shell.outcome import BAD_INPUT, FAILED, FINE


class Level(StrEnum):
    """Whether a finding makes the check fail."""

    ERROR = "error"
    WARNING = "warning"


BAD_FILE = (UNREADABLE, INVALID, NO_ROOM)
"""Rules that a file breaks if its network cannot be checked."""

STATUSES = {
    "CC003": "not verified",
    "CC0": "invalid",
    "CC1": "over budget",
    "CC2": "not as expected",
    "CC3": "not as predicted",
    "CC4": "grown",
}
"""The status of a file by the rule or kind of rule that it breaks; the first one applies."""
OK = "ok"


class LocatedFinding(NamedTuple):
    """A finding with its level, its file and its place in the file."""

    file: str
    place: AnyPlace | None
    level: Level
    finding: Finding
    source_line: str = ""

    @property
    def rule(self) -> Rule:
        """The rule that is broken."""
        return self.finding.rule

    @property
    def path(self) -> str:
        """The file itself, where `file` is a scale of it."""
        return path_of(self.file)

    @property
    def text(self) -> str:
        """The message, with the scale that it is about."""
        return f"{scale_of(self.file)}{self.finding.message}"

    @property
    def message(self) -> str:
        """The message, for formats that show a line and a column at most."""
        return f"{scale_of(self.file)}{placed_message(self.finding.message, self.place)}"


class CheckedFile(NamedTuple):
    """A file and the findings in it."""

    file: str
    network: Network | None
    totals: Totals | None
    findings: list[LocatedFinding]
    verification: Verification | None = None
    ignored: int = 0
    """Findings that the project accepts."""
    budgets: Mapping[str, int] = {}
    """The most that totals may be, by their keys: of several limits the strictest."""

    @property
    def status(self) -> str:
        """A word or two: ok, over budget, invalid, ..."""
        codes = [each.rule.code for each in self.findings if each.level is Level.ERROR]
        if not codes:
            return OK
        return STATUSES.get(min(codes)) or STATUSES[min(codes)[:3]]


class CheckReport(NamedTuple):
    """All files and all findings."""

    files: list[CheckedFile]
    skipped: int
    unattached: list[LocatedFinding]
    """Findings about files that were not checked."""
    skipped_text: str = ""
    """The number of skipped files in words."""
    notes: Sequence[str] = ()
    """What readers report about the files, for stderr."""

    @property
    def findings(self) -> list[LocatedFinding]:
        """All findings, in the order of the files."""
        return [*[each for file in self.files for each in file.findings], *self.unattached]

    @property
    def ignored(self) -> int:
        """How many findings the project accepts."""
        return sum(file.ignored for file in self.files)

    @property
    def fingerprints(self) -> list[str]:
        """For each finding a hash that stays the same when lines move and numbers change."""
        seen: Counter[tuple[str, ...]] = Counter()
        marks = []
        for each in self.findings:
            finding = each.finding
            about = finding.subject or finding.message
            parts = (FilePath(each.file).as_posix(), each.rule.code, about, finding.setting)
            seen[parts] += 1
            text = "\0".join([*parts, str(seen[parts])])
            marks.append(hashlib.sha256(text.encode(errors="replace")).hexdigest())
        return marks

    @property
    def summary(self) -> str:
        """The number of files with each status, in a line."""
        counts = Counter(file.status for file in self.files)
        parts = [f"{counts[OK]:,} ok"]
        parts += [f"{counts[each]:,} {each}" for each in _statuses() if counts[each]]
        warnings = sum(each.level is Level.WARNING for each in self.findings)
        if warnings:
            parts.append(counted(warnings, "warning"))
        if self.ignored:
            parts.append(f"{counted(self.ignored, 'finding')} ignored")
        if self.skipped:
            parts.append(f"{self.skipped_text} skipped")
        return f"{counted(len(self.files), 'file')}, {', '.join(parts)}"

    @property
    def code(self) -> int:
        """2 if a file could not be checked, else 1 if there is an error, else 0."""
        if any(each.rule in BAD_FILE for each in self.findings):
            return BAD_INPUT
        failed = any(each.level is Level.ERROR for each in self.findings)
        return FAILED if failed else FINE


def _statuses() -> Iterable[str]:
    """Every status but ok, the worst one last."""
    worst = (STATUSES["CC003"], STATUSES["CC0"])
    return [*[each for each in STATUSES.values() if each not in worst], *worst]
