"""Two installations of convcalc beside each other: the same commands, and what differs.

Run by hand before and after a change that should change nothing:
`python tests/campaigns/same_output.py OLD_PYTHON NEW_PYTHON [--texts-may-differ] [--only WORDS]`.
Both run thousands of commands in the same folder and the same environment. Output, errors, exit
codes and written files must be equal byte for byte, but for times. With `--texts-may-differ` what
is written for people is left out, and what stands in `TEXTS` is masked in what programs read.
"""

import argparse
import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SHOWN_COMMANDS, SHOWN_LINES, SHOWN_WIDTH = 20, 15, 160
CODES = {0, 1, 2}
"""How a run may end; another code is told of, even if both have it."""

FORMATS = ("json", "csv", "table", "markdown")
FINDINGS = ("sarif", "junit", "gitlab", "github", "concise")
FOR_PEOPLE = {"table", "markdown", "concise", "html", "svg", "png", "pdf", "text"}
"""Kinds of output that are left out where texts may differ."""

TEXTS = {
    ("json", "message"): "what is said of a finding, of a mistake in a file, or of a growth",
    ("json", "reason"): "why a design, a layer or a point of a sweep cannot be",
    ("json", "convention"): "what is counted, in a sentence",
    ("csv", "message"): "what is said of a finding",
    ("csv", "reason"): "why a point of a sweep cannot be",
    ("csv", "what_changed"): "a sentence for what JSON has as parameters",
    ("sarif", "message"): "what is said of a finding",
    ("sarif", "shortDescription"): "the summary of a rule",
    ("sarif", "fullDescription"): "the explanation of a rule",
    ("sarif", "help"): "the explanation of a rule",
    ("sarif", "convcalc/v1"): "a hash of the message where there is no subject: it gets a number",
    ("gitlab", "description"): "what is said of a finding; its code is compared",
    ("gitlab", "fingerprint"): "a hash of the message where there is no subject: it gets a number",
    ("junit", "message"): "what is said of a finding",
    ("junit", "failure"): "file, place and code are compared, not what follows",
    ("junit", "error"): "the same",
    ("junit", "system-out"): "the same",
    ("github", "annotation"): "properties are compared, not the message behind them",
    ("schema", "description"): "what an editor shows of a key",
}
"""What is masked where texts may differ: a kind of output, a key or column of it, and why."""

TIMES = {
    ("json", "seconds"): "how long a layer took",
    ("csv", "seconds"): "how long a layer took",
    ("table", "time"): "from a time to the end of its line, of --verify and --measure only",
    ("markdown", "time"): "the same",
}
"""What is masked always, for no two runs agree."""

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

LAYERS = """
--in 16 --out 32
--in 16 --out 32 -g 4
--in 16 --out 32 -g 16
--in 16 --out 16 -g 16
--in 16 --out 48 -g 16 -p 1
--in 16 --out 32 -g 4 --explain
--in 16 --out 16 -g 16 -p 1 --explain
--in 4 --out 4 -k 1 -g 2 --size 8 --no-bias --explain
--in 4 --out 6 -k 3 -g 2 -p same -s 2 --size 9 --explain
--in 4 --out 6 -k 4 -p same --explain
--in 4 --out 6 -k 4 -s 2 -p 1 --transposed --explain
--in 4 --out 6 -k 4 -s 2 -p 1 -g 2 --transposed --output-padding 1 --explain
--in 2 --out 4 -k 9 --size 100 --dims 1 --explain
--in 2 --out 4 -k 1x2x3 --size 4x5x6 --dims 3 --explain --batch 3
--in 40 --out 80 -g 8 --explain
--in 3 --out 64 -k 7 -s 2 -p 3 --size 224 --no-bias
--in 3 --out 64 -k 7x7 -s 2x2 -p 3x3 --size 224x224
--in 64 --out 64 -k 3x5 -p same --size 48x64
--in 64 --out 64 -k 3x5 -p valid --size 48x64
--in 64 --out 64 -k 2 -p 0:1
--in 64 --out 64 -k 2 -p 0:1x1:0
--in 64 --out 64 -k 2 -p 2x0:1
--in 64 --out 64 -k 4 -p same -d 2
--in 64 --out 64 -k 4 -p same -s 3
--in 64 --out 64 -k 1
--in 64 --out 128 -k 1 -s 2
--in 64 --out 128 -k 1 -g 32
--in 64 --out 128 -k 1x1 --no-bias
--in 64 --out 128 -k 1x3
--in 64 --out 128 -k 3x1 -p 1x0
--in 64 --out 64 -k 3 -d 2
--in 64 --out 64 -k 3 -d 2 -p 2
--in 64 --out 64 -k 3 -d 1x4 -p 1x4
--in 64 --out 64 -k 3 -d 12 --size 33 -p 12 -g 64
--in 64 --out 64 -k 3 -s 1x2
--in 64 --out 64 -k 3 -s 5 --size 7
--in 64 --out 64 -k 2 -s 5 --size 7
--in 64 --out 32 -k 4 -s 2 -p 1 --transposed
--in 64 --out 32 -k 2 -s 2 --transposed --no-bias
--in 64 --out 32 -k 3 -s 2 -p 1 --output-padding 1 --transposed
--in 64 --out 32 -k 3 -s 2 -p 1 --output-padding 0x1 --transposed
--in 64 --out 64 -k 3 -g 64 -s 2 -p 1 --transposed
--in 64 --out 32 -k 3 -g 8 --transposed
--in 64 --out 32 -k 3 -d 2 --transposed
--in 64 --out 32 -k 3 -p same --transposed
--in 64 --out 32 -k 1 --transposed
--in 64 --out 32 -k 4 -s 4 --dims 1 --size 100 --transposed
--in 64 --out 32 -k 2 -s 2 --dims 3 --size 4 --transposed
--in 100 --out 512 -k 4 --size 1 --transposed --no-bias
--in 1 --out 128 -k 80 -s 4 --size 8000 --dims 1
--in 1 --out 128 -k 80 --dims 1 --size 80
--in 16 --out 16 -k 3 -p 1 -g 16 --dims 1
--in 16 --out 16 -k 3 -d 4 -p 4 --dims 1 --size 1000
--in 16 --out 16 -k 3 -p same -d 4 --dims 1 --size 1000
--in 16 --out 16 -k 3 -p 2:0 --dims 1 --size 1000
--in 3 --out 64 -k 3x7x7 --size 16x112x112 --dims 3
--in 3 --out 64 -k 3x7x7 -s 1x2x2 -p 1x3x3 --size 16x112x112 --dims 3 --no-bias
--in 64 --out 64 -k 3 -p 1 --size 8 --dims 3
--in 64 --out 64 -k 3 -p 1 -g 64 --size 8 --dims 3
--in 64 --out 64 -k 1x3x3 -p 0x1x1 --size 8x28x28 --dims 3
--in 64 --out 64 -k 3x1x1 -p 1x0x0 --size 8x28x28 --dims 3 -g 4
--in 64 --out 64 --batch 32 --dtype float16
--in 64 --out 64 --batch 32 --dtype bfloat16
--in 64 --out 64 --batch 32 --dtype float64
--in 64 --out 64 --batch 1024 --dtype int8
--in 512 --out 512 -p 1 --size 14
--in 512 --out 512 -p 1 --size 7 -g 32
--in 1 --out 1 -k 1 --size 1
--in 1 --out 1
--in 1 --out 64 -g 1
--in 3 --out 3 -g 3
--in 7 --out 7 -g 7
--in 7 --out 14 -g 7
--in 7 --out 13
--in 12 --out 18 -g 6
--in 12 --out 18 -g 3 -k 5 -p 2
--in 12 --out 18 -g 2 -k 5x3
--in 1000000 --out 1000000 -k 11 --size 100000
--in 999999999 --out 7 --size 3
--in 8 --out 8 -k 3 --size 3
--in 8 --out 8 -k 64 --size 64
--in 8 --out 8 -k 64 -p 32
--in 8 --out 8 -k 3 -p 5
--in 8 --out 8 -k 3 --dims 2 --size 5x9
--in 8 --out 8 --debug
--out 8 --in 8 --bias --groups 8 --padding 1 --stride 2 --dilation 1 --kernel-size 3
"""
"""Layers, in every format."""

BAD_LAYERS = """

--in 3
--out 3
--in 64 --out 64 -g 5
--in 64 --out 63 -g 4
--in 64 --out 64 -g 0
--in 64 --out 64 -g -1
--in 3 --out 8 -k 7 --size 5
--in 3 --out 8 -k 3 -d 9 --size 5
--in 3 --out 8 -k 3x3x3
--in 3 --out 8 -k 3x3 --dims 3
--in 3 --out 8 --dims 4
--in 3 --out 8 --dims 0
--in 3 --out 8 -k 0
--in 3 --out 8 -k x
--in 3 --out 8 -k 3.5
--in 3 --out 8 -k 1e3
--in 3 --out 8 -k 3x
--in 3 --out 8 -s 0
--in 3 --out 8 -s -1
--in 3 --out 8 -p -1
--in 3 --out 8 -p sam
--in 3 --out 8 -p 1:2:3
--in 3 --out 8 -p same -s 0
--in 3 --out 8 -p same -s 2 --transposed
--in 3 --out 8 -d 0
--in 3 --out 8 --size 0
--in 3 --out 8 --size 3x3x3
--in 3 --out 8 --batch 0
--in 3 --out 8 --dtype float8
--in 3 --out 8 --output-padding 1
--in 3 --out 8 --output-padding 2 -s 2 --transposed
--in 0 --out 8
--in -3 --out 8
--in 3 --out 99999999999999999999
--in three --out 8
--in 3 --out 8 --seed 3
--in 3 --out 8 --verify --seed x
--in 3 --out 8 -f yaml
--in 3 --out 8 --kernel 3
--in 3 --out 8 extra
--in 3 --out 8 --in 4
--in 3 --out 8 -k
--in 3 --out 8 --explain -f csv
--in 3 --out 8 -k 4 -p 9 --size 2 --transposed
"""
"""Layers that cannot be, and flags that mean nothing."""

VERIFIED = """
--in 4 --out 8
--in 4 --out 8 -g 4 --seed 3
--in 4 --out 8 -k 2 -p same -g 2 --size 9
--in 4 --out 4 -k 4 -s 2 -p 1 --transposed --size 9
--in 4 --out 4 -k 3 -s 2 -g 4 --output-padding 1 --transposed --size 9 --no-bias
--in 2 --out 4 -k 9 -d 2 --size 100 --dims 1
--in 2 --out 4 -k 1x2x3 -p 0x1x1 --size 4x5x6 --dims 3 --batch 2
--in 4 --out 4 --dtype float64 --size 12
--in 4 --out 4 --dtype int8 --size 12
--in 4 --out 4 --dtype float16 --size 12 --explain
"""
"""Layers that are run on arrays."""

SWEEPS = """
--in 16 --out 32 -p 1 --no-bias --vary groups=1,2,4,5,16
--in 16 --out 32 -p 3 --vary kernel-size=1:7:2
--in 16 --out 32 --vary kernel-size=1,3,5 --vary stride=1,2
--in 64 --out 64 --vary kernel-size=1x3,3x1,3x3
--in 16 --out 32 --vary in=8:64:8
--in 16 --vary out=8:64:8
--vary in=1,2 --vary out=3,4
--in 16 --out 32 --vary size=1:16:3
--in 16 --out 32 --vary batch=1,2,4
--in 16 --out 32 --vary padding=0,1,same,valid,0:1
--in 16 --out 32 --vary dilation=1:40:13
--in 16 --out 32 --transposed -s 3 --vary output-padding=0,1,2,3
--in 16 --out 32 --transposed --vary stride=1:4:1 --vary padding=0,1
--in 16 --out 32 --dims 1 --size 100 --vary kernel-size=3:9:3
--in 16 --out 32 --dims 3 --size 9 --vary kernel-size=1x3x3,3 --batch 2
examples/mobilenet-v1.yaml --vary width=0.25:1:0.25
examples/mobilenet-v1.yaml --vary width=0.25:1:0.25 --vary size=128:224:32
examples/mobilenet-v1.yaml --vary size=1,7,32x64 --set width=0.5
examples/mobilenet-v2.yaml --vary width=0.5,0.75,1,1.4
examples/resnext50-32x4d.yaml --vary groups=1,2,32,33
examples/densenet121.yaml --vary growth=12,32
examples/unet.yaml --vary size=63,64,128
examples/m5.yaml --vary batch=1,8 --vary size=1000,8000
examples/r3d18.yaml --vary size=8x56x56,16x112x112
tests/cases/good/repeats.yaml --vary n=0:5:1
tests/cases/good/expressions.yaml --vary size=5,9
tests/cases/good/blocks.yaml --vary batch=1:3:1
- --vary size=224
"""
"""Sweeps, in every format."""

BAD_SWEEPS = """

--in 16 --out 32
--vary groups=1,2
--in 16 --out 32 --vary groups
--in 16 --out 32 --vary groups=
--in 16 --out 32 --vary groups=1,x
--in 16 --out 32 --vary group=1,2
--in 16 --out 32 --vary groups=1:2
--in 16 --out 32 --vary groups=1:2:0
--in 16 --out 32 --vary groups=5:1:1
--in 16 --out 32 --vary groups=1,2 --vary groups=4
--in 16 --out 32 --vary groups=1,2 --vary in=4 --vary out=4
--in 16 --out 32 --vary size=1:99999999:1 --vary batch=1:99999999:1
--in 16 --out 32 --vary groups=1,2 -g 4
--in 16 --out 32 --vary width=1,2
examples/m5.yaml --vary groups=1,2
examples/m5.yaml --vary width=1,2
examples/m5.yaml --in 4 --vary size=8000
examples/m5.yaml --vary size=1x2
examples/nosuch.yaml --vary size=8000
examples/mobilenet-v1.yaml --vary width=0.5 --set width=1
examples/mobilenet-v1.yaml --vary width=0.5 --set depth=1
tests/cases/bad/flag-yes.yaml --vary size=8
examples/m5.yaml examples/vgg16.yaml --vary size=8
"""
"""Sweeps that cannot be."""

AUDITS = """
--all --sort macs -f json
--all --sort params --top 3 -f csv
--all --top 5 -f table
--sort activation -f markdown
--sort macs --top 10 -f table
--batch 4 --dtype float16 --groups 3,16 -f json
--size 64 -f json
--set width=0.5 -f json
"""
"""Flags of audit, for each network that is one."""

BAD_AUDITS = """

nosuch.yaml
examples
examples/m5.yaml nosuch.yaml
examples/m5.yaml --size 0
examples/m5.yaml --size 1x2x3
examples/m5.yaml --size x
examples/m5.yaml --batch 0
examples/m5.yaml --dtype float8
examples/m5.yaml --groups 0
examples/m5.yaml --groups x
examples/m5.yaml --groups ,
examples/m5.yaml --groups 2,2
examples/m5.yaml --sort name
examples/m5.yaml --top 0
examples/m5.yaml --top x
examples/m5.yaml --set width
examples/m5.yaml --set width=
examples/m5.yaml --set width=x
examples/m5.yaml --set width=1
examples/mobilenet-v1.yaml --set widht=1
examples/mobilenet-v1.yaml --set width=0
examples/mobilenet-v1.yaml --set width=0.1 --set width=0.2
examples/mobilenet-v1.yaml --set width=1/2
examples/m5.yaml --seed 1
examples/m5.yaml --al
examples/m5.yaml -f sarif
examples/m5.yaml examples/m5.yaml
examples/m5.yaml - -
- -
"""
"""Audits that cannot be, or nearly so."""

CHECKS = """
--max-params 1k --max-macs 1M -f json
--max-flops 1k --max-peak-activation 1KiB --max-activation 1KiB -f csv
--max-weight 1KiB --max-input 1B --max-torchsummary 1KiB -f json
--max-layer-share 20% -f json
--kernel-sizes 1,5 -f csv
--groups-multiple-of 3 --channels-multiple-of 7 -f json
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f sarif
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f junit
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f gitlab
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f github
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f concise
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f table
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f markdown
--max-params 200M --max-macs 200G --max-peak-activation 300MiB -f json
"""
"""Limits, for each network that is one."""

BAD_CHECKS = """
nosuch.yaml
nosuch
odd/none
examples/m5.yaml --max-params
examples/m5.yaml --max-params x
examples/m5.yaml --max-params -1
examples/m5.yaml --max-params 1.5
examples/m5.yaml --max-params 1KiB
examples/m5.yaml --max-params 0
examples/m5.yaml --max-weight 1k
examples/m5.yaml --max-weight 1XiB
examples/m5.yaml --max-parms 1k
examples/m5.yaml --max-layer-share 40
examples/m5.yaml --max-layer-share 101%
examples/m5.yaml --max-layer-share 0%
examples/m5.yaml --kernel-sizes ""
examples/m5.yaml --kernel-sizes 1,x
examples/m5.yaml --kernel-sizes 0
examples/m5.yaml --groups-multiple-of 0
examples/m5.yaml --channels-multiple-of x
examples/m5.yaml --against nosuch.json
examples/m5.yaml --against examples/m5.yaml
examples/m5.yaml --against ""
examples/m5.yaml --against configs/not-met.json
examples/m5.yaml --against configs/broken.json
examples/m5.yaml --against configs/other.json
examples/m5.yaml --allow params=+2%
examples/m5.yaml --update
examples/alexnet.yaml --against smaller.json --allow params
examples/alexnet.yaml --against smaller.json --allow params=2%
examples/alexnet.yaml --against smaller.json --allow param=+2%
examples/alexnet.yaml --against smaller.json --allow params=+x
examples/m5.yaml --config nosuch.toml
examples/m5.yaml --config ""
examples/m5.yaml --seed 1
examples/m5.yaml -f yaml
examples/m5.yaml examples/m5.yaml
examples/README.md
examples/README.md --skip-other
- -
"""
"""Checks that cannot be, or nearly so."""

AGAINST = """
--against smaller.json
--against smaller.json --allow params=+2%
--against smaller.json --allow params=+200M --allow macs=+10M
--against smaller.json --allow params=+1000% --allow macs=+1000% --allow peak_activation=+1GiB
"""
"""Checks of examples against a snapshot in which networks are smaller than now."""

OTHERS = """
--help
-h
layer --help
audit --help
sweep --help
check --help
diff --help
snapshot --help
rule --help
schema --help
examples --help
--version

-x
--hlep
layr
layer layer
audits
rule
rule CC999
rule cc101
rule over-budget
rule over-budgets
rule CC101 CC102
schema
schema extra
examples
examples nosuch
examples resnet
examples alexnet vgg16
snapshot
snapshot nosuch
snapshot examples
snapshot examples tests/cases/good
snapshot tests/cases/bad
snapshot tests/cases/bad/flag-yes.yaml examples/m5.yaml
snapshot odd
snapshot odd --skip-other
snapshot odd/other.yaml
snapshot odd/other.yaml examples/m5.yaml --skip-other
snapshot -
snapshot examples -f json
diff
diff examples/m5.yaml
diff examples/m5.yaml nosuch.yaml
diff nosuch.yaml examples/m5.yaml
diff HEAD:examples/m5.yaml examples/m5.yaml
diff examples/m5.yaml examples/vgg16.yaml --fail-on params
diff examples/m5.yaml examples/vgg16.yaml --fail-on parms=+2%
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=-2%
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=+2% --fail-on macs=+1k -f json
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=+1G --fail-on macs=+99999% -f json
diff examples/m5.yaml examples/vgg16.yaml -f sarif
diff examples/m5.yaml examples/vgg16.yaml examples/unet.yaml
diff examples/m5.yaml -
diff - -
layer --in 4 --out 4 -o ""
layer --in 4 --out 4 -o -
layer --in 4 --out 4 -o examples
layer --in 4 --out 4 -o {out}/nosuch/x.json
layer --in 4 --out 4 -o {out}/ -f json
audit examples/m5.yaml -o examples/m5.yaml
audit examples/m5.yaml -f json -o {out}/x.json --html {out}/x.json
audit - -f json
audit examples/m5.yaml - --batch 2 -f json
audit examples/m5.yaml --plot {out}/x.txt
layer --in 4 --out 4 --plot {out}/x
layer --in 4 --out 4 --plot ""
check examples --against smaller.json --update -o smaller.json
"""
"""Other commands, one each."""

PICTURES = """
audit examples/m5.yaml -f json --html {out}/x.html
audit examples/resnet18.yaml examples/m5.yaml -f json --html {out}/x.html
audit tests/cases/good/names.yaml tests/cases/bad/flag-yes.yaml -f json --html {out}/x.html
audit examples/m5.yaml -f json --plot {out}/x.svg
layer --in 16 --out 32 -g 4 -f json --plot {out}/x.svg
sweep --in 16 --out 32 --vary groups=1,2,4,8 -f json --plot {out}/x.svg
sweep --in 16 --out 32 --vary groups=1,2,3 --vary stride=1,2 -f json --plot {out}/x.svg
"""
"""Commands that draw."""

IN_REPO = """
diff HEAD:net.yaml net.yaml
diff HEAD~1:net.yaml HEAD:net.yaml
diff HEAD~1:net.yaml net.yaml --fail-on params=+2%
diff HEAD:nosuch.yaml net.yaml
diff HEAD~9:net.yaml net.yaml
diff HEAD:./net.yaml net.yaml
"""
"""Commands in a folder that git knows."""

COMPLETIONS = ("convcalc ", "convcalc la", "convcalc check --max-", "convcalc audit -f ")

PROJECT = """
[[check]]
files = ["mobile/**"]
max-params = "3M"
max-macs = "200M"
max-peak-activation = "2MiB"

[[check]]
files = ["*.yaml", "mobile/*2*"]
level = "warn"
max-layer-share = "10%"
kernel-sizes = [1, 3]
groups-multiple-of = 7
channels-multiple-of = 16

[[check]]
max-weight = "100MiB"
"""
"""The settings of a folder; `pyproject/` has the same under `tool.convcalc`."""

CONFIGS = {
    "empty.toml": "",
    "broken.toml": "[[check\n",
    "unknown.toml": "[[check]]\nmax-parms = 1\n",
    "unknown-table.toml": "[chek]\nmax-params = 1\n",
    "no-list.toml": "[check]\nmax-params = 1\n",
    "level.toml": '[[check]]\nlevel = "info"\nmax-params = 1\n',
    "nothing.toml": '[[check]]\nfiles = ["*"]\n',
    "value.toml": '[[check]]\nmax-params = "x"\n',
    "float.toml": "[[check]]\nmax-params = 1.5\n",
    "share.toml": '[[check]]\nmax-layer-share = "40"\n',
    "pattern.toml": '[[check]]\nfiles = ["../*"]\nmax-params = 1\n',
    "no-pattern.toml": "[[check]]\nfiles = []\nmax-params = 1\n",
    "idle.toml": '[[check]]\nfiles = ["nets/*"]\nmax-params = 1\n',
    "warn.toml": '[[check]]\nlevel = "warn"\nmax-params = 1\nkernel-sizes = [2]\n',
    "all.toml": "[[check]]\nmax-params = 1\nmax-input = 1\nchannels-multiple-of = 1000\n",
}
"""Files for `--config`."""

ODD = {
    "odd/empty.yaml": b"",
    "odd/comment.yaml": b"# nothing\n",
    "odd/bytes.yaml": b"input: [3, 8, 8]\nname: \xff\nlayers: [relu]\n",
    "odd/nul.yaml": b"input: [3, 8, 8]\0\n",
    "odd/mark.yaml": b"\xef\xbb\xbfinput: [3, 8, 8]\nlayers: [relu]\n",
    "odd/lines.yaml": b"input: [3, 8, 8]\r\nlayers:\r\n  - relu\r\n  - rellu\r\n",
    "odd/tabs.yaml": b"input: [3, 8, 8]\nlayers:\n\t- relu\n",
    "odd/two.yaml": b"input: [3, 8, 8]\nlayers: [relu]\n---\ninput: [3, 8, 8]\nlayers: [relu]\n",
    "odd/other.yaml": b"services: {a: 1}\n",
    "odd/list.yaml": b"- a\n- b\n",
    "odd/typo.yaml": b"inputs: [3, 8, 8]\nlayer: [relu]\n",
    "odd/with space, and = comma.yaml": b"input: [3, 8, 8]\nlayers: [relu]\n",
    "odd/=name.yaml": b"name: '=1+1'\ninput: [3, 8, 8]\nlayers: [{relu: , name: unread}]\n",
    "odd/\xe9\U0001f600.yaml": "name: \xe9\U0001f600\ninput: [3]\nlayers: [x]\n".encode(),
    "odd/::error.yml": b"name: '::error::x'\ninput: [3, 8, 8]\nlayers: [relu, {add: [[], x]}]\n",
    "odd/.hidden/net.yaml": b"input: [3, 8, 8]\nlayers: [rellu]\n",
    "odd/none/readme.txt": b"nothing here\n",
    "configs/broken.json": b"{",
    "configs/other.json": b"{}",
    "configs/not-met.json": b'{"convcalc_snapshot": 1, "networks": {}}',
}
"""Files that are no networks, or have names that need care."""


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


def kind_of(words: Sequence[str]) -> str:
    """What a command writes to standard output."""
    if not words or "--help" in words or "-h" in words:
        return "text"
    formats = [value for flag, value in pairwise(words) if flag == "-f"]
    if formats:
        return formats[-1]
    usual = {"snapshot": "json", "schema": "schema"}
    if words[0] == "examples" and len(words) > 1:
        return "yaml"
    if words[0] in ("layer", "audit", "sweep", "check", "diff"):
        return "table"
    return usual.get(words[0], "text")


STRING = r'"(?:[^"\\]|\\.)+"'
"""A text in JSON that is not empty."""
CELL = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)(,|\n|\Z)')
TIME = re.compile(r"[\d,]+\.\d (?:us|ms|s)\b.*")
GAPS = re.compile(r" {2,}|─{2,}")
MASK = "***"


def keys(kind: str, masked: Iterable[tuple[str, str]]) -> str:
    """The keys of a kind, as a pattern."""
    return "|".join(re.escape(key) for each, key in masked if each == kind)


def without_times(text: str, kind: str, *, is_timed: bool) -> str:
    """Output without what no two runs agree on."""
    if kind == "json":
        return re.sub(rf'("(?:{keys(kind, TIMES)})": )[\d.e+-]+', rf"\1{MASK}", text)
    if kind == "csv":
        return without_columns(text, keys(kind, TIMES))
    if is_timed and (kind, "time") in TIMES:
        return "\n".join(GAPS.sub("  ", TIME.sub(MASK, line)) for line in text.split("\n"))
    return text


def without_columns(text: str, names: str) -> str:
    """CSV as it is, with a mask for cells that say something in columns of these names."""
    header, newline, rows = text.partition("\n")
    masked = {at for at, name in enumerate(header.split(",")) if re.fullmatch(names, name)}
    pieces, column = [header, newline], 0
    for found in CELL.finditer(rows):
        cell, end = found.groups()
        pieces.append(f"{MASK if cell and column in masked else cell}{end}")
        column = column + 1 if end == "," else 0
    return "".join(pieces)


def without_texts(text: str, kind: str) -> str:
    """Output that programs read without what is written for people."""
    masks: dict[str, Callable[[str], str]] = {
        "json": json_without_texts,
        "schema": lambda text: without_strings(text, keys("schema", TEXTS)),
        "csv": lambda text: without_columns(text, keys("csv", TEXTS)),
        "sarif": sarif_without_texts,
        "gitlab": gitlab_without_texts,
        "junit": junit_without_texts,
        "github": lambda text: re.sub(r"(?m)^(::\w+ .*?::).*", rf"\1{MASK}", text),
    }
    return masks[kind](text) if kind in masks else text


def without_strings(text: str, names: str) -> str:
    """JSON as it is, with a mask for the strings of some keys."""
    return re.sub(rf'("(?:{names})": ){STRING}', rf'\1"{MASK}"', text)


def json_without_texts(text: str) -> str:
    """Reports and snapshots."""
    return without_strings(text, keys("json", TEXTS))


def sarif_without_texts(text: str) -> str:
    """Each text stands in an object of its own."""
    texts = re.compile(rf'("(?:{keys("sarif", TEXTS)})": {{\s*"text": ){STRING}')
    return numbered(texts.sub(rf'\1"{MASK}"', text), "convcalc/v1")


def gitlab_without_texts(text: str) -> str:
    """The code of a finding stands before what is said of it."""
    said = re.compile(r'("description": "CC\d+: )(?:[^"\\]|\\.)*"')
    return numbered(said.sub(rf'\1{MASK}"', text), "fingerprint")


def junit_without_texts(text: str) -> str:
    """In elements, a place and a code stand before what is said of a finding."""
    text = re.sub(r"""( message=)(?:"[^"]*"|'[^']*')""", rf'\1"{MASK}"', text)
    elements = keys("junit", TEXTS)
    said = rf"(<(?:{elements})[ >][^<]*?: CC\d+ (?:warning: )?)[^<]*(</)"
    return re.sub(said, rf"\1{MASK}\2", text)


def numbered(text: str, key: str) -> str:
    """JSON with numbers for hashes: those that were equal are, and others are not."""
    seen: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f'{found[1]}"{seen.setdefault(found[2], len(seen) + 1)}"'

    return re.sub(rf'("{re.escape(key)}": )({STRING})', number, text)


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
