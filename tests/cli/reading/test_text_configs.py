"""Darknet and Caffe files at the command line: how they are found, named, and kept in bounds."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from convcalc.files.readers import SourceFile, reader_of
from support.program import Run, run

NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
CONV = "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
CFG = NET + CONV
HEAD = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
LAYER = (
    'layer {\n  name: "conv"\n  type: "Convolution"\n  bottom: "data"\n  top: "conv"\n'
    "  convolution_param { num_output: 4 kernel_size: 3 }\n}\n"
)
PROTOTXT = HEAD + LAYER
OTHERS = {
    "setup.cfg": "[metadata]\nname = x\n\n[options]\npackages = find:\n",
    "host.cfg": "[network]\naddress = 10.0.0.1\n",
    "empty.cfg": "",
    "solver.prototxt": 'net: "train.prototxt"\nbase_lr: 0.01\n',
    "labels.prototxt": 'item {\n  name: "cat"\n  id: 1\n}\n',
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def format_of(name: str, text: str) -> str:
    """The format of a file."""
    return reader_of(name, SourceFile.of(text.encode(), name).open()).format


def totals(capsys: pytest.CaptureFixture[str], words: str) -> Any:
    """The totals of a network, as JSON has them."""
    return json.loads(run(capsys, f"audit {words} -f json").out)["networks"][0]["totals"]


class TestRecognition:
    @pytest.mark.parametrize("name", ["net.cfg", "NET.CFG", "net.txt", "-"])
    def test_darknet(self, name: str) -> None:
        assert format_of(name, f"# a comment\n\n{CFG}") == "darknet"

    @pytest.mark.parametrize("name", ["net.prototxt", "net.txt", "-"])
    @pytest.mark.parametrize("layer", ["layer {", "layers {", "layer: <", "layer{ # first\n"])
    def test_caffe(self, name: str, layer: str) -> None:
        assert format_of(name, f'{HEAD}{layer} name: "x" type: "ReLU"') == "caffe"

    def test_yaml_is_neither(self) -> None:
        assert format_of("-", "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]") == "yaml"
        assert format_of("net.yaml", CFG) == "yaml"

    def test_in_folders(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("good.cfg").write_text(CFG)
        Path("good.prototxt").write_text(PROTOTXT)
        for name, text in OTHERS.items():
            Path(name).write_text(text)
        assert run(capsys, "check .").err.startswith("2 files, 2 ok, 5 other ")

    @pytest.mark.parametrize("name", OTHERS)
    def test_other_files_that_are_named(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path(name).write_text(OTHERS[name])
        assert run(capsys, f"audit {name}").code == 2

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.cfg", f"{NET}[maxpol]\nsize=2\n"),
            ("b.cfg", f"[net]\n{CONV}"),
            ("c.prototxt", PROTOTXT[:-3]),
            ("d.prototxt", PROTOTXT.replace("Convolution", "Convolutoin")),
        ],
    )
    def test_networks_with_mistakes_are_networks(
        self, name: str, text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path(name).write_text(text)
        ran = run(capsys, "check .")
        assert (ran.code, ran.err) == (2, "1 file, 0 ok, 1 invalid\n")


def test_both_give_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cfg").write_text(CFG)
    Path("net.prototxt").write_text(PROTOTXT.replace("kernel_size: 3", "kernel_size: 3 pad: 1"))
    for size in (8, 20):
        for file in ("net.cfg", "net.prototxt"):
            found = totals(capsys, f"{file} --size {size}")
            assert (found["params"], found["macs"]) == (3 * 4 * 9 + 4, 3 * 4 * 9 * size * size)
    assert totals(capsys, "net.cfg --batch 3")["macs"] == 3 * 3 * 4 * 9 * 64


def test_rows_have_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cfg").write_text(CFG)
    Path("net.prototxt").write_text(PROTOTXT)
    found = run(capsys, "audit net.cfg net.prototxt -f json").out
    one, other = json.loads(found)["networks"]
    assert [(row["name"], row["line"]) for row in one["layers"]] == [
        ("L0.convolutional", 5),
        ("L0.convolutional.leaky_relu", 5),
    ]
    assert [(row["name"], row["line"]) for row in other["layers"]] == [("conv", 2)]


def test_a_finding_at_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cfg").write_text(CFG)
    ran = run(capsys, "check net.cfg --kernel-sizes 1 --format concise")
    assert ran.code == 1
    assert ran.out.startswith("net.cfg:5:1: CC103 L0.convolutional has a kernel of 3x3")


def test_a_warning_at_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cfg").write_text(f"{CFG}[yolo]\nclasses=1\nnum=3\n")
    assert run(capsys, "audit net.cfg -f csv").err == (
        "net.cfg:6:1: CC006 warning: filters=4 before [yolo], which needs "
        "(1 classes + 5) x 3 masks = 18\n    filters=4\n    ^^^^^^^^^\n"
    )


def test_verify(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy")
    Path("net.cfg").write_text(
        f"{NET}{CONV}batch_normalize=1\n[max]\nsize=2\nstride=2\n[route]\nlayers=-1\ngroups=2\n"
        f"group_id=1\n{CONV}[shortcut]\nfrom=-2\n[connected]\noutput=5\n"
    )
    Path("net.prototxt").write_text(
        PROTOTXT + 'layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }\n'
        'layer { name: "s" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true'
        ' } }\nlayer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { '
        'kernel_size: 3 stride: 2 pad: 1 } }\nlayer { name: "fc" type: "InnerProduct" bottom: '
        '"pool" top: "fc" inner_product_param { num_output: 5 } }\n'
    )
    for file in ("net.cfg", "net.prototxt"):
        assert run(capsys, f"audit {file} --verify").code == 0


HOSTILE = {
    "blank.cfg": NET + "\n" * 1_000_000,
    "large.cfg": "[" * 2**21,
    "sections.cfg": NET + "[max]\n" * 100_000,
    "digits.cfg": f"{NET}[conv]\nfilters={'9' * 900_000}\n",
    "list.cfg": f"{NET}{CONV}[route]\nlayers={'0,' * 400_000}0\n",
    "doubled.cfg": NET + CONV + "[route]\nlayers=-1,-1\n" * 1_000,
    "control.cfg": f"{NET}[\x1b[31m\0::error::]\n",
    "deep.prototxt": "layer { " * 100_000,
    "quotes.prototxt": 'name: "' + "\\" * 1_000_000,
    "large.prototxt": "#" * 2**21,
    "digits.prototxt": PROTOTXT.replace("num_output: 4", f"num_output: {'9' * 900_000}"),
    "doubled.prototxt": HEAD
    + 'layer { name: "x" type: "Concat" bottom: "data" bottom: "data" top: "data" }\n' * 2_000,
    "bottoms.prototxt": HEAD + 'layer { type: "Eltwise" ' + 'bottom: "data" ' * 60_000 + "}",
    "control.prototxt": PROTOTXT.replace('"Convolution"', '"\x1b[31m\0"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(HOSTILE[name].encode())
    began = time.process_time()
    ran: Run = run(capsys, f"audit {name}")
    assert time.process_time() - began < 20  # it takes a second at most, on its own
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(name)
    assert "\x1b" not in ran.err
    assert "\0" not in ran.err
    assert len(ran.err) < 1_000
