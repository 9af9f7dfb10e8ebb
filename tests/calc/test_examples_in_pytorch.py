"""The example networks written out in PyTorch, which counts the same."""

from collections.abc import Callable
from typing import Any

import pytest

from support.examples import network
from support.torch_layers import Torch


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


def unet_2015(net: Torch, x: Any) -> Any:
    def double(x: Any, out: int) -> Any:
        return net.conv(net.conv(x, out, 3), out, 3)

    skips = []
    for out in (64, 128, 256, 512):
        skips.append(double(x, out))
        x = net.pool(skips[-1], 2, 2)
    x = double(x, 1024)
    for skip in reversed(skips):
        x = net.up(x, skip.shape[1], 2, stride=2)
        edge = (skip.shape[2] - x.shape[2]) // 2
        x = double(net.torch.cat([skip[:, :, edge:-edge, edge:-edge], x], 1), skip.shape[1])
    return net.conv(x, 2, 1)


MOBILENET_V3_SMALL = [
    # kernel, expanded, out channels, squeezed (0: no squeeze and excitation), stride
    (3, 16, 16, 8, 2),
    (3, 72, 24, 0, 2),
    (3, 88, 24, 0, 1),
    (5, 96, 40, 24, 2),
    (5, 240, 40, 64, 1),
    (5, 240, 40, 64, 1),
    (5, 120, 48, 32, 1),
    (5, 144, 48, 40, 1),
    (5, 288, 96, 72, 2),
    (5, 576, 96, 144, 1),
    (5, 576, 96, 144, 1),
]


def mobilenet_v3_small(net: Torch, x: Any) -> Any:
    x = net.conv_norm(x, 16, 3, stride=2, padding=1)
    for kernel, mid, out, squeezed, stride in MOBILENET_V3_SMALL:
        y = net.conv_norm(x, mid, 1) if mid > x.shape[1] else x
        y = net.conv_norm(y, mid, kernel, stride=stride, padding=kernel // 2, groups=mid)
        if squeezed:
            y = y * net.conv(net.conv(net.mean(y), squeezed, 1), mid, 1)
        y = net.conv_norm(y, out, 1)
        x = x + y if x.shape == y.shape else y
    x = net.mean(net.conv_norm(x, 576, 1))
    return net.linear(net.linear(x, 1024), 1000)


def resnet20(net: Torch, x: Any) -> Any:
    x = net.conv_norm(x, 16, 3, padding=1)
    for out, stride in [(16, 1), (32, 2), (64, 2)]:
        for step in (stride, 1, 1):
            y = net.conv_norm(x, out, 3, stride=step, padding=1)
            y = net.conv_norm(y, out, 3, padding=1)
            x = x[:, :, ::step, ::step]
            zeros = (out - x.shape[1]) // 2
            x = y + net.torch.nn.functional.pad(x, (0, 0, 0, 0, zeros, zeros))
    return net.classes(x, 10)


def convnext_tiny(net: Torch, x: Any) -> Any:
    x = net.layer_norm(net.conv(x, 96, 4, stride=4))
    for stage, depth in enumerate((3, 3, 9, 3)):
        if stage:
            x = net.conv(net.layer_norm(x), 2 * x.shape[1], 2, stride=2)
        for _ in range(depth):
            width = x.shape[1]
            y = net.layer_norm(net.conv(x, width, 7, padding=3, groups=width))
            y = net.apply("Linear", y.movedim(1, -1), width, 4 * width)
            y = net.apply("Linear", y, 4 * width, width).movedim(-1, 1)
            x = x + net.parameter(width, 1, 1) * y
    return net.linear(net.layer_norm(net.mean(x)), 1000)


def vit_b_16(net: Torch, x: Any) -> Any:
    patches = net.conv(x, 768, 16, stride=16).flatten(2).movedim(1, -1)
    x = net.torch.cat([net.parameter(1, 1, 768), patches], 1) + net.parameter(1, 197, 768)
    for _ in range(12):
        y = net.apply("LayerNorm", x, 768)
        x = x + net.apply("MultiheadAttention", (y, y, y), 768, 12, batch_first=True)[0]
        y = net.apply("LayerNorm", x, 768)
        x = x + net.apply("Linear", net.apply("Linear", y, 768, 3072), 3072, 768)
    return net.linear(net.apply("LayerNorm", x, 768)[:, 0], 1000)


DEEPLAB_STAGES = [
    # mid channels, depth, stride, dilation of the first, dilation of the others
    (64, 3, 1, 1, 1),
    (128, 4, 2, 1, 1),
    (256, 6, 1, 1, 2),
    (512, 3, 1, 2, 4),
]


def dilated(net: Torch, x: Any, mid: int, stride: int, dilation: int) -> Any:
    y = net.conv_norm(x, mid, 1)
    y = net.conv_norm(y, mid, 3, stride=stride, padding=dilation, dilation=dilation)
    y = net.conv_norm(y, 4 * mid, 1)
    return y + (x if x.shape == y.shape else net.conv_norm(x, 4 * mid, 1, stride=stride))


def deeplabv3_resnet50(net: Torch, image: Any) -> Any:
    def resized(x: Any, other: Any) -> Any:
        return net.torch.nn.functional.interpolate(x, size=other.shape[2:], mode="bilinear")

    def classifier(x: Any) -> Any:
        return net.conv(net.conv_norm(x, 256, 3, padding=1), 21, 1)

    x = net.pool(net.conv_norm(image, 64, 7, stride=2, padding=3), 3, 2, 1)
    for mid, depth, stride, first, dilation in DEEPLAB_STAGES:
        if mid == 512:
            classifier(x[:0])  # its parameters count; no image passes through it
        for number in range(depth):
            x = dilated(net, x, mid, 1 if number else stride, dilation if number else first)
    parts = [net.conv_norm(x, 256, 1)]
    parts += [net.conv_norm(x, 256, 3, padding=rate, dilation=rate) for rate in (12, 24, 36)]
    parts.append(resized(net.conv_norm(net.mean(x), 256, 1), x))
    x = net.conv_norm(net.torch.cat(parts, 1), 256, 1)
    return resized(classifier(x), image)


def fcos_head(net: Torch, *levels: Any) -> list[Any]:
    def tower(x: Any) -> Any:
        for _ in range(4):
            x = net.apply("GroupNorm", net.conv(x, 256, 3, padding=1), 32, 256)
        return x

    outputs = []
    for level in levels:
        net.at = 0  # the same layers at every level
        outputs.append(net.conv(tower(level), 91, 3, padding=1))
        boxes = tower(level)
        outputs += [net.conv(boxes, out, 3, padding=1) for out in (4, 1)]
    return outputs


def siamese(net: Torch, *images: Any) -> Any:
    def tower(x: Any) -> Any:
        net.at = 0  # the same layers for both images
        for out, kernel in [(64, 10), (128, 7), (128, 4)]:
            x = net.pool(net.conv(x, out, kernel), 2, 2)
        return net.linear(net.conv(x, 256, 4), 4096)

    one, other = map(tower, images)
    return net.linear((one - other).abs(), 1)


def tcn(net: Torch, x: Any) -> Any:
    for dilation in (1, 2, 4, 8, 16, 32, 64, 128):
        y = x
        for _ in range(2):
            padded = net.torch.nn.functional.pad(y, (6 * dilation, 0))
            y = net.conv(padded, 25, 7, dilation=dilation)
        x = y + (x if x.shape == y.shape else net.conv(x, 25, 1))
    return net.linear(x[:, :, -1], 10)[:, :, None]


REBUILT: dict[str, Callable[..., Any]] = {
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
    "unet-2015": unet_2015,
    "mobilenet-v3-small": mobilenet_v3_small,
    "resnet20": resnet20,
    "convnext-tiny": convnext_tiny,
    "vit-b-16": vit_b_16,
    "deeplabv3-resnet50": deeplabv3_resnet50,
    "fcos-head": fcos_head,
    "siamese": siamese,
    "tcn": tcn,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REBUILT)
def test_pytorch_counts_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    flop_counter = pytest.importorskip("torch.utils.flop_counter")
    example = network(name)
    net = Torch(torch)
    inputs = [torch.empty(1, *shape, device="meta") for shape in example.inputs.values()]
    with torch.no_grad(), flop_counter.FlopCounterMode(display=False) as counter:
        output = REBUILT[name](net, *inputs)
    outputs = output if isinstance(output, list) else [output]
    totals = example.audit().totals
    ours = [totals.output_shape, *[*totals.outputs.values()][1:]]
    theirs = [tuple(each.shape[1:]) for each in outputs]
    assert (ours, totals.params) == (theirs, net.params)
    assert totals.macs == counter.get_total_flops() // 2
