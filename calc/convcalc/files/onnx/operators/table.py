"""Which operators have rules, by their domains."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.onnx.call import Rule
from convcalc.files.onnx.operators import (
    attention,
    einsum,
    fused,
    norms,
    picking,
    pointwise,
    products,
    quantized,
    recurrent,
    sequences,
    shapes,
    windows,
)

STANDARD: Mapping[str, Rule] = {
    **windows.RULES,
    **products.RULES,
    **einsum.RULES,
    **norms.RULES,
    **pointwise.RULES,
    **shapes.RULES,
    **picking.RULES,
    **sequences.RULES,
    **recurrent.RULES,
    **attention.RULES,
}

RULES: Mapping[str, Mapping[str, Rule]] = {
    "": STANDARD,
    "com.microsoft": {**STANDARD, **fused.RULES, **quantized.RULES},
}
"""Rules by domain and operator."""
