"""Two installations of convcalc beside each other: the same commands, and what differs.

Run by hand before and after a change that should change nothing:
`python tests/campaigns/same_output.py OLD_PYTHON NEW_PYTHON [--texts-may-differ] [--only WORDS]`.
Both run thousands of commands in the same folder and the same environment. Output, errors, exit
codes and written files must be equal byte for byte, but for times. With `--texts-may-differ` what
is written for people is left out, and what `same_output_masks.py` has as `TEXTS` is masked in what
programs read.
"""

import argparse
import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from campaigns.same_output_cases import Case, cases_of  # noqa: E402
from campaigns.same_output_masks import FOR_PEOPLE, kind_of, without_texts, without_times  # noqa: E402
from campaigns.same_output_words import CONFIGS, ODD, PROJECT  # noqa: E402

SHOWN_COMMANDS, SHOWN_LINES, SHOWN_WIDTH = 20, 15, 160
CODES = {0, 1, 2}
"""How a run may end; another code is told of, even if both have it."""


ENVIRONMENT = {
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    **{f"GIT_{who}_DATE": "2024-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}
"""All that the commands see, besides PATH and folders for what Python and Matplotlib keep."""

DRIVER = r'''
import gc, importlib, json, os, runpy, signal, sys, traceback

SECONDS = 120
top, part = sys.argv[1:]
ready = set()


def run(case, words, at):
    """Ends this process as `python -m convcalc_cli WORDS` would end."""
    work = os.path.join(top, "work")
    os.chdir(os.path.join(work, case["folder"]))
    name = os.path.join(top, "results", f"{case['number']}.{at}")
    given = os.path.join(work, case["stdin"]) if case["stdin"] else os.devnull
    os.dup2(os.open(given, os.O_RDONLY), 0)
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{name}.{stream}", os.O_WRONLY | os.O_CREAT), number)
    os.environ.update(case["environment"])
    signal.alarm(SECONDS)
    if case["fresh"]:
        os.execv(sys.executable, [sys.executable, "-m", "convcalc_cli", *words])
    sys.argv = ["convcalc", *words]
    code = 0
    try:
        runpy.run_module("convcalc_cli", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def ended(case, words, at, tell=False):
    """The exit code of a process of its own."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = run(case, words, at) & 255
            if tell:
                with open(part + ".modules", "w") as file:
                    json.dump(list(sys.modules), file)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def prepare(case, words, at):
    """Imports once what a run of a command imports: no more, in the same order."""
    ended(case, words, f"before.{at}", tell=True)
    with open(part + ".modules") as file:
        told = json.load(file)
    for name in told:
        if name not in sys.modules and "__main__" not in name:
            try:
                importlib.import_module(name)
            except ImportError:
                pass


with open(part) as file:
    cases = json.load(file)
gc.disable()
codes = {}
for case in cases:
    os.mkdir(os.path.join(top, "out", str(case["number"])))
    for at, words in enumerate(case["steps"]):
        word = words[0] if words else ""
        writes = any(each.startswith(os.path.join(top, "out")) for each in words)
        if word not in ready and not writes and not case["fresh"]:
            ready.add(word)
            prepare(case, words, at)
            gc.freeze()
        codes[f"{case['number']}.{at}"] = ended(case, words, at)
with open(part + ".codes", "w") as file:
    json.dump(codes, file)
'''
"""What each interpreter runs: a process for each command, forked where the imports are done."""


class Side(NamedTuple):
    """What one interpreter made of the cases: exit codes by number and step, and a folder."""

    folder: Path
    codes: dict[str, int]
    touched: list[str]
    """Files of the folder that all cases share that are not as they were."""


class Difference(NamedTuple):
    """What differs in a case, in lines to be read."""

    case: Case
    lines: list[str]


def set_up(work: Path, environment: dict[str, str]) -> None:
    """The folder that both sides work in a copy of."""
    shutil.copytree(ROOT / "examples", work / "examples")
    shutil.copytree(ROOT / "tests" / "cases", work / "tests" / "cases")
    configs = {f"configs/{name}": text.encode() for name, text in CONFIGS.items()}
    project = {"project/convcalc.toml": PROJECT, "smaller.json": smaller()}
    project["pyproject/pyproject.toml"] = PROJECT.replace("[[check]]", "[[tool.convcalc.check]]")
    files = {name: text.encode() for name, text in project.items()}
    for name, data in {**ODD, **configs, **files}.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(data)
    for folder in ("project", "pyproject"):
        (work / folder / "mobile").mkdir()
        for name in ("mobilenet-v1", "mobilenet-v2", "shufflenet-v2-x1.0"):
            shutil.copy(work / f"examples/{name}.yaml", work / folder / "mobile")
        for name in ("examples/squeezenet1.1.yaml", "tests/cases/bad/flag-yes.yaml"):
            shutil.copy(work / name, work / folder)
    set_up_git(work, environment)


def smaller() -> str:
    """A snapshot of networks that were smaller, of one that is gone, and not of all others."""
    totals = dict.fromkeys(("params", "macs", "flops"), 60_000_000)
    kinds = ("input", "weight", "activation", "peak_activation", "torchsummary")
    totals |= dict.fromkeys([f"{kind}_bytes" for kind in kinds], 1_000_000)
    recorded = {"fingerprint": "0" * 64, "totals": totals}
    known = ("alexnet", "m5", "resnet18", "resnet50", "vgg16", "gone")
    networks = {f"examples/{name}.yaml": {"name": name, **recorded} for name in known}
    return json.dumps({"convcalc_snapshot": 1, "networks": networks}, indent=2) + "\n"


def set_up_git(work: Path, environment: dict[str, str]) -> None:
    """A repository of a network in three states, the last of which is not committed."""
    repo = work / "repo"
    repo.mkdir()
    first = (work / "examples/resnet18.yaml").read_text(encoding="utf-8")
    states = (first, first.replace("kernel_size: 7", "kernel_size: 5"), first.replace("64", "72"))
    git = ("git", "-C", str(repo), "-c", "init.defaultBranch=main")
    subprocess.run([*git, "init", "-q"], env=environment, check=True)
    for at, text in enumerate(states):
        (repo / "net.yaml").write_text(text, encoding="utf-8")
        if at < len(states) - 1:
            for words in (["add", "."], ["commit", "-q", "-m", f"state {at}"]):
                subprocess.run([*git, *words], env=environment, check=True)


def environment_in(place: Path) -> dict[str, str]:
    """What both sides see: nothing of the user's own settings."""
    folders = {"HOME": "home", "MPLCONFIGDIR": "matplotlib", "PYTHONPYCACHEPREFIX": "bytecode"}
    kept = {name: str(place / folder) for name, folder in folders.items()}
    ceiling = {"GIT_CEILING_DIRECTORIES": str(place)}
    return {**ENVIRONMENT, **kept, **ceiling, "PATH": os.environ.get("PATH", os.defpath)}


def program(name: str) -> str:
    """The full path of a Python; links stay, for they tell Python which environment it is in."""
    found = shutil.which(name)
    if found is None:
        sys.exit(f"there is no {name}")
    return str(Path(found).absolute())


def where(python: str, environment: dict[str, str]) -> str:
    """The folder that an interpreter has convcalc from; what Matplotlib keeps is made, too."""
    told = "import convcalc_cli; print(convcalc_cli.__path__[0])"
    drawn = "import matplotlib.font_manager"
    ended = subprocess.run(
        [python, "-P", "-c", told],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if ended.returncode:
        sys.exit(f"{python} has no convcalc:\n{ended.stderr}")
    subprocess.run([python, "-P", "-c", drawn], env=environment, capture_output=True, check=False)
    return ended.stdout.strip()


def run_side(
    python: str,
    place: Path,
    name: str,
    cases: Sequence[Case],
    jobs: int,
    environment: dict[str, str],
) -> Side:
    """Runs all cases; both sides do it in a folder of the same name, which is renamed then."""
    top = place / "run"
    for folder in ("results", "out"):
        (top / folder).mkdir(parents=True)
    shutil.copytree(place / "template", top / "work")
    told = [
        {
            **each._asdict(),
            "number": number,
            "environment": dict(each.environment),
            "steps": [
                [word.replace("{out}", f"{top}/out/{number}") for word in words]
                for words in each.steps
            ],
        }
        for number, each in enumerate(cases)
    ]
    codes: dict[str, int] = {}

    def part_run(at: int) -> None:
        part = top / f"part-{at}.json"
        part.write_text(json.dumps(told[at::jobs]), encoding="utf-8")
        command = [python, "-P", "-c", DRIVER, str(top), str(part)]
        subprocess.run(command, cwd=top, env=environment, stdin=subprocess.DEVNULL, check=True)
        codes.update(json.loads(Path(f"{part}.codes").read_bytes()))

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(part_run, range(jobs)))
    touched = changed_files(place / "template", top / "work")
    return Side(top.rename(place / name), codes, touched)


def changed_files(before: Path, after: Path) -> list[str]:
    """The names of files that are there in one folder only, or are not equal."""
    old, new = (
        {
            str(path.relative_to(each)): path.read_bytes()
            for path in each.rglob("*")
            if path.is_file()
        }
        for each in (before, after)
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


class Comparison(NamedTuple):
    """Looks for what differs between the sides, the old one first."""

    sides: Sequence[Side]
    texts_may_differ: bool

    def difference(self, number: int, case: Case) -> Difference | None:
        """What differs in a case, if anything."""
        lines: list[str] = []
        for at, words in enumerate(case.steps):
            mark = f"{at + 1}. " if len(case.steps) > 1 else ""
            lines += [f"{mark}{line}" for line in self.of_step(f"{number}.{at}", words)]
        lines += self.of_folders(number)
        return Difference(case, lines) if lines else None

    def of_step(self, step: str, words: Sequence[str]) -> Iterator[str]:
        """What differs in how a command ended, and in what it said."""
        old, new = (side.codes[step] for side in self.sides)
        if old != new:
            yield f"exit code {old}, now {new}"
        is_timed = "--verify" in words or "--measure" in words
        for stream, kind in (("out", kind_of(words)), ("err", "text")):
            files = [side.folder / "results" / f"{step}.{stream}" for side in self.sides]
            yield from self.of_files(f"std{stream}", files, kind, is_timed=is_timed)

    def of_folders(self, number: int) -> Iterator[str]:
        """What differs in the files that a case has written."""
        folders = [side.folder / "out" / str(number) for side in self.sides]
        old, new = ({str(path.relative_to(each)) for path in each.rglob("*")} for each in folders)
        for name in sorted(old ^ new):
            yield f"{name} is written by {'the old' if name in old else 'the new'} one only"
        for name in sorted(old & new):
            yield from self.of_files(name, [each / name for each in folders], Path(name).suffix[1:])

    def of_files(
        self, title: str, files: Sequence[Path], kind: str, *, is_timed: bool = False
    ) -> list[str]:
        """A title and a diff of two files that are not equal."""
        data = [file.read_bytes() for file in files]
        if data[0] == data[1] or (self.texts_may_differ and kind in FOR_PEOPLE):
            return []
        old, new = (self.masked(each, kind, is_timed=is_timed) for each in data)
        return [title, *shown_diff(old, new)] if old != new else []

    def masked(self, data: bytes, kind: str, *, is_timed: bool) -> str:
        """Output as it is compared."""
        text = data.decode(errors="surrogateescape")
        text = without_times(text, kind, is_timed=is_timed)
        return without_texts(text, kind) if self.texts_may_differ else text


def shown_diff(old: str, new: str) -> list[str]:
    """A unified diff to read."""
    told = difflib.unified_diff(short_lines(old), short_lines(new), n=1, lineterm="")
    lines = list(told)[2:]
    more = [f"... {len(lines) - SHOWN_LINES:,} more lines"] if len(lines) > SHOWN_LINES else []
    return [line[:SHOWN_WIDTH] for line in [*lines[:SHOWN_LINES], *more]]


def short_lines(text: str) -> list[str]:
    """The lines of a text that a terminal can show: long ones are broken at commas."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return [
        part
        for line in shown.split("\n")
        for part in (line.split(", ") if len(line) > SHOWN_WIDTH else [line])
    ]


def report(found: Sequence[Difference], cases: Sequence[Case], sides: Sequence[Side]) -> None:
    """What differs, how the commands ended, and how many there were."""
    for each in found[:SHOWN_COMMANDS]:
        print(f"\n{each.case}")
        for line in each.lines:
            print(f"    {line}")
    if len(found) > SHOWN_COMMANDS:
        print(f"\n... and {len(found) - SHOWN_COMMANDS:,} more")
    for side in sides:
        ends = sorted(Counter(side.codes.values()).items())
        told = ", ".join(f"{number:,} with {code}" for code, number in ends)
        print(f"{side.folder.name} ended {told}")
        odd = [step for step, code in side.codes.items() if code not in CODES]
        for step in odd[:SHOWN_COMMANDS]:
            number, _, _ = step.partition(".")
            print(f"    exit code {side.codes[step]}: {cases[int(number)]}")
    commands = len(sides[0].codes)
    print(f"{commands:,} commands in {len(cases):,} cases, {len(found):,} cases differ")


def compared(options: argparse.Namespace) -> bool:
    """Runs both sides and tells; whether they are the same."""
    with tempfile.TemporaryDirectory(prefix="same-output-") as folder:
        place = Path(folder).resolve()
        environment = environment_in(place)
        (place / "home").mkdir()
        # The nearest settings upwards, so that none that lie around are found.
        (place / "convcalc.toml").touch()
        set_up(place / "template", environment)
        cases = [each for each in cases_of(place / "template") if options.only in str(each)]
        if not cases:
            sys.exit(f"no command contains {options.only}")
        sides = []
        for name, given in (("old", options.old), ("new", options.new)):
            start, python = time.monotonic(), program(given)
            print(f"{name}: {where(python, environment)}", end=" ", flush=True)
            sides.append(run_side(python, place, name, cases, options.jobs, environment))
            print(f"({time.monotonic() - start:.0f} s)", flush=True)
        comparison = Comparison(sides, options.texts_may_differ)
        found = [comparison.difference(number, each) for number, each in enumerate(cases)]
        differences = [each for each in found if each is not None]
        report(differences, cases, sides)
        touched = [
            f"{side.folder.name} has changed {name}" for side in sides for name in side.touched
        ]
        print("\n".join(touched), end="\n" if touched else "")
    return not differences and not touched


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", help="the Python that has the convcalc of before")
    parser.add_argument("new", help="the Python that has the convcalc of now")
    parser.add_argument("--texts-may-differ", action="store_true", help="compare data only")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--only", default="", help="commands that contain this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(not compared(arguments()))
