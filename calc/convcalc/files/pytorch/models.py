"""Modules: how one is made, and moved to a device without data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.files.pytorch.target import TargetError, running_user_code

META = "meta"
"""The device of tensors with sizes only."""
CPU = "cpu"


def made(torch: Any, made_by: Any, arguments: Mapping[str, Any], device: str) -> Any:
    """The module that a class or function makes on a device, in evaluation mode.

    Args:
        torch: PyTorch.
        made_by: a class, a function that returns a module, or a module.
        arguments: keyword arguments for it.
        device: where its parameters are made; a module's stay where they are.

    Raises:
        TargetError: it cannot be made, or it is no module.
    """
    found = made_by
    if not isinstance(made_by, torch.nn.Module):
        if not callable(made_by):
            raise TargetError(f"{_what(made_by)} is neither a module nor callable")
        with running_user_code("the module cannot be made"), torch.device(device):
            torch.manual_seed(0)  # some forward passes depend on values
            found = made_by(**arguments)
        if not isinstance(found, torch.nn.Module):
            raise TargetError(f"the target returns {_what(found)}, which is no torch.nn.Module")
    elif arguments:
        raise TargetError(f"a module that is made already takes no {next(iter(arguments))}")
    found = getattr(found, "_orig_mod", found)  # of a compiled one
    with running_user_code("the module cannot be set to evaluation mode"):
        return found.eval()


def _what(value: object) -> str:
    return f"a value of type {type(value).__name__}"


def is_lazy(torch: Any, module: Any) -> bool:
    """Whether parameters of a module have no sizes before its first run."""
    uninitialized = torch.nn.parameter.UninitializedTensorMixin
    tensors = [*module.parameters(), *module.buffers()]
    return any(isinstance(each, uninitialized) for each in tensors)


def move_to_meta(torch: Any, module: Any) -> None:
    """Takes the values of a module away; those that it shares stay shared."""
    moved: dict[int, Any] = {}
    for each in module.modules():
        for name, parameter in [*each.named_parameters(recurse=False, remove_duplicate=False)]:
            if id(parameter) not in moved:
                empty = torch.empty_strided(
                    parameter.size(), parameter.stride(), dtype=parameter.dtype, device=META
                )
                moved[id(parameter)] = torch.nn.Parameter(empty, parameter.requires_grad)
            setattr(each, name, moved[id(parameter)])
        for name, buffer in [*each.named_buffers(recurse=False, remove_duplicate=False)]:
            setattr(each, name, moved.setdefault(id(buffer), buffer.to(META)))


def number_type(torch: Any, module: Any) -> Any:
    """The type of numbers that a module computes with."""
    types = (each.dtype for each in module.parameters() if each.dtype.is_floating_point)
    return next(types, torch.get_default_dtype())
