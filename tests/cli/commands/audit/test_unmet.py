"""`convcalc audit` says where a network is not what its own file says."""

import re
from pathlib import Path

import pytest

from convcalc_cli.commands.audit.command import audit
from convcalc_cli.commands.check.command import check
from convcalc_cli.shell.screen import Screen
from support.program import run

# conv: 4 * 27 weights and 4 biases; 108 MACs at 6 * 6 places. Memory: 3 * 64 numbers in, 4 * 36
# out, of 4 bytes; both are alive while it runs. act works in place.
NET = """\
name: net
input: [3, 8, 8]
layers:
  - {conv: 4, kernel_size: 3, name: stem}
  - {relu: , name: act}
"""
FIELD = "3 x 3 step 1 x 1, offset 0 x 0; ok, at most 3 x 3"
WIDER = "3 x 3 step 1 x 1, offset 0 x 0; over its budget of 1 x 3"
MACS, PEAK = 108 * 36, 4 * (3 * 64 + 4 * 36)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def facts(capsys: pytest.CaptureFixture[str], more: str, flags: str = "") -> dict[str, str]:
    """What is said beside each total."""
    Path("net.yaml").write_text(NET + more, "utf-8")
    ran = run(capsys, f"audit net.yaml {flags}")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.partition("\noutput")[2].partition("Where the")[0]
    found = re.findall(r"^(\S.*?) {2,}(.*)$", f"output{lines}", re.MULTILINE)
    return {name: " ".join(told.split()) for name, told in found}


@pytest.mark.parametrize(
    ("more", "name", "told"),
    [
        ("budget: {macs: 1k}", "MACs", "3,888 3.89 k; over its budget of 1,000 (3.89 x)"),
        ("budget: {macs: 10}", "MACs", "3,888 3.89 k; over its budget of 10 (388 x)"),
        ("budget: {macs: 3_500}", "MACs", "3,888 3.89 k; over its budget of 3,500 (by 11.1 %)"),
        ("budget: {macs: 3_888}", "MACs", "3,888 3.89 k; ok, at most 3,888 (100.0 %)"),
        ("budget: {macs: 20k}", "MACs", "3,888 3.89 k; ok, at most 20 k (19.4 %)"),
        ("budget: {weight: 1KiB}", "weight memory", "448 B ok, at most 1 KiB (43.8 %)"),
        ("budget: {receptive_field: [3, 3]}", "receptive field", FIELD),
        ("budget: {receptive_field: [1, 3]}", "receptive field", WIDER),
        ("budget: {params: 100}", "params", "112 112; over its budget of 100 (by 12.0 %)"),
        ("budget: {flops: 1k}", "FLOPs", "7,776 2 x MACs; over its budget of 1,000 (7.78 x)"),
        (
            "budget: {peak_activation: 1KiB}",
            "peak activation",
            "1.31 KiB while stem runs; over its budget of 1 KiB (by 31.3 %)",
        ),
        (
            f"budget: {{peak_activation_bytes: {PEAK - 1}}}",
            "peak activation",
            "1.31 KiB while stem runs; "
            "over its budget of 1,343 bytes, found 1,344 bytes (by 0.1 %)",
        ),
        ("budget: {weight: 1B}", "weight memory", "448 B over its budget of 1 B (448 x)"),
        (
            "budget: {torchsummary: 1kB}",
            "training estimate",
            "3.44 KiB as torchsummary estimates it; over its budget of 1000 B (3.52 x)",
        ),
        ("expect: {params: 5}", "params", "112 112; expected 5"),
        ("expect: {params: 112}", "params", "112 112; ok, as expected"),
        (
            "budget: {params: 224}\nexpect: {params: 112}",
            "params",
            "112 112; ok, at most 224 (50.0 %), as expected",
        ),
        (
            "budget: {params: 224}\nexpect: {params: 113}",
            "params",
            "112 112; expected 113",
        ),
        ("expect: {output_shape: [4, 6, 6]}", "output", "(4, 6, 6) ok, as expected"),
        ("expect: {macs: 4_000}", "MACs", "3,888 3.89 k; expected 4,000"),
        ("expect: {output_shape: [4, 5, 5]}", "output", "(4, 6, 6) expected (4, 5, 5)"),
        ("expect: {weight_bytes: 1024}", "weight memory", "448 B expected 1 KiB"),
        (
            "budget: {params: 100}\nexpect: {params: 113}",
            "params",
            "112 112; over its budget of 100 (by 12.0 %); expected 113",
        ),
    ],
)
def test_a_total(capsys: pytest.CaptureFixture[str], more: str, name: str, told: str) -> None:
    assert facts(capsys, more)[name] == told


def test_nothing_is_said_of_other_totals(capsys: pytest.CaptureFixture[str]) -> None:
    plain = facts(capsys, "")
    found = facts(capsys, "budget: {macs: 10}\nexpect: {params: 112}")
    assert {name for name in plain if plain[name] != found[name]} == {"MACs", "params"}


@pytest.mark.parametrize("output_format", ["table", "markdown"])
def test_shapes(capsys: pytest.CaptureFixture[str], output_format: str) -> None:
    more = "expect: {shapes: {stem: [5, 6, 6], act: [4, 6, 6]}}"
    Path("net.yaml").write_text(NET + more, "utf-8")
    ran = run(capsys, f"audit net.yaml -f {output_format}")
    assert ran.code == 0
    assert "stem has the output shape (4, 6, 6), not the expected (5, 6, 6)." in ran.out
    assert "act has" not in ran.out


def test_markdown_and_html(capsys: pytest.CaptureFixture[str]) -> None:
    more = "budget: {macs: 1k}\nexpect: {params: 5, shapes: {stem: [5, 6, 6]}}"
    Path("net.yaml").write_text(NET + more, "utf-8")
    ran = run(capsys, "audit net.yaml -f markdown --html page.html")
    assert ran.code == 0
    page = Path("page.html").read_text("utf-8")
    for text in (ran.out, page):
        assert "over its budget of 1,000 (3.89 x)" in text
        assert "expected 5" in text
    assert '<p class="verdict bad">stem has the output shape (4, 6, 6), not the' in page


def test_machine_formats_have_the_figures_only(capsys: pytest.CaptureFixture[str]) -> None:
    for output_format in ("json", "csv"):
        written = []
        for more in ("", "budget: {macs: 10}\nexpect: {params: 5}"):
            Path("net.yaml").write_text(NET + more, "utf-8")
            written.append(run(capsys, f"audit net.yaml -f {output_format}").out)
        assert written[0] == written[1]


def test_a_network_that_is_not_as_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A budget holds for it; what the file expects is said of the file."""
    found = facts(capsys, "budget: {macs: 10}\nexpect: {params: 5}", "--size 9")
    assert found["MACs"].endswith("; over its budget of 10 (529 x)")  # 108 * 49
    assert found["params"] == "112 112"


LONG = "x" * 190


@pytest.fixture
def long_names() -> None:
    more = f"budget: {{macs: 10, params: 1}}\nexpect: {{shapes: {{stem{LONG}: [5, 6, 6]}}}}\n"
    text = NET.replace("stem", f"stem{LONG}").replace("name: net", f"name: net{LONG}")
    Path("net.yaml").write_text(text + more, "utf-8")


@pytest.mark.usefixtures("long_names")
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_long_name_gives_way_to_figures(width: int) -> None:
    pages = [
        "".join(run.render(Screen(width))) for run in (audit(["net.yaml"]), check(["net.yaml"]))
    ]
    for page in pages:
        assert max(map(len, page.splitlines())) <= width
        lines = [line.split() for line in page.splitlines()]
        assert [line for line in lines if "112" in line and "3,888" in line]
    audited = " ".join(pages[0].split())
    assert "over its budget of 10 (388 x)" in audited
    assert "(4, 6, 6), not the expected (5, 6, 6)." in audited


@pytest.mark.usefixtures("long_names")
@pytest.mark.parametrize("width", [60, 80, 120])
def test_carets_stand_below_their_words(width: int) -> None:
    lines = "".join(check(["net.yaml"]).render(Screen(width))).splitlines()
    at = next(at for at, line in enumerate(lines) if line.strip().startswith("budget:"))
    start = lines[at].index("macs")
    assert lines[at + 1] == f"{' ' * start}^^^^"
    (cut,) = [line for line in lines if line.strip().startswith("expect:")]
    assert cut.endswith("…") == (width < 120)  # a line has about 80 at most
    assert len(cut) <= width
