"""Where axes and labels lie in the pictures of `--plot`: nothing is cut or squeezed."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from support.program import ROOT, run
from support.slow import slow_unless

pytest.importorskip("matplotlib")

PADS = ",".join([f"{number}:{number + 1}x{number}:{number + 1}" for number in range(40)])
LAYER = "sweep --in 16 --out 32 --vary"
SWEEPS = {
    "one parameter": f"{LAYER} groups=1,2,4,8,16",
    "impossible points": f"{LAYER} groups=1,2,4,5,8",
    "impossible but one": f"{LAYER} groups=3,4,5",
    "one point": f"{LAYER} groups=4",
    "two points": f"{LAYER} stride=1,2",
    "40 points": f"{LAYER} size=1:40:1 -k 1",
    "300 points": f"{LAYER} size=1:300:1 -k 1",
    "large numbers": f"{LAYER} size=1000:20000:1000",
    "two parameters": f"{LAYER} kernel-size=1:7:2 --vary stride=1,2",
    "12 lines": f"{LAYER} kernel-size=1:7:2 --vary size=10:21:1",
    "two with impossible points": f"{LAYER} kernel-size=1:7:2 --vary groups=1,3,4",
    "one point and two lines": f"{LAYER} kernel-size=3 --vary groups=1,4",
    "long labels": f"{LAYER} padding=0:1x0:1,1:2x1:2,10:20x30:40,same,valid",
    "longest labels": f"{LAYER} kernel-size=11x13x15,11x13x13,3x15x11 --dims 3 -p 20:21",
    "many long labels": f"{LAYER} padding={PADS}",
    "long title": (
        "sweep --in 1600 --out 3200 --dims 3 --size 18x19x20 -p 1:2x3:4x2:3 --no-bias -g 16 "
        "--transposed --batch 128 --vary kernel-size=11x13x15,13x15x11"
    ),
    "a network": "sweep net.yaml --vary size=32,64,128",
    "a network of a long name": f"sweep {'n' * 200}.yaml --vary {'w' * 60}=1,2",
}
MEASURED = {
    "measured": f"{LAYER} groups=1,2,4,8,16 --measure",
    "measured impossible points": f"{LAYER} groups=1,2,4,5,8 --measure",
    "measured two": f"{LAYER} kernel-size=1:5:2 --vary stride=1,2 --measure",
    "measured once": f"{LAYER} groups=4 --measure",
}
LAYERS = {
    "layer": "layer --in 16 --out 32 -g 4",
    "one channel": "layer --in 1 --out 1",
    "large layer": "layer --in 3 --out 512 -k 7x9 -s 2x3 -p 3x4 --size 512x384 --no-bias",
    "transposed": "layer --in 64 --out 64 -k 4 -s 2 -p 1 --transposed --output-padding 1 -g 64",
    "three dimensions": "layer --in 64 --out 64 --dims 3 -k 3x5x7 -p 1:2x3:4x5:6 --size 10x12x14",
}
AUDITS = {
    "audit": "audit net.yaml",
    "two networks": "audit net.yaml EXAMPLES/resnet18.yaml",
    "six networks": f"audit {'net.yaml ' * 6}",
    "one row": "audit row.yaml",
    "no MACs": "audit relu.yaml",
    "long names": "audit long.yaml",
    "a wide name": "audit wide.yaml",
    "many rows": "audit EXAMPLES/densenet121.yaml",
}
BUDGETS = "check net.yaml EXAMPLES/resnet18.yaml --max-params 1M --max-macs 2G"
CHANGES = "diff EXAMPLES/resnet18.yaml EXAMPLES/resnet50.yaml"
QUICK = {LAYERS["layer"], AUDITS["audit"], AUDITS["two networks"]}
HOLES = {SWEEPS["one parameter"], SWEEPS["impossible points"]}
"""Once crosses outside of one-parameter pictures made a hole between their axes."""


def is_quick(words: str) -> bool:
    return words in QUICK


def is_hole(words: str) -> bool:
    return words in HOLES


@pytest.fixture
def drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Draws what a command says, and hands the figure back as it was saved."""
    monkeypatch.chdir(tmp_path)
    head = "input: [3, 32, 32]\nlayers:\n"
    conv = "  - {conv: 8, kernel_size: 3, name: NAME}\n"
    files = {
        "net": head + conv.replace("NAME", "stem") + "  - relu\n" + conv.replace("NAME", "head"),
        "row": head + conv.replace("NAME", "stem"),
        "relu": head + "  - relu\n",
        "long": f"name: {'net_' * 50}\n{head}"
        + "".join([conv.replace("NAME", f"{'x' * 95}_{n}_{'y' * 95}") for n in range(12)]),
        "wide": f'name: "{"網" * 199}"\n{head}  - relu\n',
        "n" * 200: f"vars: {{{'w' * 60}: 1}}\n{head}  - {{conv: ${'w' * 60}, kernel_size: 3}}\n",
    }
    for name, text in files.items():
        Path(f"{name}.yaml").write_text(text, "utf-8")
    figures: list[Any] = []
    figure_class = pytest.importorskip("matplotlib.figure").Figure
    save = figure_class.savefig

    def saved(figure: Any, *words: Any, **settings: Any) -> None:
        figures.append(figure)
        save(figure, *words, **settings)

    monkeypatch.setattr(figure_class, "savefig", saved)

    def draw(words: str) -> Any:
        words = words.replace("EXAMPLES", str(ROOT / "examples"))
        assert run(capsys, f"{words} --plot a.png").code in (0, 1)
        (figure,) = figures
        return figure

    return draw


def renderer_of(figure: Any) -> Any:
    """What measures texts as they are drawn into a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg(figure.canvas.figure).get_renderer()


def boxes_of(figure: Any) -> list[Any]:
    """Where each of the axes lies with its labels; twins share one place."""
    renderer = renderer_of(figure)
    return [axes.get_tightbbox(renderer) for axes in figure.axes]


def require_whole(figure: Any) -> None:
    """All that is drawn is within the picture, and axes do not lie on each other's labels."""
    import warnings

    with warnings.catch_warnings():  # of glyphs no font has
        warnings.simplefilter("ignore")
        whole = figure.get_tightbbox(renderer_of(figure))
        boxes = boxes_of(figure)
    width, height = figure.get_size_inches()
    assert whole.x0 > -0.01
    assert whole.y0 > -0.01
    assert whole.x1 < width + 0.01
    assert whole.y1 < height + 0.01
    for (one, box), (other, beside) in combinations(zip(figure.axes, boxes, strict=True), 2):
        if one.get_position().bounds == other.get_position().bounds:
            continue  # a twin: two scales of one picture
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        along = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert min(across, along) < 2, (one.get_ylabel(), other.get_ylabel())


def require_ticks_apart(axes: Any) -> None:
    """The names below an axis do not run into each other."""
    renderer = renderer_of(axes.figure)
    boxes = [label.get_window_extent(renderer) for label in axes.get_xticklabels()]
    assert all(one.x1 <= other.x0 for one, other in pairwise([box for box in boxes if box.width]))


@pytest.mark.parametrize("words", slow_unless(is_hole, SWEEPS.values()), ids=SWEEPS)
def test_sweeps(drawn: Any, words: str) -> None:
    figure = drawn(words)
    require_whole(figure)
    assert len(figure.axes) == 2
    for axes in figure.axes:
        place = axes.get_position()
        assert place.width > 0.35
        assert place.height > 0.45
        require_ticks_apart(axes)


@pytest.mark.slow
@pytest.mark.parametrize("words", MEASURED.values(), ids=MEASURED)
def test_measured_sweeps(drawn: Any, words: str) -> None:
    pytest.importorskip("numpy")
    figure = drawn(words)
    require_whole(figure)
    assert [axes.get_xlabel() for axes in figure.axes] == [figure.axes[0].get_xlabel()] * 3
    for axes in figure.axes:
        assert axes.get_position().width > 0.23
        assert axes.get_position().height > 0.6
        require_ticks_apart(axes)


@pytest.mark.parametrize("words", slow_unless(is_quick, LAYERS.values()), ids=LAYERS)
def test_layers(drawn: Any, words: str) -> None:
    figure = drawn(words)
    require_whole(figure)
    upper, lower = figure.subfigs
    for part in (upper, lower):
        for axes in part.axes:
            assert axes.get_position().width > 0.75 / len(part.axes)
            assert axes.get_position().height > 0.6
            require_ticks_apart(axes)


@pytest.mark.parametrize("words", slow_unless(is_quick, AUDITS.values()), ids=AUDITS)
def test_audits(drawn: Any, words: str) -> None:
    figure = drawn(words)
    require_whole(figure)
    networks = words.count(".yaml")
    assert len(figure.axes) == (3 if networks == 1 else 1 + 3 * networks)
    for axes in figure.axes:
        width, height = figure.get_size_inches()
        assert axes.get_position().width * width > (5.5 if networks == 1 else 1.9)
        assert axes.get_position().height * height > 0.95
        require_ticks_apart(axes)


def test_several_networks_are_on_one_scale(drawn: Any) -> None:
    _, *panels = drawn(AUDITS["two networks"]).axes
    for one, other in zip(panels[:3], panels[3:], strict=True):
        assert one.get_ylim() == other.get_ylim()
        assert texts(one.get_yticklabels()) == texts(other.get_yticklabels())


def test_ticks_are_in_one_unit_and_labels_can_be_read(drawn: Any) -> None:
    for axes in drawn(AUDITS["audit"]).axes:
        labels = texts(axes.get_yticklabels())
        units = {label.partition(" ")[2] for label in labels if label != "0"}
        digits = {len(label.split()[0].partition(".")[2]) for label in labels if label != "0"}
        assert len(units) == len(digits) == 1
        assert all(label.get_fontsize() >= 8 for label in axes.get_xticklabels())


def test_times_are_in_one_unit(drawn: Any) -> None:
    pytest.importorskip("numpy")
    seconds = drawn(MEASURED["measured once"]).axes[2]
    labels = texts(seconds.get_yticklabels())
    assert len({label.split()[1] for label in labels if label != "0"}) == 1


def texts(labels: Any) -> list[str]:
    return [label.get_text() for label in labels]


def bars_of(axes: Any, mark: str) -> list[Any]:
    return [bar for bar in axes.patches if str(bar.get_gid()).startswith(mark)]


def test_budgets(drawn: Any) -> None:
    figure = drawn(BUDGETS)
    require_whole(figure)
    (axes,) = figure.axes
    bars = bars_of(axes, "budget-")
    assert len(bars) == 2 * 2
    # resnet18 has 11.7 million parameters, which is cut, and 1.814 billion MACs.
    assert [round(bar.get_width(), 1) for bar in bars[-2:]] == [300, 90.7]
    assert bars[-2].get_facecolor() != bars[-1].get_facecolor()
    assert "resnet18.yaml  params" in texts(axes.get_yticklabels())


def test_no_budgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [relu]\n")
    ran = run(capsys, "check net.yaml --plot a.png")
    assert ran.code == 2
    assert "--plot draws budgets, and there are none" in ran.err
    assert not Path("a.png").exists()


def test_changes(drawn: Any) -> None:
    figure = drawn(CHANGES)
    require_whole(figure)
    totals, params, macs = figure.axes
    parts = [bar.get_width() for bar in bars_of(totals, "total-")]
    assert parts[0] == pytest.approx(100 * 25_557_032 / 11_689_512)
    assert len(bars_of(params, "params-")) == len(bars_of(macs, "macs-")) == 20
    assert {bar.get_width() > 0 for bar in bars_of(macs, "macs-")} == {True, False}


def test_no_changes(drawn: Any) -> None:
    figure = drawn("diff net.yaml net.yaml")
    require_whole(figure)
    (totals,) = figure.axes
    assert [bar.get_width() for bar in bars_of(totals, "total-")] == [100, 100, 100]


def test_crosses_where_something_cannot_be_and_only_there(drawn: Any) -> None:
    figure = drawn(SWEEPS["impossible points"])
    for axes in figure.axes:
        (line,) = axes.lines
        assert (list(line.get_xdata()), list(line.get_ydata())) == ([3], [0])


def test_no_crosses_where_everything_can_be(drawn: Any) -> None:
    figure = drawn(SWEEPS["one parameter"])
    assert [len(axes.lines) for axes in figure.axes] == [0, 0]


def test_names_below_an_axis_differ(drawn: Any) -> None:
    """They are as long as names may be, and differ in the middle."""
    memory = drawn(AUDITS["long names"]).axes[2]
    names = [label.get_text() for label in memory.get_xticklabels()]
    assert len({*names}) == 12
