"""The patterns of convcalc.toml: which files they fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from convcalc.records import NamedTuple

LONGEST = 1_000

WITHOUT_MEANING = {
    "{": "braces have no meaning here: write a pattern for each",
    "}": "braces have no meaning here: write a pattern for each",
    "[": "brackets have no meaning here: write ?, or a pattern for each",
    "]": "brackets have no meaning here: write ?, or a pattern for each",
    "\\": "a backslash has no meaning here: write / between folders",
}


def refusal(pattern: str) -> str:
    """Why a pattern would fit nothing, or not what it seems to; empty if it is fine.

    >>> refusal("nets/**/*.yaml"), refusal("!a.yaml")
    ('', 'patterns that exclude files are not supported')
    """
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    if pattern.startswith("!"):
        return "patterns that exclude files are not supported"
    parts = pattern.split("/")
    if not pattern.strip("./") or pattern.startswith("/") or ".." in parts:
        return "*, ? and ** are known, and paths start at this file's folder"
    return next((message for mark, message in WITHOUT_MEANING.items() if mark in pattern), "")


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path, or a folder that it is in.

    `*` and `?` stay within a part, `**` goes over any number of them. A pattern without a slash
    fits any part of the path.

    >>> matches("nets/*.yaml", "nets/a.yaml"), matches("nets/*.yaml", "nets/b/a.yaml")
    (True, False)
    >>> matches("nets/**", "nets/b/a.yaml"), matches("nets", "nets/b/a.yaml")
    (True, True)
    """
    machine = _machine(pattern)
    if machine.whole:
        return machine.fits(path)
    return any(map(machine.fits, path.split("/")))


class _Machine(NamedTuple):
    """A pattern as a machine that is in many states at once, one bit of a number for each.

    A step takes every state along, so that a path costs its length, whatever the stars are.
    """

    start: str
    """What a path begins with in any case."""
    tail: str
    """What comes behind the last star or question mark."""
    stars: str
    """The only thing between them, if that is `*` or `**`."""
    whole: bool
    """Whether it is about paths, not about one part of them."""
    at: dict[str, int]
    """For a character, the states that go on with it."""
    one: int
    """States that go on with any character of a part."""
    part: int
    """States that stay within a part: `*`."""
    over: int
    """States that stay: `**`."""
    folders: int
    """States that stay, and go on behind a slash: `**/`."""
    optional: int
    """States that need not be."""
    end: int

    def fits(self, path: str) -> bool:
        """Whether the path, or a folder that it is in, gets to the end."""
        begun = len(self.start)
        if not path.startswith(self.start) or path.find(self.tail, begun) < 0:
            return False
        if self.stars and not self.whole:  # the usual cases, without going through the letters
            return path.endswith(self.tail, begun)
        if self.stars == "**" and not self.tail:
            return True
        states = self._with_optional(1)
        for letter in path[begun:]:
            if letter == "/":
                if states & self.end:
                    return True
                on = self.at.get(letter, 0) | self.folders
                stay = self.over | self.folders
            else:
                on = self.at.get(letter, 0) | self.one
                stay = self.over | self.folders | self.part
            states = self._with_optional((states & on) << 1 | states & stay)
            if not states:
                return False
        return bool(states & self.end)

    def _with_optional(self, states: int) -> int:
        """The states, and those behind such as need not be.

        `**/` is two states, of which the second one counts only once something was taken.
        """
        before = 0
        while states != before:
            before = states
            states |= (states & self.optional) << 1
            states |= (states & self.folders >> 1) << 2
        return states


@cache
def _machine(pattern: str) -> _Machine:
    plain = "/".join([part for part in pattern.split("/") if part not in ("", ".")])
    tokens = _collapsed(list(_tokens(plain)))
    literal = next((at for at, token in enumerate(tokens) if token[0] in "*?"), len(tokens))
    last = len(tokens)
    while last > literal and tokens[last - 1][0] not in "*?":
        last -= 1
    at: dict[str, int] = {}
    sets = {"?": 0, "*": 0, "**": 0, "**/": 0}
    bit = 1
    for piece in tokens[literal:]:
        if piece == "**/":
            bit <<= 1
        if piece in sets:
            sets[piece] |= bit
        else:
            at[piece] = at.get(piece, 0) | bit
        bit <<= 1
    return _Machine(
        "".join(tokens[:literal]),
        "".join(tokens[last:]),
        tokens[literal] if literal + 1 == last and tokens[literal] in ("*", "**") else "",
        "/" in plain or "**" in plain,
        at,
        one=sets["?"],
        part=sets["*"],
        over=sets["**"],
        folders=sets["**/"],
        optional=sets["*"] | sets["**"] | sets["**/"] >> 1,
        end=bit,
    )


def _tokens(pattern: str) -> Iterator[str]:
    """Characters, and stars with what belongs to them."""
    at = 0
    while at < len(pattern):
        begun, at = at, at + 1
        if pattern[begun] != "*":
            yield pattern[begun]
            continue
        while pattern[at : at + 1] == "*":
            at += 1
        over = at - begun > 1
        if over and pattern[at : at + 1] == "/":
            at += 1
            yield "**/"
        else:
            yield "**" if over else "*"


def _collapsed(tokens: list[str]) -> list[str]:
    """Without a `**/` that follows one."""
    pairs = zip(["", *tokens], tokens, strict=False)
    return [token for before, token in pairs if not before == token == "**/"]
