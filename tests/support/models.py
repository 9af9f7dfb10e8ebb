"""Model files of Ultralytics and of YOLOv5: read from text, and their params by hand."""

from __future__ import annotations

from typing import Any

from convcalc.files.loading import Loaded, load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides
from convcalc.networks import Network


def loaded(text: str, name: str = "net.yaml", size: Any = None, **settings: Any) -> Loaded:
    """What a file gives."""
    overrides = Overrides(settings, size)
    read = read_file(SourceFile.of(text.encode(), name), overrides)
    return load_document(read.document, "net", read.overrides)


def network(text: str, name: str = "net.yaml", size: Any = None, **settings: Any) -> Network:
    """The network of a file without errors."""
    found = loaded(text, name, size, **settings)
    assert found.network is not None, found.problems
    return found.network


def model(*rows: str, head: str = "[]", top: str = "nc: 3") -> str:
    """A file with some rows."""
    listed = "".join([f"  - {row}\n" for row in rows])
    return f"{top}\nbackbone:\n{listed}head: {head}\n"


def params(*rows: str, top: str = "nc: 3") -> int:
    """The params of a model with some rows."""
    return network(model(*rows, top=top), size=64).totals().params


def conv(c1: int, c2: int, k: int = 1, g: int = 1) -> int:
    """Params of a convolution without a bias and its norm."""
    return c1 // g * c2 * k * k + 2 * c2
