"""Layers of a Darknet network that turn values into boxes, of which the widths are checked."""

from __future__ import annotations

from math import prod

from convcalc.files.darknet.layers import same
from convcalc.files.darknet.site import Site
from convcalc.files.graph.tensors import Tensor


def yolo(site: Site) -> Tensor:
    """Boxes from the channels of the layer before."""
    return _boxes(site, 5, "5")


def gaussian_yolo(site: Site) -> Tensor:
    """Boxes with a spread for each coordinate."""
    return _boxes(site, 9, "9")


def _boxes(site: Site, more: int, told: str) -> Tensor:
    classes, num = site.number("classes", 20, least=0), site.number("num", 1)
    masks = len(site.numbers("mask")) if site.option("mask") else num
    needed = f"({classes} classes + {told}) x {masks} masks"
    _require_values(site, site.image().shape[0], (classes + more) * masks, needed)
    return same(site)


def region(site: Site) -> Tensor:
    """Boxes as the second YOLO has them."""
    classes, coords = site.number("classes", 20, least=0), site.number("coords", 4, least=0)
    num = site.number("num", 1)
    needed = f"({classes} classes + {coords} coords + 1) x {num}"
    _require_values(site, site.image().shape[0], (classes + coords + 1) * num, needed)
    return same(site)


def detection(site: Site) -> Tensor:
    """Boxes as the first YOLO has them."""
    classes, coords = site.number("classes", 1, least=0), site.number("coords", 1, least=0)
    num, side = site.number("num", 1), site.number("side", 7)
    needed = f"{side} x {side} x ({num} x ({coords} coords + 1) + {classes} classes)"
    wanted = side * side * ((1 + coords) * num + classes)
    _require_values(site, prod(site.input.shape), wanted, needed)
    return same(site)


def _require_values(site: Site, found: int, wanted: int, needed: str) -> None:
    """Tells where the layer before a head has another width than the head's options say."""
    if found == wanted:
        return
    before = site.network.sections[site.index - 1] if site.index else site.section
    key = next((key for key in ("filters", "output") if key in before.options), None)
    place = before.options[key].place if key else site.section.place
    what = f"{key}={found}" if key else f"{found} values"
    message = f"{what} before [{site.section.word}], which needs {needed} = {wanted}"
    site.note(message, place)
