"""A section that is being converted: its options, what it reads, and where its rows are made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcalc.checks.findings import Rule
from convcalc.errors import shortened
from convcalc.files.darknet.keys import OTHER_KEYS
from convcalc.files.darknet.sections import Option, Section
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.rows import GraphError, Row, Rows
from convcalc.files.graph.tensors import BATCH, Tensor
from convcalc.files.places import Place, SourceFault
from convcalc.values import Shape
from convcalc.wording import did_you_mean

WHOLE = re.compile(r"[+-]?[0-9]+")
LARGEST = 2**31 - 1
MOST_LISTED = 10_000
"""Numbers in the lists of all layers."""
MOST_SLIPS = 20
"""Unknown options of a section that are looked at."""

ACTIVATIONS: dict[str, tuple[str, dict[str, float]] | None] = {
    "linear": None,
    "logistic": ("sigmoid", {}),
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "relie": ("leaky_relu", {"negative_slope": 0.01}),
    "leaky": ("leaky_relu", {"negative_slope": 0.1}),
    "tanh": ("tanh", {}),
    "elu": ("elu", {"alpha": 1}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
}
"""Activations that the language has a word for."""
OTHER_ACTIVATIONS = (
    *("ramp", "plse", "loggy", "stair", "hardtan", "lhtan", "hard_mish"),
    *("normalize_channels", "normalize_channels_softmax", "normalize_channels_softmax_maxval"),
)


class Network:
    """The layers of a file, as far as they have rows.

    Args:
        rows: where rows are made.
        image: the network's input.
        sections: the layers.
    """

    def __init__(self, rows: Rows, image: Tensor, sections: Sequence[Section] = ()) -> None:
        self.rows = rows
        self.image = image
        self.sections = sections
        self.listed = 0
        """Numbers in lists so far."""
        self.values: list[Tensor] = []
        """The outputs of layers."""
        self.kernels: dict[int, tuple[int, Shape]] = {}
        """Of convolutions: the layer that has the weights, and their sizes."""


class Site:
    """A section that is being converted, and the layers before it.

    Args:
        network: the layers before it.
        section: the section.

    >>> option = Option("40#32", Place(2, 1, 13))
    >>> section = Section("convolutional", Place(1, 1, 15), {"filters": option})
    >>> Site(Network(Rows(), value("input", (3, 8, 8))), section).number("filters", 1)
    40
    """

    def __init__(self, network: Network, section: Section) -> None:
        self.network = network
        self.rows = network.rows
        self.section = section
        self.index = len(network.values)
        self._asked: set[str] = set()

    @property
    def input(self) -> Tensor:
        """The value before it: the output of the last layer, or the network's input."""
        values = self.network.values
        return values[-1] if values else self.network.image

    def fail(self, message: str, key: str | None = None) -> GraphError:
        """An error at an option, or at the section, to be raised."""
        option = self.section.options.get(key or "")
        return GraphError(SourceFault(message, option.place if option else self.section.place))

    def note(self, message: str, place: Place, rule: Rule | None = None) -> None:
        """Something to tell about a place of the file, and the rule that is broken."""
        self.rows.notes.append(SourceFault(message, place, rule))

    def option(self, key: str) -> Option | None:
        """An option, if the section has it."""
        self._asked.add(key)
        return self.section.options.get(key)

    def word(self, key: str, otherwise: str) -> str:
        """The text of an option."""
        option = self.option(key)
        return option.value if option else otherwise

    def number(self, key: str, otherwise: int, least: int = 1) -> int:
        """The number at the start of an option's text, as C reads it.

        Raises:
            GraphError: there is none, or it is below `least` or beyond what Darknet can hold.
        """
        option = self.option(key)
        if option is None:
            return otherwise
        found = self._whole(key, option.value)
        if found < least:
            raise self.fail(f"{key}={found} is below {least}", key)
        rest = option.value[len(_leading(option.value)) :]
        if rest and rest[0] not in "#;":
            self.note(f"{key}={shortened(option.value)} is read as {found}", option.place)
        return found

    def flag(self, key: str) -> bool:
        """Whether an option is a number other than 0."""
        return self.number(key, 0, least=-LARGEST) != 0

    def real(self, key: str, otherwise: float) -> float:
        """The number in an option's text, which need not be whole."""
        option = self.option(key)
        if option is None:
            return otherwise
        try:
            return float(option.value.partition("#")[0])
        except ValueError:
            raise self.fail(f"{key}={shortened(option.value)} is not a number", key) from None

    def numbers(self, key: str) -> list[int]:
        """The numbers of a list.

        Raises:
            GraphError: the option is missing, or no such list.
        """
        option = self.option(key)
        if option is None:
            raise self.fail(f"[{self.section.word}] has no {key}")
        texts = option.value.partition("#")[0].split(",")
        self.network.listed += len(texts)
        if self.network.listed > MOST_LISTED:
            raise self.fail(f"the lists of all layers have more than {MOST_LISTED:,} numbers", key)
        return [self._whole(key, text) for text in texts]

    def layers(self, key: str) -> list[int]:
        """The layers that an option names by their number, or negative from this one back.

        Raises:
            GraphError: one is not an earlier layer.
        """
        found = []
        for number in self.numbers(key):
            index = number if number >= 0 else self.index + number
            if not 0 <= index < self.index:
                raise self.fail(
                    f"{key}={number} is no earlier layer: this is layer {self.index}", key
                )
            found.append(index)
        return found

    def _whole(self, key: str, text: str) -> int:
        digits = _leading(text)
        if not digits:
            raise self.fail(f"{key}={shortened(text)} is not a number", key)
        if len(digits) > len(str(LARGEST)) + 1 or abs(int(digits)) > LARGEST:
            raise self.fail(f"{key}={shortened(digits)} is too large", key)
        return int(digits)

    def row(self, word: str, reads: Sequence[Tensor], **parameters: object) -> Tensor:
        """The value of a row of an operation."""
        return value_of(self.rows.add(word, reads, parameters))

    def helper(self, word: str, reads: Sequence[Tensor], **parameters: object) -> Tensor:
        """The value of a row that prepares the section's main row."""
        return value_of(self.rows.add(word, reads, parameters, helper=word))

    def image(self, tensor: Tensor | None = None) -> Tensor:
        """A value with a height and a width; those of a flat one are 1."""
        tensor = tensor or self.input
        if len(tensor.shape) == 3:
            return tensor
        return self.helper("unflatten", [tensor], shape=[tensor.shape[0], 1, 1])

    def flat(self) -> Tensor:
        """The value before it in one line."""
        return self.input if len(self.input.shape) == 1 else self.helper("flatten", [self.input])

    def activated(self, tensor: Tensor, otherwise: str) -> Tensor:
        """A value after the section's activation."""
        word = self.word("activation", otherwise)
        if word in OTHER_ACTIVATIONS:
            return computed(self.rows, word, tensor)
        if word not in ACTIVATIONS:
            hint = did_you_mean(word, [*ACTIVATIONS, *OTHER_ACTIVATIONS])
            told = f"unknown activation {shortened(word)}{hint}"
            self.note(f"{told}; Darknet takes relu", self.section.options["activation"].place)
        known = ACTIVATIONS.get(word, ("relu", {}))
        return activated(self.rows, known[0], tensor, known[1]) if known else tensor

    def note_slips(self) -> None:
        """Tells of keys that Darknet does not know and that are like one it looked for."""
        unknown = [key for key in self.section.options if key not in self._asked | OTHER_KEYS]
        for key in unknown[:MOST_SLIPS]:
            if hint := did_you_mean(key, self._asked):
                message = f"unknown key {shortened(key)} in [{self.section.word}]{hint}"
                self.note(message, self.section.options[key].place)


def _leading(text: str) -> str:
    found = WHOLE.match(text)
    return found[0] if found else ""


def value_of(row: Row) -> Tensor:
    """The value of a row, with a batch of 1."""
    return value(row.name, row.shape)


def value(name: str, shape: Shape) -> Tensor:
    """The value of a row or input, with a batch of 1.

    >>> value("x", (3, 8, 8)).sizes
    (1, 3, 8, 8)
    """
    return Tensor(name, shape, (1, *shape), (BATCH, *range(len(shape))))
