"""What each layer becomes, by its class."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.keras.layers import (
    activations,
    attention,
    convolutions,
    dense,
    merging,
    norms,
    poolings,
    recurrent,
    shaping,
)
from convcalc.files.keras.site import Mapper

LAYERS: Mapping[str, Mapper] = {
    **activations.LAYERS,
    **attention.LAYERS,
    **convolutions.LAYERS,
    **dense.LAYERS,
    **merging.LAYERS,
    **norms.LAYERS,
    **poolings.LAYERS,
    **recurrent.LAYERS,
    **shaping.LAYERS,
}
"""The layers that have a rule."""
