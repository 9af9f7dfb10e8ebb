"""Network files as they are written are read as the same by PyYAML and by convcalc itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from convcalc.files.yaml_reader import read_text
from convcalc_cli.formats.short_rows import short_rows
from convcalc_cli.formats.yaml_text import WIDTH, flow, yaml_lines

ODD = [
    *(
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "False",
        "null",
        "NULL",
        "~",
        "",
        " ",
        "a ",
        " a",
    ),
    *("1", "1.5", "1e3", "-3", "+1", "0x1f", "0o7", "1_000", "1:30", "2020-01-01", ".5", ".inf"),
    *(".nan", "-.INF", "=", "<<", "- a", "-", "? a", "a: b", "a:", ":a", "a #b", "#a", "a,b", "a]"),
    *("{a", "[a", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a'", '"a"', "a\\b", "a\nb", "\t"),
    *(
        "a\rb",
        "\x00",
        "\x7f",
        "\x85",
        "\xa0",
        "\u2028",
        "\ufeff",
        "é",
        "\U0001f600",
        "---",
        "...",
        "a:b",
    ),
    *("divisible(32 * $width, 8)", "2 ** $round", "$out", "stage1.0.conv_b", "e5", "Infinity"),
    *("x" * 200, "x" * 2000, "?", "a?b", "None"),
]
TEXTS = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"])))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False),
    TEXTS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


def text_of(content: dict[str, Any], *spread: str) -> str:
    return "".join([f"{line}\n" for line in yaml_lines(content, spread)])


def typed(value: Any) -> Any:
    """The value with its types: 1, 1.0 and true are equal otherwise."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [*map(typed, value)] if isinstance(value, list) else (type(value), value)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@example({"layers": [{"a": [{"b": "x" * 90}, [{"c": "y" * 90}, ["z" * 90]]]}]})
@example({"x" * 2000: {"x" * 2000: [{"y" * 2000: ["z" * 200, {}]}]}})
def test_what_is_written_is_read(content: dict[str, Any]) -> None:
    text = text_of(content, "layers", *list(content)[:1])
    assert text.isascii()
    assert typed(yaml.safe_load(text) or {}) == typed(content)
    document = read_text(text.encode())
    # A merge key is refused by the one reader only where it is plain, which it never is here.
    assert [problem.message for problem in document.problems] == []
    assert typed(document.content or {}) == typed(content)


@pytest.mark.parametrize("word", ODD)
def test_text_stays_text(word: str) -> None:
    for loader in (yaml.SafeLoader, yaml.BaseLoader):
        assert yaml.load(flow(word), loader) == word  # noqa: S506 - both are safe
    assert yaml.safe_load(flow([{word: word}, word])) == [{word: word}, word]


def test_nothing_is_quoted_without_need() -> None:
    words = ["relu", "stage1.0.conv_b", "$out", "$width * 2", "same", "x-note"]
    assert flow(words) == f"[{', '.join(words)}]"


def test_half_a_surrogate_pair_is_no_character() -> None:
    assert yaml.safe_load(flow("a\ud800b")) == "a\ufffdb"


def test_infinite_and_none() -> None:
    assert yaml.safe_load(flow([float("inf"), -float("inf")])) == [float("inf"), -float("inf")]
    (found,) = yaml.safe_load(flow([float("nan")]))
    assert found != found


def test_a_row_is_a_line_unless_its_parts_are_rows() -> None:
    long = {f"key_{at}": at for at in range(30)}
    wide = {"add": [[{"conv": 64, "name": "a" * 50}], [{"conv": 64, "name": "b" * 50}]]}
    lines = text_of({"layers": [long, wide, "relu"]}).splitlines()
    assert lines[1] == f"  - {json.dumps(long).replace(chr(34), '')}"
    assert lines[2:] == [
        "  - add:",
        f"      - [{{conv: 64, name: {'a' * 50}}}]",
        f"      - [{{conv: 64, name: {'b' * 50}}}]",
        "  - relu",
    ]
    assert max(map(len, lines[2:])) <= WIDTH


class TestShortRows:
    @pytest.mark.parametrize(
        ("row", "short"),
        [
            ({"conv": 8, "kernel_size": [3, 3, 3]}, {"conv": 8, "kernel_size": 3}),
            ({"conv": 8, "kernel_size": [3, 5]}, {"conv": 8, "kernel_size": [3, 5]}),
            ({"conv": 8, "padding": [[1, 1], [1, 1]]}, {"conv": 8, "padding": 1}),
            ({"conv": 8, "padding": ((1, 1), (2, 2))}, {"conv": 8, "padding": [1, 2]}),
            ({"conv": 8, "padding": [[0, 1], [0, 1]]}, {"conv": 8, "padding": [[0, 1], [0, 1]]}),
            ({"conv": 8, "padding": [[1, 1], [0, 1]]}, {"conv": 8, "padding": [[1, 1], [0, 1]]}),
            ({"max_pool": [2, 2], "stride": [2, 2]}, {"max_pool": 2, "stride": 2}),
            ({"conv": 8, "kernel_size": ["$k", "$k"]}, {"conv": 8, "kernel_size": ["$k", "$k"]}),
            ({"reshape": [4, 4]}, {"reshape": [4, 4]}),
            ({"parameter": [4, 4]}, {"parameter": [4, 4]}),
            ({"reduce": "mean", "axes": [1]}, {"reduce": "mean", "axes": [1]}),
            ({"relu": {}}, "relu"),
            ({"relu": None, "name": "a"}, {"relu": None, "name": "a"}),
            ({"block": "a", "with": {"crop": [2, 2]}}, {"block": "a", "with": {"crop": [2, 2]}}),
            ({"add": ["a", [{"relu": None}]]}, {"add": ["a", ["relu"]]}),
        ],
    )
    def test_only_what_means_the_same(self, row: Any, short: Any) -> None:
        assert short_rows([row]) == [short]
