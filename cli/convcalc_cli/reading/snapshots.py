"""Snapshot files: the totals of networks, by their paths relative to the snapshot."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from convcalc.checks.findings import Finding
from convcalc.checks.growth import NO_GROWTH, Allowance, grown
from convcalc.checks.rules import GROWN
from convcalc.checks.snapshot import Recorded, as_content, from_content, recorded
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, Totals
from convcalc.files.readers import SourceFile, target_reader
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc_cli.flags.limits import allowances
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.json import json_text
from convcalc_cli.reading.locations import path_of
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.small_files import MIB, reason_of, small_file

LARGEST = 8 * MIB

SPELLED = re.compile(r"\\x([89a-f][0-9a-f])")
"""A byte of a file name that is not UTF-8, as it is written in JSON."""


class Baseline(NamedTuple):
    """A snapshot that networks are compared with, its file, and how much totals may grow."""

    path: Path
    networks: Mapping[str, Recorded]
    allowed: Mapping[str, Allowance]
    update: bool = False
    """Whether the run rewrites it."""

    def grown(self, file: str, totals: Totals) -> list[Finding] | None:
        """A finding for each total that grew too much; None if the file is not in the snapshot."""
        before = self.networks.get(key_of(file, self.path))
        if before is None:
            return None
        return [
            Finding(GROWN, each.message, (), TOTALS[each.total].name, each.most, each.after)
            for each in grown(before.totals, totals, self.allowed, before.unknown)
        ]

    @property
    def files(self) -> set[str]:
        """The full paths of the files in the snapshot."""
        return {os.path.abspath(path_of(str(self.path.parent / key))) for key in self.networks}  # noqa: PTH100

    def require_any(self, files: Iterable[str]) -> None:
        """Requires that at least one of the files is in the snapshot.

        Raises:
            FlagError: none is, so its paths probably start from another folder.
        """
        matched = any(key_of(file, self.path) in self.networks for file in files)
        if self.networks and not matched and not self.update:
            raise FlagError(
                f"{self.path} has none of these files: it names them from its own folder on; "
                "write it with snapshot -o"
            )

    def missing(self, files: Iterable[str]) -> list[str]:
        """The files in the snapshot that are not checked and do not exist."""
        checked = {key_of(file, self.path) for file in files}
        return [key for key in self.networks if key not in checked and not self._exists(key)]

    def reread(self) -> Baseline:
        """The snapshot as it is now; another run may have changed it.

        Raises:
            FlagError: it is no longer a snapshot.
        """
        return _read(str(self.path), self.allowed, update=self.update)

    def updated_text(self, checked: Iterable[tuple[str, Network, Totals]]) -> str:
        """The new snapshot: with the networks that were checked, without files that are gone."""
        now = {key_of(file, self.path): recorded(net, totals) for file, net, totals in checked}
        kept = {key: each for key, each in self.networks.items() if self._exists(key)}
        return snapshot_text({**kept, **now})

    def _exists(self, key: str) -> bool:
        path = path_of(str(self.path.parent / key))
        return target_reader(key) is not None or os.path.exists(path)  # noqa: PTH110 - pathlib's may raise


def baseline_of(file: str | None, allow: Sequence[str] | None, *, update: bool) -> Baseline | None:
    """The snapshot that `--against` names, with the growth that `--allow` permits.

    Raises:
        FlagError: it cannot be read, or another flag needs `--against`.
    """
    if file is None:
        for flag, given in (("--allow", allow), ("--update", update)):
            if given:
                raise FlagError(f"{flag} needs --against")
        return None
    return _read(file, {**NO_GROWTH, **allowances(allow or [])}, update=update)


def _read(file: str, allowed: Mapping[str, Allowance], *, update: bool) -> Baseline:
    """The snapshot in a file; one that is updated need not exist yet."""
    if not file:
        raise FlagError("--against needs a file name")
    path = Path(file)
    try:
        data = small_file(path, LARGEST)
    except FileNotFoundError as error:
        if update:
            return Baseline(path, {}, allowed, update)
        raise FlagError(
            f"{file} cannot be read: {error.strerror}; make it with snapshot"
        ) from error
    except OSError as error:
        raise FlagError(f"{file} cannot be read: {reason_of(error)}") from error
    networks = {_named(key, path): each for key, each in _networks(file, data).items()}
    return Baseline(path, networks, allowed, update)


def _networks(file: str, data: bytes) -> Mapping[str, Recorded]:
    try:
        return from_content(json.loads(data))
    except SpecError as error:
        raise FlagError(f"{file}: {error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FlagError(f"{file} is not a snapshot: it is not valid JSON") from error
    except RecursionError as error:
        raise FlagError(f"{file} is not a snapshot: the nesting is too deep") from error
    except ValueError as error:  # Python's own limit
        raise FlagError(f"{file} is not a snapshot: a number is too long") from error


def _named(key: str, snapshot: Path) -> str:
    """The file name for a key, in which `\\xff` stands for a byte that is not UTF-8."""
    bytes_in_it = SPELLED.sub(lambda byte: chr(0xDC00 + int(byte[1], 16)), key)
    literal = bytes_in_it != key and os.path.exists(snapshot.parent / key)  # noqa: PTH110
    return key if literal else bytes_in_it


def snapshot_of(files: Iterable[NetworkFile], output: str | None) -> str:
    """The text of a snapshot, with paths relative to the file that it is for."""
    place = Path(output) if output else None
    return snapshot_text(
        {key_of(each.file, place): recorded(each.network, each.network.totals()) for each in files}
    )


def key_of(file: str, snapshot: Path | None) -> str:
    """The key of a file in a snapshot: its path relative to the snapshot's folder."""
    folder = snapshot.parent if snapshot else Path()
    if SourceFile.named(file).is_target:
        return file
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def snapshot_text(networks: Mapping[str, Recorded]) -> str:
    """The text of a snapshot file."""
    return json_text(as_content(networks), indent=2) + "\n"
