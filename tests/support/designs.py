"""One design out of all, by its name, wherever it stands among the others."""

from convcalc.redesign.designs import SEPARABLE
from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign


def design(comparison: Comparison, title: str = SEPARABLE) -> DesignFacts:
    """The design with this title, which the layer has."""
    found = one_of(comparison, title)
    assert isinstance(found, DesignFacts)
    return found


def missing(comparison: Comparison, title: str = SEPARABLE) -> MissingDesign:
    """The design with this title, which the layer does not have."""
    found = one_of(comparison, title)
    assert isinstance(found, MissingDesign)
    return found


def one_of(comparison: Comparison, title: str) -> DesignFacts | MissingDesign:
    """The design with this title."""
    (found,) = [each for each in comparison.designs if each.title == title]
    return found
