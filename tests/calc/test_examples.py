"""The example networks: exact against published figures."""

import pytest

from convcalc.language.document import Overrides
from support.examples import FOLDER, NAMES, audit, network

PUBLISHED = {
    "alexnet": (61_100_840, 714_188_480),
    "vgg16": (138_357_544, 15_470_264_320),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnext50-32x4d": (25_028_904, 4_230_479_872),
    "mobilenet-v1": (4_231_976, 568_740_352),
    "mobilenet-v2": (3_504_872, 300_774_272),
    "densenet121": (7_978_856, 2_834_161_664),
    "shufflenet-v2-x1.0": (2_278_604, 144_907_992),
    "efficientnet-b0": (5_288_548, 385_814_752),
    "squeezenet1.1": (1_235_496, 349_151_936),
    "r3d18": (33_371_472, 40_696_553_472),
    "fcos-head": (4_946_016, 84_292_337_664),
    "deeplabv3-resnet50": (42_004_074, 168_731_205_888),
    "vit-b-16": (86_567_656, 17_563_828_224),
    "convnext-tiny": (28_589_128, 4_455_531_264),
    "mobilenet-v3-small": (2_542_856, 56_510_400),
}
"""Params and MACs of torchvision's models; of MobileNet, by its paper's formulas."""


def test_there_are_examples_of_every_kind() -> None:
    others = {
        "alexnet-2012",
        "dcgan-generator",
        "m5",
        "resnet20",
        "siamese",
        "tcn",
        "unet",
        "unet-2015",
    }
    assert set(NAMES) == PUBLISHED.keys() | others


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_what_it_expects(name: str) -> None:
    example = network(name)
    facts = example.audit()
    expected = dict(example.expect)
    assert expected.keys() >= {"params", "macs", "output_shape"}
    shapes = expected.pop("shapes", {})
    assert {total: getattr(facts.totals, total) for total in expected} == expected
    assert {row.name: row.output_shape for row in facts.layers if row.name in shapes} == shapes
    assert example.name == name


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures_are_met_to_the_unit(name: str) -> None:
    totals = audit(name).totals
    assert (totals.params, totals.macs) == PUBLISHED[name]


def test_the_first_alexnet_has_the_parameters_that_are_known_of_it() -> None:
    assert audit("alexnet-2012").totals.params == 60_965_224


@pytest.mark.parametrize(
    ("width", "size", "macs", "params"),
    [
        (1.0, 224, "569 M", "4.2 M"),
        (0.75, 224, "325 M", "2.6 M"),
        (0.5, 224, "149 M", "1.3 M"),
        (0.25, 224, "41 M", "0.5 M"),
        (1.0, 192, "418 M", "4.2 M"),
        (1.0, 160, "291 M", "4.2 M"),  # the paper's table has 290
        (1.0, 128, "186 M", "4.2 M"),
    ],
)
def test_thinner_and_smaller_mobilenets(width: float, size: int, macs: str, params: str) -> None:
    """MobileNets, tables 6 and 7."""
    totals = audit("mobilenet-v1", Overrides({"width": width}, size=size)).totals
    assert f"{totals.macs / 1e6:.0f} M" == macs
    assert f"{totals.params / 1e6:.1f} M" == params


def test_where_the_macs_and_weights_of_mobilenet_are() -> None:
    """MobileNets, table 2: parameters are weights only, its 1.19 % is 1.91 by the formulas."""
    macs = dict.fromkeys(["1x1", "depthwise 3x3", "3x3", "fully connected"], 0)
    weights = dict(macs)
    for row in audit("mobilenet-v1").layers:
        shape = row.weights.get("weight", ())
        kind = {
            "(1, 1)": "1x1",
            "(3, 3)": "depthwise 3x3" if shape[1:2] == (1,) else "3x3",
            "()": "fully connected",
        }[str(shape[2:])]
        if row.macs:
            size = shape[0] * shape[1] * (9 if "3x3" in kind else 1)
            macs[kind] += row.macs
            weights[kind] += size

    def shares(counts: dict[str, int]) -> list[str]:
        return [f"{100 * count / sum(counts.values()):.2f}" for count in counts.values()]

    assert shares(macs) == ["94.86", "3.06", "1.91", "0.18"]
    assert shares(weights) == ["74.59", "1.06", "0.02", "24.33"]


def test_what_an_output_of_unet_sees() -> None:
    """The paper's figure, one dimension, position by position: the first and the last it sees."""
    skips, seen = [], [(at, at) for at in range(572)]

    def double(views: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(views[at][0], views[at + 4][1]) for at in range(len(views) - 4)]

    for _ in range(4):
        skips.append(double(seen))
        seen = [(skips[-1][at][0], skips[-1][at + 1][1]) for at in range(0, len(skips[-1]), 2)]
    seen = double(seen)
    for skip in reversed(skips):
        seen = [view for view in seen for _ in range(2)]
        edge = (len(skip) - len(seen)) // 2
        cropped = skip[edge : edge + len(seen)]
        joined = zip(seen, cropped, strict=True)
        seen = double([(min(a[0], b[0]), max(a[1], b[1])) for a, b in joined])
    assert len(seen) == 388
    assert (seen[0][0], seen[-1][1]) == (0, 571)
    widest = max(last - first + 1 for first, last in seen)
    assert audit("unet-2015").totals.receptive_field == (widest, widest)


@pytest.mark.parametrize(
    ("n", "params"), [(3, "0.27"), (5, "0.46"), (7, "0.66"), (9, "0.85"), (18, "1.7")]
)
def test_deeper_resnets_for_cifar(n: int, params: str) -> None:
    """ResNets, table 6: millions of parameters."""
    digits = len(params.partition(".")[2])
    millions = audit("resnet20", Overrides({"n": n})).totals.params / 1e6
    assert f"{millions:.{digits}f}" == params


@pytest.mark.parametrize(
    ("width", "depth", "params", "billions"),
    [
        (96, 9, 28_589_128, 4.5),
        (96, 27, 50_223_688, 8.7),
        (128, 27, 88_591_464, 15.4),
        (192, 27, 197_767_336, 34.4),
    ],
)
def test_larger_convnexts(width: int, depth: int, params: int, billions: float) -> None:
    """ConvNeXts, table 1: T, S, B and L; the parameters to the unit by torchvision."""
    totals = audit("convnext-tiny", Overrides({"width": width, "depth": depth})).totals
    assert (totals.params, round(totals.macs / 1e9, 1)) == (params, billions)


@pytest.mark.parametrize(
    ("variables", "params", "billions"),
    [
        ({}, 86_567_656, 17.6),
        ({"image": 384}, 86_859_496, 55.5),
        ({"patch": 32}, 88_224_232, 4.4),
        ({"width": 1024, "depth": 24, "heads": 16}, 304_326_632, 61.6),
        ({"width": 1280, "depth": 32, "heads": 16, "patch": 14}, 632_045_800, 167.3),
    ],
)
def test_other_vision_transformers(variables: dict[str, int], params: int, billions: float) -> None:
    """The figures of torchvision's vit_b_16, vit_b_32, vit_l_16 and vit_h_14."""
    totals = audit("vit-b-16", Overrides(variables)).totals
    assert (totals.params, round(totals.macs / 1e9, 1)) == (params, billions)


def test_the_second_classifier_of_deeplab_only_counts_parameters() -> None:
    """torchvision: 178.722 G MACs with it, 39,633,729 parameters for one class without."""

    def figures(classes: int) -> tuple[int, int, int, int]:
        facts = audit("deeplabv3-resnet50", Overrides({"classes": classes}))
        rows = [row for row in facts.layers if row.name.startswith("aux.")]
        params, macs = sum(row.params or 0 for row in rows), sum(row.macs or 0 for row in rows)
        return params, macs, facts.totals.params - params, facts.totals.macs

    params, macs, _, others = figures(21)
    assert (params, macs) == (1024 * 9 * 256 + 2 * 256 + 257 * 21, 0)
    assert round((others + 65 * 65 * (1024 * 9 * 256 + 256 * 21)) / 1e6) == 178_722
    assert figures(1)[2] == 39_633_729


def test_a_level_more_costs_no_parameters() -> None:
    """FCOS: the heads of all levels are one, so each costs MACs by its positions alone."""
    rows = audit("fcos-head").layers
    params = {f"head{level}": 0 for level in range(3, 8)}
    macs = dict(params)
    for row in rows:
        head = row.name.partition(".")[0]
        params[head] += row.params or 0
        macs[head] += row.macs or 0
    assert [*params.values()] == [4_946_016, 0, 0, 0, 0]
    positions = [100 * 128, 50 * 64, 25 * 32, 13 * 16, 7 * 8]
    each = (8 * 256 + 91 + 4 + 1) * 256 * 9
    assert [*macs.values()] == [number * each for number in positions]


@pytest.mark.parametrize(("levels", "kernel"), [(8, 7), (4, 7), (6, 3), (1, 2)])
def test_what_a_temporal_convolutional_network_sees(levels: int, kernel: int) -> None:
    """Two convolutions at each level, the dilations added up; all of it lies in the past."""
    totals = audit("tcn", Overrides({"levels": levels, "kernel": kernel})).totals
    seen = 1 + sum(2 * (kernel - 1) * 2**level for level in range(levels))
    assert totals.receptive_field == (seen,)
    assert totals.receptive_field_offset == (783 - (seen - 1),)


def test_resnet50_is_short() -> None:
    text = (FOLDER / "resnet50.yaml").read_text("utf-8")
    assert len(text.splitlines()) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_of_every_example(name: str) -> None:
    totals = audit(name).totals
    figures = f"| [{name}.yaml]({name}.yaml) | {totals.params:,} | {totals.macs:,} |"
    assert figures in (FOLDER / "README.md").read_text("utf-8")
