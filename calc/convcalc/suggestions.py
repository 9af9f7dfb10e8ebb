"""What was probably meant by an unknown word, found within a bound on the work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST_WORD = 60
"""Letters of the longest word that is compared: a longer one was hardly typed."""

MOST_PAIRS = 1_000_000
"""Letters that are compared with letters, for all mistakes of a file together."""

LEAST_PAIRS = 50
"""What a comparison costs at the least."""

MANY_CHOICES = 1_000
"""Of more, only those are compared that begin and end as the word does."""

SIMILARITY = 0.6

_left: ContextVar[list[int] | None] = ContextVar("pairs left", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """Lets all the suggestions within share one bound; without it each has a bound of its own.

    >>> with bounded():
    ...     closest("kernel", ["kernel_size", "stride"])
    'kernel_size'
    """
    token = _left.set([MOST_PAIRS])
    try:
        yield
    finally:
        _left.reset(token)


def closest(word: str, choices: Collection[str]) -> str | None:
    """The choice that is most like the word; None if none is, or if there is too much to compare.

    >>> closest("strode", ["kernel_size", "stride"]), closest("xyz", ["kernel_size", "stride"])
    ('stride', None)
    >>> closest("convb_0700", [f"conv_{number:04}" for number in range(1_001)])
    'conv_0700'
    """
    left = _left.get() or [MOST_PAIRS]
    if len(word) > LONGEST_WORD or left[0] <= 0:
        return None
    left[0] -= len(choices)
    if len(choices) > MANY_CHOICES:
        alike = word[:1], word[-2:]
        choices = [each for each in choices if (each[:1], each[-2:]) == alike]
    candidates = [each for each in choices if len(each) <= LONGEST_WORD]
    left[0] -= sum([max(len(word) * len(each), LEAST_PAIRS) for each in candidates])
    if left[0] < 0:
        return None
    from difflib import get_close_matches

    found = get_close_matches(word, candidates, n=1, cutoff=SIMILARITY)
    return found[0] if found else None
