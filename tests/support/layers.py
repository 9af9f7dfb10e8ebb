"""Random small layers, as plain parameters."""

from typing import Any

from hypothesis import strategies as st


@st.composite
def convolutions(draw: st.DrawFn, *, transposed: bool = False, dims: int | None = None) -> Any:
    """Parameters of a layer and the shape of its input; most of them fit together, some do not."""
    dims = dims or draw(st.integers(1, 3))
    most = {1: 9, 2: 6, 3: 4}[dims]
    groups = draw(st.integers(1, 3))

    def each(least: int, largest: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, largest)) for _ in range(dims))

    parameters: dict[str, Any] = {
        "in_channels": groups * draw(st.integers(1, 3)),
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": each(1, 3),
        "stride": each(1, 3),
        "dilation": each(1, 3),
        "groups": groups,
        "bias": draw(st.booleans()),
        "padding": tuple(zip(each(0, 2), each(0, 2), strict=True)),
    }
    if transposed:
        parameters["output_padding"] = each(0, 2)
    return parameters, (parameters["in_channels"], *each(1, most))
