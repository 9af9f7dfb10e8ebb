"""Which tensors share memory: parts of parameters, and what is written to in place."""

from __future__ import annotations

from bisect import bisect, insort
from typing import Any

from convcalc.files.pytorch.recording import Part


class Memory:
    """The memory of the tensors of a forward pass.

    Args:
        torch: PyTorch.
    """

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._held: dict[int, dict[int, tuple[str, Any]]] = {}
        """The parameters in each memory, by the bytes at which they start."""
        self._starts: dict[int, list[int]] = {}
        self._places: dict[Any, int] = {}
        self._writes: dict[int, list[tuple[int, Any]]] = {}
        self._read: list[int] = []
        """How often its memory had been written to when each value was read."""

    def _storage(self, tensor: Any) -> int | None:
        try:
            number: int = tensor.untyped_storage()._cdata  # noqa: SLF001 - its only identity
        except (RuntimeError, NotImplementedError):  # such as a sparse tensor
            return None
        return number

    def hold(self, name: str, parameter: Any) -> None:
        """Knows the memory of a parameter."""
        storage = self._storage(parameter)
        if storage is None:
            return
        start = parameter.storage_offset() * parameter.element_size()
        held = self._held.setdefault(storage, {})
        if start not in held:
            held[start] = name, parameter
            insort(self._starts.setdefault(storage, []), start)

    def place(self, tensor: Any) -> Any:
        """What is equal for two tensors that are the same numbers."""
        storage = self._storage(tensor)
        if storage is None:
            return id(tensor)
        return storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride()

    def same(self, tensor: Any) -> int | None:
        """A value of the same place as a tensor that no call has made, such as `x.data`."""
        return self._places.get(self.place(tensor))

    def part(self, tensor: Any) -> Part | None:
        """The part of a parameter that a tensor is a view of."""
        storage = self._storage(tensor)
        if storage not in self._held or storage is None:
            return None
        starts, first = self._starts[storage], tensor.storage_offset() * tensor.element_size()
        name, parameter = self._held[storage][starts[max(bisect(starts, first) - 1, 0)]]
        scale = tensor.element_size() // parameter.element_size() or 1  # of complex numbers
        begin = scale * tensor.storage_offset() - parameter.storage_offset()
        if not 0 <= begin < max(parameter.numel(), 1):
            return None
        pairs = zip(tensor.shape, tensor.stride(), strict=True)
        span = 1 + sum((size - 1) * step for size, step in pairs)
        stop = min(begin + scale * span, parameter.numel())
        return Part(name, begin, stop, span == tensor.numel())

    def read(self, tensor: Any, number: int) -> None:
        """Knows that a value is what a tensor is now; values come in the order of their numbers."""
        storage = self._storage(tensor)
        self._places[self.place(tensor)] = number
        self._read.append(0 if storage is None else len(self._writes.get(storage, ())))

    def write(self, tensor: Any, number: int) -> None:
        """Knows that a tensor was written to, and which value it is now."""
        storage = self._storage(tensor)
        if storage is not None:
            self._writes.setdefault(storage, []).append((number, tensor))
            self._read[number] = len(self._writes[storage])

    def writes_since(self, tensor: Any, number: int) -> list[tuple[int, Any]]:
        """What was written, through other tensors, to the memory of a value since it was read."""
        if not self._writes:
            return []
        storage = self._storage(tensor)
        if storage is None:
            return []
        return self._writes.get(storage, [])[self._read[number] :]
