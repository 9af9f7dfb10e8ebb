"""What results look like: short as a value, a table where they are printed and in notebooks."""

import pickle
import pydoc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc import display
from convcalc.reference.results import Check, Verification
from support.installed import install

# 4 filters of 3 x 3 x 3 weights on 6 x 6 positions.
LAYERS = [{"conv": 4, "kernel_size": 3, "bias": False}, "relu"]
PARAMS, MACS = 4 * 3 * 3 * 3, 4 * 6 * 6 * 3 * 3 * 3
FIGURES = f"{PARAMS:,} params, {MACS:,} MACs"


def network(layers: list[Any] = LAYERS) -> convcalc.Network:
    return convcalc.network({"input": [3, 8, 8], "name": "small", "layers": layers})


VALUES: dict[str, Callable[[], Any]] = {
    "network": network,
    "audit": lambda: network().audit(),
    "comparison": lambda: convcalc.compare(convcalc.Conv(3, 4, 3, bias=False), (3, 8, 8)),
    "difference": lambda: convcalc.diff(network(), network([LAYERS[0]])),
    "verification": lambda: convcalc.verify(network()),
    "fitted": lambda: convcalc.fit(network(), max_macs=MACS),
}
REPRS = {
    "network": "<Network 'small' of 2 layers: input (3, 8, 8)>",
    "audit": f"<Audit of 2 layers: {FIGURES}>",
    "comparison": f"<Comparison of 2 designs of Conv(3, 4, kernel_size=(3, 3), bias=False): "
    f"{FIGURES}>",
    "difference": f"<Difference of 1 layer: {FIGURES} -> {FIGURES}>",
    "verification": f"<Verification of 2 layers: as predicted, {MACS:,} MACs counted>",
    "fitted": f"<Fitted network: 0 convolutions changed, {FIGURES}>",
}

every_value = pytest.mark.parametrize("kind", VALUES)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed that draws."""
    monkeypatch.setattr(display, "GROUP", "convcalc.display.of.nobody")
    monkeypatch.setattr(display, "drawer", display.drawer.__wrapped__)


@every_value
def test_a_short_repr(kind: str) -> None:
    assert repr(VALUES[kind]()) == REPRS[kind]


def test_the_repr_of_large_networks_stays_short() -> None:
    many = network([*LAYERS, *["relu"] * 5000])
    for value in (many, many.audit(), convcalc.diff(many, network())):
        assert len(repr(value)) < 200


def test_lower_bounds_say_so() -> None:
    audit = network([*LAYERS, {"opaque": "Mystery", "shape": "same"}]).audit()
    assert repr(audit) == (f"<Audit of 3 layers: at least {PARAMS} params, at least {MACS:,} MACs>")


def test_what_does_not_fit_and_what_is_not_as_predicted() -> None:
    assert repr(convcalc.fit(network(), max_macs=1)).startswith("<Fitted network: nothing fits, ")
    failed = Verification(0, (), (Check("macs", 5, 6),))
    assert repr(failed) == "<Verification of 0 layers: not as predicted, 0 MACs counted>"


@pytest.mark.usefixtures("alone")
@every_value
def test_without_a_drawer_the_repr_is_printed(kind: str) -> None:
    value = VALUES[kind]()
    assert str(value) == f"{value}" == repr(value)
    assert value._repr_html_() is None


@every_value
def test_what_is_installed_draws(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    value = VALUES[kind]()
    assert len(str(value).splitlines()) > 5
    assert value._repr_html_().startswith('<div class="convcalc">')
    assert repr(value) == REPRS[kind]


@pytest.mark.parametrize("place", ["no_such_module:text", "math:no_such_name", "math:sqrt"])
def test_a_broken_drawer_shows_the_repr(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, {"text": place, "html": place})
    audit = network().audit()
    assert str(audit) == repr(audit)
    assert audit._repr_html_() is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["network", "audit", "difference"])
def test_equal_and_to_be_kept(kind: str) -> None:
    value = VALUES[kind]()
    assert pickle.loads(pickle.dumps(value)) == value == VALUES[kind]()  # noqa: S301
    assert network().audit() != network([LAYERS[0]]).audit()


def test_layers_are_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(network().audit().layers)
    assert list(frame["macs"].dropna()) == [MACS]
    assert list(frame["params"]) == [PARAMS, 0]


def test_help_knows_every_public_name() -> None:
    shown = pydoc.plain(pydoc.render_doc(convcalc))
    assert set(convcalc.__all__) <= set(dir(convcalc))
    for name in convcalc.__all__:
        value = getattr(convcalc, name)
        if isinstance(value, str):
            continue
        assert re.search(rf"^    (class )?{name}\(", shown, re.MULTILINE)
        first = value.__doc__.strip().splitlines()[0]
        assert first in pydoc.plain(pydoc.render_doc(value))
