"""What a YAML parser complains of, in words that say what to do about it."""

from __future__ import annotations

import re
from typing import Any

from convcalc.files.places import Place, SourceFault, TextFault
from convcalc.files.source_text import SourceText
from convcalc.records import NamedTuple

CONTROL = re.compile(
    rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x84\x86-\x9f]|\xef\xbf[\xbe\xbf]|\xef\xbb\xbf"
)

DEEPEST = 100
"""Lists and mappings inside each other; libyaml has a limit of its own, 1,000 at present."""

NOT_YAML = "this is not valid YAML: check the indentation, the quotes and the brackets"
TOO_DEEP = f"nesting is deeper than {DEEPEST}"
TAB = "a tab cannot indent: use spaces"
QUOTE = "this quote is never closed"
ESCAPE = "unknown escape: in double quotes, write a backslash twice"
INDENT = "does not belong here: check the indentation"
TAG = "tags are not allowed: quote text that begins with !"
DIRECTIVE = "a line that begins with % is a directive, such as %YAML 1.2: quote other text"
BLOCK_TEXT = "only -, + and a digit from 1 to 9 may follow | or >: the text begins on the next line"


class _Words(NamedTuple):
    """A parser's complaint in plain words."""

    problem: str
    context: str
    message: str
    at_context: bool = False


_WORDS = (
    _Words("nesting", "", TOO_DEEP),
    _Words("depth", "", TOO_DEEP),
    _Words("mapping values are not", "", f"this ':' {INDENT}, or quote text that has ': ' in it"),
    _Words("unexpected ':'", "", "a space is missing after this ':'"),
    _Words("expected ':'", "", "this key has no ':' after it", at_context=True),
    _Words("sequence entries are not", "", f"this '-' {INDENT}"),
    _Words("mapping keys are not", "", f"this '?' {INDENT}"),
    _Words("tab character", "", TAB),
    _Words("end of stream", "quoted", QUOTE, at_context=True),
    _Words("document separator", "quoted", QUOTE, at_context=True),
    _Words("document indicator", "quoted", QUOTE, at_context=True),
    _Words("", "quoted", ESCAPE),
    _Words("", "block scalar", BLOCK_TEXT),
    _Words("", "block mapping", f"this {INDENT}, the quotes and the ':'"),
    _Words("", "block collection", f"this {INDENT}, or begin it with '-'"),
    _Words("node content", "", "a value is missing here, or text that needs quotes"),
    _Words("", "an anchor", "a name must follow the &: quote text that begins with &"),
    _Words("", "an alias", "a name must follow the *: quote text that begins with *"),
    _Words("", "directive", DIRECTIVE),
    _Words("", "a tag", TAG),
    _Words("undefined tag handle", "", TAG),
    _Words("duplicate", "", "this directive is given twice"),
    _Words("incompatible", "", "only version 1 of YAML can be read"),
)


def syntax_fault(error: Any, text: SourceText, opened: Any) -> TextFault:
    """The parser's complaint, when `opened` is the mark of the innermost open collection."""
    said, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    place = text.at(mark) if mark else Place(1, 1, 1)
    for opening, parts in (("{", "',' or '}'"), ("[", "',' or ']'")):
        if parts in said and error.context_mark:
            return _unclosed(opening, error, text)
    if opened and text.character(text.at(opened)) == "[" and _is_end(error, text):
        return SourceFault("this '[' is never closed", text.at(opened))
    if "start any token" in said:
        return SourceFault(_odd_character(text.character(place)), place)
    if "document start" in said:
        return SourceFault(_no_document(text, place), place)
    for words in _WORDS:
        if words.problem in said and words.context in context:
            at_context = words.at_context and error.context_mark
            return SourceFault(words.message, text.at(error.context_mark) if at_context else place)
    return SourceFault(NOT_YAML, place)


def _unclosed(opening: str, error: Any, text: SourceText) -> TextFault:
    """A flow collection that ends in the wrong way, at the place that is most likely wrong."""
    closing = {"{": "}", "[": "]"}[opening]
    opened, place = text.at(error.context_mark), text.at(error.problem_mark)
    if _is_end(error, text):
        return SourceFault(f"this '{opening}' is never closed", opened)
    if opened.line == place.line:
        return SourceFault(f"a ',' or the '{closing}' is missing before this", place)
    message = f"this '{opening}' is not closed before line {place.line}, or a ',' is missing there"
    return SourceFault(message, opened)


def _is_end(error: Any, text: SourceText) -> bool:
    said, mark = error.problem or "", error.problem_mark
    return "<stream end>" in said or (mark is not None and text.is_end(mark))


def _no_document(text: SourceText, place: Place) -> str:
    """What is wrong with a place where only a new document may begin."""
    before = (text.line(number).strip() for number in range(1, place.line))
    if all(line[:1] in ("", "#", "%") for line in before):
        return "a line of three dashes must follow the directives: ---"
    return "nothing may follow the end of the document"


def _odd_character(character: str) -> str:
    if character == "\t":
        return TAB
    return f"text cannot begin with {character or 'this'}: put it in quotes"


def character_fault(error: Any, text: SourceText) -> TextFault:
    """Bytes that are no text, or characters that YAML does not allow."""
    try:
        text.data.decode()
        wrong = len(text.data)
    except UnicodeDecodeError as undecodable:
        wrong = undecodable.start
    control = CONTROL.search(text.data, 0, wrong)
    if control:
        character = ord(control[0].decode())
        message = f"the control character U+{character:04X} is not allowed"
        return SourceFault(message, text.at_offset(control.start()))
    if wrong < len(text.data):
        message = f"the byte 0x{text.data[wrong]:02x} is not UTF-8: save the file as UTF-8"
        return SourceFault(message, text.at_offset(wrong))
    return SourceFault(NOT_YAML, text.at_offset(error.position))
