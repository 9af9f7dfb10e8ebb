"""The flags of the commands that hold networks to something."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from convcalc_cli.flags.completion import totals


def _limit(name: str, metavar: str, about: str) -> Any:
    return typer.Option(f"--{name}", metavar=metavar, help=about, rich_help_panel=None)


def _most(name: str, about: str) -> Any:
    return _limit(f"max-{name}", "N", f"At most so many {about}.")


def _most_bytes(name: str, about: str) -> Any:
    return _limit(f"max-{name}", "BYTES", f"At most so much {about}, as in 512KiB.")


MaxParams = Annotated[str | None, _most("params", "parameters, as in 5M")]
MaxMacs = Annotated[str | None, _most("macs", "MACs, as in 600M")]
MaxFlops = Annotated[str | None, _most("flops", "FLOPs")]
MaxInput = Annotated[str | None, _most_bytes("input", "memory of the input")]
MaxWeight = Annotated[str | None, _most_bytes("weight", "memory of the weights")]
MaxActivation = Annotated[str | None, _most_bytes("activation", "memory of all outputs")]
MaxPeakActivation = Annotated[
    str | None, _most_bytes("peak-activation", "memory of values at one time")
]
MaxTorchsummary = Annotated[
    str | None, _most_bytes("torchsummary", "memory as torchsummary estimates it")
]
MaxLayerShare = Annotated[
    str | None, _limit("max-layer-share", "P%", "At most such a share of all MACs in one layer.")
]
KernelSizes = Annotated[
    str | None, _limit("kernel-sizes", "N,N..", "The kernel sizes that convolutions may have.")
]
GroupsMultipleOf = Annotated[
    int | None, _limit("groups-multiple-of", "N", "What a number of groups must be a multiple of.")
]
ChannelsMultipleOf = Annotated[
    int | None, _limit("channels-multiple-of", "N", "What output channels must be a multiple of.")
]
ConfigFile = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Another convcalc.toml than the nearest one."),
]
Against = Annotated[
    str | None, typer.Option("--against", metavar="FILE", help="A snapshot to compare with.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="TOTAL=+GAIN",
        autocompletion=totals,
        help="With --against: params=+2%, macs=+10M; repeatable.",
    ),
]
Update = Annotated[bool, typer.Option("--update", help="With --against: write the snapshot anew.")]
