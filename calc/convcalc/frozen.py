"""Values that never change, with constructors that check.

There are no dataclasses in this program, because of the time to start: `dataclasses` imports
`inspect`, and defining a frozen dataclass takes about forty times as long as a named tuple of
ours. For the hundred small classes here that would be half of what `convcalc layer` takes in all.
A value that only holds what it is given is a NamedTuple; one whose constructor checks it is Frozen.
"""

from __future__ import annotations

from typing import Any, NoReturn


class Frozen:
    """Equal by content, hashable, and closed to change once its constructor has filled it.

    The slots of a class, in the order of its bases, are the keyword arguments of its constructor.
    """

    __slots__ = ()

    def _fill(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def arguments(self) -> dict[str, Any]:
        """What the constructor would need to make this value again.

        >>> from convcalc import Linear
        >>> Linear(2048, 1000).arguments()
        {'in_features': 2048, 'out_features': 1000, 'bias': True}
        """
        kinds = reversed(type(self).__mro__)
        return {name: getattr(self, name) for kind in kinds for name in _slots_of(kind)}

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: make another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: make another one")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.arguments() == other.arguments()

    def __hash__(self) -> int:
        return hash((type(self), *self.arguments().values()))

    def __repr__(self) -> str:
        arguments = ", ".join([f"{name}={value!r}" for name, value in self.arguments().items()])
        return f"{type(self).__name__}({arguments})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.arguments())


def _slots_of(kind: type) -> tuple[str, ...]:
    return tuple(vars(kind).get("__slots__", ()))


def _made_again(kind: type[Frozen], arguments: dict[str, Any]) -> Frozen:
    return kind(**arguments)
