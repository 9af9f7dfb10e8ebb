"""Receptive fields of whole networks, by changing one input position and seeing what moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.facts.audit import LayerFacts

Layers = list[Any]

SIZES = {1: [144], 2: [36, 42]}
"""Input sizes in which networks of few layers have outputs that see no border."""

LARGEST = {1: 600, 2: 100}
"""Sizes that do not take long."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than these small networks."""
    torch = pytest.importorskip("torch")
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


class Run:
    """The layers run by PyTorch, every weight 1, so that nothing cancels."""

    def __init__(self, dims: int) -> None:
        self.torch = pytest.importorskip("torch")
        self.functional = self.torch.nn.functional
        self.dims = dims
        self.outputs: list[Any] = []

    def layers(self, layers: Layers, value: Any, names: dict[str, Any] | None = None) -> Any:
        names = {"input": value} if names is None else names
        for layer in layers:
            value = self.layer(layer, value, names)
        return value

    def layer(self, layer: Any, value: Any, names: dict[str, Any]) -> Any:
        word, main, more = self.taken_apart(layer)
        value = names[more.pop("from")] if "from" in more else value
        name = more.pop("name", None)
        if word in ("add", "concat"):
            value = self.merged(word, main, value, names)
        else:
            value = self.plain(word, main, more, value)
        self.outputs.append(value)
        names[name] = value
        return value

    def taken_apart(self, layer: Any) -> tuple[str, Any, dict[str, Any]]:
        if isinstance(layer, str):
            return layer, None, {}
        (word, main), *more = layer.items()
        return word, main, dict(more)

    def merged(self, word: str, operands: list[Any], value: Any, names: dict[str, Any]) -> Any:
        values = [
            names[operand] if isinstance(operand, str) else self.layers(operand, value, names)
            for operand in operands
        ]
        return sum(values) if word == "add" else self.torch.cat(values, 1)

    def plain(self, word: str, main: Any, more: dict[str, Any], value: Any) -> Any:
        match word:
            case "conv":
                return self.convolved("conv", (main, value.shape[1]), more, value)
            case "conv_transpose":
                return self.convolved("conv_transpose", (value.shape[1], main), more, value)
            case "max_pool" | "avg_pool":
                return getattr(self.functional, f"{word}{self.dims}d")(value, main, **more)
            case "upsample":
                return self.functional.interpolate(
                    value, scale_factor=main, mode=more.get("mode", "nearest")
                )
            case "pad":
                return self.functional.pad(value, [width for pair in main[::-1] for width in pair])
            case "pixel_shuffle" | "pixel_unshuffle":
                return getattr(self.functional, word)(value, main)
            case "relu":
                return value.relu()
            case _:
                assert word == "batch_norm"  # in use it is one factor a channel
                return value

    def convolved(
        self, word: str, channels: tuple[int, int], more: dict[str, Any], value: Any
    ) -> Any:
        more = {**more}
        kernel = more.pop("kernel_size")
        kernel = kernel if isinstance(kernel, list) else [kernel] * self.dims
        weight = self.torch.ones(*channels, *kernel, dtype=value.dtype)
        return getattr(self.functional, f"{word}{self.dims}d")(value, weight, **more)


def measured(layers: Layers, sizes: list[int]) -> list[list[int]]:
    """For every row the widest view in each dimension, in input positions from first to last.

    An input of zeros gives zeros; one whole line of ones across the other dimensions after the
    other is tried, and an output position sees the lines that move it.
    """
    extents: list[list[int]] = []
    for axis, size in enumerate(sizes):
        run = Run(len(sizes))
        lines = run.torch.eye(size, dtype=run.torch.float64)
        view = [size, 1, *[size if at == axis else 1 for at in range(len(sizes))]]
        run.layers(layers, lines.reshape(view).expand(size, 1, *sizes).contiguous())
        found = [extent(run.torch, output.sum(1).flatten(1) > 0) for output in run.outputs]
        extents = [*zip(*[*zip(*extents, strict=True), found], strict=True)]  # type: ignore[list-item]
    return [list(row) for row in extents]


def extent(torch: Any, moved: Any) -> int:
    """The widest from the first line to the last that moves one position; 0 if none does."""
    if not moved.any():
        return 0
    seeing = moved[:, moved.any(0)].to(torch.uint8)
    first, from_the_end = seeing.argmax(0), seeing.flip(0).argmax(0)
    return int((len(seeing) - from_the_end - first).max())


def rows_of(layers: Layers, sizes: list[int], channels: int = 1) -> tuple[LayerFacts, ...]:
    content = {"input": [channels, *sizes], "layers": layers}
    return convcalc.network({**content, "defaults": {"conv": {"bias": False}}}).audit().layers


def fields(layers: Layers, sizes: list[int], channels: int = 1) -> list[list[int] | None]:
    found = [row.receptive_field for row in rows_of(layers, sizes, channels)]
    return [None if field is None else list(field) for field in found]


def same_for_each(number: int, dims: int) -> list[int]:
    return [number] * dims


@st.composite
def windows(draw: st.DrawFn, dims: int) -> dict[str, Any]:
    """A convolution or a pool; different in each dimension."""

    def each(*choices: int) -> list[int]:
        return [draw(st.sampled_from(choices)) for _ in range(dims)]

    kernel, stride, dilation = each(1, 2, 3, 4), each(1, 1, 2, 3), each(1, 1, 2)
    word = draw(st.sampled_from(["conv", "conv", "max_pool", "avg_pool"]))
    padding = [draw(st.integers(0, size // 2)) for size in kernel]
    more: dict[str, Any] = {"stride": stride, "padding": padding}
    if word != "avg_pool":
        more["dilation"] = dilation
    if word == "conv":
        return {"conv": draw(st.integers(1, 2)), "kernel_size": kernel, **more}
    return {word: kernel, **more, "ceil_mode": draw(st.booleans())}


@st.composite
def merges(draw: st.DrawFn, dims: int) -> dict[str, Any]:
    """Branches that move in step and leave the same size."""
    stride = draw(st.sampled_from([1, 1, 2]))
    branches: list[Layers] = []
    for _ in range(draw(st.integers(2, 3))):
        kernel, dilation = draw(st.sampled_from([1, 3, 5])), draw(st.sampled_from([1, 2]))
        padding = dilation * (kernel - 1) // 2
        more = {"stride": stride, "padding": same_for_each(padding, dims), "dilation": dilation}
        branches.append([{"conv": 2, "kernel_size": kernel, **more}, "relu"])
    if stride == 1 and draw(st.booleans()):
        branches.append([{"conv": 2, "kernel_size": 1}])
    return {draw(st.sampled_from(["add", "concat"])): branches}


@st.composite
def enlargements(draw: st.DrawFn, dims: int) -> Layers:
    """Whatever there is to get more positions, every one of which sees something."""
    factor = draw(st.sampled_from([2, 2, 3]))
    kinds = ["transposed", "nearest", *["linear"] * (factor == 2), *["shuffle"] * (dims == 2)]
    match draw(st.sampled_from(kinds)):
        case "transposed":
            kernel = factor + draw(st.integers(0, 2))
            padding = draw(st.integers(0, kernel // 2))
            more = {"kernel_size": kernel, "stride": factor, "padding": padding}
            return [{"conv_transpose": 1, **more, "output_padding": draw(st.integers(0, 1))}]
        case "nearest":
            return [{"upsample": factor}]
        case "linear":
            return [{"upsample": factor, "mode": "linear" if dims == 1 else "bilinear"}]
    return [{"conv": factor**2, "kernel_size": 1}, {"pixel_shuffle": factor}]


@st.composite
def networks(draw: st.DrawFn, dims: int, *, enlarging: bool) -> Layers:
    layers: Layers = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["window"] * 3 + ["merge", "pad", "free", "enlarge"]))
        if kind == "window":
            layers.append(draw(windows(dims)))
        elif kind == "merge":
            layers.append(draw(merges(dims)))
        elif kind == "pad":
            layers.append({"pad": [[draw(st.integers(0, 2)), 1] for _ in range(dims)]})
        elif kind == "free":
            layers.append(draw(st.sampled_from(["relu", "batch_norm"])))
        elif enlarging:
            layers += draw(enlargements(dims))
    return layers or ["relu"]


def compared(layers: Layers, dims: int) -> tuple[list[list[int]], list[list[int] | None]]:
    """What is measured and what is told, of the rows in order for which there is room."""
    sizes = SIZES[dims]
    try:
        rows = rows_of(layers, sizes)
    except convcalc.SpecError:  # strides left less than a kernel
        assume(False)
    assume(max(size for row in rows for size in row.output_shape[1:]) <= LARGEST[dims])
    seen = measured(layers, sizes)
    enough = 0
    for row, extents in zip(rows, seen, strict=True):
        inner = all(3 * extent <= size for extent, size in zip(extents, sizes, strict=True))
        if not inner or min(row.output_shape[1:]) < 10:
            break
        enough += 1
    return seen[:enough], fields(layers, sizes)[:enough]


@settings(max_examples=120, deadline=None)
@given(networks(1, enlarging=False))
def test_exact_without_enlarging(layers: Layers) -> None:
    seen, told = compared(layers, 1)
    assert told == seen


@settings(max_examples=150, deadline=None)
@given(networks(1, enlarging=True))
def test_exact_with_enlarging(layers: Layers) -> None:
    seen, told = compared(layers, 1)
    assert told == seen


@settings(max_examples=40, deadline=None)
@given(networks(2, enlarging=True))
def test_exact_in_two_dimensions(layers: Layers) -> None:
    seen, told = compared(layers, 2)
    assert told == seen


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 1),
    networks(1, enlarging=False),
)
def test_transposed_with_gaps(
    kernel: int, stride: int, dilation: int, extra: int, behind: Layers
) -> None:
    """Exact where an output sees anything at all; behind it never too little."""
    assume(extra < max(stride, dilation))
    window = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    layers = [{"conv_transpose": 1, **window, "output_padding": extra}, *behind]
    seen, told = compared(layers, 1)
    assert told[0] == seen[0]
    for least, field in zip(seen, told, strict=True):
        assert field is not None
        assert field[0] >= least[0]


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_blending_sees_a_neighbour(factor: int) -> None:
    layers = [{"upsample": factor, "mode": "linear"}, {"conv": 1, "kernel_size": 3}]
    seen, told = measured(layers, [60]), fields(layers, [60])
    assert told[0] == seen[0] == [2]
    assert told[1] is not None
    assert told[1][0] >= seen[1][0]


@pytest.mark.parametrize(
    "layers",
    [
        # Ways of different speed that come out equal in the end.
        [
            {
                "add": [
                    [],
                    [{"conv": 1, "kernel_size": 3, "stride": 2, "padding": 1}, {"upsample": 2}],
                ]
            }
        ],
        [
            {
                "add": [
                    [{"max_pool": 3}, {"upsample": 3}],
                    [{"conv": 1, "kernel_size": 5, "padding": 2}],
                ]
            }
        ],
        [{"concat": [[{"max_pool": 2}, {"conv_transpose": 1, "kernel_size": 2, "stride": 2}], []]}],
        [{"add": [[{"max_pool": 4}, {"upsample": 4}], [{"max_pool": 2}, {"upsample": 2}], []]}],
        [
            {"add": [[], [{"max_pool": 2}, {"upsample": 2}]]},
            {"conv": 1, "kernel_size": 4, "stride": 3, "dilation": 2},
        ],
        [
            {"conv": 1, "kernel_size": 3, "padding": 1, "name": "a"},
            {"conv": 1, "kernel_size": 5, "padding": 2},
            {"conv": 1, "kernel_size": 5, "padding": 4, "from": "input"},
            {"pad": [[0, 0]]},
            {"add": ["a", [{"pad": [[0, 0]], "from": "input"}]]},
        ],
    ],
)
def test_merges_of_different_ways(layers: Layers) -> None:
    for size in (96, 144):
        assert fields(layers, [size]) == measured(layers, [size])


@pytest.mark.parametrize("stride", [2, 3])
@pytest.mark.parametrize("kernel", [3, 4, 5])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_padding_of_a_transposed_convolution_moves_the_field(
    kernel: int, stride: int, padding: int
) -> None:
    """What is put together with others lies elsewhere; what is picked out sees more or less."""
    up = {"conv_transpose": 1, "kernel_size": kernel, "stride": stride, "padding": padding}
    up["output_padding"] = stride - 1
    longer = kernel - 1 - 2 * padding  # than stride times what comes in
    around = [{"max_pool": stride}, up, {"pad": [[0, max(-longer, 0)]]}]
    straight = [{"pad": [[0, max(longer, 0)]]}]
    picked = {"max_pool": 1, "stride": stride}
    both: list[Layers] = [[{"add": [around, straight]}, picked], [up, picked]]
    for layers in both:
        assert fields(layers, [48 * stride]) == measured(layers, [48 * stride])


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("reach", [1, 2])
def test_blended_positions_lie_around_their_source(factor: int, reach: int) -> None:
    around = [{"avg_pool": factor}, {"upsample": factor, "mode": "linear"}]
    window = {"conv": 1, "kernel_size": reach * factor + 1, "padding": reach * factor // 2}
    layers = [{"add": [around, [window]]}, {"max_pool": 1, "stride": factor}]
    assert fields(layers, [96]) == measured(layers, [96])


def test_windows_that_lie_apart_are_joined() -> None:
    """The hull: what is between the operands' intervals is in the field."""
    left = [{"pad": [[6, 0]]}, {"conv": 1, "kernel_size": 3}]
    right = [{"pad": [[0, 6]]}, {"conv": 1, "kernel_size": 3}]
    layers = [{"add": [left, right]}]
    assert fields(layers, [60])[-1] == measured(layers, [60])[-1] == [3 + 6]


UNTOLD = [
    {"adaptive_avg_pool": 1},
    {"adaptive_max_pool": 4},
    "flatten",
]


@pytest.mark.parametrize("layer", UNTOLD, ids=str)
def test_nothing_is_told_once_every_position_is_mixed(layer: Any) -> None:
    layers = [{"conv": 4, "kernel_size": 3}, "relu", layer, "batch_norm", "relu"]
    assert fields(layers, [9, 9]) == [[3, 3], [3, 3], None, None, None]


def test_nothing_is_told_behind_linear_layers() -> None:
    layers = ["flatten", {"linear": 27}, {"unflatten": [3, 9]}, {"conv": 3, "kernel_size": 3}]
    assert fields(layers, [9, 9]) == [None] * 4
    assert fields([{"linear": 5}, "relu"], [], channels=3) == [None, None]


def test_nothing_is_told_where_an_operand_is_not_told_of() -> None:
    gate = [{"adaptive_avg_pool": 1}, {"conv": 1, "kernel_size": 1}, "sigmoid"]
    flat = [{"adaptive_avg_pool": 1}, "flatten"]
    assert fields([{"add": [[], [{"adaptive_avg_pool": 9}]]}, "relu"], [9, 9]) == [None] * 3
    assert fields([{"add": [flat, flat]}], [9, 9]) == [None] * 5
    assert fields([{"multiply": [[], gate]}, "relu"], [9, 9])[:3] == [None] * 3


CONTEXT = [
    "instance_norm",
    {"group_norm": 2},
    {"multiply": [[], [{"adaptive_avg_pool": 1}, {"conv": 4, "kernel_size": 1}, "sigmoid"]]},
    {"multiply": [[], [{"adaptive_avg_pool": 1}, "flatten", {"unflatten": [4, 1, 1]}]]},
    {"squeeze_excite": 2},
    {"layer_norm": None, "over": "all"},
]


@pytest.mark.parametrize("layer", CONTEXT, ids=str)
def test_what_all_positions_scale_is_left_out_and_said(layer: Any) -> None:
    """A norm over positions and a pooled gate: the field is that of the convolutions."""
    conv = {"conv": 4, "kernel_size": 3}
    network = convcalc.network({"input": [4, 9, 9], "layers": [conv, layer, conv]})
    first, *_, last = network.audit().layers
    assert (first.receptive_field, first.global_context) == ((3, 3), False)
    assert (last.receptive_field, last.global_context) == ((5, 5), True)
    totals = network.totals()
    assert (totals.receptive_field, totals.global_context) == ((5, 5), True)


def test_step_and_offset_are_those_of_the_padded_windows() -> None:
    """By hand: two convolutions 7 and 3 with stride 2 see 7 + 2 * 2 positions, 4 apart."""
    conv = {"conv": 4, "kernel_size": 7, "stride": 2, "padding": 3}
    pool = {"max_pool": 3, "stride": 2, "padding": 1}
    network = convcalc.network({"input": [3, 64, 64], "layers": [conv, pool]})
    totals = network.totals()
    assert totals.receptive_field == (11, 11)
    assert totals.receptive_field_step == (4, 4)
    assert totals.receptive_field_offset == (-5, -5)
    upsampled = convcalc.network({"input": [3, 8], "layers": [{"upsample": 4}]}).totals()
    assert upsampled.receptive_field_step == (0.25,)
    back = convcalc.network({"input": [3, 8], "layers": [{"upsample": 4}, {"max_pool": 4}]})
    assert repr(back.totals().receptive_field_step) == "(1,)"


def test_nothing_is_told_where_merged_steps_differ() -> None:
    """One way moves two positions a step, the other three: they come out equally long."""
    halves = [{"max_pool": 2}, {"pad": [[0, 0]]}]
    thirds = [{"max_pool": 3}, {"pad": [[2, 2]]}]
    assert fields([{"add": [halves, thirds]}, "relu"], [24]) == [[2], [2], [3], [3], None, None]
    one_dimension = [{"max_pool": [1, 2]}, {"pad": [[0, 0], [3, 3]]}]
    assert fields([{"concat": [[], one_dimension]}], [8, 12])[-1] is None


def test_what_works_on_channels_leaves_the_field_alone() -> None:
    layers = [
        {"conv": 8, "kernel_size": 3},
        *("batch_norm", "layer_norm", {"local_response_norm": 3}, "prelu", "layer_scale"),
        *("softmax", "dropout", "identity", {"channel_shuffle": 2}, {"channel_slice": [2, 4]}),
        {"conv": 8, "kernel_size": 1, "groups": 2},
    ]
    assert fields(layers, [9, 9]) == [[3, 3]] * 12


def test_what_joins_or_keeps_positions_leaves_the_field_alone() -> None:
    layers: Layers = [
        {"conv": 4, "kernel_size": 3, "padding": 1, "name": "a"},
        {"subtract": [[], "input"]},
        {"maximum": [[], "a"]},
        {"reduce": "mean", "axes": [0], "keep": True},
        {"layer_norm": None, "affine": "weight"},
    ]
    assert fields(layers, [9, 9], channels=4) == [[3, 3]] * 5


@pytest.mark.parametrize(
    "layer",
    [
        {"attention": [[], [], []], "heads": 2},
        {"self_attention": 2},
        {"matmul": [[], []]},
        {"concat": [[], []], "axis": 1},
        {"reduce": "max", "axes": [2]},
        {"reduce": "max", "axes": [1, 2], "keep": True},
        {"reduce": "sum", "axes": [0]},
    ],
    ids=str,
)
def test_what_mixes_positions_or_moves_them_ends_the_field(layer: Any) -> None:
    conv = {"conv": 4, "kernel_size": 3, "padding": 1}
    assert fields([conv, layer, "relu"], [8, 8])[-1] is None


def test_unshuffled_pixels_are_windows_side_by_side() -> None:
    layers = [{"pixel_unshuffle": 2}, {"conv": 1, "kernel_size": 3}, {"pixel_unshuffle": 3}]
    seen = measured(layers, [64, 64])
    assert seen == [[2, 2], [6, 6], [10, 10]]
    assert fields(layers, [64, 64]) == seen


def test_well_known_networks() -> None:
    """Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks", table."""
    stem = {"conv": 4, "kernel_size": 7, "stride": 2, "padding": 3}
    assert fields([stem, {"max_pool": 3, "stride": 2, "padding": 1}], [224, 224]) == [
        [7, 7],
        [11, 11],
    ]
    double = [{"conv": 4, "kernel_size": 3, "padding": 1}] * 2
    triple = [{"conv": 4, "kernel_size": 3, "padding": 1}] * 3
    pool = {"max_pool": 2}
    vgg = [*double, pool, *double, pool, *triple, pool, *triple, pool, *triple, pool]
    assert fields(vgg, [224, 224])[-1] == [212, 212]
