"""Which of its two forms a call of `convcalc diff` has."""

from __future__ import annotations

import os
from collections.abc import Sequence

from convcalc.files.addresses import with_scale
from convcalc.files.readers import folder_endings
from convcalc_cli.commands.diff.revisions import is_file, is_of_revision
from convcalc_cli.commands.diff.trees import is_revision
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.example_files import did_you_mean_example


def compares_trees(old: str, new: Sequence[str]) -> bool:
    """Whether a revision is compared with files and folders, and not one network with another.

    It is if there are several of them or a folder, or if the first argument is not a network.

    Raises:
        FlagError: a revision has a path although several networks are compared.
    """
    if len(new) > 1 or os.path.isdir(new[0]):  # noqa: PTH112 - pathlib's may raise
        _require_revision(old, new)
        return True
    if is_file(old) or is_of_revision(old):
        return False
    if is_revision(old):
        return True
    # What looks like no file is probably a revision that is not there.
    path = with_scale(old).path
    return not (path.lower().endswith(folder_endings()) or did_you_mean_example(old))


def _require_revision(old: str, new: Sequence[str]) -> None:
    """Refuses a network where a revision is needed."""
    if is_revision(old) and ":" not in old:
        return
    rev, colon, _ = old.partition(":")
    if colon and is_revision(rev):
        fix = f"write the revision alone: convcalc diff {rev} {' '.join(new)}"
        raise FlagError(f"{old} is compared with one network only; for folders {fix}")
    if os.path.isfile(old):  # noqa: PTH113
        several = f"{new[0]} is a folder" if len(new) == 1 else "there are several others"
        fix = "compare one file with another, or a git revision with files and folders"
        raise FlagError(f"{old} is a file, and {several}: {fix}")
