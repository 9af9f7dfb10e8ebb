"""What `convcalc sweep` reports: points that are worked out as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.document import Overrides
from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple
from convcalc.sweeping import Figures, Point, Variation, layer_figures, network_figures, points
from convcalc.values import Shape
from convcalc_cli.flags.layer import LayerFlags, layer_of
from convcalc_cli.flags.values import FlagError, parameter_of, with_value
from convcalc_cli.reading.sources import Source
from convcalc_cli.reading.varied import varied_network

LOOKED_AT = 100
"""Points that are tried before a sweep begins."""

Measure = Callable[[Convolution, Shape, int], float]


class Measured(NamedTuple):
    """A point, and the seconds it took where it was run."""

    point: Point
    seconds: float | None = None


class SweepReport(NamedTuple):
    """What varies, of what, and the points."""

    title: str
    variations: Sequence[Variation]
    make: Callable[..., tuple[Figures, Any]]
    measure: Measure | None = None
    defaults: Mapping[str, int] = {}
    of_layer: bool = True
    inputs: Sequence[str] = ()
    """The files that were read."""

    def points(self) -> Iterator[Measured]:
        """Every point, worked out anew each time it is asked for: there may be millions."""
        for point in points(self.variations, self.make):
            seconds = self.measure(*point.subject) if self.measure and point.subject else None
            yield Measured(point._replace(subject=None), seconds)


def require_possible(report: SweepReport) -> None:
    """Refuses a sweep none of whose points can be, as far as can be seen soon.

    Raises:
        FlagError: there is none; it says why the first one cannot be.
    """
    why: SpecError | None = None
    for point in islice(points(report.variations, report.make), LOOKED_AT):
        if point.reason is None:
            return
        why = why or point.reason
    if why is not None:
        raise FlagError(
            f"every point of the sweep is impossible; first reason: {why.spelled(with_value)}"
        )


def layer_points(flags: LayerFlags, batch: int) -> Callable[..., tuple[Figures, Any]]:
    """From values of some parameters to the figures of the layer with these."""

    def make(**values: Any) -> tuple[Figures, Any]:
        number = values.pop("batch", batch)
        if number < 1:
            raise SpecError("{batch} is below 1", batch=number)
        named = {parameter_of(name): value for name, value in values.items()}
        conv, input_shape = layer_of(flags._replace(**named))
        return layer_figures(conv, input_shape, number), (conv, input_shape, number)

    return make


def network_points(source: Source, fixed: Overrides) -> Callable[..., tuple[Figures, Any]]:
    """From values of variables, size and batch to the totals of the network with these."""
    made = varied_network(source, fixed)

    def make(**values: Any) -> tuple[Figures, Any]:
        return network_figures(made(**values)), None

    return make
