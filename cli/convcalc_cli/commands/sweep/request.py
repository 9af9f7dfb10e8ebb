"""Sweeps as flags describe them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from convcalc.language.document import Overrides
from convcalc_cli.commands.sweep.report import (
    LAYER_NAMES,
    SweepReport,
    layer_points,
    network_points,
    readable,
    require_possible,
    variables_of,
)
from convcalc_cli.commands.sweep.vary import LAYER, variable, variations
from convcalc_cli.flags.layer import defaults_used, require_channels
from convcalc_cli.flags.values import FlagError, flag_of, settings, sizes, whole_number, with_value
from convcalc_cli.reading.sources import named
from convcalc_cli.verification.verifier import measurer

LAYER_ONLY = {
    **dict.fromkeys(("in_channels", "out_channels", "kernel_size", "output_padding"), None),
    **dict.fromkeys(("stride", "dilation", "groups"), 1),
    "padding": 0,
    "bias": True,
    "dims": 2,
    "transposed": False,
    "measure": False,
}
"""The flags that say a layer, and what they are if they are not given."""


def layer_sweep(
    given: Mapping[str, Any], batch: int, vary: Sequence[str], *, measured: bool
) -> SweepReport:
    """A layer some of whose parameters vary.

    Raises:
        FlagError: what is to vary is not known, or channels are neither given nor varied.
    """
    varied = variations(vary, LAYER)
    names = {LAYER_NAMES.get(each.name, each.name) for each in varied}
    told = {name: value for name, value in given.items() if value != LAYER_ONLY.get(name)}
    if batch != 1:
        told["batch"] = batch
    _require_one(told, names)
    require_channels({**given, **dict.fromkeys(names, 1)})
    defaults = {name: v for name, v in defaults_used(given).items() if name not in names}
    flags = [with_value(name, value) for name, value in told.items()]
    moved = " and ".join([each.name for each in varied])
    title = f"{' '.join(flags)}: {moved}".lstrip(": ")
    measure = measurer() if measured else None
    report = SweepReport(title, varied, layer_points(given, batch), measure, defaults)
    require_possible(report)
    return report


def _require_one(given: Iterable[str], varied: Collection[str]) -> None:
    """Refuses what is both given and varied."""
    for name in given:
        if name in varied:
            raise FlagError(f"{flag_of(name)} is given, and --vary varies it too")


def network_sweep(file: str, flags: Mapping[str, Any], vary: Sequence[str]) -> SweepReport:
    """A network whose variables, size or batch vary.

    Raises:
        FlagError: what is to vary is not known, or a flag is for layers.
    """
    for name, default in LAYER_ONLY.items():
        if flags[name] != default:
            raise FlagError(f"{flag_of(name)} is for layers, not for {file}")
    (source,) = named([file])
    variables = variables_of(readable(source))
    known = {"size": sizes, "batch": whole_number, **dict.fromkeys(variables, variable)}
    varied = variations(vary, known)
    fixed = Overrides(settings(flags["set_variables"] or []), flags["size"], flags["batch"])
    fixed_names = [name for name in ("size", "batch") if flags[name] is not None]
    _require_one([*fixed_names, *fixed.variables], {each.name for each in varied})
    make = network_points(source, fixed)
    title = f"{file}: {' and '.join([each.name for each in varied])}"
    report = SweepReport(title, varied, make, of_layer=False)
    require_possible(report)
    return report
