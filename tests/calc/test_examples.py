"""The example networks: exact against published figures, and against PyTorch where it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.facts.audit import Audit
from convcalc.files.yaml_reader import read_text
from convcalc.language.document import Overrides, read_network
from convcalc.networks import Network

FOLDER = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

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
}
"""Params and MACs of torchvision's models; of MobileNet, by its paper's formulas."""


def network(name: str, overrides: Overrides | None = None) -> Network:
    """The example, which has no problem and gives no warning."""
    document = read_text((FOLDER / f"{name}.yaml").read_bytes())
    reading = read_network(document.content, name, overrides)
    assert (document.problems, reading.problems, reading.warnings) == ([], [], [])
    assert reading.network is not None
    return reading.network


def audit(name: str, overrides: Overrides | None = None) -> Audit:
    return network(name, overrides).audit()


def test_there_are_examples_of_every_kind() -> None:
    others = {"alexnet-2012", "dcgan-generator", "m5", "unet"}
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


def test_resnet50_is_short() -> None:
    text = (FOLDER / "resnet50.yaml").read_text("utf-8")
    assert len(text.splitlines()) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_of_every_example(name: str) -> None:
    totals = audit(name).totals
    figures = f"| [{name}.yaml]({name}.yaml) | {totals.params:,} | {totals.macs:,} |"
    assert figures in (FOLDER / "README.md").read_text("utf-8")


class Torch:
    """PyTorch's layers, each made for the value it is applied to; no memory is taken."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.params = 0

    def apply(self, kind: str, x: Any, *arguments: Any, **more: Any) -> Any:
        module = getattr(self.torch.nn, kind)(*arguments, **more, device="meta").eval()
        self.params += sum(array.numel() for array in module.parameters())
        return module(x)

    def conv(self, x: Any, out: int, kernel: Any, **more: Any) -> Any:
        return self.apply(f"Conv{x.dim() - 2}d", x, x.shape[1], out, kernel, **more)

    def conv_norm(self, x: Any, out: int, kernel: Any, **more: Any) -> Any:
        return self.norm(self.conv(x, out, kernel, bias=False, **more))

    def up(self, x: Any, out: int, kernel: int, **more: Any) -> Any:
        return self.apply("ConvTranspose2d", x, x.shape[1], out, kernel, **more)

    def norm(self, x: Any) -> Any:
        return self.apply(f"BatchNorm{x.dim() - 2}d", x, x.shape[1])

    def linear(self, x: Any, out: int) -> Any:
        x = x.flatten(1)
        return self.apply("Linear", x, x.shape[1], out)

    def pool(self, x: Any, kernel: int, stride: int, padding: int = 0) -> Any:
        pool = getattr(self.torch.nn.functional, f"max_pool{x.dim() - 2}d")
        return pool(x, kernel, stride, padding)

    def classes(self, x: Any, out: int) -> Any:
        return self.linear(x.flatten(2).mean(2), out)


def alexnet(net: Torch, x: Any) -> Any:
    x = net.pool(net.conv(x, 64, 11, stride=4, padding=2), 3, 2)
    x = net.pool(net.conv(x, 192, 5, padding=2), 3, 2)
    for out in (384, 256, 256):
        x = net.conv(x, out, 3, padding=1)
    x = net.pool(x, 3, 2)
    for out in (4096, 4096, 1000):
        x = net.linear(x, out)
    return x


def alexnet_2012(net: Torch, x: Any) -> Any:
    x = net.pool(net.conv(x, 96, 11, stride=4), 3, 2)
    x = net.pool(net.conv(x, 256, 5, padding=2, groups=2), 3, 2)
    for out, groups in [(384, 1), (384, 2), (256, 2)]:
        x = net.conv(x, out, 3, padding=1, groups=groups)
    x = net.pool(x, 3, 2)
    for out in (4096, 4096, 1000):
        x = net.linear(x, out)
    return x


def vgg16(net: Torch, x: Any) -> Any:
    for outs in [(64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3]:
        for out in outs:
            x = net.conv(x, out, 3, padding=1)
        x = net.pool(x, 2, 2)
    for out in (4096, 4096, 1000):
        x = net.linear(x, out)
    return x


def basic(net: Torch, x: Any, out: int, stride: int) -> Any:
    y = net.conv_norm(x, out, 3, stride=stride, padding=1)
    y = net.conv_norm(y, out, 3, padding=1)
    return y + (x if x.shape == y.shape else net.conv_norm(x, out, 1, stride=stride))


def bottleneck(net: Torch, x: Any, mid: int, stride: int) -> Any:
    y = net.conv_norm(x, mid, 1)
    y = net.conv_norm(y, mid, 3, stride=stride, padding=1)
    y = net.conv_norm(y, 4 * mid, 1)
    return y + (x if x.shape == y.shape else net.conv_norm(x, 4 * mid, 1, stride=stride))


Unit = Callable[[Torch, Any, int, int], Any]


def residual(net: Torch, x: Any, unit: Unit, depths: tuple[int, ...]) -> Any:
    """The four stages of a ResNet."""
    for stage, depth in enumerate(depths):
        for number in range(depth):
            x = unit(net, x, 64 * 2**stage, 2 if stage and number == 0 else 1)
    return x


def resnet18(net: Torch, x: Any) -> Any:
    x = net.pool(net.conv_norm(x, 64, 7, stride=2, padding=3), 3, 2, 1)
    return net.classes(residual(net, x, basic, (2, 2, 2, 2)), 1000)


def resnet50(net: Torch, x: Any) -> Any:
    x = net.pool(net.conv_norm(x, 64, 7, stride=2, padding=3), 3, 2, 1)
    return net.classes(residual(net, x, bottleneck, (3, 4, 6, 3)), 1000)


def r3d18(net: Torch, x: Any) -> Any:
    x = net.conv_norm(x, 64, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3))
    return net.classes(residual(net, x, basic, (2, 2, 2, 2)), 400)


MOBILENET_V2 = [
    # expansion, out channels, times, stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def inverted(net: Torch, x: Any, out: int, stride: int, expansion: int) -> Any:
    mid = x.shape[1] * expansion
    y = net.conv_norm(x, mid, 1) if expansion > 1 else x
    y = net.conv_norm(y, mid, 3, stride=stride, padding=1, groups=mid)
    y = net.conv_norm(y, out, 1)
    return x + y if x.shape == y.shape else y


def mobilenet_v2(net: Torch, x: Any) -> Any:
    x = net.conv_norm(x, 32, 3, stride=2, padding=1)
    for expansion, out, times, stride in MOBILENET_V2:
        for number in range(times):
            x = inverted(net, x, out, 1 if number else stride, expansion)
    return net.classes(net.conv_norm(x, 1280, 1), 1000)


def unet(net: Torch, x: Any) -> Any:
    def double(x: Any, out: int) -> Any:
        return net.conv(net.conv(x, out, 3, padding=1), out, 3, padding=1)

    def level(x: Any, out: int) -> Any:
        x = double(x, out)
        if out == 1024:
            return x
        below = net.up(level(net.pool(x, 2, 2), 2 * out), out, 2, stride=2)
        return double(net.torch.cat([x, below], 1), out)

    return net.conv(level(x, 64), 2, 1)


def dcgan_generator(net: Torch, x: Any) -> Any:
    x = net.norm(net.up(x, 512, 4, bias=False))
    for out in (256, 128, 64):
        x = net.norm(net.up(x, out, 4, stride=2, padding=1, bias=False))
    return net.up(x, 3, 4, stride=2, padding=1, bias=False)


def m5(net: Torch, x: Any) -> Any:
    x = net.pool(net.norm(net.conv(x, 128, 80, stride=4, padding=38)), 4, 4)
    for out in (128, 256, 512):
        x = net.pool(net.norm(net.conv(x, out, 3, padding=1)), 4, 4)
    return net.classes(x, 10)


REBUILT: dict[str, Callable[[Torch, Any], Any]] = {
    "alexnet": alexnet,
    "alexnet-2012": alexnet_2012,
    "vgg16": vgg16,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "mobilenet-v2": mobilenet_v2,
    "unet": unet,
    "dcgan-generator": dcgan_generator,
    "m5": m5,
    "r3d18": r3d18,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REBUILT)
def test_pytorch_counts_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    flop_counter = pytest.importorskip("torch.utils.flop_counter")
    example = network(name)
    net = Torch(torch)
    with torch.no_grad(), flop_counter.FlopCounterMode(display=False) as counter:
        output = REBUILT[name](net, torch.empty(1, *example.input_shape, device="meta"))
    totals = example.audit().totals
    theirs = (tuple(output.shape[1:]), net.params, counter.get_total_flops() // 2)
    assert (totals.output_shape, totals.params, totals.macs) == theirs
