"""Rows of modules as calls of blocks: which argument gets what, scaled as the model is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import Any

from convcalc.errors import SpecError
from convcalc.files.ultralytics.activations import activation_of
from convcalc.files.ultralytics.modules import (
    CHANNELS_IN,
    CHANNELS_OUT,
    GROUPS,
    REPEATS,
    Library,
    Module,
)
from convcalc.files.ultralytics.rows import Row, RowError
from convcalc.files.ultralytics.scaling import Scale
from convcalc.language.problems import value_written
from convcalc.language.resolving import evaluated
from convcalc.records import NamedTuple

ARGUMENTS = 3
"""The part of a row with its arguments."""

MOST_CHANNELS = 10**9
DEEPER = {"C3k2": ("mlx", {"c3k": True})}
"""Arguments that a module gets at some scales, whatever the row says."""
LONGER = {"A2C2f": ("lx", [True, 1.2])}
"""Arguments that are put behind those of the row at some scales."""


class Bound(NamedTuple):
    """A module with the arguments of a row."""

    module: Module
    arguments: dict[str, Any]
    repeats: int
    """How many of it follow each other."""
    channels: int
    """The channels that go out."""
    parts: tuple[int, ...]
    """The channels of each output, if there are several."""
    stride: Fraction | None
    """How much smaller the sizes that go out are; None if that is not known."""


class Binding(NamedTuple):
    """What all rows of a model have in common."""

    scale: Scale
    library: Library
    unscaled: int = 0
    """Channels that YOLOv5 does not scale: those of a head; 0 elsewhere."""

    def bind(self, row: Row, module: Module, channels: int) -> Bound:
        """A module with the arguments of a row that reads some channels.

        Raises:
            RowError: the row does not fit the module.
        """
        given = self._given(row, module)
        repeats = self.scale.repeats(row.repeats)
        if module.repeats_inside:
            given[REPEATS] = repeats
            repeats = 1
        parts = self._scale_main(module, given)
        names = {**_defaults(module, channels), **given}
        self._fill(module, given, names, channels)
        _require_fit(row, module, names, channels)
        out = _number(module.keys.get("out", f"${module.main}"), names, row)
        stride = _stride(module, names, row)
        chosen = self._chosen(module, names, row)
        return Bound(chosen, given, max(repeats, 1), int(out), parts, stride)

    def _given(self, row: Row, module: Module) -> dict[str, Any]:
        values = [*row.arguments]
        letters, more = LONGER.get(module.name, ("", []))
        values += more if self.scale.letter and self.scale.letter in letters else []
        names = module.positions
        if len(values) > len(names):
            known = f"{len(names)}: {', '.join(names)}" if names else "none"
            message = f"{module.name} takes no more arguments than {known}; here are {len(values)}"
            raise RowError(message, ARGUMENTS)
        given: dict[str, Any] = {}
        for at, (name, value) in enumerate(zip(names, values, strict=False)):
            if name == "act" or (name == "d" and self._is_code(value)):  # there was no d at first
                given |= {} if value is True else {"act": self._activation(value, at)}
            elif not (value is None and name == "p"):
                _require_numbers(module, name, value, at)
                is_share = isinstance(module.arguments[name], float)  # Python multiplies by True
                given[name] = int(value) if is_share and isinstance(value, bool) else value
        letters, fixed = DEEPER.get(module.name, ("", {}))
        return {**given, **(fixed if self.scale.letter and self.scale.letter in letters else {})}

    def _is_code(self, value: Any) -> bool:
        return self.library.is_classic and isinstance(value, str) and "(" in value

    def _activation(self, value: Any, at: int) -> Any:
        """The layers of an argument: YOLOv5 and YOLOv7 take it as code, Ultralytics as a flag."""
        if not self._is_code(value):
            return []
        try:
            return activation_of(value)
        except SpecError as error:
            raise RowError(str(error), ARGUMENTS, at) from error

    def _scale_main(self, module: Module, given: dict[str, Any]) -> tuple[int, ...]:
        """Scales the channels that go out; the channels of each output if there are several."""
        main = module.main
        if main not in given:
            if main in module.arguments and module.arguments[main] is None:
                raise RowError(f"{module.name} needs {main}", ARGUMENTS)
            return ()
        written = given[main]
        if isinstance(written, list) and main != CHANNELS_OUT:
            given[main] = sum(written)
            return tuple(written)
        at = module.positions.index(main)
        _require_channels(module, main, written, at)
        if module.is_scaled and written != self.unscaled:
            given[main] = self.scale.channels(written)
            _require_channels(module, main, given[main], at)
        return ()

    def _fill(
        self, module: Module, given: dict[str, Any], names: dict[str, Any], channels: int
    ) -> None:
        """Adds the arguments that follow from others."""
        if module.keys.get("padding") == "half" and "p" not in given:
            given["p"] = names["p"] = half(names["k"], names.get("d", 1))
        if module.keys.get("groups") == "gcd":
            given[GROUPS] = names[GROUPS] = gcd(channels, names[module.main])

    def _chosen(self, module: Module, names: Mapping[str, Any], row: Row) -> Module:
        """The block that the arguments choose, with the user's layers behind it."""
        for name, flag in (module.keys.get("instead") or {}).items():
            chosen = self.library.any(name)
            if chosen and _number(flag, names, row):
                if not module.then:
                    return chosen
                return chosen._replace(name=f"{module.name}_{name}", then=module.then)
        return module


def half(kernel: Any, dilation: Any) -> Any:
    """The padding that keeps the size, for each dimension where the kernel is so given.

    >>> half(3, 1), half([1, 5], 1), half(3, 2)
    (1, [0, 2], 2)
    """
    if isinstance(kernel, list):
        return [half(each, dilation) for each in kernel]
    return (dilation * (kernel - 1) + 1) // 2


def _defaults(module: Module, channels: int) -> dict[str, Any]:
    written = module.arguments.items()
    return {CHANNELS_IN: channels} | {
        name: channels if value == "$in_channels" else value
        for name, value in written
        if value is not None
    }


def _require_numbers(module: Module, name: str, value: Any, at: int) -> None:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, (int, float)) for item in items):
        message = f"{name}={value_written(value)} of {module.name} is not a number"
        raise RowError(message, ARGUMENTS, at)
    if any(abs(item) > MOST_CHANNELS for item in items):
        raise RowError(f"{name}={value_written(value)} is above 10^9", ARGUMENTS, at)


def _require_channels(module: Module, name: str, value: Any, at: int) -> None:
    if type(value) not in (int, float) or not 1 <= value <= MOST_CHANNELS:
        message = f"{name}={value_written(value)} of {module.name} is not a number of channels"
        raise RowError(message, ARGUMENTS, at)


def _require_fit(row: Row, module: Module, names: Mapping[str, Any], channels: int) -> None:
    if module.keys.get("same") and names[CHANNELS_OUT] != channels:
        out = names[CHANNELS_OUT]
        message = f"{module.name} cannot change channels: it reads {channels}, and its row says "
        raise RowError(f"{message}{out}", ARGUMENTS)
    if module.keys.get("c1") == "given":
        if names[CHANNELS_IN] != channels:
            message = f"c1={names[CHANNELS_IN]} of {module.name}, but it reads {channels} channels"
            raise RowError(message, ARGUMENTS, 0)
        if "out" not in module.keys and names[CHANNELS_OUT] != channels:
            message = f"the channels of {module.name} change from {channels} to "
            known = "; Ultralytics builds the rows behind it as if they stayed"
            raise RowError(f"{message}{names[CHANNELS_OUT]}{known}", ARGUMENTS)
    if whole := module.keys.get("whole"):
        number = Fraction(_number(whole, names, row))
        if number.denominator != 1:
            message = f"{module.name}: {whole} has to be a whole number; it is {float(number):g}"
            raise RowError(message, ARGUMENTS)


def _stride(module: Module, names: Mapping[str, Any], row: Row) -> Fraction | None:
    written = module.keys.get("stride", "$s" if "s" in module.arguments else 1)
    if written == "unknown":
        return None
    if isinstance(names.get("s"), list):
        return None
    stride = Fraction(_number(written, names, row))
    if stride <= 0 and "stride" in module.keys:
        raise RowError(f"the stride of {module.name} is {stride}: it has to be above 0", ARGUMENTS)
    return stride


def _number(written: Any, names: Mapping[str, Any], row: Row) -> int | Fraction:
    numbers = {name: int(each) if isinstance(each, bool) else each for name, each in names.items()}
    try:
        found = evaluated(str(written), numbers)
    except SpecError as error:
        raise RowError(f"{row.module}: {error}", ARGUMENTS) from error
    return found
