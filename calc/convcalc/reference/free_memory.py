"""How much memory there is, so that what does not fit is refused instead of killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from convcalc.reference.results import NoRoomError

MEMINFO = Path("/proc/meminfo")
OWN_GROUPS = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")

KEPT_BACK = 2**26
"""Bytes for scratch memory and the interpreter."""


def require(what: str, needed: int) -> None:
    """Refuses what takes more bytes than there are.

    Raises:
        NoRoomError: there is not enough memory.
    """
    there = free_memory()
    if there is not None and needed + KEPT_BACK > there:
        takes, free = (f"{number / 2**30:,.1f} GiB" for number in (needed + KEPT_BACK, there))
        raise NoRoomError(f"running {what} takes {takes} of memory, {free} are free")


def free_memory() -> int | None:
    """Bytes that a process may still take; None where the system does not tell."""
    amounts = [number for number in (_available(), _physical()) if number is not None]
    return min([*amounts, *_left_in_groups()], default=None)


def _available() -> int | None:
    """What Linux reckons can be taken without swapping."""
    return _fields(MEMINFO, 1024).get("MemAvailable:")


def _left_in_groups() -> Iterator[int]:
    """What is left of the bounds that containers set, of either version of Linux's groups."""
    for line in _text(OWN_GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folder, bound, used = GROUPS, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            folder, bound = GROUPS / "memory", "memory.limit_in_bytes"
            used = "memory.usage_in_bytes"
        else:
            continue
        for place in _upwards(path):
            most, now = _text(folder / place / bound), _text(folder / place / used)
            if most.isdigit() and now.isdigit():
                # What files are cached in is given back when it is needed.
                cached = _fields(folder / place / "memory.stat", 1).get("inactive_file", 0)
                yield int(most) - int(now) + cached


def _upwards(path: str) -> list[str]:
    """A group and those it is in; inside a container its own is the top one."""
    parts = path.strip("/").split("/")
    return ["/".join(parts[:end]) for end in range(len(parts) + 1)]


def _fields(path: Path, unit: int) -> dict[str, int]:
    lines = [line.split() for line in _text(path).splitlines()]
    return {line[0]: int(line[1]) * unit for line in lines if len(line) > 1 and line[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _physical() -> int | None:
    """All the memory that a machine has, where that is all it tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
