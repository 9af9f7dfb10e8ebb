"""Random networks of the whole language beside PyTorch, row by row.

Compared are names, wiring, shapes, params and who shares them, MACs, memory, receptive fields and
outputs; on some, the run of `convcalc.verify`, and the same network with every row written out.

Run by hand, where PyTorch is installed: `python tests/campaigns/language_agreement.py [NETWORKS]
[SEED]`.
"""

import copy
import json
import random
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "tests")]

import torch  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

import convcalc  # noqa: E402
from campaigns.language_drawing import REFUSALS, Drawn  # noqa: E402
from campaigns.language_facts import BROADCAST, LONGEST, alive, fields, reaches  # noqa: E402
from campaigns.language_frames import Row, Written  # noqa: E402
from campaigns.language_interpreter import Interpreter  # noqa: E402
from campaigns.language_operations import MERGES, OPERATIONS  # noqa: E402
from convcalc import SpecError  # noqa: E402
from convcalc.checks.snapshot import fingerprint  # noqa: E402


def differences(content: dict[str, Any], dice: random.Random) -> tuple[str, list[str]]:
    """What was found of a network, and where the two disagree."""
    theirs, reason = run_of(content)
    try:
        network = convcalc.network(copy.deepcopy(content))
        facts = network.audit()
    except SpecError as error:
        if theirs is None:
            return "refused by both", []
        return "DIFFER", [f"refused: {error}"]
    if theirs is None:
        return "DIFFER", [f"accepted, PyTorch: {reason}"]
    run, outputs = theirs
    found = [*rows_of(run, facts), *totals_of(run, outputs, facts)]
    if not found:
        found += memory(run, outputs, facts) + seen(content, run, facts, dice)
        if dice.random() < 0.15:
            found += verified(network)
        if dice.random() < 0.3:
            found += replaced(network, facts) + written_out(content, theirs, network, facts)
    return ("DIFFER" if found else "agree"), found


def run_of(content: dict[str, Any]) -> tuple[Any, str]:
    """The interpreted network with its outputs; or none, and why it is refused."""
    run = Interpreter(copy.deepcopy(content))
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as run.counter:
            last = run.run()
        return (run, run.outputs(last)), ""
    except REFUSALS as error:
        return None, f"{type(error).__name__}: {error}"


def rows_of(run: Interpreter, facts: Any) -> list[str]:
    if [row.name for row in run.rows] != [row.name for row in facts.layers]:
        return [f"rows {[row.name for row in facts.layers]}, not {[row.name for row in run.rows]}"]
    found, known = [], set()
    for row, fact in zip(run.rows, facts.layers, strict=True):
        new = {id(one): one.numel() for one in row.weights.values() if id(one) not in known}
        known |= set(new)
        counts = row.word in ("conv", "depthwise_conv", "conv_transpose", "linear")
        counts = counts or row.word in ("attention", "matmul")
        macs = row.flops // 2 if counts and not row.training else None
        own = tuple(source.name for source in row.sources)
        shapes = {key: tuple(one.shape) for key, one in row.weights.items()}
        pairs = {
            "shape": (fact.output_shape, row.shape),
            "params": (fact.params, sum(new.values())),
            "weight bytes": (fact.weight_bytes, 4 * sum(new.values())),
            "weights": (fact.weights, shapes),
            "macs": (fact.macs, macs),
            "inputs": (fact.inputs, own),
            "owner": (fact.weights_of, row.owner),
            "training": (fact.training, row.training),
        }
        found += told(row.name, pairs)
    return found


def told(name: str, pairs: dict[str, tuple[Any, Any]]) -> list[str]:
    return [
        f"{name} {what}: ours {mine}, theirs {other}"
        for what, (mine, other) in pairs.items()
        if mine != other
    ]


def totals_of(run: Interpreter, outputs: dict[str, Row], facts: Any) -> list[str]:
    unique = {id(one): one.numel() for row in run.rows for one in row.weights.values()}
    running = [row for row in run.rows if not row.training]
    values = sum(prod(row.shape) for row in running if row.word != "parameter")
    shapes = {name: row.shape for name, row in outputs.items()}
    mine = facts.totals
    titled = mine.outputs if "" not in shapes else {"": mine.output_shape}
    return told(
        "total",
        {
            "params": (mine.params, sum(unique.values())),
            "weight bytes": (mine.weight_bytes, 4 * sum(unique.values())),
            "macs": (mine.macs, sum(row.flops for row in running) // 2),
            "activation": (mine.activation_bytes, 4 * values),
            "input": (mine.input_bytes, 4 * sum(prod(row.shape) for row in run.inputs)),
            "outputs": (titled, shapes),
            "output": (mine.output_shape, next(iter(shapes.values()))),
        },
    )


def memory(run: Interpreter, outputs: dict[str, Row], facts: Any) -> list[str]:
    found = alive(run.inputs, run.rows, [*outputs.values()])
    theirs = [None if one is None else 4 * one for one in found]
    mine = [fact.alive_bytes for fact in facts.layers]
    peak = max(one or 0 for one in theirs)
    pairs = {"alive": (mine, theirs), "peak": (facts.totals.peak_activation_bytes, peak)}
    return told("memory", pairs)


# Receptive fields.


def seen(content: Any, run: Interpreter, facts: Any, dice: random.Random) -> list[str]:
    known = fields(run.inputs, run.rows)
    found: list[str] = []
    for row, fact in zip(run.rows, facts.layers, strict=True):
        field = known[id(row)]
        if not field.exact:
            continue
        if field.sides and max(side.period for side in field.sides) > LONGEST:
            continue
        mine = fact.receptive_field, fact.receptive_field_step, fact.receptive_field_offset
        pairs = {"field": (mine, field.numbers)}
        if field.sides is not None:
            pairs["context"] = (fact.global_context, field.context)
        found += told(row.name, pairs)
    return found or by_gradient(content, run, known, dice)


def by_gradient(content: Any, run: Interpreter, known: Any, dice: random.Random) -> list[str]:
    gates = frozenset(
        (row.name, at)
        for row in run.rows
        if row.word in BROADCAST and known[id(row)].sides is not None
        for at, source in enumerate(row.sources)
        if known[id(source)].sides is None
    )
    plain = Interpreter(copy.deepcopy(content), plain=True, gates=gates)
    plain.run()
    able = [
        (row, twin)
        for row, twin in zip(run.rows, plain.rows, strict=True)
        if known[id(row)].sides
        and known[id(row)].inputs
        and known[id(row)].exact
        and twin.value.requires_grad
    ]
    found = []
    for row, twin in dice.sample(able, min(3, len(able))):
        field = known[id(row)]
        twins = {one.name: other for one, other in zip(run.inputs, plain.inputs, strict=True)}
        inputs = tuple(twins[one.name] for one in field.inputs)
        for axis, side in enumerate(field.sides, 1):
            for at, reached in enumerate(reaches(twin, inputs, axis)):
                expected = side.reach(at)
                if expected is None or not expected[2] or reached is None:
                    continue  # at a border of this axis, or in the padding of another one
                compared[row.word] += 1
                if reached != expected[:2]:
                    found.append(f"{row.name} axis {axis} at {at}: {reached}, not {expected}")
    return found


compared: Counter[str] = Counter()


# The same network in other ways.


def verified(network: Any) -> list[str]:
    result = convcalc.verify(network)
    return (
        []
        if result.passed
        else [
            f"verify: {[row for row in result.rows if row.failed]}",
            f"verify: {[each for each in result.totals if not each.passed]}",
        ]
    )


def replaced(network: Any, facts: Any) -> list[str]:
    twice = network.replace(batch=2, dtype="float16")
    mine, before = twice.audit(), facts
    same = fingerprint(network.replace()) == fingerprint(network)
    rows = zip(mine.layers, before.layers, strict=True)
    macs = all((new.macs or 0) == 2 * (old.macs or 0) for new, old in rows)
    bytes_ = mine.totals.peak_activation_bytes == before.totals.peak_activation_bytes
    kept = mine.totals.params == before.totals.params
    return told("replaced", {"as before": ((same, macs, bytes_, kept), (True,) * 4)})


def written_out(content: Any, theirs: Any, network: Any, facts: Any) -> list[str]:
    """The rows as layers of their own: no blocks, rounds, expressions or defaults."""
    run, ends = theirs
    last = {id(one.rows[-1]): one.name for one in run.written}
    last |= {id(row): row.name for row in run.inputs}
    layers = [layer_of(one, last) for one in run.written]
    flat = {"input": content["input"], "layers": layers}
    outputs = [last.get(id(row), row.name) for row in ends.values()]
    if len(set(outputs)) < len(outputs):
        return []
    if content.get("outputs") or outputs != [layers[-1]["name"]]:
        flat["outputs"] = outputs
    try:
        spelled = convcalc.network(flat)
    except SpecError as error:
        return [f"written out, it is refused: {error}"]
    other = spelled.audit()
    pairs = {
        "fingerprint": (fingerprint(spelled), fingerprint(network)),
        "totals": (
            other.totals._replace(outputs={}),
            facts.totals._replace(outputs={}),
        ),
        "rows": (other.layers, facts.layers),
    }
    return told("written out", pairs)


SLOWEST = 30
"""Seconds for a network; what takes longer hangs."""


def hangs(*_: Any) -> None:
    raise TimeoutError


def layer_of(one: Written, last: dict[int, str]) -> dict[str, Any]:
    """A layer as it was run, which reads others by their names."""
    main = OPERATIONS[one.word][1] or "main"
    given = {key: value for key, value in one.given.items() if key != "word"}
    layer: dict[str, Any] = {one.word: given.pop(main, None), **given, "name": one.name}
    sources = [last.get(id(row), row.name) for row in one.sources]
    if one.word in MERGES:
        layer[one.word] = sources
    elif sources:
        layer["from"] = sources[0]
    if one.owner is not None:
        layer["weights"] = one.owner
    if one.training:
        layer["training"] = True
    return layer


def run(networks: int, seed: int) -> int:
    """Compares and prints; the number of networks on which the two differ."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, hangs)
    counts: Counter[str] = Counter()
    words: Counter[str] = Counter()
    start = time.perf_counter()
    for number in range(networks):
        drawn = Drawn(seed * 1_000_000 + number)
        signal.alarm(SLOWEST)
        torch.manual_seed(number)
        try:
            with torch.no_grad():
                content = drawn.network()
            verdict, found = differences(content, drawn)
        except Exception:  # noqa: BLE001 - a crash is a difference
            verdict, found = "DIFFER", [traceback.format_exc()]
        counts[verdict] += 1
        signal.alarm(0)
        words.update(row.word for row in drawn.interpreter.rows)
        if found:
            print(json.dumps(drawn.content), f"  # seed {seed}, network {number}")
            for each in found[:4]:
                print(f"    {each}")
    for name, count in sorted(counts.items()):
        print(f"{name:32} {count:,}")
    print(f"{sum(compared.values()):,} fields by gradient; {time.perf_counter() - start:.0f} s")
    print(dict(words.most_common()))
    return counts["DIFFER"]


if __name__ == "__main__":
    networks, seed, *_ = [*map(int, sys.argv[1:]), *(1_000, 1)[len(sys.argv) - 1 :]]
    sys.exit(run(networks, seed) > 0)
