"""`convcalc snapshot`, and `check --against` one."""

import json
import shutil
from pathlib import Path

import pytest

from convcalc_cli.program import main
from support.checks import GOOD, INVALID, PARAMS, check, concise, write
from support.program import run


class TestSnapshots:
    @pytest.fixture
    def base(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> Path:
        (nets / "nets").mkdir()
        write(nets / "nets", a=GOOD, b=GOOD)
        assert main(["snapshot", "nets", "-o", "base.json"]) == 0
        assert capsys.readouterr() == ("", "written: base.json\n")
        return nets

    def test_what_it_holds(self, base: Path) -> None:
        content = json.loads((base / "base.json").read_text())
        assert list(content["networks"]) == ["nets/a.yaml", "nets/b.yaml"]
        kept = content["networks"]["nets/a.yaml"]
        assert (kept["name"], kept["totals"]["params"]) == ("small", PARAMS)
        assert len(kept["fingerprint"]) == 64

    @pytest.mark.usefixtures("base")
    def test_nothing_has_changed(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (0, "2 files, 2 ok\n")

    def test_growth(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 9"))
        lines = concise(capsys, "nets --against base.json")
        stem = "allowed: +0; the largest layer is stem (100.0 %)"
        assert lines == [
            f"{Path('nets/a.yaml')}: CC401 params grew from 296 to 333 (+12.5 %); {stem}",
            f"{Path('nets/a.yaml')}: CC401 MACs grew from 10,080 to 11,340 (+12.5 %); {stem}",
            f"{Path('nets/a.yaml')}: CC401 peak activation grew from 2.08 KiB to 2.21 KiB "
            "(+6.6 %); allowed: +0; "
            "the peak is at stem (input's 1008 B and its own output of 1.23 KiB)",
        ]
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (1, "2 files, 1 ok, 1 grown\n")
        allowed = "--allow params=+12.5% --allow macs=+1260 --allow peak_activation=+140B"
        assert check(capsys, f"nets --against base.json {allowed}").code == 0
        less = allowed.replace("1260", "1259")
        assert check(capsys, f"nets --against base.json {less}").code == 1

    def test_other_totals_if_they_are_named(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(base / "nets", a=GOOD + "dtype: float64\n")
        command = "nets/a.yaml --against base.json --allow peak_activation=+100%"
        assert check(capsys, command).code == 0
        (line,) = concise(capsys, f"{command} --allow weight_bytes=+10%")
        told = "weight memory grew from 1.16 KiB to 2.31 KiB (+100.0 %); allowed: +118 B (10.0 %)"
        assert f"CC401 {told}" in line

    def test_shrinking_is_fine(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 7"))
        assert check(capsys, "nets --against base.json").code == 0

    def test_added_and_removed(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", c=GOOD)
        (base / "nets" / "b.yaml").unlink()
        ran = check(capsys, "nets --against base.json -f concise")
        assert ran.out.splitlines() == [
            f"{Path('nets/c.yaml')}: CC402 warning: small is not in the snapshot",
            "nets/b.yaml: CC403 warning: nets/b.yaml is in the snapshot, but no longer there",
        ]
        assert (ran.code, ran.err) == (0, "2 files, 2 ok, 2 warnings\n")

    @pytest.mark.usefixtures("base")
    def test_one_of_several_is_not_the_end_of_the_others(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check(capsys, "nets/a.yaml --against base.json").err == "1 file, 1 ok\n"

    def test_update(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", a=GOOD.replace("conv: 8", "conv: 9"), c=GOOD)
        (base / "nets" / "b.yaml").unlink()
        assert check(capsys, "nets --against base.json --update").code == 0
        content = json.loads((base / "base.json").read_text())["networks"]
        assert list(content) == ["nets/a.yaml", "nets/c.yaml"]
        assert content["nets/a.yaml"]["totals"]["params"] == 333
        assert check(capsys, "nets --against base.json").err == "2 files, 2 ok\n"

    def test_update_makes_what_is_not_there(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check(capsys, "nets --against new.json --update").code == 0
        assert (base / "new.json").read_text() == (base / "base.json").read_text()

    def test_update_keeps_what_was_not_checked(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        assert check(capsys, "nets/a.yaml --against base.json --update").code == 0
        assert (base / "base.json").read_text() == before

    def test_a_bad_file_updates_nothing(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        write(base / "nets", a=INVALID, c=GOOD)
        assert check(capsys, "nets --against base.json --update").code == 2
        assert (base / "base.json").read_text() == before

    def test_a_snapshot_elsewhere(
        self, base: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Files are named by the way from the snapshot, wherever one stands."""
        monkeypatch.chdir(base / "nets")
        assert check(capsys, ". --against ../base.json").err == "2 files, 2 ok\n"

    def test_a_network_that_is_no_longer_recognised(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(base / "nets", a=GOOD.replace("input:", "inputt:"))
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (2, "2 files, 1 ok, 1 invalid\n")

    def test_nothing_left_to_check(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = (base / "base.json").read_text()
        for name in "ab":
            (base / "nets" / f"{name}.yaml").unlink()
        for flags in ("", " --update"):
            assert check(capsys, f"nets --against base.json{flags}").code == 2
        assert (base / "base.json").read_text() == before

    def test_a_snapshot_from_elsewhere(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Written by redirection, its paths lead from the wrong folder: nothing is compared."""
        (base / "ci").mkdir()
        shutil.copy(base / "base.json", base / "ci" / "base.json")
        ran = check(capsys, "nets --against ci/base.json")
        assert (ran.code, ran.out) == (2, "")
        assert "has none of these files" in ran.err

    def test_a_snapshot_without_its_totals(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        content = json.loads((base / "base.json").read_text())
        content["networks"]["nets/a.yaml"]["totals"] = {}
        (base / "base.json").write_text(json.dumps(content))
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (
            2,
            "error: base.json: the snapshot of nets/a.yaml is not complete\n",
        )

    def test_a_report_over_the_snapshot(
        self, base: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (base / "base.json").read_text()
        ran = check(capsys, "nets --against base.json --update -o ./base.json")
        assert (ran.code, (base / "base.json").read_text()) == (2, before)

    def test_half_a_snapshot_is_none(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(base / "nets", b=INVALID)
        ran = run(capsys, "snapshot nets -o other.json")
        assert (ran.code, ran.out) == (2, "")
        assert "does not divide" in ran.err
        assert not (base / "other.json").exists()

    @pytest.mark.usefixtures("nets")
    def test_of_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "snapshot .")
        assert (ran.code, ran.err) == (2, "error: there is no network in .\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "base.json is not a snapshot: it is not valid JSON"),
            ("[]", "base.json: this is not a convcalc snapshot"),
            ("[" * 100_000, "base.json is not a snapshot: the nesting is too deep"),
        ],
    )
    def test_what_is_no_snapshot(
        self, base: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
    ) -> None:
        (base / "base.json").write_text(text)
        ran = check(capsys, "nets --against base.json")
        assert (ran.code, ran.err) == (2, f"error: {told}\n")

    @pytest.mark.usefixtures("base")
    def test_what_is_no_gain(self, capsys: pytest.CaptureFixture[str]) -> None:
        for text, told in [
            ("params", "'params' is not TOTAL=+GAIN, as in params=+2%"),
            ("param=+2%", "unknown total param; did you mean params?"),
            ("params=much", "params=much is neither a share as in +2% nor an amount as in +10k"),
        ]:
            ran = check(capsys, f"nets --against base.json --allow {text}")
            assert (ran.code, ran.err) == (2, f"error: {told}\n")
