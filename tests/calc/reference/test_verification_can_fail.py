"""Each check of a verification fails where something is wrong."""

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc import Conv, ConvTranspose, compare
from convcalc.networks import Network
from convcalc.operations import activations, convolution, norms, reshaping, windows
from convcalc.operations.convolution import Convolution
from convcalc.redesign.designs import BLOCK_DIAGONAL, COMPOSED
from convcalc.reference import equivalences, registry
from convcalc.reference.kernel import Call
from convcalc.reference.verify import verify, verify_layer
from support.verified import SMALL, failures


class TestTheChecksCanFail:
    """A wrong formula or a wrong kernel is seen by the check that is for it, at its own row."""

    def found(self, network: Network | None = None) -> list[tuple[str, str]]:
        found = verify(network or convcalc.network(SMALL))
        assert not found.passed
        return failures(found)

    def test_nothing_fails_unprovoked(self) -> None:
        assert failures(verify(convcalc.network(SMALL))) == []

    def test_shape_formula(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = convcalc.network(SMALL)
        right = reshaping.PixelShuffle.output_shape

        def turned(self: Any, shape: Any) -> Any:
            channels, height, width = right(self, shape)
            return (channels, width, height)

        monkeypatch.setattr(reshaping.PixelShuffle, "output_shape", turned)
        assert self.found(network) == [("last", "shape")]

    def test_weights_formula(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Groups forgotten: the filters would see every input channel."""

        def ungrouped(self: Convolution) -> Any:
            return {"weight": (self.out_channels, self.in_channels, *self.kernel_size)}

        network = convcalc.network(SMALL)
        monkeypatch.setattr(convolution.Conv, "weights", property(ungrouped))
        assert self.found(network) == [("first", "weights")]

    def test_params_formula(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Running statistics counted as parameters."""
        network = convcalc.network(SMALL)
        monkeypatch.setattr(norms.BatchNorm, "params", property(lambda norm: 4 * norm.num_features))
        assert self.found(network) == [("norm", "weights")]

    def test_macs_formula(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A transposed convolution spread over its output, as half of all tools have it."""
        right = ConvTranspose.shape_and_macs

        def spread(self: Any, shapes: Any) -> Any:
            output_shape, macs = right(self, shapes)
            return output_shape, macs * 4

        network = convcalc.network(SMALL)
        monkeypatch.setattr(ConvTranspose, "shape_and_macs", spread)
        assert self.found(network) == [("up", "macs")]

    def test_macs_that_are_not_to_be_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = convcalc.network(SMALL)
        monkeypatch.setattr(norms.BatchNorm, "macs", lambda _, shape: 8 * shape[1] * shape[2])
        assert self.found(network) == [("norm", "macs")]

    def test_memory_formula(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = convcalc.network(SMALL)
        monkeypatch.setattr(activations.Elementwise, "in_place", False)
        assert self.found(network) == [("act", "memory")]

    def with_kernel(
        self, monkeypatch: pytest.MonkeyPatch, word: str, **changes: Any
    ) -> list[tuple[str, str]]:
        monkeypatch.setitem(registry.KERNELS, word, registry.KERNELS[word]._replace(**changes))
        return self.found()

    def test_values_of_a_wrong_kernel(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One value in a corner, off by one."""
        right = registry.KERNELS["conv"].run

        def wrong(call: Call) -> Any:
            result = right(call)
            result[0, -1, -1, -1] += 1
            return result

        assert self.with_kernel(monkeypatch, "conv", run=wrong) == [("first", "values")]

    def test_values_that_are_a_little_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right = registry.KERNELS["batch_norm"].run

        def wrong(call: Call) -> Any:
            result = right(call)
            result *= 1.0001
            return result

        assert self.with_kernel(monkeypatch, "batch_norm", run=wrong) == [("norm", "values")]

    def test_values_that_are_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wrong(call: Call) -> Any:
            return call.input * np.nan

        found = self.with_kernel(monkeypatch, "layer_scale", run=wrong)
        assert found == [("scale", "values"), ("scale", "memory")]

    def test_work_done_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right = registry.KERNELS["conv"].run

        def wrong(call: Call) -> Any:
            right(call)
            return right(call)

        assert self.with_kernel(monkeypatch, "conv", run=wrong) == [("first", "macs")]

    def test_memory_that_is_not_used_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = self.with_kernel(monkeypatch, "relu", in_place=False)
        assert found == [("act", "memory")]

    def test_memory_that_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A result that is a part of something larger holds on to all of it."""

        def wrong(call: Call) -> Any:
            return np.concatenate([call.input, call.input])[: len(call.input)]

        changes = {"run": wrong, "definition": registry.KERNELS["identity"].definition}
        found = self.with_kernel(monkeypatch, "layer_scale", **changes, in_place=False)
        assert ("scale", "memory") in found
        assert ("last", "memory") in found

    def test_weights_that_are_not_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wrong(_: Any, input_shape: tuple[int, ...]) -> Any:
            return dict.fromkeys(("weight", "bias", "mean"), input_shape[:1])

        assert self.with_kernel(monkeypatch, "batch_norm", weights=wrong) == [("norm", "weights")]

    def test_totals_that_are_not_the_sums(self) -> None:
        network = convcalc.network(SMALL)
        facts = network.audit()
        wrong = facts._replace(totals=facts.totals._replace(macs=facts.totals.macs + 1))
        found = verify(network, wrong)
        assert failures(found) == []
        assert [check.kind for check in found.totals if not check.passed] == ["macs"]
        assert not found.passed

    @pytest.mark.parametrize("part", [(0, 5), (0, slice(None), 3), (0, slice(None), slice(2), 1)])
    @pytest.mark.parametrize("word", ["conv", "conv_transpose"])
    def test_values_that_are_wrong_in_the_middle(
        self, monkeypatch: pytest.MonkeyPatch, part: Any, word: str
    ) -> None:
        """A channel, a row, a few positions: not at a corner, and few enough to slip by."""
        right = registry.KERNELS[word].run
        calls: list[int] = []

        def wrong(call: Call) -> Any:
            result = right(call)
            calls.append(1)
            if len(calls) == 1:
                result[part] += 1
            return result

        at = "first" if word == "conv" else "up"
        assert self.with_kernel(monkeypatch, word, run=wrong) == [(at, "values")]

    def test_a_linear_output_that_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right = registry.KERNELS["linear"].run

        def wrong(call: Call) -> Any:
            result = right(call)
            if result.shape == (1, 50):
                result[0, 17] += 1
            return result

        linear = registry.KERNELS["linear"]._replace(run=wrong)
        monkeypatch.setitem(registry.KERNELS, "linear", linear)
        network = convcalc.network({"input": [8], "layers": [{"linear": 50, "name": "fc"}]})
        found = [seed for seed in range(20) if failures(verify(network, seed=seed))]
        assert len(found) > 10  # more than those that drew the position

    @pytest.mark.parametrize("operation", ["conv", "max_pool", "avg_pool"])
    def test_padding_on_the_wrong_side(
        self, monkeypatch: pytest.MonkeyPatch, operation: str
    ) -> None:
        """The odd zero of `same` at the low side: shapes and counts are as they were."""
        layer = {operation: 4 if operation == "conv" else 2, "name": "same", "padding": "same"}
        layer |= {"kernel_size": 2} if operation == "conv" else {"stride": 1}
        network = convcalc.network({"input": [4, 9, 7], "layers": [layer]})
        assert failures(verify(network)) == []
        right = windows.same_padding

        def turned(*measures: int) -> tuple[int, int]:
            low, high = right(*measures)
            return high, low

        monkeypatch.setattr("convcalc.operations.windowed.same_padding", turned)
        assert self.found(network) == [("same", "values")]

    @pytest.mark.parametrize(
        "total",
        ["flops", "input_bytes", "weight_bytes", "activation_bytes", "torchsummary_bytes"],
    )
    def test_every_total(self, total: str) -> None:
        network = convcalc.network(SMALL)
        facts = network.audit()
        wrong = {total: getattr(facts.totals, total) + 1}
        found = verify(network, facts._replace(totals=facts.totals._replace(**wrong)))
        assert [check.kind for check in found.totals if not check.passed] == [total]

    def test_a_wrong_shape_ends_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What follows was predicted for another input: what was seen so far is reported."""
        right = registry.KERNELS["conv_transpose"].run

        def wrong(call: Call) -> Any:
            return np.ascontiguousarray(right(call)[..., :-1])

        changes = {"run": wrong, "sums_agree": None}
        found = self.with_kernel(monkeypatch, "conv_transpose", **changes)
        assert found[0] == ("up", "shape")
        assert {name for name, _ in found} == {"up"}

    def test_a_design_of_another_shape(self) -> None:
        comparison = compare(Conv(4, 6, 3, groups=2), (4, 9, 9))
        standard = comparison.standard
        wide = standard.layers[0]._replace(operation=Conv(4, 6, 3, padding=1))
        designs = tuple(
            standard._replace(layers=(wide,)) if each is standard else each
            for each in comparison.designs
        )
        found = verify_layer(comparison._replace(designs=designs))
        verified = zip(comparison.possible, found.designs, strict=True)
        assert [one.title for one, each in verified if not each.passed] == ["standard"]
        assert {each.deviation for each in found.equivalences} == {np.inf}
        assert {each.design for each in found.equivalences} >= {"grouped", "depthwise separable"}

    @pytest.mark.parametrize("transposed", [False, True])
    def test_a_grouped_convolution_with_a_kernel_misplaced(
        self, monkeypatch: pytest.MonkeyPatch, transposed: bool
    ) -> None:
        right = equivalences._block_diagonal

        def wrong(parts: Any, weights: Any) -> Any:
            built = right(parts, weights)
            return {**built, "weight": np.roll(built["weight"], 1, axis=-1)}

        monkeypatch.setitem(equivalences.DENSE_WEIGHTS, BLOCK_DIAGONAL, wrong)
        self.unequal("grouped", transposed)

    @pytest.mark.parametrize("transposed", [False, True])
    def test_a_pair_without_the_inner_bias(
        self, monkeypatch: pytest.MonkeyPatch, transposed: bool
    ) -> None:
        right = equivalences._composed

        def wrong(parts: Any, weights: Any) -> Any:
            return {**right(parts, weights), "bias": weights[1]["bias"]}

        monkeypatch.setitem(equivalences.DENSE_WEIGHTS, COMPOSED, wrong)
        self.unequal("depthwise separable", transposed)

    def unequal(self, design: str, transposed: bool) -> None:
        kind = ConvTranspose if transposed else Conv
        found = verify_layer(compare(kind(4, 6, 3, groups=2), (4, 9, 9)))
        assert [each.design for each in found.equivalences if not each.passed] == [design]
        assert not found.passed
