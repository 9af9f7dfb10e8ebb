"""Parameters of PyTorch modules: each is counted once, wherever it is read."""

from __future__ import annotations

from typing import Any

import pytest

from support.torch_modules import counted, figures, loaded, module, rows

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional
parametrizations = torch.nn.utils.parametrizations


def parameter(*sizes: int) -> Any:
    return nn.Parameter(torch.empty(*sizes))


def computed() -> Any:
    """Weights that are computed from other numbers of parameters."""
    return nn.Sequential(
        parametrizations.weight_norm(nn.Conv1d(1, 16, 15, padding=7)),
        parametrizations.weight_norm(nn.ConvTranspose1d(16, 8, 8, 4, 2)),
        parametrizations.spectral_norm(nn.Conv1d(8, 1, 7, padding=3)),
    )


def standardized() -> Any:
    def run(m: Any, x: Any) -> Any:
        weight = functional.batch_norm(
            m.w.reshape(1, 8, -1), None, None, weight=m.g.view(-1), training=True
        )
        return functional.conv2d(x, weight.reshape_as(m.w), m.b)

    return module(run, w=parameter(8, 4, 3, 3), g=parameter(8, 1, 1, 1), b=parameter(8))


def gathered() -> Any:
    """A table of 9 positions read at 16 places."""

    def run(m: Any, x: Any) -> Any:
        places = torch.zeros(16, dtype=torch.long)
        return m.l(x) + m.t[places].view(1, 4, 4)

    return module(run, t=parameter(9, 1), l=nn.Linear(8, 4))


def parts() -> Any:
    """Parts of two matrices, some of which overlap."""

    def run(m: Any, x: Any) -> Any:
        halves = functional.linear(x[:, :4], m.w[:, :4]) + functional.linear(x[:, 4:], m.w[:, 4:])
        others = [functional.linear(x, m.v[part]) for part in (slice(6), slice(3, 9), slice(12))]
        return [halves, *others]

    return module(run, w=parameter(10, 8), v=parameter(12, 8))


def tied() -> Any:
    made = module(lambda m, x: m.b(torch.relu(m.a(x))), a=nn.Linear(8, 8), b=nn.Linear(8, 8))
    made.b.weight = made.a.weight
    return made


def data() -> Any:
    return module(lambda m, x: functional.linear(x, m.l.weight.data, m.l.bias.detach()),
                  l=nn.Linear(8, 3))  # fmt: skip


def complex_numbers() -> Any:
    return module(lambda m, x: torch.fft.irfft(torch.fft.rfft(x) * torch.view_as_complex(m.w)),
                  w=parameter(4, 5, 2))  # fmt: skip


def half_norms() -> Any:
    return nn.Sequential(
        nn.LayerNorm(8, bias=False), nn.LayerNorm((4, 8)), nn.LayerNorm(8, elementwise_affine=False)
    )


MODULES = {
    "computed": (computed, (1, 64)),
    "standardized": (standardized, (4, 8, 8)),
    "gathered": (gathered, (4, 8)),
    "parts": (parts, (8,)),
    "tied": (tied, (8,)),
    "data": (data, (8,)),
    "complex": (complex_numbers, (4, 8)),
    "half norms": (half_norms, (4, 8)),
    "added": (lambda: module(lambda m, x: x * m.g + m.p, g=parameter(4, 1), p=parameter(1, 4, 8)),
              (4, 8)),
    "norm without statistics": (lambda: nn.BatchNorm1d(4, track_running_stats=False), (4, 8)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_as_pytorch_counts(name: str) -> None:
    make, shape = MODULES[name]
    found = loaded(make, shape)
    assert found.notes == []
    assert figures(found) == counted(make, [shape])


def test_a_table_of_words() -> None:
    made = module(lambda m, x: m.h(m.e(x)), e=nn.Embedding(20, 8), h=nn.Linear(8, 20, bias=False))
    made.h.weight = made.e.weight
    found = loaded(lambda: made, (5,))
    assert figures(found) == (160, 5 * 160)
    (note,) = found.notes
    assert note.message == "x is taken for whole numbers, as of words in a table"


def test_shared_layers() -> None:
    def run(m: Any, x: Any) -> Any:
        for _ in range(3):
            x = m.a(x)
        return x

    make = lambda: module(run, a=nn.Conv2d(4, 4, 3, padding=1))  # noqa: E731
    found = loaded(make, (4, 8, 8))
    assert figures(found) == counted(make, [(4, 8, 8)])
    assert [(row["name"], row.get("weights")) for row in rows(found)] == [
        ("a", None), ("a_2", "a"), ("a_3", "a"),
    ]  # fmt: skip


class TestUnread:
    def test_whole_parameters(self) -> None:
        found = loaded(
            lambda: module(lambda m, x: m.a(x), a=nn.Linear(8, 8), aux=nn.Linear(8, 3)), (8,)
        )
        assert figures(found) == (72 + 27, 64)
        (note,) = found.notes
        assert note.message == (
            "the forward pass never reads 27 learned values, of aux.weight and 1 more parameter; "
            "params has them, too"
        )
        held = [row for row in rows(found) if row.get("training")]
        assert [(row["name"], row["params"]) for row in held] == [
            ("aux.weight", 24), ("aux.bias", 3),
        ]  # fmt: skip

    def test_a_part_of_a_parameter(self) -> None:
        found = loaded(
            lambda: module(lambda m, x: functional.linear(x, m.w[:5]), w=parameter(8, 4)), (4,)
        )
        assert figures(found) == (32, 20)
        assert "12 learned values, of w;" in found.notes[0].message

    def test_buffers_are_no_parameters(self) -> None:
        def make() -> Any:
            made = module(lambda m, x: m.n(functional.linear(x, m.t)), n=nn.BatchNorm1d(3))
            made.register_buffer("t", torch.zeros(3, 4))
            return made

        found = loaded(make, (4,))
        assert figures(found) == (6, 12)
        assert found.notes == []
