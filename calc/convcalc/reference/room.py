"""How much memory there is, so that what does not fit is refused instead of killed."""

from __future__ import annotations

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
GROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Bytes that a process may still take; None where the system does not tell."""
    known = [
        number for number in (_available(), _left_in_group(), _physical()) if number is not None
    ]
    return min(known, default=None)


def _available() -> int | None:
    """What Linux reckons can be taken without swapping."""
    try:
        lines = MEMINFO.read_text("ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


def _left_in_group() -> int | None:
    """What is left of the bound that a container sets."""
    try:
        bound = (GROUP / "memory.max").read_text("ascii").strip()
        used = (GROUP / "memory.current").read_text("ascii").strip()
    except OSError:
        return None
    return int(bound) - int(used) if bound.isdigit() and used.isdigit() else None


def _physical() -> int | None:
    """All the memory that a machine has, where that is all it tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
