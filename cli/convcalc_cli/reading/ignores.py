"""Findings that a project accepts: `ignore` in convcalc.toml, and comments in the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from convcalc.checks.findings import Finding
from convcalc.checks.rules import INVALID, NO_ROOM, RULES, UNREADABLE
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean

ALWAYS = (UNREADABLE, INVALID, NO_ROOM)
"""Rules of which nothing can be ignored: nothing was checked."""

CODE = re.compile(r"CC\w*", re.ASCII)
LAYER = re.compile(r"[\w.*?-]+", re.ASCII)
COMMENT = re.compile(r"(?:#|;)\s*convcalc:\s*ignore\s+(CC\d+(?:[\s,]+CC\d+)*)\s*$", re.ASCII)
HEAD = re.compile(r"\s*(?:[#;].*)?")
"""What stands above the network in a file: comments and empty lines."""
LONGEST_HEAD = 100


class Ignore(NamedTuple):
    """Findings that are accepted: those of a rule, about layers, or both.

    >>> from convcalc.checks.layer_rules import CHANNELS_MULTIPLE_OF
    >>> found = Finding(CHANNELS_MULTIPLE_OF.rule, "head has 1 output channel", subject="head")
    >>> [ignore(text).covers(found) for text in ("head", "CC105", "CC105 he*", "CC103 head")]
    [True, True, True, False]
    """

    code: str
    layers: str
    """A pattern of their names."""

    @property
    def text(self) -> str:
        """How it is written.

        >>> ignore("CC105 head").text
        'CC105 head'
        """
        return " ".join(filter(None, self))

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one of them."""
        if self.code not in ("", finding.rule.code):
            return False
        return not self.layers or all(map(self._is_about, (finding.subject, *finding.others)))

    def _is_about(self, layer: str) -> bool:
        return fnmatchcase(layer, self.layers) or fnmatchcase(layer, f"{self.layers}.*")


def ignore(text: str) -> Ignore:
    """An entry of `ignore`: a code, a layer, or a code and a layer.

    Raises:
        ValueError: it is written otherwise, or of a rule that cannot be ignored.
    """
    *codes, last = text.split() or [""]
    if not codes and CODE.fullmatch(last):
        return Ignore(_known(last), "")
    if len(codes) > 1 or not LAYER.fullmatch(last):
        raise ValueError(f"{text!r} is not a code, a layer or both, as in 'CC105 head'")
    return Ignore(_known(codes[0]) if codes else "", last)


def _known(code: str) -> str:
    rules = {rule.code: rule for rule in RULES}
    if code not in rules:
        raise ValueError(f"unknown rule {code}{did_you_mean(code, rules)}")
    if rules[code] in ALWAYS:
        raise ValueError(f"{code} cannot be ignored: the network was not checked")
    return code


def ignored_by_comment(line: Callable[[int], str], number: int | None) -> Iterator[str]:
    """The codes that comments ignore: behind a line, alone on the one above, or atop the file.

    >>> lines = ["# convcalc: ignore CC104", "layers:", "  - {conv: 1}  # convcalc: ignore CC105"]
    >>> list(ignored_by_comment(lambda at: lines[at - 1] if at <= len(lines) else "", 3))
    ['CC105', 'CC104']
    """
    if number is not None:
        yield from _codes(line(number))
        above = line(number - 1) if number > 1 else ""
        if HEAD.fullmatch(above):
            yield from _codes(above)
    for at in range(1, LONGEST_HEAD):
        text = line(at)
        if not text or not HEAD.fullmatch(text):
            break
        yield from _codes(text)


def _codes(line: str) -> Sequence[str]:
    found = COMMENT.search(line)
    return re.split(r"[\s,]+", found[1]) if found else ()
