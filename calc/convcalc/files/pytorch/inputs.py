"""The inputs of a module: their names, their sizes, and what stands in for them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from convcalc.files.pytorch.target import TargetError
from convcalc.records import NamedTuple
from convcalc.values import Shape
from convcalc.wording import counted

IDS = re.compile(r"\b(?:Long|LongTensor|Int|int64|integer|indices|long)\b")
"""Words of PyTorch's errors where ids are needed and other numbers are given."""


class Input(NamedTuple):
    """An input of a forward pass."""

    name: str
    shape: Shape
    """Without the batch."""
    is_named: bool
    """Whether it is given by its name; the others are given in their order."""
    is_ids: bool = False
    """Whether it is whole numbers, such as those of words."""

    def tensor(self, torch: Any, device: Any, dtype: Any) -> Any:
        """A batch of one, all zeros."""
        dtype = torch.long if self.is_ids else dtype
        return torch.zeros((1, *self.shape), device=device, dtype=dtype)


def inputs_of(module: Any, given: Any, size: Any = None) -> list[Input]:
    """The inputs that the user gave shapes for.

    Args:
        module: the module that takes them.
        given: shapes by name, or names and shapes; those without a name are in their order.
        size: other spatial sizes for all of them, or for some by name.

    Raises:
        TargetError: there is none, one too many, or one that the forward pass does not have.
    """
    pairs = [*given.items()] if isinstance(given, Mapping) else [tuple(each) for each in given]
    needed, known, takes_any = _parameters(module)
    named = {name for name, _ in pairs}
    unnamed = iter([name for name in known if name not in named])
    found: list[Input] = []
    for name, shape in pairs:
        if name and name not in known and not takes_any:
            names = ", ".join(known)
            raise TargetError(f"the forward pass has no input {name}; its inputs are {names}")
        own = name or next(unnamed, None)
        if own is None and not takes_any:
            raise TargetError(
                f"there are {counted(len(pairs), 'input')}; the forward pass takes {len(known)}"
            )
        own = own or f"input{len(found)}"
        wanted = size.get(own) if isinstance(size, Mapping) else size
        found.append(Input(own, _sized(tuple(shape), wanted), bool(name)))
    given_names = {each.name for each in found}
    missing = [name for name in needed if name not in given_names]
    if missing or not found:
        raise TargetError(_missing(missing or needed))
    return found


def _missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"input {names[0]} has no shape: give it as --input 3x224x224"
    if not names:
        return "the input has no shape: give it as --input 3x224x224"
    return (
        f"the inputs {', '.join(names)} have no shapes: give them as --input 3x224x224, "
        "once for each"
    )


def _sized(shape: Shape, size: Any) -> Shape:
    if size is None or len(shape) < 2:
        return shape
    sizes = [size] if isinstance(size, int) else [*size]
    spatial = sizes * (len(shape) - 1) if len(sizes) == 1 else sizes
    if len(spatial) != len(shape) - 1:
        raise TargetError(f"size {sizes} does not have the {len(shape) - 1} dimensions of {shape}")
    return (shape[0], *spatial)


def _parameters(module: Any) -> tuple[list[str], list[str], bool]:
    """Parameters of a forward pass without a default, all of them, and whether it takes others."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return [], [], True
    any_kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = [each for each in parameters if each.kind not in any_kinds]
    needed = [each.name for each in named if each.default is each.empty]
    return needed, [each.name for each in named], len(named) < len(parameters)


def with_ids(inputs: Sequence[Input], message: str) -> Iterator[list[Input]]:
    """Other types for the inputs, if a message asks for ids: first of one of them."""
    if not IDS.search(message):
        return
    ones = [{at} for at in range(len(inputs))]
    for chosen in chain(ones, [{*range(len(inputs))}] if len(inputs) > 1 else []):
        yield [each._replace(is_ids=at in chosen) for at, each in enumerate(inputs)]
