"""What `convcalc check` finds and how it is shown; the rules."""

from pathlib import Path
from typing import Any

import pytest

from convcalc.checks.rules import RULES
from convcalc.operations.transposed import ConvTranspose
from support.checks import GOOD, INVALID, OVER, TOO_MANY, UNEXPECTED, check, concise, write
from support.program import run


class TestFindings:
    def test_places(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=OVER, b=UNEXPECTED, c=INVALID)
        assert concise(capsys, ". --kernel-sizes 1") == [
            "a.yaml:4:5: CC103 stem has a kernel of 3x3; allowed: 1 (--kernel-sizes)",
            f"a.yaml:7:3: CC101 {TOO_MANY}",
            "b.yaml:4:5: CC103 stem has a kernel of 3x3; allowed: 1 (--kernel-sizes)",
            "b.yaml:7:12: CC202 stem has the output shape (8, 7, 5), not the expected (8, 7, 6)",
            "c.yaml:3:39: CC002 groups=3 does not divide in_channels=4",
        ]

    def test_the_budgets_own_name_is_found(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("peak_activation", "peak_activation_bytes"):
            write(nets, a=f"{GOOD}budget:\n  {name}: 1KiB\n")
            (line,) = concise(capsys, ".")
            assert line == (
                "a.yaml:7:3: CC101 peak activation 2.08 KiB is 2.08 x its budget of 1 KiB; "
                "the peak is at stem (input's 1008 B and its own output of 1.09 KiB)"
            )

    def test_a_layer_of_a_block_is_shown_in_the_block(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        block = "blocks:\n  unit:\n    layers:\n      - {conv: 6, kernel_size: 5, padding: 2}\n"
        use = "layers:\n  - {block: unit, repeat: 4, name: body}\n"
        write(nets, a=f"input: [3, 9, 9]\n{block}{use}")
        (line,) = concise(capsys, ". --kernel-sizes 1,3")
        told = "body.0.conv_1 has a kernel of 5x5; allowed: 1, 3 (and 3 more layers)"
        assert line == f"a.yaml:5:9: CC103 {told} (--kernel-sizes)"

    def test_the_line_is_shown(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=OVER)
        shown = check(capsys, ".").out.splitlines()
        assert shown[-3:] == [
            f"a.yaml:7:3: CC101 {TOO_MANY}",
            "      params: 200",
            "      ^^^^^^",
        ]

    @pytest.mark.parametrize(
        ("flags", "codes"),
        [
            ("--max-params 295", ["CC101"]),
            ("--max-params 296", []),
            ("--max-macs 10k --max-flops 20k", ["CC101"] * 2),
            ("--max-input 1007 --max-weight 1KiB", ["CC101"] * 2),
            ("--max-activation 2kB --max-torchsummary 1M", ["CC101"]),
            ("--max-peak-activation 2127B", ["CC101"]),
            ("--max-peak-activation 2128", []),
            ("--max-layer-share 99.9%", ["CC102"]),
            ("--max-layer-share 100%", []),
            ("--kernel-sizes 1,5", ["CC103"]),
            ("--kernel-sizes 3", []),
            ("--groups-multiple-of 8", []),
            ("--channels-multiple-of 16", ["CC105"]),
        ],
    )
    def test_flags(
        self, nets: Path, capsys: pytest.CaptureFixture[str], flags: str, codes: list[str]
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". {flags} -f concise")
        assert [line.split()[1] for line in ran.out.splitlines()] == codes
        assert ran.code == bool(codes)

    @pytest.mark.parametrize(
        ("flags", "told"),
        [
            (
                "--max-params many",
                "--max-params many is not a whole number, or one with k, M, G, T",
            ),
            ("--max-params -1", "--max-params -1 is not a whole number, or one with k, M, G, T"),
            ("--max-layer-share 40", "--max-layer-share 40 is not a percentage such as 40%"),
            ("--max-layer-share 101%", "--max-layer-share 101% is not a percentage such as 40%"),
            ("--kernel-sizes 1,x", "--kernel-sizes 1,x is not whole numbers as in 1,3,5"),
            ("--kernel-sizes 0", "--kernel-sizes 0 has a value that is below 1"),
            ("--groups-multiple-of 0", "--groups-multiple-of 0 is below 1"),
            ("--allow params=+2%", "--allow needs --against"),
            ("--update", "--update needs --against"),
            (
                "--against none.json",
                "none.json cannot be read: No such file or directory; make it ",
            ),
            ("--config none.toml", "none.toml cannot be read: No such file or directory"),
        ],
    )
    def test_wrong_flags(
        self, nets: Path, capsys: pytest.CaptureFixture[str], flags: str, told: str
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". {flags}")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {told}")

    def test_verify(
        self,
        nets: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        up = "input: [4, 9, 7]\nlayers:\n  - {conv_transpose: 8, kernel_size: 2, stride: 2}\n"
        write(nets, a=up)
        assert check(capsys, ". --verify").code == 0
        right = ConvTranspose.shape_and_macs

        def spread(self: Any, shapes: Any) -> Any:
            output_shape, macs = right(self, shapes)
            return output_shape, macs * 4

        monkeypatch.setattr(ConvTranspose, "shape_and_macs", spread)
        ran = check(capsys, ". --verify -f concise")
        assert (ran.code, ran.err) == (1, "1 file, 0 ok, 1 not as predicted\n")
        told = f"conv_transpose_1: macs predicted {4 * 128 * 63}, found {128 * 63}"
        assert f"a.yaml:3:5: CC301 {told}" in ran.out.splitlines()


class TestRule:
    def test_every_rule_is_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        listed = run(capsys, "rule").out
        for rule in RULES:
            assert f"{rule.code}  {rule.name}" in listed
            for name in (rule.code, rule.code.lower(), rule.name):
                told = run(capsys, f"rule {name}")
                assert (told.code, told.err) == (0, "")
                assert " ".join(told.out.split()).endswith(rule.explanation)

    def test_an_unknown_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "rule CC100")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: unknown rule CC100; did you mean CC10")
