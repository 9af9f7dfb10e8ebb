"""Model files of Ultralytics and YOLOv5, against sums written by hand and the package's figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.files.loading import FileProblem, load_document, read_file
from convcalc.files.places import NamedPlace, Place
from convcalc.files.readers import SourceFile, reader_of
from convcalc.files.ultralytics.modules import FOLDER, Library
from convcalc.files.ultralytics.scaling import Scale
from convcalc.language.document import Overrides
from convcalc.networks import Network
from support.models import conv, loaded, model, network, params

FIGURES = Path(__file__).with_name("ultralytics_figures.json")
"""Params and MACs of the package's own models, as the package builds them and PyTorch counts; of
RT-DETR without the products that make the table of positions, which are of constants."""


def problem(text: str, **settings: Any) -> tuple[int, int, str]:
    (found, *_) = loaded(text, **settings).problems
    assert isinstance(found.place, Place)
    return found.place.line, found.place.column, found.message


def bottleneck(c1: int, hidden: int, c2: int, first: int = 3) -> int:
    return conv(c1, hidden, first) + conv(hidden, c2, 3)


def attention(c: int, heads: int) -> int:
    keys = c // heads // 2 * heads
    return conv(c, c + 2 * keys) + conv(c, c) + conv(c, c, 3, c) + conv(c, 2 * c) + conv(2 * c, c)


def detect(levels: list[int], nc: int, reg: int = 16) -> int:
    """The head of models before YOLOv10."""
    box, cls = max(16, levels[0] // 4, 4 * reg), max(levels[0], min(nc, 100))
    total = reg
    for c in levels:
        total += conv(c, box, 3) + conv(box, box, 3) + box * 4 * reg + 4 * reg
        total += conv(c, cls, 3) + conv(cls, cls, 3) + cls * nc + nc
    return total


@pytest.mark.parametrize(
    ("row", "right"),
    [
        ("[-1, 1, Conv, [48, 5]]", conv(32, 48, 5)),
        ("[-1, 1, Conv, [48, [1, 3]]]", 32 * 48 * 3 + 96),
        ("[-1, 2, Conv, [32, 3]]", 2 * conv(32, 32, 3)),
        ("[-1, 1, DWConv, [48, 3]]", conv(32, 48, 3, 16)),
        ("[-1, 1, Focus, [48, 3]]", conv(128, 48, 3)),
        ("[-1, 1, GhostConv, [48, 3]]", conv(32, 24, 3) + conv(24, 24, 5, 24)),
        ("[-1, 1, ConvTranspose, [48, 2, 2]]", 32 * 48 * 4 + 96),
        ("[-1, 1, ConvTranspose, [48, 2, 2, 0, False]]", 32 * 48 * 4 + 48),
        ("[-1, 1, nn.ConvTranspose2d, [48, 2, 2]]", 32 * 48 * 4 + 48),
        ("[-1, 1, nn.BatchNorm2d, []]", 64),
        ("[-1, 1, RepConv, [32, 32, 3]]", conv(32, 32, 3) + conv(32, 32)),
        ("[-1, 1, SPPF, [48, 5]]", conv(32, 16) + conv(64, 48)),
        ("[-1, 1, SPP, [48, [3, 5]]]", conv(32, 16) + conv(48, 48)),
        ("[-1, 2, Bottleneck, [32]]", 2 * bottleneck(32, 16, 32)),
        ("[-1, 2, C1, [48]]", conv(32, 48) + 2 * conv(48, 48, 3)),
        ("[-1, 2, C2, [48]]", conv(32, 48) + 2 * bottleneck(24, 24, 24) + conv(48, 48)),
        ("[-1, 2, C2f, [48]]", conv(32, 48) + 2 * bottleneck(24, 24, 24) + conv(96, 48)),
        ("[-1, 2, C3, [48]]", 2 * conv(32, 24) + 2 * bottleneck(24, 24, 24, 1) + conv(48, 48)),
        (
            "[-1, 2, C3k2, [64, False, 0.25]]",
            conv(32, 32) + 2 * bottleneck(16, 8, 16) + conv(64, 64),
        ),
        (
            "[-1, 1, C3k2, [64, True]]",
            conv(32, 64)
            + 2 * conv(32, 16)
            + 2 * bottleneck(16, 16, 16)
            + conv(32, 32)
            + conv(96, 64),
        ),
        ("[-1, 1, AConv, [48]]", conv(32, 48, 3)),
        ("[-1, 1, ADown, [48]]", conv(16, 24, 3) + conv(16, 24)),
        ("[-1, 1, SCDown, [48, 3, 2]]", conv(32, 48) + conv(48, 48, 3, 48)),
        ("[-1, 1, SPPELAN, [48, 16]]", conv(32, 16) + conv(64, 48)),
        (
            "[-1, 1, ELAN1, [48, 32, 8]]",
            conv(32, 32) + conv(16, 8, 3) + conv(8, 8, 3) + conv(48, 48),
        ),
        # torch.chunk gives the second part the smaller half of an odd number
        ("[-1, 1, ELAN1, [48, 9, 8]]", conv(32, 9) + conv(4, 8, 3) + conv(8, 8, 3) + conv(25, 48)),
        (
            "[-1, 1, C3k2, [64, False, True]]",
            conv(32, 128) + bottleneck(64, 32, 64) + conv(192, 64),
        ),
        ("[-1, 1, PSA, [32]]", conv(32, 32) + attention(16, 1) + conv(32, 32)),
        ("[-1, 3, C2PSA, [32]]", conv(32, 32) + 3 * attention(16, 1) + conv(32, 32)),
        ("[-1, 2, C2fPSA, [32]]", conv(32, 32) + 2 * attention(16, 1) + conv(64, 32)),
        (
            "[-1, 1, A2C2f, [64, True, 4]]",
            conv(32, 32)
            + conv(64, 64)
            + 2 * (conv(32, 96) + conv(32, 32) + conv(32, 32, 7, 32) + conv(32, 64) + conv(64, 32)),
        ),
        ("[-1, 1, Classify, [10]]", conv(32, 1280) + 1280 * 10 + 10),
    ],
)
def test_the_params_of_a_module(row: str, right: int) -> None:
    assert params("[-1, 1, Conv, [32, 3]]", row) - conv(3, 32, 3) == right


def test_a_detector_as_a_whole() -> None:
    text = model(
        "[-1, 1, Conv, [64, 3, 2]]",
        "[-1, 3, C2f, [128, True]]",
        "[-1, 1, Conv, [256, 3, 2]]",
        head="[[[1, 2], 1, Detect, [nc]]]",
        top="nc: 7\nscales: {n: [0.33, 0.25, 1024], x: [1.0, 1.5, 100]}",
    )
    small = network(text, scale="n", size=64).totals()
    inner = conv(3, 16, 3) + conv(16, 32) + bottleneck(16, 16, 16) + conv(48, 32) + conv(32, 64, 3)
    assert small.params == inner + detect([32, 64], 7)
    assert small.output_shape == (4 + 7, 32 * 32 + 16 * 16)
    large = network(text, scale="x", size=64)
    shapes = {row.name: row.output_shape for row in large.audit().layers}
    assert shapes["model.2.conv"] == (152, 16, 16)  # 100 channels at most, before the width
    assert "model.1.m.2.cv2.conv" in shapes


@pytest.mark.parametrize(
    ("written", "most", "width", "right"),
    [(40, 640, 0.4, 16), (72, 640, 0.4, 32), (520, 448, 0.6, 272), (64, 1024, 1.0, 64)],
)
def test_channels_are_rounded_up_to_eights(
    written: int, most: int, width: float, right: int
) -> None:
    assert Scale("n", 1.0, width, most).channels(written) == right


@pytest.mark.parametrize(("written", "right"), [(1, 1), (3, 2), (5, 2), (7, 4), (0, 0)])
def test_half_a_repeat_goes_to_the_even_number(written: int, right: int) -> None:
    assert Scale("n", 0.5, 1.0).repeats(written) == right


@pytest.mark.parametrize(
    ("name", "right"), [("yolov8s.yaml", 32), ("net.yaml", 16), ("HEAD:a/yolo11x-p2.yaml", 96)]
)
def test_the_name_of_a_file_tells_its_scale(name: str, right: int) -> None:
    scales = "scales: {n: [1, 0.25, 999], s: [1, 0.5, 999], x: [1, 1.5, 999]}"
    made = network(model("[-1, 1, Conv, [64, 3, 2]]", top=scales), name)
    assert made.layers[0].operation.output_shape((3, 8, 8))[0] == right
    found = loaded(model("[-1, 1, Conv, [8]]", top=scales), name)
    guess = "defaults used: scale n, the first of n, s, x; size 640"
    is_guess = right == 16
    assert [each.message for each in found.warnings] == [guess][:is_guess]
    assert [note.message for note in found.notes] == ["defaults used: size 640"][is_guess:]


def test_depthwise_class_heads_come_with_c3k2() -> None:
    rows = ("[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, C3k2, [32]]")
    net = network(model(*rows, head="[[[1], 1, Detect, [nc]]]"))
    names = [row.name for row in net.layers]
    assert "model.2.cv3.0.1.0.conv" in names
    assert "model.2.dfl.conv" in names


def test_what_only_training_runs_counts_as_params() -> None:
    row = "[[[0, 1], 1, SemanticSegment, [5]]]"
    rows = ("[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, Conv, [48, 3, 2]]")
    found = network(model(*rows, head=row), size=64)
    head = conv(32, 32, 3) + 32 * 5 + 5 + conv(48, 32, 3) + 32 * 5 + 5
    totals = found.totals()
    assert totals.params == conv(3, 32, 3) + conv(32, 48, 3) + head
    assert totals.macs == 32 * 32 * (27 * 32 + 9 * 32 * 32 + 32 * 5) + 16 * 16 * 9 * 32 * 48


def test_a_head_with_two_branches_counts_both() -> None:
    head = "[[[0], 1, Detect, [nc]]]"
    rows = "[-1, 1, Conv, [32, 3, 2]]"
    once = network(model(rows, head=head, top="nc: 3\nreg_max: 1")).totals()
    twice = network(model(rows, head=head, top="nc: 3\nreg_max: 1\nend2end: True")).totals()
    stem = conv(3, 32, 3)
    assert twice.params - stem == 2 * (once.params - stem)
    assert once.params - stem == detect([32], 3, 1) - 1  # no convolution for one number a side


def test_parts_of_several_outputs_are_fused() -> None:
    text = model(
        "[-1, 1, Conv, [16, 3, 2]]",
        "[-1, 1, CBLinear, [[8, 24]]]",
        "[0, 1, Conv, [24, 3, 2]]",
        "[[1, -1], 1, CBFuse, [[1]]]",
    )
    assert network(text, size=64).totals().output_shape == (24, 16, 16)
    wrong = model("[-1, 1, CBLinear, [[8, 24]]]", "[-1, 1, Conv, [8]]")
    assert problem(wrong)[:2] == (4, 6)


def test_the_order_of_padding_and_the_activation() -> None:
    text = model(
        "[-1, 1, nn.ZeroPad2d, [[1, 0, 5, 0]]]",
        "[-1, 1, Conv, [8]]",
        top="activation: torch.nn.LeakyReLU(0.1)",
    )
    found = network(text, size=8)
    assert found.audit().layers[0].output_shape == (3, 13, 9)
    assert found.layers[-1].name == "model.1.leaky_relu_1"


def test_yolov5_has_its_own_heads_and_bottlenecks() -> None:
    anchors = "[[10, 13, 16, 30], [30, 61, 62, 45]]"
    text = model(
        "[-1, 1, Conv, [64, 3, 2]]",
        "[-1, 1, Bottleneck, [32]]",
        "[-1, 1, Conv, [16, 3, 2]]",
        head="[[[1, 2], 1, Detect, [nc, anchors]]]",
        top=f"nc: 3\nanchors: {anchors}\ndepth_multiple: 1.0\nwidth_multiple: 0.5",
    )
    # two anchors times 5 + 3: the 16 channels of row 2 are those of a head, and stay
    body = conv(3, 32, 3) + bottleneck(32, 8, 16, 1) + conv(16, 16, 3)
    assert network(text).totals().params == body + (16 + 1) * 16 + (16 + 1) * 16


X = """
x-modules:
  Gate: same
  Wide: {out: 40, params: 100, macs: 0}
  Twice:
    args: {c2: , n: 1}
    repeats: inside
    layers: [{block: Conv, with: {c2: $c2}, repeat: $n, name: m}]
  C2fGated: {like: C2f, then: [{block: CBAM, name: gate}]}
"""


def test_modules_of_the_users_own() -> None:
    def of(*rows: str) -> Network:
        return network(model("[-1, 1, Conv, [32, 3, 2]]", *rows, top=f"nc: 3{X}"))

    stem = conv(3, 32, 3)
    assert of("[-1, 3, Twice, [16]]").totals().params == stem + conv(32, 16) + 2 * conv(16, 16)
    c2f = conv(32, 32) + bottleneck(16, 16, 16) + conv(48, 32)
    cbam = 32 * 32 + 32 + 2 * 49
    assert of("[-1, 1, C2fGated, [32]]").totals().params == stem + c2f + cbam
    wide = of("[-1, 1, Wide, []]", "[-1, 1, Conv, [8]]").totals()
    assert wide.params == stem + 100 + conv(40, 8)
    gated = of("[-1, 1, Gate, []]").totals()
    assert gated.unknown


def test_a_module_is_like_one_of_the_same_repository() -> None:
    def of(module: str, tops: str) -> int:
        return params(
            f"[-1, 1, {module}, [32]]", top=f"{tops}x-modules: {{Mine: {{like: Bottleneck}}}}"
        )

    yolov5 = "nc: 3\nanchors: 3\n"
    assert of("Mine", yolov5) == of("Bottleneck", yolov5) == bottleneck(3, 16, 32, 1)
    assert of("Mine", "nc: 3\n") == bottleneck(3, 16, 32)


def test_a_module_that_gives_other_channels_than_its_row_says() -> None:
    gate = "Gate: {args: {c2: }, layers: [{conv: $in_channels, kernel_size: 1}]}"

    def notes(channels: int) -> list[FileProblem]:
        rows = ["[-1, 1, Conv, [16]]", f"[-1, 1, Gate, [{channels}]]", "[-1, 1, DWConv, [8, 3]]"]
        return loaded(model(*rows, top=f"nc: 3\nx-modules:\n  {gate}")).notes

    assert notes(16)[1:] == []
    _, note = notes(64)
    assert note.message.startswith("the module gives 16 channels, and its row says 64")
    assert isinstance(note.place, Place)
    assert note.place.line == 6


def test_the_channels_of_another_image_are_grouped_too() -> None:
    file = SourceFile.of(model("[-1, 1, DWConv, [8, 3]]").encode(), "net.yaml")
    read = read_file(file, Overrides(inputs={"": (4, 32, 32)}))
    found = load_document(read.document, "net", read.overrides)
    assert found.network is not None
    assert found.network.totals().params == conv(4, 8, 3, 4)
    assert found.notes == []


def test_modules_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mods.yaml"
    file.write_text("Mine: {like: Conv}\n", encoding="utf-8")
    assert network(model("[-1, 1, Mine, [8, 3]]"), modules=str(file)).totals().params == conv(
        3, 8, 3
    )
    file.write_text("Mine: {like: Cnov}\n", encoding="utf-8")
    with pytest.raises(
        SpecError, match="Mine is like Cnov, which is not a module; did you mean Conv"
    ):
        loaded(model("[-1, 1, Mine, [8, 3]]"), modules=str(file))
    file.write_text("Mine: {args: {c2: }, layers: [{convv: $c2}]}\n", encoding="utf-8")
    (found,) = loaded(model("[-1, 1, Mine, [8]]"), modules=str(file)).problems
    assert found.place == NamedPlace("module", "Mine")
    with pytest.raises(SpecError, match=r"no.yaml cannot be read: No such file or directory$"):
        loaded(model("[-1, 1, Mine, [8]]"), modules=str(tmp_path / "no.yaml"))


def test_modules_of_a_file_and_of_the_model(tmp_path: Path) -> None:
    file = tmp_path / "mods.yaml"
    file.write_text("Mine: {like: Conv}\n", encoding="utf-8")
    text = model("[-1, 1, Own, [8, 3]]", top="nc: 3\nx-modules: {Own: {like: Mine}}")
    assert network(text, modules=str(file)).totals().params == conv(3, 8, 3)


def test_a_mistake_in_one_module_is_reported_once() -> None:
    top = "nc: 3\nx-modules: {A: same, B: {like: Cnov}}"
    (found,) = loaded(model("[-1, 1, A, []]", "[-1, 1, B, []]", top=top)).problems
    assert found.message == "B is like Cnov, which is not a module; did you mean Conv?"


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("[-1, 1, Convv, [8]]", 13, "unknown module Convv; did you mean Conv?"),
        ("[-1, 1, CBAM, []]", 13, "no row can name CBAM"),
        ("[-1, 1, TorchVision, [8]]", 13, "TorchVision cannot be read"),
        ("[-9, 1, Conv, [8]]", 6, "row 1 cannot read row -9"),
        ("[1, 1, Conv, [8]]", 6, "row 1 cannot read row 1"),
        ("[[0, 0], 1, Conv, [8]]", 6, "Conv reads one row, not 2"),
        ("[-1, 1.5, Conv, [8]]", 10, "repeats=1.5"),
        ("[-1, -1, Conv, [8]]", 10, "repeats=-1 is not a whole number from 0 to 10,000"),
        ("[-1, 2, Concat, [1]]", 6, "Concat reads a list of rows"),
        ("[[-1, 0], 2, Concat, [1]]", 15, "Concat reads a list of rows, and cannot be repeated 2"),
        ("[-1, 1, nn.Upsample, [8, 2, nearest]]", 26, "nn.Upsample takes a size or a scale_factor"),
        ("[-1, 1, nn.Upsample, [None, 2, nearest, True]]", 45, "align_corners is for other modes"),
        ("[-1, 2, Conv, [8]]", 10, "Conv is repeated 2 times"),
        ("[-1, 1, Conv]", 5, "a row is [from, repeats, module, arguments]"),
        ("[-1, 1, Conv, []]", 19, "Conv needs c2"),
        ("[-1, 1, Conv, [x]]", 20, "c2=x of Conv is not a number"),
        ("[-1, 1, Conv, [8, 3, 1, False]]", 5, "padding=false"),
        ("[-1, 1, Conv, [8, 3, $s]]", 26, "s='$s' of Conv is not a number"),
        ("[-1, 1, Conv, [8, 1, 1, 1, 1, 1, 1, 1]]", 19, "Conv takes no more arguments than 7"),
        ("[-1, 1, C2PSA, [8]]", 20, "C2PSA cannot change channels: it reads 16"),
        ("[-1, 1, A2C2f, [32]]", 20, "A2C2f: floor($c2 * $e) / 32 has to be a whole number"),
        ("[-1, 1, nn.Conv2d, [16, 8, 1]]", 24, "out_channels=8 of nn.Conv2d"),
        ("[[0], 1, Detect, [ncc]]", 23, "nc=ncc of Detect"),
        ("[[0], 1, OBB, [3]]", 19, "OBB needs ne"),
        ("[[0], 1, Segment, [3, 32]]", 23, "Segment needs npr"),
        ("[[0], 1, Pose, [3]]", 20, "kpt_shape=null of Pose is not [points, 2 or 3]"),
    ],
)
def test_a_wrong_row_is_told_at_its_place(row: str, column: int, message: str) -> None:
    line, at, told = problem(model("[-1, 1, Conv, [16, 3, 2]]", row))
    assert (line, at) == (4, column)
    assert told.startswith(message)


def test_an_error_inside_a_module_is_told_at_the_row() -> None:
    text = model("[-1, 1, Conv, [16, 3]]", "[-1, 1, C2f, [16, 3]]", "[-1, 1, Conv, [16, 3, 0]]")
    line, column, message = problem(text)
    assert (line, column) == (5, 5)
    assert "stride=0" in message


def test_an_error_in_a_module_of_the_users_own_is_told_there() -> None:
    declared = "nc: 3\nx-modules:\n  A: {args: {c2: }, layers: [{convv: $c2}]}"
    assert problem(model("[-1, 1, A, [16]]", top=declared))[:2] == (3, 31)


@pytest.mark.parametrize(
    ("top", "settings", "message"),
    [
        ("scales: {n: [1, 1, 9]}", {"scale": "z"}, "there is no scale z; the file has n"),
        ("scales: {n: [1, 1]}", {}, "scale n is [1, 1], not [depth, width, max_channels]"),
        ("scales: 3", {}, "scales is not a mapping"),
        ("scales: {a/b: [1, 1, 9]}", {}, "'a/b' is not the name of a scale"),
        (
            f"scales: {{{', '.join([f's{n}: [1, 1, 9]' for n in range(101)])}}}",
            {},
            "scales has 101 entries; at most 100 are read",
        ),
        ("width_multiple: 0", {}, "width_multiple=0 is not a number above 0"),
        ("activation: os.system('x')", {}, "activation "),
        ("channels: -1", {}, "channels=-1 is not a number of channels"),
        ("x-modules: [a]", {}, "modules are a mapping"),
        ("x-modules: {A: 3}", {}, "A is 3, not a block"),
        ("x-convcalc: {bugdet: 1}", {}, "unknown key bugdet; did you mean budget?"),
    ],
)
def test_a_wrong_key_is_told(top: str, settings: dict[str, str], message: str) -> None:
    (found, *_) = loaded(model("[-1, 1, Conv, [8]]", top=top), **settings).problems
    assert found.message.startswith(message)
    assert isinstance(found.place, Place)


def test_what_the_user_sets() -> None:
    text = model("[-1, 1, Conv, [32, 3, 2]]", head="[[-1, 1, Classify, [nc]]]")
    assert network(text).input_shape == (3, 224, 224)
    assert network(text, nc=9, size=32).totals().output_shape == (9,)
    with pytest.raises(SpecError, match="unknown variable ncc; did you mean nc"):
        loaded(text, ncc=3)


@pytest.mark.parametrize("key", ["backbone", "head", "scales", "x-modules", "x-convcalc"])
def test_what_no_setting_replaces(key: str) -> None:
    with pytest.raises(SpecError, match=f"{key} cannot be set"):
        loaded(model("[-1, 1, Conv, [8]]"), name="net.yaml", size=None, **{key: 1})


def test_rows_that_are_not_read() -> None:
    text = model("[-1, 1, Conv, [8]]", top="nc: 3\nneck: [[-1, 1, Conv, [8]]]\nnames: [a, b]")
    assert [note.message for note in loaded(text).notes[:1]] == [
        "the rows of neck are not read: a model has backbone and head"
    ]


def test_findings_of_edited_files() -> None:
    text = model(
        "[-1, 1, Conv, [16, 3, 2]]",
        "[-1, 1, Conv, [16, 3, 2]]",
        "[-1, 1, Conv, [16, 3, 2]]",
        head="[[[0, 2], 1, Detect, [nc]]]",
    )
    found = loaded(text)
    assert found.warnings == []
    assert found.document.source["heads"] == [
        {"head": "Detect", "rows": [0, 2], "strides": [2, 8]}  # 8 is a power of two times 2
    ]
    assert [note.message for note in found.notes] == ["defaults used: size 640"]
    unread = model("[-1, 1, Conv, [8]]", "[-1, 1, Conv, [8]]", "[0, 1, Conv, [8]]")
    (warning,) = loaded(unread).warnings
    assert warning.message == "the output of model.1 is never used"
    assert isinstance(warning.place, Place)
    assert warning.place.line == 4


def test_parameters_in_a_comment() -> None:
    right = conv(3, 8, 3)
    top = "scales:\n  n: [1, 1, 9] # summary: 3 layers, {:,} parameters, 4 gradients"
    row = "[-1, 1, Conv, [8, 3]]"

    def told(number: int) -> list[str]:
        found = loaded(model(row, top=top.format(number)), size=8)
        return [each.message for each in found.warnings]

    assert told(right) == []
    assert told(7654) == [f"the comment says 7,654 parameters; the file builds {right}"]


def test_a_budget_in_the_file() -> None:
    text = model("[-1, 1, Conv, [8]]", top="x-convcalc: {budget: {params: 10}}")
    assert network(text).budget == {"params": 10}


def test_the_reader_is_chosen_by_content() -> None:
    def format_of(text: str) -> str:
        return reader_of("a.yaml", BytesIO(text.encode())).format

    assert format_of("# a\nbackbone:\n  # b\n\n  - [-1, 1, Conv, [8]]\nhead: []\n") == "ultralytics"
    assert format_of("backbone:\n- [-1, 1, Conv, [8]]\n") == "ultralytics"
    assert format_of("backbone: {name: a}\nhead: []\n") == "yaml"
    assert format_of("input: [3]\nblocks:\n  backbone:\n    - a\n") == "yaml"


@pytest.mark.parametrize(
    "text",
    [
        "backbone: [[[[[[[[[[\n",
        "backbone:\n  - [-1, 1, Conv, [" + "[" * 500 + "]" * 500 + "]]\nhead: []\n",
        "backbone:\n  - &a [-1, 1, Conv, [*a]]\nhead: []\n",
        "backbone: []\nhead: []\n",
        "backbone:\n  - [-1, 1, Conv, [8]]\nhead:\n" + "  - [[0, 0], 1, Detect, [3]]\n" * 501,
        "backbone:\n  - [-1, 10000, C2f, [64]]\nhead:\n" + "  - [-1, 10000, C2f, [64]]\n" * 50,
        "backbone:\n  - [-1, 1, Conv, [1.0e+300]]\nhead: []\n",
        "backbone:\n  - [-1, 1, Conv, [64, 999999999999]]\nhead: []\n",
        "backbone:\n  - [-1, 1, SPPF, [64, 5, 999999999]]\nhead: []\n",
        "backbone:\n  - [-1, 1, '" + "(" * 300 + "', ['" + "(" * 150 + "']]\nhead: []\n",
        "x-modules: {A: {layers: [{block: A}]}}\nbackbone:\n  - [-1, 1, A, []]\nhead: []\n",
    ],
)
def test_hostile_files_are_refused(text: str) -> None:
    assert loaded(text).problems


def test_every_block_of_the_package_can_be_read() -> None:
    for classic in (False, True):
        library = Library(classic=classic)
        for name in library.row_names:
            found = library.row(name)
            assert found is not None
            assert found.block["layers"]
            assert library.blocks([found], None)
    assert {file.name for file in FOLDER.glob("*.yaml")} == {
        "classic.yaml",
        "modules.yaml",
        "parts.yaml",
        "yolov7.yaml",
    }


@pytest.fixture(scope="module")
def wheel() -> Callable[[str], Path]:
    """Finds a model file of the installed package."""
    spec = find_spec("ultralytics")
    if spec is None or spec.origin is None:
        pytest.skip("ultralytics is not installed")
    folder = Path(spec.origin).parent / "cfg" / "models"
    files = {file.name: file for file in folder.rglob("*.yaml")}
    return lambda name: files[name]


@pytest.mark.parametrize("key", json.loads(FIGURES.read_text(encoding="utf-8")))
def test_the_packages_own_models(key: str, wheel: Callable[[str], Path]) -> None:
    name, _, scale = key.partition("@")
    overrides = Overrides({"scale": scale} if scale else {})
    read = read_file(SourceFile.named(str(wheel(name))), overrides)
    made = load_document(read.document, name, read.overrides)
    assert made.network is not None, made.problems
    totals = made.network.totals()
    assert [totals.params, totals.macs] == json.loads(FIGURES.read_text(encoding="utf-8"))[key]
