"""What `convcalc diff` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.checks.growth import Allowance, Growth, grown
from convcalc.difference.changes import Difference, Side, difference
from convcalc.difference.edits import ABSENT, Edit, edits
from convcalc.difference.source_rows import RowDifference, row_difference, same_but_for_number
from convcalc.files.documents import Document
from convcalc.files.places import AnyPlace
from convcalc.files.readers import YAML
from convcalc.layers import Path
from convcalc.records import NamedTuple
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.shell.outcome import FAILED, FINE


class PlacedEdit(NamedTuple):
    """An edit of vars, defaults or blocks, with the file that shows it and its place there."""

    edit: Edit
    file: str
    place: AnyPlace | None


class DiffReport(NamedTuple):
    """Two networks, what changed from one to the other, and what should not have."""

    old: NetworkFile
    new: NetworkFile
    difference: Difference
    grown: list[Growth]
    rows: RowDifference | None = None
    """What changed by the rows of the files, where both have numbered ones."""
    every_layer: bool = False
    """Whether every layer that changed is to be shown, besides the rows and the edits."""
    edits: Sequence[PlacedEdit] = ()
    """What was edited besides layers, where both files are in the network language."""

    @property
    def code(self) -> int:
        """The exit code that the change has earned."""
        return FAILED if self.grown else FINE

    @property
    def is_same(self) -> bool:
        """Whether nothing changed that is reported."""
        found = self.difference
        parts = ("inputs", "batch", "dtype")
        one, other = ([getattr(each.network, part) for part in parts] for each in self[:2])
        changes = found.changes or self.edits or (self.rows and self.rows.changes)
        totals = [each for each in found.totals if each.new != each.old]
        return not changes and not totals and one == other and found.outputs[0] == found.outputs[1]


def diff_report(
    old: NetworkFile,
    new: NetworkFile,
    allowed: Mapping[str, Allowance],
    *,
    every_layer: bool = False,
) -> DiffReport:
    """What changed, and which totals grew by more than they may; others may grow."""
    before, after = (Side(each.network, each.network.audit()) for each in (old, new))
    totals = before.facts.totals._asdict()
    watched = {total: totals[total] for total in allowed}
    unknown = before.facts.totals.unknown
    found = list(grown(watched, after.facts.totals, allowed, unknown))
    rows = row_difference(before, after, old.document.source_rows, new.document.source_rows)
    layers = (
        difference(before, after, rows.pairs, same_but_for_number)
        if rows
        else difference(before, after)
    )
    return DiffReport(old, new, layers, found, rows, every_layer, _edits(old, new))


def _edits(old: NetworkFile, new: NetworkFile) -> list[PlacedEdit]:
    """The edits at their places: in the new file, or in the old one if it was removed."""
    if {old.read.reader.format, new.read.reader.format} != {YAML.format}:
        return []
    found = edits(old.document.content, new.document.content)
    gone = _places(old.document, [each for each in found if each.new is ABSENT])
    here = _places(new.document, [each for each in found if each.new is not ABSENT])
    return [
        PlacedEdit(each, old.file, gone.get(each.path))
        if each.new is ABSENT
        else PlacedEdit(each, new.file, here.get(each.path))
        for each in found
    ]


def _places(document: Document, found: Sequence[Edit]) -> dict[Path, AnyPlace]:
    """The places of what was edited by their paths; of a whole mapping that of its key."""
    wanted = {(each.path, isinstance(each.path[-1], str)) for each in found}
    return {path: place for (path, _), place in document.places(wanted).items()}
