"""A section that is being converted: its options, what it reads, and where its rows are made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcalc.checks.findings import Rule
from convcalc.errors import shortened
from convcalc.files.darknet.keys import OTHER_KEYS
from convcalc.files.darknet.sections import Section
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.rows import Row, Rows
from convcalc.files.graph.tensors import BATCH, Tensor
from convcalc.files.options import LARGEST, Options
from convcalc.files.places import Place, SourceFault
from convcalc.values import Shape
from convcalc.wording import did_you_mean

WHOLE = re.compile(r"[+-]?[0-9]+")
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


class Site(Options):
    """A section that is being converted, and the layers before it.

    Args:
        network: the layers before it.
        section: the section.

    >>> from convcalc.files.darknet.sections import Option
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

    def values(self, name: str) -> list[str]:
        """The text of an option, if the section has it."""
        self._asked.add(name)
        option = self.section.options.get(name)
        return [option.value] if option else []

    def place_of(self, name: str) -> Place:
        """The place of an option, or of the section without it."""
        option = self.section.options.get(name)
        return option.place if option else self.section.place

    def note(self, message: str, place: Place, rule: Rule | None = None) -> None:
        """A note at a place of the file, and the rule that is broken."""
        self.rows.notes.append(SourceFault(message, place, rule))

    def digits(self, value: str) -> str:
        """The number at the start of a text, as C reads it."""
        found = WHOLE.match(value)
        return found[0] if found else ""

    def number(self, name: str, default: int, least: int = 1) -> int:
        """The number at the start of an option's text; what follows is noted if it is no comment.

        Raises:
            GraphError: there is none, or it is below `least` or beyond what Darknet can hold.
        """
        found = super().number(name, default, least)
        for value in self.values(name):
            rest = value[len(self.digits(value)) :]
            if rest and rest[0] not in "#;":
                message = f"{name}={shortened(value)} is read as {found}"
                self.note(message, self.place_of(name))
        return found

    def flag(self, name: str) -> bool:
        """Whether an option is a number other than 0."""
        return self.number(name, 0, least=-LARGEST) != 0

    def listed(self, name: str) -> list[int]:
        """The numbers of a list.

        Raises:
            GraphError: the option is missing, or no such list.
        """
        if not self.values(name):
            raise self.fail(f"[{self.section.word}] has no {name}")
        texts = self.word(name).partition("#")[0].split(",")
        self.network.listed += len(texts)
        if self.network.listed > MOST_LISTED:
            raise self.fail(f"the lists of all layers have more than {MOST_LISTED:,} numbers", name)
        return [self.whole(name, text, -LARGEST) for text in texts]

    def layers(self, key: str) -> list[int]:
        """The layers that an option names by their number, or negative from this one back.

        Raises:
            GraphError: one is not an earlier layer.
        """
        found = []
        for number in self.listed(key):
            index = number if number >= 0 else self.index + number
            if not 0 <= index < self.index:
                raise self.fail(
                    f"{key}={number} is no earlier layer: this is layer {self.index}", key
                )
            found.append(index)
        return found

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
            end = "" if hint else ";"
            message = f"unknown activation {shortened(word)}{hint}{end} Darknet takes relu"
            self.note(message, self.place_of("activation"))
        known = ACTIVATIONS.get(word, ("relu", {}))
        return activated(self.rows, known[0], tensor, known[1]) if known else tensor

    def note_slips(self) -> None:
        """Notes keys that Darknet does not know and that are like one that was read."""
        unknown = [key for key in self.section.options if key not in self._asked | OTHER_KEYS]
        for key in unknown[:MOST_SLIPS]:
            if hint := did_you_mean(key, self._asked):
                message = f"unknown key {shortened(key)} in [{self.section.word}]{hint}"
                self.note(message, self.section.options[key].place)


def value_of(row: Row) -> Tensor:
    """The value of a row, with a batch of 1."""
    return value(row.name, row.shape)


def value(name: str, shape: Shape) -> Tensor:
    """The value of a row or input, with a batch of 1.

    >>> value("x", (3, 8, 8)).sizes
    (1, 3, 8, 8)
    """
    return Tensor(name, shape, (1, *shape), (BATCH, *range(len(shape))))
