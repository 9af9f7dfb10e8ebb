"""How long a whole run takes, as a ratio to the least that Typer and Rich can do.

Run by hand: `python tests/benchmarks/start_up.py`. The two programs of a pair take turns, so that
the ratio holds when the machine's speed drifts.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 40

TABLE_FLOOR = """
import typer
app = typer.Typer()
@app.command()
def main(size: int = 3) -> None:
    from rich.console import Console
    from rich.table import Table
    table = Table("a", "b", "c")
    for number in range(size):
        table.add_row("x", "y", str(number))
    Console().print(table)
app()
"""
SILENT_FLOOR = """
import typer
app = typer.Typer()
@app.command()
def main(size: int = 3) -> None:
    pass
app()
"""

LAYER = "layer --in 16 --out 32 -g 4"


def seconds(command: list[str]) -> float:
    """The wall time of one run; byte code is cached, as it is for an installed program."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    paths = [str(ROOT / "calc"), str(ROOT / "cli")]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def compare(title: str, command: str, floor: Path, bound: float | None) -> None:
    """Prints the median times of both and the median of their ratios."""
    ours = [sys.executable, "-m", "convcalc_cli", *command.split()]
    theirs = [sys.executable, str(floor)]
    for warm_up in (ours, theirs):
        seconds(warm_up)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / least for mine, least in pairs)
    mine, least = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    wanted = f"at most {bound}" if bound else "no bound"
    print(f"{title:30} {mine:6.1f} ms  floor {least:6.1f} ms  ratio {ratio:.3f} ({wanted})")


def main() -> None:
    """All the comparisons, each against its floor."""
    with tempfile.TemporaryDirectory() as folder:
        table, silent = Path(folder, "table.py"), Path(folder, "silent.py")
        table.write_text(TABLE_FLOOR)
        silent.write_text(SILENT_FLOOR)
        compare("layer", LAYER, table, 1.15)
        compare("layer --format json", f"{LAYER} --format json", silent, 1.25)
        compare("layer --explain", f"{LAYER} --explain", table, None)
        compare("--help", "--help", silent, None)


if __name__ == "__main__":
    main()
