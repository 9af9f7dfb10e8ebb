"""The tools themselves, where they are installed, on networks that PyTorch builds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

import convcalc
from convcalc.others.figures import others
from support.torch_modules import module as module_of

torch = pytest.importorskip("torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")
nn = torch.nn


def pair(*layers: Any) -> Any:
    return nn.Sequential(*layers).eval()


def derived(layer: Any) -> Any:
    """A layer as one of a class derived from its own."""
    layer.__class__ = type(f"Own{type(layer).__name__}", (type(layer),), {})
    return layer


def styled() -> Any:
    """A network that is written with functions, methods and classes of its own."""

    def run(m: Any, x: Any) -> Any:
        functional = nn.functional
        x = functional.max_pool2d(functional.relu(m.stem(x)), 2)
        x = torch.add(torch.relu(m.block(x)), functional.relu6(x))
        x = m.fc(x.permute(0, 2, 3, 1).contiguous()).permute(0, 3, 1, 2)
        return functional.interpolate(m.pool(x), size=(9, 7)).mean([2, 3])

    parts = {"stem": nn.Conv2d(3, 8, 3), "block": derived(nn.Conv2d(8, 8, 2, padding="same"))}
    pool = derived(nn.AvgPool2d(2))
    return module_of(run, **parts, fc=nn.Linear(8, 5), pool=pool).eval()


NETWORKS: dict[str, tuple[tuple[int, ...], list[Any], Callable[[], Any]]] = {
    "classifier": (
        (3, 32, 32),
        [
            {"conv": 8, "kernel_size": 3, "padding": 1},
            *("batch_norm", "relu", {"max_pool": 2}),
            {"conv": 16, "kernel_size": 3, "groups": 2, "bias": False},
            *("relu6", {"avg_pool": 2}, {"adaptive_avg_pool": 2}, "flatten", {"linear": 10}),
        ],
        lambda: pair(
            nn.Conv2d(3, 8, 3, padding=1),
            *(nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
            nn.Conv2d(8, 16, 3, groups=2, bias=False),
            *(nn.ReLU6(), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(2), nn.Flatten()),
            nn.Linear(64, 10),
        ),
    ),
    "generator": (
        (8, 6, 6),
        [
            {"conv_transpose": 6, "kernel_size": 4, "stride": 2, "padding": 1},
            *({"group_norm": 2}, "silu", {"upsample": 2, "mode": "bilinear"}),
            {"conv": 4, "kernel_size": 2, "padding": "same"},
            "prelu",
        ],
        lambda: pair(
            nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1),
            *(nn.GroupNorm(2, 6), nn.SiLU(), nn.Upsample(scale_factor=2, mode="bilinear")),
            nn.Conv2d(6, 4, 2, padding="same"),
            nn.PReLU(),
        ),
    ),
    "styles": (
        (3, 20, 20),
        [
            {"conv": 8, "kernel_size": 3},
            {"relu": None, "as": "functional"},
            {"max_pool": 2, "as": "functional", "name": "pooled"},
            {"conv": 8, "kernel_size": 2, "padding": "same", "as": "subclass"},
            {"relu": None, "as": "method"},
            {
                "add": [[], {"relu6": None, "from": "pooled", "as": "functional"}],
                "as": "functional",
            },
            {"conv": 5, "kernel_size": 1, "as": "linear"},
            {"avg_pool": 2, "as": "subclass"},
            {"upsample": None, "size": [9, 7], "as": "functional"},
            {"adaptive_avg_pool": 1, "as": "mean"},
        ],
        styled,
    ),
}


def module(name: str) -> Any:
    """A tool, unless it or something that it needs is missing."""
    return pytest.importorskip(name, exc_type=ImportError)


def of_thop(model: Any, image: Any) -> Any:
    thop = module("thop")
    macs, params = thop.profile(model, inputs=(image,), verbose=False)
    return int(macs), int(params)


def of_torchinfo(model: Any, image: Any) -> Any:
    found = module("torchinfo").summary(model, input_data=image, verbose=0)
    return found.total_mult_adds, found.total_params


def of_fvcore(model: Any, image: Any) -> Any:
    counting = module("fvcore.nn").FlopCountAnalysis(model, image)
    counting.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return int(counting.total()), sum([each.numel() for each in model.parameters()])


def of_ptflops(backend: str) -> Callable[[Any, Any], Any]:
    def counted(model: Any, image: Any) -> Any:
        count = module("ptflops").get_model_complexity_info
        plain = {"as_strings": False, "print_per_layer_stat": False, "backend": backend}
        return tuple(map(int, count(model, tuple(image.shape[1:]), **plain)))

    return counted


def of_torch(model: Any, image: Any) -> Any:
    with flop_counter.FlopCounterMode(display=False) as counter:
        model(image)
    return counter.get_total_flops(), None


def of_calflops(model: Any, image: Any) -> Any:
    count = module("calflops").calculate_flops
    plain = {"print_results": False, "output_as_string": False}
    flops, _, params = count(model, input_shape=tuple(image.shape), **plain)
    return int(flops), int(params)


PROGRAMS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "torch": ("torch", of_torch),
    "thop": ("thop", of_thop),
    "thop@0.0.31": ("thop", of_thop),
    "ultralytics": ("ultralytics-thop", of_thop),
    "torchinfo": ("torchinfo", of_torchinfo),
    "fvcore": ("fvcore", of_fvcore),
    "ptflops": ("ptflops", of_ptflops("pytorch")),
    "ptflops-aten": ("ptflops", of_ptflops("aten")),
    "calflops": ("calflops", of_calflops),
}
VERSIONS = {"thop": "0.1.", "thop@0.0.31": "0.0.31", "ultralytics": "2."}
"""How the version begins, of what has one name in several."""


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("tool", PROGRAMS)
@pytest.mark.filterwarnings("ignore")
def test_the_tool_prints_what_is_worked_out(tool: str, name: str) -> None:
    package, run = PROGRAMS[tool]
    found = installed(package)
    if found is None or not found.startswith(VERSIONS.get(tool, "")):
        pytest.skip(f"{package} is not installed in this version")
    if package.endswith("thop") and installed("thop") and installed("ultralytics-thop"):
        pytest.skip("two packages have the module thop")
    shape, layers, build = NETWORKS[name]
    network = convcalc.network({"input": list(shape), "layers": layers})
    (ours,) = others(network, network.audit(), [tool])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted, params = run(build(), torch.zeros(1, *shape))
    times = 2 if tool == "ultralytics" else 1
    assert (ours.total, ours.params) == (times * counted, params)
