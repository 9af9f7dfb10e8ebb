"""A snapshot in a file: what networks were, by the way from the snapshot to their files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from convcalc.checks.findings import Finding
from convcalc.checks.growth import NO_GROWTH, Allowance, grown
from convcalc.checks.rules import GROWN
from convcalc.checks.snapshot import Recorded, as_content, from_content, recorded
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, Totals
from convcalc.networks import Network
from convcalc_cli.flags.limits import allowances
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.json import json_text
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.small_files import MIB, reason_of, small_file

LARGEST = 8 * MIB

SPELLED = re.compile(r"\\x([89a-f][0-9a-f])")
"""A byte of a file name that is not UTF-8, as JSON has it."""


class Baseline(NamedTuple):
    """A snapshot, where it is, and how far networks may grow beyond it."""

    path: Path
    networks: Mapping[str, Recorded]
    allowed: Mapping[str, Allowance]
    updated: bool = False
    """Whether it is to be written anew."""

    def grown(self, file: str, totals: Totals) -> list[Finding] | None:
        """The totals of a file that have grown too much; None if the snapshot has no such file."""
        before = self.networks.get(key_of(file, self.path))
        if before is None:
            return None
        return [
            Finding(GROWN, each.message, (), TOTALS[each.total].name, each.most, each.after)
            for each in grown(before.totals, totals, self.allowed)
        ]

    @property
    def known(self) -> set[str]:
        """The full paths of the files that the snapshot has."""
        return {os.path.abspath(self.path.parent / key) for key in self.networks}  # noqa: PTH100

    def require_met(self, files: Iterable[str]) -> None:
        """Refuses a snapshot that has none of the files: its paths lead from somewhere else.

        Raises:
            FlagError: it is one.
        """
        met = any(key_of(file, self.path) in self.networks for file in files)
        if self.networks and not met and not self.updated:
            raise FlagError(
                f"{self.path} has none of these files: it names them from its own folder on; "
                "write it with snapshot -o"
            )

    def missing(self, files: Iterable[str]) -> list[str]:
        """The files of the snapshot that are neither checked nor there."""
        checked = {key_of(file, self.path) for file in files}
        return [key for key in self.networks if key not in checked and not self._is_there(key)]

    def read_anew(self) -> Baseline:
        """The snapshot as another run may have left it.

        Raises:
            FlagError: it is none any more.
        """
        return _read(str(self.path), self.allowed, updated=self.updated)

    def with_present(self, present: Iterable[tuple[str, Network, Totals]]) -> str:
        """The snapshot as it is to be written: without what is gone, and as things are now."""
        now = {key_of(file, self.path): recorded(net, totals) for file, net, totals in present}
        kept = {key: each for key, each in self.networks.items() if self._is_there(key)}
        return snapshot_text({**kept, **now})

    def _is_there(self, key: str) -> bool:
        return os.path.exists(self.path.parent / key)  # noqa: PTH110 - pathlib's may raise


def baseline_of(file: str | None, allow: Sequence[str] | None, *, update: bool) -> Baseline | None:
    """The snapshot that `--against` names, with what `--allow` says.

    Raises:
        FlagError: it cannot be read, or there is none for what else is said.
    """
    if file is None:
        for flag, given in (("--allow", allow), ("--update", update)):
            if given:
                raise FlagError(f"{flag} needs --against")
        return None
    return _read(file, {**NO_GROWTH, **allowances(allow or [])}, updated=update)


def _read(file: str, allowed: Mapping[str, Allowance], *, updated: bool) -> Baseline:
    """The snapshot in a file; one that is to be written anew need not be there yet."""
    if not file:
        raise FlagError("--against needs a file name")
    path = Path(file)
    try:
        data = small_file(path, LARGEST)
    except FileNotFoundError as error:
        if updated:
            return Baseline(path, {}, allowed, updated)
        raise FlagError(
            f"{file} cannot be read: {error.strerror}; make it with snapshot"
        ) from error
    except OSError as error:
        raise FlagError(f"{file} cannot be read: {reason_of(error)}") from error
    networks = {_named(key, path): each for key, each in _networks(file, data).items()}
    return Baseline(path, networks, allowed, updated)


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
    """The file that a snapshot means: what JSON has no text for stands there as `\\xff`."""
    bytes_in_it = SPELLED.sub(lambda byte: chr(0xDC00 + int(byte[1], 16)), key)
    there = bytes_in_it != key and os.path.exists(snapshot.parent / key)  # noqa: PTH110
    return key if there else bytes_in_it


def snapshot_of(files: Iterable[NetworkFile], output: str | None) -> str:
    """The snapshot of networks, as it stands in the file that it is for."""
    place = Path(output) if output else None
    return snapshot_text(
        {key_of(file, place): recorded(network, network.totals()) for file, network, _ in files}
    )


def key_of(file: str, snapshot: Path | None) -> str:
    """How a snapshot names a file: by the way that leads from the one to the other."""
    folder = snapshot.parent if snapshot else Path()
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def snapshot_text(networks: Mapping[str, Recorded]) -> str:
    """A snapshot as it stands in its file."""
    return json_text(as_content(networks), indent=2) + "\n"
