"""Every refusal of PyYAML's two parsers gets words of ours, whatever words it has itself."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest
import yaml  # type: ignore[import-untyped]

from convcalc.files.places import Place, SourceFault, TextFault
from convcalc.files.source_text import SourceText
from convcalc.files.yaml_faults import character_fault, syntax_fault
from convcalc.files.yaml_reader import read_text

TEXT = SourceText(b"a: @\nb: [1, {2\nc: 3\n")

MISPLACED = "does not belong here: check the indentation"
QUOTE = "this quote is never closed"
ESCAPE = "unknown escape: in double quotes, write a backslash twice"
TAB = "a tab cannot indent: use spaces"
TAG = "tags are not allowed: quote text that begins with !"
DIRECTIVE = "a line that begins with % is a directive, such as %YAML 1.2: quote other text"
BLOCK_TEXT = "only -, + and a digit from 1 to 9 may follow | or >: the text begins on the next line"
DEEP = "nesting is deeper than 100"
OPEN = "this '{' is not closed before line 3, or a ',' is missing there"
UNKNOWN = "this is not valid YAML: check the indentation, the quotes and the brackets"
NO_VALUE = "a value is missing here, or text that needs quotes"
NO_COLON = "this key has no ':' after it"
AFTER_END = "nothing may follow the end of the document"
ANCHOR = "a name must follow the &: quote text that begins with &"
ALIAS = "a name must follow the *: quote text that begins with *"
MAPPING = f"this {MISPLACED}, the quotes and the ':'"
LIST = f"this {MISPLACED}, or begin it with '-'"
COLON = f"this ':' {MISPLACED}, or quote text that has ': ' in it"
VERSION = "only version 1 of YAML can be read"
TWICE = "this directive is given twice"

JARGON = re.compile(
    r"\b(token|flow|scalar|scann|pars(ing|er)|octet|indicator|node|collection|simple key|codec|"
    r"stream|found|expected|did not|could not|URI|handle)"
)


class Refusal(NamedTuple):
    """What a parser says, in which context, and what we make of it."""

    context: str
    problem: str
    message: str


# libyaml 0.2.6: scanner.c and parser.c, whole.
LIBYAML = [
    Refusal("while scanning for the next token", "found character that cannot start any token",
            "text cannot begin with @: put it in quotes"),
    Refusal("while scanning a simple key", "could not find expected ':'", NO_COLON),
    Refusal("while increasing flow level", "exceeded maximum nesting depth", DEEP),
    Refusal("while increasing block level", "exceeded maximum nesting depth", DEEP),
    Refusal("", "block sequence entries are not allowed in this context", f"this '-' {MISPLACED}"),
    Refusal("", "mapping keys are not allowed in this context", f"this '?' {MISPLACED}"),
    Refusal("", "mapping values are not allowed in this context", COLON),
    Refusal("while scanning a directive", "found unknown directive name", DIRECTIVE),
    Refusal("while scanning a directive", "did not find expected comment or line break", DIRECTIVE),
    Refusal("while scanning a directive", "could not find expected directive name", DIRECTIVE),
    Refusal("while scanning a directive", "found unexpected non-alphabetical character", DIRECTIVE),
    Refusal("while scanning a %YAML directive", "did not find expected digit or '.' character",
            DIRECTIVE),
    Refusal("while scanning a %YAML directive", "found extremely long version number", DIRECTIVE),
    Refusal("while scanning a %YAML directive", "did not find expected version number", DIRECTIVE),
    Refusal("while scanning a %TAG directive", "did not find expected whitespace", DIRECTIVE),
    Refusal("while scanning a %TAG directive", "did not find expected whitespace or line break",
            DIRECTIVE),
    Refusal("while scanning a tag directive", "did not find expected '!'", DIRECTIVE),
    Refusal("while parsing a tag directive", "did not find expected '!'", DIRECTIVE),
    Refusal("while parsing a %TAG directive", "did not find expected tag URI", DIRECTIVE),
    Refusal("while parsing a %TAG directive", "did not find URI escaped octet", DIRECTIVE),
    Refusal("while parsing a %TAG directive", "found an incorrect leading UTF-8 octet", DIRECTIVE),
    Refusal("while parsing a %TAG directive", "found an incorrect trailing UTF-8 octet", DIRECTIVE),
    Refusal("while scanning a tag", "did not find expected '!'", TAG),
    Refusal("while scanning a tag", "did not find the expected '>'", TAG),
    Refusal("while scanning a tag", "did not find expected whitespace or line break", TAG),
    Refusal("while parsing a tag", "did not find expected tag URI", TAG),
    Refusal("while parsing a tag", "did not find URI escaped octet", TAG),
    Refusal("while parsing a tag", "found an incorrect leading UTF-8 octet", TAG),
    Refusal("while parsing a tag", "found an incorrect trailing UTF-8 octet", TAG),
    Refusal("while scanning an anchor", "did not find expected alphabetic or numeric character",
            ANCHOR),
    Refusal("while scanning an alias", "did not find expected alphabetic or numeric character",
            ALIAS),
    Refusal("while scanning a block scalar", "found an indentation indicator equal to 0",
            BLOCK_TEXT),
    Refusal("while scanning a block scalar", "did not find expected comment or line break",
            BLOCK_TEXT),
    Refusal("while scanning a block scalar",
            "found a tab character where an indentation space is expected", TAB),
    Refusal("while scanning a quoted scalar", "found unexpected document indicator", QUOTE),
    Refusal("while scanning a quoted scalar", "found unexpected end of stream", QUOTE),
    Refusal("while parsing a quoted scalar", "found unknown escape character", ESCAPE),
    Refusal("while parsing a quoted scalar", "did not find expected hexdecimal number", ESCAPE),
    Refusal("while parsing a quoted scalar", "found invalid Unicode character escape code", ESCAPE),
    Refusal("while scanning a plain scalar", "found a tab character that violates indentation",
            TAB),
    Refusal("while scanning a plain scalar", "found unexpected ':'",
            "a space is missing after this ':'"),
    Refusal("", "did not find expected <stream-start>", UNKNOWN),
    Refusal("", "did not find expected <document start>", AFTER_END),
    Refusal("while parsing a node", "found undefined tag handle", TAG),
    Refusal("while parsing a block node", "did not find expected node content", NO_VALUE),
    Refusal("while parsing a flow node", "did not find expected node content", NO_VALUE),
    Refusal("while parsing a block collection", "did not find expected '-' indicator", LIST),
    Refusal("while parsing a block mapping", "did not find expected key", MAPPING),
    Refusal("while parsing a flow sequence", "did not find expected ',' or ']'",
            OPEN.replace("{", "[")),
    Refusal("while parsing a flow mapping", "did not find expected ',' or '}'", OPEN),
    Refusal("", "found duplicate %YAML directive", TWICE),
    Refusal("", "found duplicate %TAG directive", TWICE),
    Refusal("", "found incompatible YAML document", VERSION),
]  # fmt: skip

# PyYAML 6.0: scanner.py and parser.py, whole.
PURE = [
    Refusal("while scanning for the next token", "found character '@' that cannot start any token",
            "text cannot begin with @: put it in quotes"),
    Refusal("while scanning a simple key", "could not find expected ':'", NO_COLON),
    Refusal("", "sequence entries are not allowed here", f"this '-' {MISPLACED}"),
    Refusal("", "mapping keys are not allowed here", f"this '?' {MISPLACED}"),
    Refusal("", "mapping values are not allowed here", COLON),
    Refusal("while scanning a directive",
            "expected alphabetic or numeric character, but found '!'", DIRECTIVE),
    Refusal("while scanning a directive", "expected a digit or '.', but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive", "expected a digit or ' ', but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive", "expected a digit, but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive", "expected ' ', but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive", "expected '!', but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive",
            "expected a comment or a line break, but found 'x'", DIRECTIVE),
    Refusal("while parsing a directive", "expected URI, but found 'x'", DIRECTIVE),
    Refusal("while scanning a directive",
            "expected URI escape sequence of 2 hexadecimal numbers, but found 'x'", DIRECTIVE),
    Refusal("while scanning an anchor", "expected alphabetic or numeric character, but found '!'",
            ANCHOR),
    Refusal("while scanning an alias", "expected alphabetic or numeric character, but found '!'",
            ALIAS),
    Refusal("while parsing a tag", "expected '>', but found 'x'", TAG),
    Refusal("while parsing a tag", "expected URI, but found 'x'", TAG),
    Refusal("while scanning a tag", "expected ' ', but found 'x'", TAG),
    Refusal("while scanning a tag", "expected '!', but found 'x'", TAG),
    Refusal("while scanning a tag",
            "expected URI escape sequence of 2 hexadecimal numbers, but found 'x'", TAG),
    Refusal("while scanning a tag",
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte", TAG),
    Refusal("while scanning a block scalar",
            "expected indentation indicator in the range 1-9, but found 0", BLOCK_TEXT),
    Refusal("while scanning a block scalar",
            "expected chomping or indentation indicators, but found 'x'", BLOCK_TEXT),
    Refusal("while scanning a block scalar",
            "expected a comment or a line break, but found 'x'", BLOCK_TEXT),
    Refusal("while scanning a double-quoted scalar",
            "expected escape sequence of 2 hexadecimal numbers, but found 'x'", ESCAPE),
    Refusal("while scanning a double-quoted scalar", "found unknown escape character 'q'", ESCAPE),
    Refusal("while scanning a quoted scalar", "found unexpected end of stream", QUOTE),
    Refusal("while scanning a quoted scalar", "found unexpected document separator", QUOTE),
    Refusal("", "expected '<document start>', but found '<block mapping start>'", AFTER_END),
    Refusal("", "found duplicate YAML directive", TWICE),
    Refusal("", "duplicate tag handle '!'", TWICE),
    Refusal("", "found incompatible YAML document (version 1.* is required)", VERSION),
    Refusal("while parsing a node", "found undefined tag handle '!x!'", TAG),
    Refusal("while parsing a block node", "expected the node content, but found ','", NO_VALUE),
    Refusal("while parsing a flow node", "expected the node content, but found ','", NO_VALUE),
    Refusal("while parsing a block collection", "expected <block end>, but found '?'", LIST),
    Refusal("while parsing a block mapping", "expected <block end>, but found '?'", MAPPING),
    Refusal("while parsing a flow sequence", "expected ',' or ']', but got '?'",
            OPEN.replace("{", "[")),
    Refusal("while parsing a flow mapping", "expected ',' or '}', but got ':'", OPEN),
]  # fmt: skip

# What no release says yet.
LATER = [
    Refusal("while scanning the depths", "a wholly new complaint about tokens", UNKNOWN),
    Refusal("", "", UNKNOWN),
    Refusal("while parsing anything", "", UNKNOWN),
    Refusal("", "too many nesting levels", DEEP),
    Refusal("while scanning a quoted scalar", "found a new fault", ESCAPE),
]


def mark(line: int, column: int) -> Any:
    return yaml.Mark("", 0, line, column, None, 0)


def told(context: str, problem: str) -> TextFault:
    begun = mark(1, 7) if context else None
    at = mark(0, 3) if "start any token" in problem else mark(2, 0)
    error = yaml.MarkedYAMLError(context or None, begun, problem or None, at)
    return syntax_fault(error, TEXT, None)


@pytest.mark.parametrize("refusal", [*LIBYAML, *PURE, *LATER], ids=str)
def test_a_refusal_is_told_in_our_words(refusal: Refusal) -> None:
    message, place, _ = told(refusal.context, refusal.problem)
    assert message == refusal.message
    assert not JARGON.search(message)
    assert place is not None


def test_a_refusal_without_a_mark_has_a_place_all_the_same() -> None:
    error = yaml.MarkedYAMLError(None, None, "something new", None)
    assert syntax_fault(error, TEXT, None) == SourceFault(UNKNOWN, Place(1, 1, 1))


# libyaml's reader.c, and the reasons of PyYAML's reader.
UNREADABLE = (
    "invalid leading UTF-8 octet",
    "incomplete UTF-8 octet sequence",
    "invalid trailing UTF-8 octet",
    "invalid length of a UTF-8 sequence",
    "invalid Unicode character",
    "incomplete UTF-16 character",
    "unexpected low surrogate area",
    "incomplete UTF-16 surrogate pair",
    "control characters are not allowed",
    "input is too long",
    "input error",
    "special characters are not allowed",
    "invalid start byte",
    "something new",
)


@pytest.mark.parametrize("reason", UNREADABLE)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: \xff", "the byte 0xff is not UTF-8: save the file as UTF-8"),
        (b"a: \x07", "the control character U+0007 is not allowed"),
        (b"a: 1", UNKNOWN),
    ],
)
def test_characters_are_told_in_our_words(reason: str, data: bytes, message: str) -> None:
    error = yaml.reader.ReaderError("", 3, 0xFF, "utf-8", reason)
    assert character_fault(error, SourceText(data)) == SourceFault(message, Place(1, 4, 1))


LOADERS = {"libyaml": getattr(yaml, "CSafeLoader", None), "pure Python": yaml.SafeLoader}


@pytest.mark.parametrize("loader", [name for name in LOADERS if LOADERS[name]])
@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("%FOO bar\na: 1\n", {DIRECTIVE, "a line of three dashes must follow the directives: ---"}),
        ("%YAML 1.2\na: 1\n", {"a line of three dashes must follow the directives: ---"}),
        ("# one\n\n%YAML 1.2\nb: 1", {"a line of three dashes must follow the directives: ---"}),
        ("a: 1\n...\n%YAML 1.2\nb: 1", {AFTER_END}),
        ("%YAML 1.2\n%YAML 1.2\n---\na", {TWICE}),
        ("%TAG ! x\n%TAG ! y\n---\na", {TWICE}),
        ("%YAML 1.2.3\n---\n", {DIRECTIVE}),
        ("%YAML 9999999999.1\n---\n", {DIRECTIVE, VERSION}),
        ("%YAML x\n---\n", {DIRECTIVE}),
        ("%!\n---\n", {DIRECTIVE}),
        ("%TAG x y\n---\n", {DIRECTIVE}),
        ("%TAG ! x%zz\n---\n", {DIRECTIVE}),
        ("a: !%ff%ff x", {TAG}),
        ("a: !<x y", {TAG}),
        ("a: |0\n  x", {BLOCK_TEXT}),
        ("a: | x\n  y", {BLOCK_TEXT}),
        ("a: >+-\n  y", {BLOCK_TEXT}),
        ('a: "\\q"', {ESCAPE}),
        ('a: "\\xq"', {ESCAPE}),
        ('a: "\\U99999999"', {ESCAPE, UNKNOWN}),
        ("- &! x", {ANCHOR}),
        ("- *! x", {ALIAS}),
        ("a: [,]", {NO_VALUE}),
        ("a: ,", {NO_VALUE}),
        ("[" * 101, {DEEP}),
        ("[" * 999, {DEEP}),
        ("[" * 1001, {DEEP}),
        ("a: " + "[{" * 600, {DEEP}),
        ("? " * 1001, {DEEP}),
        ("- " * 1001, {DEEP}),
        ("- ? " * 600, {DEEP}),
        ("\n".join(" " * depth + "a:" for depth in range(1100)), {DEEP}),
    ],
)
def test_a_real_refusal_is_told_in_our_words(
    text: str, messages: set[str], loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.files.yaml_events._LOADER", LOADERS[loader])
    document = read_text(text.encode())
    assert document.fatal
    message, place, _ = document.problems[-1]
    assert message in messages
    assert place is not None
    assert place.line <= text.count("\n") + 1
