"""The tables about other tools in README and topics, made from what the tools declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import convcalc
from convcalc.facts.audit import Audit
from convcalc.networks import Network
from convcalc.others.figures import others
from convcalc.others.registry import TOOLS
from support.program import ROOT

README_TOOLS = ("torchinfo", "thop", "ptflops", "fvcore")
COMPARED = {"ResNet-50": "resnet50", "MobileNetV2": "mobilenet-v2"}
TRANSPOSED = "ConvTranspose2d(16, 32, 4, s2, p1) on 32x32"


def with_tables(text: str) -> str:
    """A document with these tables as they should be."""
    for made in (rules_table(), versions_table(), comparison_table()):
        head = re.escape(made.partition("\n")[0])
        found = re.search(rf"^{head}\n(?:\|.*\n)+", text, re.MULTILINE)
        text = text.replace(found[0], made) if found else text
    return text


def rules_table() -> str:
    """What each tool counts, in words."""
    rows = [
        (tool.name, kind, words) for tool in TOOLS.values() for kind, words in tool.rules.items()
    ]
    return _table(("tool", "layers", "what it counts"), rows)


def versions_table() -> str:
    """Where each tool is from."""
    rows = [(f"`{tool.name}`", tool.package, f"<{tool.source}>") for tool in TOOLS.values()]
    return _table(("name", "version", "source"), rows)


def comparison_table() -> str:
    """What some tools print for some networks."""
    titles = ("network or layer", "right", *README_TOOLS)
    return _table(titles, _figures(), "---:")


def _figures() -> Iterator[tuple[str, ...]]:
    for name, network, audit in _networks():
        figures = [each.total for each in others(network, audit, README_TOOLS)]
        yield name, *[f"{figure:,}" for figure in (audit.totals.macs, *figures)]


def _networks() -> Iterator[tuple[str, Network, Audit]]:
    for name, example in COMPARED.items():
        network = convcalc.load(ROOT / "examples" / f"{example}.yaml")
        yield name, network, network.audit()
    layer = {"conv_transpose": 32, "kernel_size": 4, "stride": 2, "padding": 1}
    network = convcalc.network({"input": [16, 32, 32], "layers": [layer]})
    yield TRANSPOSED, network, network.audit()


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]], others: str = ":---") -> str:
    rule = (":---", *[others] * (len(titles) - 1))
    return "".join([f"| {' | '.join(cells)} |\n" for cells in (titles, rule, *rows)])
