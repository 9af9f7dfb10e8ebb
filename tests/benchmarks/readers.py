"""How long an audit of another program's file takes, as a ratio to a tool that needs a framework.

Of an Ultralytics model, the ratio is to the least that Typer, PyYAML and Rich can do. Run by hand:
`python tests/benchmarks/readers.py`, with a Python that has torch, torchvision, onnx, onnx-tool,
keras and ultralytics; what is missing is left out. The two programs of a pair take turns, a process
each.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 9

EXPORT_ONNX = """
import sys, torch, torchvision
net = torchvision.models.resnet50(weights=None).eval()
torch.onnx.export(net, torch.zeros(1, 3, 224, 224), sys.argv[1], opset_version=13, dynamo=False)
"""
ONNX_TOOL = """
import sys, onnx_tool
onnx_tool.model_profile(sys.argv[1])
"""
WRITE_KERAS = """
import sys, keras
net = keras.applications.ResNet50(weights=None)
open(sys.argv[1], "w").write(net.to_json())
"""
READ_KERAS = """
import sys, keras
keras.models.model_from_json(open(sys.argv[1]).read()).summary()
"""
BUILD_TORCH = """
import torch, torchvision
with torch.device("meta"):
    net = torchvision.models.resnet50(weights=None)
print(sum(each.numel() for each in net.parameters()))
"""
TARGET = ["torchvision.models:resnet50", "--input", "3x224x224"]
EXPORT_LARGE = """
import sys, torch
net = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.AdaptiveAvgPool2d(1),
    torch.nn.Flatten(), torch.nn.Linear(64, 2_000_000))
torch.onnx.export(net, torch.zeros(1, 3, 32, 32), sys.argv[1], opset_version=13, dynamo=False)
"""
FLOOR = """
import typer
import yaml
from rich.console import Console
from rich.table import Table

def main(file: str, rows: int) -> None:
    with open(file, "rb") as stream:
        yaml.load(stream, Loader=yaml.CSafeLoader)
    table = Table("layer", "operation", "output", "weight", "params", "MACs", "share")
    for number in range(rows):
        table.add_row(f"layer_{number}", "conv", "(64, 56, 56)", "(64, 64, 3)", "36", "1", "1 %")
    Console(width=200).print(table)

typer.run(main)
"""
YOLO_ROWS = 356
"""Rows of the table of YOLOv8x."""
MEMORY_OF = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def environment() -> dict[str, str]:
    """Byte code is cached, as it is for an installed program."""
    found = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    found.setdefault("KERAS_BACKEND", "torch")
    found["PYTHONPATH"] = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    return found


def seconds(command: list[str]) -> float:
    """The wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment())
    return time.perf_counter() - start


def script(text: str, *words: str) -> list[str]:
    """The command that runs some lines of Python."""
    return [sys.executable, "-c", text, *words]


def audit(*words: str) -> list[str]:
    """The command that audits a network."""
    return [sys.executable, "-m", "convcalc_cli", "audit", *words]


def compare(title: str, ours: list[str], theirs: list[str], bound: float) -> None:
    """Prints the median times of both and the median of their ratios."""
    for warm_up in (ours, theirs):
        seconds(warm_up)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{title:22} {mine:6.3f} s  other {other:6.3f} s  ratio {ratio:.3f} (at most {bound})")


def has(*modules: str) -> bool:
    """Whether all of them are installed; says which are not."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        print(f"left out: {', '.join(missing)} is not installed")
    return not missing


def main() -> None:
    """All the comparisons."""
    with tempfile.TemporaryDirectory() as folder:
        onnx, keras = Path(folder, "resnet50.onnx"), Path(folder, "resnet50.json")
        if has("torchvision", "onnx", "onnx_tool"):
            subprocess.run(script(EXPORT_ONNX, str(onnx)), check=True, capture_output=True)
            compare("ResNet-50, ONNX", audit(str(onnx)), script(ONNX_TOOL, str(onnx)), 0.5)
            large = Path(folder, "large.onnx")
            subprocess.run(script(EXPORT_LARGE, str(large)), check=True, capture_output=True)
            took = seconds(audit(str(large)))
            memory = subprocess.run(
                script(MEMORY_OF, *audit(str(large))),
                check=True,
                capture_output=True,
                env=environment(),
                text=True,
            ).stdout.strip()
            size = large.stat().st_size // 2**20
            print(f"ONNX of {size} MB: {took:.3f} s, {memory} MB (at most 1 s, 100 MB)")
        if has("keras"):
            subprocess.run(
                script(WRITE_KERAS, str(keras)), check=True, capture_output=True, env=environment()
            )
            compare("ResNet-50, Keras", audit(str(keras)), script(READ_KERAS, str(keras)), 0.1)
        if has("ultralytics"):
            package = importlib.util.find_spec("ultralytics")
            models = Path(str(package and package.origin)).parent / "cfg" / "models"
            model = str(models / "v8" / "yolov8.yaml")
            ours, floor = audit(model, "--scale", "x"), script(FLOOR, model, str(YOLO_ROWS))
            compare("YOLOv8x, Ultralytics", ours, floor, 1.5)
        if has("torchvision"):
            compare("ResNet-50, PyTorch", audit(*TARGET), script(BUILD_TORCH), 1.15)


if __name__ == "__main__":
    main()
