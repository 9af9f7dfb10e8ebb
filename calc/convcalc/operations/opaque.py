"""An operation that convcalc has no rule for: what is known of it, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position, unchanged
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, shape_of, whole

SAME: Final = "same"
UNKNOWN: Final = "unknown"
NONE: Final = "none"

Known: TypeAlias = int | Literal["unknown"]


class Opaque(Operation):
    """An operation without a rule: its shape is given, its other figures as far as they are known.

    What is not known is never taken for zero: totals with it are lower bounds.

    Args:
        title: what it is called.
        shape: `(C, *spatial)` of its output, or `same` as its first input's.
        params: learned numbers, or `unknown`.
        macs: multiply-accumulates for one input; `none` if it moves or reduces data; or `unknown`.

    Raises:
        SpecError: one of them is no such thing.

    >>> operation = Opaque("SimAM", shape="same", params=0)
    >>> operation.output_shape((256, 20, 20)), operation.params, operation.unknown
    ((256, 20, 20), 0, ('macs',))
    """

    __slots__ = ("title", "shape", "known_params", "known_macs", "unknown")
    title: str
    shape: Shape | str
    known_params: Known
    known_macs: Known | Literal["none"]
    word = "opaque"
    most_inputs = None

    def __init__(
        self,
        title: str,
        *,
        shape: Shape | str,
        params: Known = UNKNOWN,
        macs: Known | Literal["none"] = UNKNOWN,
    ) -> None:
        if not isinstance(title, str) or not title:
            raise SpecError("{title} is not text", title=title)
        figures = {"params": params, "macs": macs}
        self._fill(
            title=title,
            shape=shape if shape == SAME else shape_of("shape", shape),
            known_params=_known("params", params, (UNKNOWN,)),
            known_macs=_known("macs", macs, (NONE, UNKNOWN)),
            unknown=tuple([name for name, value in figures.items() if value == UNKNOWN]),
        )

    def arguments(self) -> dict[str, object]:
        """What the constructor would need to make this operation again."""
        return {
            "title": self.title,
            "shape": self.shape,
            "params": self.known_params,
            "macs": self.known_macs,
        }

    @property
    def params(self) -> int:
        """Learned numbers; 0 where none are known."""
        return self.known_params if isinstance(self.known_params, int) else 0

    def macs(self, *_input_shapes: Shape) -> int | None:
        """Multiply-accumulates for one input; None where they are not known."""
        if self.known_macs == NONE:
            return 0
        return self.known_macs if isinstance(self.known_macs, int) else None

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """The shape that is given; `same` is the first input's."""
        if isinstance(self.shape, str):
            return shape_of("input_shape", input_shapes[0])
        return self.shape

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape that is given; `same` is the first input's."""
        return input_shapes[0] if isinstance(self.shape, str) else self.shape

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """As before where the shape is the same, else nothing is known."""
        return unchanged if self.shape == SAME else every_position


def _known(name: str, value: object, words: tuple[str, ...]) -> int | str:
    if isinstance(value, str):
        if value not in words:
            fact = f"{{{name}}} is neither a whole number nor {' nor '.join(words)}"
            raise SpecError(fact, **{name: value})
        return value
    return whole(name, value, least=0)


DECLARATIONS = (
    Declaration(
        "opaque",
        Opaque,
        "title",
        {
            "title": ParameterKind.TEXT,
            "shape": ParameterKind.OUTPUT_SHAPE,
            "params": ParameterKind.KNOWN,
            "macs": ParameterKind.KNOWN_MACS,
        },
    ),
)
