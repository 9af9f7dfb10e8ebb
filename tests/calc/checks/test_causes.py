"""What a total is large for."""

from typing import Any

import pytest

import convcalc
from convcalc.checks.causes import cause_of
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.facts.memory import alive_values


def checked(layers: list[Any], **more: Any) -> CheckedNetwork:
    return CheckedNetwork(convcalc.network({"input": [4, 16, 16], "layers": layers, **more}))


def conv(out: int, name: str, **more: Any) -> dict[str, Any]:
    return {"conv": out, "kernel_size": 1, "bias": False, "name": name, **more}


# 4*8 = 32, 8*16 = 128, 16*2 = 32 weights; as many MACs at each of 16*16 positions.
CHAIN = [conv(8, "a"), conv(16, "b"), conv(2, "c")]


@pytest.mark.parametrize("key", ["params", "macs", "flops", "weight_bytes"])
def test_a_layer_with_more_than_half_is_named_alone(key: str) -> None:
    assert cause_of(checked(CHAIN), key) == "the largest layer is b (66.7 %)"


def test_layers_are_named_until_they_have_half() -> None:
    layers = [conv(4, name) for name in "abcde"]  # equal: a fifth each
    told = "the largest layers are a (20.0 %), b (20.0 %) and c (20.0 %)"
    assert cause_of(checked(layers), "params") == told


def test_memory_of_outputs() -> None:
    told = "the largest layer is b (61.5 %)"  # 16 of 26 channels
    assert cause_of(checked(CHAIN), "activation_bytes") == told


@pytest.mark.parametrize("key", ["input_bytes", "torchsummary_bytes"])
def test_what_no_layer_causes(key: str) -> None:
    assert cause_of(checked(CHAIN), key) == ""


def test_the_peak_is_told_with_what_is_alive() -> None:
    """While b runs: 8 channels in and 16 out, of 256 positions and 4 bytes."""
    told = "the peak is at b (a's 8 KiB and its own output of 16 KiB)"
    assert cause_of(checked(CHAIN), "peak_activation_bytes") == told
    told = "the peak is at b (a's 16 KiB and its own output of 32 KiB)"
    assert cause_of(checked(CHAIN, batch=4, dtype="float16"), "peak_activation_bytes") == told


def test_what_is_kept_for_others_is_alive() -> None:
    """The input and a stay for the end: 4, 8, 16 and, in d, 32 channels."""
    layers = [*CHAIN[:2], conv(32, "c"), {"concat": ["a", "b", "c", "input"], "name": "d"}]
    told = "c's 32 KiB, b's 16 KiB, a's 8 KiB, input's 4 KiB and its own output of 60 KiB"
    assert cause_of(checked(layers), "peak_activation_bytes") == f"the peak is at d ({told})"


def test_many_values_are_summed_up() -> None:
    """The input and five of 4 channels, 4 KiB each; all of them side by side are 24 KiB."""
    names = [*"abcde"]
    layers = [*[conv(4, name) for name in names], {"concat": [*names, "input"], "name": "all"}]
    told = "input's 4 KiB, a's 4 KiB, b's 4 KiB, 12 KiB of 3 other values"
    found = cause_of(checked(layers), "peak_activation_bytes")
    assert found == f"the peak is at all ({told} and its own output of 24 KiB)"


def test_a_row_in_place_has_no_output_of_its_own() -> None:
    network = checked([conv(8, "a"), {"relu": None, "name": "act"}]).network
    shapes = [row.output_shape for row in network.audit().layers]
    found = alive_values(network.rows, network.inputs, shapes, ["act"], "act")
    assert found == {"a": 8 * 256}
