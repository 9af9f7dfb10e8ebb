"""Names for rows: those of the source, as far as the network language allows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from convcalc.layers import INPUT, LONGEST_NAME

UNUSABLE = re.compile(r"[^\w.-]", re.ASCII)


class Names:
    """Names for rows that the language allows, each once.

    >>> names = Names()
    >>> [names.unique("/layer1/0/conv", "layer") for _ in range(2)]
    ['layer1.0.conv', 'layer1.0.conv_2']
    """

    def __init__(self) -> None:
        self._taken: dict[str, int] = {INPUT: 0}

    def cleaned(self, name: str) -> str:
        """The name with what the language does not allow replaced."""
        text = UNUSABLE.sub("_", name.strip("/").replace("/", "."))[: LONGEST_NAME - 20]
        return text if text[:1].isalpha() or text[:1] == "_" or not text else f"_{text}"

    def unique(self, name: str, otherwise: str) -> str:
        """The cleaned name, with a number behind it where it is taken."""
        cleaned = self.cleaned(name) or otherwise
        number = self._taken.get(cleaned, 0) + 1 + (cleaned == INPUT)
        unique = cleaned if number == 1 else f"{cleaned}_{number}"
        while number > 1 and unique in self._taken:
            number += 1
            unique = f"{cleaned}_{number}"
        self._taken[cleaned] = number
        self._taken.setdefault(unique, 1)
        return unique

    def free(self, names: Iterable[str]) -> None:
        """Names that nothing has any more.

        >>> names = Names()
        >>> names.free([names.unique("conv", "layer")])
        >>> names.unique("conv", "layer")
        'conv'
        """
        for name in names:
            if self._taken.get(name) == 1:
                del self._taken[name]
