"""What Caffe's layers are in the network language: a rule for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from math import prod
from typing import TypeAlias

from convcalc.files.caffe.text import Field
from convcalc.files.graph import merging, norms, pointwise, shapes, windows
from convcalc.files.graph.arranging import reshaped, reshaped_sizes
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.products import linear
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.records import NamedTuple

ANY = -(2**31)
"""The least value of a number that may be negative."""


class Layer(NamedTuple):
    """A layer, and the values of its bottoms."""

    rows: Rows
    field: Field
    part: Field
    """The message with the parameters of its type."""
    reads: Sequence[Tensor]
    batch: int
    """The items that the file has at once; values here have one."""
    is_paired: bool
    """Whether it is a BatchNorm whose value only a Scale with a bias reads, or that Scale."""

    @property
    def input(self) -> Tensor:
        """The value of the first bottom."""
        if not self.reads:
            raise self.field.fail("the layer has no bottom")
        return self.reads[0]

    def axis(self, default: int, name: str = "axis", old_name: str = "") -> int:
        """An axis of the first value, which may be counted from the end."""
        name = old_name if old_name in self.part.fields else name
        axis, sizes = self.part.number(name, default, ANY), self.input.sizes
        if not -len(sizes) <= axis < len(sizes):
            raise self.part.fail(f"{name} {axis} is none of {sizes}", name)
        return axis % len(sizes)

    def weight(self, number: int, *sizes: int) -> Weight:
        """The learned array of a number; layers whose arrays have one name share them."""
        named = self.field.fields.get("param", [])[number : number + 1]
        shared = [each.word("name") if each.is_message else each.raw for each in named]
        key = ("shared", shared[0]) if any(shared) else (id(self.field), number)
        name = f"{self.field.word('name')}.{('weight', 'bias')[number]}"
        return Weight(name, sizes, {key: prod(sizes)})

    def learned(self, *sizes: int) -> tuple[int, list[Weight]]:
        """The number of outputs, and the weight and the bias that they need."""
        if "num_output" not in self.part.fields:
            raise self.part.fail("there is no num_output")
        out = self.part.number("num_output", 1, 1)
        has_bias = self.part.flag("bias_term", default=True)
        bias = [self.weight(1, out)] if has_bias else []
        return out, [self.weight(0, out, *sizes), *bias]

    def window(self) -> windows.Window:
        """How a kernel slides over the positions of an image."""
        if self.input.rank != 4:
            raise self.field.fail(f"a kernel slides over an image, not over {self.input.sizes}")
        kernel = self.pair("kernel_size", "kernel", 0)
        if min(kernel) < 1:
            raise self.part.fail("there is no kernel_size")
        pads = [(pad, pad) for pad in self.pair("pad", "pad", 0)]
        stride, dilation = self.pair("stride", "stride", 1), self.pair("dilation", "dilation", 1)
        return windows.Window(kernel, stride, pads, dilation)

    def pair(self, name: str, stem: str, default: int) -> tuple[int, ...]:
        """A number for both dimensions, or one for each, which may have names of their own."""
        names = (name, f"{stem}_h", f"{stem}_w")
        given = [each for each in names if each in self.part.fields]
        if given[1:] and given[0] == name:
            raise self.part.fail(f"{name} and {given[1]} are both given", given[1])
        apart = [self.part.number(f"{stem}_{axis}", default, default) for axis in "hw"]
        written = self.part.numbers(name, default) or apart
        if len(written) > 2:
            raise self.part.fail(f"{len(written):,} numbers for 2 dimensions", name)
        return tuple(written * (3 - len(written)))

    def helper(self, word: str, tensor: Tensor, sizes: Sequence[int]) -> Tensor:
        """A value with other axes for the layer's main row."""
        with self.rows.named(f"{self.field.word('name')}.{word}"):
            return reshaped(self.rows, tensor, sizes)


def _convolution(
    layer: Layer, *, is_depthwise: bool = False, is_transposed: bool = False
) -> Tensor:
    window, channels = layer.window(), layer.input.sizes[1]
    groups = layer.part.number("group", channels if is_depthwise else 1, 1)
    out, weights = layer.learned(channels // groups, *window.kernel)
    slide = windows.conv_transposed if is_transposed else windows.convolved
    return slide(layer.rows, layer.input, window, weights, out_channels=out, groups=groups)


def _pooling(layer: Layer) -> Tensor:
    """The last window may hang over the end, but not begin behind it where there is padding."""
    part, tensor = layer.part, layer.input
    word = part.choice("pool", {"MAX": "max", "AVE": "avg", "STOCHASTIC": "max"})
    if part.flag("global_pooling"):
        return windows.pooled_to(layer.rows, f"adaptive_{word}_pool", tensor, (1, 1))
    is_floor = part.choice("round_mode", {"CEIL": False, "FLOOR": True})
    is_floor |= not part.flag("ceil_mode", default=True)
    window, pads = layer.window(), layer.pair("pad", "pad", 0)
    outputs = []
    for size, kernel, stride, pad in zip(
        tensor.sizes[2:], window.kernel, window.stride, pads, strict=True
    ):
        if pad >= kernel:
            raise part.fail(f"pad: {pad} is not below the kernel of {kernel}", "pad")
        room = size + 2 * pad - kernel
        out = (room if is_floor else room + stride - 1) // stride + 1 if room >= 0 else 0
        outputs.append(out - (any(pads) and (out - 1) * stride >= size + pad))
    return windows.pooled_to_fit(layer.rows, f"{word}_pool", tensor, window, outputs, pads)


def _inner_product(layer: Layer) -> Tensor:
    axis = layer.axis(1)
    before, features = layer.input.sizes[:axis], prod(layer.input.sizes[axis:])
    out, weights = layer.learned(features)
    flat = layer.helper("flatten", layer.input, (*before, features))
    return linear(layer.rows, flat, out, weights)


def _batch_norm(layer: Layer) -> Tensor:
    """A norm that learns nothing; of a pair, the Scale stands for both."""
    if layer.is_paired:
        return pointwise.activated(layer.rows, "identity", layer.input)
    return norms.normalized(layer.rows, "batch_norm", layer.input, [], affine=False)


def _affine_norm(layer: Layer) -> Tensor:
    learned = [layer.weight(number, *layer.input.sizes[1:2]) for number in (0, 1)]
    return norms.normalized(layer.rows, "batch_norm", layer.input, learned)


def _scale(layer: Layer) -> Tensor:
    """A product with learned factors for channels, and a learned sum; or with another value."""
    if layer.is_paired:
        return _affine_norm(layer)
    axis, has_bias, rank = layer.axis(1), layer.part.flag("bias_term"), layer.input.rank
    if len(layer.reads) == 2 and not has_bias:
        sizes = (1,) * axis + layer.reads[1].sizes
        other = layer.helper("reshape", layer.reads[1], sizes + (1,) * (rank - len(sizes)))
        return merging.merged(layer.rows, "multiply", [layer.input, other])
    if len(layer.reads) == 2 or axis != 1 or layer.part.number("num_axes", 1, ANY) != 1:
        raise layer.part.fail("a Scale that learns is supported with a number for each channel")
    channels = layer.input.sizes[1]
    factors = [layer.weight(0, channels)]
    after = norms.by_channel(layer.rows, "layer_scale", layer.input, {}, factors)
    bias = layer.weight(1, *[channels if at == 1 else 1 for at in range(rank)])
    return merging.merged(layer.rows, "add", [after, bias]) if has_bias else after


def _axpy(layer: Layer) -> Tensor:
    """A value times a factor for each channel, plus another value."""
    if len(layer.reads) != 3:
        raise layer.field.fail(f"Axpy needs 3 bottoms, not {len(layer.reads)}")
    factor, value, other = layer.reads
    factor = layer.helper("reshape", factor, (*factor.sizes, *[1] * (value.rank - factor.rank)))
    with layer.rows.named(f"{layer.field.word('name')}.multiply"):
        scaled = merging.merged(layer.rows, "multiply", [value, factor])
    return merging.merged(layer.rows, "add", [scaled, other])


def _counted(layer: Layer, *, default: bool) -> int:
    """Learned numbers: one for all channels, or one for each."""
    return 1 if layer.part.flag("channel_shared", default=default) else layer.input.sizes[1]


def _prelu(layer: Layer) -> Tensor:
    count = _counted(layer, default=False)
    given = {"num_parameters": count}
    return norms.by_channel(layer.rows, "prelu", layer.input, given, [layer.weight(0, count)])


def _normalize(layer: Layer) -> Tensor:
    weight = layer.weight(0, _counted(layer, default=True))
    return norms.learned_function(layer.rows, "Normalize", layer.input, [weight])


def _lrn(layer: Layer) -> Tensor:
    if layer.part.choice("norm_region", {"ACROSS_CHANNELS": False, "WITHIN_CHANNEL": True}):
        return pointwise.computed(layer.rows, "LRN", layer.input)
    size = {"size": layer.part.number("local_size", 5, 1)}
    return norms.by_channel(layer.rows, "local_response_norm", layer.input, size)


def _activation(word: str, **settings: tuple[str, float]) -> Rule:
    def rule(layer: Layer) -> Tensor:
        given = {key: layer.part.real(*each) for key, each in settings.items()}
        return pointwise.activated(layer.rows, word, layer.input, given)

    return rule


def _relu(layer: Layer) -> Tensor:
    slope = layer.part.real("negative_slope", 0)
    given = {"negative_slope": slope} if slope else {}
    return pointwise.activated(layer.rows, "leaky_relu" if slope else "relu", layer.input, given)


def _softmax(layer: Layer) -> Tensor:
    return pointwise.softmax(layer.rows, layer.input, layer.axis(1))


def _function(layer: Layer) -> Tensor:
    """A function of single values that the language has no word for."""
    return pointwise.computed(layer.rows, layer.field.word("type"), layer.input)


def _eltwise(layer: Layer) -> Tensor:
    word = layer.part.choice("operation", {"SUM": "add", "PROD": "multiply", "MAX": "maximum"})
    if any(tensor.sizes != layer.input.sizes for tensor in layer.reads):
        sizes = " and ".join(str(tensor.sizes[1:]) for tensor in layer.reads[:3])
        raise layer.field.fail(f"{sizes} do not fit together")
    signs = [each.startswith("-") for each in layer.part.values("coeff")]
    if word == "add" and signs[:1] == [False] and len(signs) > 1 and all(signs[1:]):
        word = "subtract"
    if len(layer.reads) == 1:
        word = "identity"
        return pointwise.activated(layer.rows, word, layer.input)
    return merging.merged(layer.rows, word, layer.reads)


def _concat(layer: Layer) -> Tensor:
    axis = layer.axis(1, old_name="concat_dim")
    if len(layer.reads) == 1:
        return pointwise.activated(layer.rows, "identity", layer.input)
    return merging.joined(layer.rows, layer.reads, axis)


def _slice(layer: Layer) -> list[Tensor]:
    """Parts of an axis: up to each point, or all alike."""
    axis, tops = layer.axis(1, old_name="slice_dim"), len(layer.field.values("top"))
    size, points = layer.input.sizes[axis], layer.part.numbers("slice_point", 1)
    if not points and tops and size % tops == 0:
        points = [*range(size // tops, size, size // tops)]
    lengths = [high - low for low, high in pairwise([0, *points, size])]
    if len(lengths) != tops or min(lengths) < 1:
        raise layer.field.fail(f"{size} positions of axis {axis} cannot be cut into {tops} tops")
    return shapes.split(layer.rows, layer.input, axis, lengths)


def _reshape(layer: Layer) -> Tensor:
    """Other axes: 0 keeps a size, -1 takes what is left."""
    sizes, wanted = layer.input.sizes, layer.part.part("shape").numbers("dim", -1)
    first = layer.part.number("axis", 0, ANY) % (len(sizes) + 1)
    count = layer.part.number("num_axes", -1, -1)
    end = len(sizes) if count < 0 else first + count
    if first == 0 and wanted[:1] == [layer.batch]:
        wanted[0] = 1
    try:
        middle = reshaped_sizes(sizes[first:end], wanted)
    except ValueError as error:
        raise layer.part.fail(str(error)) from None
    return reshaped(layer.rows, layer.input, [*sizes[:first], *middle, *sizes[end:]])


def _flatten(layer: Layer) -> Tensor:
    sizes, first, last = layer.input.sizes, layer.axis(1), layer.axis(-1, "end_axis")
    flat = prod(sizes[first : last + 1])
    return reshaped(layer.rows, layer.input, [*sizes[:first], flat, *sizes[last + 1 :]])


def _permute(layer: Layer) -> Tensor:
    order = layer.part.numbers("order")
    order += [axis for axis in range(layer.input.rank) if axis not in order]
    if sorted(order) != [*range(layer.input.rank)]:
        raise layer.part.fail(f"no order of the axes of {layer.input.sizes}", "order")
    return layer.input.transposed(order)


def _crop(layer: Layer) -> Tensor:
    """Cut to the sizes of another value."""
    after, axis, offsets = layer.input, layer.axis(2), layer.part.numbers("offset") or [0]
    if len(layer.reads) != 2 or layer.reads[1].rank != after.rank:
        raise layer.field.fail("Crop needs two bottoms with as many axes")
    for at in range(axis, after.rank):
        start = offsets[min(at - axis, len(offsets) - 1)]
        after = shapes.sliced(layer.rows, after, at, start, start + layer.reads[1].sizes[at])
    return after


def _upsample(layer: Layer) -> Tensor:
    """Positions repeated: by a scale, or to a size."""
    part, sizes = layer.part, []
    for size, axis in zip(layer.input.sizes[2:], "hw", strict=True):
        scaled = size * part.number(f"scale_{axis}", part.number("scale", 2, 1), 1)
        sizes.append(part.number(f"upsample_{axis}", scaled, 1) - part.flag(f"pad_out_{axis}"))
    return _resized(layer, sizes, "nearest")


def _interp(layer: Layer) -> Tensor:
    """Positions blended: by factors, to a size, or to the size of another value."""
    part, sizes = layer.part, []
    padding = part.number("pad_beg", 0, ANY) + part.number("pad_end", 0, ANY)
    for at, name in ((2, "height"), (3, "width")):
        size = (layer.input.sizes[at] + padding - 1) // part.number("shrink_factor", 1, 1)
        size = size * part.number("zoom_factor", 1, 1) + 1
        size = layer.reads[1].sizes[at] if len(layer.reads) > 1 else size
        sizes.append(part.number(name, size, 1))
    return _resized(layer, sizes, "bilinear")


def _resized(layer: Layer, sizes: Sequence[int], mode: str) -> Tensor:
    if layer.input.sizes[2:] == tuple(sizes):
        return pointwise.activated(layer.rows, "identity", layer.input)
    return shapes.resized(layer.rows, layer.input, (*layer.input.sizes[:2], *sizes), mode)


def _shuffle(layer: Layer) -> Tensor:
    groups = {"groups": layer.part.number("group", 1, 2)}
    return norms.by_channel(layer.rows, "channel_shuffle", layer.input, groups)


def _argmax(layer: Layer) -> Tensor:
    sizes = [*layer.input.sizes]
    sizes[layer.axis(1)] = layer.part.number("top_k", 1, 1)
    return moved(layer.rows, "ArgMax", [layer.input], sizes)


Rule: TypeAlias = "Callable[[Layer], Tensor | list[Tensor]]"

TYPES: Mapping[str, tuple[str, Rule]] = {
    "ArgMax": ("argmax_param", _argmax),
    "Axpy": ("", _axpy),
    "BN": ("", _affine_norm),
    "BatchNorm": ("", _batch_norm),
    "Concat": ("concat_param", _concat),
    "Convolution": ("convolution_param", _convolution),
    "ConvolutionDepthwise": ("convolution_param", partial(_convolution, is_depthwise=True)),
    "Crop": ("crop_param", _crop),
    "Deconvolution": ("convolution_param", partial(_convolution, is_transposed=True)),
    "DepthwiseConvolution": ("convolution_param", partial(_convolution, is_depthwise=True)),
    "Dropout": ("dropout_param", _activation("dropout", p=("dropout_ratio", 0.5))),
    "ELU": ("elu_param", _activation("elu", alpha=("alpha", 1))),
    "Eltwise": ("eltwise_param", _eltwise),
    "Flatten": ("flatten_param", _flatten),
    "InnerProduct": ("inner_product_param", _inner_product),
    "Interp": ("interp_param", _interp),
    "LRN": ("lrn_param", _lrn),
    "Normalize": ("norm_param", _normalize),
    "PReLU": ("prelu_param", _prelu),
    "Permute": ("permute_param", _permute),
    "Pooling": ("pooling_param", _pooling),
    "ReLU": ("relu_param", _relu),
    "ReLU6": ("", _activation("relu6")),
    "Reshape": ("reshape_param", _reshape),
    "Scale": ("scale_param", _scale),
    "ShuffleChannel": ("shuffle_channel_param", _shuffle),
    "Sigmoid": ("", _activation("sigmoid")),
    "Slice": ("slice_param", _slice),
    "Softmax": ("softmax_param", _softmax),
    "Split": ("", lambda layer: [layer.input] * len(layer.field.values("top"))),
    "Swish": ("", _activation("silu")),
    "TanH": ("", _activation("tanh")),
    "Upsample": ("upsample_param", _upsample),
    **dict.fromkeys(("AbsVal", "BNLL", "Exp", "Log", "MVN", "Power"), ("", _function)),
}
"""The message with the parameters of each type, and what makes its rows: a value, or one for each
top."""
SEVERAL = ("Axpy", "Concat", "Crop", "Eltwise", "Interp", "Reshape", "Scale", "Upsample")
"""Types that read more than one bottom."""
