"""The windows that make one size of another, against PyTorch's formulas over every window."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from convcalc import SpecError, solve_shape


def output(size: int, k: int, s: int, p: int, d: int) -> int:
    room = size + 2 * p - d * (k - 1) - 1
    return room // s + 1 if room >= 0 else 0


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("size", [1, 5, 14, 28])
def test_all_equal_paddings_and_their_sizes_are_found(size: int, dilation: int) -> None:
    for to in range(1, 31):
        wanted = {
            (k, s, p)
            for k in range(1, 8)
            for s in range(1, 8)
            for p in range(dilation * (k - 1) + 1)
            if output(size, k, s, p, dilation) == to
        }
        found = solve_shape(size, to, dilation=dilation, max_kernel=7)
        equal = [each for each in found if isinstance(each.padding, int)]
        assert {(each.kernel_size, each.stride, each.padding) for each in equal} == wanted
        for each in equal:
            p = int(each.padding)  # type: ignore[arg-type]
            sizes = [
                i
                for i in range(1, 400)
                if output(i, each.kernel_size, each.stride, p, dilation) == to
            ]
            assert (sizes[0], sizes[-1]) == each.sizes


def test_unequal_padding_where_no_equal_one_gives_the_size() -> None:
    (window,) = solve_shape(56, 56, kernel_size=4, stride=1)
    assert window.padding == (1, 2)


@pytest.mark.parametrize("size", [1, 7, 16])
def test_transposed_windows(size: int) -> None:
    for to in range(1, 60):
        wanted = {
            (k, s, p, more)
            for k in range(1, 6)
            for s in range(1, 6)
            for p in range(k)
            for more in range(s)
            if (size - 1) * s - 2 * p + k + more == to
        }
        found = solve_shape(size, to, transposed=True, max_kernel=5)
        assert {(w.kernel_size, w.stride, w.padding, w.output_padding) for w in found} == wanted


def test_the_cheapest_is_first() -> None:
    kernels = [window.kernel_size for window in solve_shape(224, 112)]
    assert kernels == sorted(kernels)


@pytest.mark.parametrize("given", [{"size": 0}, {"to": -1}, {"kernel_size": 0}, {"stride": True}])
def test_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        solve_shape(**{"size": 9, "to": 9, **given})


def test_each_dimension_has_windows_of_its_own() -> None:
    for size, to in [((14, 9), (7, 5)), ((8, 8), (8, 8)), ((5, 30), (9, 60))]:
        for transposed in (False, True):
            given: dict[str, Any] = {"transposed": transposed}
            for k, s in product([(3, 4), (2, 2)], [(2, 2), (1, 2)]):
                one, other = [
                    solve_shape(size[at], to[at], kernel_size=k[at], stride=s[at], **given)
                    for at in (0, 1)
                ]
                found = solve_shape(size, to, kernel_size=k, stride=s, **given)
                assert found == list(product(one, other))


def test_kernels_and_strides_that_are_tried_are_the_same_in_all_dimensions() -> None:
    found = solve_shape((12, 9), (12, 9), max_kernel=5)
    assert {one.kernel_size - other.kernel_size for one, other in found} == {0}
    assert {one.stride - other.stride for one, other in found} == {0}


@pytest.mark.parametrize("given", [{"to": (3, 3, 3)}, {"kernel_size": (3,)}, {"size": (9,) * 4}])
def test_another_number_of_dimensions_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        solve_shape(**{"size": (9, 9), "to": 9, **given})


def test_too_many_windows_are_refused() -> None:
    with pytest.raises(SpecError, match="100,000 windows"):
        solve_shape((900, 900), 1, max_kernel=1000)


def test_too_many_kernels_are_refused() -> None:
    with pytest.raises(SpecError, match="1,000"):
        solve_shape(9, 9, max_kernel=10**9)
