"""Sweeps as flags describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.spec.document import Overrides
from convcalc_cli.discovery import named
from convcalc_cli.flags import FlagError, flag_of, settings, sizes, value_typed, whole_number
from convcalc_cli.layer_flags import defaults_used, require_channels
from convcalc_cli.sweep_report import (
    LAYER_NAMES,
    SweepReport,
    layer_points,
    network_points,
    readable,
    variables_of,
)
from convcalc_cli.vary import LAYER, variable, variations
from convcalc_cli.verifier import measurer

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
    require_channels({**given, **dict.fromkeys(names, 1)})
    defaults = {name: v for name, v in defaults_used(given).items() if name not in names}
    told = [
        f"{flag_of(name)} {value_typed(given[name])}"
        for name in ("in_channels", "out_channels")
        if name not in names
    ]
    moved = " and ".join([each.name for each in varied])
    title = f"{' '.join(told)}: {moved}".lstrip(": ")
    measure = measurer() if measured else None
    return SweepReport(title, varied, layer_points(given, batch), measure, defaults)


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
    make = network_points(source, fixed)
    title = f"{file}: {' and '.join([each.name for each in varied])}"
    return SweepReport(title, varied, make, of_layer=False)
