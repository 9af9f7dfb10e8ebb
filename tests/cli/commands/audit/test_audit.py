"""`convcalc audit`: what it says of good files, in every format and on every screen."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.commands.audit.command import FORMATS
from convcalc_cli.program import main
from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import ASCII, UNICODE, Glyphs, Screen
from support.program import ROOT, Run, run_process
from support.slow import slow_unless

EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))
CASES = sorted(ROOT.glob("tests/cases/good/*.yaml"))
GOOD = [*EXAMPLES, *CASES]
MILLION = 10**6

TOTALS = [
    *("output_shape", "params", "macs", "flops", "input_bytes", "weight_bytes"),
    *("activation_bytes", "peak_activation_bytes", "peak_layer", "torchsummary_bytes"),
]
LAYER = [
    *("name", "operation", "line", "column", "inputs", "input_shapes", "output_shape"),
    *("weights", "params", "macs", "receptive_field"),
]
HEADER = [
    *("network", "name", "operation", "input_shape", "output_shape", "weight", "bias"),
    *("params", "macs", "receptive_field"),
]

Words = Sequence[str | Path]


def example(name: str) -> Path:
    return ROOT / "examples" / f"{name}.yaml"


def audit(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Run:
    code = main(["audit", *map(str, words)])
    captured = capsys.readouterr()
    return Run(code, captured.out, captured.err)


def text(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    ran = audit(capsys, *words)
    assert ran.code == 0, ran.err
    return ran.out


def networks(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text(capsys, *words, "-f", "json"))["networks"]
    return found


def network(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    (found,) = networks(capsys, *words)
    return found


def rows_of(page: str) -> list[list[str]]:
    """The cells of the layer table of a page that is as wide as it likes."""
    _, after = page.split("\n\n", 1)
    table, _ = after.split("\n\n", 1)
    _, rule, *lines = table.splitlines()
    assert set(rule) <= {"─", "-"}
    cells = [re.split(r" {2,}", line.strip()) for line in lines]
    return [row for row in cells if len(row) > 5]  # the others are notes


def number(cell: str) -> int:
    return 0 if cell == "-" else int(cell.replace(",", ""))


class TestJson:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_keys(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = json.loads(text(capsys, path, "-f", "json"))
        assert list(report) == ["convcalc", "format_version", "convention", "networks", "errors"]
        assert (report["format_version"], report["errors"]) == (1, [])
        (one,) = report["networks"]
        assert list(one) == [
            *("name", "file", "input_shape", "batch", "dtype"),
            *("layers", "totals", "parts", "designs"),
        ]
        assert one["file"] == str(path)
        assert list(one["totals"]) == TOTALS
        assert {tuple(row) for row in one["layers"]} == {tuple(LAYER)}
        assert {tuple(part) for part in one["parts"]} == {("kind", "params", "macs")}
        for design in one["designs"]:
            known = {"design", "groups", "params", "macs", "changed", "could_not", "kept"}
            assert set(design) == known
            assert {tuple(kept) for kept in design["kept"]} <= {("reason", "layers")}

    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_sums(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        one = network(capsys, path)
        rows, totals = one["layers"], one["totals"]
        names = [row["name"] for row in rows]
        assert len(set(names)) == len(names)
        assert totals["output_shape"] == rows[-1]["output_shape"]
        assert totals["params"] == sum(row["params"] for row in rows)
        assert totals["macs"] == sum(row["macs"] or 0 for row in rows)
        assert totals["flops"] == 2 * totals["macs"]
        assert totals["peak_layer"] in names
        for key in ("params", "macs"):
            assert sum(part[key] for part in one["parts"]) == totals[key]
        as_written, *_ = one["designs"]
        assert [as_written["params"], as_written["macs"]] == [totals["params"], totals["macs"]]
        known = {"input": one["input_shape"]}
        for row in rows:
            assert row["input_shapes"] == [known[source] for source in row["inputs"]]
            known[row["name"]] = row["output_shape"]

    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_places(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Line and column are where the layer's text begins: its word, or its `{` or first key."""
        lines = path.read_text("utf-8").splitlines()
        for row in network(capsys, path)["layers"]:
            there = lines[row["line"] - 1][row["column"] - 1 :]
            assert re.match(r"[{*&\w'\"]", there), (row["name"], there)
            if re.match(r"\w+\s*([,\]#}]|$)", there):
                word = re.match(r"\w+", there)
                assert word
                assert word[0] == row["operation"]

    def test_a_place(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        file = tmp_path / "net.yaml"
        file.write_text(
            "input: [3, 8, 8]\n"
            "layers:\n"
            "  - {conv: 8, kernel_size: 1}\n"
            "  - add:\n"
            "      - [ relu,   {conv: 8, kernel_size: 1}]\n"
            "      - []\n"
            "  -   gelu\n",
            "utf-8",
        )
        rows = network(capsys, file)["layers"]
        places = [(row["name"], row["line"], row["column"]) for row in rows]
        assert places == [
            *[("conv_1", 3, 5), ("relu_1", 5, 11), ("conv_2", 5, 19)],
            *[("add_1", 4, 5), ("gelu_1", 7, 7)],
        ]


class TestCsv:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_rows(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        one = network(capsys, path)
        head, *rows = csv.reader(io.StringIO(text(capsys, path, "-f", "csv"), newline=""))
        assert head == HEADER
        assert [row[1:3] for row in rows] == [
            [layer["name"], layer["operation"]] for layer in one["layers"]
        ]
        assert {row[0] for row in rows} == {one["name"]}
        assert sum(int(row[7]) for row in rows) == one["totals"]["params"]
        assert sum(int(row[8] or 0) for row in rows) == one["totals"]["macs"]
        for row, layer in zip(rows, one["layers"], strict=True):
            assert row[4] == "x".join(map(str, layer["output_shape"]))
            assert (row[8] == "") == (layer["macs"] is None)

    def test_several_files_have_one_header(self, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, example("alexnet"), example("vgg16"), "-f", "csv")
        assert written.count(",".join(HEADER)) == 1
        first = [line.split(",")[0] for line in written.splitlines()[1:]]
        assert sorted(set(first)) == ["alexnet", "vgg16"]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_formula_is_text(
        self, start: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "net.yaml"
        name = json.dumps(f"{start}1+1")
        file.write_text(f"name: {name}\ninput: [3]\nlayers: [relu]\n", "utf-8")
        _, row = csv.reader(io.StringIO(text(capsys, file, "-f", "csv"), newline=""))
        assert row[0] == f"'{spelled(start)}1+1"


class TestMarkdown:
    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_the_tables(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every table has a head, a rule and rows of as many cells."""
        blocks = text(capsys, path, "-f", "markdown").strip().split("\n\n")
        tables = [block.splitlines() for block in blocks if block.startswith("|")]
        assert len(tables) == 5
        for table in tables:
            cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table]
            assert {len(row) for row in cells} == {len(cells[0])}
            assert all(re.fullmatch(r" (:---|---:) ", cell) for cell in cells[1])
        assert blocks[0].startswith("## `")

    def test_the_rows(self, capsys: pytest.CaptureFixture[str]) -> None:
        page = text(capsys, example("vgg16"), "-f", "markdown")
        assert "| linear\\_1 " in page
        assert "102,764,544" in page


class TestFlags:
    @pytest.mark.parametrize("key", ["params", "macs", "activation"])
    def test_sort(self, key: str, capsys: pytest.CaptureFixture[str]) -> None:
        layers = network(capsys, example("resnet18"))["layers"]
        rows = rows_of(text(capsys, example("resnet18"), "--sort", key))
        size_of = {}
        for layer in layers:
            activation = 1
            for extent in layer["output_shape"]:
                activation *= extent
            sizes = {"params": layer["params"], "macs": layer["macs"] or 0}
            size_of[layer["name"]] = {**sizes, "activation": activation}[key]
        shown = [size_of[row[0]] for row in rows]
        assert shown == sorted(size_of.values(), reverse=True)

    def test_top(self, capsys: pytest.CaptureFixture[str]) -> None:
        page = text(capsys, example("resnet50"), "--top", "5")
        assert rows_of(page)[0][0] == "stem"
        assert len(rows_of(page)) == 5
        count = len(network(capsys, example("resnet50"))["layers"])
        assert f"{count - 5} more rows" in page
        assert "25,557,032" in page

    def test_top_and_sort(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = rows_of(text(capsys, example("vgg16"), "--sort", "params", "--top", "1"))
        assert rows[0][:2] == ["linear_1", "linear"]
        assert len(rows) == 1

    def test_more_than_there_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        page = text(capsys, example("alexnet"), "--top", "1000")
        assert "more row" not in page

    def test_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        layers = network(capsys, example("resnet50"))["layers"]
        rows = rows_of(text(capsys, example("resnet50"), "--all"))
        assert [row[0] for row in rows] == [layer["name"] for layer in layers]
        assert len(rows_of(text(capsys, example("resnet50")))) < len(rows)

    def test_set(self, capsys: pytest.CaptureFixture[str]) -> None:
        """MobileNets, table 6: the thinner networks."""
        for width, params, macs in [("0.75", 2.6, 325), ("0.5", 1.3, 149), ("0.25", 0.5, 41)]:
            one = network(capsys, example("mobilenet-v1"), "--set", f"width={width}")
            assert round(one["totals"]["params"] / MILLION, 1) == params
            assert round(one["totals"]["macs"] / MILLION) == macs

    def test_size(self, capsys: pytest.CaptureFixture[str]) -> None:
        """MobileNets, table 7: the smaller inputs."""
        for size, macs in [("192", 418), ("160", 290.5), ("128", 186)]:
            one = network(capsys, example("mobilenet-v1"), "--size", size)
            assert one["input_shape"] == [3, int(size), int(size)]
            assert abs(one["totals"]["macs"] / MILLION - macs) < 1

    def test_size_of_each_dimension(self, capsys: pytest.CaptureFixture[str]) -> None:
        one = network(capsys, example("resnet18"), "--size", "64x96")
        assert one["input_shape"] == [3, 64, 96]

    def test_batch(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Everything grows with it but the weights."""
        one = network(capsys, example("resnet18"))["totals"]
        eight = network(capsys, example("resnet18"), "--batch", "8")["totals"]
        for key in TOTALS:
            same = key in ("output_shape", "params", "weight_bytes", "peak_layer")
            if key == "torchsummary_bytes":
                weights = one["weight_bytes"]
                assert eight[key] - weights == 8 * (one[key] - weights)
            else:
                assert eight[key] == one[key] if same else eight[key] == 8 * one[key]

    @pytest.mark.parametrize(
        ("dtype", "size"), [("float64", 8), ("float16", 2), ("bfloat16", 2), ("int8", 1)]
    )
    def test_dtype(self, dtype: str, size: int, capsys: pytest.CaptureFixture[str]) -> None:
        one = network(capsys, example("resnet18"))["totals"]
        other = network(capsys, example("resnet18"), "--dtype", dtype)["totals"]
        for key in TOTALS:
            if key.endswith("_bytes"):
                assert other[key] * 4 == one[key] * size
            else:
                assert other[key] == one[key]

    def test_groups(self, capsys: pytest.CaptureFixture[str]) -> None:
        designs = network(capsys, example("resnet18"), "--groups", "16,32")["designs"]
        grouped = [design["groups"] for design in designs if design["design"] == "grouped"]
        assert grouped == [16, 32]
        by_default = network(capsys, example("resnet18"))["designs"]
        assert [each["groups"] for each in by_default if each["groups"]] == [2, 4, 8]

    def test_layers_that_stay_are_named_with_the_reason(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """Divisors and kernels decide; the names are the file's."""
        file = tmp_path / "kept.yaml"
        names = [*"abcde"]
        layers = [f"  - {{conv: 12, kernel_size: 1, name: {name}}}\n" for name in names]
        file.write_text(f"input: [3, 8, 8]\nlayers:\n{''.join(layers)}", "utf-8")
        words: Words = (file, "--groups", "3,5")
        found = {
            (design["design"], design["groups"]): (
                {kept["reason"]: kept["layers"] for kept in design["kept"]},
                (design["changed"], design["could_not"]),
            )
            for design in network(capsys, *words)["designs"]
        }
        expected = {
            ("as written", None): ({}, (0, 0)),
            ("standard", None): ({"already dense": names}, (0, 0)),
            ("grouped", 3): ({}, (5, 0)),
            ("grouped", 5): (
                {
                    "groups=5 does not divide in_channels=3": ["a"],
                    "groups=5 does not divide in_channels=12": names[1:],
                },
                (0, 5),
            ),
            ("depthwise separable", None): (
                {"a kernel of 1 has nothing to separate": names},
                (0, 0),
            ),
        }
        assert found | expected == found
        shown = text(capsys, *words)
        _, _, table = shown.partition("Layers that a design leaves as written\n\n")
        rows = [re.split(r"  +", line) for line in table.partition("\n\n")[0].splitlines()[2:]]
        lines = [
            ["a, b and 3 more", "standard", "already dense"],
            ["b, c and 2 more", "grouped, groups=5", "groups=5 does not divide in_channels=12"],
            ["a", "grouped, groups=5", "groups=5 does not divide in_channels=3"],
            ["a, b and 3 more", "depthwise separable", "a kernel of 1 has nothing to separate"],
        ]
        assert [row for row in rows if row in lines] == lines

    def test_a_page_lists_every_layer_that_stays(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        page = tmp_path / "page.html"
        assert audit(capsys, example("mobilenet-v2"), "--html", page)[0] == 0
        written = page.read_text("utf-8")
        for design in network(capsys, example("mobilenet-v2"))["designs"]:
            for kept in design["kept"]:
                assert f"<td>{kept['reason']}</td>" in written
                assert f"<td>{', '.join(kept['layers'])}</td>" in written

    def test_many_reasons_are_summed_up(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "odd.yaml"
        layers = [f"  - {{conv: {2 * at + 1}, kernel_size: 1}}\n" for at in range(1, 9)]
        file.write_text(f"input: [1, 8, 8]\nlayers:\n{''.join(layers)}", "utf-8")
        shown = text(capsys, file, "--groups", "2")
        assert re.search(
            r"conv_4, conv_5 and 3 more +grouped, groups=2 +5 other reasons, see", shown
        )
        kept = network(capsys, file, "--groups", "2")["designs"][2]["kept"]
        assert len(kept) == 8

    def test_output(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        for output_format in ("table", "json", "csv", "markdown"):
            file = tmp_path / f"out.{output_format}"
            words: Words = (example("alexnet"), "-f", output_format)
            assert audit(capsys, *words, "-o", file) == (0, "", "")
            assert file.read_text("utf-8") == text(capsys, *words)


class TestFolding:
    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_the_rows_add_up(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        totals = network(capsys, path)["totals"]
        for flags in ([], ["--all"], ["--sort", "macs"]):
            rows = rows_of(text(capsys, path, *flags))
            assert sum(number(row[4]) for row in rows) == totals["params"]
            assert sum(number(row[5]) for row in rows) == totals["macs"]

    def test_rounds_that_are_alike_are_one(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """Kernels, biases and params may differ where names, shapes and MACs do not."""
        file = tmp_path / "net.yaml"
        file.write_text(
            "input: [8, 8, 8]\n"
            "blocks:\n"
            "  one: {args: {b: }, layers: [{conv: 8, kernel_size: 1, bias: $b}]}\n"
            "layers:\n"
            "  - {block: one, with: {b: false}, repeat: 70, first: {b: true}, name: s}\n",
            "utf-8",
        )
        rows = rows_of(text(capsys, file))
        assert [row[0] for row in rows] == ["s.0.conv_1", "s.1-69.conv_1"]
        assert [number(row[4]) for row in rows] == [72, 69 * 64]

    def test_rounds_that_say_the_same_in_another_block_stay_apart(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "net.yaml"
        layers = "".join(f"  - {{conv: 8, kernel_size: 1, repeat: 2, name: s{n}}}\n" for n in "ab")
        file.write_text(f"input: [8, 8, 8]\nlayers:\n{layers}  - {{relu: , repeat: 70}}\n", "utf-8")
        assert [row[0] for row in rows_of(text(capsys, file))] == [
            "sa.0-1",
            "sb.0-1",
            "relu_1.0-69",
        ]


class TestPapers:
    def test_mobilenets_table_4(self, capsys: pytest.CaptureFixture[str]) -> None:
        designs = network(capsys, example("mobilenet-v1"))["designs"]
        written, standard, *_ = designs
        assert (written["design"], standard["design"]) == ("as written", "standard")
        assert (written["macs"], written["params"]) == (568_740_352, 4_231_976)
        assert (standard["macs"], standard["params"]) == (4_867_293_184, 29_294_088)
        assert round(written["macs"] / MILLION) == 569
        assert round(written["params"] / MILLION, 1) == 4.2
        assert round(standard["params"] / MILLION, 1) == 29.3

    def test_mobilenets_table_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        one = network(capsys, example("mobilenet-v1"))
        parts = {part["kind"]: part for part in one["parts"]}
        weights = one["totals"]["params"] - parts["biases and norms"]["params"]
        assert weights == 4_209_088
        shares = {
            kind: tuple(
                round(100 * parts[kind][key] / whole, 2)
                for key, whole in (("macs", one["totals"]["macs"]), ("params", weights))
            )
            for kind in ("1x1", "depthwise", "standard", "linear")
        }
        assert shares == {
            "1x1": (94.86, 74.59),
            "depthwise": (3.06, 1.06),
            "standard": (1.91, 0.02),
            "linear": (0.18, 24.33),
        }


def test_several_files_end_with_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    files = [example("alexnet"), example("vgg16")]
    page = text(capsys, *files)
    _, summary = page.split("all networks\n")
    assert re.search(rf"alexnet +{re.escape(str(files[0]))} +61,100,840 +714,188,480 ", summary)
    assert re.search(rf"vgg16 +{re.escape(str(files[1]))} +138,357,544 +15,470,264,320 ", summary)
    assert "all networks" not in text(capsys, files[0])


def test_a_value_that_nobody_reads_is_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = "  - {relu: , name: lost}\n  - {gelu: , from: input}\n"
    Path("net.yaml").write_text(f"input: [3]\nlayers:\n{lines}", "utf-8")
    ran = audit(capsys, "net.yaml")
    warning = "net.yaml:3:20: warning: the output of lost is never used\n"
    place = f"      - {{relu: , name: lost}}\n{' ' * 23}^^^^\n"
    assert (ran.code, ran.err) == (0, warning + place)


# Screens.


def outcome(*files: Path) -> Outcome:
    """What is to be drawn, before it is known for which screen."""
    from typer.main import get_command

    from convcalc_cli.app import app

    result: Any = get_command(app).main(
        args=["audit", *map(str, files)], prog_name="convcalc", standalone_mode=False
    )
    assert isinstance(result, Outcome)
    return result


def drawn(files: Sequence[Path], width: int | None, glyphs: Glyphs) -> str:
    """What a terminal of some width shows."""
    return "".join(outcome(*files).render(Screen(width=width, glyphs=glyphs)))


NUMBERS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w.,]*\d)")


NARROW = 36
EVERY = {"mobilenet-v1": 4, "resnet50": 1, "r3d18": 5, "unet": 6, "dcgan-generator": 7}
"""How many widths are passed over: the networks differ in names and numbers, not in columns."""


@pytest.mark.parametrize("glyphs", [ASCII, UNICODE], ids=["ascii", "unicode"])
@pytest.mark.parametrize("name", slow_unless(lambda name: name == "unet", EVERY))
@pytest.mark.parametrize("widths", [(30, NARROW), (NARROW, 201)])
def test_every_width(name: str, glyphs: Glyphs, widths: tuple[int, int]) -> None:
    """No number is ever cut, and no line is wider than the screen where that is possible."""
    report = outcome(example(name))
    one = "".join(report.render(Screen(glyphs=glyphs)))
    layer_names = {row[0] for row in rows_of(one)}
    columns = [(number(row[4]), number(row[5])) for row in rows_of(one)]
    counts = {f"{count:,}" for pair in columns for count in pair if count}
    totals = set(NUMBERS.findall(one.split("Where the MACs")[0])) - counts
    for width in range(*widths, EVERY[name]):
        page = "".join(report.render(Screen(width=width, glyphs=glyphs)))
        shown = set(re.findall(r"[\d,]+", page))
        assert counts <= shown, (width, counts - shown)
        assert totals <= shown, (width, totals - shown)
        widest = max(map(len, page.splitlines()))
        assert widest <= max(width, 40), (width, widest)
        if glyphs is ASCII:
            assert page.isascii()
        if width >= 150:
            assert all(layer in page for layer in layer_names)


def test_a_file_is_as_wide_as_it_likes(capsys: pytest.CaptureFixture[str]) -> None:
    page = text(capsys, example("mobilenet-v1"))
    assert page == drawn([example("mobilenet-v1")], None, UNICODE)
    assert "~" not in page
    assert "…" not in page


def test_an_ascii_terminal() -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = run_process(f"audit {example('resnet18')}", environment)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.isascii()
    assert "11,689,512" in ran.out


# Hostile names.

HOSTILE = [
    *("[bold]x[/]", "[/]", "\x1b[31mred\x1b[0m", "::error::x", "=1+1", "+1", "-1", "@x"),
    *("<script>alert(1)</script>", "\u202egnp.exe", "\u2066x\u2069", "a\nb", "a\r\n::error::x"),
    *("a|b", "`x`", "**x**", "\x9b31m", "\x00", "\x07", "a\u2028b", "{x}", "{0}", "%s", "--x"),
]


def hostile_file(folder: Path, name: str) -> Path:
    file = folder / "net.yaml"
    lines = "input: [3, 8, 8]\nlayers:\n  - {conv: 8, kernel_size: 3, name: stem}\n  - relu\n"
    file.write_text(f"name: {json.dumps(name)}\n{lines}", "utf-8")
    return file


def spelled(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def shown(name: str) -> str:
    """As at the start of a line, where what looks like a workflow command is in quotes."""
    text = spelled(name)
    return f"'{text}'" if text.startswith("::") else text


@pytest.mark.parametrize("width", [None, 80])
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_on_a_screen(name: str, width: int | None, tmp_path: Path) -> None:
    file = hostile_file(tmp_path, name)
    page = drawn([file, file], width, UNICODE)
    lines = page.split("\n")
    assert page.replace("\n", "").isprintable()
    assert not [line for line in lines if line.startswith("::")]
    assert f"{shown(name)}: (3, 8, 8)" in lines[0]
    assert [line for line in lines if line.startswith(f"{shown(name)} ")]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
class TestHostileNames:
    def test_json(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "json")
        assert json.loads(written)["networks"][0]["name"] == name
        assert written.isascii()
        assert written.replace("\n", "").isprintable()

    def test_csv(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "csv")
        _, *rows = csv.reader(io.StringIO(written, newline=""))
        guarded = spelled(name) if name[1:].isdigit() else f"'{spelled(name)}"
        guarded = guarded if name[0] in "=+-@\t\r:" else spelled(name)
        assert [row[0] for row in rows] == [guarded] * 2

    def test_markdown(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "markdown")
        first = written.splitlines()[0]
        assert written.replace("\n", "").isprintable()
        code = re.fullmatch(r"## (`+) ?(.+?) ?\1", first)
        assert code
        assert code[2] == f"{shown(name)}: (3, 8, 8)"
        assert code[1] not in code[2]

    def test_a_summary(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = hostile_file(tmp_path, name)
        written = text(capsys, file, file, "-f", "markdown")
        assert written.replace("\n", "").isprintable()
        rows = [line for line in written.splitlines() if line.startswith("| ")]
        cells = [re.split(r"(?<!\\)\|", line) for line in rows[-2:]]
        assert [len(row) for row in cells] == [7, 7]
        assert "<script>" not in re.sub(r"\\.", "", rows[-1])


def test_hostile_places_in_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(
        'input: [3]\nlayers:\n  - "\\e[31m\\u202E\\n::error::x"\n  - {"[bold]{x}": 1}\n', "utf-8"
    )
    ran = audit(capsys, "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.replace("\n", "").isprintable()
    assert [line for line in ran.err.splitlines() if "error: " in line] == [
        "net.yaml:3:5: error: unknown operation \\x1b[31m\\u202e\\n::error::x",
        "net.yaml:4:6: error: unknown operation [bold]{x}",
    ]


def test_the_engine_and_the_page_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """Every format is drawn from one report."""
    assert set(FORMATS.names) == {"table", "markdown", "html", "json", "csv"}
    for output_format in FORMATS.names:
        page = text(capsys, example("alexnet"), "-f", output_format)
        assert "linear_3" in page.replace("\\_", "_")
