"""Which YAML files of a folder are networks: those with a mistake are, other files are not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.files.loading import read_file
from convcalc.files.readers import SourceFile
from convcalc.files.yaml_reader import read_text
from support.program import ROOT, run
from support.slow import slow_unless

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"
BROKEN = "input: [3, 8, 8]\nlayers:\n  - {conv: 4,\n"
BROKEN_AT_ONCE = "input: [3, 8, 8}\nlayers:\n  - {conv: 4}\n"

MISTAKEN = {
    "typo in input": "inputs: [3, 8, 8]\nlayers: [relu]\n",
    "upper case": "input: [3, 8, 8]\nLayers: [relu]\n",
    "all upper case": "INPUT: [3, 8, 8]\nLAYERS: [{convolution: 3}]\n",
    "singular": "input: [3, 8, 8]\nlayer: [relu]\n",
    "letter missing": "inpt: [3, 8, 8]\nlayers: [convolution]\n",
    "letters swapped": "input: [3, 8, 8]\nlyaers: [convolution]\n",
    "wrong letter": "imputs: [3, 8, 8]\nlayers: [convolution]\n",
    "space": '"input ": [3, 8, 8]\nlayers: [convolution]\n',
    "hyphen": "input: [3, 8, 8]\nlay-ers: [convolution]\n",
    "budgets": "budgets: {params: 1}\nlayers: [convolution]\n",
    "expected": "expected: {params: 1}\nlayers: [convolution]\n",
    "expects": "expects: {params: 1}\ninput: [3, 8, 8]\n",
    "block": "block: {}\ninput: [3, 8, 8]\n",
    "layers alone": "layers: [{conv: 4, kernel_size: 3}, relu]\n",
    "layers alone, one wrong": "layers: [{conv: 4}, {name: a, max_pool: 2}, {convolution: 3}]\n",
    "layers alone, a block": "layers: [{block: unit, repeat: 2}]\n",
    "layers alone, near": "Layer: [{conv: 4, kernel_size: 3}]\n",
    "another shape": "input_shape: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n",
    "anchors": "&a input: [3, 8, 8]\n&b layers: [relu]\nbad: [\n",
    "anchors, no fault": "&a input: [3, 8, 8]\n&b layers: [convolution]\n",
    "tags": "!!str input: [3, 8, 8]\n!k layers: [relu]\nbad: [\n",
    "tag and anchor": "!!str &a input: [3, 8, 8]\n&b !!str 'layers': [relu]\nbad: [\n",
    "question marks": "? input\n: [3, 8, 8]\n? layers\n: [relu\n",
    "question mark and quotes": "? 'input'\n: [3, 8, 8]\n? \"layers\" : [relu\n",
    "escapes": '"\\x69nput": [3, 8, 8]\n"lay\\u0065rs": [relu\n',
    "long escapes": '"\\U00000069nput": [3, 8, 8]\n"\\U0000006cayers": [relu\n',
    "no such character": '"\\Uffffffffinput": [3, 8, 8]\ninput: 3\n"layers": [relu\n',
    "flow": "{input: [3, 8, 8], layers: [relu, }",
    "JSON": '{"input": [3, 8, 8], "layers": ["relu", ',
    "flow, near": '{"inputs": [3, 8, 8], "layers": ["relu", ',
    "broken, near": "inputs: [3, 8, 8]\nlayers:\n  - {convolution: 4,\n",
    "broken, layers alone": "layers:\n  - relu\n  - {conv: 4,\n",
    "second document": "input: [3, 8, 8]\nlayers: [relu]\n---\nother: 1\n",
    "an end first": "---\n...\n---\ninput: [3, 8, 8]\nlayers: [relu]\n--- 1\n",
    "tab": "input: [3, 8, 8]\nlayers:\n\t- relu\n",
    "merged": "x-net: &net {input: [3, 8, 8], layers: [relu]}\n<<: *net\n",
    "no alias": "input: *a\nlayers: [relu]\n",
    "no spaces": "input:[3,8,8]\nlayers:[{conv: 4, kernel_size: 3}]\n",
    "layers alone, upper case": "in: [3, 8, 8]\nlayers: [{Conv: 4, kernel_size: 3}]\n",
    "sizes as text": "inputs: 3x8x8\nlayers: [convolution]\n",
    "NUL": "input: [3, 8, 8]\nlayers: [relu]\n\0",
}

OTHER = {
    "compose": (
        "x-common: &common {restart: always}\nservices:\n  web:\n    <<: *common\n"
        "    image: nginx\n    expose: [80]\nvolumes: {data: {}}\n"
    ),
    "kubernetes": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        "spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}\n"
    ),
    "kubernetes, two": "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Secret\n",
    "workflow": (
        "name: ci\non:\n  workflow_call:\n    inputs: {ref: {type: string}}\n"
        "jobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{uses: actions/checkout@v4}]\n"
    ),
    "action": "name: a\ninputs: {path: {default: .}}\noutputs: {}\nruns: {using: composite}\n",
    "mkdocs": (
        "site_name: docs\ntheme: {name: material}\nnav: [{Home: index.md}]\n"
        "markdown_extensions:\n  - pymdownx.emoji:\n      f: !!python/name:emoji.twemoji\n"
    ),
    "ansible": "- hosts: all\n  tasks:\n    - name: ping\n      ansible.builtin.ping:\n",
    "a detector": "nc: 80\nbackbone: {name: resnet18}\nhead: {name: fpn, levels: [3, 4, 5]}\n",
    "keras": (
        "class_name: Sequential\nconfig:\n  name: net\n"
        "  layers:\n    - {class_name: Conv2D, config: {filters: 4, kernel_size: [3, 3]}}\n"
    ),
    "keras, layers at the top": "name: net\nlayers:\n  - {class_name: Dense, units: 4}\n",
    "caffe": "name: LeNet\nlayers:\n  - {name: c, type: CONVOLUTION, bottom: data, top: c}\n",
    "another tool": "model: mlp\nlayers:\n  - {size: 64, dropout: 0.1}\n  - {size: 10}\n",
    "layers of another kind": "layers: {base: {image: a}, top: {image: b}}\n",
    "serverless": "service: a\nprovider: {name: aws}\nlayers: {common: {path: layer}}\n",
    "openapi": "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {/a: {get: {}}}\n",
    "conda": "name: env\nchannels: [conda-forge]\ndependencies: [python=3.12, numpy]\n",
    "pipeline": "input: {stdin: {}}\npipeline: {processors: []}\noutput: {stdout: {}}\n",
    "game": "input: {keys: wasd}\nplayers: 2\nclock: 60\n",
    "tests": "- input: 3\n  expect: 9\n- input: 4\n  expect: 16\n",
    "helm": "{{- if .Values.web }}\nkind: Service\nspec: {{ .Values.spec }}\n{{- end }}\n",
    "empty": "",
    "words": "hello\n",
    "list": "- input\n- layers\n",
    "ansible, blocks": (
        "- name: Install\n  block:\n    - name: a\n      apt: {name: x}\n"
        "  rescue:\n    - debug: {msg: x}\n"
    ),
    "a list of mappings": "- add: /a\n- add: /b\n",
    "golden text": "input: |\n  a\nexpected: |\n  b\n",
    "hydra": "name: mlp\nlayers: [relu, tanh]\n",
    "resnet of another tool": "layers: [2, 2, 2, 2]\nblock: bottleneck\n",
    "numbers": "layers: 4\nblock: BasicBlock\n",
    "number of inputs": "layer: 3\ninputs: 4\n",
    "blocked": "input: stdin\nblocked: [1]\n",
    "nothing in it": "blocks: [a]\ninputs: {}\n",
}

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
ENDS = {"CR": "\r", "CRLF": "\r\n", "NEL": "\x85", "LS": "\u2028", "PS": "\u2029"}


def judged(text: bytes) -> bool:
    return read_text(text).is_network


@pytest.fixture
def checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str]]:
    """What `check` says of a folder in which a text lies beside a good network."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)

    def check(text: str) -> tuple[int, str]:
        Path("a.yaml").write_bytes(text.encode())
        ran = run(capsys, "check .")
        return ran.code, ran.err

    return check


@pytest.mark.parametrize("text", MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistake_does_not_pass(text: str, checked: Callable[[str], tuple[int, str]]) -> None:
    assert checked(text) == (2, "2 files, 1 ok, 1 invalid\n")


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER)
def test_other_files_are_skipped(text: str, checked: Callable[[str], tuple[int, str]]) -> None:
    assert checked(text) == (0, "1 file, 1 ok, 1 other YAML file skipped\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", [BROKEN, BROKEN_AT_ONCE, "inputs: [3]\nlayers: [rellu]\n"])
def test_every_encoding(encoding: str, text: str) -> None:
    assert judged(MARKS.get(encoding, b"") + text.encode(encoding))


def test_half_a_character_too_many() -> None:
    assert judged(BROKEN.encode("utf-16") + b"\n")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_no_byte_order_mark(encoding: str) -> None:
    assert judged(BROKEN.encode(encoding))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_line_end(end: str, encoding: str) -> None:
    assert judged(BROKEN.replace("\n", end).encode(encoding))


def test_the_readers_own_cases_are_networks() -> None:
    """What is invalid when it is named is not skipped in a folder, but for next to nothing, and for
    the networks of other programs."""
    folders = ("tests/cases/good", "tests/cases/bad", "examples")
    cases = [case for folder in folders for case in ROOT.glob(f"{folder}/*.yaml")]
    cases = [case for case in cases if not case.name.startswith("ultralytics-")]
    assert len(cases) > 100
    others = {case for case in cases if case.name.startswith("ultralytics-")}
    for case in others:  # have a reader of their own
        assert read_file(SourceFile.named(str(case))).document.is_network
    skipped = {case.name for case in {*cases} - others if not judged(case.read_bytes())}
    foreign = {"file-of-keras.yaml", "file-of-ultralytics.yaml"}
    too_little = {"no-layers.yaml", "no-input.yaml", "list-at-the-top.yaml", "text-at-the-top.yaml"}
    assert skipped == too_little | foreign


HANGS = {
    "blank lines": "\n" * 40_000 + "[\0",
    "spaces": " " * 400_000 + "[\0",
    "blank lines with spaces": " \n" * 100_000 + "{,\0",
    "brackets": "{" * 200_000,
    "marks": "& " * 200_000 + "[\0",
    "quotes": "[\0" + '"' * 200_000,
    "quoted lines": "[\0" + '\n"a' * 100_000,
    "backslashes": '[\0"' + "\\x6" * 100_000,
    "colons": "[\0" + ":" * 400_000,
    "keys": "[\0\n" + "".join([f"key{at}: 1\n" for at in range(40_000)]),
    "a long key": "[\0\n" + "i" * 400_000 + ": 1",
    "many keys": "".join([f"key{at}: 1\n" for at in range(20_000)]),
}


FIRST_HANG = next(iter(HANGS.values()))


@pytest.mark.parametrize(
    "text", slow_unless(lambda text: text == FIRST_HANG, HANGS.values()), ids=HANGS
)
def test_no_text_takes_long(text: str) -> None:
    data = text.encode()
    document = read_text(data)
    begun = time.process_time()
    assert not document.is_network
    assert time.process_time() - begun < 2
