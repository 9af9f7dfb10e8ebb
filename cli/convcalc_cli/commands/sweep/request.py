"""Sweeps as flags describe them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.language.document import Overrides
from convcalc_cli.commands.sweep.report import (
    SweepReport,
    layer_points,
    network_points,
    require_possible,
)
from convcalc_cli.flags.layer import LayerFlags, require_channels
from convcalc_cli.flags.values import (
    FlagError,
    flag_of,
    parameter_of,
    with_value,
)
from convcalc_cli.flags.vary import LAYER, require_one, variations
from convcalc_cli.reading.sources import named
from convcalc_cli.reading.varied import network_variations
from convcalc_cli.verification.verifier import measurer


def layer_sweep(
    flags: LayerFlags, batch: int, vary: Sequence[str], *, measured: bool
) -> SweepReport:
    """A layer some of whose parameters vary.

    Raises:
        FlagError: what is to vary is not known, or channels are neither given nor varied.
    """
    varied = variations(vary, LAYER)
    names = {parameter_of(each.name) for each in varied}
    given = _given(flags)
    if batch != 1:
        given["batch"] = batch
    require_one(given, names)
    given_or_varied: dict[str, Any] = dict.fromkeys(names & set(flags._fields), 1)
    require_channels(flags._replace(**given_or_varied))
    defaults = {name: v for name, v in flags.defaults_used.items() if name not in names}
    words = " ".join([with_value(name, value) for name, value in given.items()])
    title = f"{words}: {' and '.join([each.name for each in varied])}".lstrip(": ")
    measure = measurer() if measured else None
    report = SweepReport(title, varied, layer_points(flags, batch), measure, defaults)
    require_possible(report)
    return report


def _given(flags: LayerFlags) -> dict[str, Any]:
    """The flags that do not have their default."""
    default = LayerFlags()._asdict()
    return {name: value for name, value in flags._asdict().items() if value != default[name]}


def refuse_layer_flags(flags: LayerFlags, file: str, *, measured: bool) -> None:
    """Refuses the flags that describe a layer where a network is swept.

    Raises:
        FlagError: one of them is given.
    """
    given = _given(flags._replace(size=None))
    for name in [*given, *(["measure"] if measured else [])]:
        raise FlagError(f"{flag_of(name)} describes a layer and does not apply to {file}")


def network_sweep(file: str, fixed: Overrides, vary: Sequence[str]) -> SweepReport:
    """A network whose variables, size or batch vary.

    Raises:
        FlagError: what is to vary is not known.
    """
    (source,) = named([file], fixed)
    varied = network_variations(source, fixed, vary)
    make = network_points(source, fixed)
    title = f"{file}: {' and '.join([each.name for each in varied])}"
    report = SweepReport(title, varied, make, of_layer=False, inputs=source.inputs)
    require_possible(report)
    return report
