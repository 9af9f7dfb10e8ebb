"""Numbers as they may be typed, and the largest that are taken."""

import pytest

from support.program import report, run


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1_000", 1000),
        ("1_0_0", 100),
        ("012", 12),
        ("08", 8),
        ("+16", 16),
        ("0" * 40 + "16", 16),
    ],
)
def test_digits(capsys: pytest.CaptureFixture[str], typed: str, number: int) -> None:
    found = report(capsys, f"layer --in {typed} --out {typed} -k 1 --size {typed}x0_7 -g 1")
    assert found["layer"]["input_shapes"] == [[number, number, 7]]
    assert found["layer"]["weights"]["weight"] == [number, number, 1, 1]


@pytest.mark.parametrize("typed", ["1__000", "_1", "1_", "0x10", "1,000", "1'000", "--1"])
def test_what_is_no_number(capsys: pytest.CaptureFixture[str], typed: str) -> None:
    ran = run(capsys, f"layer --in={typed} --out 1")
    assert ran == (2, "", f"error: --in {typed} is not a whole number\n")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("1" + "0" * 15, None),
        ("1_000_000_000_000_000", None),
        ("1" + "0" * 14 + "1", "1" + "0" * 14 + "1"),
        ("7" * 30, "7" * 30),
        ("7" * 31, "777777777777... (31 characters)"),
        ("7" * 4301, "777777777777... (4,301 characters)"),
    ],
)
def test_the_limit_of_a_number(
    capsys: pytest.CaptureFixture[str], typed: str, named: str | None
) -> None:
    ran = run(capsys, f"layer --in {typed} --out 1 -f csv")
    told = f"error: --in {named} is above 10^15\n" if named else ""
    assert (ran.code, ran.err) == (2 if named else 0, told)


def test_the_limit_of_an_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Padding of 1 on both sides, a kernel of 1: the output has two positions more."""
    line = "layer --in 1 --out 1 -k 1 -p 1 --dims 1 --no-bias --size"
    found = report(capsys, f"{line} {10**15 - 2}")
    assert found["totals"]["output_shape"] == [1, 1_000_000_000_000_000]
    assert run(capsys, f"{line} {10**15 - 1}") == (
        2,
        "",
        "error: --size 999999999999999 would come out as (1, 1000000000000001), "
        "with a size above 10^15\n",
    )
