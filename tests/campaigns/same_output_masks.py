"""What `same_output.py` leaves out of outputs before it compares them."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

FOR_PEOPLE = {"table", "markdown", "concise", "html", "svg", "png", "pdf", "text"}
"""Kinds of output that are left out where texts may differ."""


TEXTS = {
    ("json", "message"): "what is said of a finding, of a mistake in a file, or of a growth",
    ("json", "reason"): "why a design, a layer or a point of a sweep cannot be",
    ("json", "convention"): "what is counted, in a sentence",
    ("csv", "message"): "what is said of a finding",
    ("csv", "reason"): "why a point of a sweep cannot be",
    ("csv", "what_changed"): "a sentence for what JSON has as parameters",
    ("sarif", "message"): "what is said of a finding",
    ("sarif", "shortDescription"): "the summary of a rule",
    ("sarif", "fullDescription"): "the explanation of a rule",
    ("sarif", "help"): "the explanation of a rule",
    ("sarif", "convcalc/v1"): "a hash of the message where there is no subject: it gets a number",
    ("gitlab", "description"): "what is said of a finding; its code is compared",
    ("gitlab", "fingerprint"): "a hash of the message where there is no subject: it gets a number",
    ("junit", "message"): "what is said of a finding",
    ("junit", "failure"): "file, place and code are compared, not what follows",
    ("junit", "error"): "the same",
    ("junit", "system-out"): "the same",
    ("github", "annotation"): "properties are compared, not the message behind them",
    ("schema", "description"): "what an editor shows of a key",
}
"""What is masked where texts may differ: a kind of output, a key or column of it, and why."""


TIMES = {
    ("json", "seconds"): "how long a layer took",
    ("csv", "seconds"): "how long a layer took",
    ("table", "time"): "from a time to the end of its line, of --verify and --measure only",
    ("markdown", "time"): "the same",
}
"""What is masked always, for no two runs agree."""


def kind_of(words: Sequence[str]) -> str:
    """What a command writes to standard output."""
    if not words or "--help" in words or "-h" in words:
        return "text"
    formats = [value for flag, value in pairwise(words) if flag == "-f"]
    if formats:
        return formats[-1]
    usual = {"snapshot": "json", "schema": "schema"}
    if words[0] == "examples" and len(words) > 1:
        return "yaml"
    if words[0] in ("layer", "audit", "sweep", "check", "diff"):
        return "table"
    return usual.get(words[0], "text")


STRING = r'"(?:[^"\\]|\\.)+"'
"""A text in JSON that is not empty."""


CELL = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)(,|\n|\Z)')


TIME = re.compile(r"[\d,]+\.\d (?:us|ms|s)\b.*")


GAPS = re.compile(r" {2,}|─{2,}")


MASK = "***"


def keys(kind: str, masked: Iterable[tuple[str, str]]) -> str:
    """The keys of a kind, as a pattern."""
    return "|".join(re.escape(key) for each, key in masked if each == kind)


def without_times(text: str, kind: str, *, is_timed: bool) -> str:
    """Output without what no two runs agree on."""
    if kind == "json":
        return re.sub(rf'("(?:{keys(kind, TIMES)})": )[\d.e+-]+', rf"\1{MASK}", text)
    if kind == "csv":
        return without_columns(text, keys(kind, TIMES))
    if is_timed and (kind, "time") in TIMES:
        return "\n".join(GAPS.sub("  ", TIME.sub(MASK, line)) for line in text.split("\n"))
    return text


def without_columns(text: str, names: str) -> str:
    """CSV as it is, with a mask for cells that say something in columns of these names."""
    header, newline, rows = text.partition("\n")
    masked = {at for at, name in enumerate(header.split(",")) if re.fullmatch(names, name)}
    pieces, column = [header, newline], 0
    for found in CELL.finditer(rows):
        cell, end = found.groups()
        pieces.append(f"{MASK if cell and column in masked else cell}{end}")
        column = column + 1 if end == "," else 0
    return "".join(pieces)


def without_texts(text: str, kind: str) -> str:
    """Output that programs read without what is written for people."""
    masks: dict[str, Callable[[str], str]] = {
        "json": json_without_texts,
        "schema": lambda text: without_strings(text, keys("schema", TEXTS)),
        "csv": lambda text: without_columns(text, keys("csv", TEXTS)),
        "sarif": sarif_without_texts,
        "gitlab": gitlab_without_texts,
        "junit": junit_without_texts,
        "github": lambda text: re.sub(r"(?m)^(::\w+ .*?::).*", rf"\1{MASK}", text),
    }
    return masks[kind](text) if kind in masks else text


def without_strings(text: str, names: str) -> str:
    """JSON as it is, with a mask for the strings of some keys."""
    return re.sub(rf'("(?:{names})": ){STRING}', rf'\1"{MASK}"', text)


def json_without_texts(text: str) -> str:
    """Reports and snapshots."""
    return without_strings(text, keys("json", TEXTS))


def sarif_without_texts(text: str) -> str:
    """Each text stands in an object of its own."""
    texts = re.compile(rf'("(?:{keys("sarif", TEXTS)})": {{\s*"text": ){STRING}')
    return numbered(texts.sub(rf'\1"{MASK}"', text), "convcalc/v1")


def gitlab_without_texts(text: str) -> str:
    """The code of a finding stands before what is said of it."""
    said = re.compile(r'("description": "CC\d+: )(?:[^"\\]|\\.)*"')
    return numbered(said.sub(rf'\1{MASK}"', text), "fingerprint")


def junit_without_texts(text: str) -> str:
    """In elements, a place and a code stand before what is said of a finding."""
    text = re.sub(r"""( message=)(?:"[^"]*"|'[^']*')""", rf'\1"{MASK}"', text)
    elements = keys("junit", TEXTS)
    said = rf"(<(?:{elements})[ >][^<]*?: CC\d+ (?:warning: )?)[^<]*(</)"
    return re.sub(said, rf"\1{MASK}\2", text)


def numbered(text: str, key: str) -> str:
    """JSON with numbers for hashes: those that were equal are, and others are not."""
    seen: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f'{found[1]}"{seen.setdefault(found[2], len(seen) + 1)}"'

    return re.sub(rf'("{re.escape(key)}": )({STRING})', number, text)
