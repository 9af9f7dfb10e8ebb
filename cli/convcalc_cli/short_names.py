"""Long names in little room: what is left of them is as different as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

MOST = 5_000
"""Names that are compared with each other; of more of them only the middle is lost."""
END = 3
"""Characters of either end that a name keeps if it can."""


def shortened(names: Sequence[str], width: int, ellipsis: str) -> list[str]:
    """Names that lose a part of theirs, the middle where that leaves them apart.

    >>> shortened(["stage1.0.conv_2", "stage1.1.conv_2", "head"], 10, "~")
    ['~.0.conv_2', '~.1.conv_2', 'head']
    """
    cut = {name: _cut(name, width, (width - 1) // 2, ellipsis) for name in names}
    if len(cut) <= MOST:
        for alike in _alike(cut):
            taken = {short for name, short in cut.items() if name not in alike}
            cut.update(_told_apart(alike, width, ellipsis, taken))
    return [cut[name] for name in names]


def _alike(cut: dict[str, str]) -> list[list[str]]:
    """The names that look the same."""
    groups: dict[str, list[str]] = {}
    for name, short in cut.items():
        groups.setdefault(short, []).append(name)
    return [names for names in groups.values() if len(names) > 1]


def _told_apart(names: Sequence[str], width: int, ellipsis: str, taken: set[str]) -> dict[str, str]:
    """The names, each with the part that the others have not; with a number as a last resort."""
    for cut in _ways(names, width, ellipsis):
        found = {name: cut(name) for name in names}
        if len({*found.values()} - taken) == len(names):
            return found
    marks = [f"{ellipsis}{number}" for number in range(1, len(names) + 1)]
    return {
        name: f"{name[: max(width - len(mark), 0)]}{mark}"
        for name, mark in zip(names, marks, strict=True)
    }


def _ways(names: Sequence[str], width: int, ellipsis: str) -> Iterator[Callable[[str], str]]:
    """Ways to cut names: the loss ever further from the middle; or all that they begin with too."""
    middle, begin = (width - 1) // 2, _common(names)
    places = sorted(range(width), key=lambda behind: abs(behind - middle))
    window = partial(_window, width=width, begin=begin, ellipsis=ellipsis)
    inner = [behind for behind in places if END <= behind < width - END]
    for behind in inner:
        yield partial(_cut, width=width, behind=behind, ellipsis=ellipsis)
    for behind in range(middle, -1, -1):
        yield partial(window, behind=behind)
    for behind in places[len(inner) :]:
        yield partial(_cut, width=width, behind=behind, ellipsis=ellipsis)


def _common(names: Sequence[str]) -> int:
    """How many characters all of them begin with."""
    for at, letters in enumerate(zip(*names, strict=False)):
        if len({*letters}) > 1:
            return at
    return min(map(len, names))


def _cut(name: str, width: int, behind: int, ellipsis: str) -> str:
    """A name that loses all but its beginning and so many characters of its end."""
    if len(name) <= width:
        return name
    return f"{name[: width - 1 - behind]}{ellipsis}{name[len(name) - behind :]}"


def _window(name: str, width: int, begin: int, behind: int, ellipsis: str) -> str:
    """A part of a name from some character on, and so many characters of its end."""
    if len(name) <= width:
        return name
    rest = name[begin:]
    if len(rest) < width:
        return f"{ellipsis}{name[len(name) - width + 1 :]}"
    return f"{ellipsis}{_cut(rest, width - 1, min(behind, width - 2), ellipsis)}"
