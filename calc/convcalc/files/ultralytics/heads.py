"""Heads: the blocks at the end of a detector, which read several rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from convcalc.records import NamedTuple

Layer = dict[str, Any]
Layers = list[Any]

FIRST = "$c0"
"""The channels of the first level."""
REAL_NVP = 53_784
"""The params of twelve MLPs of 2, 64, 64 and 2 features, which training alone runs."""


class Settings(NamedTuple):
    """What a head is made with."""

    levels: int
    classes: int
    reg_max: int = 16
    end2end: bool = False
    legacy: bool = False
    """Whether it is one of the models before YOLOv10, with plain convolutions for the classes."""


class Head(NamedTuple):
    """The block of a head, and the layers in it that are outputs besides the last one."""

    layers: Layers
    outputs: list[str]
    auxiliary: int = 0
    """How many of the rows that it reads, the last ones, are for heads that training needs."""


class Branch(NamedTuple):
    """The convolutions of a head at each level, and what they make."""

    name: str
    result: str
    layers: Callable[[str, int], Layers]
    """The layers of a level, by the name and the number of the level."""


def source(level: int) -> str:
    """What a level of a head is called in its block.

    >>> source(0), source(2)
    ('input', '$p2')
    """
    return f"$p{level}" if level else "input"


def conv(name: str, channels: Any, kernel: int = 1, **others: Any) -> Layer:
    """A convolution with its norm and activation."""
    given = {"c2": channels, "k": kernel, "p": kernel // 2, **others}
    return {"block": "Conv", "with": given, "name": name}


def detect(settings: Settings, *more: Branch) -> Head:
    """Boxes and classes, and what else a head predicts at each position."""
    box, score = _box(settings), _classes(settings)
    branches = [box, score, *more]
    layers = list(_branches(branches, settings.levels))
    outputs: list[str] = []
    prefix = ""
    if settings.end2end:
        outputs = [branch.result for branch in branches]
        prefix = "one2one_"
        layers += _branches([_renamed(branch, prefix) for branch in branches], settings.levels)
    layers += _decoded(settings.reg_max, prefix)
    joined: Layers = [[], [{"sigmoid": None, "from": f"{prefix}scores"}]]
    joined += [f"{prefix}{branch.result}" for branch in more if branch.result]
    layers.append({"concat": joined, "name": "y"})
    return Head(layers, outputs)


def branch(name: str, result: str, width: str, last: int) -> Branch:
    """Two convolutions and a last one, as for boxes, masks and angles."""

    def layers(at: str, level: int) -> Layers:
        first = {**conv(f"{at}.0", width, 3), "from": source(level)}
        return [first, conv(f"{at}.1", width, 3), _last(f"{at}.2", last)]

    return Branch(name, result, layers)


def extra_branch(result: str, count: int) -> Branch:
    """The branch for masks, key points or angles."""
    return branch("cv4", result, f"max({FIRST} // 4, {count})", count)


def pose26_branches(points: int, dims: int) -> list[Branch]:
    """Key points with their spread, which only training looks at."""
    width = f"max({FIRST} // 4, {points * (dims + 2)})"

    def features(at: str, level: int) -> Layers:
        return [
            {**conv(f"{at}.0", width, 3), "from": source(level)},
            conv(f"{at}.1", width, 3),
            {**_last(at.replace("cv4", "cv4_sigma"), 2 * points), "training": True},
            _last(at.replace("cv4", "cv4_kpts"), points * dims),
        ]

    return [Branch("cv4", "kpts", features)]


def _box(settings: Settings) -> Branch:
    width = f"max(16, {FIRST} // 4, {4 * settings.reg_max})"
    return branch("cv2", "boxes", width, 4 * settings.reg_max)


def _classes(settings: Settings) -> Branch:
    width = f"max({FIRST}, {min(settings.classes, 100)})"
    if settings.legacy:
        return branch("cv3", "scores", width, settings.classes)

    def layers(at: str, level: int) -> Layers:
        depthwise = {"c2": "$in_channels", "k": 3}
        return [
            {"block": "DWConv", "with": depthwise, "name": f"{at}.0.0", "from": source(level)},
            conv(f"{at}.0.1", width),
            {"block": "DWConv", "with": depthwise, "name": f"{at}.1.0"},
            conv(f"{at}.1.1", width),
            _last(f"{at}.2", settings.classes),
        ]

    return Branch("cv3", "scores", layers)


def _last(name: str, channels: int) -> Layer:
    return {"conv": channels, "kernel_size": 1, "name": name}


def _renamed(old: Branch, prefix: str) -> Branch:
    return old._replace(name=f"{prefix}{old.name}", result=f"{prefix}{old.result}")


def _branches(branches: list[Branch], levels: int) -> Iterator[Layer]:
    for each in branches:
        names = [f"{each.result}.{level}" for level in range(levels)]
        for level, name in enumerate(names):
            yield from each.layers(f"{each.name}.{level}", level)
            yield {"flatten": "positions", "name": name}
        if levels > 1:
            yield {"concat": names, "axis": 1, "name": each.result}
        else:
            yield {"identity": None, "name": each.result}


def _decoded(reg_max: int, prefix: str) -> Layers:
    """Boxes from the distributions of their sides."""
    boxes = f"{prefix}boxes"
    if reg_max < 2:
        return [{"identity": None, "from": boxes}]
    return [
        {"reshape": [4, reg_max, -1], "from": boxes},
        {"permute": [1, 0, 2]},
        {"softmax": None, "as": "method"},
        {"conv": 1, "kernel_size": 1, "bias": False, "name": "dfl.conv"},
        {"reshape": [4, -1]},
    ]


def proto(masks: int, width: int) -> Layers:
    """Prototypes of masks, from the first level."""
    call = {"block": "Proto", "with": {"c_": width, "c2": masks}}
    return [{**call, "from": "input", "name": "proto"}]


def proto26(masks: int, width: int, settings: Settings) -> Layers:
    """Prototypes of masks, from all levels; classes of positions are for training."""
    layers: Layers = []
    for level in range(1, settings.levels):
        at = f"proto.feat_refine.{level - 1}"
        before = f"proto.sum.{level - 2}" if level > 1 else "input"
        layers += [
            {**conv(at, FIRST), "from": source(level)},
            {"upsample": 2**level},
            {"add": [before, []], "name": f"proto.sum.{level - 1}"},
        ]
    summed = f"proto.sum.{settings.levels - 2}" if settings.levels > 1 else "input"
    training: Layers = [
        {**conv("proto.semseg.0", width, 3), "from": summed, "training": True},
        {**conv("proto.semseg.1", width, 3), "from": "proto.semseg.0", "training": True},
        {**_last("proto.semseg.2", settings.classes), "from": "proto.semseg.1", "training": True},
    ]
    made = {"block": "Proto", "with": {"c_": width, "c2": masks}, "name": "proto"}
    return [*layers, *training, {**conv("proto.feat_fuse", width, 3), "from": summed}, made]


def semantic(settings: Settings) -> Head:
    """Classes of positions; a second head is for training."""
    layers: Layers = [
        conv("classifier.0", FIRST, 3),
        _last("classifier.1", settings.classes),
    ]
    if settings.levels > 1:
        first = {**conv("aux_head.0", FIRST, 3), "from": source(1), "training": True}
        last = {**_last("aux_head.1", settings.classes), "from": "aux_head.0", "training": True}
        layers = [first, last, {**layers[0], "from": "input"}, layers[1]]
    return Head(layers, [])


def depth(levels: int, width: int) -> Head:
    """Distances of positions."""
    layers: Layers = [
        {**conv(f"proj.{level}", width), "from": source(level)} for level in range(levels)
    ]
    for level in range(levels - 2, -1, -1):
        layers += [
            {"upsample": 2, "mode": "bilinear"},
            {"add": [[], f"proj.{level}"]},
            conv(f"refine.{level}.0", width, 3),
            conv(f"refine.{level}.1", width, 3),
        ]
    layers += [
        conv("head.0", width // 2, 3),
        {"conv_transpose": width // 2, "kernel_size": 2, "stride": 2, "name": "head.1"},
        conv("head.2", width // 4, 3),
        _last("head.3", 1),
    ]
    return Head(layers, [])


def yolov5(settings: Settings, anchors: int, masks: int = 0, width: int = 0) -> Head:
    """One convolution a level, for each anchor a box, an objectness, and the classes."""
    channels = anchors * (5 + settings.classes + masks)
    levels = range(settings.levels)
    layers: Layers = [{**_last(f"m.{level}", channels), "from": source(level)} for level in levels]
    layers += proto(masks, width) if masks else []
    return Head(layers, [f"m.{level}" for level in levels[: None if masks else -1]])


def yolov7(settings: Settings, anchors: int, levels: int) -> Head:
    """As YOLOv5's, with learned values before and behind; further rows get heads for training.

    Those run too: only an export leaves them out.
    """
    channels = anchors * (5 + settings.classes)
    layers: Layers = []
    for level in range(levels):
        layers += [
            {"block": "ImplicitA", "from": source(level), "name": f"ia.{level}"},
            _last(f"m.{level}", channels),
            {"block": "ImplicitM", "name": f"im.{level}"},
        ]
    auxiliary = range(settings.levels - levels)
    layers += [{**_last(f"m2.{at}", channels), "from": source(levels + at)} for at in auxiliary]
    outputs = [f"im.{level}" for level in range(levels)] + [f"m2.{at}" for at in auxiliary]
    return Head(layers, outputs[:-1], len(auxiliary))


def as_block(head: Head, levels: int) -> Mapping[str, Any]:
    """The block of a head, with an argument for each level behind the first."""
    arguments: dict[str, Any] = {"c0": "$in_channels"}
    arguments |= dict.fromkeys([f"p{level}" for level in range(1, levels)])
    return {"args": arguments, "layers": head.layers}
