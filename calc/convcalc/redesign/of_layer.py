"""One layer beside its designs."""

from __future__ import annotations

from convcalc.display import displayed
from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.layers import Layer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple
from convcalc.redesign.designs import (
    ConvLayer,
    Design,
    NoSuchDesignError,
    Proof,
    design_title,
    designs_of,
    narrower_designs,
)
from convcalc.values import Shape
from convcalc.wording import counted


class DesignFacts(NamedTuple):
    """A design of the layer, and its facts.

    >>> from convcalc import Conv
    >>> facts = compare(Conv(4, 8, 3), (4, 9, 9))
    >>> (pair,) = [design for design in facts.possible if design.name == "depthwise separable"]
    >>> [layer.name for layer in pair.layers], pair.audit.totals.params
    (['conv_1.depthwise', 'conv_1.pointwise'], 80)
    """

    name: str
    groups: int | None
    layers: tuple[ConvLayer, ...]
    audit: Audit
    proof: Proof | None = None
    """How it equals the standard design, as its `Design` declares."""
    lesson: str | None = None
    """What explains it, as its `Design` declares."""

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them.

        >>> from convcalc import Conv
        >>> [design.title for design in compare(Conv(4, 8, 1, groups=2), (4, 9, 9)).possible][:2]
        ['standard', 'grouped, groups=2']
        """
        return design_title(self.name, self.groups)


class MissingDesign(NamedTuple):
    """A design that the layer does not have, and why.

    >>> from convcalc import Conv
    >>> facts = compare(Conv(4, 8, 1), (4, 9, 9))
    >>> (missing,) = [design for design in facts.designs if design.name == "depthwise separable"]
    >>> str(missing.reason)
    'a kernel of 1 has nothing to separate'
    """

    name: str
    groups: int | None
    reason: NoSuchDesignError

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them.

        >>> from convcalc import Conv
        >>> [design.title for design in compare(Conv(4, 7, 1), (4, 9, 9)).designs][1]
        'grouped'
        """
        return design_title(self.name, self.groups)


@displayed
class Comparison(NamedTuple):
    """The layer as it was given, and every design of it for the same input and output shapes.

    `print` shows the table of `convcalc layer`.

    >>> from convcalc import Conv
    >>> facts = compare(Conv(3, 6, 3, padding=1, groups=3), (3, 8, 8))
    >>> facts.audit.totals.macs, facts.standard.audit.totals.macs
    (3456, 10368)
    >>> compare(Conv(4, 8, 1), (4, 9, 9))
    <Comparison of 3 designs of Conv(4, 8, kernel_size=(1, 1)): 40 params, 2,592 MACs>
    """

    layer: ConvLayer
    network: Network
    audit: Audit
    designs: tuple[DesignFacts | MissingDesign, ...]

    def __repr__(self) -> str:
        designs = counted(len(self.possible), "design")
        figures = self.audit.totals.counts_text
        return f"<Comparison of {designs} of {self.layer.operation!r}: {figures}>"

    @property
    def possible(self) -> list[DesignFacts]:
        """The designs that the layer has.

        >>> from convcalc import Conv
        >>> facts = compare(Conv(4, 8, 1, groups=2), (4, 9, 9))
        >>> "depthwise separable" in [design.name for design in facts.possible]
        False
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
        >>> [design.title for design in facts.possible if facts.is_as_given(design)]
        ['grouped, groups=2']
        """
        return design.layers == (self.layer,)


def compare(
    conv: Convolution,
    input_shape: Shape,
    *,
    batch: int = 1,
    dtype: str = "float32",
    every: bool = False,
) -> Comparison:
    """The facts of a convolution and of its standard, grouped and depthwise separable designs.

    Args:
        conv: a plain or a transposed convolution.
        input_shape: `(C, *spatial)` of one input.
        batch: inputs processed together; it multiplies MACs and the bytes of activations.
        dtype: the number format, for the bytes.
        every: whether bottlenecks and pairs of spatial halves are among the designs too.

    Raises:
        SpecError: it is no convolution, or cannot take this input.

    >>> from convcalc import Conv
    >>> facts = compare(Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64))
    >>> totals = {design.name: design.audit.totals for design in facts.possible}
    >>> for name in ("standard", "grouped", "depthwise separable"):
    ...     print(name, totals[name].params, totals[name].macs)
    standard 4640 18874368
    grouped 1184 4718592
    depthwise separable 704 2686976
    """
    if not isinstance(conv, Convolution):
        raise SpecError("{conv} is not a convolution", conv=conv)
    layer: ConvLayer = Layer(f"{conv.word}_1", conv)
    network = Network(input_shape, [layer], batch=batch, dtype=dtype)
    facts = network.audit()
    wanted = [*designs_of(conv), *(narrower_designs() if every else [])]
    designs = [_design_facts(design, layer, network) for design in wanted]
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
