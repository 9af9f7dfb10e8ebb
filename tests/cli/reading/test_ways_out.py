"""`convcalc check` says what would fit."""

from pathlib import Path

import pytest

from convcalc_cli.reading import ways_out
from support.checks import check, concise

# At size n: the stem 27 * 8 MACs and 8 channels at n * n, the rest on one number a channel.
NET = """\
input: [3, 96, 96]
vars: {{width: 8}}
layers:
  - {{conv: $width, kernel_size: 3, padding: 1, bias: false, name: stem}}
  - {{adaptive_avg_pool: 1}}
budget: {{{budget}}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], budget: str, flags: str = "") -> str:
    """What is said behind the cause."""
    Path("net.yaml").write_text(NET.format(budget=budget))
    (line, *_) = concise(capsys, f"net.yaml {flags}")
    return line.partition(" %); ")[2] or line.partition(" KiB); ")[2]


def test_a_size_and_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """27 * 8 * n * n <= 500,000 up to n = 48; 27 * w * 96 * 96 up to w = 2."""
    assert told(capsys, "macs: 500k") == "--size 48 or --set width=2 would fit"


def test_of_params_only_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """27 params a channel."""
    assert told(capsys, "params: 140") == "--set width=5 would fit"


def test_the_peak(capsys: pytest.CaptureFixture[str]) -> None:
    """3 channels in and 8 out, 4 bytes: 44 * n * n <= 102,400 up to n = 48."""
    assert told(capsys, "peak_activation: 100KiB").startswith("--size 48 ")


def test_it_fits_all_budgets_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Of flags and of the file: 44 * n * n <= 51,200 up to n = 34."""
    assert told(capsys, "macs: 500k", "--max-peak-activation 50KiB").startswith("--size 34 would")


def test_what_is_typed_is_what_it_starts_from(capsys: pytest.CaptureFixture[str]) -> None:
    """A width of 4: 27 * 4 * n * n up to n = 68; and up to w = 2 again."""
    shown = told(capsys, "macs: 500k", "--set width=4")
    assert shown == "--size 68 or --set width=2 would fit"


def test_what_it_says_does_fit(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "macs: 500k")
    for flags, code in (("--size 48", 0), ("--size 49", 1), ("--set width=2", 0)):
        assert check(capsys, f"net.yaml {flags}").code == code


def test_nothing_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "macs: 1") == ""


def test_there_is_an_end_to_trying(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two candidates of a file of two rows, 32 times each; the next file goes without."""
    monkeypatch.setattr(ways_out, "MOST_ROWS", 128 + 63)
    for name in ("a", "b"):
        Path(f"{name}.yaml").write_text(NET.format(budget="macs: 500k"))
    one, other = concise(capsys, "a.yaml b.yaml")
    assert one.endswith("--size 48 or --set width=2 would fit")
    assert other.endswith("stem (100.0 %)")
