"""Arguments that are names or layers: what they read, where their rows are, what is refused."""

from typing import Any

import pytest

import convcalc
from convcalc.language.document import read_network

POINT = {"conv": 4, "kernel_size": 1}
STEM = {**POINT, "name": "stem"}


def inputs(written: list[Any], **parts: Any) -> dict[str, tuple[str, ...]]:
    """What the rows of a network read that has no problem and gives no warning."""
    reading = read_network({"input": [4, 64], "layers": written, **parts})
    assert (reading.problems, reading.warnings) == ([], [])
    assert reading.network is not None
    return {layer.name: layer.inputs for layer in reading.network.layers}


def problems(written: list[Any], **parts: Any) -> list[tuple[Any, ...]]:
    found = read_network({"input": [4, 64], "layers": written, **parts}).problems
    return [(problem.path, problem.message, problem.used_by) for problem in found]


def joining(word: str = "concat") -> dict[str, Any]:
    return {"args": {"skip": None}, "layers": ["relu", {word: ["$skip", []]}]}


def test_a_name_is_looked_up_where_the_block_is_used() -> None:
    """A U-Net's way up, given the value that it joins."""
    body = {
        "args": {"skip": None},
        "layers": [
            {**POINT, "name": "stem"},  # the same name in the block is another layer
            {"concat": ["$skip", []]},
            {"tanh": None, "from": "$skip"},
        ],
    }
    found = inputs([STEM, "relu", {"block": "b", "with": {"skip": "stem"}}], blocks={"b": body})
    assert found["b_1.concat_1"] == ("stem", "b_1.stem")
    assert found["b_1.tanh_1"] == ("stem",)


def test_the_input_of_the_caller() -> None:
    found = inputs(
        [STEM, {"block": "outer"}],
        blocks={
            "b": joining(),
            "outer": {"layers": [POINT, {"block": "b", "with": {"skip": "input"}}]},
        },
    )
    assert found["outer_1.b_1.concat_1"] == ("stem", "outer_1.b_1.relu_1")


def test_a_default_is_looked_up_in_the_block() -> None:
    body = {
        "args": {"skip": "input", "act": [{"dropout": "$p"}, "tanh"]},
        "layers": [POINT, "$act", {"add": ["$skip", []]}],
    }
    found = inputs([STEM, {"block": "b"}], blocks={"b": body}, vars={"p": 0.5})
    assert found["b_1.dropout_1"] == ("b_1.conv_1",)
    assert found["b_1.add_1"] == ("stem", "b_1.tanh_1")


def test_names_inside_blocks_are_looked_up_where_the_block_is_used() -> None:
    blocks = {
        "inner": {"layers": [{"gelu": None, "name": "in"}, "relu"]},
        "use": {"args": {"act": None}, "layers": ["$act"]},
    }
    reading = {"tanh": None, "from": "one.in"}
    sharing = {**POINT, "weights": "stem"}
    written = [
        {**POINT, "name": "stem"},
        {"block": "inner", "name": "one"},
        {"block": "use", "with": {"act": reading}},
        {"block": "use", "with": {"act": [sharing]}},
    ]
    made = convcalc.network({"input": [4, 9], "blocks": blocks, "layers": written})
    *_, reads, shares = made.layers
    assert (reads.name, reads.inputs) == ("use_1.tanh_1", ("one.in",))
    assert (shares.name, shares.weights_of) == ("use_2.conv_1", "stem")


def test_arguments_are_passed_on() -> None:
    blocks = {
        "b": joining(),
        "middle": {"args": {"s": None}, "layers": [POINT, {"block": "b", "with": {"skip": "$s"}}]},
        "outer": {"args": {"s": None}, "layers": [{"block": "middle", "with": {"s": "$s"}}]},
    }
    written = [STEM, "gelu", {"block": "outer", "with": {"s": "stem"}}]
    found = inputs(written, blocks=blocks)
    last = "outer_1.middle_1.b_1"
    assert found[f"{last}.concat_1"] == ("stem", f"{last}.relu_1")
    written[-1]["with"]["s"] = "stme"  # type: ignore[index]
    place = ("layers", 2, "with", "s")
    assert problems(written, blocks=blocks) == [
        (place, "there is no stme here; did you mean stem?", None)
    ]
    written[-1]["with"]["s"] = 8  # type: ignore[index]
    assert problems(written, blocks=blocks) == [(place, "$skip is 8, not a layer", None)]


def test_layers_run_where_they_stand() -> None:
    """Their rows are the block's, their variables and names the caller's."""
    body = {
        "args": {"act": None, "n": 1},
        "layers": [{"conv": 6, "kernel_size": 1}, "relu", "$act", {"relu": None}],
    }
    act = [
        {"conv": "$in_channels * $n", "kernel_size": 1},
        "relu",
        {"concat": ["stem", []], "name": "joined"},
        {"add": ["joined", []]},
    ]
    network = convcalc.network(
        {
            "input": [4, 64],
            "vars": {"n": 3},
            "blocks": {"b": body},
            "layers": [STEM, {"block": "b", "with": {"act": act}}],
        }
    )
    found = {layer.name: layer for layer in network.layers}
    assert list(found) == [
        "stem",
        *(f"b_1.{row}" for row in ("conv_1", "relu_1", "conv_2", "relu_2", "joined", "add_1")),
        "b_1.relu_3",
    ]
    assert found["b_1.conv_2"].operation.out_channels == 6 * 3  # type: ignore[attr-defined]
    assert found["b_1.joined"].inputs == ("stem", "b_1.relu_2")
    assert found["b_1.add_1"].inputs == ("b_1.joined", "b_1.joined")


@pytest.mark.parametrize(
    ("act", "rows"),
    [
        ("relu", ["relu_1"]),
        ({"leaky_relu": 0.1}, ["leaky_relu_1"]),
        (["relu", {"dropout": 0.5}], ["relu_1", "dropout_1"]),
        (["batch_norm", "relu"], ["batch_norm_1", "relu_1"]),
        ([], []),
        ({"block": "two"}, ["two_1.tanh_1", "two_1.gelu_1"]),
        ({"relu": None, "repeat": 2}, ["relu_1.0", "relu_1.1"]),
        ({"relu": None, "if": 0}, []),
    ],
)
def test_layers_as_a_layer_and_as_an_operand(act: Any, rows: list[str]) -> None:
    blocks = {
        "b": {"args": {"act": None}, "layers": [POINT, "$act", {"add": [[], "input"]}]},
        "c": {"args": {"act": None}, "layers": [POINT, {"add": [["$act"], "input"]}]},
        "two": {"layers": ["tanh", "gelu"]},
    }
    for name in ("b", "c"):
        found = inputs([{"block": name, "with": {"act": act}}], blocks=blocks)
        assert [*found] == [f"{name}_1.{row}" for row in ("conv_1", *rows, "add_1")]
        last = f"{name}_1.{rows[-1]}" if rows else f"{name}_1.conv_1"
        assert found[f"{name}_1.add_1"] == (last, "input")


def test_layers_for_an_operand() -> None:
    given = {"skip": [{"conv": 4, "kernel_size": 1}, "tanh"]}
    found = inputs([{"block": "b", "with": given}], blocks={"b": joining("add")})
    assert found["b_1.conv_1"] == ("b_1.relu_1",)
    assert found["b_1.add_1"] == ("b_1.tanh_1", "b_1.relu_1")
    found = inputs([{"block": "b", "with": {"skip": []}}], blocks={"b": joining("add")})
    assert found["b_1.add_1"] == ("b_1.relu_1", "b_1.relu_1")


def test_layers_know_the_round_of_the_caller() -> None:
    body = {"args": {"f": None}, "layers": [{"relu": None, "repeat": 3}, "$f"]}
    outer = {"block": "b", "repeat": 2, "with": {"f": {"conv": "5 + $round", "kernel_size": 1}}}
    network = convcalc.network({"input": [4, 64], "blocks": {"b": body}, "layers": [outer]})
    convs = [layer.operation for layer in network.layers if layer.operation.word == "conv"]
    assert [conv.out_channels for conv in convs] == [5, 6]  # type: ignore[attr-defined]


def test_an_argument_within_the_layers_of_an_argument() -> None:
    blocks = {
        "b": {"args": {"f": None}, "layers": ["$f"]},
        "outer": {
            "args": {"f": "tanh", "g": "input"},
            "layers": [{"block": "b", "with": {"f": [POINT, "$f", {"add": ["$g", []]}]}}],
        },
    }
    found = inputs([STEM, {"block": "outer", "with": {"f": "gelu"}}], blocks=blocks)
    inner = "outer_1.b_1"
    assert found == {
        "stem": ("input",),
        f"{inner}.conv_1": ("stem",),
        f"{inner}.gelu_1": (f"{inner}.conv_1",),
        f"{inner}.add_1": ("stem", f"{inner}.gelu_1"),
    }


def test_an_operand_that_is_one_layer() -> None:
    listed = [{"add": [[], [{"conv": 4, "kernel_size": 1}]]}]
    assert inputs([{"add": [[], {"conv": 4, "kernel_size": 1}]}]) == inputs(listed)
    found = inputs([{**POINT, "name": "relu"}, {"add": ["relu", "input"]}])
    assert found["add_1"] == ("relu", "input")  # a word alone is a name


def test_a_block_that_contains_itself_through_an_argument() -> None:
    blocks = {
        "a": {"layers": [{"block": "b", "with": {"f": {"block": "a"}}}]},
        "b": {"args": {"f": None}, "layers": ["$f"]},
    }
    place = ("blocks", "a", "layers", 0, "with", "f", "block")
    assert problems(["relu"], blocks=blocks) == [(place, "block a contains itself", None)]


def test_names_in_the_layers_of_an_argument_are_not_of_the_block() -> None:
    body = {"args": {"f": None}, "layers": ["$f", {"add": ["inner", []]}]}
    used = {"block": "b", "with": {"f": {"relu": None, "name": "inner"}}}
    message = "there is no inner here; known names: input"
    place = ("blocks", "b", "layers", 1, "add", 0)
    assert problems([used], blocks={"b": body}) == [(place, message, ("layers", 0))]


def test_arguments_passed_on_double_their_layers_within_bounds() -> None:
    blocks: dict[str, Any] = {
        f"b{at}": {
            "args": {"f": None},
            "layers": [{"block": f"b{at + 1}", "with": {"f": ["$f", "$f"]}}],
        }
        for at in range(40)
    }
    blocks["b40"] = {"args": {"f": None}, "layers": ["$f"]}
    found = problems([{"block": "b0", "with": {"f": []}}], blocks=blocks)
    assert found
    assert all("too large" in told or "nested deeper" in told for _, told, _ in found)


def test_names_in_an_argument_are_those_of_its_rows() -> None:
    """A layer of an argument is named in the block: outside it is read by its row's name."""
    blocks = {"b": {"args": {"act": None}, "layers": ["relu", "$act"]}}
    act = [{"conv": 4, "kernel_size": 1, "name": "n"}]
    call = {"block": "b", "with": {"act": act}, "name": "one"}
    content = {"input": [4, 8, 8], "blocks": blocks}
    made = convcalc.network({**content, "layers": [call, {"add": ["one.n", "input"]}]})
    assert made.layers[-1].inputs == ("one.n", "input")
    inside = {"b": {**blocks["b"], "layers": ["$act", {"relu": None, "from": "n"}]}}
    with pytest.raises(convcalc.SpecError, match="there is no n here"):
        convcalc.network({**content, "blocks": inside, "layers": [call]})
