"""MobileNets (Howard et al., 2017), table 3, from the command line."""

from typing import Any

import pytest

from support.program import report

MILLION = 10**6


def paper_figures(design: dict[str, Any]) -> tuple[str, str]:
    """MACs and params in millions, as the paper rounds them."""
    macs, params = design["macs"] / MILLION, design["params"] / MILLION
    return (f"{macs:.0f}" if macs > 100 else f"{macs:.1f}", f"{params:.2f}")


def design(report: Any, name: str) -> dict[str, Any]:
    (found,) = [entry for entry in report["designs"] if entry["design"] == name]
    return dict(found)


@pytest.mark.parametrize(
    ("channels", "size", "name", "figures"),
    [
        (512, 14, "standard", ("462", "2.36")),
        (512, 14, "depthwise separable", ("52.3", "0.27")),
        (384, 14, "depthwise separable", ("29.6", "0.15")),
        (384, 10, "depthwise separable", ("15.1", "0.15")),
    ],
)
def test_table_3(
    capsys: pytest.CaptureFixture[str],
    channels: int,
    size: int,
    name: str,
    figures: tuple[str, str],
) -> None:
    command = f"layer --in {channels} --out {channels} --size {size} -k 3 -p 1 --no-bias"
    assert paper_figures(design(report(capsys, command), name)) == figures


def test_the_written_up_grouped_example(capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, "layer --in 16 --out 32 -g 4 -p 1 --size 64")
    assert found["layer"]["output_shape"] == [32, 64, 64]
    assert found["layer"]["params"] == 1184
    assert design(found, "depthwise separable")["params"] == 704
