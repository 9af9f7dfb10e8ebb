"""Rows of heads: which head each is, and what it is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convcalc.files.ultralytics import heads
from convcalc.files.ultralytics.decoder import Decoder, decoder
from convcalc.files.ultralytics.heads import Head, Settings
from convcalc.files.ultralytics.rows import Row, RowError
from convcalc.files.ultralytics.scaling import Scale
from convcalc.language.problems import value_written
from convcalc.records import NamedTuple

ARGUMENTS = 3
MOST = 100_000
MOST_LAYERS = 100


class Model(NamedTuple):
    """What a head takes from the model."""

    scale: Scale
    reg_max: int
    end2end: bool
    legacy: bool
    is_classic: bool


Maker = Callable[[Row, Model], Head]


def head_maker(name: str, *, classic: bool) -> Maker | None:
    """What makes the head that a row names, if it is one.

    >>> head_maker("Detect", classic=False) is None, head_maker("OBB", classic=True) is None
    (False, True)
    """
    return (CLASSIC if classic else MAKERS).get(name)


def head_names(*, classic: bool) -> list[str]:
    """The names of the heads.

    >>> head_names(classic=True)
    ['Detect', 'IAuxDetect', 'IDetect', 'Segment']
    """
    return [*(CLASSIC if classic else MAKERS)]


def is_head(name: str) -> bool:
    """Whether rows of a module read levels of different sizes.

    >>> is_head("Segment"), is_head("Concat")
    (True, False)
    """
    return name in MAKERS or name in CLASSIC


def _number(row: Row, at: int, name: str, default: int | None = None) -> int:
    value = row.arguments[at] if len(row.arguments) > at else default
    if value is None and name == "nc":
        raise RowError("the number of classes, nc, is not in the file: set nc", ARGUMENTS)
    if value is None and len(row.arguments) <= at:  # the package gives what follows by position
        raise RowError(f"{row.module} needs {name}", ARGUMENTS)
    if type(value) is not int or not 1 <= value <= MOST:
        message = (
            f"{name}={value_written(value)} of {row.module} is not a whole number of 1 or more"
        )
        raise RowError(message, ARGUMENTS, *([at] if len(row.arguments) > at else []))
    return value


def _settings(row: Row, model: Model, most: int) -> Settings:
    if len(row.arguments) > most:
        message = f"{row.module} takes no more than {most} arguments here"
        raise RowError(f"{message}; the row has {len(row.arguments)}", ARGUMENTS)
    classes = _number(row, 0, "nc")
    return Settings(len(row.sources), classes, model.reg_max, model.end2end, model.legacy)


def _detect(row: Row, model: Model) -> Head:
    return heads.detect(_settings(row, model, 1))


def _v10(row: Row, model: Model) -> Head:
    settings = _settings(row, model, 1)
    return heads.detect(settings._replace(reg_max=16, end2end=True, legacy=False))


def _obb(row: Row, model: Model) -> Head:
    angles = _number(row, 1, "ne")
    return heads.detect(_settings(row, model, 2), heads.extra_branch("angle", angles))


def _masks(row: Row, model: Model) -> tuple[Settings, int, int]:
    masks = _number(row, 1, "nm")
    width = model.scale.channels(_number(row, 2, "npr"))
    return _settings(row, model, 3), masks, width


def _segment(row: Row, model: Model) -> Head:
    settings, masks, width = _masks(row, model)
    head = heads.detect(settings, heads.extra_branch("masks", masks))
    return _with_first(head, heads.proto(masks, width), "proto")


def _segment26(row: Row, model: Model) -> Head:
    settings, masks, width = _masks(row, model)
    head = heads.detect(settings, heads.extra_branch("masks", masks))
    return _with_first(head, heads.proto26(masks, width, settings), "proto")


def _with_first(head: Head, layers: list[Any], output: str) -> Head:
    """A head with layers before its own, of which one is an output."""
    return Head([*layers, *head.layers], [output, *head.outputs])


def _points(row: Row) -> tuple[int, int]:
    shape: Any = row.arguments[1] if len(row.arguments) > 1 else None
    good = isinstance(shape, list) and len(shape) == 2
    if not good or not all(type(each) is int and 1 <= each <= MOST for each in shape):
        message = f"kpt_shape={value_written(shape)} of {row.module} is not [points, 2 or 3]"
        raise RowError(message, ARGUMENTS, *([1] if len(row.arguments) > 1 else []))
    return shape[0], shape[1]


def _pose(row: Row, model: Model) -> Head:
    points, dims = _points(row)
    return heads.detect(_settings(row, model, 2), heads.extra_branch("kpts", points * dims))


def _pose26(row: Row, model: Model) -> Head:
    points, dims = _points(row)
    head = heads.detect(_settings(row, model, 2), *heads.pose26_branches(points, dims))
    flow = {"opaque": "RealNVP", "shape": "same", "params": heads.REAL_NVP, "macs": "none"}
    return Head([{**flow, "training": True, "name": "flow_model"}, *head.layers], head.outputs)


def _semantic(row: Row, model: Model) -> Head:
    return heads.semantic(_settings(row, model, 1))


def _depth(row: Row, _: Model) -> Head:
    return heads.depth(len(row.sources), _number(row, 0, "c_mid", 256))


def _rtdetr(row: Row, _: Model) -> Head:
    names = ("nc", *Decoder._fields[2:])
    if len(row.arguments) > len(names) + 1:  # then dropout, and settings of training
        message = f"{row.module} takes no more arguments here than nc, hd, nq, ndp, nh, ndl, d_ffn"
        raise RowError(message, ARGUMENTS)
    defaults = Decoder(0, 0)
    given = [
        _number(row, at, name, getattr(defaults, name) if at else None)
        for at, name in enumerate(names)
    ]
    made = Decoder(len(row.sources), *given)
    if made.layers > MOST_LAYERS:
        raise RowError(f"ndl={made.layers} is above {MOST_LAYERS}", ARGUMENTS, 5)
    return decoder(made)


def _yolov5(row: Row, model: Model) -> Head:
    return heads.yolov5(_settings(row, model, 2), anchors_of(row))


def _yolov5_masks(row: Row, model: Model) -> Head:
    masks = _number(row, 2, "nm")
    width = model.scale.channels(_number(row, 3, "npr"))
    return heads.yolov5(_settings(row, model, 4), anchors_of(row), masks, width)


def _yolov7(row: Row, model: Model) -> Head:
    return heads.yolov7(_settings(row, model, 2), anchors_of(row), len(row.sources))


def _with_auxiliaries(row: Row, model: Model) -> Head:
    if len(row.sources) % 2:
        message = f"{row.module} reads two rows for each level, not {len(row.sources)}"
        raise RowError(message, 0)
    levels = len(row.sources) // 2
    return heads.yolov7(_settings(row, model, 2), anchors_of(row, levels), levels)


def anchors_of(row: Row, levels: int | None = None) -> int:
    """The anchors at each level of a head of YOLOv5 or YOLOv7, which reads a row a level.

    Raises:
        RowError: the row has none.
    """
    if len(row.arguments) < 2:
        message = f"{row.module} has no anchors: write [nc, anchors] as its arguments"
        raise RowError(f"{message}; a file with anchors is read as one of YOLOv5", ARGUMENTS)
    anchors = row.arguments[1]
    count = anchor_count(anchors)
    if count is None:
        message = f"anchors={value_written(anchors)} of {row.module} are not a list for each level"
        raise RowError(message, ARGUMENTS)
    levels = len(row.sources) if levels is None else levels
    if isinstance(anchors, list) and len(anchors) != levels:
        message = f"anchors for {len(anchors)} levels, but {row.module} reads {levels}"
        raise RowError(message, ARGUMENTS)
    return count


def anchor_count(anchors: Any) -> int | None:
    """How many anchors there are at each level; None if it is not known.

    >>> anchor_count([[10, 13, 16, 30], [30, 61, 62, 45]]), anchor_count(3)
    (2, 3)
    """
    if isinstance(anchors, list):
        lists = bool(anchors) and all(isinstance(each, list) and each for each in anchors)
        return max(len(anchors[0]) // 2, 1) if lists else None
    return anchors if type(anchors) is int and 1 <= anchors <= MOST else None


MAKERS: Mapping[str, Maker] = {
    "Depth": _depth,
    "Detect": _detect,
    "OBB": _obb,
    "OBB26": _obb,
    "Pose": _pose,
    "Pose26": _pose26,
    "RTDETRDecoder": _rtdetr,
    "Segment": _segment,
    "Segment26": _segment26,
    "SemanticSegment": _semantic,
    "v10Detect": _v10,
}
CLASSIC: Mapping[str, Maker] = {
    "Detect": _yolov5,
    "IAuxDetect": _with_auxiliaries,
    "IDetect": _yolov7,
    "Segment": _yolov5_masks,
}

_REASONS = {
    "text": "it needs the embeddings of a text model",
    "torchvision": "it builds a model of torchvision",
}
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "C2fAttn",
            "ImagePoolingAttn",
            "LRPCHead",
            "WorldDetect",
            "YOLOEDetect",
            "YOLOESegment",
            "YOLOESegment26",
        ),
        _REASONS["text"],
    ),
    **dict.fromkeys(("Index", "TorchVision"), _REASONS["torchvision"]),
}
"""Modules of Ultralytics that cannot be read, with the reasons."""
