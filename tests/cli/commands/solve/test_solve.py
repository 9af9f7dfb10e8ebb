"""`convcalc solve`: windows, and variables."""

from pathlib import Path

import pytest

from support.program import report, run

NET = """\
input: [3, 16, 16]
vars: {width: 8}
layers:
  - {conv: "divisible($width, 8)", kernel_size: 3, bias: false}
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    return str(file)


def test_shape(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "solve shape --size 224 --to 112 -k 3 -s 2")
    assert (ran.code, ran.err) == (0, "")
    assert "kernel_size=3, stride=2, padding=1" in ran.out
    assert "223 to 224" in ran.out


def test_no_shape_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "solve shape --size 10 --to 1000 -k 3").code == 1


def test_the_largest_width_on_a_staircase(capsys: pytest.CaptureFixture[str], net: str) -> None:
    # 27 params a channel, channels in steps of 8 and never a tenth below: 17 is 16, 18 is 24.
    found = report(capsys, f"solve width {net} --max-params 500")
    assert (found["value"], found["totals"]["params"]) == (17, 27 * 16)
    assert found["next"] == {"value": 18, "above": {"params": 27 * 24}, "reason": None}


def test_ranges_size_and_batch(capsys: pytest.CaptureFixture[str], net: str) -> None:
    assert report(capsys, f"solve width=1:9:2 {net} --max-params 500")["value"] == 9
    # 8 channels of 27 MACs at (size - 2) ** 2 positions.
    found = report(capsys, f"solve size {net} --max-macs 86400")
    assert (found["value"], found["next"]["value"]) == (22, 23)
    assert report(capsys, f"solve batch {net} --max-macs 100000")["value"] == 2
    # 8 channels of 27 MACs at 14 ** 2 positions, for each of a batch
    found = report(capsys, f"solve batch {net} --max-macs {42_336 * 700}")
    assert (found["value"], found["next"]["above"]) == (700, {"macs": 42_336 * 701})


@pytest.fixture
def detector(tmp_path: Path) -> str:
    """A model whose levels fit together where the size is a multiple of 4."""
    rows = ["[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, Conv, [32, 3, 2]]"]
    rows += ["[-1, 1, nn.Upsample, [None, 2, nearest]]", "[[-1, 0], 1, Concat, [1]]"]
    rows += ["[[3], 1, Detect, [nc]]"]
    listed = "".join([f"  - {row}\n" for row in rows])
    file = tmp_path / "detector.yaml"
    file.write_text(f"nc: 80\nwidth_multiple: 0.5\nbackbone:\n{listed}head: []\n")
    return str(file)


def test_the_size_of_a_model_file(capsys: pytest.CaptureFixture[str], detector: str) -> None:
    at_640 = report(capsys, f"audit {detector} --size 640")["networks"][0]["totals"]["macs"]
    found = report(capsys, f"solve size {detector} --max-macs {at_640 - 1}")
    assert found["question"]["written"] == 640
    assert found["value"] == 636
    assert found["next"]["reason"].endswith(
        "do not fit together in concat; model.1.conv makes 160 of 319, with a stride of 2"
    )


def test_other_numbers_of_a_model_file(capsys: pytest.CaptureFixture[str], detector: str) -> None:
    def params(setting: str) -> int:
        found = report(capsys, f"audit {detector} --size 640 --set {setting}")
        return int(found["networks"][0]["totals"]["params"])

    found = report(capsys, f"solve nc {detector} --max-params {params('nc=40')}")
    assert (found["value"], found["next"]["value"], found["question"]["written"]) == (40, 41, 80)
    ranged = report(capsys, f"solve nc=1:9:2 {detector} --max-params {params('nc=8')}")
    assert ranged["value"] == 7
    wide = report(capsys, f"solve width_multiple {detector} --max-params {params('nc=80')}")
    assert wide["value"] == 0.5
    ran = run(capsys, f"solve scale {detector} --max-params 5")
    assert (ran.code, "it is not a number in the file; give scale=LO:HI:STEP" in ran.err) == (
        2,
        True,
    )


def test_nothing_fits(capsys: pytest.CaptureFixture[str], net: str) -> None:
    ran = run(capsys, f"solve width {net} --max-params 1")
    assert ran.code == 1
    assert "no width fits" in ran.out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("solve shape --size 3", "needs --size and --to"),
        ("solve width", "needs a network file"),
        ("solve depth NET --max-params 5", "unknown variable"),
        ("solve width=1:2 NET --max-params 5", "LO:HI:STEP"),
        ("solve width=1:2:0 NET --max-params 5", "the step is 0"),
        ("solve width=1:1000000:0.001 NET --max-params 5", "values are more than"),
        ("solve width NET", "no budget"),
    ],
)
def test_refused(capsys: pytest.CaptureFixture[str], net: str, line: str, message: str) -> None:
    ran = run(capsys, line.replace("NET", net))
    assert ran.code == 2
    assert message in ran.err


def test_each_dimension_of_a_shape(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "solve shape --size 224x200 --to 112x100 -k 3x5")
    assert ran.code == 0
    assert "kernel_size=(3, 5), stride=2, padding=(1, 2)" in ran.out
    assert "223 to 224 x 199 to 200" in ran.out


def test_unequal_padding_is_a_layer_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    ran = run(capsys, "solve shape --size 56x9 --to 56x9 -k 4x3 -s 1")
    words = ran.out.partition("F.pad(x, (")[2].partition("))")[0]
    x = torch.nn.functional.pad(torch.zeros(1, 1, 56, 9), [*map(int, words.split(","))])
    assert torch.nn.Conv2d(1, 1, (4, 3))(x).shape[2:] == (56, 9)
