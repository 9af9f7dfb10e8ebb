"""Several inputs and outputs, and names inside blocks."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import convcalc
from convcalc.checks.snapshot import fingerprint
from convcalc.language.document import Overrides, read_network


def conv(channels: int, kernel: int = 1, source: str | None = None, **more: Any) -> dict[str, Any]:
    read = {} if source is None else {"from": source}
    return {"conv": channels, "kernel_size": kernel, **read, **more}


def network(layers: list[Any], **more: Any) -> convcalc.Network:
    return convcalc.network({"input": [2, 8, 8], "layers": layers, **more})


def refusal(**content: Any) -> str:
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.network({"input": [2, 8, 8], "layers": ["relu"], **content})
    return str(caught.value)


PAIR = {"left": [3, 29, 29], "right": [3, 29, 29]}


class TestInputs:
    def test_each_is_read_by_its_name(self) -> None:
        left, right = conv(4, 3, name="one"), conv(4, 3, "right")
        made = network([left, right, {"concat": [[], "one"]}], input=PAIR)
        facts = made.audit()
        assert [row.inputs for row in facts.layers] == [
            ("left",),
            ("right",),
            ("conv_1", "one"),
        ]
        assert made.input_shape == (3, 29, 29)
        assert dict(made.inputs) == {"left": (3, 29, 29), "right": (3, 29, 29)}
        assert facts.totals.input_bytes == 4 * 2 * 3 * 29 * 29
        assert facts.totals.receptive_field == (3, 3)  # the hull, for the sizes are equal

    def test_input_means_the_first(self) -> None:
        made = network([{"add": ["input", "left"]}], input=PAIR)
        assert made.layers[0].inputs == ("left", "left")

    def test_nothing_is_said_of_inputs_of_other_sizes_together(self) -> None:
        inputs = {"left": [3, 8, 8], "right": [3, 16, 16]}
        half = {"max_pool": 2, "from": "right", "name": "half"}
        facts = network([half, {"add": ["left", "half"]}], input=inputs).audit()
        assert [row.receptive_field for row in facts.layers] == [(2, 2), None]

    def test_sizes_of_other_inputs_do_not_matter(self) -> None:
        """The third input is of another size, and nothing here reads it."""
        layers = [conv(3, 3, "left", padding=1), {"add": [[], "right"]}]
        facts = network(layers, input={**PAIR, "third": [3, 15, 15]}).audit()
        assert [row.receptive_field for row in facts.layers] == [(3, 3), (3, 3)]

    def test_values_that_do_not_fit_are_told_with_the_row_that_rounded(self) -> None:
        layers = [
            {"max_pool": 2, "from": "right", "name": "half"},
            {"upsample": 2},
            {"add": ["left", []]},
        ]
        told = refusal(input=PAIR, layers=layers)
        assert told == (
            "layers[2].add: (3, 29, 29) and (3, 28, 28) do not fit together in add; "
            "half makes 14 of 29, with a stride of 2"
        )

    def test_all_stay_until_they_are_read(self) -> None:
        """By hand: 128 values each, and one output of 128 at a time."""
        inputs = {"left": [2, 8, 8], "right": [2, 8, 8]}
        layers = [conv(2, name="a"), conv(2, 1, "right"), {"add": ["a", []]}]
        alive = [row.alive_bytes for row in network(layers, input=inputs).audit().layers]
        assert alive == [4 * 384, 4 * 384, 4 * 256]

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            (9, [(3, 9, 9), (3, 9, 9)]),
            ({"right": [5, 7]}, [(3, 29, 29), (3, 5, 7)]),
        ],
    )
    def test_sizes_are_set_of_all_or_of_one(self, size: Any, expected: list[Any]) -> None:
        reading = read_network({"input": PAIR, "layers": ["relu"]}, "n", Overrides(size=size))
        assert reading.network is not None
        assert list(reading.network.inputs.values()) == expected

    def test_whole_shapes_are_set(self) -> None:
        overrides = Overrides(inputs={"": (1, 96, 96)})
        reading = read_network({"input": [3, 8, 8], "layers": ["relu"]}, "n", overrides)
        assert reading.network is not None
        assert reading.network.input_shape == (1, 96, 96)

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            (Overrides(size={"lft": 9}), "unknown input lft; did you mean left?"),
            (Overrides(inputs={"top": (1, 2)}), "unknown input top; the inputs are left, right"),
            (Overrides(size=(9,)), "size=(9,) is not for an input of 2 spatial sizes"),
        ],
    )
    def test_what_cannot_be_set(self, overrides: Overrides, message: str) -> None:
        with pytest.raises(convcalc.SpecError) as caught:
            read_network({"input": PAIR, "layers": ["relu"]}, "n", overrides)
        assert str(caught.value) == message

    def test_what_is_wrong_has_its_place(self) -> None:
        assert refusal(input={}) == (
            "input: input has no shape: write [C, *spatial], or one for each name"
        )
        assert refusal(input={"a": [3, 0]}) == "input.a: a=[3, 0] has a value that is below 1"
        assert refusal(input={"2d": [3, 4]}) == "input.2d: 2d cannot be an input's name"
        message = refusal(input=PAIR, layers=[{"relu": None, "name": "left"}])
        assert message == "layers[0].name: the name left is already used"


class TestOutputs:
    def test_all_are_kept_and_none_is_unused(self) -> None:
        """The issue's own case: two heads on one value, 1,536 bytes at the peak."""
        layers = [
            conv(2, name="a"),
            conv(2, name="head1"),
            conv(2, 1, "a", name="head2"),
        ]
        content = {"input": [2, 8, 8], "layers": layers, "outputs": ["head1", "head2"]}
        reading = read_network(content)
        assert (reading.problems, reading.warnings) == ([], [])
        assert reading.network is not None
        totals = reading.network.audit().totals
        assert totals.peak_activation_bytes == 1_536
        assert totals.outputs == {"head1": (2, 8, 8), "head2": (2, 8, 8)}
        assert totals.output_shape == (2, 8, 8)
        del content["outputs"]
        unread = read_network(content)
        assert unread.network is not None
        assert unread.network.audit().totals.peak_activation_bytes == 1_024
        assert [each.message for each in unread.warnings] == ["the output of head1 is never used"]

    def test_an_output_may_be_the_input_a_block_or_inside_one(self) -> None:
        head = {"args": {}, "layers": [conv(4, name="cls"), "relu"]}
        made = network(
            [{"block": "head", "name": "p3"}],
            blocks={"head": head},
            outputs=["p3.cls", "input", "p3"],
        )
        assert made.output_rows == {"p3.cls": "p3.cls", "input": "input", "p3": "p3.relu_1"}

    def test_no_other_output_changes_a_fingerprint(self) -> None:
        layers = [conv(2, name="a"), conv(2, name="b")]
        plain = fingerprint(network(layers))
        assert fingerprint(network(layers, outputs=["b"])) == plain
        assert fingerprint(network(layers, outputs=["a", "b"])) != plain
        assert fingerprint(network(layers, outputs=["b", "a"])) != plain

    @pytest.mark.parametrize(
        ("outputs", "message"),
        [
            ([], "outputs: outputs is a list of the names of layers"),
            ("a", "outputs: outputs is a list of the names of layers"),
            ([1], "outputs[0]: 1 is not the name of a layer"),
            (["a", "a"], "outputs[1]: a is given twice"),
            (["aa"], "outputs[0]: there is no aa here; did you mean a?"),
            (["aux"], "outputs[0]: aux only runs in training"),
        ],
    )
    def test_what_is_no_output(self, outputs: Any, message: str) -> None:
        layers = [conv(2, name="a"), conv(2, name="aux", training=True)]
        assert refusal(layers=layers, outputs=outputs) == message

    def test_the_last_layer_is_the_output_by_any_title(self) -> None:
        """Networks that do the same have one fingerprint: the row of the title is not its name."""
        layers = [conv(2, name="a", repeat=2)]
        titled, plain = network(layers, outputs=["a"]), network(layers)
        assert titled.output_rows == {"a": "a.1"}
        assert fingerprint(titled) == fingerprint(plain)
        assert fingerprint(network(layers, outputs=["a.0"])) != fingerprint(plain)


class TestNamesInBlocks:
    BLOCKS: ClassVar[dict[str, Any]] = {
        "b": {"layers": [conv(4, name="in"), {"relu": None, "name": "out"}]}
    }

    def test_rounds_and_rows_are_read_by_their_names(self) -> None:
        layers = [
            {"block": "b", "repeat": 2, "name": "stage"},
            {"concat": ["stage.0.in", "stage.1", "stage"]},
            conv(3, 1, "stage.1.in"),
        ]
        made = network(layers, blocks=self.BLOCKS)
        assert made.layers[-2].inputs == ("stage.0.in", "stage.1.out", "stage.1.out")
        assert made.layers[-1].inputs == ("stage.1.in",)

    def test_only_what_is_before_it_is_read(self) -> None:
        layers = [{"relu": None, "from": "stage.in"}, {"block": "b", "name": "stage"}]
        assert refusal(layers=layers, blocks=self.BLOCKS).startswith(
            "layers[0].from: there is no stage.in here"
        )


class TestTraining:
    def test_it_hangs_off_and_only_its_weights_count(self) -> None:
        aux = [conv(6, name="aux", training=True), {"relu": None, "from": "aux", "training": True}]
        made = network([conv(4, name="a"), *aux, conv(2, name="b")])
        without = network([conv(4, name="a"), conv(2, name="b")])
        facts, plain = made.audit(), without.audit().totals
        assert facts.layers[-1].inputs == ("a",)
        assert facts.totals.params == plain.params + 4 * 6 + 6
        assert facts.totals.weight_bytes == 4 * facts.totals.params
        assert (facts.totals.macs, facts.totals.activation_bytes) == (
            plain.macs,
            plain.activation_bytes,
        )
        assert facts.totals.peak_activation_bytes == plain.peak_activation_bytes
        row = facts.layers[1]
        assert (row.training, row.macs, row.alive_bytes) == (True, None, None)

    def test_nothing_else_reads_it(self) -> None:
        layers = [conv(6, name="aux", training=True), {"relu": None, "from": "aux"}]
        message = "aux only runs in training: only layers with training: true read it"
        assert refusal(layers=layers) == f"layers[1].from: {message}"

    def test_it_is_not_the_output_of_the_network(self) -> None:
        aux = conv(6, name="aux", training=True)
        layers = [conv(4), aux, {"relu": None, "from": "aux", "if": False}]
        message = "aux only runs in training: it cannot be the network's output"
        assert refusal(layers=layers) == f"layers[2]: {message}"

    def test_something_runs_in_use(self) -> None:
        message = "every layer only runs in training: a network needs one that runs in use"
        assert refusal(layers=[conv(6, training=True)]) == f"layers: {message}"
        layer = convcalc.Layer("a", convcalc.Conv(2, 6, 1), training=True)
        with pytest.raises(convcalc.SpecError, match=message):
            convcalc.Network((2, 8, 8), [layer])

    def test_a_whole_block_may_be_for_training(self) -> None:
        blocks = {"head": {"layers": [conv(4), "relu"]}}
        made = network(
            [conv(3, name="a"), {"block": "head", "training": True}, "relu"], blocks=blocks
        )
        assert [layer.training for layer in made.layers] == [False, True, True, False]
        assert made.layers[-1].inputs == ("a",)

    def test_it_is_neither_redesigned_nor_run(self) -> None:
        pytest.importorskip("numpy")
        from convcalc.redesign.of_network import redesigns

        dense = [conv(8, 3, name="a"), conv(8, 3, training=True), "relu"]
        made = network(dense)
        assert [each.changed for each in redesigns(made, made.audit(), [2])] == [0, 0, 1, 1]
        run = convcalc.verify(made)
        assert run.passed
        assert [row.name for row in run.rows] == ["a", "relu_1"]

    def test_it_is_true_or_false(self) -> None:
        layers = [{"relu": None, "training": "yes"}]
        assert refusal(layers=layers) == (
            "layers[0].training: training=yes is neither true nor false"
        )
