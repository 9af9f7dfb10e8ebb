"""A campaign of random flags, files and expressions, looking for what must never happen.

Run by hand: `python tests/campaigns/fuzzing.py --minutes 30 --seed 1`. Half of the time is for
inputs that are changed at random, in batches with a process of their own; half for inputs that grow
(`growing.py`). What is found is printed with all that it takes to see it again.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "cli"), str(ROOT / "tests")]

from campaigns import growing  # noqa: E402
from convcalc.operations.registry import DECLARATIONS  # noqa: E402
from convcalc_cli.program import main  # noqa: E402

BATCH = 150
SECONDS, MEGABYTES = 2.0, 300
CODES = {0, 1, 2, 130}
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

GOOD, BAD = (
    [
        path.read_text(encoding="utf-8", errors="replace")
        for folder in folders
        for path in sorted((ROOT / folder).glob("*.yaml"))
    ]
    for folders in (("examples", "tests/cases/good"), ("tests/cases/bad",))
)
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "64",
    "1000000007",
    "10**9",
    "1e3",
    "0.5",
    "1_000",
    "9" * 40,
]
ODD = [
    "",
    "x",
    "3x5",
    "1:2",
    "same",
    "valid",
    "true",
    "null",
    "~",
    "$x",
    "${x}",
    "\x1b[31m",
    "‮",
    "::error::x",
]
EXPRESSIONS = [
    "$in_channels",
    "2 * $w",
    "max($w, 3)",
    "divisible($in_channels * 1.5, 8)",
    "(1",
    "1/0",
    "$w // 0",
]


class Case(NamedTuple):
    """A command, the files it is about, and what is on standard input."""

    words: list[str]
    files: dict[str, str]


def case_of(chosen: random.Random) -> Case:
    """A random case."""
    make: Callable[[random.Random], Case] = chosen.choice(
        [layer, layer, sweep, audit, audit, audit, check, diff, other]
    )
    return make(chosen)


def value(chosen: random.Random) -> str:
    """A number; in one of three cases anything that might be taken for one, or for several."""
    if chosen.random() < 2 / 3:
        return str(chosen.choice([1, 1, 2, 3, 4, 8, 16, 64]))
    plain = str(chosen.choice([5, 31, 100]))
    several = "x".join(chosen.choices("1235", k=chosen.randint(2, 3)))
    sides = f"{chosen.randint(0, 3)}:{chosen.randint(0, 3)}"
    return chosen.choice([plain, chosen.choice(NUMBERS), chosen.choice(ODD), several, sides])


def layer_flags(chosen: random.Random) -> list[str]:
    words = ["--in", value(chosen), "--out", value(chosen)]
    flags = ["-k", "-s", "-p", "-d", "-g", "--size", "--dims", "--batch", "--output-padding"]
    for flag in chosen.sample(flags, chosen.randint(0, 3)):
        words += [flag, value(chosen)]
    words += [each for each in ("--transposed", "--no-bias") if chosen.random() < 0.2]
    return words


def form(chosen: random.Random, *names: str) -> list[str]:
    return ["-f", chosen.choice(names)] if chosen.random() < 0.7 else []


def layer(chosen: random.Random) -> Case:
    words = [
        "layer",
        *layer_flags(chosen),
        *form(chosen, "json", "json", "csv", "markdown", "table"),
    ]
    words += ["--explain"] if chosen.random() < 0.2 else []
    return Case(words, {})


def sweep(chosen: random.Random) -> Case:
    names = [
        "in",
        "out",
        "kernel-size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "size",
        "batch",
        "w",
    ]
    words = ["sweep", *layer_flags(chosen), *form(chosen, "json", "csv", "markdown")]
    for name in chosen.sample(names, chosen.randint(1, 2)):
        values = ",".join(value(chosen) for _ in range(chosen.randint(1, 4)))
        values = chosen.choice([values, values, "1:9:2", "0.1:1:0.3", "5:1:1"])
        words += ["--vary", f"{name}={values}"]
    return Case(words, {})


def text(chosen: random.Random) -> str:
    """A network file with some things changed."""
    lines = chosen.choice(BAD if chosen.random() < 0.2 else GOOD).split("\n")
    for _ in range(chosen.choice([0, 1, 1, 1, 2, 4])):
        at = chosen.randrange(len(lines))
        lines = chosen.choice([swapped, doubled, renumbered, rewritten, cut])(chosen, lines, at)
    return "\n".join(lines)


def swapped(chosen: random.Random, lines: list[str], at: int) -> list[str]:
    other = chosen.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    return lines


def doubled(chosen: random.Random, lines: list[str], at: int) -> list[str]:
    return [*lines[: at + 1], *lines[at : at + chosen.randint(1, 3)], *lines[at + 1 :]]


def renumbered(chosen: random.Random, lines: list[str], at: int) -> list[str]:
    def other(match: re.Match[str]) -> str:
        return (
            chosen.choice([match[0], *NUMBERS, *EXPRESSIONS]) if chosen.random() < 0.5 else match[0]
        )

    lines[at] = re.sub(r"\b\d+\b", other, lines[at])
    return lines


def rewritten(chosen: random.Random, lines: list[str], at: int) -> list[str]:
    words = re.findall(r"\w+", lines[at])
    if words:
        new = chosen.choice(
            [*DECLARATIONS, *ODD, *EXPRESSIONS, "repeat", "from", "name", "block", "input"]
        )
        lines[at] = lines[at].replace(chosen.choice(words), new, 1)
    return lines


def cut(chosen: random.Random, lines: list[str], at: int) -> list[str]:
    line = lines[at]
    here = chosen.randrange(len(line) + 1)
    more = chosen.choice(["", "{", "[", ": ", "- ", "'", '"', "&a ", "*a", "#", "\t", "!!python/x"])
    lines[at] = line[:here] + more + line[here + chosen.randint(0, 3) :]
    return lines


def audit(chosen: random.Random) -> Case:
    words = ["audit", "a.yaml", *form(chosen, "json", "json", "csv", "markdown")]
    words += ["--set", f"width={value(chosen)}"] if chosen.random() < 0.15 else []
    words += ["--size", value(chosen)] if chosen.random() < 0.15 else []
    words += ["--verify"] if chosen.random() < 0.05 else []
    return Case(words, {"a.yaml": text(chosen)})


def check(chosen: random.Random) -> Case:
    names = ("json", "github", "junit", "sarif", "gitlab", "concise", "markdown", "csv")
    words = ["check", ".", *form(chosen, *names)]
    flags = [
        "--max-params",
        "--max-macs",
        "--max-peak-activation",
        "--kernel-sizes",
        "--max-layer-share",
    ]
    for flag in chosen.sample(flags, chosen.randint(0, 2)):
        words += [flag, chosen.choice(["5M", "1k", "1KiB", "40%", "1,3", value(chosen)])]
    return Case(words, {"a.yaml": text(chosen), "b.yml": text(chosen)})


def diff(chosen: random.Random) -> Case:
    words = ["diff", "a.yaml", "b.yaml", *form(chosen, "json", "markdown", "csv")]
    words += ["--fail-on", f"params=+{value(chosen)}%"] if chosen.random() < 0.3 else []
    old = text(chosen)
    new = text(chosen) if chosen.random() < 0.5 else old.replace("3", "5", 1)
    return Case(words, {"a.yaml": old, "b.yaml": new})


def other(chosen: random.Random) -> Case:
    words = chosen.choice(
        [["examples", value(chosen)], ["rule", value(chosen)], ["schema"], [value(chosen)], []]
    )
    return Case([*words, *chosen.choice([[], ["-h"], ["--debug"], ["--x"]])], {})


def faults(case: Case) -> tuple[list[str], int]:
    """What is wrong with a run, and its exit code."""
    for name, content in case.files.items():
        Path(name).write_text(content, encoding="utf-8", errors="replace")
    out, err = io.StringIO(), io.StringIO()
    start = time.perf_counter()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(case.words)
        except BaseException as error:  # noqa: BLE001 - this is what is looked for
            return [f"raised {error!r}"], -1
    took = time.perf_counter() - start
    found = [] if code in CODES else [f"exit code {code}"]
    # A verification does work, and may take as long as that takes.
    found += [f"took {took:.1f} s"] if took > SECONDS and "--verify" not in case.words else []
    found += ["traceback"] if "Traceback" in err.getvalue() and "--debug" not in case.words else []
    for name, shown in (("stdout", out.getvalue()), ("stderr", err.getvalue())):
        found += [f"control characters on {name}"] if CONTROL.search(shown) else []
    if code in (0, 1) and "json" in case.words:
        found += wrong_numbers(case.words[0], out.getvalue())
    return found, code


def no_json(name: str) -> None:
    """NaN and Infinity, which Python would take."""
    raise ValueError(name)


def wrong_numbers(command: str, shown: str) -> list[str]:
    try:
        content = json.loads(shown, parse_constant=no_json)
    except ValueError:
        return ["no JSON"]
    if command == "layer":
        return wrong_sums([content["layer"]], content["totals"])
    if command == "audit":
        return [
            fault
            for network in content["networks"]
            for fault in wrong_sums(network["layers"], network["totals"])
        ]
    return []


def wrong_sums(layers: list[dict[str, Any]], totals: dict[str, Any]) -> list[str]:
    found = [
        f"{name} is not the sum of its rows"
        for name in ("params", "macs")
        if totals[name] != sum(layer[name] or 0 for layer in layers)
    ]
    for each in layers:
        shapes = [each["output_shape"], *each["input_shapes"], *each["weights"].values()]
        if min(min(shape) for shape in shapes) < 1 or each["params"] < 0 or (each["macs"] or 1) < 1:
            found.append(f"a number below 1 in {each['name']}")
    return found


def batch(seed: int) -> Counter[str]:
    """Runs cases in a folder of their own and prints what is wrong with them."""
    chosen = random.Random(seed)  # noqa: S311 - no secrets
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in range(BATCH):
            for old in Path().iterdir():
                old.unlink()
            case = case_of(chosen)
            found, code = faults(case)
            known = case.words and case.words[0].isalpha()
            seen[f"{case.words[0] if known else '-'} {code}"] += 1
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            if peak > MEGABYTES and "--verify" not in case.words:
                found.append(f"memory {peak:.0f} MB")
            if found:
                print(
                    json.dumps({"seed": seed, "case": number, "found": found, **case._asdict()}),
                    flush=True,
                )
            if peak > MEGABYTES:
                break
        os.chdir("/")
    return seen


def run(minutes: float, first: int) -> None:
    """Batches, each in a child process, until the time is up."""
    end = time.monotonic() + 60 * minutes
    total: Counter[str] = Counter()
    seed = first
    while time.monotonic() < end:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as told:
                json.dump(batch(seed), told)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            content = told.read()
        _, status = os.waitpid(child, 0)
        if status or not content:
            print(
                json.dumps({"seed": seed, "found": [f"the process ended with {status}"]}),
                flush=True,
            )
        else:
            total += Counter(json.loads(content))
        seed += 1
    print(f"{sum(total.values()):,} runs from seed {first} to {seed - 1}")
    for name, number in sorted(total.items()):
        print(f"    {name:16} {number:,}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    run(options.minutes / 2, options.seed)
    growing.run(options.minutes / 2, options.seed)
