"""Small PyTorch modules as targets, and what PyTorch itself counts for them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from convcalc.files.loading import Loaded, load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides

MODULE = "convcalc_torch_target"


def module(run: Callable[..., Any], **parts: Any) -> Any:
    """A module with some modules and parameters, and the function that is its forward pass.

    The function gets the module and the inputs.
    """
    torch = pytest.importorskip("torch")
    made = torch.nn.Module()
    for name, part in parts.items():
        setattr(made, name, part)
    made.forward = partial(run, made)
    return made


def loaded(target: Any, *shapes: Any, size: Any = None, **arguments: Any) -> Loaded:
    """The network of what a target names, for inputs of some shapes without a batch.

    A shape may have a name: `("left", (3, 8, 8))`.
    """
    there = ModuleType(MODULE)
    vars(there)["net"] = target
    sys.modules[MODULE] = there
    inputs = [each if each and isinstance(each[0], str) else ("", each) for each in shapes]
    read = read_file(SourceFile.named(f"{MODULE}:net"), Overrides(arguments, size, inputs=inputs))
    return load_document(read.document, "net", read.overrides)


def message(target: Any, *shapes: Any, **arguments: Any) -> str:
    """The only error of a target."""
    (problem,) = loaded(target, *shapes, **arguments).problems
    return problem.text


def figures(found: Loaded) -> tuple[int, int | None]:
    """Parameters and MACs of a network without unknown figures."""
    assert found.problems == []
    assert found.network is not None
    totals = found.network.totals()
    assert not totals.unknown
    return totals.params, totals.macs


def rows(found: Loaded) -> list[dict[str, Any]]:
    """The rows as a network file has them."""
    layers: list[dict[str, Any]] = found.document.content["layers"]
    return layers


def words(found: Loaded) -> list[str]:
    """The operation of each row."""
    return [next(iter(row)) for row in rows(found)]


def counted(
    target: Callable[[], Any], shapes: Sequence[Sequence[int]], *, ids: Sequence[int] = ()
) -> tuple[int, int]:
    """Parameters and MACs as PyTorch counts them, without data.

    Args:
        target: makes the module.
        shapes: of the inputs, without a batch.
        ids: the inputs that are whole numbers.
    """
    torch = pytest.importorskip("torch")
    counter = pytest.importorskip("torch.utils.flop_counter").FlopCounterMode(display=False)
    counter.mod_tracker = _NoModules()
    with torch.device("meta"), torch.no_grad(), _unfused(torch):
        made = target().eval()
        inputs = [
            torch.zeros((1, *shape), dtype=torch.long if at in ids else torch.float32)
            for at, shape in enumerate(shapes)
        ]
        made(*inputs)  # which makes lazy layers
        with counter:
            made(*inputs)
    params = sum(each.numel() for each in made.parameters())
    return params, counter.get_total_flops() // 2


@contextmanager
def _unfused(torch: Any) -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


class _NoModules(nullcontext[None]):
    """All is counted together; a counter by module refuses some modules."""

    parents = frozenset(["Global"])
