"""Texts good, bad and hostile through the reader, with either of PyYAML's parsers."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcalc.files import yaml_document, yaml_events, yaml_reader
from convcalc.files.places import Place
from convcalc.files.yaml_document import YamlDocument
from convcalc.files.yaml_reader import read_text
from convcalc.layers import Path

LOADERS = {"libyaml": getattr(yaml, "CSafeLoader", None), "pure Python": yaml.SafeLoader}


@pytest.fixture(scope="module", params=[name for name in LOADERS if LOADERS[name]], autouse=True)
def parser(request: pytest.FixtureRequest) -> Iterator[str]:
    name: str = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "_LOADER", LOADERS[name])
        yield name


def content(text: str) -> Any:
    document = read_text(text.encode())
    assert not document.problems
    assert not document.fatal
    return document.content


def faults(text: str | bytes) -> list[tuple[str, str]]:
    """Each message with the characters it is about, in file order."""
    document = read_text(text.encode() if isinstance(text, str) else text)
    return [(problem.message, underlined(document, problem.place)) for problem in document.problems]


def underlined(document: YamlDocument, place: Place | None) -> str:
    assert place is not None
    line, column, length = place
    return document.line(line)[column - 1 : column - 1 + length]


def fatal(text: str | bytes) -> tuple[str, tuple[int, int] | None]:
    document = read_text(text.encode() if isinstance(text, str) else text)
    assert document.fatal
    assert document.content is None
    message, place, _ = document.problems[-1]
    return message, place and place[:2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("on", "off", "yes", "no", "y", "n", "tRue", "nuLL")],
        *[(text, text) for text in ("12:30", "2001-01-01", "1_", "_1", "1__0", ".", "+-1")],
        *[(text, text) for text in ("1_000.5", "0b11", "-0x10", "0o8", "0xg", "1e", "e5", "=")],
        ("12", 12),
        ("012", 12),
        ("-7", -7),
        ("+7", 7),
        ("1_957_928", 1957928),
        ("0x1F", 31),
        ("0o17", 15),
        ("3.0", 3.0),
        ("3.", 3.0),
        (".5", 0.5),
        ("-.5e-2", -0.005),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.Inf", math.inf),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("|\n  12", "12\n"),
        (">-\n  null\n  x", "null x"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    read_value = content(f"a: {text}\n")["a"]
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_read(text: str) -> None:
    assert math.isnan(content(text))


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# nothing\n", "---\n", "\ufeff", "--- # nothing\n..."]
)
def test_a_text_without_content_is_no_problem(text: str) -> None:
    assert content(text) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_ends_change_nothing(encoding: str, end: str) -> None:
    text = end.join(["name: é", "layers:", "  - relu", "  - {conv: 8}", ""])
    document = read_text(text.encode(encoding))
    assert document.content == {"name": "é", "layers": ["relu", {"conv": 8}]}
    assert document.line(1) == "name: é"
    assert document.item_place(("layers",), 1) == Place(4, 5, 9)
    assert document.places([(("name",), True)]) == {(("name",), True): Place(1, 1, 4)}


def test_lines_are_there_on_demand() -> None:
    document = read_text(b"a: 1\n\nb: '\xc3\xa9'")
    assert [document.line(number) for number in range(5)] == ["", "a: 1", "", "b: 'é'", ""]
    assert read_text(b"# \xff").line(1) == "# \ufffd"


MERGE = "merge keys (<<) are not allowed: use `blocks` and `defaults` to share settings"
INDENT = "does not belong here: check the indentation"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", [("the key 'a' is given twice, first in line 1", "a")]),
        ("{a: 1, 'a': {b: 1, b: 2}}", [("the key 'a' is given twice, first in line 1", "'a'")] * 1
         + [("the key 'b' is given twice, first in line 1", "b")]),
        ("12: 1", [("a key must be text, not a number: put it in quotes", "12")]),
        ("1.5: 1", [("a key must be text, not a number: put it in quotes", "1.5")]),
        ("true: 1", [("a key must be text, not true or false: put it in quotes", "true")]),
        ("null: 1", [("a key must be text, not null: put it in quotes", "null")]),
        ("{[1, 2]: 1}", [("a key must be text, not a list", "[1, 2]")]),
        ("? {a: b}\n: 1", [("a key must be text, not a mapping", "{a: b}")]),
        ("? - a\n  - b\n: 1", [("a key must be text, not a list", "- a")]),
        ("a: &n 3\n*n : 1", [("a key must be text, not a number: put it in quotes", "*n")]),
        (
            "<<: {a: 1}",
            [(MERGE, "<<")],
        ),
        ("a: !!int 3", [("tags are not allowed: quote text that begins with !", "!!int")]),
        ("a: ! 3", [("tags are not allowed: quote text that begins with !", "!")]),
        ("a: !x [1]", [("tags are not allowed: quote text that begins with !", "!x")]),
        ("a: &b !x {c: 1}", [("tags are not allowed: quote text that begins with !", "!x")]),
        (
            "!!python/object/apply:os.system [ls]",
            [("tags are not allowed: quote text that begins with !",
              "!!python/object/apply:os.system")],
        ),
        ("a: " + "7" * 5000, [("a number of 5,000 digits is too long", "7" * 5000)]),
        ("a: 0x" + "f" * 101, [("a number of 101 digits is too long", "0x" + "f" * 101)]),
        ("a: ." + "3" * 101, [("a number of 101 digits is too long", "." + "3" * 101)]),
    ],
)  # fmt: skip
def test_a_fault_does_not_end_the_reading(text: str, told: list[tuple[str, str]]) -> None:
    assert faults(text) == told
    assert not read_text(text.encode()).fatal


def test_faults_are_told_in_file_order_and_what_is_right_is_read() -> None:
    document = read_text(b"b: 1\n? [x]\n: {z: 1, z: 2}\n<<: 3\nb: {c: [relu]}\nd: !t 4\ne: 5\n")
    assert [problem.place and problem.place.line for problem in document.problems] == [
        2, 3, 4, 5, 6,
    ]  # fmt: skip
    assert document.content == {"b": 1, "d": 4, "e": 5}


def test_the_first_of_two_values_counts_and_bears_the_places() -> None:
    document = read_text(b"a: [x]\na: [y, z]\n")
    assert document.content == {"a": ["x"]}
    assert document.item_place(("a",), 0) == Place(1, 5, 1)
    wanted = (("a", 1), False)
    assert document.places([wanted])[wanted] == Place(1, 4, 3)


def test_a_number_of_a_hundred_digits_is_read() -> None:
    assert content("a: " + "9" * 100) == {"a": 10**100 - 1}
    assert content("a: +" + "9" * 100) == {"a": 10**100 - 1}
    assert content("a: 0x" + "f" * 100) == {"a": 16**100 - 1}


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("- {conv: 64\n- {conv: 3}\n",
         "this '{' is not closed before line 2, or a ',' is missing there", (1, 3)),
        ("a: [1, 2\n", "this '[' is never closed", (1, 4)),
        ("a: [1, 2", "this '[' is never closed", (1, 4)),
        ("a: {b: 1 c: 2}", "a ',' or the '}' is missing before this", (1, 11)),
        ("a: {x: [1, 2}", "a ',' or the ']' is missing before this", (1, 13)),
        ("a: 'abc\nb: 3\n", "this quote is never closed", (1, 4)),
        ('a:\n  - "abc\n---\n', "this quote is never closed", (2, 5)),
        ("a:\n\tb: 1\n", "a tab cannot indent: use spaces", (2, 1)),
        ("a: 1\n\tb: 2\n", "a tab cannot indent: use spaces", (2, 1)),
        ("a: @x", "text cannot begin with @: put it in quotes", (1, 4)),
        ("a: b: c", f"this ':' {INDENT}, or quote text that has ': ' in it", (1, 5)),
        ("a: 1\nabc\n", "this key has no ':' after it", (2, 1)),
        ("a:\n  - 1\n b: 2\n", f"this {INDENT}, the quotes and the ':'", (3, 2)),
        ("- a\nb: 1\n", f"this {INDENT}, or begin it with '-'", (2, 1)),
        ("a: *b", "no anchor 'b' comes before this alias: quote text that begins with *", (1, 4)),
        ("a: *", "a name must follow the *: quote text that begins with *", (1, 5)),
        ("a: &b [[*b]]", "the alias 'b' stands for a value that contains it", (1, 9)),
        ("a: &b 1\nc: &b {d: *b}", "the alias 'b' stands for a value that contains it", (2, 11)),
        ("a: 1\n---\nb: 2\n", "a second document begins here: one file holds one network", (2, 1)),
        ("---\n---\n", "a second document begins here: one file holds one network", (2, 1)),
        ("[a]\nb: 1\n", "nothing may follow the end of the document", (2, 1)),
        ("%YAML 2.0\n---\na\n", "only version 1 of YAML can be read", (1, 1)),
        ("a: !x!y z", "tags are not allowed: quote text that begins with !", (1, 4)),
        ('a: "\\xzz"', "unknown escape: in double quotes, write a backslash twice",
         (1, 7)),
        ("é: \x07", "the control character U+0007 is not allowed", (1, 4)),
        (b"a: 1\n\xc3\xa9: \xff", "the byte 0xff is not UTF-8: save the file as UTF-8", (2, 4)),
        (b"a: \xed\xa0\x80", "the byte 0xed is not UTF-8: save the file as UTF-8", (1, 4)),
        (b"\xff\xfea", "the file begins as UTF-16 or UTF-32 does, but is not", None),
    ],
)  # fmt: skip
def test_an_unreadable_text_is_told_plainly(
    text: str | bytes, message: str, place: tuple[int, int] | None
) -> None:
    assert fatal(text) == (message, place)


def test_what_was_wrong_before_the_end_is_told_too() -> None:
    assert [message for message, _ in faults("a: 1\na: 2\nb: [")] == [
        "the key 'a' is given twice, first in line 1",
        "this '[' is never closed",
    ]


def alias_bomb(rounds: int) -> str:
    lines = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, rounds)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *lines])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (alias_bomb(20), "the aliases stand for more than 1,000,000 values"),
        ("[" * 100_000, "nesting is deeper than 100"),
        ("{a: " * 100_000, "nesting is deeper than 100"),
        ("- " * 100_000, "nesting is deeper than 100"),
        ("- &a0 [x]\n" + "".join(f"- &a{i} [*a{i - 1}]\n" for i in range(1, 1000)),
         "nesting is deeper than 100"),
        ("a: " + "x" * 1_000_001, "a text of 1,000,001 characters is too long"),
        ("<<: 1\n" * 2000, "more than 1,000 faults: reading ends here"),
    ],
    ids=["aliases", "brackets", "braces", "dashes", "chained aliases", "scalar", "faults"],
)  # fmt: skip
def test_a_bomb_is_refused(text: str, message: str) -> None:
    assert fatal(text)[0] == message


def test_a_file_is_refused_by_its_size_alone() -> None:
    size = 64 * 2**20 + 1
    message = "the file is larger than 64 MiB"
    assert fatal(b"#" * size) == (message, None)


def test_depth_and_aliases_up_to_the_bound_are_read() -> None:
    assert content("[" * 100 + "]" * 100)
    assert content(alias_bomb(5))["a4"][9][9][9][9][9] == "x"
    shared = content("a: &a {b: 1}\nc: [*a, *a]\nd: *a\n*e : 3\n".replace("*e ", "e"))
    assert shared == {"a": {"b": 1}, "c": [{"b": 1}] * 2, "d": {"b": 1}, "e": 3}
    assert shared["a"] is shared["c"][0]
    assert content("a: &k x\n*k : 1") == {"a": "x", "x": 1}
    assert content("a: &k 1\nb: &k 2\nc: *k") == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize("most", [6, 7])
def test_values_behind_an_alias_within_an_alias_count(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of two is 3 values; a list of that is 4, of which 3 stand there by an alias."""
    monkeypatch.setattr(yaml_reader, "MOST_EXPANDED", most)
    text = "a: &a [x, x]\nb: &b [*a]\nc: *b\n"
    if most < 3 + 4:
        assert fatal(text)[0] == f"the aliases stand for more than {most} values"
    else:
        assert content(text)["c"] == [["x", "x"]]


@pytest.mark.parametrize("written", [58, 59])
def test_depth_counts_what_an_alias_stands_for(written: int) -> None:
    """One list around all, some that are written, and behind the alias 1 and 40 more."""
    text = f"- &a {'[' * 40}{']' * 40}\n- &b [*a, [x]]\n- {'[' * written}*b{']' * written}\n"
    if 1 + written + 41 <= 100:
        assert content(text)[0] == content(text)[1][0]
    else:
        assert fatal(text)[0] == "nesting is deeper than 100"


PLACES = """\
name: net  # its name
input: [3, 224, 224]
layers:
  - {conv: 64, kernel_size: [3, $k]}
  - relu
  - conv: "8 # 9"   # a comment
    groups: 5
  - add: [[], [relu,
      &x {linear: 3}]]
  - *x
  -
empty:
text: |
  more
"""


@pytest.mark.parametrize(
    ("path", "is_key", "line", "words"),
    [
        ((), False, 1, "name: net"),
        (("name",), False, 1, "net"),
        (("name",), True, 1, "name"),
        (("input",), False, 2, "[3, 224, 224]"),
        (("input", 2), False, 2, "224"),
        (("layers",), True, 3, "layers"),
        (("layers",), False, 4, "- {conv: 64, kernel_size: [3, $k]}"),
        (("layers", 0), False, 4, "{conv: 64, kernel_size: [3, $k]}"),
        (("layers", 0, "kernel_size"), True, 4, "kernel_size"),
        (("layers", 0, "kernel_size"), False, 4, "[3, $k]"),
        (("layers", 0, "kernel_size", 1), False, 4, "$k"),
        (("layers", 0, "kernel_size", 1), True, 4, "$k"),
        (("layers", 0, "kernel_size", 2), False, 4, "[3, $k]"),
        (("layers", 0, "stride"), True, 4, "{conv: 64, kernel_size: [3, $k]}"),
        (("layers", 0, "stride", "deeper", 5), False, 4, "{conv: 64, kernel_size: [3, $k]}"),
        (("layers", 1), False, 5, "relu"),
        (("layers", 2), False, 6, 'conv: "8 # 9"'),
        (("layers", 2, "conv"), False, 6, '"8 # 9"'),
        (("layers", 2, "groups"), False, 7, "5"),
        (("layers", 3, "add"), False, 8, "[[], [relu,"),
        (("layers", 3, "add", 0), False, 8, "[]"),
        (("layers", 3, "add", 1, 1, "linear"), False, 9, "3"),
        (("layers", 4), False, 10, "*x"),
        (("layers", 4, "linear"), True, 10, "*x"),
        (("layers", 9), False, 4, "- {conv: 64, kernel_size: [3, $k]}"),
        (("empty",), False, 12, ""),
        (("text",), False, 13, "|"),
        (("nowhere", 1), True, 1, "name: net"),
    ],
)
def test_a_path_has_a_place(path: Path, is_key: bool, line: int, words: str) -> None:
    document = read_text(PLACES.encode())
    place = document.places([(path, is_key), (("layers", 2, "groups"), True)])[path, is_key]
    assert (place.line, underlined(document, place)) == (line, words)


@pytest.mark.parametrize(
    ("sequence", "index", "line", "words"),
    [
        (("layers",), 0, 4, "{conv: 64, kernel_size: [3, $k]}"),
        (("layers",), 2, 6, 'conv: "8 # 9"'),
        (("layers",), 3, 8, "add: [[], [relu,"),
        (("layers",), 4, 10, "*x"),
        (("layers",), 9, 4, "- {conv: 64, kernel_size: [3, $k]}"),
        (("layers", 0, "kernel_size"), 1, 4, "$k"),
        (("layers", 3, "add"), 1, 8, "[relu,"),
        (("layers", 3, "add", 1), 1, 9, "&x {linear: 3}"),
        (("input",), 1, 2, "224"),
        (("nowhere", 1), 1, 1, "name: net"),
        (("name",), 0, 1, "net"),
        (("input", 2), 0, 2, "224"),
        (("empty",), 0, 12, ""),
    ],
)
def test_an_item_has_a_place(sequence: Path, index: int, line: int, words: str) -> None:
    document = read_text(PLACES.encode())
    for _ in range(2):
        place = document.item_place(sequence, index)
        assert (place.line, underlined(document, place).rstrip()) == (line, words)


def test_a_place_that_was_noted_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_text(b"layers: [{a: 1}, {b: 2}, {c: 3}, {d: 4}, {e: 5}]")
    monkeypatch.delattr(yaml_document, "places")
    columns = [document.item_place(("layers",), index).column for index in range(5)]
    assert columns == [10, 18, 26, 34, 42]


def test_items_behind_an_alias_are_where_the_alias_is() -> None:
    document = read_text(b"a: &a [x, {y: 1}]\nb: *a\n")
    assert document.item_place(("b",), 1) == Place(2, 4, 2)
    assert document.item_place(("a",), 1) == Place(1, 11, 6)


def test_a_refused_key_lends_its_place_to_no_other() -> None:
    document = read_text(b"? [q]\n: [r]\n1: [s]\n'1': [t]\n<<: [u]\n'<<': [v]\n")
    assert document.content == {"1": ["t"], "<<": ["v"]}
    assert document.item_place(("1",), 0).line == 4
    found = document.places([(("1", 0), False), (("<<",), True)])
    assert [place.line for place in found.values()] == [4, 6]


def test_places_of_an_unreadable_text_are_those_before_the_fault() -> None:
    found = read_text(b"a: 1\nb: [").places([(("b",), True), (("c",), False)])
    assert list(found.values()) == [Place(2, 1, 1), Place(1, 1, 1)]
    assert read_text(b"").places([((), False)]) == {((), False): Place(1, 1, 1)}


@pytest.mark.parametrize("collecting", [True, False])
@pytest.mark.parametrize("text", [b"a: 1", b"a: [", b"\xff"])
def test_the_garbage_collector_is_left_as_it_was(collecting: bool, text: bytes) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        read_text(text)
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


def test_equal_words_are_one_object() -> None:
    first, second = content("- {conv: 8, name: 'abc'}\n- {'conv': 9, name: relu}\n")
    assert next(iter(first)) is next(iter(second))


DECLARATIONS = st.text(st.characters(codec="utf-8"), max_size=8).filter(
    lambda text: text[:1] not in tuple("0123456789+-.")  # text in YAML 1.1, numbers in 1.2: 0e0
)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | DECLARATIONS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(DECLARATIONS, inner, max_size=4),
    max_leaves=20,
)
SNIPPETS = (
    "a¦b: ¦: ¦- ¦[¦]¦{¦}¦, ¦&x ¦*x¦*x : ¦!t ¦!!int ¦'¦\"¦>¦#¦? ¦<<"
    "¦%YAML 1.2¦%TAG ! x¦%¦@¦1¦é¦null¦~"
    '¦\n¦\n  ¦|\n¦\n---\n¦\n...\n¦\t¦\r\n¦\0¦\u2028¦\ufeff¦\\¦"\\ud800"¦"\\Uffffffff"'
)
ANYTHING = st.binary(max_size=60) | st.lists(st.sampled_from(SNIPPETS.split("¦")), max_size=25).map(
    lambda pieces: "".join(pieces).encode()
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@MANY
@given(TREES, st.booleans() | st.none())
def test_what_pyyaml_writes_is_read_back(tree: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    assert content(text) == yaml.safe_load(text)


@MANY
@given(ANYTHING)
def test_whatever_the_bytes_a_document_comes_back(data: bytes) -> None:
    document = read_text(data)
    assert isinstance(document, YamlDocument)
    assert not (document.fatal and not document.problems)
    for problem in document.problems:
        assert "\n" not in problem.message
        if problem.place is not None:
            assert min(problem.place) >= 1
            assert problem.place.column <= len(document.line(problem.place.line)) + 1
    document.places([(("a", 0), True), (("a", "b"), False)])
    document.item_place(("a",), 0)


def complaint(data: bytes) -> str:
    """What the parser itself says of a text that it cannot parse."""
    try:
        list(yaml.parse(data, Loader=yaml_events._LOADER))
    except yaml.MarkedYAMLError as error:
        return str(error.problem)
    except (yaml.YAMLError, ValueError, OverflowError):
        return "nothing of interest"
    return "no complaint"


@MANY
@given(ANYTHING)
def test_no_word_of_the_parser_comes_through(data: bytes) -> None:
    said = complaint(data)
    assert not any(said in problem.message for problem in read_text(data).problems)


@MANY
@given(ANYTHING)
def test_what_is_read_is_what_pyyaml_composes(data: bytes) -> None:
    document = read_text(data)
    if document.problems or data.count(b"\xef\xbb\xbf") > 1:
        return
    node = yaml.compose(data, Loader=yaml_events._LOADER) if b"&" not in data else None
    if node is not None:
        assert shape(document.content) == composed_shape(node)


def shape(value: Any) -> Any:
    if isinstance(value, list):
        return [shape(item) for item in value]
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else "..."


def composed_shape(node: Any) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [composed_shape(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {key.value: composed_shape(item) for key, item in node.value}
    return "..."
