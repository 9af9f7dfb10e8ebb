"""`convcalc fit`: verdicts, exit codes, formats, and the network file."""

import json
from pathlib import Path

import pytest

from convcalc_cli.page.blocks import GrowingTable, Paragraph
from convcalc_cli.page.terminal import page_table
from convcalc_cli.shell.screen import Screen
from support.program import report, run

NET = """\
name: small
input: [16, 12, 12]
vars: {width: 16}
blocks:
  pair:
    layers:
      - {conv: $width, kernel_size: 3, padding: 1}
      - relu
layers:
  - {block: pair, repeat: 3, name: body}
  - flatten
  - {linear: 10}
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    return str(file)


def test_the_verdict_is_first(capsys: pytest.CaptureFixture[str], net: str) -> None:
    ran = run(capsys, f"fit {net} --max-macs 75%")
    assert (ran.code, ran.err) == (0, "")
    verdict = " ".join(ran.out.split("\n\n")[1].split())
    assert verdict.startswith("1 of 3 convolutions changed: ")
    assert "Proved: no design of these changes fewer layers" in verdict


def test_what_cannot_fit_is_exit_1_with_the_least(
    capsys: pytest.CaptureFixture[str], net: str
) -> None:
    ran = run(capsys, f"fit {net} --max-params 100")
    assert ran.code == 1
    assert "Nothing fits: at least" in ran.out
    assert "linear_1" in ran.out


def test_json(capsys: pytest.CaptureFixture[str], net: str) -> None:
    found = report(capsys, f"fit {net} --max-macs 75%")
    macs = 3 * 144 * 16 * 16 * 9 + 2304 * 10
    assert found["question"]["budgets"] == {"macs": macs * 75 // 100}
    assert (found["fits"], found["proved"], found["gap"], found["changed"]) == (True, True, 0, 1)
    assert found["network"] == "small"
    (layer,) = found["layers"]
    assert layer["name"] == "body.2.conv_1"
    saved = layer["macs_before"] - layer["macs_after"]
    assert found["totals"]["macs"] == macs - saved
    assert [each["fits"] for each in found["front"]] == [True] * len(found["front"])
    assert found["least"]["macs"] < found["totals"]["macs"]
    assert found["stuck"] == [
        {"name": "linear_1", "reason": "linear has no other design"} | {"macs": 23040}
    ]


def test_the_network_file_has_the_figures(
    capsys: pytest.CaptureFixture[str], net: str, tmp_path: Path
) -> None:
    fitted = tmp_path / "fitted.yaml"
    ran = run(capsys, f"fit {net} --max-macs 40% --batch 2 -o {fitted} -f json")
    found = json.loads(ran.out)
    assert run(capsys, f"check {fitted}").code == 0
    (audited,) = report(capsys, f"audit {fitted}")["networks"]
    assert audited["batch"] == 2
    assert audited["totals"] == found["totals"]


def test_csv_and_designs(capsys: pytest.CaptureFixture[str], net: str) -> None:
    ran = run(capsys, f"fit {net} --max-macs 60% --designs separable -f csv")
    rows = [line.split(",") for line in ran.out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["body.1.conv_1", "body.2.conv_1"]
    assert all(",separable," in line for line in ran.out.splitlines()[1:])


def test_only_and_except(capsys: pytest.CaptureFixture[str], net: str) -> None:
    found = report(capsys, f"fit {net} --max-macs 80% --only body.0,body.1 --except body.1.*")
    assert [layer["name"] for layer in found["layers"]] == ["body.0.conv_1"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("", "no budget is given"),
        ("--max-macs much", "--max-macs much"),
        ("--max-macs 50% --keep layer", "did you mean layers"),
        ("--max-macs 50% --designs seperable", "did you mean separable"),
        ("--max-macs 50% --only nothing", "no convolution has such a name"),
        ("--max-macs 50% --groups x", "--groups"),
        ("--max-params 50% --keep params", "keep layers or share"),
    ],
)
def test_refused(capsys: pytest.CaptureFixture[str], net: str, flags: str, message: str) -> None:
    ran = run(capsys, f"fit {net} {flags}")
    assert ran.code == 2
    assert message in ran.err


def test_output_is_the_same_each_time(capsys: pytest.CaptureFixture[str], net: str) -> None:
    first, second = [run(capsys, f"fit {net} --max-macs 55% -f json").out for _ in range(2)]
    assert json.loads(first) == json.loads(second)


VARIED = """\
input: [16, 12, 12]
vars: {width: 16}
layers:
  - {conv: $width, kernel_size: 3, padding: 1}
  - {conv: $width, kernel_size: 3, padding: 1}
"""


class TestVary:
    """Each setting is a question of its own, with the same budget."""

    @pytest.fixture
    def varied(self, tmp_path: Path) -> str:
        file = tmp_path / "varied.yaml"
        file.write_text(VARIED)
        return str(file)

    def test_each_setting_is_answered(
        self, capsys: pytest.CaptureFixture[str], varied: str
    ) -> None:
        most = 144 * 9 * (16 * 16 + 16 * 16) * 3 // 4
        found = report(capsys, f"fit {varied} --max-macs 75% --vary width=8:24:8")
        assert [each["setting"] for each in found["settings"]] == [
            *({"width": 8}, {"width": 16}, {"width": 24})
        ]
        for each in found["settings"]:
            assert each["question"]["budgets"] == {"macs": most}
            alone = report(
                capsys, f"fit {varied} --max-macs {most} --set width={each['setting']['width']}"
            )
            assert each["totals"] == alone["totals"]
            assert each["changed"] == alone["changed"]
        assert found["best"] == {"width": 8}

    def test_the_most_parameters_are_the_best_if_asked_for(
        self, capsys: pytest.CaptureFixture[str], varied: str
    ) -> None:
        found = report(capsys, f"fit {varied} --max-macs 75% --vary width=8:24:8 --keep params")
        params = {each["setting"]["width"]: each["totals"]["params"] for each in found["settings"]}
        assert params[found["best"]["width"]] == max(params.values())

    def test_the_best_is_written(
        self, capsys: pytest.CaptureFixture[str], varied: str, tmp_path: Path
    ) -> None:
        fitted = tmp_path / "best.yaml"
        ran = run(
            capsys, f"fit {varied} --max-macs 75% --vary width=8,16 --vary size=6,8,12 -o {fitted}"
        )
        assert ran.code == 0
        assert "width=16 size=8 is the best of 6 settings" in " ".join(ran.out.split())
        (found,) = report(capsys, f"audit {fitted}")["networks"]
        assert found["totals"]["params"] == 2 * (16 * 16 * 9 + 16)
        assert found["totals"]["output_shape"] == [16, 8, 8]

    def test_what_is_impossible_is_a_row(
        self, capsys: pytest.CaptureFixture[str], varied: str
    ) -> None:
        ran = run(capsys, f"fit {varied} --max-macs 75% --vary width=0,8 -f csv")
        assert [line.split(",")[:3] for line in ran.out.splitlines()] == [
            *(["width", "fits", "proved"], ["0", "False", ""], ["8", "True", "True"])
        ]

    def test_nothing_fits(self, capsys: pytest.CaptureFixture[str], varied: str) -> None:
        ran = run(capsys, f"fit {varied} --max-macs 10 --vary width=8,16")
        assert ran.code == 1
        assert "Nothing fits: 2 settings were tried." in ran.out

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            ("--vary depth=1,2", "unknown parameter"),
            ("--vary width=1:2000:1", "2,000 settings are more than 1,000"),
            ("--vary width=8 --set width=16", "both given and varied"),
            ("--vary width", "--vary width"),
        ],
    )
    def test_refused(
        self, capsys: pytest.CaptureFixture[str], varied: str, flags: str, message: str
    ) -> None:
        ran = run(capsys, f"fit {varied} --max-macs 50% {flags}")
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err


def test_other_budgets_come_row_by_row() -> None:
    rows = iter([["1", "2"], ["3", "4"]])
    table = GrowingTable(("one", "two"), rows, ["100", "200"], notes=["a note"])
    pieces = page_table([[Paragraph("above"), table, Paragraph("below")]], Screen())
    seen: list[str] = []
    while "3" not in "".join(seen):
        seen.append(next(pieces))
        if seen[-1].startswith("1"):
            assert next(rows, None) == ["3", "4"]  # the second row was not asked for before
            break
    assert "".join(seen).splitlines()[0] == "above"


@pytest.mark.parametrize("name", ["table", "markdown", "html", "latex"])
def test_every_page_has_the_other_budgets(
    capsys: pytest.CaptureFixture[str], net: str, name: str
) -> None:
    ran = run(capsys, f"fit {net} --max-macs 75% -f {name}")
    macs = 3 * 144 * 16 * 16 * 9 + 2304 * 10
    assert ran.code == 0
    assert ran.out.count(f"{macs:,}") >= 2


def test_stdout_may_have_the_network(
    capsys: pytest.CaptureFixture[str], net: str, tmp_path: Path
) -> None:
    ran = run(capsys, f"fit {net} --max-macs 75% -o -")
    fitted = tmp_path / "fitted.yaml"
    fitted.write_text(ran.out)
    assert run(capsys, f"check {fitted}").code == 0


@pytest.mark.parametrize("flags", ["-o= ", "-f xml", "--plot a.txt"])
def test_refused_before_the_work(capsys: pytest.CaptureFixture[str], net: str, flags: str) -> None:
    ran = run(capsys, f"fit {net} --max-macs 75% {flags}".replace("-o= ", "--output="))
    assert (ran.code, ran.out) == (2, "")


def test_two_budgets_say_what_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(__file__).parents[4] / "examples" / "resnet50.yaml"
    found = report(capsys, f"fit {file} --max-macs 50% --max-params 40%")
    assert found["changed"] == found["bound"]["changed"] == 20
    assert found["kept"] <= 34257 <= found["bound"]["kept"]  # the optimum by another solver
    assert found["proved"] == (found["kept"] == 34257)
    assert found["gap"] < 0.002
