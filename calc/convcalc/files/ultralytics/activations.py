"""Activations as rows and files name them, such as `nn.LeakyReLU(0.1)`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.problems import value_written

CALL = re.compile(r"(?:torch\.)?nn\.(\w+)\(([^()]*)\)")
NUMBER = re.compile(r"(?:negative_slope=|alpha=|beta=)?([0-9]*\.?[0-9]+)")

WORDS: Mapping[str, str] = {
    "ELU": "elu",
    "GELU": "gelu",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "Identity": "identity",
    "LeakyReLU": "leaky_relu",
    "Mish": "mish",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Tanh": "tanh",
}
"""Operations of the language by the names of their classes."""

WITH_NUMBER = ("ELU", "LeakyReLU", "Softplus")


def activation_of(written: Any) -> Any:
    """The layer that an activation stands for; the text is matched, never evaluated.

    Raises:
        SpecError: it is not a known one.

    >>> activation_of("nn.LeakyReLU(0.1)"), activation_of("torch.nn.ReLU()")
    ({'leaky_relu': 0.1}, 'relu')
    """
    call = CALL.fullmatch(written.strip()) if isinstance(written, str) else None
    if call is None or call[1] not in WORDS:
        known = ", ".join(f"nn.{name}()" for name in WORDS)
        hint = f"; did you mean nn.{written}()?" if written in WORDS else f"; known are {known}"
        raise SpecError(f"activation {value_written(written)} is not known{hint}")
    number = NUMBER.match(call[2].strip()) if call[1] in WITH_NUMBER else None
    return {WORDS[call[1]]: float(number[1])} if number else WORDS[call[1]]
