"""A campaign that changes one token of the engine at a time, to see whether a test notices.

Run by hand: `python tests/campaigns/mutations.py --count 200 --seed 1 --jobs 2`. The tests run once
as they are, to learn which functions each of them reaches (`--reach FILE` keeps that for the next
run); each change is then made in a copy of the tree, and the tests that reach it run, the quickest
first, until one fails. What no test notices lacks a test, or is code that nobody needs.
"""

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COPIED = ("calc", "cli", "examples", "tests", ".github", ".ci")
ENGINE = Path("calc", "convcalc")
LEFT_OUT = {"version.py"}
TESTS = (
    ("calc", "tests/calc", "tests/docs/test_doctests.py"),
    ("tests/cli",),
)
OF_THE_PROGRAM = "tests/cli/"

QUICK_SECONDS = 4.0
"""What the first of the runs of a change may take, as the tests took unchanged."""
ENGINE_SECONDS = 120.0
"""The same of the second and third: what else reaches the change, of the engine and the program."""
SECONDS = 40.0
"""What a run may take beyond three times that, before it counts as noticed: it does not end."""
WIDER_SECONDS = 45.0
"""The most that is spent on tests that do not reach the change themselves."""

ONE_WAY = "* + ¦ // * ¦ / * ¦ % * ¦ ** * ¦ ^ | ¦ *= += ¦ //= *= ¦ /= *= ¦ sorted list"
BOTH_WAYS = (
    "< <= ¦ > >= ¦ == != ¦ and or ¦ + - ¦ << >> ¦ & | ¦ += -= ¦ |= &= ¦ True False"
    " ¦ break continue ¦ min max ¦ any all"
)
SWAPPED = {"in": "not in", "not in": "in", "is": "is not", "is not": "is"}
SWAPPED |= dict(map(str.split, f"{ONE_WAY} ¦ {BOTH_WAYS}".split("¦")))
SWAPPED |= {old: new for new, old in map(str.split, BOTH_WAYS.split("¦"))}
OPERATOR = re.compile(
    r"not\s+in\b|is\s+not\b|(?:in|is|and|or)\b|(?:\*\*|//|<<|>>|[-+*/|&%^])=?|[<>]=?|[!=]="
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Change(NamedTuple):
    """One token of a file, what it becomes, and the function that it is in."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str
    function: int | None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.old} -> {self.new or 'dropped'}"


class Test(NamedTuple):
    """A test, how long it takes, and the functions that it reaches, as (file, line)."""

    name: str
    seconds: float
    reached: frozenset[tuple[str, int]]

    @property
    def file(self) -> str:
        return self.name.partition("::")[0]


class Finder:
    """The changes that a source can have."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file, self.data = file, data
        self.starts = [0]
        for line in data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.function: int | None = None
        self.left_out: set[ast.AST] = set()

    def changes(self) -> Iterator[Change]:
        yield from self.visit(ast.parse(self.data))

    def at(self, line: int | None, column: int | None) -> int:
        return self.starts[(line or 1) - 1] + (column or 0)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        begins = self.at(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        ends = self.at(getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0))
        return begins, ends

    def change(self, start: int, end: int, new: str, old: str | None = None) -> Change:
        line = self.data.count(b"\n", 0, start) + 1
        told = old or " ".join(self.data[start:end].decode().split())
        return Change(self.file, line, start, end, told, new, self.function)

    def visit(self, node: ast.AST) -> Iterator[Change]:
        if self.is_left_out(node):
            return
        outer = self.function
        if isinstance(node, FUNCTIONS):
            self.function = first_line(node)
        yield from self.here(node)
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns", "type_params"):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from self.visit(child)
        self.function = outer

    def is_left_out(self, node: ast.AST) -> bool:
        """Types, text, what only type checkers see, and NumPy's "as many as there are"."""
        if isinstance(node, ast.JoinedStr) or node in self.left_out:
            return True
        if isinstance(node, ast.If):
            return "TYPE_CHECKING" in ast.unparse(node.test)
        if isinstance(node, ast.AnnAssign):
            return "TypeAlias" in ast.unparse(node.annotation)
        if isinstance(node, ast.Assign):
            return any(
                isinstance(each, ast.Name) and each.id == "__slots__" for each in node.targets
            )
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".reshape"):
            self.left_out |= {each for each in node.args if ast.unparse(each) == "-1"}
        return False

    def here(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            yield from self.between(operands)
        elif isinstance(node, ast.BoolOp):
            yield from self.between(node.values)
        elif isinstance(node, ast.BinOp) and not is_text(node.left) and not is_text(node.right):
            yield from self.between([node.left, node.right])
        elif isinstance(node, ast.AugAssign):
            yield from self.between([node.target, node.value])
        else:
            yield from self.of_a_condition(node)
            yield from self.of_a_word(node)

    def between(self, operands: Sequence[ast.AST]) -> Iterator[Change]:
        """The operators between operands."""
        for left, right in pairwise(operands):
            begin, end = self.span(left)[1], self.span(right)[0]
            gap = re.sub(rb"#[^\n]*", lambda found: b" " * len(found[0]), self.data[begin:end])
            found = OPERATOR.search(gap.decode())
            told = " ".join(found[0].split()) if found else ""
            if found and told in SWAPPED:
                yield self.change(begin + found.start(), begin + found.end(), SWAPPED[told], told)

    def of_a_condition(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.If | ast.IfExp):
            yield self.change(*self.span(node.test), "False")
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield self.change(*self.span(test), "True")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            start, _ = self.span(node)
            yield self.change(start, start + len("not"), "")

    def of_a_word(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Constant):
            if type(node.value) is int:
                number = node.value
                yield self.change(*self.span(node), str(number + 1 if number < 20 else 2 * number))
            elif type(node.value) is bool:
                yield self.change(*self.span(node), str(not node.value))
        elif isinstance(node, ast.Name) and node.id in SWAPPED:
            yield self.change(*self.span(node), SWAPPED[node.id])
        elif isinstance(node, ast.Break | ast.Continue):
            start, end = self.span(node)
            yield self.change(start, end, SWAPPED[self.data[start:end].decode()])


def first_line(node: Function) -> int:
    """The line that a function's code object begins in."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *[each.lineno for each in decorators]])


def is_text(node: ast.AST) -> bool:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text or isinstance(node, ast.JoinedStr)


def all_changes(tree: Path, only: str) -> list[Change]:
    """Every change of every file whose path contains a text."""
    found: list[Change] = []
    for path in sorted((tree / ENGINE).rglob("*.py")):
        name = str(path.relative_to(tree / ENGINE))
        if name not in LEFT_OUT and only in name:
            found += Finder(name, path.read_bytes()).changes()
    return found


def copied(root: Path, place: Path) -> Path:
    """A copy of what the tests need, and nothing that earlier runs have left."""
    place.mkdir()
    without = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    for name in COPIED:
        shutil.copytree(root / name, place / name, ignore=without)
    for path in root.iterdir():
        if path.is_file():
            shutil.copy2(path, place)
    return place


def run_tests(
    tree: Path, arguments: Iterable[str], seconds: float | None = None, **settings: str
) -> tuple[int | None, str]:
    """The exit code, None where the time was up, and what was printed."""
    paths = [str(tree / each) for each in ("calc", "cli", "tests/campaigns")]
    unwritten = {} if "REACH_INTO" in settings else {"PYTHONDONTWRITEBYTECODE": "1"}
    plain = {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(paths)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "reach"]
    words += ["-m", "slow or not slow", "-n", "0"]
    with subprocess.Popen(
        [*words, "--tb=no", *arguments],
        cwd=tree,
        env={**os.environ, **plain, **unwritten, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            shown, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return None, ""
    return process.returncode, shown.decode(errors="replace")


def learned(trees: Sequence[Path], kept: Path | None) -> list[Test]:
    """The tests that pass, with what each reaches."""
    into = kept or trees[0] / "reach.jsonl"
    if not into.exists():
        print("learning what each test reaches ...", flush=True)

        def learn(at: int) -> bytes:
            part = (trees[at % len(trees)] / f"reach-{at}.jsonl").resolve()
            _, told = run_tests(trees[at % len(trees)], TESTS[at], REACH_INTO=str(part))
            print("   ", told.strip().rpartition("\n")[2], flush=True)
            return part.read_bytes()

        with ThreadPoolExecutor(len(trees)) as pool:
            into.write_bytes(b"".join(pool.map(learn, range(len(TESTS)))))
    lines = map(json.loads, into.read_text().splitlines())
    return [Test(name, took, frozenset(map(tuple, reached))) for name, took, reached in lines]


class Judge:
    """Which tests are asked about a change, in which order."""

    def __init__(self, tests: Sequence[Test]) -> None:
        self.tests = sorted(tests, key=lambda test: test.seconds)

    def stages(self, change: Change) -> Iterator[list[Test]]:
        """What reaches the function: the quickest, the rest, those of the program; then others."""
        near = [test for test in self.tests if (change.file, change.function) in test.reached]
        chosen = set(near)
        # What runs while tests are collected is reached by none: there the name must do.
        named = f"test_{Path(change.file).stem}"
        of_the_file = [
            test
            for test in self.tests
            if test not in chosen
            and (named in test.file or any(file == change.file for file, _ in test.reached))
        ]
        if change.function is None:
            near, of_the_file = of_the_file, []
        engine = [test for test in near if not test.file.startswith(OF_THE_PROGRAM)]
        quick = up_to(QUICK_SECONDS, engine)
        yield quick
        yield up_to(ENGINE_SECONDS, engine[len(quick) :])
        program = [test for test in near if test.file.startswith(OF_THE_PROGRAM)]
        yield up_to(ENGINE_SECONDS, program)
        yield up_to(WIDER_SECONDS, of_the_file)
        if change.function is None:
            chosen = set(near)
            yield up_to(WIDER_SECONDS, [test for test in self.tests if test not in chosen])

    def noticed_by(self, change: Change, tree: Path) -> str | None:
        """The first test that fails, if one does."""
        for tests in self.stages(change):
            found = failing(tests, tree) if tests else None
            if found:
                return found
        return None


def up_to(seconds: float, tests: Sequence[Test]) -> list[Test]:
    """As many of the tests, in their order, as take no longer; at least one."""
    taken = 0.0
    for number, test in enumerate(tests):
        taken += test.seconds
        if number and taken > seconds:
            return list(tests[:number])
    return list(tests)


def failing(tests: Sequence[Test], tree: Path) -> str | None:
    """Runs tests until one fails."""
    only = tree / "only.json"
    only.write_text(json.dumps([test.name for test in tests]))
    usual = sum(test.seconds for test in tests)
    files = dict.fromkeys(test.file for test in tests)
    code, shown = run_tests(tree, ["-x", *files], seconds=SECONDS + 3 * usual, REACH_ONLY=str(only))
    if code is None:
        return "the time limit"
    if code == 0:
        return None
    told = re.search(r"^(?:FAILED|ERROR) (\S+)", shown, re.MULTILINE)
    return told[1] if told else f"pytest's exit code {code}"


def judged(change: Change, judge: Judge, tree: Path) -> tuple[str | None, float]:
    """Makes a change, has it judged, and takes it back."""
    path = tree / ENGINE / change.file
    right, times = path.read_bytes(), path.stat()
    start = time.monotonic()
    path.write_bytes(right[: change.start] + change.new.encode() + right[change.end :])
    try:
        return judge.noticed_by(change, tree), time.monotonic() - start
    finally:
        path.write_bytes(right)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # compiled modules stay valid


def campaign(options: argparse.Namespace) -> None:
    """Judges changes on as many copies of the tree as there are jobs."""
    by_file = defaultdict[str, list[int]](lambda: [0, 0])
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        first = copied(ROOT, Path(folder, "0"))  # the checkout may change while this runs
        changes = all_changes(first, options.only)
        chosen = random.Random(options.seed)  # noqa: S311 - no secrets
        sample = chosen.sample(changes, min(options.count, len(changes)))
        trees = [first, *[copied(first, Path(folder, str(at))) for at in range(1, options.jobs)]]
        tests = learned(trees, options.reach)
        judge, free = Judge(tests), SimpleQueue[Path]()
        for tree in trees:
            free.put(tree)
        print(f"{len(sample):,} of {len(changes):,} changes, {len(tests):,} tests", flush=True)

        def one(change: Change) -> None:
            if time.monotonic() > end:
                return
            tree = free.get()
            try:
                test, seconds = judged(change, judge, tree)
            finally:
                free.put(tree)
            by_file[change.file][test is None] += 1
            told = f"noticed by {test}" if test else "NOT NOTICED"
            print(f"{change}  {told}  ({seconds:.0f} s)", flush=True)

        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(one, sample))
    report(by_file)


def report(by_file: Mapping[str, Sequence[int]]) -> None:
    """How many were noticed, by file where some were not, and in all."""
    for file, (noticed, unnoticed) in sorted(by_file.items()):
        if unnoticed:
            print(f"    {file:36} {unnoticed:3} of {noticed + unnoticed} not noticed")
    noticed, unnoticed = (sum(numbers[at] for numbers in by_file.values()) for at in (0, 1))
    whole = noticed + unnoticed
    print(f"{noticed} of {whole} noticed: {100 * noticed / max(whole, 1):.1f} %")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="how many changes to make")
    parser.add_argument("--seed", type=int, default=0, help="chooses the changes")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--minutes", type=float, default=600, help="begin no change after that")
    parser.add_argument("--only", default="", help="files whose path contains this")
    parser.add_argument("--reach", type=Path, help="keep there what the tests reach, and reuse it")
    return parser.parse_args()


if __name__ == "__main__":
    campaign(arguments())
