"""How long a check of many files takes, as a ratio to reading them with the project's YAML reader.

Run by hand: `python tests/benchmarks/checking.py`. The two take turns, a process each.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES, LAYERS, ROUNDS = 1_000, 50, 5

FLOOR = """
import gc, sys
from pathlib import Path
gc.disable()
from convcalc.files.yaml_reader import read_text
for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    read_text(path.read_bytes())
"""


def write(folder: Path, *, words: bool) -> None:
    """Networks with a budget, no two alike: half the layers words, or all of them spelled out."""
    chosen = random.Random(1)  # noqa: S311 - a bench
    for number in range(FILES):
        lines = ["input: [64, 56, 56]", "layers:"]
        for at in range(LAYERS):
            channels, kernel = chosen.choice([32, 64, 96, 128]), chosen.choice([1, 3, 5])
            size = f"conv: {channels}, kernel_size: {kernel}"
            if words:
                layer = "relu" if at % 2 else f"{{{size}, padding: same, name: c{at}}}"
            else:
                layer = f"{{{size}, stride: 1, padding: {kernel // 2}, bias: false, name: c{at}}}"
            lines.append(f"  - {layer}")
        lines += ["budget:", "  params: 100M"]
        (folder / f"net{number:04}.yaml").write_text("\n".join(lines) + "\n")


def seconds(command: list[str]) -> float:
    """The wall time of a process; byte code is cached, as it is for an installed program."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    """Both, in pairs."""
    with tempfile.TemporaryDirectory() as name:
        floor = Path(name, "floor.py")
        floor.write_text(FLOOR)
        for words in (True, False):
            nets = Path(name, f"nets{words}")
            nets.mkdir()
            write(nets, words=words)
            ours = [sys.executable, "-m", "convcalc_cli", "check", str(nets)]
            least = [sys.executable, str(floor), str(nets)]
            print("half the layers words" if words else "all layers spelled out")
            for form in ("table", "json"):
                pairs = [(seconds([*ours, "-f", form]), seconds(least)) for _ in range(ROUNDS)]
                ratio = statistics.median(mine / other for mine, other in pairs)
                mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
                told = f"    check of {FILES:,} files, {form}: {mine:.2f} s, reading {other:.2f} s"
                print(f"{told}, ratio {ratio:.2f} (at most 1.5)")


if __name__ == "__main__":
    main()
