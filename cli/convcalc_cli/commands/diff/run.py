"""Compares what `convcalc diff` is called with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from convcalc.checks.growth import Allowance
from convcalc.language.document import Overrides
from convcalc.records import NamedTuple
from convcalc_cli.commands.diff.changed_files import changed_files
from convcalc_cli.commands.diff.report import diff_report
from convcalc_cli.commands.diff.revisions import is_new, revision
from convcalc_cli.commands.diff.tree_report import NetworkChange, added, changed, tree_report
from convcalc_cli.commands.diff.trees import tree_of
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.dispatch import Writing
from convcalc_cli.reading.config import config
from convcalc_cli.reading.networks import Files, networks_of
from convcalc_cli.shell.outcome import BAD_INPUT, Outcome


class Request(NamedTuple):
    """The flags of a call."""

    overrides: Overrides
    allowed: Mapping[str, Allowance]
    every_layer: bool
    formats: tuple[str, ...] | None
    config_file: str | None


def of_networks(old: str, new: Sequence[str], request: Request, wanted: Writing) -> Outcome:
    """Two networks; of a revision that does not have the second one, that one alone.

    Raises:
        FlagError: there are flags that are about folders.
    """
    for flag, given in (("--formats", request.formats), ("--config", request.config_file)):
        if given is not None:
            raise FlagError(f"{flag} is for folders, as in convcalc diff origin/main nets")
    before, after = (revision(each, request.overrides) for each in (old, new[0]))
    if before.read is None and is_new(old, new[0]):
        files = networks_of([after])
        return _outcome(files, [added(each) for each in files.good], wanted)
    files = networks_of([before, after])
    if files.errors:
        return _outcome(files, [], wanted)
    one, other = files.good
    report = diff_report(one, other, request.allowed, every_layer=request.every_layer)
    return _outcome(files, [changed(report)], wanted)


def _outcome(files: Files, found: Sequence[NetworkChange], wanted: Writing) -> Outcome:
    """The report, unless a file is bad."""
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.messages)
    (change,) = found
    return wanted.outcome(change, change.code, messages=files.messages, inputs=files.inputs)


def of_trees(revision: str, paths: Sequence[str], request: Request, wanted: Writing) -> Outcome:
    """Every network of some files and folders that a revision has otherwise."""
    settings = config(request.config_file, Path.cwd())
    search = settings.search(request.formats)
    tree = tree_of(revision)
    with closing(tree.objects):
        found = changed_files(tree, paths, search, request.overrides)
        report = tree_report(revision, found, request.allowed, every_layer=request.every_layer)
    errors = report.messages if wanted.name == "csv" else []
    return wanted.outcome(
        report,
        report.code,
        messages=[*report.notes, *errors],
        inputs=[*found.files_read, *settings.read],
        closing=report.summary,
    )
