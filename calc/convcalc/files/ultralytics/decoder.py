"""The head of RT-DETR: an encoder's best positions as queries, and layers that refine them."""

from __future__ import annotations

from typing import Any

from convcalc.files.ultralytics.heads import Head, Layer, Layers, source
from convcalc.records import NamedTuple


class Decoder(NamedTuple):
    """What the head is made with."""

    levels: int
    classes: int
    width: int = 256
    queries: int = 300
    points: int = 4
    heads: int = 8
    layers: int = 6
    hidden: int = 1024


def decoder(made: Decoder) -> Head:
    """The rows of the head; embeddings for denoising and scores of all layers are for training."""
    embedding = {"parameter": [made.classes, made.width], "training": True}
    rows: Layers = [
        {**embedding, "name": "denoising_class_embed"},
        *_features(made),
        *_queries(made),
    ]
    for number in range(made.layers):
        rows += _positions(made, number) + _layer(made, number) + _outputs(made, number)
    boxes = f"dec_bbox_head.{made.layers - 1}"
    rows.append({"concat": [f"{boxes}.box", "scores"], "name": "y"})
    return Head(rows, ["enc_score_head"])


def _linear(name: str, channels: int, **others: Any) -> Layer:
    """A linear layer at every position."""
    return {"conv": channels, "kernel_size": 1, "name": name, **others}


def _mlp(name: str, *widths: int) -> Layers:
    rows: Layers = []
    for at, width in enumerate(widths):
        rows += [_linear(f"{name}.layers.{at}", width), "relu"]
    return rows[:-1]


def _features(made: Decoder) -> Layers:
    """All positions of all levels, with the same channels."""
    rows: Layers = []
    for level in range(made.levels):
        at = f"input_proj.{level}"
        rows += [
            _linear(f"{at}.0", made.width, bias=False) | {"from": source(level)},
            {"batch_norm": None, "name": f"{at}.1"},
            {"flatten": "positions", "name": f"feats.{level}"},
        ]
    names = [f"feats.{level}" for level in range(made.levels)]
    joined = {"concat": names, "axis": 1} if made.levels > 1 else {"identity": None}
    return [*rows, {**joined, "name": "feats"}]


def _queries(made: Decoder) -> Layers:
    """The positions with the best scores; any of them have the same figures."""
    return [
        _linear("enc_output.0", made.width),
        {"layer_norm": None, "name": "enc_output.1"},
        _linear("enc_score_head", made.classes),
        {"slice": [0, made.queries], "axis": 1, "from": "enc_output.1", "name": "queries"},
        *_mlp("enc_bbox_head", made.width, made.width, 4),
        {"sigmoid": None, "name": "refer"},
    ]


def _positions(made: Decoder, number: int) -> Layers:
    """An embedding of the boxes, by an MLP that all layers share."""
    refer = f"dec_bbox_head.{number - 1}.box" if number else "refer"
    names = [f"query_pos_head.layers.{at}" for at in range(2)]
    first, last = (
        _linear(name, c) for name, c in zip(names, (2 * made.width, made.width), strict=True)
    )
    if number:
        for row, name in ((first, names[0]), (last, names[1])):
            row |= {"name": f"{name}.again.{number}", "weights": name}
    return [{**first, "from": refer}, "relu", {**last, "name": last["name"]}, _named(number, "pos")]


def _named(number: int, name: str) -> Layer:
    return {"identity": None, "name": f"decoder.layers.{number}.{name}"}


def _layer(made: Decoder, number: int) -> Layers:
    at = f"decoder.layers.{number}"
    before = f"decoder.layers.{number - 1}.norm3" if number else "queries"
    samples = made.heads * made.levels * made.points
    attend = {"keys": f"{at}.placed", "values": before, "num_heads": made.heads}
    cross = f"{at}.cross_attn"
    read = [f"{cross}.value_proj", f"{cross}.sampling_offsets", f"{cross}.attention_weights"]
    sampled = {"opaque": "deformable sampling", "shape": [made.width, made.queries]}
    return [
        {"add": [before, f"{at}.pos"], "name": f"{at}.placed"},
        {"block": "MultiheadAttention", "with": attend, "name": f"{at}.self_attn"},
        {"add": [[], before]},
        {"layer_norm": None, "name": f"{at}.norm1"},
        {"add": [[], f"{at}.pos"], "name": f"{at}.asking"},
        _linear(f"{cross}.sampling_offsets", 2 * samples),
        _linear(f"{cross}.attention_weights", samples, **{"from": f"{at}.asking"}),
        _linear(f"{cross}.value_proj", made.width, **{"from": "feats"}),
        {**sampled, "params": 0, "macs": "none", "from": read},
        _linear(f"{cross}.output_proj", made.width),
        {"add": [[], f"{at}.norm1"]},
        {"layer_norm": None, "name": f"{at}.norm2"},
        _linear(f"{at}.linear1", made.hidden),
        "relu",
        _linear(f"{at}.linear2", made.width),
        {"add": [[], f"{at}.norm2"]},
        {"layer_norm": None, "name": f"{at}.norm3"},
    ]


def _outputs(made: Decoder, number: int) -> Layers:
    """The boxes of a layer, and its classes, which count in the last layer only."""
    is_last = number == made.layers - 1
    norm = f"decoder.layers.{number}.norm3"
    score = _linear(f"dec_score_head.{number}", made.classes, **{"from": norm})
    classes: Layers = [score, {"sigmoid": None, "name": "scores"}]
    first, *others = _mlp(f"dec_bbox_head.{number}", made.width, made.width, 4)
    return [
        *(classes if is_last else [{**score, "training": True}]),
        {**first, "from": norm},
        *others,
        {"sigmoid": None, "name": f"dec_bbox_head.{number}.box"},
    ]
