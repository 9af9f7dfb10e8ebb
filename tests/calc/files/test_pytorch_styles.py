"""How the code of a PyTorch module writes its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.torch_modules import loaded, module, rows

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional
IMAGE = (4, 8, 6)


def styles(target: Callable[[], Any], shape: tuple[int, ...] = IMAGE) -> list[tuple[str, str]]:
    found = rows(loaded(target, shape))
    return [(next(iter(row)), row.get("as", "module")) for row in found]


def style_of(function: Callable[[Any, Any], Any], **parts: Any) -> list[tuple[str, str]]:
    return styles(lambda: module(function, **parts))


def derived(layer: Any) -> Any:
    """A layer as one of a class derived from its own."""
    layer.__class__ = type("Derived", (type(layer),), {})
    return layer


class TestFunctions:
    def test_layers(self) -> None:
        layers = nn.Sequential(
            *(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.GELU(), nn.MaxPool2d(2)),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)),
        )
        assert {style for _, style in styles(lambda: layers)} == {"module"}

    @pytest.mark.parametrize(
        ("name", "word"),
        [
            *(("relu", "relu"), ("relu6", "relu6"), ("gelu", "gelu"), ("silu", "silu")),
            *(("elu", "elu"), ("leaky_relu", "leaky_relu")),
        ],
    )
    def test_activations(self, name: str, word: str) -> None:
        function = getattr(functional, name)
        assert style_of(lambda _, x: function(x)) == [(word, "functional")]

    def test_methods(self) -> None:
        assert style_of(lambda _, x: torch.relu(x.clamp(0, 6).relu().softmax(1))) == [
            ("relu6", "method"),
            ("relu", "method"),
            ("softmax", "method"),
            ("relu", "method"),
        ]

    def test_pools(self) -> None:
        def run(_: Any, x: Any) -> Any:
            x = functional.avg_pool2d(functional.max_pool2d(x, 2), 2)
            return functional.adaptive_avg_pool2d(x, (1, 1))

        words = ["max_pool", "avg_pool", "adaptive_avg_pool"]
        assert style_of(run) == [(word, "functional") for word in words]

    def test_means(self) -> None:
        pool = [("adaptive_avg_pool", "mean")]
        assert style_of(lambda _, x: x.mean([2, 3], keepdim=True)) == pool
        assert style_of(lambda _, x: torch.mean(x, (2, 3)))[:1] == pool
        found = style_of(lambda _, x: x.amax([2, 3], keepdim=True))
        assert found == [("adaptive_max_pool", "method")]

    def test_a_pool_of_one_position(self) -> None:
        pool = [("adaptive_avg_pool", "module")]
        assert styles(lambda: nn.AdaptiveAvgPool2d(1), (4, 1, 1)) == pool

    def test_operators(self) -> None:
        assert style_of(lambda _, x: (x + x) * x) == [("add", "module"), ("multiply", "module")]
        found = style_of(lambda _, x: torch.mul(torch.add(x, x), x))
        assert found == [("add", "functional"), ("multiply", "functional")]

    def test_products(self) -> None:
        found = style_of(lambda _, x: x @ x.transpose(2, 3))
        assert found == [("matmul", "functional")]

    def test_a_convolution_of_its_own(self) -> None:
        weight = nn.Parameter(torch.empty(4, 4, 3, 3))
        assert style_of(lambda m, x: functional.conv2d(x, m.w), w=weight) == [
            ("conv", "functional")
        ]

    def test_a_layer_in_another(self) -> None:
        found = style_of(lambda m, x: functional.relu(m.inner(x)), inner=nn.ReLU())
        assert found == [("relu", "module"), ("relu", "functional")]


class TestClasses:
    @pytest.mark.parametrize(
        ("layer", "word"),
        [
            (lambda: nn.Conv2d(4, 4, 3), "conv"),
            (lambda: nn.ConvTranspose2d(4, 4, 3), "conv_transpose"),
            (lambda: nn.BatchNorm2d(4), "batch_norm"),
            (lambda: nn.GroupNorm(2, 4), "group_norm"),
            (lambda: nn.PReLU(), "prelu"),
            (lambda: nn.AvgPool2d(2), "avg_pool"),
        ],
    )
    def test_subclasses(self, layer: Callable[[], Any], word: str) -> None:
        assert styles(layer) == [(word, "module")]
        assert styles(lambda: derived(layer())) == [(word, "subclass")]

    @pytest.mark.parametrize("is_contiguous", [True, False])
    def test_linear_on_channels_last(self, is_contiguous: bool) -> None:
        def run(m: Any, x: Any) -> Any:
            turned = x.permute(0, 2, 3, 1)
            return m.fc(turned.contiguous() if is_contiguous else turned)

        found = rows(loaded(lambda: module(run, fc=nn.Linear(4, 5)), IMAGE))
        (conv,) = [row for row in found if "conv" in row]
        assert (conv["as"], conv.get("bias", True)) == ("linear", True)
        assert not any("parameter" in row for row in found)

    def test_a_linear_layer_of_sparse_values(self) -> None:
        def run(m: Any, x: Any) -> Any:
            sparse = torch.eye(4).to("cpu").to_sparse()
            return x + functional.linear(sparse, m.w).sum().to(x.device)

        found = rows(loaded(lambda: module(run, w=nn.Parameter(torch.empty(5, 4))), IMAGE))
        assert found


class TestOtherClasses:
    @pytest.mark.parametrize(
        ("layer", "word"),
        [
            (lambda: nn.SyncBatchNorm(4), "batch_norm"),
            (lambda: nn.UpsamplingBilinear2d(scale_factor=2), "upsample"),
            (lambda: nn.UpsamplingNearest2d(scale_factor=2), "upsample"),
            (lambda: nn.Upsample(scale_factor=2, mode="nearest-exact"), "upsample"),
            (lambda: nn.Upsample(scale_factor=1.5), "upsample"),
            (lambda: nn.BatchNorm2d(4, track_running_stats=False), "instance_norm"),
            (lambda: nn.InstanceNorm2d(4, track_running_stats=True), "batch_norm"),
        ],
    )
    def test_counters_disagree_about_them(self, layer: Callable[[], Any], word: str) -> None:
        assert (word, "other") in styles(layer)

    def test_a_softmax_of_images_has_a_class_of_its_own(self) -> None:
        assert styles(nn.Softmax2d) == [("softmax", "subclass")]

    def test_a_function_by_another_name(self) -> None:
        """relu6 is counted by the function relu6 alone."""
        found = style_of(lambda _, x: functional.relu6(functional.hardtanh(x, 0.0, 6.0)))
        assert found == [("relu6", "method"), ("relu6", "functional")]


class TestArguments:
    @pytest.mark.parametrize("size", [2, 3])
    def test_padding_that_is_a_word(self, size: int) -> None:
        (row,) = rows(loaded(lambda: nn.Conv2d(4, 4, size, padding="same"), IMAGE))
        assert row["padding"] == "same"
        (row,) = rows(loaded(lambda: nn.Conv2d(4, 4, size, padding="valid"), IMAGE))
        assert row["padding"] == "valid"

    def test_sizes_and_factors(self) -> None:
        (row,) = rows(loaded(lambda: nn.Upsample(size=(16, 12)), IMAGE))
        assert (row["upsample"], row["size"]) == (None, [16, 12])
        (row,) = rows(
            loaded(lambda: module(lambda _, x: functional.interpolate(x, (16, 12))), IMAGE)
        )
        assert (row["upsample"], row["size"]) == (None, [16, 12])
        (row,) = rows(loaded(lambda: nn.Upsample(scale_factor=2), IMAGE))
        assert row["upsample"] == 2
        (row,) = rows(loaded(lambda: nn.Upsample(scale_factor=(1, 2)), IMAGE))
        assert row["upsample"] == [1, 2]

    def test_norms_over_neighbours(self) -> None:
        (row,) = rows(loaded(lambda: nn.LocalResponseNorm(5), IMAGE))
        assert row["local_response_norm"] == 5
        assert style_of(lambda _, x: functional.local_response_norm(x, 3)) == [
            ("local_response_norm", "functional")
        ]

    def test_selu_is_not_elu(self) -> None:
        assert styles(lambda: nn.Sequential(nn.SELU(), nn.ELU())) == [
            ("selu", "module"),
            ("elu", "module"),
        ]
