"""Rows of PyTorch modules: names, places, outputs, and writes in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from convcalc.files.places import NamedPlace
from support.torch_modules import counted, figures, loaded, module, rows, words

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional
IMAGE = (3, 8, 8)


def block() -> Any:
    def run(m: Any, x: Any) -> Any:
        return m.relu(m.bn(m.conv(m.relu(x))) + x)

    return module(
        run, conv=nn.Conv2d(3, 3, 3, padding=1), bn=nn.BatchNorm2d(3), relu=nn.ReLU(inplace=True)
    )


def names(found: Any) -> list[str]:
    return [row["name"] for row in rows(found)]


class TestNames:
    def test_paths_of_modules(self) -> None:
        found = loaded(lambda: nn.Sequential(block(), nn.Conv2d(3, 4, 1)), IMAGE)
        assert names(found) == ["_0.relu", "_0.conv", "_0.bn", "_0.add", "_0.relu_2", "_1"]
        assert words(found) == ["relu", "conv", "batch_norm", "add", "relu", "conv"]

    def test_calls_of_one_module(self) -> None:
        found = loaded(
            lambda: module(lambda m, x: functional.relu(functional.conv2d(x, m.w)),
                           w=nn.Parameter(torch.empty(4, 3, 3, 3))), IMAGE,
        )  # fmt: skip
        assert names(found) == ["convolution", "relu"]

    def test_places(self) -> None:
        found = loaded(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), IMAGE)
        places = found.document.item_places([("layers", 0), ("layers", 1)])
        assert places == {
            ("layers", 0): NamedPlace("module", "0", 1),
            ("layers", 1): NamedPlace("module", "1", 2),
        }  # fmt: skip

    def test_the_source(self) -> None:
        found = loaded(lambda: nn.Conv2d(3, 4, 3), IMAGE)
        assert found.document.source["format"] == "pytorch"
        assert found.document.source["version"] == torch.__version__


class TestAttention:
    def test_products_of_values(self) -> None:
        found = loaded(
            lambda: module(lambda _, q, k, v: functional.scaled_dot_product_attention(q, k, v)),
            (4, 10, 8), (4, 12, 8), (4, 12, 6),
        )  # fmt: skip
        assert figures(found) == (0, 4 * 10 * 12 * (8 + 6))
        assert words(found).count("matmul") == 2

    def test_recurrent_layers_are_one_row(self) -> None:
        found = loaded(lambda: module(lambda m, x: m.l(x)[0], l=nn.LSTM(4, 3)), (5, 4))
        assert [(row["opaque"], row["name"]) for row in rows(found)] == [("LSTM", "l")]
        assert rows(found)[0]["params"] == 4 * 3 * (4 + 3 + 2)

    @pytest.mark.parametrize(("kind", "gates"), [(nn.LSTM, 4), (nn.GRU, 3), (nn.RNN, 1)])
    def test_recurrent_layers_multiply_once_a_step(self, kind: Any, gates: int) -> None:
        """Two layers in two directions, the second reads both of the first."""
        layer = kind(4, 3, 2, bidirectional=True, batch_first=True)
        found = loaded(lambda: module(lambda m, x: m.l(x)[0], l=layer), (5, 4))
        steps = sum(gates * 3 * (features + 3) for features in (4, 6) for _ in range(5))
        assert figures(found)[1] == 2 * steps


@dataclass
class Output:
    logits: Any
    hidden: Any
    loss: Any = None


class Pair(NamedTuple):
    one: Any
    other: Any


class TestOutputs:
    @pytest.mark.parametrize(
        "nest",
        [
            lambda a, b: (a, b),
            lambda a, b: {"out": a, "aux": [b]},
            lambda a, b: Output(a, (b, None)),
            lambda a, b: Pair(a, {"z": b}),
            lambda a, b: [[a], 3, "x", [b]],
        ],
    )
    def test_nests(self, nest: Any) -> None:
        make = lambda: module(lambda m, x: nest(m.a(x), m.b(x)),  # noqa: E731
                              a=nn.Conv2d(3, 4, 1), b=nn.Conv2d(3, 5, 1))  # fmt: skip
        found = loaded(make, IMAGE)
        assert found.document.content["outputs"] == ["a", "b"]
        assert figures(found) == counted(make, [IMAGE])

    def test_what_nothing_reads_has_no_row(self) -> None:
        def run(m: Any, x: Any) -> Any:
            one, _, other = m.c(x).chunk(3, 1)
            one.sum().exp()
            return one * other

        found = loaded(lambda: module(run, c=nn.Conv2d(3, 6, 1)), IMAGE)
        assert words(found) == ["conv", "channel_slice", "channel_slice", "multiply"]
        assert found.warnings == []

    def test_nothing_is_returned(self) -> None:
        (problem,) = loaded(lambda: module(lambda _, x: {"n": len(x)}), IMAGE).problems
        assert problem.text == "the forward pass returns no tensor, but a dict"

    def test_the_input_itself(self) -> None:
        found = loaded(nn.Identity, IMAGE)
        assert figures(found) == (0, 0)
        assert found.network is not None
        assert found.network.totals().output_shape == IMAGE


class TestInPlace:
    def test_parts_of_a_value(self) -> None:
        def run(m: Any, x: Any) -> Any:
            both = torch.zeros(1, 8, 8, 8)
            both[:, :4] = m.a(x)
            both[:, 4:] = m.b(x)
            both.relu_()
            both[:, 0] += 1
            return m.c(both)

        make = lambda: module(run, a=nn.Conv2d(3, 4, 1), b=nn.Conv2d(3, 4, 1),  # noqa: E731
                              c=nn.Conv2d(8, 2, 1))  # fmt: skip
        found = loaded(make, IMAGE)
        assert figures(found) == counted(make, [IMAGE])
        assert found.warnings == []
        written = [row["from"] for row in rows(found) if row.get("opaque") == "in_place_write"]
        assert written[:2] == ["a", ["in_place_write", "b"]]

    def test_a_view_sees_what_is_written(self) -> None:
        def run(_: Any, x: Any) -> Any:
            view = x.view(1, -1)
            x.mul_(x)
            return view

        found = loaded(lambda: module(run), IMAGE)
        assert words(found) == ["flatten", "multiply", "opaque"]
        assert rows(found)[2]["from"] == ["view", "mul"]

    def test_the_same_numbers_in_another_tensor(self) -> None:
        def run(m: Any, x: Any) -> Any:
            other = x.detach()
            x.relu_()
            return m.c(other)

        found = loaded(lambda: module(run, c=nn.Conv2d(3, 4, 1)), IMAGE)
        assert words(found) == ["relu", "conv"]


def test_inference_mode() -> None:
    """In it composed calls are not taken apart by PyTorch itself."""
    make = lambda: module(torch.inference_mode()(lambda m, x: m.l(m.c(x).flatten(2))),  # noqa: E731
                          c=nn.Conv2d(3, 4, 3), l=nn.Linear(36, 5))  # fmt: skip
    found = loaded(make, IMAGE)
    assert figures(found) == counted(make, [IMAGE])
    assert {"conv"} <= {*words(found)}
