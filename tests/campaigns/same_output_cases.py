"""The cases of `same_output.py`: which commands run, and the folder that they run in."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from campaigns.same_output_words import (
    AGAINST,
    AUDITS,
    BAD_AUDITS,
    BAD_CHECKS,
    BAD_LAYERS,
    BAD_SWEEPS,
    CHECKS,
    COMPLETIONS,
    CONFIGS,
    FINDINGS,
    FORMATS,
    IN_REPO,
    LAYERS,
    ODD,
    OTHERS,
    PICTURES,
    SWEEPS,
    VERIFIED,
)


class Case(NamedTuple):
    """Commands that run one after the other, where they run, and what they are given."""

    steps: tuple[tuple[str, ...], ...]
    folder: str = "."
    stdin: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    fresh: bool = False
    """Whether Python is started anew for it, which takes longer."""

    def __str__(self) -> str:
        place = "" if self.folder == "." else f"cd {self.folder} && "
        settings = "".join(f"{name}={shlex.quote(value)} " for name, value in self.environment)
        given = f" < {self.stdin}" if self.stdin else ""
        lines = [f"{settings}convcalc {shlex.join(words)}{given}" for words in self.steps]
        return place + " && ".join(lines)


def lines_of(text: str) -> list[list[str]]:
    """The words of each line; an empty line stands for no words."""
    return [shlex.split(line) for line in text.removeprefix("\n").splitlines()]


def case(*words: str, folder: str = ".", stdin: str = "", fresh: bool = False) -> Case:
    """One command; where it reads standard input and nothing is said, it gets a network."""
    given = stdin or ("examples/alexnet.yaml" if "-" in words and folder == "." else "")
    return Case((words,), folder, given, fresh=fresh)


def cases_of(work: Path) -> list[Case]:
    """Every case; those of a command that begin are plain ones."""
    good = names(work, "examples", "tests/cases/good")
    bad = names(work, "tests/cases/bad")
    found = [*plain(good)]
    found += [case("examples", Path(name).stem) for name in good if name.startswith("examples/")]
    found += [*layers(), *sweeps(), *audits(good, bad), *checks(good, bad), *diffs(good, bad)]
    found += [*snapshots(good, bad), *projects(), *odd(), *verified(good), *written(), *looks()]
    found += fresh()
    return found


def names(work: Path, *folders: str) -> list[str]:
    """The network files of folders, from the work folder on."""
    return [
        f"{folder}/{path.name}"
        for folder in folders
        for path in sorted((work / folder).glob("*.yaml"))
    ]


def plain(good: Sequence[str]) -> Iterator[Case]:
    """The plainest of each command, which is what others' imports are taken from; then others."""
    yield case("layer", "--in", "16", "--out", "32")
    yield case("layer", "--in", "16", "--out", "32", "-f", "json")
    for word in ("audit", "check", "snapshot"):
        yield case(word, good[0])
        yield case(word, good[1])
    yield case("diff", good[0], good[1])
    yield case("diff", good[1], good[0])
    for words in lines_of(OTHERS):
        yield case(*words)
    for code in [f"CC{kind}{at:02}" for kind in range(5) for at in range(7)]:
        yield case("rule", code)
    for line in COMPLETIONS:
        words = line.split(" ")
        asked = {"_CONVCALC_COMPLETE": "complete_bash", "COMP_WORDS": line}
        asked["COMP_CWORD"] = str(len(words) - 1)
        yield Case(((),), environment=tuple(asked.items()))


def in_formats(words: Sequence[str], *formats: str) -> Iterator[Case]:
    """One command in several formats."""
    for name in formats:
        yield case(*words, "-f", name)


def layers() -> Iterator[Case]:
    """Single layers."""
    for words in lines_of(LAYERS):
        yield from in_formats(["layer", *words], *FORMATS)
    for words in lines_of(BAD_LAYERS):
        yield case("layer", *words)
        yield case("layer", *words, "-f", "json")


def sweeps() -> Iterator[Case]:
    """Sweeps of layers and of networks; those that are timed only where the time can be masked."""
    for words in lines_of(SWEEPS):
        yield from in_formats(["sweep", *words], *FORMATS)
    for words in lines_of(BAD_SWEEPS):
        yield case("sweep", *words)
    timed = (
        "sweep",
        "--in",
        "4",
        "--out",
        "4",
        "--size",
        "9",
        "--vary",
        "stride=1,2,3",
        "--measure",
    )
    yield from in_formats(timed, *FORMATS)


def audits(good: Sequence[str], bad: Sequence[str]) -> Iterator[Case]:
    """Every file alone, networks with flags, and several files at once."""
    for name in [*good, *bad]:
        yield from in_formats(["audit", name], *FORMATS)
    for name in good:
        for words in lines_of(AUDITS):
            yield case("audit", name, *words)
    for words in lines_of(BAD_AUDITS):
        yield case("audit", *words)
        yield case("audit", *words, "-f", "json")
    for several in (good[:16], good[16:], [*good[14:20], *bad[:9]], bad):
        yield from in_formats(["audit", *several], *FORMATS)
        yield from in_formats(
            ["audit", *several, "--all", "--sort", "macs", "--top", "4"], *FORMATS
        )


def checks(good: Sequence[str], bad: Sequence[str]) -> Iterator[Case]:
    """Every file alone, networks with limits, and folders."""
    for name in [*good, *bad]:
        yield from in_formats(["check", name], *FORMATS, *FINDINGS)
    for name in good:
        for words in lines_of(CHECKS):
            yield case("check", name, *words)
    for words in lines_of(BAD_CHECKS):
        yield case("check", *words)
        yield case("check", *words, "-f", "json")
    folders = ("examples tests/cases/good", "tests", "odd", ".", "")
    for several in map(str.split, folders):
        yield from in_formats(["check", *several], *FORMATS, *FINDINGS)
    for words in lines_of(AGAINST):
        yield from in_formats(["check", "examples", *words], *FORMATS, *FINDINGS)


def diffs(good: Sequence[str], bad: Sequence[str]) -> Iterator[Case]:
    """Each file beside the next one and beside itself; and what git knows."""
    for pair in pairwise([*good, bad[0]]):
        yield from in_formats(["diff", *pair], *FORMATS)
    for pair in pairwise(bad):
        yield case("diff", *pair, "-f", "json")
    for name in good:
        yield from in_formats(["diff", name, name], *FORMATS)
    for name in bad[::4]:
        yield case("diff", name, name)
    for words in lines_of(IN_REPO):
        for name in FORMATS:
            yield case(*words, "-f", name, folder="repo")


def snapshots(good: Sequence[str], bad: Sequence[str]) -> Iterator[Case]:
    """Snapshots, and checks against those that each side has written itself."""
    for name in [*good, *bad]:
        yield case("snapshot", name)
    against = ("--against", "{out}/x.json")
    for name in [*good, "examples", "tests/cases/good"]:
        other = good[0] if name != good[0] else good[1]
        yield Case(
            (
                ("snapshot", name, "-o", "{out}/x.json"),
                ("check", name, *against, "-f", "json"),
                ("check", name, other, *against, "--allow", "params=+1%", "-f", "csv"),
                ("check", name, other, *against, "--update"),
                ("check", other, *against, "-f", "sarif"),
            )
        )
    for name in bad[::10]:
        yield Case((("check", name, *against, "--update"), ("check", good[0], *against)))


def projects() -> Iterator[Case]:
    """Folders with settings, and settings that are named."""
    for folder in ("project", "pyproject", "project/mobile"):
        for name in (*FORMATS, *FINDINGS):
            yield case("check", "-f", name, folder=folder)
            yield case("check", ".", "--max-params", "1M", "-f", name, folder=folder)
    for name in CONFIGS:
        words = ("check", "examples/m5.yaml", "project", "--config", f"configs/{name}")
        yield from in_formats(words, "json", "table", "gitlab")


def odd() -> Iterator[Case]:
    """Odd files and odd names, and standard input."""
    files = [name for name in ODD if name.startswith("odd/")]
    for name in files:
        yield from in_formats(["audit", name], *FORMATS)
        yield from in_formats(["check", name], *FORMATS, *FINDINGS)
        yield case("check", name, "--skip-other", "-f", "json")
        yield case("diff", name, "examples/m5.yaml", "-f", "json")
        yield case("snapshot", name)
        for words in (("audit", "-"), ("check", "-"), ("snapshot", "-"), ("diff", "-", name)):
            yield case(*words, stdin=name)


def verified(good: Sequence[str]) -> Iterator[Case]:
    """Small networks and layers that are run on arrays."""
    for words in lines_of(VERIFIED):
        yield from in_formats(["layer", *words, "--verify"], *FORMATS)
    small = [name for name in good if not name.startswith("examples/")]
    for name in small:
        yield case("audit", name, "--verify", "-f", "json")
    yield from in_formats(["audit", "examples/m5.yaml", "--verify", "--size", "2000"], *FORMATS)
    for name in small[:3]:
        yield from in_formats(["audit", name, "--verify"], "csv", "table", "markdown")
        yield from in_formats(["check", name, "--verify", "--seed", "5"], *FORMATS, *FINDINGS)


def written() -> Iterator[Case]:
    """What is written to files instead; the ending of each is its format."""
    commands = (
        ("layer", "--in", "4", "--out", "8"),
        ("audit", "examples/m5.yaml", "tests/cases/good/names.yaml"),
        ("sweep", "--in", "4", "--out", "8", "--vary", "groups=1,2,3"),
        ("diff", "examples/resnet18.yaml", "examples/resnet50.yaml"),
        ("check", "examples/m5.yaml", "tests/cases/bad/flag-yes.yaml", "--max-params", "1k"),
    )
    for command in commands:
        formats = (*FORMATS, *FINDINGS) if command[0] == "check" else FORMATS
        for name in formats:
            yield case(*command, "-f", name, "-o", f"{{out}}/x.{name}")
    for words in lines_of(PICTURES):
        yield case(*words)


def looks() -> Iterator[Case]:
    """Tables in colour, and on a terminal that knows ASCII only."""
    colour = (("NO_COLOR", ""), ("FORCE_COLOR", "1"))
    plain = (("PYTHONUTF8", "0"), ("PYTHONIOENCODING", "ascii"))
    for words in (
        ("layer", "--in", "16", "--out", "32", "-g", "4", "--explain"),
        ("audit", "examples/m5.yaml", "tests/cases/bad/flag-yes.yaml"),
        ("sweep", "--in", "4", "--out", "8", "--vary", "groups=1,2,3"),
        ("diff", "examples/resnet18.yaml", "examples/resnet50.yaml"),
        ("check", "examples", "tests/cases/bad/flag-yes.yaml", "--max-params", "10M"),
    ):
        yield Case((words,), environment=colour)
        yield Case((words,), environment=plain, fresh=True)


def fresh() -> Iterator[Case]:
    """A few commands with a Python of their own: what is imported beforehand might hide faults."""
    two = ("examples/m5.yaml", "examples/resnet18.yaml")
    layer, sweep = ("layer", "--in", "4", "--out", "8"), ("sweep", "--in", "4", "--out", "8")
    for words in (["audit", *two], ["diff", *two], [*layer], [*sweep, "--vary", "groups=1,2,3"]):
        for name in FORMATS:
            yield case(*words, "-f", name, fresh=True)
    for name in (*FORMATS, *FINDINGS):
        yield case("check", *two, "--max-params", "1M", "-f", name, fresh=True)
    yield case(*layer, "--verify", "-f", "json", fresh=True)
    yield case(*layer, "--explain", fresh=True)
    for line in ("", "--help", "--version", "rule", "schema", "examples", "snapshot examples"):
        yield case(*line.split(), fresh=True)
