"""Collections of networks of other programs that lie beside the checkout, where there are any."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "corpora"


def corpus(kind: str) -> Path:
    """The folder of a kind of files; the test that asks for one that is missing is skipped.

    It is looked for in the folder that CONVCALC_CORPORA names, or beside the checkout.
    """
    folder = Path(os.environ.get("CONVCALC_CORPORA", BESIDE)) / kind
    if not folder.is_dir():
        pytest.skip(f"there is no collection {kind}", allow_module_level=True)
    return folder


def names(kind: str, file: str = "truth.json") -> list[str]:
    """The names of the networks of a kind, by a file that says what is right for each."""
    folder = Path(os.environ.get("CONVCALC_CORPORA", BESIDE)) / kind
    return [*_values(folder / file)] if (folder / file).is_file() else []


def right(kind: str, name: str, file: str = "truth.json") -> Any:
    """What is right for a network."""
    return _values(corpus(kind) / file)[name]


def contents(path: Path) -> bytes:
    """The bytes of a file, which may be packed."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@cache
def _values(path: Path) -> dict[str, Any]:
    found = json.loads(contents(path))
    values = found.get("files", found)
    return {name: value for name, value in values.items() if not name.startswith("_")}
