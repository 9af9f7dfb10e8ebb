"""A campaign of inputs that grow by doubling, for what costs more than its size allows.

Run by `fuzzing.py`, or by hand: `python tests/campaigns/growing.py --minutes 30 --seed 1`. What is
found is printed with the case and its size; `--again CASE --size N --into FOLDER` makes it anew.
"""

import argparse
import json
import os
import random
import re
import resource
import shlex
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "cli"), str(ROOT / "tests")]

from campaigns.growers import GROWERS, SMALL, Input, Pick, letters, of_networks  # noqa: E402
from convcalc_cli.program import main  # noqa: E402

LARGEST_INPUT, LARGEST_SIZE = 300_000, 2**22
SECONDS, SECONDS_PER_BYTE = 2.0, 1.0 / 100_000
BYTES, BYTES_PER_BYTE = 300e6, 200
MOST_SECONDS, MOST_BYTES = 20, 3 * 2**30
WORTH_COMPARING, STEEPER = 0.2, 1.5
"""Seconds from which on growth is judged, and how much faster than the input time may grow."""
CODES = {0, 1, 2}
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")
READ = 500_000


class Cost(NamedTuple):
    """What a run took, how it ended, and what it said that it must not."""

    code: int
    seconds: float
    bytes: float
    said: list[str]


def toml(n: int, pick: Pick) -> Input:
    """A convcalc.toml that grows."""
    limit = "max-params = 5\n"
    written = pick.choice(
        [
            f"[[check]]\n{limit}" * n,
            f"[[check]]\nmax-params = {'9' * n}",
            f'[[check]]\nmax-params = "{pick.choice("9_.k") * n}"',
            f"[[check]]\n{limit}" + "".join(f"max-para{at} = 1\n" for at in range(n)),
            f"[[check]]\n{limit}{'k' * n} = 1",
            f"check = {'[' * n}{']' * n}",
            f"check = {'{a = ' * n}1{'}' * n}",
            f"{'a.' * n}b = 1",
            f"[{'a.' * n}b]",
            f"[[check]]\nkernel-sizes = [{'1, ' * n}]",
            f"[[check]]\n{limit}" + "# x\n" * n,
            f"[[check]]\n{limit}" + "\n" * n + "[",
            f"[[check]]\n{limit}level = '''{'x' * n}'''",
        ]
    )
    return Input(["check", "."], {"a.yaml": SMALL, "convcalc.toml": written})


def patterns(n: int, pick: Pick) -> Input:
    """Patterns that grow, and names that they nearly fit."""
    short = min(n, 60)
    one = pick.choice(["*a", "**/", "?", "*?", "a*", "**", "***/", "*/", "**/*a", "{a,"])
    pattern = one * pick.choice([n, short, short]) + pick.choice(["", "b", "z", "/z"])
    many = pick.choice([1, 1, n])
    name = pick.choice(["a" * min(n, 200), "/".join(["a"] * short), "ab" * min(n, 100)])
    files = ", ".join([json.dumps(pattern)] * many)
    written = f"[[check]]\nfiles = [{files}]\nmax-params = 5\n"
    return Input(["check", "."], {f"{name}.yaml": SMALL, "convcalc.toml": written})


def arguments(n: int, pick: Pick) -> Input:
    """Words of the command line that grow; the system takes 128 kB for one."""
    n = min(n, 100_000)
    digits, word = pick.choice("19_x.") * n, letters(n, pick)
    several = ",".join(str(at + 1) for at in range(n))[:100_000]
    plain = ["--in", "8", "--out", "8"]
    flag = pick.choice(["-k", "-s", "-p", "-d", "-g", "--size", "--dims", "--batch", "--in", "-f"])
    words = pick.choice(
        [
            ["layer", *plain, flag, digits],
            ["layer", *plain, flag, "x".join(["1"] * (n // 2))],
            ["layer", *plain, f"--{word}", "1"],
            ["sweep", *plain, "--vary", f"{pick.choice(['groups', 'size', 'padding'])}={several}"],
            ["sweep", *plain, "--vary", f"size=1:{n}:1", "--vary", "groups=1,2,4,8"],
            ["sweep", *plain, "--vary", f"size=1:{digits}:1"],
            ["sweep", "a.yaml", "--vary", f"width={several}", *pick.choice([[], ["-f", "json"]])],
            ["audit", "a.yaml", "--groups", several],
            ["audit", "a.yaml", "--set", f"width={digits}"],
            ["audit", "a.yaml", "--set", f"{word}=1"],
            ["audit", *["a.yaml"] * (n // 7)],
            ["audit", "a.yaml", *["--set", "width=2"] * (n // 20)],
            ["check", *["a.yaml"] * (n // 7)],
            ["check", "a.yaml", "--max-params", digits],
            ["check", "a.yaml", "--kernel-sizes", several],
            ["check", "a.yaml", *["--allow", "params=+1%"] * (n // 20), "--against", "a.json"],
            ["diff", "a.yaml", "b.yaml", "--fail-on", f"params=+{digits}%"],
            ["diff", "a.yaml", f"HEAD:{word}"],
            ["rule", word],
            ["examples", word],
            [word],
        ]
    )
    return Input(words, {"a.yaml": SMALL, "b.yaml": SMALL})


def baseline(n: int, pick: Pick) -> Input:
    """A snapshot that grows."""
    deep = pick.choice([("[", "]"), ('{"a": ', "}")])
    entry = '{"name": "a", "fingerprint": "x", "dtype": "float32", "totals": {"params": 5}}'
    networks = ", ".join(f'"{at}.yaml": {entry}' for at in range(n))
    totals = f'{{"totals": {{"params": {"9" * n}}}}}'
    content = pick.choice(
        [
            deep[0] * n + "1" + deep[1] * n,
            f'{{"convcalc_snapshot": {"9" * n}}}',
            f'{{"convcalc_snapshot": 1, "networks": {{{networks}}}}}',
            f'{{"convcalc_snapshot": 1, "networks": {{"a.yaml": {totals}}}}}',
            f'{{"convcalc_snapshot": 1, "networks": {{"{"a" * n}": {entry}}}}}',
            f'{{"convcalc_snapshot": 1, "networks": {{"a.yaml": {"[" * n}',
            '"' + pick.choice(["\\u0041", "\\ud800", "x", "\\"]) * n,
            pick.choice(" \n[") * n,
        ]
    )
    update = pick.choice([[], ["--update"], ["-f", "json"]])
    return Input(
        ["check", "a.yaml", "--against", "b.json", *update], {"a.yaml": SMALL, "b.json": content}
    )


def listing(n: int, pick: Pick) -> Input:
    """A folder that grows."""
    few = min(n, 2000)
    other = pick.choice(
        [
            "a: 1\n",
            "",
            "\n" * n + "[\0",
            "input: [\n",
            "# x\n" * n,
            " " * n + "layers:",
            "\ufeff" * n,
        ]
    )
    files = pick.choice(
        [
            {f"{at}.yaml": SMALL for at in range(few)},
            {f"{at}.yaml": other for at in range(min(few, 50))},
            {f"{'d/' * min(n, 900)}a.yaml": SMALL},
            {f"{'n' * min(n, 240)}.yaml": SMALL},
            {f"{at}/a.yml": SMALL for at in range(few)},
            {f".{at}": "" for at in range(few)} | {"a.yaml": SMALL},
        ]
    )
    return Input(pick.choice([["check", "."], ["snapshot"], ["check", ".", "-f", "json"]]), files)


OTHERS = (toml, patterns, arguments, baseline, listing)


class Case(NamedTuple):
    """A way to grow, and what tells it from others."""

    seed: str

    def parts(self) -> tuple[str, Callable[[int], Input]]:
        """Its title, and what makes the input of a size."""
        pick = random.Random(self.seed)  # noqa: S311 - no secrets
        if pick.random() < 1 / 3:
            other = pick.choice(OTHERS)
            return other.__name__, lambda n: other(n, self.picks())
        growers = pick.sample(GROWERS, pick.choice([1, 1, 1, 2, 2, 3]))
        title = " and ".join(sorted({grower.__name__ for grower in growers}))
        return title, lambda n: of_networks(growers, n, self.picks())

    def picks(self) -> Pick:
        """The same choices for every size."""
        return random.Random(f"{self.seed}, then")  # noqa: S311 - no secrets


def written(made: Input, folder: Path) -> bool:
    """Writes the files; a path may be too long for the system."""
    try:
        for name, text in made.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
    except OSError:
        return False
    return True


def in_the_child(made: Input, out: Path, err: Path) -> None:
    """Runs the program; never returns."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    for number, path in ((0, Path(os.devnull)), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    code = 70
    try:
        code = main(made.words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def cost(made: Input) -> Cost | None:
    """What a run takes, in a process of its own; None where its files cannot be."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as beside:
        if not written(made, Path(folder)):
            return None
        out, err = Path(beside, "out"), Path(beside, "err")
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            in_the_child(made, out, err)
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        said = [fault for path in (out, err) for fault in wrong_with(path)]
    return Cost(code, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024.0, said)


def wrong_with(path: Path) -> Iterator[str]:
    """What must not be in the beginning of an output."""
    if not path.exists():
        return
    with path.open("rb") as file:
        shown = file.read(READ)
    if b"Traceback" in shown:
        yield f"traceback on {path.name}"
    if CONTROL.search(shown):
        yield f"control characters on {path.name}"


def beyond(made: Input, took: Cost) -> Iterator[str]:
    """What is above the bounds, or must never be."""
    if took.code == -signal.SIGXCPU:
        yield f"no end in {MOST_SECONDS} s"
    elif took.code not in CODES:
        yield f"exit code {took.code}"
    seconds = SECONDS + SECONDS_PER_BYTE * made.bytes
    if took.seconds > seconds:
        yield f"{took.seconds:.1f} s, {seconds:.1f} are the most"
    most = BYTES + BYTES_PER_BYTE * made.bytes
    if took.bytes > most:
        yield f"{took.bytes / 1e6:.0f} MB, {most / 1e6:.0f} are the most"
    yield from took.said


def steeper(before: tuple[int, int, float], now: tuple[int, int, float]) -> str | None:
    """Whether time grew faster than the input did, measured as (size, bytes, seconds)."""
    (n, length, seconds), (more, longer, later) = before, now
    grown = max(more / n, longer / length)
    if later < WORTH_COMPARING or later < STEEPER * grown * max(seconds, 0.02):
        return None
    return f"time x {later / max(seconds, 0.02):.1f} where the input grew x {grown:.1f}"


def grown(case: Case, end: float) -> Iterator[tuple[int, Input, Cost, list[str]]]:
    """Doubles a case until it is large, or too much."""
    _, make = case.parts()
    n, before = 8, None
    while n <= LARGEST_SIZE and time.monotonic() < end:
        made = make(n)
        took = cost(made) if made.bytes <= LARGEST_INPUT else None
        if took is None:
            return
        found = [*beyond(made, took)]
        now = (n, made.bytes, took.seconds)
        if before and not found and steeper(before, now):
            again = cost(made)  # other processes may have been in the way
            slope = steeper(before, (*now[:2], min(took.seconds, again.seconds))) if again else None
            yield n, made, took, [slope] if slope else []
        else:
            yield n, made, took, found
        if found:
            return
        n, before = 2 * n, now


def run(minutes: float, seed: int) -> None:
    """Case after case, until the time is up; each kind of fault of a way to grow is told once."""
    end = time.monotonic() + 60 * minutes
    runs, faults = Counter[str](), Counter[str]()
    number = 0
    while time.monotonic() < end:
        case = Case(f"{seed}.{number}")
        title, _ = case.parts()
        for n, made, took, found in grown(case, end):
            runs[f"exit code {took.code}"] += 1
            kinds = {re.sub(r"[\d.,]+", "#", each) for each in found}
            if found and any(not faults[f"{title}: {kind}"] for kind in kinds):
                told = {"case": case.seed, "ways": title, "size": n, "bytes": made.bytes}
                told |= {"seconds": round(took.seconds, 2), "MB": round(took.bytes / 1e6)}
                words = shlex.join(word[:60] for word in made.words[:9])
                print(json.dumps({"found": found, **told, "words": words}), flush=True)
            faults.update(f"{title}: {kind}" for kind in kinds)
        number += 1
    print(f"{number:,} ways to grow, {sum(runs.values()):,} runs: {dict(sorted(runs.items()))}")
    for title, times in sorted(faults.items()):
        print(f"    {times:4} {title}")


def again(seed: str, n: int, folder: Path) -> None:
    """Makes the input of a case anew, and measures it."""
    made = Case(seed).parts()[1](n)
    folder.mkdir(parents=True, exist_ok=True)
    written(made, folder)
    (folder / "words.json").write_text(json.dumps(made.words))
    print(f"in {folder}: convcalc {shlex.join(word[:300] for word in made.words[:20])}")
    print(cost(made))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", metavar="CASE", help="make one input anew")
    parser.add_argument("--size", type=int, default=8)
    parser.add_argument("--into", type=Path, default=Path("grown"))
    options = parser.parse_args()
    if options.again:
        again(options.again, options.size, options.into)
    else:
        run(options.minutes, options.seed)
