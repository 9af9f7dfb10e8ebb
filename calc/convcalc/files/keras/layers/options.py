"""Arguments of functions that are no tensors, wherever a file has them."""

from __future__ import annotations

from typing import Any

from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.fields import Fields
from convcalc.files.keras.site import Site

AXIS_KEYS = ("axis", "axes", "dim")


def option(site: Site, key: str, at: int = 1) -> Any:
    """An argument that is no tensor: by its name, from the config, or by its position.

    >>> from convcalc.files.graph.rows import Rows
    >>> option(Site.alone(Rows(), "Mean", {"axis": 1}), "axis")
    1
    """
    if key in site.kwargs:
        return site.kwargs[key]
    if key in site.layer.config:
        return site.layer.config[key]
    return site.args[at] if len(site.args) > at else None


def own_axis(site: Site, tensor: Tensor, value: object) -> int:
    """An axis behind the batch.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=2)
    >>> own_axis(Site.alone(rows, "Mean", {}, x), x, -1)
    2
    """
    return Fields({"axis": value}).axis("axis", value, tensor.rank - site.lead) + site.lead


def own_axes(site: Site, tensor: Tensor) -> list[int] | None:
    """The axes that a reduction names; None for all of them, the batch's too.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=2)
    >>> own_axes(Site.alone(rows, "Mean", {"axis": [1, -1]}, x), x)
    [1, 2]
    """
    value = next((v for v in (option(site, key) for key in AXIS_KEYS) if v is not None), None)
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [own_axis(site, tensor, item) for item in items]
