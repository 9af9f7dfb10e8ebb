"""Networks and layers run for real: all is as predicted, and where it is not, that is seen."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import Conv, ConvTranspose, SpecError, compare
from convcalc.layers import Layer
from convcalc.networks import Network
from convcalc.operations import activations, reshaping
from convcalc.reference import equivalences, free_memory, registry
from convcalc.reference.kernel import Call, Kernel
from convcalc.reference.results import NoRoomError, Values
from convcalc.reference.run import _Network
from convcalc.reference.timing import measure
from convcalc.reference.verify import _work, verify, verify_layer
from convcalc.reference.whole_numbers import WholeNumbers, exact_dtype, nearly_zero, settle, signs
from convcalc.reference.workspace import ROW, Workspace
from support.layers import convolutions
from support.program import ROOT
from support.slow import slow_unless
from support.verified import SMALL, failures

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
GOOD = sorted((ROOT / "tests" / "cases" / "good").glob("*.yaml"))

LARGE = {"alexnet-2012", "densenet121", "efficientnet-b0", "r3d18", "resnet50", "resnext50-32x4d"}
LARGE |= {"convnext-tiny", "deeplabv3-resnet50", "fcos-head", "siamese", "unet", "unet-2015"}
LARGE |= {"vgg16", "vit-b-16"}
ONE_SIZE = {"alexnet", "alexnet-2012", "vgg16", "m5", "vit-b-16", "siamese"}
"""Examples that are made for one size of their input, or for several inputs."""
TOO_LARGE = {"deeplabv3-resnet50", "fcos-head", "unet-2015"}
"""Those that also take long at that size."""
TRIED = slow_unless(lambda path: path.stem not in LARGE, EXAMPLES)


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_every_example_is_as_predicted(path: Path) -> None:
    network = convcalc.load(path)
    found = verify(network)
    assert failures(found) == []
    assert found.passed
    assert found.macs == network.audit().totals.macs


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
@pytest.mark.parametrize("batch", [1, 3])
def test_every_operation_in_a_file_is_as_predicted(path: Path, batch: int) -> None:
    found = verify(convcalc.load(path).replace(batch=batch), seed=batch)
    assert failures(found) == []
    assert found.passed


@settings(max_examples=150, deadline=None)
@given(st.booleans().flatmap(lambda up: st.tuples(st.just(up), convolutions(transposed=up))))
def test_random_layers_and_their_designs_are_as_predicted(drawn: Any) -> None:
    transposed, (parameters, input_shape) = drawn
    try:
        layer = (ConvTranspose if transposed else Conv)(**parameters)
        comparison = compare(layer, input_shape, batch=2)
    except SpecError:
        assume(False)
    found = verify_layer(comparison)
    assert [failures(each) for each in found.designs] == [[]] * len(found.designs)
    assert all(each.passed for each in found.equivalences)
    assert found.passed
    linear = [each for each in comparison.possible if each.proof in equivalences.DENSE_WEIGHTS]
    assert len(found.equivalences) == len(linear)


@pytest.mark.parametrize("output", ["a", "b", "pair", "input"])
def test_an_output_that_is_not_the_last_value_is_as_predicted(output: str) -> None:
    layers = [
        {"conv": 4, "kernel_size": 3, "name": "a"},
        "relu",
        {"separable_conv": 6, "kernel_size": 3, "from": "a", "name": "pair"},
        {"relu": None, "name": "b"},
        {"tanh": None, "from": output, "repeat": 0},
    ]
    network = convcalc.network({"input": [3, 9, 9], "layers": layers})
    assert failures(verify(network)) == []


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, None])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    network = convcalc.network({"input": [3, 9, 9], "layers": ["relu"]})
    with pytest.raises(convcalc.SpecError, match="seed="):
        verify(network, seed=seed)


def test_the_same_seed_is_the_same_run() -> None:
    network = convcalc.network(SMALL)
    runs = [[row.checks for row in verify(network, seed=seed).rows] for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    deviations = [[row.deviation for row in verify(network, seed=s).rows] for s in (1, 2)]
    assert deviations[0] != deviations[1]
    for function in (verify, verify_layer):
        assert inspect.signature(function).parameters["seed"].default == 0


@pytest.mark.parametrize(
    ("values", "passed", "predicted", "found"),
    [
        (Values(10, 0, 0.0, ()), True, "10 values", "10 values"),
        (
            Values(10, 2, 0.5, (((0, 1), 2.0, 2.5), ((1, 1), 3.0, 4.0))),
            False,
            "2 at (0, 1)",
            "2.5 at (0, 1)",
        ),
        (
            Values(10, 0, 0.0, (), sums_agree=False),
            False,
            "equal sums over the channels",
            "other sums",
        ),
    ],
)
def test_what_is_told_of_values(values: Values, passed: bool, predicted: str, found: str) -> None:
    assert (values.passed, values.predicted, values.found) == (passed, predicted, found)


class TestOddNetworks:
    """What once was a false alarm, or took all the memory there is."""

    @pytest.mark.parametrize(
        ("shape", "layers"),
        [
            ([784], [{"unflatten": [1, 28, 28]}, "batch_norm"]),
            ([3, 8, 8], ["identity", "relu"]),
            ([4], [{"flatten": None, "name": "v"}, {"add": ["v", "v"]}]),
            (
                [3, 1, 1],
                [{"max_pool": 2, "dilation": 2, "padding": "same"}, {"conv": 4, "kernel_size": 1}],
            ),
            ([3, 1, 1], [{"max_pool": 2, "dilation": 2, "padding": "same"}, "softmax", "gelu"]),
            ([3, 200, 200], [{"max_pool": 9, "stride": 1}, {"instance_norm": {}, "affine": True}]),
            ([3, 8, 8], [{"softplus": 1.0e-40}, "relu"]),
            ([3, 8, 8], [{"leaky_relu": 1e15}, {"elu": 1e15}, "tanh"]),
            ([1, 3, 3], [{"conv": 1, "kernel_size": 3, "dilation": 8000, "padding": "same"}]),
            ([2, 40, 40], [{"conv": 3, "kernel_size": 40}]),
            ([4, 6, 6], [{"conv_transpose": 70, "kernel_size": 9, "stride": 2}]),
            ([1, 100_000], [{"adaptive_avg_pool": 1}]),
        ],
    )
    @pytest.mark.parametrize("seed", [0, 1])
    def test_as_predicted(self, shape: Any, layers: Any, seed: int) -> None:
        found = verify(convcalc.network({"input": shape, "layers": layers}), seed=seed)
        assert failures(found) == []
        assert found.passed

    def test_products_that_overflow(self) -> None:
        layers = ["relu", {"multiply": ["input"] * 60}, "relu"]
        found = verify(convcalc.network({"input": [3, 8, 8], "layers": layers}))
        assert failures(found) == []

    @pytest.mark.slow
    def test_many_values_alive_at_once(self) -> None:
        layers: list[Any] = [
            {"conv": 1, "kernel_size": 1, "from": "input", "name": f"c{at}"} for at in range(3000)
        ]
        layers.append({"concat": [f"c{at}" for at in range(3000)]})
        assert verify(convcalc.network({"input": [1, 2], "layers": layers})).passed

    @pytest.mark.parametrize(
        "path",
        slow_unless(
            lambda path: path.stem not in LARGE,
            [path for path in EXAMPLES if path.stem not in TOO_LARGE],
        ),
        ids=lambda path: path.stem,
    )
    def test_no_convolution_of_an_example_gets_zeros(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing can be wrong with a layer that is given nothing."""
        shares: list[float] = []
        for word in ("conv", "depthwise_conv", "conv_transpose", "linear"):
            right = registry.KERNELS[word].run

            def watched(call: Call, right: Any = right) -> Any:
                shares.append(np.count_nonzero(call.input) / call.input.size)
                return right(call)

            kernel = registry.KERNELS[word]._replace(run=watched)
            monkeypatch.setitem(registry.KERNELS, word, kernel)
        network = convcalc.load(path)
        small = network.input_shape[0], *[min(size, 64) for size in network.input_shape[1:]]
        if path.stem not in ONE_SIZE:
            network = network.replace(input_shape=small)
        verify(network)
        assert len(shares) > 2
        assert min(shares) > 0.04


class TestMemory:
    """What does not fit is refused before it is begun."""

    def network(self) -> Network:
        wide = Layer("wide", Conv(64, 4096, 1))
        return Network((64, 512, 512), [wide, Layer("narrow", Conv(4096, 1, 1), ("wide",))])

    def test_a_layer_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(free_memory, "free_memory", lambda: 2**31)
        with pytest.raises(NoRoomError) as refused:
            verify(self.network())
        # Input 2**24 numbers, output 2**30, twice more in between, weights: 4 bytes each.
        needed = 4 * (2**24 + 3 * 2**30 + 64 * 4096 + 4096) + 2**26
        told = f"running wide takes {needed / 2**30:.1f} GiB of memory, 2.0 GiB are free"
        assert str(refused.value) == told

    def test_designs_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        comparison = compare(Conv(4, 8, 3), (4, 64, 64))
        monkeypatch.setattr(free_memory, "free_memory", lambda: 2**26 + 2**20)
        with pytest.raises(NoRoomError, match="running the designs side by side"):
            verify_layer(comparison)

    @pytest.mark.parametrize("batch", [1, 3])
    def test_a_layer_too_large_to_measure(
        self, batch: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The input once and the output three times, for each of the batch, and the weights."""
        needed = 4 * (batch * (4 * 81 + 3 * 8 * 49) + 8 * 4 * 9 + 8)
        monkeypatch.setattr(free_memory, "free_memory", lambda: needed + free_memory.KEPT_BACK - 1)
        with pytest.raises(NoRoomError, match="running the layer takes"):
            measure(Conv(4, 8, 3), (4, 9, 9), batch)
        monkeypatch.setattr(free_memory, "free_memory", lambda: needed + free_memory.KEPT_BACK)
        assert measure(Conv(4, 8, 3), (4, 9, 9), batch) > 0
        assert measure(Conv(4, 8, 3), (4, 9, 9)) > 0  # of one

    def test_memory_that_runs_out_all_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wrong(_: Call) -> Any:
            raise MemoryError

        monkeypatch.setitem(
            registry.KERNELS, "relu", Kernel(wrong, registry.KERNELS["relu"].definition)
        )
        with pytest.raises(NoRoomError, match="there is not enough memory to run act"):
            verify(convcalc.network(SMALL))

    def test_where_the_system_does_not_tell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(free_memory, "free_memory", lambda: None)
        assert verify(convcalc.network(SMALL)).passed


class TestWholeNumbers:
    """Values between layers are whole numbers small enough for exact sums."""

    def test_weights_have_the_mean_0(self) -> None:
        numbers = WholeNumbers(0).array((3, 10_000), np.float32)
        found, counts = np.unique(numbers, return_counts=True)
        assert found.tolist() == [-3, -1, 1, 3]
        assert counts.min() > 30_000 / 4 * 0.9

    @pytest.mark.parametrize(
        ("values", "settled"),
        [
            ([-100.0, 50.0, 1.0], [-7, 4, 0]),
            ([0.1, 0.05], [7, 4]),
            ([0.0, 0.0], [0, 0]),
            ([float("inf"), 3.0], [7, 3]),
            ([float("nan"), -30.0], [0, -7]),
        ],
    )
    def test_values_are_settled_in_proportion(self, values: Any, settled: Any) -> None:
        array = np.array(values)
        settle(array)
        assert array.tolist() == settled

    def test_a_sum_too_long_for_float32_is_done_in_double(self) -> None:
        """A million products of up to 28 are beyond the 2**24 that float32 holds exactly."""
        network = convcalc.network(
            {"input": [1_000_000], "layers": [{"linear": 2, "name": "long"}, "relu"]}
        )
        seen = verify(network, seed=3)
        assert seen.passed
        values = WholeNumbers(3).array((1, 1_000_000), np.float32)
        assert exact_dtype(1_000_000) is np.float64
        assert abs(values).sum() > 2**20

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_every_output_is_in_one_sum_with_its_sign(self, dtype: Any) -> None:
        """Each is up to 3 * (7 * 5000 + 1): in float32, exact below 2**24, 159 of them add up."""
        matrix = signs(groups=3, outputs=300, fan_in=5000, dtype=dtype)
        assert matrix.shape == (3, 2 if dtype is np.float32 else 1, 300)
        assert set(np.unique(matrix).tolist()) == {-1, *([0] if dtype is np.float32 else []), 1}
        assert (abs(matrix).sum(axis=1) == 1).all()

    @pytest.mark.parametrize(
        ("size", "step", "enough"), [(100, 1, 5), (19_999, 1, 1000), (40_000, 4, 500)]
    )
    def test_one_value_in_twenty_is_not_nearly_zero(
        self, size: int, step: int, enough: int
    ) -> None:
        """Ten thousand values or a few more are looked at, evenly."""
        values = np.zeros(size)
        values[step : 2 * step * enough : 2 * step] = 1
        assert np.count_nonzero(values) == enough
        assert not nearly_zero(values)
        values[step] = 0
        assert nearly_zero(values)

    @pytest.mark.parametrize(
        ("operation", "refreshed"),
        [
            (activations.dropout(), True),
            (reshaping.PixelShuffle(2), True),
            (reshaping.Flatten(), False),
        ],
        ids=str,
    )
    def test_zeros_are_replaced_where_nothing_else_shows_them(
        self, operation: Any, refreshed: bool
    ) -> None:
        """What a view shows belongs to the layer before it."""
        rows = [Layer("a", activations.Identity()), Layer("b", operation, ("a",))]
        run = _Network(rows, {"input": (1, 4, 3, 3)}, WholeNumbers(0), Workspace(), ["b"])
        run.values["a"] = np.zeros((1, 4, 3, 3), np.float32)
        run.memory.note(run.values["a"], 1)
        run._seen(1, rows[1])
        assert run.values["b"].any() == refreshed

    def test_all_corners_are_compared(self) -> None:
        positions = WholeNumbers(0).positions((2, 5, 1, 4), 3)
        assert len(positions) == 8 + 3
        assert {(0, 0, 0, 0), (1, 4, 0, 3), (0, 4, 0, 0), (1, 0, 0, 3)} <= set(positions)


def test_progress_is_told() -> None:
    told: list[float] = []
    verify(convcalc.network(SMALL), on_progress=told.append)
    assert 0 < told[0] < 0.5
    assert told == sorted(told)
    assert told[-1] == 1
    shares: list[float] = []
    verify_layer(compare(Conv(4, 8, 3), (4, 9, 9), batch=3), on_progress=shares.append)
    assert 0.9 < shares[-1] <= 1
    assert all(share < 1 for share in shares[:-1])  # a sum that is too small would be cut at 1


NAMES = ("standard", "grouped", "depthwise separable")


def test_the_work_of_designs_is_that_of_each_and_of_the_first_beside_each_other() -> None:
    """Standard, in 2 groups, in 4, separable: 8, 4 and 2 by 36 weights, 36 + 32; at 7x7."""
    first, *others = [49 * weights for weights in (288, 144, 72, 68)]
    once = first + sum(others)
    beside = sum(others) + 3 * first
    by_hand = 3 * once + beside + ROW * (1 + 1 + 1 + 2)
    comparison = compare(Conv(4, 8, 3), (4, 9, 9), batch=3)
    designs = [each for each in comparison.designs if each.name in NAMES]
    assert _work(comparison._replace(designs=tuple(designs))) == by_hand


def test_products_are_counted_by_their_operands() -> None:
    workspace = Workspace()
    workspace.product(np.ones((3, 4, 5)), np.ones((3, 5, 7)))
    workspace.product(np.ones((4, 5)), np.ones((2, 5, 1)))
    assert workspace.macs == 3 * 4 * 5 * 7 + 2 * 4 * 5
