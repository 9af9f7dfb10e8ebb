"""A campaign that is led by coverage, on the entry points of the library: needs `atheris`.

Run by hand: `python tests/campaigns/coverage_guided.py --minutes 15 --seed 1`, with Python 3.11 to
3.13 and `pip install atheris`. The targets share the time, each in a process of its own. Of what
is found, each kind is printed once, with the input.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "cli")]

SECONDS, BYTES = 2.0, 300e6
MOST_SECONDS, MOST_BYTES = 5.0, 3 * 2**30
CODES = (
    "",
    "é",
    "$",
    "$x",
    "${x}",
    "same",
    "1e3",
    "0.5",
    "9" * 30,
    "\x1b[1m",
    "x" * 300,
    "_",
    "-1",
)
NUMBERS = (0, 1, 2, 3, 4, 7, 64, 10**6, 10**15, 10**15 + 1, 10**40, -1, -(10**20))
KEYS = ("name", "from", "repeat", "first", "block", "with", "dims", "x-a", "kernel_siz")


class TooLongError(BaseException):
    """A call that takes more time than any may; no handler of errors stops it on its way out."""


class Bytes:
    """Values made of what the fuzzer chooses."""

    def __init__(self, data: bytes) -> None:
        import atheris

        self.data: Any = atheris.FuzzedDataProvider(data)
        self.outer: list[Any] = []

    def one_of(self, values: Any) -> Any:
        return self.data.PickValueInList(list(values))

    def upto(self, most: int) -> int:
        number: int = self.data.ConsumeIntInRange(0, most)
        return number

    def text(self, most: int = 40) -> str:
        made: str = self.data.ConsumeUnicode(self.upto(most))
        return made

    def number(self) -> Any:
        return self.one_of(NUMBERS) if self.upto(2) else self.upto(12)

    def value(self, depth: int = 3) -> Any:
        """Anything that YAML or Python may hold."""
        kind = self.upto(9 if depth else 6)
        if kind <= 2:
            return self.number()
        if kind <= 6:
            plain = (None, True, 0.5, float("nan"), float("inf"), b"x", *CODES)
            return self.one_of(plain) if kind > 3 else self.text()
        if kind == 7 and self.outer and not self.upto(5):
            return self.one_of(self.outer)  # something that contains itself
        made: Any = [] if kind <= 8 else {}
        self.outer.append(made)
        for _ in range(self.upto(3)):
            if isinstance(made, list):
                made.append(self.value(depth - 1))
            else:
                made[self.one_of((*CODES, *KEYS))] = self.value(depth - 1)
        return made

    def sizes(self) -> Any:
        """What may stand for a number in each dimension."""
        kind = self.upto(5)
        if kind == 0:
            return self.value()
        each = [self.number() for _ in range(self.upto(4))]
        return self.number() if kind < 4 else tuple(each) if kind == 4 else each

    def layer(self, depth: int = 3) -> Any:
        """A layer, mostly as it should be."""
        from convcalc.operations.registry import DECLARATIONS

        word = self.one_of(sorted(DECLARATIONS))
        if not self.upto(4):
            return word
        known = DECLARATIONS[word]
        made: dict[Any, Any] = {word: self.sizes()}
        if known.main == "operands":
            made[word] = [self.operand(depth) for _ in range(self.upto(4))]
        for name in known.kinds:
            if name != known.main and self.upto(2) == 0:
                choices = known.choices.get(name)
                made[name] = self.one_of(choices) if choices and self.upto(9) else self.sizes()
        if self.upto(3) == 0:
            made[self.one_of(KEYS)] = (
                self.one_of(("a", "b", "input", 2)) if self.upto(3) else self.value()
            )
        if self.upto(9) == 0:
            made = {"block": self.one_of("ab"), "with": {"k": self.sizes()}, "repeat": self.upto(5)}
        return made

    def operand(self, depth: int) -> Any:
        if not depth or not self.upto(2):
            return self.one_of(("a", "b", "input", []))
        return self.layers(depth - 1)

    def layers(self, depth: int = 3) -> list[Any]:
        return [self.layer(depth) if self.upto(9) else self.value() for _ in range(self.upto(5))]

    def content(self) -> dict[str, Any]:
        """A specification, mostly as it should be."""
        made: dict[str, Any] = {
            "input": [self.upto(8) + 1 for _ in range(self.upto(3) + 1)],
            "layers": self.layers(),
            "vars": {"x": self.number()},
        }
        self.outer += [made, made["layers"]]
        if self.upto(2) == 0:
            inner = {name: {"args": {"k": self.value()}, "layers": self.layers()} for name in "ab"}
            made["blocks"] = inner
        for _ in range(self.upto(2)):
            keys = (
                "input",
                "batch",
                "dtype",
                "name",
                "vars",
                "defaults",
                "blocks",
                "budget",
                "expect",
            )
            made[self.one_of(keys)] = self.value()
        return made


# The targets: each gives what it was called with, and calls.


def mapping(data: bytes) -> Iterator[Any]:
    import convcalc

    content = Bytes(data).content()
    yield content
    told_of(convcalc.network(content).audit())


def text(data: bytes) -> Iterator[Any]:
    from convcalc.files.loading import load_text

    yield data
    loaded = load_text(data, "file")
    for finding in (*loaded.problems, *loaded.warnings):
        told_of(finding.text)
    if loaded.network is not None:
        told_of(loaded.network.audit())


def expression(data: bytes) -> Iterator[Any]:
    from convcalc.language.expressions import evaluate

    written = data.decode(errors="replace")
    yield written
    told_of(evaluate(written, {"x": 3, "half": 0.5, "in_channels": 10**15}))


def amounts(data: bytes) -> Iterator[Any]:
    from convcalc.checks.amounts import amount

    source = Bytes(data)
    given = source.text() if source.upto(3) else source.value()
    yield given
    told_of(amount("params", given, memory=bool(source.upto(1))))


def layers(data: bytes) -> Iterator[Any]:
    import convcalc

    source = Bytes(data)
    kind = source.one_of((convcalc.Conv, convcalc.ConvTranspose))
    names = ("stride", "padding", "dilation", "groups", "bias", "dims", "output_padding")
    known = names if kind is convcalc.ConvTranspose else names[:-1]
    given = {name: source.sizes() for name in known if source.upto(2) == 0}
    main = [source.number(), source.number(), source.sizes()]
    shape, batch = source.sizes(), source.sizes()
    yield kind.__name__, main, given, shape, batch
    layer = kind(*main, **given)
    told_of(layer.output_shape(shape), layer.macs(shape))
    told_of(convcalc.compare(layer, shape, batch=batch))


def by_hand(data: bytes) -> Iterator[Any]:
    import convcalc
    from convcalc.operations.registry import DECLARATIONS

    source = Bytes(data)
    rows: list[Any] = []
    for at in range(source.upto(4)):
        word = DECLARATIONS[source.one_of(sorted(set(DECLARATIONS) - {"separable_conv"}))]
        needs = {name: source.upto(4) + 1 for name in (*word.needs, *word.required)}
        try:
            operation = word.make(**needs)
        except convcalc.SpecError:
            continue
        inputs = tuple(
            source.one_of(("input", "a", "r0", "r1", "r2")) for _ in range(source.upto(2))
        )
        rows.append(convcalc.Layer(source.one_of((f"r{at}", "a")), operation, inputs or ("input",)))
    shape = source.sizes()
    yield shape, rows
    told_of(convcalc.Network(shape, rows).audit())


def patterns(data: bytes) -> Iterator[Any]:
    from convcalc_cli.reading.patterns import matches

    source = Bytes(data)
    pattern, path = source.text(80), source.text(120)
    yield pattern, path
    told_of(matches(pattern, path))


def settings(data: bytes) -> Iterator[Any]:
    from convcalc_cli.reading.config import config

    yield data
    path = Path("convcalc.toml")
    path.write_bytes(data)
    told_of(config(str(path), Path()))


TARGETS: dict[str, Callable[[bytes], Iterator[Any]]] = {
    target.__name__: target
    for target in (mapping, text, expression, amounts, layers, by_hand, patterns, settings)
}


def told_of(*results: object) -> None:
    """What was made can be written; a lazy part of it is made now."""
    for result in results:
        repr(result)


# The oracles


@contextmanager
def bounded() -> Iterator[None]:
    """Ends what runs in Python for too long."""

    def end(_: int, __: FrameType | None) -> None:
        raise TooLongError

    signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Watch:
    """Calls a target and prints what must not be, each kind once."""

    def __init__(self, target: Callable[[bytes], Iterator[Any]]) -> None:
        from convcalc import SpecError
        from convcalc.language.tokens import ExpressionError
        from convcalc_cli.flags.values import FlagError

        self.target = target
        self.refusals = (SpecError, ExpressionError, FlagError)
        self.seen: set[str] = set()
        self.peak = peak()

    def __call__(self, data: bytes) -> None:
        calling = self.target(data)
        given = next(calling)
        start = time.process_time()
        try:
            with bounded():
                fault = self.fault_of(calling)
        except TooLongError:
            fault = f"no end in {MOST_SECONDS} s"
        took, most = time.process_time() - start, peak()
        if fault is None and took > SECONDS:
            fault = f"more than {SECONDS} s"
        if fault is None and most > self.peak + BYTES:
            fault = "more than 300 MB"
        self.peak = max(self.peak, most)
        if fault and fault not in self.seen:
            self.seen.add(fault)
            print(f"FOUND by {self.target.__name__}: {fault}\n    {shown(given)}", flush=True)

    def fault_of(self, calling: Iterator[Any]) -> str | None:
        """What leaves the call that is no refusal; a refusal that cannot be told is none."""
        try:
            next(calling, None)
        except self.refusals as error:
            try:
                str(error)
            except Exception as other:  # noqa: BLE001 - this is what is looked for
                return f"{type(other).__name__} in the text of a refusal, {place_of(other)}"
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            return f"{type(error).__name__}, {place_of(error)}"
        return None


def place_of(error: BaseException) -> str:
    """The innermost line of the engine or the program."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if "convcalc" in frame.filename and "campaigns" not in frame.filename
    ]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "outside"


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def shown(given: Any) -> str:
    """The input, as Python; what contains itself is cut by repr, what is deep cannot be shown."""
    try:
        return repr(given)[:3000]
    except RecursionError:
        return "something too deep for repr"


# Running


def seeds(target: str, folder: Path) -> None:
    """What there is to begin with."""
    for path in sorted([*ROOT.glob("examples/*.yaml"), *ROOT.glob("tests/cases/*/*.yaml")]):
        if target == "text":
            (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    plain = {
        "expression": ["max($x, 2) * (1 + $half)", "divisible($in_channels // 3, 8) % 5", "-1e3"],
        "settings": ['[[check]]\nfiles = ["nets/**"]\nmax-params = "5M"\nlevel = "warn"\n'],
    }
    for at, written in enumerate(plain.get(target, [])):
        (folder / f"seed-{at}").write_text(written)


def fuzz(target: str, seconds: int, seed: int) -> None:
    """Runs one target in this process, which it ends."""
    import atheris

    with atheris.instrument_imports(include=["convcalc", "convcalc_cli"]):
        for name in (
            "convcalc.files.loading",
            "convcalc.operations.registry",
            "convcalc_cli.reading.config",
        ):
            import_module(name)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    corpus = Path("corpus")
    corpus.mkdir()
    seeds(target, corpus)
    limits = [f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=60", "-rss_limit_mb=0"]
    quiet = ["-print_final_stats=1", "-verbosity=0", "-max_len=4000"]
    atheris.Setup([target, *limits, *quiet, str(corpus)], Watch(TARGETS[target]))
    atheris.Fuzz()


def run(minutes: float, seed: int, chosen: list[str]) -> None:
    """The targets one after the other."""
    seconds = max(1, round(60 * minutes / len(chosen)))
    for target in chosen:
        words = [sys.executable, __file__, "--one", target, "--seconds", str(seconds)]
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                [*words, "--seed", str(seed or 1)],
                cwd=folder,
                capture_output=True,
                check=False,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
            left = [
                path for path in Path(folder).iterdir() if path.name.startswith(("crash", "time"))
            ]
            for path in left:
                print(f"FOUND by {target}: the process ended at {path.read_bytes()[:3000]!r}")
        print(ended.stdout.decode(errors="replace"), end="")
        told = ended.stderr.decode(errors="replace").splitlines()
        stats = [line.split()[-1] for line in told if "number_of_executed_units" in line]
        print(
            f"{target}: {stats[0] if stats else 'no'} calls, exit code {ended.returncode}",
            flush=True,
        )
        if ended.returncode:
            print("\n".join(told[-8:]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--one", choices=TARGETS, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=60, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        fuzz(options.one, options.seconds, options.seed)
    else:
        run(options.minutes, options.seed, options.targets)
