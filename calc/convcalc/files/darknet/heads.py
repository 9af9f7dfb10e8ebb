"""Layers of a Darknet network that turn values into boxes, of which the widths are checked."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from convcalc.checks.rules import HEAD_FILTERS, HEAD_STRIDES
from convcalc.files.darknet.layers import same
from convcalc.files.darknet.site import Network, Site
from convcalc.files.graph.tensors import Tensor
from convcalc.files.head_inputs import HeadInputs
from convcalc.files.places import SourceFault

YOLO = ("yolo", "Gaussian_yolo")


def yolo(site: Site) -> Tensor:
    """Boxes from the channels of the layer before."""
    return _boxes(site, 5)


def gaussian_yolo(site: Site) -> Tensor:
    """Boxes with a spread for each coordinate."""
    return _boxes(site, 9)


def _boxes(site: Site, per_box: int) -> Tensor:
    classes, num = site.number("classes", 20, least=0), site.number("num", 1)
    masks = len(site.listed("mask")) if site.values("mask") else num
    needed = f"({classes} classes + {per_box}) x {masks} masks"
    _require_values(site, site.image().shape[0], (classes + per_box) * masks, needed)
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


def yolo_inputs(network: Network) -> HeadInputs | None:
    """What the [yolo] layers of a network read, if it has any; odd strides are noted."""
    found = [
        at
        for at, section in enumerate(network.sections)
        if section.word in YOLO and network.values[at].shape[1:]
    ]
    height = network.image.shape[1]
    strides = [_stride(height, network.values[at].shape[1]) for at in found]
    heads = HeadInputs("[yolo]", [at - 1 for at in found], strides, "layer") if found else None
    if heads and heads.uneven:
        place = network.sections[found[-1]].place
        network.rows.notes.append(SourceFault(heads.uneven, place, HEAD_STRIDES))
    return heads


def _stride(size: int, out: int) -> Fraction:
    """The power of two by which an input is divided and rounded, if it is one."""
    powers = range(size.bit_length())
    halved = [1 << power for power in powers if out in (size >> power, -(-size >> power))]
    return Fraction(halved[0]) if halved else Fraction(size, out)


def _require_values(site: Site, found: int, wanted: int, needed: str) -> None:
    """Notes a layer before a head whose width is not what the head's options need."""
    if found == wanted:
        return
    before = site.network.sections[site.index - 1] if site.index else site.section
    key = next((key for key in ("filters", "output") if key in before.options), None)
    place = before.options[key].place if key else site.section.place
    what = f"{key}={found}" if key else f"{found} values"
    message = f"{what} before [{site.section.word}], which needs {needed} = {wanted}"
    site.note(message, place, HEAD_FILTERS)
