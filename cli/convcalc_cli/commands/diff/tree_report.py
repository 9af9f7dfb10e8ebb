"""What `convcalc diff` reports of many networks: which changed, were added or were removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from convcalc.checks.growth import Allowance
from convcalc.checks.rules import INVALID, UNREADABLE
from convcalc.facts.totals import Totals
from convcalc.records import NamedTuple
from convcalc.wording import counted
from convcalc_cli.commands.diff.changed_files import ChangedFiles, Pair
from convcalc_cli.commands.diff.report import DiffReport, diff_report
from convcalc_cli.reading.networks import FileError, NetworkFile, networks_of
from convcalc_cli.shell.outcome import BAD_INPUT, FINE


class Status(StrEnum):
    """What became of a network, the worst first."""

    INVALID = "invalid"
    CHANGED = "changed"
    RENAMED = "renamed"
    ADDED = "added"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    """Its file is another one, the network is not."""


IN_WORDS = (Status.CHANGED, Status.RENAMED, Status.ADDED, Status.REMOVED, Status.INVALID)
"""What a summary counts, in this order."""


class NetworkChange(NamedTuple):
    """A network before and after; a side is None where it is not there, or is not valid."""

    status: Status
    file: str
    old: NetworkFile | None
    new: NetworkFile | None
    old_file: str = ""
    """The name that the file had; empty if there was none."""
    report: DiffReport | None = None
    """What changed, where there are both."""
    totals: tuple[Totals | None, Totals | None] = (None, None)
    """Before and after."""

    @property
    def code(self) -> int:
        """The exit code that the change has earned."""
        if self.status is Status.INVALID:
            return BAD_INPUT
        return self.report.code if self.report else FINE

    @property
    def is_renamed(self) -> bool:
        """Whether the file had another name."""
        return bool(self.old_file) and self.old_file != self.file


class FoundError(NamedTuple):
    """An error in a file of the working tree, with the code of its rule."""

    code: str
    error: FileError


class TreeReport(NamedTuple):
    """The networks that a revision has otherwise, the worst first, then the largest changes."""

    revision: str
    changes: Sequence[NetworkChange]
    same: int
    """Files that are what they were, networks or not."""
    errors: Sequence[FoundError]
    messages: Sequence[str]
    """The errors with the lines they are about, for people."""
    notes: Sequence[str]
    """What is to be said of the files besides, for stderr."""

    @property
    def code(self) -> int:
        """2 if a network is invalid, else 1 if one grew too much, else 0."""
        return max([each.code for each in self.changes], default=FINE)

    @property
    def summary(self) -> str:
        """How many networks changed in which way, in a line."""
        counts = Counter(each.status for each in self.changes)
        met = [status for status in IN_WORDS if counts[status]]
        parts = [
            f"{counted(counts[status], 'network') if status is met[0] else f'{counts[status]:,}'} "
            f"{status}"
            for status in met
        ]
        same = counted(self.same + counts[Status.UNCHANGED], "file")
        return f"{', '.join(parts) or 'no network changed'}; {same} as before"


def tree_report(
    revision: str,
    found: ChangedFiles,
    allowed: Mapping[str, Allowance],
    *,
    every_layer: bool = False,
) -> TreeReport:
    """The networks of a revision and of the working tree, compared in pairs."""
    run = _Run(allowed, every_layer=every_layer)
    changes = sorted(map(run.compared, found.pairs), key=_order)
    return TreeReport(revision, changes, found.same, run.errors, run.messages, run.notes)


class _Run:
    """One comparison, which gathers what is to be said."""

    def __init__(self, allowed: Mapping[str, Allowance], *, every_layer: bool) -> None:
        self.errors: list[FoundError] = []
        self.messages: list[str] = []
        self.notes: list[str] = []
        self._allowed = allowed
        self._every_layer = every_layer

    def compared(self, pair: Pair) -> NetworkChange:
        """What became of a network."""
        old, new = self._old(pair), self._new(pair)
        report = None
        if old is not None and new is not None:
            report = diff_report(old, new, self._allowed, every_layer=self._every_layer)
        status = _status(pair, new, report)
        return _with_totals(NetworkChange(status, pair.file, old, new, pair.old_file, report))

    def _old(self, pair: Pair) -> NetworkFile | None:
        """The network before; what is wrong with it is a note."""
        if pair.old is None:
            return None
        files = networks_of([pair.old])
        if files.errors:
            self.notes += [each.replace("error:", "note:", 1) for each in files.messages]
        return next(iter(files.good), None)

    def _new(self, pair: Pair) -> NetworkFile | None:
        """The network now; what is wrong with it are errors."""
        if pair.new is None:
            return None
        files = networks_of([pair.new])
        if files.errors:
            rule = INVALID if pair.new.read else UNREADABLE
            self.errors += [FoundError(rule.code, each) for each in files.errors]
            self.messages += files.messages
        else:
            self.notes += [each for each in files.messages if each not in self.notes]
        return next(iter(files.good), None)


def added(file: NetworkFile) -> NetworkChange:
    """A network that was not there before."""
    return _with_totals(NetworkChange(Status.ADDED, file.file, None, file))


def changed(report: DiffReport) -> NetworkChange:
    """Two networks that were named."""
    status = Status.UNCHANGED if report.is_same else Status.CHANGED
    file, old, new = report.new.file, report.old, report.new
    return _with_totals(NetworkChange(status, file, old, new, old.file, report))


def _status(pair: Pair, new: NetworkFile | None, report: DiffReport | None) -> Status:
    if pair.new is None:
        return Status.REMOVED
    if new is None:
        return Status.INVALID
    if pair.old is None:
        return Status.ADDED
    if report is None or not report.is_same:
        return Status.CHANGED
    return Status.UNCHANGED if pair.file == pair.old_file else Status.RENAMED


def _with_totals(change: NetworkChange) -> NetworkChange:
    if change.report:
        found = change.report.difference
        return change._replace(totals=(found.old.facts.totals, found.new.facts.totals))
    old, new = (each and each.network.totals() for each in (change.old, change.new))
    return change._replace(totals=(old, new))


def _order(change: NetworkChange) -> tuple[int, list[int], str]:
    """The worst first, then what changed most: in MACs, then in params."""
    old, new = change.totals
    gains = [
        -abs((new.macs if new else 0) - (old.macs if old else 0)),
        -abs((new.params if new else 0) - (old.params if old else 0)),
    ]
    return list(Status).index(change.status), gains, change.file


def grown_messages(changes: Iterable[NetworkChange]) -> list[str]:
    """What grew by more than it may, in each network."""
    return [
        f"{each.file}: {grown.message}"
        for each in changes
        if each.report
        for grown in each.report.grown
    ]
