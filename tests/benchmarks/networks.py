"""How long whole networks take: ratios to the least that Typer, PyYAML and Rich can do, and growth.

Run by hand: `python tests/benchmarks/networks.py`.
"""

import gc
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "cli")]

from convcalc.language.document import network  # noqa: E402
from convcalc.networks import Network  # noqa: E402

RESNET = ROOT / "examples" / "resnet50.yaml"
ROUNDS = 20

FLOOR = """
import typer
app = typer.Typer()
@app.command()
def main(name: str, lines: int) -> None:
    import yaml
    from rich.console import Console
    from rich.table import Table
    with open(name, "rb") as file:
        yaml.load(file, Loader=yaml.CSafeLoader)
    table = Table("layer", "operation", "output", "weight", "params", "MACs", "share")
    for number in range(lines - 4):  # the frame and the titles are lines too
        cells = ["conv", "(64, 56, 56)", "(64, 64, 3, 3)", "36,864", "1", "1 %"]
        table.add_row(f"layer_{number}", *cells)
    Console(width=200).print(table)
app()
"""


def run(command: Sequence[str]) -> float:
    """The wall time of a process; byte code is cached, as it is for an installed program."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def convcalc(*words: str) -> list[str]:
    return [sys.executable, "-m", "convcalc_cli", *words]


def flat_file(folder: Path, layers: int) -> Path:
    """A network of named layers in a row, as a converter would write it."""
    chosen = random.Random(1)  # noqa: S311 - a bench
    lines = ["input: [64, 56, 56]", "layers:"]
    for at in range(layers):
        size = f"conv: {chosen.choice([32, 64, 96, 128])}, kernel_size: {chosen.choice([1, 3, 5])}"
        source = f"c{at - 1}" if at else "input"
        lines.append(f"  - {{{size}, padding: same, name: c{at}, from: {source}}}")
    file = folder / f"flat{layers}.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


def resnet_against_the_floor(folder: Path) -> None:
    floor = folder / "floor.py"
    floor.write_text(FLOOR)
    shown = subprocess.run(
        convcalc("audit", str(RESNET)), check=True, capture_output=True, encoding="utf-8"
    ).stdout
    lines = sum(bool(line) for line in shown.splitlines())
    ours = convcalc("audit", str(RESNET))
    least = [sys.executable, str(floor), str(RESNET), str(lines)]
    for warm_up in (ours, least):
        run(warm_up)
    pairs = [(run(ours), run(least)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    told = f"audit resnet50.yaml, {lines} lines: {mine:.0f} ms, floor {other:.0f} ms"
    print(f"{told}, ratio {ratio:.2f} (at most 1.2)")


def growth(folder: Path) -> None:
    small, large = flat_file(folder, 10_000), flat_file(folder, 100_000)
    times = [
        min(run(convcalc("audit", str(file), "-f", "json")) for _ in range(2))
        for file in (small, large)
    ]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told = f"audit --format json of 100,000 layers: {times[1]:.2f} s (at most 5)"
    print(f"{told}, {peak:.0f} MB (at most 500)")
    print(f"    against 10,000 layers: {times[1] / times[0]:.1f} times (at most 12)")
    print(f"table of 10,000 rows: {run(convcalc('audit', str(small))):.2f} s with reading")


def engine_alone() -> None:
    """From parsed data to facts, in this process."""
    chosen = random.Random(1)  # noqa: S311 - a bench
    layers: list[dict[str, Any]] = [
        {
            "conv": chosen.choice([32, 64, 96, 128]),
            "kernel_size": chosen.choice([1, 3, 5]),
            "padding": "same",
            "name": f"c{at}",
        }
        for at in range(100_000)
    ]
    content = json.loads(json.dumps({"input": [64, 56, 56], "layers": layers}))
    best = 0.0
    for _ in range(3):
        gc.collect()
        gc.disable()  # as the program does
        start = time.perf_counter()
        made: Network = network(content)
        made.audit()
        best = max(best, len(layers) / (time.perf_counter() - start))
        gc.enable()
    print(f"engine alone: {best:,.0f} convolutions a second (at least 100,000)")


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        resnet_against_the_floor(Path(name))
        growth(Path(name))
    engine_alone()


if __name__ == "__main__":
    main()
