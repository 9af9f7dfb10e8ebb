"""The rows of a model: what each reads, how often it is there, its module and its arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from typing import Any
from warnings import catch_warnings, simplefilter

from convcalc.difference.source_rows import SourceRow
from convcalc.errors import SpecError, shortened
from convcalc.language.problems import value_written
from convcalc.layers import Path
from convcalc.records import NamedTuple

SECTIONS = ("backbone", "head")
MOST_REPEATS = 10_000
LONGEST_LITERAL = 200
LONGEST_NAME = 60
FORM = "a row is [from, repeats, module, arguments]"


class RowError(SpecError):
    """An error at a part of a row: 0 is from, 1 repeats, 2 the module, 3 the arguments.

    Args:
        message: what is wrong.
        part: the path of the part in the row.
    """

    def __init__(self, message: str, *part: int) -> None:
        super().__init__(message)
        self.part = part


class Row(NamedTuple):
    """A row of a model, its arguments as values."""

    number: int
    path: Path
    sources: tuple[int, ...]
    """The numbers of the rows that it reads; -1 is the image."""
    reads_list: bool
    """Whether a list is given of them."""
    repeats: int
    module: str
    arguments: Sequence[Any]

    @property
    def name(self) -> str:
        """The name in the state dict."""
        return row_name(self.number)


def row_name(number: int) -> str:
    """What the row of a number is called; the image is the input.

    >>> row_name(4), row_name(-1)
    ('model.4', 'input')
    """
    return f"model.{number}" if number >= 0 else "input"


def written_rows(content: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The rows as they are written, with their paths.

    >>> list(written_rows({"backbone": [[-1, 1, "SPPF", [8]]], "head": []}))
    [(('backbone', 0), [-1, 1, 'SPPF', [8]])]
    """
    for section in SECTIONS:
        rows = content.get(section)
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            yield (section, at), row


def is_row(written: Any) -> bool:
    """Whether something has the form of a row.

    >>> is_row([-1, 1, "Conv", [64, 3, 2]]), is_row(["Conv", 64])
    (True, False)
    """
    return isinstance(written, list) and len(written) == 4 and isinstance(written[3], list)


def source_row(number: int, written: Any) -> SourceRow:
    """A row in words.

    >>> source_row(11, [[-1, 6], 1, "Concat", [1]]).title
    '11: [[-1, 6], 1, Concat, [1]]'
    """
    _, *rest = written
    return SourceRow(number, _text(written), _text(rest), str(written[2]))


def _text(written: Any) -> str:
    if isinstance(written, list):
        return f"[{', '.join(map(_text, written))}]"
    return str(written)


def row_of(number: int, path: Path, written: Any, names: Mapping[str, Any]) -> Row:
    """A row.

    Args:
        number: its place among all rows.
        path: its place in the file.
        written: what is written there.
        names: what words among the arguments stand for, such as nc.

    Raises:
        RowError: it is not a row.

    >>> row_of(3, ("backbone", 3), [[-1, 0], 1, "Concat", [1]], {}).sources
    (2, 0)
    """
    if not isinstance(written, list) or len(written) != 4:
        raise RowError(f"{FORM}, not {value_written(written)}")
    source, repeats, module, arguments = written
    if type(repeats) is not int or not 0 <= repeats <= MOST_REPEATS:
        shown = repr(repeats) if isinstance(repeats, str) else value_written(repeats)
        known = f"a whole number from 0 to {MOST_REPEATS:,}"
        raise RowError(f"repeats={shortened(shown)} is not {known}", 1)
    if not isinstance(module, str) or len(module) > LONGEST_NAME:
        raise RowError(f"{value_written(module)} is not the name of a module", 2)
    if not isinstance(arguments, list):
        raise RowError(f"the arguments of {module} are not a list: {FORM}", 3)
    sources = source if isinstance(source, list) else [source]
    if not sources:
        raise RowError(f"{module} reads no row", 0)
    found = tuple([_source(each, number) for each in sources])
    values = [_value(each, names) for each in arguments]
    return Row(number, path, found, isinstance(source, list), repeats, module, values)


def _source(written: Any, number: int) -> int:
    """The number of a row that is read; negative ones count back from the row itself."""
    if type(written) is not int:
        raise RowError(f"from={value_written(written)} is not the number of a row", 0)
    if written == -1 and number == 0:
        return -1
    found = number + written if written < 0 else written
    if not 0 <= found < number:
        before = "row 0 comes" if number == 1 else f"rows 0 to {number - 1} come"
        known = f"{before} before" if number else "-1 is the image"
        raise RowError(f"row {number} cannot read row {written}: {known}", 0)
    return found


def _value(written: Any, names: Mapping[str, Any]) -> Any:
    """An argument: a name of the file, a Python literal, or as it is."""
    if not isinstance(written, str):
        return written
    if written in names:
        return names[written]
    if len(written) > LONGEST_LITERAL or (written.isidentifier() and not iskeyword(written)):
        return written
    try:
        with catch_warnings():
            simplefilter("ignore")  # what is not a literal is text
            found = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return written
    return _listed(found)


def _listed(value: Any) -> Any:
    """A value with lists for tuples."""
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value
