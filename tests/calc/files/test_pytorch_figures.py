"""Parameters and MACs of PyTorch modules, compared with what PyTorch counts."""

from __future__ import annotations

from typing import Any

import pytest

from support.torch_modules import counted, figures, loaded, module, rows, words

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional
IMAGE = (4, 16, 16)
TOKENS = (10, 8)


def parameter(*sizes: int) -> Any:
    return nn.Parameter(torch.empty(*sizes))


def image(x: Any) -> Any:
    """An image of tokens, and back again."""
    return x.flatten(2).transpose(1, 2)


def attended(m: Any, x: Any) -> Any:
    tokens = image(m.c(x))
    return m.h((tokens + m.a(tokens, tokens, tokens, need_weights=False)[0]).mean(1))


def attention() -> Any:
    return module(
        attended,
        c=nn.Conv2d(4, 32, 4, 4),
        a=nn.MultiheadAttention(32, 4, batch_first=True),
        h=nn.Linear(32, 10),
    )


def u_net() -> Any:
    def run(m: Any, x: Any) -> Any:
        high = m.a(x)
        low = functional.interpolate(m.b(functional.max_pool2d(high, 2)), scale_factor=2)
        return m.c(torch.cat([high, low, m.t(m.b(functional.max_pool2d(high, 2)))], 1))

    return module(
        run,
        a=nn.Conv2d(4, 8, 3, padding="same"),
        b=nn.Conv2d(8, 6, 3, padding=1, groups=2, padding_mode="reflect"),
        t=nn.ConvTranspose2d(6, 6, 2, 2),
        c=nn.Conv2d(20, 2, 1, bias=False),
    )


def functional_layers() -> Any:
    def run(m: Any, x: Any) -> Any:
        x = functional.relu(functional.conv2d(x, m.w, m.b, 2, 1, 1, 2))
        return functional.conv_transpose2d(x, m.v, None, 2, 1, 0, 2)

    return module(run, w=parameter(24, 2, 3, 3), b=parameter(24), v=parameter(24, 6, 4, 4))


def encoder() -> Any:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 2)


def gates() -> Any:
    def run(m: Any, x: Any) -> Any:
        q, k, v = m.a(x).chunk(3, -1)
        return functional.scaled_dot_product_attention(q, k, v) * torch.sigmoid(m.g(x))

    return module(run, a=nn.Linear(8, 24), g=nn.Linear(8, 1))


def products() -> Any:
    def run(m: Any, x: Any) -> Any:
        return (
            torch.einsum("bnc,cd->bnd", x, m.w),
            torch.einsum("bnc,hcd->bhnd", x, m.v),
            torch.baddbmm(m.u, x, x.transpose(1, 2)),
            torch.einsum("bnc,bmc->bnm", x, x),
        )

    return module(run, w=parameter(8, 16), v=parameter(3, 8, 4), u=parameter(1, 10, 10))


def adapted() -> Any:
    """A matrix that is computed from a product of two others."""
    return module(
        lambda m, x: functional.linear(x, m.w + m.b @ m.a),
        w=parameter(8, 8), a=parameter(2, 8), b=parameter(8, 2),
    )  # fmt: skip


def dynamic() -> Any:
    """A convolution whose kernel is computed from the input."""

    def run(m: Any, x: Any) -> Any:
        return functional.conv2d(m.c(x), m.g(x.mean((2, 3))).view(4, 4, 3, 3))

    return module(run, c=nn.Conv2d(4, 4, 3), g=nn.Linear(4, 144))


def positions() -> Any:
    """A convolution of numbers that do not depend on the input."""

    def run(m: Any, x: Any) -> Any:
        grid = torch.arange(16.0).view(1, 1, 4, 4).expand(1, 2, 4, 4)
        return m.c(x) + m.p(grid)

    return module(run, c=nn.Conv2d(4, 8, 4, 4), p=nn.Conv2d(2, 8, 1))


def recurrent() -> Any:
    return module(
        lambda m, x: m.h(m.g(m.l(x)[0])[0][:, -1]),
        l=nn.LSTM(8, 6, 2, bidirectional=True, batch_first=True),
        g=nn.GRU(12, 5, batch_first=True),
        h=nn.Linear(5, 3),
    )


def cells() -> Any:
    def run(m: Any, x: Any) -> Any:
        state = torch.zeros(1, 6), torch.zeros(1, 6)
        for step in range(x.shape[1]):
            state = m.c(x[:, step], state)
        return state[0]

    return module(run, c=nn.LSTMCell(8, 6))


def windows() -> Any:
    """Attention in windows, which are a part of the batch for a while."""

    def run(m: Any, x: Any) -> Any:
        parts = x.view(1, 4, 4, 4, 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(16, 16, 4)
        q, k, v = m.a(parts).reshape(16, 16, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0)
        out = ((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(16, 16, 4)
        return m.h(out).view(1, 4, 4, 4, 4, 4).permute(0, 5, 1, 3, 2, 4).reshape(1, 4, 16, 16)

    return module(run, a=nn.Linear(4, 12), h=nn.Linear(4, 4))


MODULES: dict[str, Any] = {
    "attention": (attention, IMAGE),
    "u_net": (u_net, IMAGE),
    "functional": (functional_layers, IMAGE),
    "encoder": (encoder, TOKENS),
    "gates": (gates, TOKENS),
    "products": (products, TOKENS),
    "adapted": (adapted, (8,)),
    "dynamic": (dynamic, IMAGE),
    "positions": (positions, IMAGE),
    "recurrent": (recurrent, (3, 8)),
    "cells": (cells, (3, 8)),
    "windows": (windows, IMAGE),
    "conv1d": (lambda: nn.Conv1d(8, 6, 3, dilation=2), (8, 20)),
    "conv3d": (lambda: nn.ConvTranspose3d(2, 3, 3, 2, 1, output_padding=1), (2, 3, 4, 5)),
    "linear": (lambda: nn.Linear(8, 3), (3, 4, 5, 8)),
    "cross": (lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True), TOKENS, (7, 8)),
    "lazy": (
        lambda: nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.Flatten(),
                              nn.LazyLinear(5)),
        IMAGE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_as_pytorch_counts(name: str) -> None:
    make, *shapes = MODULES[name]
    found = loaded(make, *shapes)
    assert found.warnings == found.notes == []
    assert figures(found) == counted(make, shapes)


def every_kind() -> Any:
    """Operations that multiply nothing, one after the other."""

    def run(m: Any, x: Any) -> Any:
        y = m.cs(m.lrn(m.p(m.i(m.c(x)))))
        pooled, at = m.mp(y)
        return (
            m.s(m.u(y)), m.mu(pooled, at), m.gn(y), m.r(y.permute(0, 2, 3, 1)), m.g(y), m.sm(y),
            functional.grid_sample(y, torch.zeros(1, 4, 4, 2), align_corners=False),
            m.fold(m.un(y)),
            torch.roll(y, 1, 2), y.std(1), torch.stack([y, y], 1), y.repeat(1, 2, 1, 1),
            torch.cumsum(y, 1), y.flip(3), functional.normalize(y), y.amax((2, 3)), y.sum(1),
            functional.interpolate(y, size=(5, 7)), functional.adaptive_max_pool2d(y, 3),
            functional.interpolate(y, size=(20, 21), mode="bicubic"), y.clamp(0, 6), y.pow(2),
            torch.where(y > 0, y, y.exp()), y.gather(1, torch.zeros(1, 2, 16, 16).long()),
            y.topk(3, 1)[0], y[:, [0, 2]], functional.pad(y, (1, 2, 3, 0)), y.masked_fill(y < 0, 1),
            torch.fft.rfft2(y).abs(), y.log_softmax(1), y.argmax(1), 2 - y, y.tril(), m.mp(-y)[0],
        )  # fmt: skip

    return module(
        run, c=nn.Conv2d(4, 8, 3, padding=1), i=nn.InstanceNorm2d(8, affine=True), p=nn.PReLU(8),
        lrn=nn.LocalResponseNorm(3), cs=nn.ChannelShuffle(2),
        mp=nn.MaxPool2d(2, return_indices=True),
        mu=nn.MaxUnpool2d(2), gn=nn.GroupNorm(2, 8), r=nn.RMSNorm(8), g=nn.GLU(1),
        sm=nn.Softmax2d(),
        un=nn.Unfold(2, stride=2), fold=nn.Fold((16, 16), 2, stride=2), s=nn.PixelShuffle(2),
        u=nn.Upsample(scale_factor=2, mode="bilinear"),
    )  # fmt: skip


def test_what_multiplies_nothing() -> None:
    found = loaded(every_kind, IMAGE)
    assert found.notes == []
    assert figures(found) == counted(every_kind, [IMAGE])
    assert figures(found)[1] == 4 * 8 * 9 * 256
    assert {"instance_norm", "prelu", "group_norm", "upsample", "pixel_shuffle", "max_pool",
            "adaptive_max_pool", "pad", "softmax", "concat"} <= {*words(found)}  # fmt: skip


class TestUnknown:
    def test_a_product_of_three(self) -> None:
        make = lambda: nn.Bilinear(8, 9, 4)  # noqa: E731
        found = loaded(make, (8,), (9,))
        assert found.network is not None
        totals = found.network.totals()
        assert totals.params == 4 * 8 * 9 + 4
        assert [*totals.unknown] == ["macs"]

    def test_a_decomposition(self) -> None:
        found = loaded(lambda: module(lambda _, x: torch.linalg.qr(x)[0]), (4, 4))
        assert found.network is not None
        assert [*found.network.totals().unknown] == ["macs"]
        assert rows(found)[0]["opaque"].startswith("linalg_qr")

    def test_a_vector(self) -> None:
        """PyTorch's counter leaves products with vectors out: 256 positions of 4 features."""
        make = lambda: module(lambda m, x: image(x) @ m.v, v=parameter(4))  # noqa: E731
        found = loaded(make, IMAGE)
        assert figures(found) == (4, 256 * 4)
        assert counted(make, [IMAGE]) == (4, 0)
        assert "1,024 MACs" in found.notes[0].message
