"""The totals of a network, and the one table of what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from convcalc.records import NamedTuple
from convcalc.values import Shape
from convcalc.wording import bytes_text, count_text, round_text, short_text

Unknown: TypeAlias = dict[str, list[str]]
"""The rows whose figure is not known, by the figure: `params`, `macs`."""


class Totals(NamedTuple):
    """The sums of the rows, and the bytes that the values take in the network's dtype.

    >>> from convcalc import Conv, compare
    >>> totals = compare(Conv(16, 32, 3, padding=1), (16, 64, 64)).audit.totals
    >>> totals.params, totals.flops, totals.peak_activation_bytes
    (4640, 37748736, 786432)
    """

    output_shape: Shape
    params: int
    macs: int
    flops: int
    input_bytes: int
    weight_bytes: int
    activation_bytes: int
    """Every row's output."""
    peak_activation_bytes: int
    """The most that is alive at one time, weights aside."""
    peak_layer: str
    """The row that runs at that time."""
    torchsummary_bytes: int
    """Input + 2 x activation + weight: torchsummary's estimated total size."""
    outputs: Mapping[str, Shape] = {}
    """The shape of each output, by its name; `output_shape` is the first's."""
    receptive_field: tuple[int, ...] | None = None
    """Input positions that one position of the first output sees; None for all of them."""
    receptive_field_step: tuple[int | float, ...] | None = None
    """Input positions from one position of the output to the next."""
    receptive_field_offset: tuple[int, ...] | None = None
    """The first input position that the first position of the output sees."""
    global_context: bool = False
    """Whether a norm or a pooled gate adds what all positions tell, left out of the field."""
    unknown: Mapping[str, list[str]] = {}
    """Where there are any, totals are lower bounds: rows by the figure that is not known."""

    def unknown_of(self, key: str) -> list[str]:
        """The rows for which a total is only a lower bound.

        >>> from convcalc import Conv, compare
        >>> compare(Conv(16, 32, 3), (16, 64, 64)).audit.totals.unknown_of("macs")
        []
        """
        total = TOTALS.get(key)
        return self.unknown.get(total.sums, []) if total else []

    @property
    def counts_text(self) -> str:
        """The params and the MACs in words.

        >>> from convcalc import Conv, compare
        >>> compare(Conv(16, 32, 3), (16, 64, 64)).audit.totals.counts_text
        '4,640 params, 17,713,152 MACs'
        """
        counts = {"params": self.params, "macs": self.macs}
        texts = [
            f"{'at least ' if self.unknown_of(key) else ''}{count_text(count)} {TOTALS[key].title}"
            for key, count in counts.items()
        ]
        return ", ".join(texts)


class Total(NamedTuple):
    """What a total is called, wherever it is named."""

    key: str
    """In `Totals` and in JSON."""
    name: str
    """In budgets, in expectations and, with hyphens, in flags."""
    title: str
    """On a page."""
    meaning: str
    """In a sentence."""
    is_bytes: bool = False
    sums: str = ""
    """The figure of the rows that it adds up, where that may be unknown: `params` or `macs`."""

    def text(self, value: int) -> str:
        """A value of it in a message: counts as they are, bytes named.

        >>> TOTALS["macs"].text(4089184256), TOTALS["weight_bytes"].text(512)
        ('4,089,184,256', '512 bytes')
        """
        return f"{value:,} bytes" if self.is_bytes else f"{value:,}"

    def short(self, value: int) -> str:
        """A value of it as a person would write a limit.

        >>> TOTALS["macs"].short(4_200_000_000), TOTALS["weight_bytes"].short(512)
        ('4.2 G', '512 B')
        """
        return bytes_text(value) if self.is_bytes else round_text(value)

    def apart(self, value: int, limit: int) -> tuple[str, str]:
        """A value and what it is held to, in the unit of that; exactly if they look the same.

        >>> TOTALS["macs"].apart(4_089_184_256, 4_000_000_000)
        ('4.09 G', '4 G')
        >>> TOTALS["weight_bytes"].apart(1_344, 1_343)
        ('1,344 bytes', '1,343 bytes')
        """
        wanted = self.short(limit)
        is_short = not self.is_bytes and wanted != count_text(limit)
        exact = bytes_text if self.is_bytes else count_text
        found = short_text(value) if is_short else exact(value)
        if found == wanted and value != limit:
            return self.text(value), self.text(limit)
        return found, wanted


def _counts(name: str, title: str, meaning: str, sums: str) -> Total:
    return Total(name, name, title, meaning, sums=sums)


def _bytes(name: str, title: str, meaning: str, sums: str = "") -> Total:
    return Total(f"{name}_bytes", name, title, meaning, is_bytes=True, sums=sums)


TOTALS = {
    each.key: each
    for each in (
        _counts("params", "params", "parameters", "params"),
        _counts("macs", "MACs", "MACs", "macs"),
        _counts("flops", "FLOPs", "FLOPs", "macs"),
        _bytes("input", "input memory", "input memory"),
        _bytes("weight", "weight memory", "weight memory", "params"),
        _bytes("activation", "activation memory", "memory of all outputs"),
        _bytes("peak_activation", "peak activation", "peak activation memory"),
        _bytes(
            "torchsummary", "training estimate", "memory as torchsummary estimates it", "params"
        ),
    )
}
"""The totals that are numbers, by their keys."""

RECEPTIVE_FIELD = "receptive_field"
"""The key of a limit or an expectation on the receptive field: positions in each dimension."""

MAIN_TOTALS = ("params", "macs", "peak_activation_bytes")
"""The totals that are shown where there is room for a few, and watched for growth."""


def total_named(name: str) -> Total | None:
    """The total of a name in a budget, with or without `_bytes`; None if there is no such total.

    >>> total_named("peak_activation").key, total_named("macs").key, total_named("macs_bytes")
    ('peak_activation_bytes', 'macs', None)
    """
    return TOTALS.get(name) or TOTALS.get(f"{name}_bytes")
