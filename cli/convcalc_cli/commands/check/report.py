"""What `convcalc check` reports, before it is drawn."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path as FilePath
from typing import NamedTuple

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding, Rule
from convcalc.checks.limits import Limits, findings, own_findings
from convcalc.checks.rules import (
    ADDED,
    INVALID,
    NO_EFFECT,
    NO_ROOM,
    NOT_PROVEN,
    REMOVED,
    UNREADABLE,
)
from convcalc.facts.audit import Counted
from convcalc.facts.totals import Totals
from convcalc.files.loading import Finding as Problem
from convcalc.files.loading import load_document
from convcalc.files.source_text import Place
from convcalc.files.yaml_document import Document
from convcalc.language.document import Memo
from convcalc.layers import Path
from convcalc.networks import Network
from convcalc.reference.results import NoRoomError, Verification
from convcalc.wording import counted
from convcalc_cli.commands.check.config import Config
from convcalc_cli.reading.snapshots import Baseline
from convcalc_cli.reading.sources import Source, Sources
from convcalc_cli.shell.outcome import BAD_INPUT, FAILED, FINE
from convcalc_cli.verification.verifier import Verifier


class Level(StrEnum):
    """Whether a finding makes the check fail."""

    ERROR = "error"
    WARNING = "warning"


BAD_FILE = (UNREADABLE, INVALID, NO_ROOM)
"""The rules that a file breaks of which nothing can be said."""

STATUSES = {
    "CC003": "not verified",
    "CC0": "invalid",
    "CC1": "over budget",
    "CC2": "not as expected",
    "CC3": "not as predicted",
    "CC4": "grown",
}
"""What a file is called that breaks a rule, by the kind of rule; the first kind counts."""
OK = "ok"


class Placed(NamedTuple):
    """A finding with its file, its place there, and its level."""

    file: str
    place: Place | None
    level: Level
    finding: Finding
    source_line: str = ""

    @property
    def rule(self) -> Rule:
        """What is broken."""
        return self.finding.rule


class Checked(NamedTuple):
    """A file and everything that was found in it."""

    file: str
    network: Network | None
    totals: Totals | None
    findings: list[Placed]
    verification: Verification | None = None

    @property
    def status(self) -> str:
        """What the file is to be called: ok, over budget, invalid, ..."""
        codes = [each.rule.code for each in self.findings if each.level is Level.ERROR]
        if not codes:
            return OK
        return STATUSES.get(min(codes)) or STATUSES[min(codes)[:3]]


class Held(NamedTuple):
    """What the files are held to, besides what they say themselves."""

    limits: Limits
    config: Config
    baseline: Baseline | None = None
    verifier: Verifier | None = None


class CheckReport(NamedTuple):
    """All files, and all that was found."""

    files: list[Checked]
    skipped: int
    loose: list[Placed]
    """Findings of no file that was checked."""

    @property
    def findings(self) -> list[Placed]:
        """Everything that was found, in the order of the files."""
        return [*[each for file in self.files for each in file.findings], *self.loose]

    @property
    def fingerprints(self) -> list[str]:
        """For each finding what stays the same while it does, though lines and numbers move."""
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
        """How many files there are of each status, in a line."""
        counts = Counter(file.status for file in self.files)
        told = [f"{counts[OK]:,} ok"]
        told += [f"{counts[each]:,} {each}" for each in _statuses() if counts[each]]
        warnings = sum(each.level is Level.WARNING for each in self.findings)
        if warnings:
            told.append(counted(warnings, "warning"))
        if self.skipped:
            told.append(f"{counted(self.skipped, 'other YAML file')} skipped")
        return f"{counted(len(self.files), 'file')}, {', '.join(told)}"

    @property
    def code(self) -> int:
        """The exit code that was earned: a file that says nothing outweighs all others."""
        if any(each.rule in BAD_FILE for each in self.findings):
            return BAD_INPUT
        failed = any(each.level is Level.ERROR for each in self.findings)
        return FAILED if failed else FINE


def check_report(sources: Sources, held: Held) -> CheckReport:
    """Holds every file to what it says itself and to what others say of it."""
    memo = _Memo(Memo({}, {}), {})
    files = [_checked(source, held, memo) for source in sources.found]
    loose: list[Placed] = []
    if held.baseline:
        held.baseline.require_met([each.file for each in files])
        for file in held.baseline.missing([each.file for each in files]):
            told = f"{file} is in the snapshot, but no longer there"
            finding = Finding(REMOVED, told, subject=file)
            loose.append(Placed(file, None, Level.WARNING, finding))
    return CheckReport(files, len(sources.others), loose)


def updated(baseline: Baseline | None, report: CheckReport) -> dict[str, Callable[[], str]]:
    """The files that `--update` writes, and what goes into them; none where a file is bad."""
    if baseline is None or not baseline.updated or report.code == BAD_INPUT:
        return {}
    good = [
        (file.file, file.network, file.totals)
        for file in report.files
        if file.network is not None and file.totals is not None
    ]
    return {str(baseline.path): lambda: baseline.read_anew().with_present(good)}


class _Memo(NamedTuple):
    """What the files of a check have in common: equal layers are read and counted once."""

    read: Memo
    counted: Counted


def _checked(source: Source, held: Held, memo: _Memo) -> Checked:
    document = source.document
    if document is None:
        finding = Finding(UNREADABLE, source.error)
        return Checked(source.file, None, None, [Placed(source.file, None, Level.ERROR, finding)])
    loaded = load_document(document, source.stem, memo=memo.read)
    if loaded.network is None:
        problems = list(_invalid(source.file, document, loaded.problems))
        return Checked(source.file, None, None, problems)
    checked = _held(source.file, document, loaded.network, held, memo)
    warned = [_warned(source.file, document, each) for each in loaded.warnings]
    return checked._replace(findings=_in_order([*checked.findings, *warned]))


def _held(file: str, document: Document, network: Network, held: Held, memo: _Memo) -> Checked:
    subject = CheckedNetwork(network, memo.counted)
    found = [(Level.ERROR, each) for each in own_findings(subject)]
    broken = findings(subject, held.limits)
    found += [(Level.ERROR, _said(each, f"--{each.setting.replace('_', '-')}")) for each in broken]
    for section in held.config.sections_of(file):
        level = Level.ERROR if section.level == "error" else Level.WARNING
        broken = findings(subject, section.limits)
        found += [(level, _said(each, section.title)) for each in broken]
    if held.baseline:
        found += _compared(file, subject, held.baseline)
    run = None
    if held.verifier:
        try:
            run = held.verifier.network(network, subject.facts)
            found += [(Level.ERROR, each) for each in _unproven(network, run)]
        except NoRoomError as error:
            found.append((Level.ERROR, Finding(NO_ROOM, str(error))))
    return Checked(file, network, subject.totals, _placed(file, document, found), run)


def _said(finding: Finding, by: str) -> Finding:
    """A finding, and who set the limit."""
    return finding._replace(message=f"{finding.message} ({by})", setting=f"{finding.setting} {by}")


def _compared(
    file: str, subject: CheckedNetwork, baseline: Baseline
) -> list[tuple[Level, Finding]]:
    grown = baseline.grown(file, subject.totals)
    if grown is None:
        finding = Finding(ADDED, f"{subject.network.name} is not in the snapshot")
        return [(Level.WARNING, finding)]
    level = Level.WARNING if baseline.updated else Level.ERROR
    return [(level, each) for each in grown]


def _unproven(network: Network, run: Verification) -> Iterator[Finding]:
    paths = {row.name: row.path or () for row in network.rows}
    for row in run.rows:
        for check in row.failed:
            told = f"{row.name}: {check.kind} predicted {check.predicted}, found {check.found}"
            yield Finding(NOT_PROVEN, told, paths[row.name], row.name, check.predicted, check.found)
    for check in run.totals:
        if not check.passed:
            told = f"{check.kind} predicted {check.predicted}, found {check.found}"
            yield Finding(NOT_PROVEN, told, (), check.kind, check.predicted, check.found)


def _invalid(file: str, document: Document, problems: Iterable[Problem]) -> Iterator[Placed]:
    for problem in problems:
        line = document.line(problem.place.line) if problem.place else ""
        yield Placed(file, problem.place, Level.ERROR, Finding(INVALID, problem.text), line)


def _placed(file: str, document: Document, found: Sequence[tuple[Level, Finding]]) -> list[Placed]:
    """The findings with their places, in file order; all places are looked up at once."""
    paths = {finding.path: _as_written(document, finding.path) for _, finding in found}
    wanted = {(path, _is_total(path)) for path in paths.values() if path}
    places: Mapping[tuple[Path, bool], Place] = document.places(wanted) if wanted else {}
    placed = []
    for level, finding in found:
        path = paths[finding.path]
        place = places.get((path, _is_total(path)))
        line = document.line(place.line) if place else ""
        placed.append(Placed(file, place, level, finding, line))
    return _in_order(placed)


def _in_order(findings: Iterable[Placed]) -> list[Placed]:
    return sorted(findings, key=lambda each: each.place[:2] if each.place else (0, 0))


def _warned(file: str, document: Document, warning: Problem) -> Placed:
    line = document.line(warning.place.line) if warning.place else ""
    finding = Finding(NO_EFFECT, warning.text)
    return Placed(file, warning.place, Level.WARNING, finding, line)


def _is_total(path: Path) -> bool:
    """Whether a path leads to a budget or an expectation, of which the key is shown."""
    return path[:1] in (("budget",), ("expect",))


def _as_written(document: Document, path: Path) -> Path:
    """The path with the total's name as the file has it, with or without `_bytes`."""
    if not _is_total(path):
        return path
    part, total, *rest = path
    content = document.content[part]
    name = total if total in content else str(total).removesuffix("_bytes")
    return (part, name, *rest)


def _statuses() -> Iterable[str]:
    """Every status but ok, the worst one last."""
    worst = (STATUSES["CC003"], STATUSES["CC0"])
    return [*[each for each in STATUSES.values() if each not in worst], *worst]
