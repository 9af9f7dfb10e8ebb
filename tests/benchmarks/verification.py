"""How fast the reference runs: ratios to NumPy's own products and to PyTorch, in one run.

Run by hand: `python tests/benchmarks/verification.py`. One thread each, so that the rates compare.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "cli")]

import numpy as np  # noqa: E402

from convcalc import Conv  # noqa: E402
from convcalc.reference.kernel import Call  # noqa: E402
from convcalc.reference.registry import KERNELS  # noqa: E402
from convcalc.reference.workspace import Workspace  # noqa: E402

RESNET = ROOT / "examples" / "resnet50.yaml"
ROUNDS = 5

DENSE = [
    (64, 112, 1),
    (64, 56, 1),
    (128, 56, 2),
    (128, 28, 1),
    (256, 28, 2),
    (256, 14, 1),
    (512, 7, 1),
]
DEPTHWISE = [
    *((32, 112, 1), (64, 112, 2), (128, 56, 1), (128, 56, 2), (256, 28, 1)),
    *((256, 28, 2), (512, 14, 1), (512, 14, 2), (1024, 7, 1)),
]

TORCH_FLOOR = """
import sys
import torch
torch.set_grad_enabled(False)
torch.set_num_threads(1)
sys.path[:0] = sys.argv[2:]
import convcalc
for layer, row in zip(
    convcalc.load(sys.argv[1]).rows, convcalc.load(sys.argv[1]).audit().layers, strict=True
):
    conv = layer.operation
    if not isinstance(conv, convcalc.Conv):
        continue
    sides = [low for low, _ in conv.padding]
    torch.nn.Conv2d(
        conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, sides, bias=conv.bias
    )(torch.zeros(1, *row.input_shapes[0]))
"""


def seconds(work: Callable[[], Any], rounds: int = 15) -> float:
    """The least of several times."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def call_of(channels: int, size: int, stride: int, groups: int) -> Call:
    conv = Conv(channels, channels, 3, padding=1, stride=stride, groups=groups, bias=False)
    chosen = np.random.default_rng(1)
    weight = chosen.standard_normal(conv.weight_shape).astype(np.float32)
    values = chosen.standard_normal((1, channels, size, size)).astype(np.float32)
    return Call(conv, [values], {"weight": weight}, Workspace())


def rate(call: Call, work: Callable[[], Any]) -> float:
    """Multiply-accumulates in a second, in thousands of millions."""
    return float(call.operation.macs(call.input.shape[1:]) / seconds(work) / 1e9)


def dense() -> None:
    """Standard convolutions against the product of two large square matrices."""
    square = np.random.default_rng(1).standard_normal((1024, 1024)).astype(np.float32)
    peak = 1024**3 / seconds(lambda: square @ square) / 1e9
    print(f"matrix product: {peak:.0f} GMAC/s in float32 on one thread")
    for channels, size, stride in DENSE:
        call = call_of(channels, size, stride, 1)
        mine = rate(call, partial(KERNELS["conv"].run, call))
        weight = call.weights["weight"].reshape(channels, -1)
        columns = np.ones((weight.shape[1], (size // stride) ** 2), np.float32)
        alike = rate(call, partial(np.matmul, weight, columns))
        told = f"standard 3x3, {channels} channels, {size}x{size}, stride {stride}"
        print(
            f"    {told:48} {mine:6.1f} GMAC/s  ratio {mine / peak:.2f} (at least 0.60); "
            f"{mine / alike:.2f} of a product of the same sizes"
        )


def depthwise() -> None:
    """Depthwise convolutions against PyTorch's."""
    try:
        import torch
    except ImportError:
        print("depthwise: PyTorch is not installed")
        return
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    for channels, size, stride in DEPTHWISE:
        call = call_of(channels, size, stride, channels)
        values, weight = torch.from_numpy(call.input), torch.from_numpy(call.weights["weight"])
        convolve = torch.nn.functional.conv2d
        theirs = partial(convolve, values, weight, padding=1, stride=stride, groups=channels)
        mine = rate(call, partial(KERNELS["conv"].run, call))
        other = rate(call, theirs)
        told = f"depthwise 3x3, {channels} channels, {size}x{size}, stride {stride}"
        print(f"    {told:48} {mine:6.2f} GMAC/s  of PyTorch {mine / other:.2f} (at least 0.15)")


def process(command: list[str]) -> float:
    """The wall time of a whole process, as an installed program would be run."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def resnet() -> None:
    """The whole audit with --verify against importing PyTorch and running the convolutions."""
    ours = [sys.executable, "-m", "convcalc_cli", "audit", str(RESNET), "--verify"]
    process(ours)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"audit resnet50.yaml --verify: peak memory {peak:.0f} MB (at most 250)")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.py")
        script.write_text(TORCH_FLOOR)
        theirs = [sys.executable, str(script), str(RESNET), str(ROOT / "calc")]
        try:
            process(theirs)
        except subprocess.CalledProcessError:
            print(f"    {process(ours):.2f} s; PyTorch is not installed")
            return
        pairs = [(process(ours), process(theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"    {mine:.2f} s, PyTorch {other:.2f} s, ratio {ratio:.2f} (at most 0.5)")


def main() -> None:
    """All of them; memory first, while no other process has run."""
    resnet()
    dense()
    depthwise()


if __name__ == "__main__":
    main()
