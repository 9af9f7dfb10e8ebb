"""Attention, matrix products and reductions against loops that know no formula, and PyTorch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import Attention, MatMul, Reduce, SelfAttention, SpecError, SqueezeExcite
from convcalc.operations.base import Operation
from support import product_loops
from support.kernels import Array, call_of, computed, defined
from support.product_loops import Values, places, shape_of

EACH = settings(max_examples=100, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def drawn(seed: int, *shapes: tuple[int, ...], whole: bool = False) -> list[Array]:
    """A batch of two of each shape."""
    chosen = np.random.default_rng(seed)
    if whole:
        return [chosen.integers(-7, 8, (2, *shape)).astype(np.float32) for shape in shapes]
    return [chosen.standard_normal((2, *shape)) for shape in shapes]


def by_place(array: Array) -> Values:
    return {place: float(array[place]) for place in places(array.shape)}


def array_of(values: Values) -> Array:
    return np.array([values[place] for place in places(shape_of(values))]).reshape(shape_of(values))


@st.composite
def attentions(draw: st.DrawFn) -> Any:
    heads = draw(st.integers(1, 3))
    channels, more = heads * draw(st.integers(1, 3)), heads * draw(st.integers(1, 3))
    there = draw(SIZES)
    return heads, ((channels, *draw(SIZES)), (channels, *there), (more, *there))


@EACH
@given(attentions(), SEEDS)
def test_attention(drawn_layer: Any, seed: int) -> None:
    heads, shapes = drawn_layer
    layer = Attention(heads)
    inputs = drawn(seed, *shapes)
    result = computed(layer, inputs)
    for at in range(2):
        worked = product_loops.attention(*[by_place(each[at]) for each in inputs], heads=heads)
        assert layer.output_shape(*shapes) == shape_of(worked.values)
        assert layer.macs(*shapes) == worked.multiplications
        np.testing.assert_allclose(result[at], array_of(worked.values), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(result, defined(layer, inputs, result.shape), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("portion", [1, 7, 30])
def test_attention_in_portions_is_the_same_and_is_counted(
    portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = ((6, 3, 4), (6, 7), (4, 7))
    inputs = drawn(1, *shapes)
    whole = computed(Attention(2), inputs)
    monkeypatch.setattr("convcalc.reference.products.PORTION", portion)
    call = call_of(Attention(2), inputs)
    from convcalc.reference.products import attention

    np.testing.assert_allclose(attention(call), whole, rtol=1e-12)
    assert call.workspace.macs == 2 * 12 * 7 * (6 + 4)


@st.composite
def products(draw: st.DrawFn) -> Any:
    rows, shared, columns = [draw(st.integers(1, 4)) for _ in range(3)]
    transpose = draw(st.sampled_from([None, "a", "b", "both"]))
    outer = draw(st.lists(st.integers(1, 3), max_size=2))
    one, other = [tuple(draw(st.sampled_from([1, size])) for size in outer) for _ in "ab"]
    a = (shared, rows) if transpose in ("a", "both") else (rows, shared)
    b = (columns, shared) if transpose in ("b", "both") else (shared, columns)
    return transpose, ((*one, *a), (*other, *b))


@EACH
@given(products(), SEEDS)
def test_matmul(drawn_layer: Any, seed: int) -> None:
    transpose, shapes = drawn_layer
    layer = MatMul(transpose)
    inputs = drawn(seed, *shapes, whole=True)
    result = computed(layer, inputs)
    for at in range(2):
        worked = product_loops.matmul(*[by_place(each[at]) for each in inputs], transpose=transpose)
        assert layer.output_shape(*shapes) == shape_of(worked.values)
        assert layer.macs(*shapes) == worked.multiplications
        np.testing.assert_array_equal(result[at], array_of(worked.values))
    np.testing.assert_array_equal(result, defined(layer, inputs, result.shape))


def test_a_wrong_product_is_seen_wherever_it_is() -> None:
    """Sums over all rows are compared, so that no value can be wrong unseen."""
    from convcalc.reference.products import matmul, matmul_sums_agree

    call = call_of(MatMul(), drawn(1, (5, 40, 30), (1, 30, 20), whole=True))
    result = matmul(call)
    assert matmul_sums_agree(call, result)
    result[1, 3, 17, 11] += 1
    assert not matmul_sums_agree(call, result)


MEANINGS: dict[str, Any] = {"mean": lambda each: sum(each) / len(each), "max": max, "sum": sum}


@EACH
@given(
    st.sampled_from(list(MEANINGS)),
    st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple),
    st.data(),
    st.booleans(),
    SEEDS,
)
def test_reduce(
    reduction: str, shape: tuple[int, ...], data: st.DataObject, keep: Any, seed: int
) -> None:
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1).map(list))
    layer = Reduce(reduction, axes, keep=keep)
    if len(axes) == len(shape) and not keep:
        with pytest.raises(SpecError, match="leaves no axis"):
            layer.output_shape(shape)
        return
    inputs = drawn(seed, shape, whole=True)
    result = computed(layer, inputs)
    for at in range(2):
        worked = product_loops.reduced(
            by_place(inputs[0][at]), axes, MEANINGS[reduction], keep=keep
        )
        assert layer.output_shape(shape) == shape_of(worked)
        np.testing.assert_array_equal(result[at], array_of(worked).astype(np.float32))
    expected = defined(layer, inputs, result.shape).astype(np.float32)
    np.testing.assert_array_equal(result, expected)


def test_by_hand() -> None:
    """ViT-B/16 at 224: 197 tokens of 768 channels, 12 heads."""
    tokens = (768, 197)
    assert Attention(12).macs(tokens, tokens, tokens) == 197 * 197 * 2 * 768
    assert SelfAttention(768, 12, dims=1).params == 4 * (768 * 768 + 768)
    assert MatMul("b").macs((12, 197, 64), (12, 197, 64)) == 12 * 197 * 197 * 64


class TestPyTorch:
    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        self.torch = pytest.importorskip("torch")
        self.counter = pytest.importorskip("torch.utils.flop_counter").FlopCounterMode

    def counted(self, run: Any) -> tuple[Any, int]:
        with self.counter(display=False) as counter:
            output = run()
        return output, counter.get_total_flops() // 2

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize(("channels", "heads", "size"), [(8, 1, 5), (12, 4, 9), (30, 5, 1)])
    def test_multi_head_attention(self, channels: int, heads: int, size: int, bias: Any) -> None:
        """With the same weights it is the same, and has its params and products."""
        theirs = self.torch.nn.MultiheadAttention(channels, heads, bias=bias, batch_first=True)
        theirs = theirs.double()
        (values,) = drawn(7, (channels, size))
        x = self.torch.from_numpy(values.swapaxes(1, 2))
        (output, _), macs = self.counted(lambda: theirs(x, x, x, need_weights=True))
        ours = SelfAttention(channels, heads, bias=bias, dims=1)
        given = {"input": [channels, size], "layers": [{"self_attention": heads, "bias": bias}]}
        totals = convcalc.network({**given, "batch": 2}).audit().totals
        assert totals.params == ours.params == sum(each.numel() for each in theirs.parameters())
        assert totals.macs == macs
        assert totals.output_shape == (channels, size)
        found = self.run(ours, values, self.weights(theirs, bias=bias))
        np.testing.assert_allclose(found.swapaxes(1, 2), output.detach().numpy(), rtol=1e-9)

    def weights(self, theirs: Any, *, bias: bool) -> dict[str, dict[str, Array]]:
        def of(weight: Any, added: Any) -> dict[str, Array]:
            found = {"weight": weight.detach().numpy()[..., None]}
            return {**found, "bias": added.detach().numpy()} if bias else found

        inner = theirs.in_proj_weight.chunk(3)
        added = theirs.in_proj_bias.chunk(3) if bias else (None,) * 3
        names = ("query", "key", "value")
        named = {name: of(*each) for name, *each in zip(names, inner, added, strict=True)}
        return {**named, "projection": of(theirs.out_proj.weight, theirs.out_proj.bias)}

    def run(self, layer: Any, values: Array, weights: dict[str, dict[str, Array]]) -> Array:
        results = {"input": values}
        for row in convcalc.Network(values.shape[1:], [convcalc.Layer("x", layer)]).rows:
            part = row.name.removeprefix("x.")
            inputs = [results[name.removeprefix("x.")] for name in row.inputs]
            results[part] = computed(row.operation, inputs, weights.get(part))
        return results[part]

    def test_attention_of_other_sizes(self) -> None:
        shapes = ((12, 5), (12, 7), (8, 7))
        inputs = drawn(3, *shapes)
        q, k, v = [
            self.torch.from_numpy(each).unflatten(1, (4, -1)).transpose(2, 3) for each in inputs
        ]
        attend = self.torch.nn.functional.scaled_dot_product_attention
        math_only = self.torch.nn.attention.sdpa_kernel(self.torch.nn.attention.SDPBackend.MATH)
        with math_only:
            output, macs = self.counted(lambda: attend(q, k, v))
        assert macs == 2 * Attention(4).macs(*shapes)
        expected = output.transpose(2, 3).flatten(1, 2).numpy()
        np.testing.assert_allclose(computed(Attention(4), inputs), expected, rtol=1e-10)

    @EACH
    @given(products(), SEEDS)
    def test_matmul(self, drawn_layer: Any, seed: int) -> None:
        transpose, shapes = drawn_layer
        inputs = drawn(seed, *shapes)
        a, b = map(self.torch.from_numpy, inputs)
        a = a.mT if transpose in ("a", "both") else a
        b = b.mT if transpose in ("b", "both") else b
        output, macs = self.counted(lambda: self.torch.matmul(a, b))
        layer = MatMul(transpose)
        np.testing.assert_allclose(computed(layer, inputs), output.numpy(), rtol=1e-9, atol=1e-12)
        assert layer.output_shape(*shapes) == tuple(output.shape[1:])
        assert 2 * layer.macs(*shapes) == macs

    def test_squeeze_and_excitation(self) -> None:
        ops = pytest.importorskip("torchvision").ops
        theirs = ops.SqueezeExcitation(16, 4)
        output, macs = self.counted(lambda: theirs(self.torch.zeros(1, 16, 7, 5)))
        given = {"input": [16, 7, 5], "layers": [{"squeeze_excite": 4}]}
        totals = convcalc.network(given).audit().totals
        assert totals.output_shape == tuple(output.shape[1:])
        assert (totals.params, totals.macs) == (
            sum(each.numel() for each in theirs.parameters()),
            macs,
        )


def test_squeeze_and_excitation_is_what_it_is_written_out() -> None:
    branch: list[Any] = [{"adaptive_avg_pool": 1}, {"conv": 4, "kernel_size": 1}, "silu"]
    branch += [{"conv": 16, "kernel_size": 1}, "hardsigmoid"]
    long = {"input": [16, 7, 5], "layers": ["relu", {"multiply": [[], branch]}]}
    written = {"squeeze_excite": 4, "activation": "silu", "gate": "hardsigmoid"}
    short = convcalc.network({"input": [16, 7, 5], "layers": ["relu", written]})
    assert short.audit().totals._replace(peak_layer="", outputs={}) == convcalc.network(
        long
    ).audit().totals._replace(peak_layer="", outputs={})
    rows = ["pool", "reduce", "silu", "expand", "hardsigmoid", "multiply"]
    assert [row.name for row in short.rows[1:]] == [f"squeeze_excite_1.{row}" for row in rows]
    assert short.rows[-1].inputs == ("relu_1", "squeeze_excite_1.hardsigmoid")


def test_one_function_twice_has_two_names() -> None:
    layer = SqueezeExcite(16, 4, activation="sigmoid")
    assert list(layer.parts) == ["pool", "reduce", "sigmoid", "expand", "sigmoid_2", "multiply"]
    assert layer.part_inputs == {"multiply": ("input", "sigmoid_2")}


def test_three_rows_read_what_self_attention_reads() -> None:
    layers = ["relu", {"self_attention": 2, "name": "sa"}, "gelu"]
    made = convcalc.network({"input": [8, 4], "layers": layers})
    assert {row.name: row.inputs for row in made.rows} == {
        "relu_1": ("input",),
        **{f"sa.{name}": ("relu_1",) for name in ("query", "key", "value")},
        "sa.attention": ("sa.query", "sa.key", "sa.value"),
        "sa.projection": ("sa.attention",),
        "gelu_1": ("sa.projection",),
    }


@pytest.mark.parametrize(
    ("operation", "shapes", "said"),
    [
        (Attention(2), [(4, 3)] * 2, "attention takes three operands: queries, keys and values"),
        (MatMul(), [(4, 3)] * 3, "matmul takes two operands: a and b"),
        (MatMul(), [(4, 3), (4, 3)], "rows of a have 3 values, columns of b have 4; did you mean"),
        (MatMul(), [(4,), (4,)], "(4,) is not a matrix"),
        (Reduce("sum", [1]), [(4,)], "axes=(1,) reaches beyond axis 0"),
    ],
)
def test_what_does_not_fit(operation: Operation, shapes: Any, said: str) -> None:
    with pytest.raises(SpecError) as refusal:
        operation.output_shape(*shapes)
    assert said in str(refusal.value)


def test_products_have_limits() -> None:
    """Sizes far beyond any memory are counted at once; what no shape can hold is refused."""
    large = (10**15, 10**15)
    assert Attention(1).macs(large, large, large) == 2 * 10**45
    with pytest.raises(SpecError, match=r"10\^15"):
        convcalc.network({"input": [10**8, 10**8], "layers": [{"concat": [[]] * 10**4}] * 4})
