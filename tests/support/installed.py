"""The entry points of the project, as an installed package has them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from convcalc import display
from support.program import ROOT

DRAWERS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "entry-points"
][display.GROUP]


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, drawers: dict[str, str] = DRAWERS
) -> None:
    """A package of that name in a folder before all others, with functions that draw values."""
    about = folder / "convcalc-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: convcalc\nVersion: 0\n")
    lines = [f"[{display.GROUP}]", *[f"{name} = {place}" for name, place in drawers.items()]]
    (about / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(display, "drawer", display.drawer.__wrapped__)  # not the one kept
