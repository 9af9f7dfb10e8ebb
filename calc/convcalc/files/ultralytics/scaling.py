"""The scale of a model: how deep and how wide it is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil, inf, isfinite
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.problems import value_written
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean

LETTER = re.compile(r"yolo(?:e-)?v?\d+([nslmx])")
FAMILY = re.compile(r"yolo(?:e-)?v?\d+")
NAME = re.compile(r"\w{1,20}", re.ASCII)
"""What a scale can be called, so that `net.yaml@n` can name it."""
MOST_SCALES = 100
LARGEST = 1e6


class Scale(NamedTuple):
    """Factors of a model's repeats and channels.

    >>> Scale("n", 0.33, 0.25, 1024).channels(512), Scale("n", 0.33, 0.25, 1024).repeats(6)
    (128, 2)
    """

    letter: str = ""
    depth: float = 1.0
    width: float = 1.0
    most_channels: float = inf
    divisor: int = 8
    is_guess: bool = False
    """Whether it is the first of several, as neither the user nor the file's name chooses one."""

    def channels(self, written: float) -> int:
        """The channels that a row gets; the limit comes before the width."""
        return ceil(min(written, self.most_channels) * self.width / self.divisor) * self.divisor

    def repeats(self, written: int) -> int:
        """The repeats that a row gets; halves are rounded to even."""
        return max(round(written * self.depth), 1) if written > 1 else written


def letter_of(stem: str) -> str:
    """The scale in the name of a file; empty if there is none.

    >>> letter_of("yolov8s-p2"), letter_of("yolo11m"), letter_of("yolov8-seg")
    ('s', 'm', '')
    """
    found = LETTER.search(stem)
    return found[1] if found else ""


def named_at(stem: str, letter: str) -> str:
    """The name of a model at a scale, as the package calls its own.

    >>> named_at("yolov8-seg", "n"), named_at("yolov8s", "n"), named_at("mine", "n")
    ('yolov8n-seg', 'yolov8n', 'mine-n')
    """
    found = LETTER.search(stem) or FAMILY.search(stem)
    if not found:
        return f"{stem}-{letter}"
    at = found.start(1) if found.re is LETTER else found.end()
    return f"{stem[:at]}{letter}{stem[found.end() :]}"


def scale_of(top: Mapping[str, Any], stem: str, asked: str | None) -> Scale:
    """The scale of a model.

    Args:
        top: the keys of the file.
        stem: its name without the ending.
        asked: the scale that the user asks for.

    Raises:
        SpecError: there is no such scale, or its factors are impossible.

    >>> scale_of({"scales": {"n": [0.5, 0.25, 1024]}}, "net", None).width
    0.25
    """
    scales = top.get("scales")
    letter = asked or letter_of(stem)
    if not scales:
        if asked:
            raise SpecError(f"there is no scale {asked}: the file has no scales")
        depth, width = (_factor(top, f"{name}_multiple") for name in ("depth", "width"))
        return Scale(letter, depth, width, divisor=_divisor(top))
    if not isinstance(scales, dict):
        raise SpecError("scales is not a mapping of letters to [depth, width, max_channels]")
    _require_names(scales)
    if letter and letter not in scales:
        whose = "" if asked else ", which is in the name of the file"
        known = did_you_mean(letter, scales) or f"; the file has {', '.join(map(str, scales))}"
        raise SpecError(f"there is no scale {letter}{whose}{known}")
    chosen = letter or next(iter(scales))
    is_guess = not letter and len(scales) > 1
    return Scale(chosen, *_factors(chosen, scales[chosen]), is_guess=is_guess)


def _require_names(scales: Mapping[Any, Any]) -> None:
    if len(scales) > MOST_SCALES:
        raise SpecError(f"scales has {len(scales):,} entries; at most {MOST_SCALES} are read")
    for name in scales:
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            raise SpecError(f"{value_written(name)} is not the name of a scale, such as n")


def _factors(letter: str, written: Any) -> tuple[float, float, float]:
    good = isinstance(written, list) and len(written) == 3 and all(map(_is_factor, written))
    if not good:
        fact = f"scale {letter} is {value_written(written)}, not [depth, width, max_channels]"
        raise SpecError(fact)
    depth, width, most = written
    return depth, width, most


def _factor(top: Mapping[str, Any], name: str) -> float:
    value = top.get(name, 1.0)
    if not _is_factor(value):
        raise SpecError(f"{name}={value_written(value)} is not a number above 0")
    return float(value)


def _divisor(top: Mapping[str, Any]) -> int:
    value = top.get("channel_multiple") or 8
    if type(value) is not int or not 0 < value < LARGEST:
        raise SpecError(f"channel_multiple={value_written(value)} is not a whole number above 0")
    return value


def _is_factor(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return isfinite(value) and 0 < value <= LARGEST
