"""The inputs of a Caffe network: their shapes in the file, and those that are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.errors import SpecError, shortened
from convcalc.files.caffe.message import Message
from convcalc.files.places import Place
from convcalc.language.inputs import with_shapes, with_sizes
from convcalc.layers import INPUT, Inputs
from convcalc.values import Shape
from convcalc.wording import counted

COLOURS = 3
PARTS = (
    "transform_param",
    "data_param",
    "image_data_param",
    "window_data_param",
    "hdf5_data_param",
)
OPEN = (COLOURS, 1, 1)
"""What stands for a shape that is in no file while others are set."""


class CaffeInput(NamedTuple):
    """An input of a network."""

    blob: str
    shape: Shape | None
    """Without the batch; None where it is not in the file."""
    place: Place
    is_assumed: bool = False
    """Whether its channels are a guess."""
    batch: int = 1


def written_inputs(root: Message) -> list[CaffeInput]:
    """Inputs that are no layers: `input`, and `input_shape` or four `input_dim` for each.

    Raises:
        GraphError: there are more names than shapes.
    """
    names, dims = root.words("input"), root.numbers("input_dim", 1)
    shapes = [each.numbers("dim", 1) for each in root.parts("input_shape")]
    shapes = shapes or [dims[at : at + 4] for at in range(0, len(dims), 4)]
    if len(shapes) < len(names):
        told = f"{counted(len(names), 'input')}, but {counted(len(shapes), 'shape')}"
        raise root.fail(told, "input")
    places = [each.place for each in root.fields.get("input", ())]
    return [
        CaffeInput(name, tuple(shape[1:]), place, batch=shape[0] if shape else 1)
        for name, shape, place in zip(names, shapes, places, strict=False)
    ]


def data_inputs(layer: Message, kind: str) -> list[CaffeInput]:
    """The inputs that a data layer is; labels have no shape of their own and are left out."""
    tops = layer.words("top")
    if kind in ("Input", "DummyData"):
        part = layer.part("input_param" if kind == "Input" else "dummy_data_param")
        shapes = [each.numbers("dim", 1) for each in part.parts("shape")]
        old = [[part.number(name, 1, 1) for name in ("num", "channels", "height", "width")]]
        shapes = shapes or (old if "channels" in part.fields else [])
        if len(shapes) == 1:
            shapes *= len(tops)
        return [
            CaffeInput(top, tuple(shape[1:]), layer.place, batch=shape[0])
            if shape
            else CaffeInput(top, None, layer.place)
            for top, shape in zip(tops, [*shapes, *[None] * len(tops)], strict=False)
        ]
    shape = _data_shape(layer)
    part = layer.part("memory_data_param")
    is_assumed = shape is not None and "channels" not in part.fields
    return [CaffeInput(top, shape, layer.place, is_assumed) for top in tops[:1]]


def _data_shape(layer: Message) -> Shape | None:
    """The shape of an image in a database, as far as the file tells it."""
    memory, image = layer.part("memory_data_param"), layer.part("image_data_param")
    if "channels" in memory.fields:
        return tuple([memory.number(name, 1, 1) for name in ("channels", "height", "width")])
    channels = COLOURS if image.flag("is_color", otherwise=True) else 1
    if layer.part("transform_param").flag("force_gray"):
        channels = 1
    for name in PARTS:
        if size := layer.part(name).number("crop_size", 0):
            return (channels, size, size)
    height, width = image.number("new_height", 0), image.number("new_width", 0)
    return (channels, height, width) if height and width else None


def sized(inputs: Sequence[CaffeInput], settings: Mapping[str, Any]) -> list[CaffeInput]:
    """The inputs with the sizes that are set, which may be those that the file does not tell.

    Raises:
        SpecError: a setting is not for these inputs.
    """
    names = [INPUT] if len(inputs) == 1 else [each.blob for each in inputs]
    shapes: Inputs = {name: each.shape or OPEN for name, each in zip(names, inputs, strict=True)}
    before = dict(shapes)
    if settings.get("inputs"):
        shapes = with_shapes(shapes, settings["inputs"])
    if settings.get("size") is not None:
        shapes = with_sizes(shapes, settings["size"])
    changed = [
        each if shapes[name] == before[name] else each._replace(shape=shapes[name])
        for name, each in zip(names, inputs, strict=True)
    ]
    for each in changed:
        if each.shape is not None and not each.shape:
            raise SpecError(f"input {shortened(each.blob)} has no axes but the batch")
    return changed
