"""Networks, layers and mappings put together in Python: refused where a file would be."""

import copy
import pickle
import time
from collections import OrderedDict
from collections.abc import Callable
from signal import Signals
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import (
    AdaptiveAvgPool,
    Attention,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    Linear,
    MatMul,
    MaxPool,
    Network,
    Reduce,
    SelfAttention,
    SpecError,
    SqueezeExcite,
    compare,
)
from convcalc.errors import value_text
from convcalc.language.plain import plain
from convcalc.language.problems import value_written
from convcalc.operations.activations import Elementwise, Identity, LayerScale, PReLU
from convcalc.operations.base import Operation
from convcalc.operations.merging import Add, Concat, Maximum, Multiply, Subtract
from convcalc.operations.norms import LocalResponseNorm
from convcalc.operations.reshaping import (
    ChannelShuffle,
    ChannelSlice,
    Flatten,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Unflatten,
)
from convcalc.operations.resizing import Upsample
from convcalc.operations.separable import SeparableConv

RELU = Elementwise("relu")
PAIR = SeparableConv(Conv(3, 3, 3, groups=3), (), Conv(3, 8, 1))


def told(make: Callable[[], object]) -> str:
    """What is said of something that cannot be."""
    with pytest.raises(SpecError) as refusal:
        make()
    return str(refusal.value)


class TestShapesOfLayers:
    @pytest.mark.parametrize(
        ("input_shape", "operation", "message"),
        [
            ((5, 8, 8), Conv(3, 4, 3), "input_shape=(5, 8, 8) has 5 channels, not in_channels=3"),
            ((3, 8), Conv(3, 4, 3), "input_shape=(3, 8) does not have 2 spatial sizes"),
            ((3, 8, 8, 8), Conv(3, 4, 3), "input_shape=(3, 8, 8, 8) does not have 2 spatial sizes"),
            (
                (5, 8, 8),
                ConvTranspose(3, 4, 3),
                "input_shape=(5, 8, 8) has 5 channels, not in_channels=3",
            ),
            ((4, 8, 8), PAIR, "input_shape=(4, 8, 8) has 4 channels, not in_channels=3"),
            (
                (4, 8, 8),
                BatchNorm(2),
                "input_shape=(4, 8, 8) has 4 channels, not num_features=2",
            ),
            (
                (4, 8, 8),
                LayerNorm(2),
                "input_shape=(4, 8, 8) has 4 channels, not num_features=2",
            ),
            (
                (4, 8, 8),
                InstanceNorm(2),
                "input_shape=(4, 8, 8) has 4 channels, not num_features=2",
            ),
            (
                (4, 8, 8),
                GroupNorm(2, 1),
                "input_shape=(4, 8, 8) has 4 channels, not num_features=2",
            ),
            (
                (1, 8, 8),
                LayerScale(2),
                "input_shape=(1, 8, 8) has 1 channel, not num_features=2",
            ),
            (
                (4, 8, 8),
                PReLU(2),
                "num_parameters=2 is neither 1 nor the channels of input_shape=(4, 8, 8)",
            ),
            ((4,), Linear(2, 8), "input_shape=(4,) does not have in_features=2"),
            ((4, 8), MaxPool(2), "input_shape=(4, 8) does not have 2 spatial sizes"),
            ((4, 8), AdaptiveAvgPool(2), "input_shape=(4, 8) does not have 2 spatial sizes"),
        ],
    )
    def test_a_network_of_one_layer(
        self, input_shape: Any, operation: Operation, message: str
    ) -> None:
        network = Network(input_shape, [Layer("a", operation)])
        assert told(network.audit) == message
        assert told(network.totals) == message
        assert told(lambda: operation.output_shape(input_shape)) == message

    def test_comparison_and_verification(self) -> None:
        message = "input_shape=(3, 8) does not have 2 spatial sizes"
        assert told(lambda: compare(Conv(3, 4, 3), (3, 8))) == message
        network = Network((3, 8), [Layer("a", Conv(3, 4, 3))])
        pytest.importorskip("numpy")
        assert told(lambda: convcalc.verify(network)) == message

    def test_facts_of_another_network(self) -> None:
        pytest.importorskip("numpy")
        one = Network((3, 8, 8), [Layer("a", Conv(3, 4, 3))])
        two = Network((3, 8, 8), [Layer("a", Conv(3, 4, 3)), Layer("b", RELU, ("a",))])
        assert told(lambda: convcalc.verify(one, two.audit())) == "the facts are of another network"

    def test_a_comparison_of_no_convolution(self) -> None:
        convolution: Any = MaxPool(2)
        message = f"conv={value_text(convolution)} is not a convolution"
        assert told(lambda: compare(convolution, (3, 8, 8))) == message

    def test_merges_of_what_does_not_fit(self) -> None:
        layers = [Layer("a", Conv(3, 4, 3)), Layer("b", Add(), ("a", "input"))]
        message = "(4, 6, 6) and (3, 8, 8) do not fit together in add"
        assert told(Network((3, 8, 8), layers).audit) == message


OPERATIONS: list[Operation] = [
    *(RELU, Identity(), LayerScale(4), PReLU(), PReLU(4), BatchNorm(4), LayerNorm(4)),
    *(InstanceNorm(4), GroupNorm(4, 2), LocalResponseNorm(3), Conv(4, 8, 1), MaxPool(1)),
    *(ConvTranspose(4, 8, 1), AvgPool(1), AdaptiveAvgPool(1), Upsample(2), Pad(1), Flatten()),
    *(Unflatten((4, 8, 8)), PixelShuffle(2), PixelUnshuffle(2), ChannelShuffle(2)),
    *(ChannelSlice([0, 2]), Linear(4, 8), Add(), Multiply(), Concat(), Subtract(), Maximum()),
    *(Attention(2), MatMul("b"), SelfAttention(4, 2), SqueezeExcite(4, 2), Reduce("mean", [0])),
    *(LayerNorm((4, 8, 8), over="all"), BatchNorm(4, affine="weight"), Concat(1)),
    SeparableConv(Conv(4, 4, 3, groups=4), (), Conv(4, 8, 1)),
]
ENDLESS: list[Any] = [4]
ENDLESS.append(ENDLESS)
NO_SHAPES = [
    *((4, -1, 8), (4, 0, 8), (0, 8, 8), (-4, 8, 8), (True, 8, 8), (4, 8.0, 8), (4, "8", 8)),
    *((4, None, 8), (4, float("nan"), 8), (4, 10**16, 8), (4, 8, 8, 8, 8), (), 5, None, "4"),
    *({4: 8}, {4, 8}, b"488", ENDLESS, (4, ENDLESS), 4.0, (1j, 8, 8), object, (4, 10**5000, 8)),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
@pytest.mark.parametrize("shape", NO_SHAPES, ids=lambda shape: value_text(shape)[:30])
def test_no_operation_takes_what_is_no_shape(operation: Operation, shape: Any) -> None:
    shapes = [shape] * operation.least_inputs
    message = told(lambda: operation.output_shape(*shapes))
    assert message.startswith("input_shape=")
    assert told(lambda: Network(shape, [Layer("a", RELU)])).startswith("input_shape=")


def test_lists_are_shapes_too() -> None:
    for operation in OPERATIONS:
        shape = [4] if isinstance(operation, Linear) else [4, 8, 8]
        output = operation.output_shape(*[shape] * operation.least_inputs)
        assert output == operation.output_shape(*[tuple(shape)] * operation.least_inputs)
        assert type(output) is tuple


Made: Any = Layer
WRONG_LAYERS: list[tuple[Any, str | None]] = [
    ("ab", "layers='ab' is not a list of layers"),
    (5, "layers=5 is not a list of layers"),
    (None, "layers=None is not a list of layers"),
    ({"a": RELU}, "layers={'a': Elementwise(word='relu', parameter=None)} is not a list of layers"),
    ([], "a network needs a layer"),
    (
        [Made("a", RELU, training=True)],
        "every layer only runs in training: a network needs one that runs in use",
    ),
    (["relu"], "layers[0] is not a Layer: 'relu'"),
    ([ENDLESS], f"layers[0] is not a Layer: {value_text(ENDLESS)}"),
    ([RELU], "layers[0] is not a Layer: Elementwise(word='relu', parameter=None)"),
    ([("a", RELU, ("input",), None)], None),
    ([Made("a", RELU), Made("a", RELU, ("a",))], "the name a is already used"),
    (
        [Made("a", PAIR), Made("a.pointwise", RELU, ("a",))],
        "the name a.pointwise is already used",
    ),
    (
        [Made("a.pointwise", RELU), Made("a", PAIR, ("a.pointwise",))],
        "the name a.pointwise is already used",
    ),
    ([Made("input", RELU)], "layers[0] is named input, which is the network's input"),
    (
        [Made("", RELU)],
        "layers[0] is named '': a name is a letter or _, then letters, digits, _ - or .",
    ),
    ([Made("1a", RELU)], None),
    ([Made("a b", RELU)], None),
    ([Made("a\n", RELU)], None),
    ([Made("\x1b[31m", RELU)], None),
    ([Made("é", RELU)], None),
    ([Made(5, RELU)], None),
    ([Made(None, RELU)], None),
    ([Made(["a"], RELU)], None),
    ([Made("a" * 201, RELU)], f"the name '{'a' * 59}... is longer than 200 characters"),
    ([Made("a", "relu")], "a has no operation, but 'relu'"),
    ([Made("a", Conv)], "a has no operation, but <class 'convcalc.operations.convolution.Conv'>"),
    ([Made("a", Operation())], "a has no operation, but Operation()"),
    ([Made("a", RELU, "input")], "the inputs of a are not a tuple of names: 'input'"),
    ([Made("a", RELU, ["input"])], "the inputs of a are not a tuple of names: ['input']"),
    ([Made("a", RELU, (0,))], "the inputs of a are not a tuple of names: (0,)"),
    ([Made("a", RELU, None)], "the inputs of a are not a tuple of names: None"),
    ([Made("a", RELU, ())], "a reads 0 values, but relu takes one"),
    ([Made("a", RELU, ("input", "input"))], "a reads 2 values, but relu takes one"),
    ([Made("a", Add(), ("input",))], "a reads 1 value, but add takes two or more"),
    ([Made("a", MatMul(), ("input",) * 3)], "a reads 3 values, but matmul takes two"),
    ([Made("a", Attention(1), ("input",))], "a reads 1 value, but attention takes three"),
    ([Made("a", RELU, ("b",))], "a reads b, but no layer before it has that name"),
    ([Made("a", RELU, ("a",))], "a reads a, but no layer before it has that name"),
    (
        [Made("a", RELU, ("b",)), Made("b", RELU)],
        "a reads b, but no layer before it has that name",
    ),
    (
        [Made("a", RELU, ("\x1b[31m",))],
        "a reads '\\x1b[31m', but no layer before it has that name",
    ),
    ([Made("a", RELU, ("input",), 5)], "the path of a is not a tuple: 5"),
]


@pytest.mark.parametrize(("layers", "message"), WRONG_LAYERS)
def test_layers_that_make_no_network(layers: Any, message: str | None) -> None:
    said = told(lambda: Network((3, 8, 8), layers))
    assert said.isprintable()
    assert message is None or said == message
    good = Network((3, 8, 8), [Layer("good", RELU)])
    assert told(lambda: good.replace(layers=layers)) == said


def test_layers_that_make_one() -> None:
    layers = (
        Layer("stage1.0.conv-1", Conv(3, 4, 3), ("input",), ("layers", 0)),
        Layer("_" * 200, PAIR),
        Layer("pick", RELU, ("stage1.0.conv-1",)),
        Layer("pick_too", RELU, (f"{'_' * 200}.depthwise",)),
        Layer("sum", Concat(), ("pick", "pick", "pick_too")),
    )
    network = Network((3, 8, 8), layers)
    assert network.audit().totals.output_shape == (11, 6, 6)
    assert network.layers == layers
    assert network.replace(batch=2).audit().totals.macs == 2 * network.audit().totals.macs
    assert copy.deepcopy(network) == copy.copy(network) == network
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301 - our own


SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"batch": 0}, "batch=0 is below 1"),
    ({"batch": True}, "batch=True is not a whole number"),
    ({"batch": -(10**6000)}, "batch=a number of 6,001 digits is below 1"),
    ({"dtype": "float8"}, "dtype='float8' is not one of float64, float32, float16, bfloat16, int8"),
    ({"dtype": None}, "dtype=None is not one of float64, float32, float16, bfloat16, int8"),
    ({"name": 5}, "name=5 is not text"),
    ({"name": ""}, "name='' is not text"),
    ({"budget": {"paramz": 5}}, "unknown total 'paramz' in budget"),
    ({"budget": {"params": -5}}, "params=-5 is not a whole number in budget"),
    ({"budget": {"params": 5.0}}, "params=5.0 is not a whole number in budget"),
    ({"budget": [5]}, "budget=[5] is not a mapping"),
    ({"budget": {"output_shape": (3,)}}, "unknown total 'output_shape' in budget"),
    ({"expect": {"output_shape": (3, 0)}}, "output_shape=(3, 0) has a value that is below 1"),
    ({"expect": {"shapes": {"b": (3,)}}}, "a shape is expected of 'b', which is no row"),
    ({"expect": {"shapes": 5}}, "shapes=5 is not a mapping of layers to shapes"),
    ({"outputs": ["b"]}, "output 'b' is not the name of a layer"),
    ({"outputs": 5}, "outputs=5 is not a list of layers"),
    ({"outputs": ENDLESS}, f"outputs={value_text(ENDLESS)} is not a list of names"),
    ({"outputs": "a"}, "outputs='a' is not a list of layers"),
    ({"outputs": ["a", "a"]}, "outputs=['a', 'a'] has a layer twice"),
]


@pytest.mark.parametrize(("settings", "message"), SETTINGS)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    layers = [Layer("a", RELU)]
    assert told(lambda: Network((3, 8, 8), layers, **settings)) == message
    assert told(lambda: Network((3, 8, 8), layers).replace(**settings)) == message


@pytest.mark.parametrize(
    "make",
    [
        lambda: Elementwise("rellu"),
        lambda: Elementwise("relu", 3.0),
        lambda: Elementwise("elu"),
        lambda: Elementwise("elu", float("nan")),
        lambda: SeparableConv(RELU, (), Conv(3, 8, 1)),  # type: ignore[arg-type]
        lambda: SeparableConv(Conv(3, 3, 3), (), Conv(3, 8, 1)),
        lambda: SeparableConv(Conv(3, 3, 3, groups=3), (), Conv(3, 8, 3)),
        lambda: SeparableConv(Conv(3, 3, 3, groups=3), ("relu",), Conv(3, 8, 1)),  # type: ignore[arg-type]
        lambda: Conv(3, 4, ENDLESS),
        lambda: Conv(3, 4, 3).replace(stride=-1),
        lambda: Conv(3, 4, 3).replace(padding=ENDLESS),
        lambda: Unflatten(ENDLESS),  # type: ignore[arg-type]
        lambda: ChannelSlice([ENDLESS, 4]),  # type: ignore[list-item]
        lambda: MaxPool({2}),  # type: ignore[arg-type]
    ],
)
def test_operations_that_cannot_be(make: Callable[[], object]) -> None:
    assert told(make)


# Mappings.


def nested(depth: int) -> Any:
    """A list in a list in a list ..."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


LOOP: dict[str, Any] = {"relu": None}
LOOP["name"] = LOOP
BOMB: Any = [1] * 10
for _ in range(40):
    BOMB = [BOMB] * 10
CONV = {"conv": 4, "kernel_size": 3}


class Text(str):
    """A text whose methods are not a text's."""

    __slots__ = ()

    def __str__(self) -> str:
        raise KeyError

    def __repr__(self) -> str:
        raise KeyError


class Odd:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        raise RecursionError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"layers": [{"conv": ENDLESS, "kernel_size": 3}]},
            "layers[0].conv[1]: this contains itself",
        ),
        ({"layers": ENDLESS}, "layers[1]: this contains itself"),
        ({"layers": [LOOP]}, "layers[0].name: this contains itself"),
        ({"input": ENDLESS}, "input[1]: this contains itself"),
        ({"vars": LOOP}, "vars.name: this contains itself"),
        ({"blocks": LOOP}, "blocks.name: this contains itself"),
        ({"expect": {"shapes": LOOP}}, "expect.shapes.name: this contains itself"),
        ({"layers": nested(99)}, None),
        ({"layers": nested(10_000)}, f"layers{'[0]' * 18}...: nesting is deeper than 100"),
        ({"layers": [{"relu": None, "name": BOMB}]}, None),
        (
            {"layers": [{"conv": {4}, "kernel_size": 3}]},
            "layers[0].conv: {4} has the type set, which no network can contain",
        ),
        (
            {"layers": [b"relu"]},
            "layers[0]: b'relu' has the type bytes, which no network can contain",
        ),
        (
            {"batch": 1j},
            "batch: 1j has the type complex, which no network can contain",
        ),
        (
            {"batch": Odd()},
            "batch: a Odd has the type Odd, which no network can contain",
        ),
        ({"layers": [{(1, 2): 3}]}, "layers[0]: the key (1, 2) is not text"),
        ({b"batch": 3}, "top: the key b'batch' is not text"),
        ({"batch": float("nan")}, "batch: batch=nan is not a whole number"),
        (
            {"input": [3, float("inf"), 8]},
            "input: input=[3, inf, 8] is not a list of whole numbers",
        ),
        ({"vars": {"w": float("nan")}}, "vars.w: w=nan is not a number"),
        ({"budget": {"params": float("inf")}}, None),
        ({"layers": [{"relu": None, "repeat": float("inf")}]}, None),
        ({"layers": [{"conv": 10**5000, "kernel_size": 3}]}, None),
        ({"layers": [{"relu": None, "repeat": 10**5000}]}, None),
        ({"layers": [{5: 10**5000}]}, None),
        ({"budget": {"params": -(10**5000)}}, None),
    ],
)
def test_mappings_that_no_file_could_hold(content: dict[Any, Any], message: str | None) -> None:
    start = time.process_time()
    said = told(lambda: convcalc.network({"input": [3, 8, 8], "layers": ["relu"], **content}))
    assert time.process_time() - start < 2
    assert said == message or (message is None and said.replace("\n", "").isprintable())


def test_numbers_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    four = numpy.int64(4)  # whose repr is its own matter
    content = {"input": [3, 8, 8], "layers": [{**CONV, "conv": four}]}
    message = f"layers[0].conv: {four!r} has the type int64, which no network can contain"
    assert told(lambda: convcalc.network(content)) == message


def test_mappings_of_other_classes_are_what_they_hold() -> None:
    layer = OrderedDict(CONV, name=Text("a"))
    content = OrderedDict(input=(3, 8, 8), layers=(layer, Text("relu"), {**CONV, "stride": (2, 1)}))
    plain = [{**CONV, "name": "a"}, "relu", {**CONV, "stride": [2, 1]}]
    expected = convcalc.network({"input": [3, 8, 8], "layers": plain})
    network = convcalc.network(content)
    assert network == expected
    assert type(network.layers[0].name) is str


def test_content_is_left_as_it_is() -> None:
    layers = [OrderedDict(CONV)]
    content = {"input": [3, 8, 8], "layers": layers, "x-own": [ENDLESS, Odd()]}
    assert convcalc.network(content).audit().totals.params == 4 * 3 * 9 + 4
    assert type(layers[0]) is OrderedDict
    content = {"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": [3, 1]}, "relu"]}
    assert plain(content) is content


@pytest.mark.parametrize("text_of", [value_text, value_written])
def test_every_value_can_be_told(text_of: Callable[[object], str]) -> None:
    for value in (ENDLESS, LOOP, nested(100_000), BOMB, Odd(), Text("x"), {1: ENDLESS}, [Odd()]):
        assert len(text_of(value)) <= 63
        error = SpecError("{value} is wrong", value=value)
        assert str(error).endswith(" is wrong")


def test_a_number_with_a_name_is_told_by_its_name() -> None:
    assert value_text(Signals.SIGINT) == "<Signals.SIGINT: 2>"
    assert (value_text(2), value_text(True)) == ("2", "True")


# Random networks, right and wrong: a refusal, or what the same mapping gives.

Parts = tuple[Operation, dict[str, Any]]


def parts(draw: st.DrawFn) -> Parts:
    """An operation with numbers of its own, and the words for it."""
    number = st.integers(1, 4)
    one, two, kernel = draw(number), draw(number), draw(st.integers(1, 3))
    made: list[Callable[[], Parts]] = [
        lambda: (Conv(one, two, kernel), {"conv": two, "kernel_size": kernel}),
        lambda: (
            ConvTranspose(one, two, kernel, stride=2),
            {"conv_transpose": two, "kernel_size": kernel, "stride": 2},
        ),
        lambda: (BatchNorm(one), {"batch_norm": None}),
        lambda: (LayerNorm(one), {"layer_norm": None}),
        lambda: (GroupNorm(one, one), {"group_norm": one}),
        lambda: (PReLU(one), {"prelu": one}),
        lambda: (LayerScale(one), {"layer_scale": None}),
        lambda: (MaxPool(kernel), {"max_pool": kernel}),
        lambda: (AdaptiveAvgPool(one), {"adaptive_avg_pool": one}),
        lambda: (Flatten(), {"flatten": None}),
        lambda: (Linear(one, two), {"linear": two}),
        lambda: (ChannelSlice([0, one]), {"channel_slice": [0, one]}),
        lambda: (Upsample(2), {"upsample": 2}),
        lambda: (RELU, {"relu": None}),
    ]
    return draw(st.sampled_from(made))()


CHANNELS = ("in_channels", "num_features", "in_features")


@st.composite
def networks(draw: st.DrawFn) -> tuple[Any, dict[str, Any], list[Layer[Any]]]:
    """Layers by hand, and as a file would have them; sources are mostly there."""
    shape = draw(st.sampled_from([(3, 8, 8), (4, 6, 7), (2, 5), (4,), (1, 3, 3, 3)]))
    names = ["input"]
    layers: list[Layer[Any]] = []
    words: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        name = f"n{number}"
        if draw(st.booleans()) and len(names) > 1:
            merge = draw(st.sampled_from([Add(), Multiply(), Concat()]))
            sources = tuple(draw(st.lists(st.sampled_from(names), min_size=2, max_size=3)))
            layers.append(Layer(name, merge, sources))
            words.append({merge.word: [*sources], "name": name})
        else:
            operation, word = parts(draw)
            source = draw(st.sampled_from(names))
            layers.append(Layer(name, operation, (source,)))
            words.append({**word, "name": name, "from": source})
        names.append(name)
    return shape, {"input": [*shape], "layers": words}, layers


@settings(max_examples=300, deadline=None)
@given(networks())
def test_random_networks(case: tuple[Any, dict[str, Any], list[Layer[Any]]]) -> None:
    shape, content, layers = case
    try:
        facts = Network(shape, layers).audit()
    except SpecError:
        # A file gives layers the channels they read: by hand, only those may be wrong.
        try:
            network = convcalc.network(content)
        except SpecError:
            return
        pairs = zip(network.layers, layers, strict=True)
        assert any(one.operation != other.operation for one, other in pairs)
        return
    network = convcalc.network(content)
    written = network.audit()
    assert written.totals == facts.totals
    assert written.layers == facts.layers


def test_a_budget_is_kept_as_it_was_given() -> None:
    """Later changes of the caller's own mapping are not looked at, so they do not count."""
    budget = {"params": 5}
    made = Network((3, 8, 8), [Layer("a", Conv(3, 4, 3))], budget=budget)
    budget["no_total"] = 3
    assert made.budget == {"params": 5}


def test_only_networks_are_verified() -> None:
    pytest.importorskip("numpy")
    wrong: Any = "net.yaml"
    with pytest.raises(convcalc.SpecError, match=r"network='net\.yaml' is not a Network"):
        convcalc.verify(wrong)
