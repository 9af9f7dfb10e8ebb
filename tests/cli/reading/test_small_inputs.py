"""No small file costs more than two seconds and 300 MB: it is done, or refused by then."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from support.program import process_environment
from support.slow import slow_unless

SECONDS, MEGABYTES = 2, 300
AT_THE_LIMIT = 10
"""Seconds that as many rows may take as there may be."""

SLOWER = 2
"""How much slower a machine may be than the one that the seconds are for."""

LAUNCH = """
import os, sys
from convcalc_cli.program import main
code = main(sys.argv[1:])
sys.stdout.flush()
peak = 0
if os.path.exists("/proc/self/status"):
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
os.write(2, f"\\n{peak // 1024} {code}".encode())
"""

HEAD = "input: [3, 8, 8]\n"


class Cost(NamedTuple):
    """What a run gave and took."""

    code: int
    out: str
    err: str
    megabytes: int


def cost(folder: Path, text: str, *words: str, seconds: int = SECONDS) -> Cost:
    """A run of its own on a file; one that takes more processor time is killed."""
    (folder / "net.yaml").write_text(text)
    most = SLOWER * seconds
    ended = subprocess.run(
        [sys.executable, "-c", LAUNCH, *words],
        capture_output=True,
        check=False,
        cwd=folder,
        env=process_environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1)),
    )
    assert ended.returncode == 0, f"ended with {ended.returncode}"
    err, _, told = ended.stderr.decode().rpartition("\n")
    peak, code = map(int, told.split())
    return Cost(code, ended.stdout.decode(), err, peak)


def lists(item: str) -> str:
    """60 x 60 x 60 items, by aliases."""
    innermost = f"x-a: &l0 [{', '.join([item] * 60)}]\n"
    outer = [f"x-{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 60)}]\n" for at in (1, 2)]
    return innermost + "".join(outer)


def chain(blocks: int, called: str = "{block: b%d}", last: str = "relu") -> str:
    """Blocks in each other."""
    inner = [f"  b{at}: {{layers: [{called % (at + 1)}]}}\n" for at in range(blocks)]
    return "blocks:\n" + "".join(inner) + f"  b{blocks}: {{layers: [{last}]}}\n"


NAMED = f"{{block: b%d, name: {'n' * 190}}}"
DOUBLING = "blocks:\n" + "".join(
    [f"  b{at}: {{layers: [{{block: b{at + 1}}}, {{block: b{at + 1}}}]}}\n" for at in range(24)]
)
FEWER = "vars: {" + ", ".join([f"v{at}: 1" for at in range(1000)])
MANY = "vars: {" + ", ".join([f"v{at}: 1" for at in range(20_000)]) + "}\n"
ALIKE = ", ".join([f"{'a' * 195}{at:04}: 1" for at in range(900)])
EXPRESSION = "+".join(["$in_channels", *["1"] * 400]) + "-400"
FRACTIONS = "floor(" + "+".join(["$in_channels/7", *["1/3"] * 200]) + ")*0+3"
REPEATED = "\nlayers: [{block: b, repeat: 90000}]\n"
STEPS = "its repeats, blocks and expressions take more than 1,000,000 steps to build"


LONG = [
    (
        f"{lists('1')}blocks: {{b: {{args: {{x: *l2}}, layers: [relu]}}}}\n"
        "layers: [{block: b, repeat: 2000}]",
        "",
    ),
    (
        f"{lists('1')}blocks: {{b: {{args: {{x: 1}}, layers: [relu]}}}}\n"
        "layers: [{block: b, with: {x: *l2}, repeat: 2000}]",
        "",
    ),
    (
        f"{lists('$in_channels')}blocks: {{b: {{args: {{x: *l2}}, layers: [relu]}}}}{REPEATED}",
        STEPS,
    ),
    (
        f"{DOUBLING}  b24: {{layers: []}}\nlayers: [{{relu: , repeat: 20000}}, {{block: b0}}]",
        "more than 20,000 rounds of blocks add no layer",
    ),
    (
        f"{MANY}blocks: {{b: {{args: {{x: 1}}, layers: [{{conv: $v5, kernel_size: 1}}]}}}}\n"
        "layers: [{block: b, repeat: 5000}]",
        "",
    ),
    (f"{chain(98)}layers: [{{block: b0, repeat: 90000}}]", STEPS),
    (
        f"{chain(98, NAMED)}layers: [{{block: b0, repeat: 90000}}]",
        "10,000,000 characters",
    ),
    (f"{chain(900)}layers: [{{block: b0, repeat: 2}}]", "nested deeper than 100"),
    (f"layers: [{{conv: '{EXPRESSION}', kernel_size: 1, repeat: 90000}}]", STEPS),
    (f"layers: [{{conv: '{FRACTIONS}', kernel_size: 1, repeat: 90000}}]", STEPS),
    ("layers: [{conv: $in_channels + 1, kernel_size: 1, repeat: 90000}]", STEPS),
    (
        f"blocks: {{b: {{layers: [{'{relu: , repeat: 0}, ' * 1000}relu]}}}}{REPEATED}",
        STEPS,
    ),
    (
        f"blocks: {{b: {{layers: [{{relu: , name: a}}, {{concat: [{'a, ' * 1000}]}}, "
        f"{{channel_slice: [0, 3]}}]}}}}{REPEATED.replace('90000', '30000')}",
        STEPS,
    ),
    (
        f"blocks: {{b: {{layers: [{{add: [{'[], ' * 1000}]}}]}}}}{REPEATED}",
        STEPS,
    ),
    (
        "blocks: {b: {layers: [relu, "
        + ", ".join([f"{{relu: , name: relu_{at}, repeat: 0}}" for at in range(1, 4000)])
        + f"]}}}}{REPEATED}",
        STEPS,
    ),
    (
        f"x-a: &a [{'relu, ' * 1000}]\n"
        "layers: [{separable_conv: 8, kernel_size: 3, padding: 1, between: *a, repeat: 1000}]",
        "more than 100,000 rows",
    ),
    (
        f"layers: [{{separable_conv: 8, kernel_size: 3, between: [{'relu, ' * 15_000}]}}]",
        "",
    ),
    (
        "blocks: {b: {args: {"
        + ", ".join([f"a{at}: $in_channels" for at in range(1000)])
        + f"}}, layers: [relu]}}}}{REPEATED}",
        STEPS,
    ),
    (f"layers: [{{add: [{'input, ' * 16_000}]}}]", ""),
    (f"layers: [{{relu: {{}}, name: {'a' * 100_000}, repeat: 10000}}]", "at most 200 are"),
    (f"name: {'a' * 100_000}\nlayers: [{{relu: , repeat: 10000}}]", "at most 200 are"),
    (
        f"vars: {{{ALIKE}}}\nlayers:\n"
        + "".join(
            [f"- {{conv: ${'a' * 195}x{at:03}, kernel_size: 1}}\n" for at in range(100)]
        ),
        "unknown variable",
    ),
    (
        f"vars: {{{ALIKE.replace('a' * 150, '')}}}\nlayers:\n"
        + "".join([f"- {{conv: ${'a' * 45}x{at:03}, kernel_size: 1}}\n" for at in range(100)]),
        "unknown variable",
    ),
    (
        f"{FEWER}}}\nblocks: {{b: {{args: {{x: $nosuch}}, layers: [relu]}}}}\n"
        f"layers: [{'{block: b, from: input}, ' * 3000}]",
        "unknown variable $nosuch",
    ),
    (
        f"{lists('1')}blocks: {{b: {{args: {{x: *l2}}, layers: [{{conv: 3, kernel_size: $x}}]}}"
        f"}}\nlayers: [{'{block: b, from: input}, ' * 3000}]",
        "kernel_size=",
    ),
    (
        "layers: [{relu: , repeat: 90000, name: r}]\nexpect: {shapes: {"
        + ", ".join([f"q.{at}: [3, 8, 9]" for at in range(3000)])
        + "}}",
        "unknown layer q.0",
    ),
    (f"layers: [relu]\nfoo: x{' ' * 40_000}\n  y\n", "unknown key foo"),
    (f"layers: [{{conv: [1{' ' * 40_000}\n, 2], kernel_size: 3}}]", "out_channels=[1, 2]"),
    (f"layers: [relu]\nfoo: [x,{' #' * 40_000}'\n 1, 2]\n", "unknown key foo"),
]  # fmt: skip
FIRST = {told: text for text, told in reversed(LONG)}
SHORT = 50_000


@pytest.mark.parametrize(
    ("text", "told"),
    slow_unless(lambda each: each[0] == FIRST[each[1]] and len(each[0]) < SHORT, LONG),
    ids=lambda each: each[:40],
)
def test_a_file_that_would_take_long(tmp_path: Path, text: str, told: str) -> None:
    """It is done, or one line says what is too much of it."""
    ran = cost(tmp_path, HEAD + text, "audit", "net.yaml")
    assert (ran.code, told in ran.err) == (2 if told else 0, True), ran.err[:500]
    assert ran.megabytes < MEGABYTES


@pytest.mark.parametrize(
    "layers",
    slow_unless(
        lambda layers: "add" not in layers and "upsample" not in layers,
        [
            "{conv: 1, kernel_size: 3, stride: 7, padding: 1, repeat: 20000}",
            "{upsample: 4096}, {conv: 1, kernel_size: 3, padding: 1, repeat: 1000}",
            "{upsample: 4096}, {conv: 1, kernel_size: 4001, padding: 2000, repeat: 10}",
            "{upsample: 64}, {conv: 1, kernel_size: 3, padding: 1, repeat: 20000}",
            "{upsample: 4096, name: a}, {conv: 1, kernel_size: 3, padding: 1, name: b}, "
            f"{{add: [{'a, b, ' * 1000}], repeat: 100}}",
        ],
    ),
)
def test_receptive_fields_that_would_take_long_are_not_told(tmp_path: Path, layers: str) -> None:
    text = f"input: [1, 1, 1]\nlayers: [{layers}]"
    ran = cost(tmp_path, text, "audit", "net.yaml", "-f", "json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["networks"][0]["layers"][-1]["receptive_field"] is None
    assert ran.megabytes < MEGABYTES


def test_the_places_of_layers_behind_aliases_are_found_at_once(tmp_path: Path) -> None:
    blocks = ", ".join([f"b{at}: {{layers: *l}}" for at in range(1500)])
    called = ", ".join([f"{{block: b{at}}}" for at in range(1500)])
    text = f"{HEAD}x-l: &l [relu, relu]\nblocks: {{{blocks}}}\nlayers: [{called}]\n"
    ran = cost(tmp_path, text, "audit", "net.yaml", "-f", "json")
    layers = json.loads(ran.out)["networks"][0]["layers"]
    assert [layers[0]["line"], layers[0]["column"]] == [3, text.split("\n")[2].index("*l") + 1]
    assert len(layers) == 3000


INNER = "input: [1]\nblocks: {inner: {layers: [{relu: , repeat: 1000}]}}\n"
MOST = f"{INNER}layers: [{{block: inner, repeat: 100}}]\n"


@pytest.mark.parametrize(
    "words",
    slow_unless(
        lambda words: "snapshot" in words,
        [
            "audit net.yaml --all",
            "audit net.yaml -f json -o out.json",
            "audit net.yaml --all -f markdown",
            "audit net.yaml --html out.html",
            "diff net.yaml net.yaml -f json",
            "snapshot net.yaml",
        ],
    ),
)
def test_as_many_rows_as_there_may_be(tmp_path: Path, words: str) -> None:
    ran = cost(tmp_path, MOST, *words.split(), seconds=AT_THE_LIMIT)
    assert ran.code == 0, ran.err
    assert ran.megabytes < MEGABYTES
    if (tmp_path / "out.json").exists():
        written = json.loads((tmp_path / "out.json").read_text())
        assert len(written["networks"][0]["layers"]) == 100_000


def test_a_hundred_bytes_of_a_million_rows_are_refused(tmp_path: Path) -> None:
    ran = cost(tmp_path, f"{INNER}layers: [{{block: inner, repeat: 1000}}]", "audit", "net.yaml")
    assert ran.code == 2
    assert ran.err.startswith("net.yaml:3:33: error: more than 100,000 rows\n")


def test_the_groups_of_the_designs_are_not_endless(tmp_path: Path) -> None:
    groups = ",".join(map(str, range(1, 3001)))
    ran = cost(tmp_path, f"{HEAD}layers: [relu]", "audit", "net.yaml", "--groups", groups)
    assert (ran.code, ran.err) == (2, "error: --groups has 3,000 numbers; at most 16 are allowed\n")
    groups = ",".join(map(str, range(1, 17)))
    assert (
        cost(tmp_path, f"{HEAD}layers: [relu]", "audit", "net.yaml", "--groups", groups).code == 0
    )


@pytest.mark.parametrize("megabytes", slow_unless(lambda most: most == 80, [50, 80, 110]))
@pytest.mark.parametrize(
    "words",
    ["audit net.yaml -f json -o out.json", "check net.yaml"],
)
def test_too_little_memory_is_told_in_a_line(tmp_path: Path, words: str, megabytes: int) -> None:
    """And is no failed budget, which would be 1; what was there before stays."""
    (tmp_path / "net.yaml").write_text(MOST)
    (tmp_path / "out.json").write_text("before")
    ended = subprocess.run(
        [sys.executable, "-c", "from convcalc_cli.__main__ import run; run()", *words.split()],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=process_environment(OPENBLAS_NUM_THREADS="1"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2),
    )
    if ended.returncode == 0:  # it was enough
        return
    assert ended.returncode == 3
    assert ended.stderr == b"error: there is not enough memory for this\n"
    assert (tmp_path / "out.json").read_text() == "before"
    assert sorted([each.name for each in tmp_path.iterdir()]) == ["net.yaml", "out.json"]
