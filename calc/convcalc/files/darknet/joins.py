"""Layers of a Darknet network that read earlier layers by their number."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.files.darknet.site import Site
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.tensors import Tensor

WEIGHTS = {
    "none": "",
    "per_feature": "per value",
    "per_layer": "per value",
    "per_channel": "per channel",
}
"""What has a learned factor in a sum."""


def route(site: Site) -> Tensor:
    """Layers one after the other, or with `groups` a part of the channels of each."""
    read = [site.image(site.network.values[index]) for index in site.layers("layers")]
    _require_sizes(site, read, "layers", "joins")
    groups, group = site.number("groups", 1), site.number("group_id", 0, least=0)
    if groups == 1:
        return site.row("concat", read) if len(read) > 1 else site.row("identity", read)
    return _part(site, read, groups, group)


def _part(site: Site, read: Sequence[Tensor], groups: int, group: int) -> Tensor:
    for tensor in read:
        if tensor.shape[0] % groups:
            raise site.fail(f"groups={groups} does not divide {tensor.shape[0]} channels", "groups")
    if group >= groups:
        raise site.fail(f"group_id={group} is not below groups={groups}", "group_id")
    widths = [tensor.shape[0] // groups for tensor in read]
    ends = [[group * width, (group + 1) * width] for width in widths]
    if len(read) == 1:
        return site.row("channel_slice", read, channels=ends[0])
    parts = [
        site.helper("channel_slice", [tensor], channels=each)
        for tensor, each in zip(read, ends, strict=True)
    ]
    return site.row("concat", parts)


def shortcut(site: Site) -> Tensor:
    """A sum with earlier layers, over the channels that both have."""
    before = site.image()
    others = [site.image(site.network.values[index]) for index in site.layers("from")]
    _require_sizes(site, [before, *others], "from", "adds")
    if weights := site.choice("weights_type", WEIGHTS):
        shape = before.shape
        params = (1 + len(others)) * (shape[0] if weights == "per channel" else 1)
        read = [before, *others]
        summed = opaque(site.rows, "weighted_sum", read, (1, *shape), params=params, macs="none")
        return site.activated(summed, "linear")
    if all(other.shape == before.shape for other in others):
        return site.activated(site.row("add", [before, *others]), "linear")
    *helped, last = others
    for other in helped:
        before = _added(site, before, other, is_last=False)
    return site.activated(_added(site, before, last, is_last=True), "linear")


def _added(site: Site, before: Tensor, other: Tensor, *, is_last: bool) -> Tensor:
    """The sum of the first channels, and the other channels of the first value behind them."""
    made = site.row if is_last else site.helper
    mine, theirs = before.shape[0], other.shape[0]
    if theirs > mine:
        other = site.helper("channel_slice", [other], channels=[0, mine])
    if theirs >= mine:
        return made("add", [before, other])
    first = site.helper("channel_slice", [before], channels=[0, theirs])
    rest = site.helper("channel_slice", [before], channels=[theirs, mine])
    return made("concat", [site.helper("add", [first, other]), rest])


def _require_sizes(site: Site, read: Sequence[Tensor], key: str, verb: str) -> None:
    for tensor in read[1:]:
        if tensor.shape[1:] != read[0].shape[1:]:
            raise site.fail(
                f"[{site.section.word}] {verb} {read[0].shape} and {tensor.shape}: their sizes "
                "differ",
                key,
            )


def scale_channels(site: Site) -> Tensor:
    """An earlier layer times the value before it: one factor for each channel, or position."""
    factors, (scaled, *_) = site.image(), _earlier(site)
    is_map = site.flag("scale_wh")
    wanted = (1, *scaled.shape[1:]) if is_map else (scaled.shape[0], 1, 1)
    if factors.shape != wanted:
        raise site.fail(f"[scale_channels] needs factors of {wanted}, not of {factors.shape}")
    return site.activated(site.row("multiply", [scaled, factors]), "linear")


def sam(site: Site) -> Tensor:
    """An earlier layer times the value before it, place by place."""
    factors, (scaled, *_) = site.image(), _earlier(site)
    if factors.shape != scaled.shape:
        raise site.fail(f"[sam] multiplies {factors.shape} and {scaled.shape}", "from")
    return site.activated(site.row("multiply", [scaled, factors]), "linear")


def _earlier(site: Site) -> list[Tensor]:
    return [site.image(site.network.values[index]) for index in site.layers("from")]
