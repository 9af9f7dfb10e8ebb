"""Runs the checks of `convcalc check` on every file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from convcalc.checks.causes import cause_of
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding
from convcalc.checks.limits import Limits, findings, own_findings, unknown_findings
from convcalc.checks.rules import (
    ADDED,
    BUDGET,
    INVALID,
    NO_ROOM,
    NOT_PROVEN,
    REMOVED,
    UNREADABLE,
)
from convcalc.facts.totals import TOTALS, total_named
from convcalc.files.documents import Document
from convcalc.files.loading import finding_places, load_document
from convcalc.files.places import AnyPlace, order
from convcalc.language.cache import Cache
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.reference.results import NoRoomError, Verification
from convcalc_cli.commands.check.report import CheckedFile, CheckReport, Level, LocatedFinding
from convcalc_cli.reading.config import Config
from convcalc_cli.reading.ignores import ALWAYS, Ignore, ignored_by_comment
from convcalc_cli.reading.networks import problem_text
from convcalc_cli.reading.snapshots import Baseline
from convcalc_cli.reading.sources import Source, Sources
from convcalc_cli.reading.ways_out import WaysOut
from convcalc_cli.shell.outcome import BAD_INPUT
from convcalc_cli.text import printable
from convcalc_cli.verification.verifier import Verifier


class Requirements(NamedTuple):
    """What files are checked against, besides their own budgets and expected figures."""

    limits: Limits
    config: Config
    baseline: Baseline | None = None
    verifier: Verifier | None = None
    strict: bool = False


def run_checks(sources: Sources, requirements: Requirements) -> CheckReport:
    """Checks every file against its own budget and expected figures and the requirements."""
    run = _Run(requirements)
    files = [run.checked(source) for source in sources.found]
    unattached: list[LocatedFinding] = []
    baseline = requirements.baseline
    if baseline:
        baseline.require_any([each.file for each in files])
        for file in baseline.missing([each.file for each in files]):
            message = f"{file} is in the snapshot, but no longer there"
            finding = Finding(REMOVED, message, subject=file)
            unattached.append(LocatedFinding(file, None, Level.WARNING, finding))
    notes = [*run.notes, *[f"warning: {printable(each)}" for each in run.unused_ignores]]
    return CheckReport(files, len(sources.others), unattached, sources.skipped_text, notes)


def updated(baseline: Baseline | None, report: CheckReport) -> dict[str, Callable[[], str]]:
    """The file that `--update` writes, with its text; nothing if a file could not be checked."""
    if baseline is None or not baseline.update or report.code == BAD_INPUT:
        return {}
    checked = [
        (file.file, file.network, file.totals)
        for file in report.files
        if file.network is not None and file.totals is not None
    ]
    return {str(baseline.path): lambda: baseline.reread().updated_text(checked)}


class _Run:
    """One run; equal layers of its files are read and counted once."""

    def __init__(self, requirements: Requirements) -> None:
        self.notes: list[str] = []
        self._requirements = requirements
        self._cache = Cache()
        self._ways_out = WaysOut()
        self._uses: Counter[tuple[str, Ignore]] = Counter()

    def checked(self, source: Source) -> CheckedFile:
        file = source.file
        if source.read is None:
            finding = Finding(UNREADABLE, source.error)
            located = LocatedFinding(file, None, Level.ERROR, finding)
            return CheckedFile(file, None, None, [located])
        read = source.read
        loaded = load_document(read.document, source.stem, read.overrides, self._cache)
        if loaded.network is None:
            invalid = [
                _at(file, read.document, each.place, Level.ERROR, Finding(INVALID, each.text))
                for each in loaded.problems
            ]
            return CheckedFile(file, None, None, invalid)
        notes = [problem_text(file, read.document, "warning", each) for each in loaded.notes]
        self.notes += [each for each in notes if each not in self.notes]
        checked = self._network(source, read.document, loaded.network, as_written=read.as_written)
        warnings = [
            _at(file, read.document, each.place, Level.WARNING, Finding(each.rule, each.text))
            for each in loaded.warnings
            if each.rule
        ]
        return self._without_ignored(checked, [*checked.findings, *warnings], read.document)

    def _without_ignored(
        self, checked: CheckedFile, found: Sequence[LocatedFinding], document: Document
    ) -> CheckedFile:
        """A file with its findings, but for those that the project or a comment accepts."""
        accepted = [
            (section.title, each)
            for section in self._requirements.config.sections_of(checked.file)
            for each in section.ignore
        ]
        self._uses.update(dict.fromkeys(accepted, 0))
        kept = [each for each in found if not self._is_ignored(each, accepted, document)]
        return checked._replace(findings=_in_order(kept), ignored=len(found) - len(kept))

    def _is_ignored(
        self, each: LocatedFinding, accepted: Iterable[tuple[str, Ignore]], document: Document
    ) -> bool:
        if each.rule in ALWAYS:
            return False
        covering = [one for one in accepted if one[1].covers(each.finding)]
        self._uses.update(covering)
        number = each.place.line if each.place else None
        return bool(covering) or each.rule.code in ignored_by_comment(document.line, number)

    @property
    def unused_ignores(self) -> list[str]:
        """A message for each entry of `ignore` that no finding was about; it may have a typo."""
        unused = [one for one, times in self._uses.items() if not times]
        return [f"{title}: ignore: no finding is about {each.text!r}" for title, each in unused]

    def _network(
        self, source: Source, document: Document, network: Network, *, as_written: bool
    ) -> CheckedFile:
        file = source.file
        requirements = self._requirements
        checked = CheckedNetwork(network, self._cache.counts)
        own = own_findings(checked)
        kept = [each for each in own if as_written or each.path[:1] == ("budget",)]
        found = [(Level.ERROR, each) for each in kept]
        found += [
            (Level.ERROR, _attributed(each, f"--{each.setting.replace('_', '-')}"))
            for each in findings(checked, requirements.limits)
        ]
        sections = requirements.config.sections_of(file)
        for section in sections:
            level = Level.ERROR if section.level == "error" else Level.WARNING
            broken = findings(checked, section.limits)
            found += [(level, _attributed(each, section.title)) for each in broken]
        if requirements.strict:
            found += [(Level.ERROR, each) for each in unknown_findings(checked)]
        if requirements.baseline:
            found += _compared(file, checked, requirements.baseline)
        verification = None
        if requirements.verifier:
            try:
                verification = requirements.verifier.network(network, checked.facts)
                found += [(Level.ERROR, each) for each in _unproven(network, verification)]
            except NoRoomError as error:
                found.append((Level.ERROR, Finding(NO_ROOM, str(error))))
        located = _located(file, document, self._with_causes(source, network, found))
        limits = [requirements.limits.budget, *[section.limits.budget for section in sections]]
        budgets = _strictest([network.budget, *limits])
        return CheckedFile(file, network, checked.totals, located, verification, budgets=budgets)

    def _with_causes(
        self, source: Source, network: Network, found: Sequence[tuple[Level, Finding]]
    ) -> list[tuple[Level, Finding]]:
        """The findings with what they are caused by, and totals with what would fit."""
        budgets: dict[str, int] = dict(_totals_in(network.budget))
        for _, each in found:
            total = total_named(each.subject)
            if each.rule is BUDGET and total:
                budgets[total.key] = min(each.limit, budgets.get(total.key, each.limit))
        is_over = any(each.rule is BUDGET and each.cause for _, each in found)
        fits = self._ways_out.of(source, network, budgets) if is_over else ""
        return [(level, _explained(each, fits)) for level, each in found]


def _totals_in(budget: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return ((key, most) for key, most in budget.items() if key in TOTALS)


def _explained(finding: Finding, fits: str) -> Finding:
    """A finding that says what it is caused by."""
    more = [finding.cause, fits if finding.rule is BUDGET else ""]
    return finding._replace(message="; ".join(filter(None, (finding.message, *more))))


def _strictest(limits: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The smallest limit of each total; the receptive field is none that can be added up."""
    found: dict[str, int] = {}
    for key in TOTALS:
        given = [each[key] for each in limits if key in each]
        if given:
            found[key] = min(given)
    return found


def _attributed(finding: Finding, source: str) -> Finding:
    """A finding with the flag or the section that sets the limit."""
    return finding._replace(
        message=f"{finding.message} ({source})", setting=f"{finding.setting} {source}"
    )


def _compared(
    file: str, checked: CheckedNetwork, baseline: Baseline
) -> list[tuple[Level, Finding]]:
    grown = baseline.grown(file, checked.totals)
    if grown is None:
        finding = Finding(ADDED, f"{checked.network.name} is not in the snapshot")
        return [(Level.WARNING, finding)]
    level = Level.WARNING if baseline.update else Level.ERROR
    return [(level, _caused(checked, each)) for each in grown]


def _caused(checked: CheckedNetwork, grown: Finding) -> Finding:
    total = total_named(grown.subject)
    return grown._replace(cause=cause_of(checked, total.key)) if total else grown


def _unproven(network: Network, run: Verification) -> Iterator[Finding]:
    paths = {row.name: row.path or () for row in network.rows}
    for row in run.rows:
        for check in row.failed:
            message = f"{row.name}: {check.kind} predicted {check.predicted}, found {check.found}"
            path = paths[row.name]
            yield Finding(NOT_PROVEN, message, path, row.name, check.predicted, check.found)
    for check in run.totals:
        if not check.passed:
            message = f"{check.kind} predicted {check.predicted}, found {check.found}"
            yield Finding(NOT_PROVEN, message, (), check.kind, check.predicted, check.found)


def _located(
    file: str, document: Document, found: Sequence[tuple[Level, Finding]]
) -> list[LocatedFinding]:
    """The findings with their places, in file order."""
    places = finding_places(document, {finding.path for _, finding in found})
    named = document.row_places({each.subject for _, each in found if each.path not in places})
    return _in_order(
        [
            _at(file, document, places.get(each.path) or named.get(each.subject), level, each)
            for level, each in found
        ]
    )


def _at(
    file: str, document: Document, place: AnyPlace | None, level: Level, finding: Finding
) -> LocatedFinding:
    line = document.line(place.line) if place and place.line else ""
    return LocatedFinding(file, place, level, finding, line)


def _in_order(findings: Iterable[LocatedFinding]) -> list[LocatedFinding]:
    return sorted(findings, key=lambda each: order(each.place))
