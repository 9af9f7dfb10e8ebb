"""The rows of a network where there is room for all of them: a tree, each row with its place."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.facts.tree import Node, shown, tree
from convcalc_cli.commands.audit.report import NetworkReport
from convcalc_cli.page.blocks import Cell, Graph, LongTable, Parts, Place
from convcalc_cli.sections.audit.columns import Context
from convcalc_cli.sections.audit.layer_table import table_of
from convcalc_cli.text import bytes_text, name_text, shape_text

COLUMNS = (
    *("operation", "output", "weight", "params", "macs", "macs_share"),
    *("receptive_field", "step", "alive", "weight_memory"),
)


class RowAnchors:
    """What leads to the rows of one network on a page, whose networks may have equal names."""

    def __init__(self, network: int) -> None:
        self.key = f"layers-{network}"
        self._before = "" if network == 1 else f"{network}-"

    def row(self, name: str) -> str:
        """Of a layer."""
        return f"layer-{self._before}{name}"

    def block(self, name: str) -> str:
        """Of a block."""
        return f"block-{self._before}{name}"


def full_layer_table(report: NetworkReport, anchors: RowAnchors) -> LongTable:
    """Every row and every block, with what rows read and see."""
    rows = report.audit.layers
    lines = list(shown(tree(report.network.rows, rows)))
    table = table_of(report.audited, lines, COLUMNS, Context(report.audit.totals, bytes_text))
    cells = [[*cells, _input(node)] for cells, (_, node) in zip(table.rows, lines, strict=True)]
    numbers = {name: -at - 1 for at, name in enumerate(report.network.inputs)}
    numbers |= {row.name: at for at, row in enumerate(rows)}
    places = [_place(node, anchors, numbers) for _, node in lines]
    titles = (*table.titles, "input")
    return table._replace(titles=titles, rows=cells, key=anchors.key, places=places)


def _input(node: Node) -> Cell:
    """The shapes that a row reads."""
    if node.children:
        return ""
    return Parts([shape_text(shape) for shape in node.last.facts.input_shapes])


def _place(node: Node, anchors: RowAnchors, numbers: Mapping[str, int]) -> Place:
    above = node.name.removesuffix(node.label)
    if node.children:
        return Place(anchors.block(node.name), above)
    read = [numbers[name] for name in node.last.facts.inputs]
    return Place(anchors.row(node.name), above, numbers[node.name], read)


def graph_of(report: NetworkReport, anchors: RowAnchors) -> Graph:
    """The graph of the rows of that table."""
    inputs = [
        f"{name_text(name)} {shape_text(shape)}" for name, shape in report.network.inputs.items()
    ]
    return Graph(f"Graph of {name_text(report.network.name)}", anchors.key, inputs)
