"""`check --fix`: what is certain to be meant is written, the rest of a file stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import run

WRONG = b"""\
# \xe2\x82\xac\r
input: [3, 16, 16]
layers:
  - {conv2d: 9, kernel: 3, strides: 2, name: stem}  # swish
  - maxpool: 2
    strides: 1
  - {block: last, args: {c: 3}}
expect: {params: 12, output_shape: [ 3, 4 ]}
blocks: {last: {args: {c: }, layers: [swish, {fc: $c}]}}
"""
RIGHT = b"""\
# \xe2\x82\xac\r
input: [3, 16, 16]
layers:
  - {conv: 9, kernel_size: 3, stride: 2, name: stem}  # swish
  - max_pool: 2
    stride: 1
  - {block: last, with: {c: 3}}
expect: {params: 12, output_shape: [ 3, 4 ]}
blocks: {last: {args: {c: }, layers: [silu, {linear: $c}]}}
"""


@pytest.fixture(autouse=True)
def in_folder(nets: Path) -> Path:
    return nets


def fixed(capsys: pytest.CaptureFixture[str], text: bytes, words: str = "--fix") -> bytes:
    Path("net.yaml").write_bytes(text)
    run(capsys, f"check net.yaml {words}")
    return Path("net.yaml").read_bytes()


def test_words_of_other_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    assert fixed(capsys, WRONG) == RIGHT


def test_each_edit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{conv2d: 4, kernel: 3}]\n")
    ran = run(capsys, "check net.yaml --fix")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "net.yaml: 2 edits",
        "  line 2: conv2d -> conv",
        "  line 2: kernel -> kernel_size",
        "written: net.yaml",
        "1 file, 1 ok",
    ]


EXPECTING = """\
input: [3, 8, 8]
layers: [{conv: 4, kernel_size: 3, name: a}]
expect:
  params: 5  # in the paper
  macs: 1M
  output_shape: [4, 1, 1]
  shapes: {a: [1, 2, 3]}
"""


def test_expected_figures(capsys: pytest.CaptureFixture[str]) -> None:
    changes = {"params: 5 ": "params: 112 ", "1M": "3888", "[4, 1, 1]": "[4, 6, 6]"}
    wanted = EXPECTING.replace("[1, 2, 3]", "[4, 6, 6]")
    for old, new in changes.items():
        wanted = wanted.replace(old, new)
    assert fixed(capsys, EXPECTING.encode(), "--fix") == EXPECTING.encode()
    assert fixed(capsys, EXPECTING.encode(), "--fix-expect").decode() == wanted
    assert run(capsys, "check net.yaml").code == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"input: [3, 8, 8]\nlayers: [rellu]\n",
        b"input: [3, 8, 8]\nlayers: [relu]\n",
        b"input: [3, 8, 8]\nlayers: [{conv: 4, kernel: [3, }]\n",
    ],
)
def test_what_is_not_certain_stays(capsys: pytest.CaptureFixture[str], text: bytes) -> None:
    Path("net.yaml").write_bytes(text)
    ran = run(capsys, "check net.yaml --fix --fix-expect")
    assert Path("net.yaml").read_bytes() == text
    assert "written" not in ran.err


def test_other_formats_and_standard_input_stay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = b"[net]\nchannels=3\nheight=8\nwidth=8\n[conv]\nfilters=3\n"
    Path("net.cfg").write_bytes(text)
    ran = run(capsys, "check net.cfg --fix")
    assert (Path("net.cfg").read_bytes(), "edit" in ran.err) == (text, False)


def test_figures_of_other_sizes_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text(EXPECTING)
    ran = run(capsys, "check net.yaml --fix-expect --size 16")
    assert (ran.code, Path("net.yaml").read_text()) == (2, EXPECTING)
    assert "--fix-expect" in ran.err


def test_a_report_over_a_fixed_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_bytes(WRONG)
    assert run(capsys, "check net.yaml --fix -f json -o net.yaml").code == 2
    assert Path("net.yaml").read_bytes() == WRONG


def test_a_snapshot_is_updated_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n")
    run(capsys, "snapshot net.yaml -o base.json")
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{conv2d: 4, kernel_size: 3}]\n")
    ran = run(capsys, "check net.yaml --fix --against base.json")
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "1 file, 1 ok")
