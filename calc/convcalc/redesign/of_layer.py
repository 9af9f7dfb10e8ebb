"""One layer beside its designs."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.layers import Layer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.redesign.designs import (
    ConvLayer,
    Design,
    NoSuchDesignError,
    design_title,
    designs_of,
)
from convcalc.values import Shape


class DesignFacts(NamedTuple):
    """A design of the layer, and its facts.

    >>> from convcalc import Conv
    >>> pair = compare(Conv(4, 8, 3), (4, 9, 9)).possible[-1]
    >>> pair.name, [layer.name for layer in pair.layers], pair.audit.totals.params
    ('depthwise separable', ['conv_1.depthwise', 'conv_1.pointwise'], 80)
    """

    name: str
    groups: int | None
    layers: tuple[ConvLayer, ...]
    audit: Audit
    proof: str | None = None
    """How it equals the standard design, as its `Design` declares."""
    lesson: str | None = None
    """What explains it, as its `Design` declares."""

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them.

        >>> from convcalc import Conv
        >>> [design.title for design in compare(Conv(4, 8, 1, groups=2), (4, 9, 9)).possible]
        ['standard', 'grouped, groups=2']
        """
        return design_title(self.name, self.groups)


class MissingDesign(NamedTuple):
    """A design that the layer does not have, and why.

    >>> from convcalc import Conv
    >>> missing = compare(Conv(4, 8, 1), (4, 9, 9)).designs[-1]
    >>> missing.name, str(missing.reason)
    ('depthwise separable', 'a kernel of 1 has nothing to separate')
    """

    name: str
    groups: int | None
    reason: NoSuchDesignError

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them.

        >>> from convcalc import Conv
        >>> compare(Conv(4, 8, 1), (4, 9, 9)).designs[-1].title
        'depthwise separable'
        """
        return design_title(self.name, self.groups)


class Comparison(NamedTuple):
    """The layer as it was given, and every design of it for the same input and output shapes.

    >>> from convcalc import Conv
    >>> facts = compare(Conv(3, 6, 3, padding=1, groups=3), (3, 8, 8))
    >>> facts.audit.totals.macs, [design.name for design in facts.designs]
    (3456, ['standard', 'grouped', 'depthwise separable'])
    """

    layer: ConvLayer
    network: Network
    audit: Audit
    designs: tuple[DesignFacts | MissingDesign, ...]

    @property
    def possible(self) -> list[DesignFacts]:
        """The designs that the layer has.

        >>> from convcalc import Conv
        >>> [design.name for design in compare(Conv(4, 8, 1, groups=2), (4, 9, 9)).possible]
        ['standard', 'grouped']
        """
        return [design for design in self.designs if isinstance(design, DesignFacts)]

    @property
    def standard(self) -> DesignFacts:
        """The design that the others are measured against; every layer has it.

        >>> from convcalc import Conv
        >>> compare(Conv(4, 8, 3, groups=2), (4, 9, 9)).standard.layers[0].operation
        Conv(4, 8, kernel_size=(3, 3))
        """
        return self.possible[0]

    def is_as_given(self, design: DesignFacts) -> bool:
        """Whether a design is the very layer that was asked for.

        >>> from convcalc import Conv
        >>> facts = compare(Conv(4, 8, 3, groups=2), (4, 9, 9))
        >>> [facts.is_as_given(design) for design in facts.possible]
        [False, True, False]
        """
        return design.layers == (self.layer,)


def compare(
    conv: Convolution, input_shape: Shape, *, batch: int = 1, dtype: str = "float32"
) -> Comparison:
    """The facts of a convolution and of its standard, grouped and depthwise separable designs.

    Args:
        conv: a plain or a transposed convolution.
        input_shape: `(C, *spatial)` of one input.
        batch: inputs processed together; it multiplies MACs and the bytes of activations.
        dtype: the number format, for the bytes.

    Raises:
        SpecError: it is no convolution, or cannot take this input.

    >>> from convcalc import Conv
    >>> for design in compare(Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64)).possible:
    ...     print(design.name, design.audit.totals.params, design.audit.totals.macs)
    standard 4640 18874368
    grouped 1184 4718592
    depthwise separable 704 2686976
    """
    if not isinstance(conv, Convolution):
        raise SpecError("{conv} is not a convolution", conv=conv)
    layer: ConvLayer = Layer(f"{conv.word}_1", conv)
    network = Network(input_shape, [layer], batch=batch, dtype=dtype)
    facts = network.audit()
    designs = [_design_facts(design, layer, network) for design in designs_of(conv)]
    return Comparison(layer, network, facts, tuple(designs))


def _design_facts(
    design: Design, layer: ConvLayer, network: Network
) -> DesignFacts | MissingDesign:
    try:
        layers = design.rewrite(layer)
    except NoSuchDesignError as reason:
        return MissingDesign(design.name, design.groups, reason)
    facts = network.replace(layers=layers).audit()
    return DesignFacts(
        design.name, design.groups, tuple(layers), facts, design.proof, design.lesson
    )
