"""Records a forward pass without data where that is possible, and on the CPU where it is not."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.files.pytorch.inputs import Input, inputs_of, with_ids
from convcalc.files.pytorch.models import CPU, META, is_lazy, made, move_to_meta, number_type
from convcalc.files.pytorch.recorder import recorded, run
from convcalc.files.pytorch.recording import Recording
from convcalc.files.pytorch.target import UserCodeError

ON_CPU = "it needs values, so it ran on the CPU, and counts what it does with zeros: {reason}"
AS_IDS = "{names} is taken for whole numbers, as of words in a table"
WITHOUT_DATA = ("_meta_registrations", "_decomp", "_prims", "_refs", "_subclasses")
"""Files of PyTorch that only run without data."""


class Attempts:
    """Ways to run the module of a target, from the one that costs least.

    Args:
        torch: PyTorch.
        made_by: what the target names.
        arguments: keyword arguments for it.
        given: the shapes of the inputs.
        size: other spatial sizes for them.
    """

    def __init__(
        self, torch: Any, made_by: Any, arguments: Mapping[str, Any], given: Any, size: Any
    ) -> None:
        self._torch = torch
        self._made_by = made_by
        self._arguments = arguments
        self._given = given
        self._size = size
        self.notes: list[str] = []

    def recording(self) -> Recording:
        """The forward pass.

        Raises:
            TargetError: the module cannot be made or run in any way.
        """
        if isinstance(self._made_by, self._torch.nn.Module):
            return self._recorded(self._module(CPU))
        reason = ""
        for way in (self._on_meta, self._moved_to_meta):
            try:
                return way()
            except UserCodeError as error:
                if not needs_values(error.error):
                    raise
                reason = str(error)
        recording = self._recorded(self._module(CPU))
        self.notes.append(ON_CPU.format(reason=reason))
        return recording

    def _on_meta(self) -> Recording:
        return self._recorded(self._module(META))

    def _moved_to_meta(self) -> Recording:
        module = self._module(CPU)
        if not is_lazy(self._torch, module):
            move_to_meta(self._torch, module)
        return self._recorded(module, META)

    def _module(self, device: str) -> Any:
        return made(self._torch, self._made_by, self._arguments, device)

    def _recorded(self, module: Any, device: str | None = None) -> Recording:
        """The forward pass of a module; ids are tried as input where it wants some."""
        inputs = inputs_of(module, self._given, self._size)
        first = next(module.parameters(), None)
        where = device or (CPU if first is None else first.device)
        try:
            return self._run(module, inputs, where)
        except UserCodeError as error:
            for others in with_ids(inputs, str(error)):
                try:
                    recording = self._run(module, others, where)
                except UserCodeError:
                    continue
                names = " and ".join(each.name for each in others if each.is_ids)
                self.notes.append(AS_IDS.format(names=names))
                return recording
            raise

    def _run(self, module: Any, inputs: Sequence[Input], device: Any) -> Recording:
        torch = self._torch
        dtype = number_type(torch, module)
        tensors = {each.name: each.tensor(torch, device, dtype) for each in inputs}
        names = [each.name for each in inputs if each.is_named]
        if is_lazy(torch, module):
            run(torch, module, tensors, names)
        with torch.device(device):
            return recorded(module, tensors, names)


def needs_values(error: BaseException) -> bool:
    """Whether an exception was raised because there are no values.

    >>> needs_values(RuntimeError("Tensor.item() cannot be called on meta tensors"))
    True
    >>> needs_values(ValueError("no such width"))
    False
    """
    if isinstance(error, NotImplementedError) or "meta" in str(error).lower():
        return True
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and any(part in frames[-1].filename for part in WITHOUT_DATA)
