"""The property tests with new examples each round; a plain test run draws the same ones always.

Run by hand: `python tests/campaigns/properties.py MINUTES [TEST ...]`. A round that fails prints
its failures, each with the smallest example found; write that into a test of its own.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPTIONS = (
    "-n",
    "0",
    "-m",
    "hypothesis",
    "--hypothesis-profile=random",
    "-p",
    "no:cacheprovider",
    "-q",
)


def failures(seed: int, tests: list[str]) -> str:
    """What a round prints if a property does not hold."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--hypothesis-seed={seed}", *tests]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    return ended.stdout + ended.stderr if ended.returncode else ""


def campaign(minutes: float, tests: list[str]) -> int:
    """Rounds until the time is up; how many failed."""
    failed = rounds = 0
    end = time.monotonic() + 60 * minutes
    while not rounds or time.monotonic() < end:
        seed = random.SystemRandom().randrange(2**32)
        told = failures(seed, tests)
        rounds += 1
        if told:
            failed += 1
            print(f"seed {seed}\n{told}", flush=True)
    print(f"{rounds} rounds, {failed} with failures")
    return failed


if __name__ == "__main__":
    sys.exit(bool(campaign(float(sys.argv[1]), sys.argv[2:])))
