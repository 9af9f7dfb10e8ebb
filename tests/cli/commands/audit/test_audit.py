"""`convcalc audit`: what it says of good files, in every format."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from convcalc_cli.commands.audit.command import FORMATS
from support.audits import (
    EXAMPLES,
    GOOD,
    MILLION,
    Words,
    audit,
    example,
    network,
    number,
    rows_of,
    spelled,
    text,
)
from support.program import report
from support.slow import slow_unless

TOTALS = [
    *("output_shape", "params", "macs", "flops", "input_bytes", "weight_bytes"),
    *("activation_bytes", "peak_activation_bytes", "peak_layer", "torchsummary_bytes"),
    *("outputs", "receptive_field", "receptive_field_step", "receptive_field_offset"),
    "global_context",
]
OF_SHAPES = TOTALS[-5:]
LAYER = [
    *("name", "operation", "line", "column", "inputs", "input_shapes", "output_shape"),
    *("weights", "params", "macs", "receptive_field", "receptive_field_step"),
    *("receptive_field_offset", "global_context", "alive_bytes", "weight_bytes"),
    "parameters",
]
OCCASIONAL = {"weights_of", "training", "unknown", "title", "source_name", "as"}
HEADER = [
    *("network", "name", "operation", "input_shape", "output_shape", "weight", "bias"),
    *("params", "macs", "receptive_field", "receptive_field_step", "receptive_field_offset"),
    *("alive_bytes", "weight_bytes", "weights_of", "unknown", "training", "title"),
]


class TestJson:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_the_keys(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = json.loads(text(capsys, path, "-f", "json"))
        assert list(report) == ["convcalc", "format_version", "convention", "networks", "errors"]
        assert (report["format_version"], report["errors"]) == (1, [])
        (one,) = report["networks"]
        assert list(one) == [
            *("name", "file", "source", "input_shape", "inputs", "batch", "dtype"),
            *("layers", "blocks", "totals", "parts", "designs", "warnings"),
        ]
        assert one["file"] == str(path)
        assert [key for key in one["totals"] if key != "unknown"] == TOTALS
        for row in one["layers"]:
            assert [key for key in row if key not in OCCASIONAL] == LAYER
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
        known = {**one["inputs"], **{row["name"]: row["output_shape"] for row in rows}}
        outputs = totals["outputs"]
        assert totals["output_shape"] == next(iter(outputs.values()))
        assert all(known.get(name, shape) == shape for name, shape in outputs.items())
        assert totals["params"] == sum(row["params"] or 0 for row in rows)
        assert totals["macs"] == sum(row["macs"] or 0 for row in rows)
        assert totals["flops"] == 2 * totals["macs"]
        assert totals["peak_layer"] in names
        for key in ("params", "macs"):
            assert sum(part[key] for part in one["parts"]) == totals[key]
        as_written, *_ = one["designs"]
        assert [as_written["params"], as_written["macs"]] == [totals["params"], totals["macs"]]
        for row in rows:
            assert row["input_shapes"] == [known[source] for source in row["inputs"]]

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
        assert sum(int(row[7] or 0) for row in rows) == one["totals"]["params"]
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
        rows = rows_of(text(capsys, example("resnet50"), "--all", "--flat"))
        assert [row[0] for row in rows] == [layer["name"] for layer in layers]
        assert len(rows_of(text(capsys, example("resnet50"), "--flat"))) < len(rows)

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
            same = key in ("output_shape", "params", "weight_bytes", "peak_layer", *OF_SHAPES)
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

    def test_long_names_are_not_run_together(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        names = [f"a_rather_long_name_of_a_{number}" for number in ("first", "second", "third")]
        layers = [f"{{conv: 4, kernel_size: 1, name: {name}}}" for name in names]
        file = tmp_path / "net.yaml"
        file.write_text(f"input: [4, 9, 9]\nlayers: [{', '.join(layers)}]\n")
        shown = text(capsys, str(file))
        assert f"{names[0]} and 2 more  depthwise separable" in shown
        assert f"the peak, while {names[0]} runs" in shown

    def test_a_very_long_name_is_not_repeated_below_the_table(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        name, file = "long_name_" * 19, tmp_path / "net.yaml"
        file.write_text(
            f"input: [4, 9, 9]\nlayers: [{{conv: 4, kernel_size: 1, name: {name}}}, relu]\n"
        )
        lines = text(capsys, str(file)).splitlines()
        assert "* the peak" in lines

    def test_a_page_lists_every_layer_that_stays(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        page = tmp_path / "page.html"
        assert audit(capsys, example("mobilenet-v2"), "--html", page)[0] == 0
        written = page.read_text("utf-8")
        for design in network(capsys, example("mobilenet-v2"))["designs"]:
            for kept in design["kept"]:
                assert f"<td>{kept['reason']}</td>" in written
                assert f">{', '.join(kept['layers'])}</td>" in written

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
            assert audit(capsys, *words, "-o", file) == (0, "", f"written: {file}\n")
            assert file.read_text("utf-8") == text(capsys, *words)


FOLDED = slow_unless(lambda path: path.stem in ("resnet18", "unet", "fcos-head"), EXAMPLES)


class TestFolding:
    @pytest.mark.parametrize("path", FOLDED, ids=lambda path: path.stem)
    def test_the_rows_add_up(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        totals = network(capsys, path)["totals"]
        for flags in (["--flat"], ["--flat", "--all"], ["--sort", "macs"]):
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
        rows = rows_of(text(capsys, file, "--flat"))
        assert [row[0] for row in rows] == ["s.0.conv_1", "s.1-69.conv_1"]
        assert [number(row[4]) for row in rows] == [72, 69 * 64]

    def test_rounds_that_say_the_same_in_another_block_stay_apart(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "net.yaml"
        layers = "".join(f"  - {{conv: 8, kernel_size: 1, repeat: 2, name: s{n}}}\n" for n in "ab")
        file.write_text(f"input: [8, 8, 8]\nlayers:\n{layers}  - {{relu: , repeat: 70}}\n", "utf-8")
        assert [row[0] for row in rows_of(text(capsys, file, "--flat"))] == [
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
    warning = "net.yaml:3:20: CC004 warning: the output of lost is never used\n"
    place = f"      - {{relu: , name: lost}}\n{' ' * 23}^^^^\n"
    assert (ran.code, ran.err) == (0, warning + place)


# Screens.


# Hostile names.


def test_the_engine_and_the_page_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """Every format is drawn from one report."""
    assert set(FORMATS.names) >= {"table", "markdown", "html", "json", "csv"}
    for output_format in FORMATS.names:
        page = text(capsys, example("alexnet"), "-f", output_format)
        assert "linear_3" in page.replace("\\_", "_")


def test_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets" / "inner").mkdir(parents=True)
    for name in ("b.yaml", "inner/a.yaml", "other.yaml"):
        text = "key: value\n" if "other" in name else "input: [3, 8, 8]\nlayers: [relu]\n"
        (tmp_path / "nets" / name).write_text(text)
    (tmp_path / "single.yaml").write_text("input: [3, 8, 8]\nlayers: [relu]\n")
    networks = report(capsys, "audit single.yaml nets")["networks"]
    files = [network["file"].replace("\\", "/") for network in networks]
    assert files == ["single.yaml", "nets/b.yaml", "nets/inner/a.yaml"]
