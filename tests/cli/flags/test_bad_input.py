"""Wrong flags: one line that names the values, exit 2, nothing on stdout."""

import pytest

from convcalc_cli.page.formats import PAGE_FORMATS
from convcalc_cli.program import main
from support.program import run

LAYER = [
    ("--in 6 --out 6 -g 4", "--groups 4 does not divide --in 6"),
    ("--in 6 --out 3 -g 2", "--groups 2 does not divide --out 3"),
    (
        "--in 6 --out 6 --size 5 -k 7",
        "--kernel-size 7 spans 7 positions, but --size 5 has only 5 positions",
    ),
    ("--in 6 --out 6 -s 0", "--stride 0 is below 1"),
    ("--in 6 --out 6 -k 0", "--kernel-size 0 is below 1"),
    ("--in 6 --out 6 -p -1", "--padding -1 is negative"),
    ("--in 6 --out 6 -k 3x", "--kernel-size 3x is not a whole number, or several as in 3x5"),
    (
        "--in 6 --out 6 -k 3x3x3",
        "--kernel-size 3x3x3 has 3 values for --dims 2; did you mean --dims 3?",
    ),
    (
        "--in 6 --out 6 --size 9x9 --dims 1",
        "--size 9x9 has 2 values for --dims 1; did you mean --dims 2?",
    ),
    ("--in abc --out 6", "--in abc is not a whole number"),
    ("--in 3.0 --out 6", "--in 3.0 is not a whole number"),
    ("--in ٣ --out 6", "--in ٣ is not a whole number"),
    ("--in 1e3 --out 6", "--in 1e3 is not a whole number"),
    (
        "--in 6 --out 6 --transposed --output-padding 2 -s 2",
        "--output-padding 2 is not below --stride 2 or --dilation 1",
    ),
    (
        "--in 6 --out 6 --output-padding 1",
        "--output-padding 1 needs a transposed convolution; did you mean --transposed?",
    ),
    (f"--in {'7' * 5000} --out 6", "--in 777777777777... (5,000 characters) is above 10^15"),
    (f"--in {10**15 + 1} --out 6", "--in 1000000000000001 is above 10^15"),
    (
        "--in 6 --out 6 -p valid --transposed",
        "--padding valid has no meaning for a transposed convolution: give numbers or same; "
        "without padding nothing is cropped",
    ),
    (
        "--in 6 --out 6 -p causal",
        "--padding causal has a meaning in one dimension only, not for --dims 2",
    ),
    (
        "--in 6 --out 6 --padding-mode mirror",
        "--padding-mode mirror is not one of zeros, reflect, replicate, circular",
    ),
    (
        "--in 6 --out 6 --padding-mode reflect --transposed",
        "--padding-mode reflect has no meaning for a transposed convolution",
    ),
    (
        "--in 6 --out 6 -p 0:1:2",
        "--padding 0:1:2 is not same, valid, causal, or numbers as in 1, 0x1 or 0:1x0:1",
    ),
    ("--in 6 --out 6 -p 0:1x-1:0", "--padding 0:1x-1:0 has a value that is negative"),
    (
        "--in 6 --out 6 --transposed -p 0:9x0 --size 3",
        (
            "--padding 0:9x0:0 crops 9 positions, but --size 3 with --kernel-size 3 and --stride 1 "
            "makes only 5"
        ),
    ),
    ("--in 6 --out 6 --dims 4", "--dims 4 is not 1, 2 or 3"),
    ("--in 6 --out 6 --batch 0", "--batch 0 is below 1"),
    (
        "--in 6 --out 6 --dtype half",
        "--dtype half is not one of float64, float32, float16, bfloat16, int8",
    ),
    (
        "--in 6 --out 6 -f xml",
        f"--format xml: unknown format; choose from {', '.join([*PAGE_FORMATS, 'json', 'csv'])}",
    ),
    ("--out 6", "--in is missing (see convcalc layer --help)"),
    ("--dims 2", "--in and --out are missing (see convcalc layer --help)"),
    ("--in 6 -g 4", "--groups 4 does not divide --in 6"),
    ("--out 3 -g 2", "--groups 2 does not divide --out 3"),
    ("-s 0", "--stride 0 is below 1"),
    ("--size 5 -k 7", "--kernel-size 7 spans 7 positions, but --size 5 has only 5 positions"),
    ("--in 6 --out 6 -k 3x3x3 -s 2x2 --dims 3", "--stride 2x2 has 2 values for --dims 3"),
    (
        "--in 6 --out 6 --dtype ",
        "--dtype '' is not one of float64, float32, float16, bfloat16, int8",
    ),
    (
        f"--in 6 --out 6 -p {10**15}",
        "--size 64 would come out as (6, 2000000000000062, 2000000000000062), "
        "with a size above 10^15",
    ),
    ("--in 6 --out", "option '--out' requires an argument"),
    ("--in \x1b[31m6 --out 6", "--in \\x1b[31m6 is not a whole number"),
    ("--in \u202e6 --out 6", "--in \\u202e6 is not a whole number"),
    ("--in 6\n::error::x --out 6", "--in '6\\n::error::x' is not a whole number"),
]


@pytest.mark.parametrize(("flags", "message"), LAYER)
@pytest.mark.parametrize("output_format", ["", "json"])
def test_layer(
    capsys: pytest.CaptureFixture[str], flags: str, message: str, output_format: str
) -> None:
    chosen = ["-f", output_format] if output_format else []
    code = main(["layer", *chosen, *flags.split(" ")])
    captured = capsys.readouterr()
    assert (code, captured.out, captured.err) == (2, "", f"error: {message}\n")


@pytest.mark.parametrize(
    ("command", "beginning"),
    [
        ("layre --in 3", "error: no such command 'layre'. Did you mean 'layer'?"),
        ("layer --in 3 --out 3 --kernl 3", "error: no such option: --kernl"),
        ("layer --in 3 --out 3 5", "error: got unexpected extra argument"),
        ("--verbos", "error: no such option: --verbos"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], command: str, beginning: str) -> None:
    ran = run(capsys, command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(beginning)
    assert ran.err.count("\n") == 1


MANY = 5000


@pytest.mark.parametrize(
    "words",
    [
        ["layer", "--in", "z" * MANY],
        ["layer", "--in", "7" * MANY],
        ["layer", "--in", "3", "--out", "3", "-k", "x".join("3" * MANY)],
        ["layer", "--in", "3", "--out", "3", "-p", "\x1b" * MANY],
        ["layer", "--in", "3", "--out", "3", "-p", ":".join("1" * MANY)],
        ["layer", "--in", "3", "--out", "3", "--dtype", "z" * MANY],
        ["layer", "--in", "3", "--out", "3", "-f", "z" * MANY],
        ["layer", "--in", "3", "--out", "3", f"--{'z' * MANY}"],
        ["layer", "--in", "3", "--out", "3", "\x1b" * MANY],
        ["layer", "--in", "3", "--out", "3", f"--bias={'z' * MANY}"],
        ["z" * MANY],
    ],
)
def test_long_values_make_no_long_lines(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code = main(words)
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    (line,) = captured.err.splitlines()
    assert line.startswith("error: ")
    assert len(line) <= 510


def test_a_bare_call_shows_the_help_and_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "")
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: convcalc" in ran.err


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "layer --in 6 --out 6 -g 4 --debug")
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" in ran.err
    assert ran.err.endswith("error: --groups 4 does not divide --in 6\n")


@pytest.mark.parametrize("command", ["layer", "sweep --vary stride=1,2"])
def test_a_billion_dimensions_are_refused_at_once(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Found by a campaign: padding that is given once was multiplied out for each of them."""
    ran = run(capsys, f"{command} --in 4 --out 4 -p 1:2 --dims 1000000007 -f json")
    assert (ran.code, ran.out) == (2, "")
    assert "--dims 1000000007 is not 1, 2 or 3" in ran.err
