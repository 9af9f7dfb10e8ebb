"""Names that stand for a file at a scale: `net.yaml@n`, and `yolov8n.yaml` beside `yolov8.yaml`."""

from __future__ import annotations

import os
import re

from convcalc.records import NamedTuple

AT_SCALE = re.compile(r"(?s)(.+)@(\w{1,20})", re.ASCII)
STEM = re.compile(r"(?s)(.*yolo(?:e-)?v?\d+)([nslmx])([^/\\]*\.ya?ml)")

STANDARD_INPUT = "-"


class Address(NamedTuple):
    """A file, and the scale at which it is read."""

    path: str
    scale: str = ""
    """Empty where the name leaves it open."""


def address_of(name: str) -> Address:
    """The file that a name stands for; the name of a file that exists is its own.

    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "yolov8-seg.yaml").touch()
    ...     names = ("yolov8-seg.yaml@m", "yolov8s-seg.yaml", "other.yaml@m")
    ...     [address_of(f"{folder}/{name}").scale for name in names]
    ['m', 's', '']
    """
    if os.path.lexists(name):
        return Address(name)
    at_scale = with_scale(name)
    if at_scale.scale and (at_scale.path == STANDARD_INPUT or _is_file(at_scale.path)):
        return at_scale
    found = STEM.fullmatch(name)
    if found and _is_file(found[1] + found[3]):
        return Address(found[1] + found[3], found[2])
    return Address(name)


def with_scale(name: str) -> Address:
    """A name as a file and the scale behind it, whether there is such a file or not.

    >>> with_scale("net.yaml@n"), with_scale("net.yaml")
    (Address(path='net.yaml', scale='n'), Address(path='net.yaml', scale=''))
    """
    found = AT_SCALE.fullmatch(name)
    return Address(found[1], found[2]) if found else Address(name)


def _is_file(name: str) -> bool:
    return os.path.isfile(name)  # noqa: PTH113 - pathlib's may raise
