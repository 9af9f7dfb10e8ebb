"""Attention: projections as linear layers, and products of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.errors import value_text
from convcalc.files.graph.arranging import arranged
from convcalc.files.graph.merging import merged
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.products import linear
from convcalc.files.graph.rows import MOST_AXES
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.site import Mapper, Site
from convcalc.records import NamedTuple


class _Heads(NamedTuple):
    """The values of an attention layer and the sizes that its config gives."""

    query: Tensor
    value: Tensor
    key: Tensor
    heads: int
    key_heads: int
    key_size: int
    value_size: int
    output: int


def _operands(site: Site) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key; without a key it is the value."""
    found = [each for each in site.args if type(each) is Tensor]
    query, value, key = [
        site.kwargs.get(name, found[at] if at < len(found) else None)
        for at, name in enumerate(("query", "value", "key"))
    ]
    if type(query) is not Tensor or type(value) is not Tensor:
        raise KerasError("the layer needs a query and a value")
    return query, value, key if type(key) is Tensor else value


def _multi_head(site: Site) -> Sequence[Tensor]:
    fields = site.fields
    query, value, key = _operands(site)
    heads, size = fields.whole("num_heads"), fields.whole("key_dim")
    value_size = size if fields.get("value_dim") is None else fields.whole("value_dim")
    shape = fields.get("output_shape")
    output = [query.sizes[-1]] if shape is None else shape if isinstance(shape, list) else [shape]
    if not output or not all(type(each) is int and each > 0 for each in output):
        raise KerasError(f"output_shape is {value_text(shape)}, not sizes")
    parts = _Heads(query, value, key, heads, heads, size, value_size, prod(output))
    seen = _positions(site, query)
    fits = query.rank == value.rank <= MOST_AXES + 1 and site.lead == 0 and len(output) == 1
    if len(seen) == query.rank - 2 and fits and not site.read - {0}:
        return [_as_rows(site, parts)]
    return _as_one_row(site, parts, output, seen)


def _positions(site: Site, query: Tensor) -> list[int]:
    """The axes whose positions attend to each other: all but the batch's and the features'."""
    everywhere = [*range(1, query.rank - 1)]
    axes = site.fields.get("attention_axes")
    if axes is None:
        return everywhere
    items = axes if isinstance(axes, list) else [axes]
    found = [axis % query.rank for axis in items if type(axis) is int]
    if len(found) < len(items) or not {*found} <= {*everywhere}:
        raise KerasError(f"attention_axes is {value_text(axes)}, not positions of {query.sizes}")
    return sorted(found)


def _projected(site: Site, tensor: Tensor, role: str, size: int) -> Tensor:
    """A linear layer at every position."""
    bias = [site.weight(f"{role}/bias", size)] if site.fields.flag("use_bias", True) else []
    kernel = site.weight(f"{role}/kernel", tensor.sizes[-1], size)
    with site.rows.named(f"{site.layer.path}/{role}"):
        return linear(site.rows, tensor, size, [kernel, *bias])


def _as_rows(site: Site, parts: _Heads) -> Tensor:
    query = _projected(site, parts.query, "query", parts.heads * parts.key_size)
    key = _projected(site, parts.key, "key", parts.key_heads * parts.key_size)
    value = _projected(site, parts.value, "value", parts.key_heads * parts.value_size)
    with site.rows.named(f"{site.layer.path}/attention"):
        made = attended(site, query, key, value, parts.heads)
    if site.fields.flag("use_gate", False):
        gate = _projected(site, parts.query, "gate", parts.heads * parts.value_size)
        with site.rows.named(f"{site.layer.path}/gate"):
            made = merged(site.rows, "multiply", [made, activated(site.rows, "sigmoid", gate)])
    return _projected(site, made, "output", parts.output)


def attended(site: Site, query: Tensor, key: Tensor, value: Tensor, heads: int = 1) -> Tensor:
    """The products of attention; channels last in all three, all other axes positions.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 20, 8), channel_axis=2)
    >>> _ = attended(Site.alone(rows, "Attention", {}, x), x, x, x, heads=2)
    >>> rows.layers[0]
    {'attention': ['x', 'x', 'x'], 'heads': 2, 'name': 'layer'}
    """
    laid = [arranged(site.rows, each, _channels_first(each)) for each in (query, key, value)]
    row = site.rows.add("attention", laid, {"heads": heads})
    return laid[0].held_by(row.name, row.shape)


def _channels_first(tensor: Tensor) -> list[int]:
    return [tensor.rank - 1, *range(1, tensor.rank - 1)]


def _as_one_row(
    site: Site, parts: _Heads, output: Sequence[int], seen: Sequence[int]
) -> Sequence[Tensor]:
    """Attention over some of the positions, or whose scores are read: a row with its figures."""
    query, value, key = parts.query, parts.value, parts.key
    if query.rank != value.rank:
        raise KerasError(f"{query.sizes} and {value.sizes} do not fit together")
    sites, others = prod(query.sizes[1:-1]), prod(value.sizes[1:-1])
    pairs = sites * prod(value.sizes[axis] for axis in seen)
    weights = _weights(site, parts)
    macs = pairs * parts.heads * (parts.key_size + parts.value_size)
    macs += sites * query.sizes[-1] * parts.heads * parts.key_size
    macs += others * key.sizes[-1] * parts.key_heads * parts.key_size
    macs += others * value.sizes[-1] * parts.key_heads * parts.value_size
    macs += sites * parts.heads * parts.value_size * parts.output
    if site.fields.flag("use_gate", False):
        macs += sites * query.sizes[-1] * parts.heads * parts.value_size
    first = learned(site, [query, value, key], [*query.sizes[:-1], *output], weights, macs)
    scores = [
        *query.sizes[:1],
        *[query.sizes[a] for a in range(1, query.rank - 1) if a not in seen],
        parts.heads,
        *[query.sizes[axis] for axis in seen],
        *[value.sizes[axis] for axis in seen],
    ]
    return [first, second(site, first, scores)]


def _weights(site: Site, parts: _Heads) -> list[Weight]:
    """All that the projections learn."""
    queries, keys = parts.heads * parts.key_size, parts.key_heads * parts.key_size
    values, out = parts.key_heads * parts.value_size, parts.heads * parts.value_size
    sizes = {
        "query": (parts.query.sizes[-1], queries),
        "key": (parts.key.sizes[-1], keys),
        "value": (parts.value.sizes[-1], values),
        "output": (out, parts.output),
    }
    if site.fields.flag("use_gate", False):
        sizes["gate"] = (parts.query.sizes[-1], out)
    found = [site.weight(f"{role}/kernel", *pair) for role, pair in sizes.items()]
    if site.fields.flag("use_bias", True):
        found += [site.weight(f"{role}/bias", pair[1]) for role, pair in sizes.items()]
    return found


def learned(
    site: Site, reads: Sequence[Tensor], sizes: Sequence[int], weights: Sequence[Weight], macs: int
) -> Tensor:
    """A row for all of a layer, with what it learns and multiplies.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 20, 8), channel_axis=2)
    >>> site = Site.alone(rows, "Attention", {}, x)
    >>> _ = learned(site, [x], (1, 20, 8), [site.weight("scale", 1)], 6400)
    >>> rows.layers[0]["params"], rows.layers[0]["macs"]
    (1, 6400)
    """
    distinct = [*dict.fromkeys(reads)]
    return weighted_opaque(site.rows, site.layer.class_name, distinct, sizes, weights, macs=macs)


def second(site: Site, first: Tensor, sizes: Sequence[int]) -> Tensor:
    """The second output, a row only if it is read.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 20, 8), channel_axis=2)
    >>> second(Site.alone(rows, "Attention", {}, x), x, (1, 20, 20)) == x
    True
    """
    if 1 not in site.read:
        return first
    return opaque(site.rows, "attention scores", [first], sizes, params=0, macs="none")


def _grouped(site: Site) -> Sequence[Tensor]:
    """Heads of keys and values that several heads of queries share."""
    query, value, key = _operands(site)
    fields = site.fields
    heads, key_heads = fields.whole("num_query_heads"), fields.whole("num_key_value_heads")
    size = fields.whole("head_dim")
    if heads % key_heads or query.rank != value.rank:
        raise KerasError(f"{key_heads} heads of keys do not divide {heads} of queries")
    parts = _Heads(query, value, key, heads, key_heads, size, size, query.sizes[-1])
    return _as_one_row(site, parts, query.sizes[-1:], [*range(1, query.rank - 1)])


def _list(site: Site) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key of the layers that take them in a list."""
    found = site.tensors
    if not 2 <= len(found) <= 3:
        raise KerasError(f"the layer needs a query, a value and a key, not {len(found)} values")
    query, value, key = (*found, found[1])[:3]
    if query.rank != 3 + site.lead or not query.rank == value.rank == key.rank:
        raise KerasError(f"the layer needs positions and features, not {query.sizes}")
    if query.sizes[-1] != key.sizes[-1] or value.sizes[-2] != key.sizes[-2]:
        raise KerasError(f"{query.sizes}, {value.sizes} and {key.sizes} do not fit together")
    return query, value, key


def _attention(site: Site) -> Sequence[Tensor]:
    """One head, without projections."""
    query, value, key = _list(site)
    fields = site.fields
    is_dot = fields.word("score_mode", ("dot", "concat"), "dot") == "dot"
    weights = [site.weight("scale", 1)] if fields.flag("use_scale", False) else []
    weights += [] if is_dot else [site.weight("concat_score_weight", 1)]
    if is_dot and not weights and not site.lead and not site.read - {0}:
        return [attended(site, query, key, value)]
    return _summed(site, query, value, weights, query.sizes[-1] if is_dot else 0)


def _additive(site: Site) -> Sequence[Tensor]:
    """Scores by sums, not by products."""
    query, value, _ = _list(site)
    weights = [site.weight("scale", query.sizes[-1])] if site.fields.flag("use_scale", True) else []
    return _summed(site, query, value, weights, 0)


def _summed(
    site: Site, query: Tensor, value: Tensor, weights: Sequence[Weight], features: int
) -> Sequence[Tensor]:
    """A row for attention whose scores learn something; `features` are multiplied for each."""
    pairs = prod(query.sizes[1:-1]) * value.sizes[-2]
    macs = pairs * (features + value.sizes[-1])
    sizes = [*query.sizes[:-1], value.sizes[-1]]
    first = learned(site, site.tensors, sizes, weights, macs)
    return [first, second(site, first, [*query.sizes[:-1], value.sizes[-2]])]


LAYERS: Mapping[str, Mapper] = {
    "AdditiveAttention": _additive,
    "Attention": _attention,
    "GroupQueryAttention": _grouped,
    "GroupedQueryAttention": _grouped,
    "MultiHeadAttention": _multi_head,
}
