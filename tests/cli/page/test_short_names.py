"""Names that are cut to fit stay as different as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc_cli.short_names import shortened

BLOCKS = [f"stage{s}.{b}.conv_{c}" for s in range(1, 5) for b in range(3) for c in (1, 2)]


@pytest.mark.parametrize("width", range(8, 20))
@pytest.mark.parametrize(
    "names",
    [
        BLOCKS,
        [f"{'x' * 98}{number}{'y' * 98}" for number in range(30)],
        [f"{'x' * 190}{number}" for number in range(30)],
        [f"{number}{'y' * 190}" for number in range(30)],
        [f"{'x' * number}y{'x' * (190 - number)}" for number in range(0, 190, 7)],
        ["a" * number for number in range(1, 60)],
    ],
)
def test_names_stay_apart(names: list[str], width: int) -> None:
    short = shortened(names, width, "~")
    assert len({*short}) == len(names)
    assert max(map(len, short)) <= width


@given(st.lists(st.text("ab.", max_size=40), max_size=12), st.integers(8, 20))
def test_any_names(names: list[str], width: int) -> None:
    short = shortened(names, width, "~")
    assert len({*short}) == len({*names})
    assert all(len(each) <= width for each in short)
    assert [one for one, other in zip(short, names, strict=True) if len(other) <= width] == [
        other for other in names if len(other) <= width
    ]


def test_a_name_alone_loses_its_middle() -> None:
    assert shortened(["features.denseblock", "b"], 9, "~") == ["feat~lock", "b"]


def test_equal_names_stay_equal() -> None:
    assert shortened(["stage1.conv_1"] * 2, 9, "~") == ["stag~nv_1"] * 2


def test_many_names_are_cut_quickly() -> None:
    """Beyond some thousand names only the middle is lost: nobody reads as many."""
    names = [f"stage{number}.conv" for number in range(100_000)]
    assert shortened(names, 9, "~")[:2] == ["stag~conv"] * 2
