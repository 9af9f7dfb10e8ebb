"""The settings of `convcalc check` in convcalc.toml and pyproject.toml."""

from pathlib import Path

import pytest

from convcalc_cli.reading.patterns import matches
from support.checks import GOOD, check, concise, write


class TestConfig:
    def config(self, folder: Path, text: str, name: str = "convcalc.toml") -> None:
        (folder / name).write_text(text)

    def test_limits_by_pattern(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "mobile").mkdir()
        write(nets, a=GOOD)
        write(nets / "mobile", b=GOOD)
        self.config(nets, '[[check]]\nfiles = ["mobile/**"]\nmax-params = "0.2k"\n')
        (line,) = concise(capsys, ".")
        told = "CC101 params 296 is 48.0 % over its budget of 200 (convcalc.toml, check 1)"
        told += "; the largest layer is stem (100.0 %)"
        assert line == f"{Path('mobile/b.yaml')}: {told}"

    def test_warnings_do_not_fail(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(
            nets,
            '[[check]]\nlevel = "warn"\nkernel-sizes = [1]\nchannels-multiple-of = 16\n'
            'groups-multiple-of = 2\nmax-layer-share = "40%"\n',
        )
        ran = check(capsys, ". -f concise")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok, 3 warnings\n")
        assert ran.out.splitlines()[0].startswith("a.yaml:4:5: CC102 warning: stem has 100.0 %")

    @pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nconvcalc = []\n"])
    def test_an_odd_pyproject(
        self, nets: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, text, "pyproject.toml")
        assert check(capsys, ".").code == (2 if "convcalc" in text else 0)

    def test_files_outside_of_the_folder_are_left_alone(
        self, nets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (nets / "inner").mkdir()
        write(nets, a=GOOD)
        self.config(nets / "inner", "[[check]]\nmax-macs = 1\n")
        monkeypatch.chdir(nets / "inner")
        assert check(capsys, "../a.yaml").code == 0

    def test_in_pyproject(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(nets, "[[tool.convcalc.check]]\nmax-macs = 100\n", "pyproject.toml")
        (line,) = concise(capsys, ".")
        assert "CC101 MACs 10,080 is 100 x its budget of 100 (pyproject.toml, check 1); " in line

    def test_from_a_folder_further_up(
        self, nets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The nearest file that has settings; patterns are from its folder on."""
        (nets / "deep" / "er").mkdir(parents=True)
        write(nets / "deep" / "er", a=GOOD)
        self.config(nets, '[[check]]\nfiles = ["deep/er/*.yaml"]\nmax-macs = 100\n')
        self.config(nets / "deep", "[tool.other]\n", "pyproject.toml")
        monkeypatch.chdir(nets / "deep" / "er")
        assert len(concise(capsys, "a.yaml")) == 1

    def test_another_file(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(nets, a=GOOD)
        self.config(nets, "[[check]]\nmax-macs = 100\n")
        self.config(nets, "", "other.toml")
        assert check(capsys, ". --config other.toml").code == 0

    def test_a_pattern_that_fits_nothing_is_told(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, '[[check]]\nfiles = ["nets/*.yml\\n::x", "*.yaml"]\nmax-macs = "1M"\n')
        told = "warning: convcalc.toml, check 1: no file matches nets/*.yml\\n::x\n"
        assert check(capsys, ".").err == f"{told}1 file, 1 ok\n"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[[check]\n", "convcalc.toml: "),
            ("ignore = ['head']\n", "unknown key ignore; it belongs in a [[check]]"),
            ("[[chek]]\n", "convcalc.toml: unknown key chek; did you mean check?"),
            ("check = 3\n", "convcalc.toml: check is not a list of tables: write [[check]]"),
            ("check = [3]\n", "convcalc.toml, check 1 is not a table"),
            (
                '[[check]]\nmax-param = "5M"\n',
                "convcalc.toml, check 1: unknown key max-param; did you mean max-params?",
            ),
            (
                "[[check]]\nmax-params = true\n",
                "convcalc.toml, check 1: max-params=true is not a whole number, or one with k, M, ",
            ),
            (
                "[[check]]\nfiles = 'a'\nmax-macs = 1\n",
                "convcalc.toml, check 1: files is not a list of patterns",
            ),
            ("[[check]]\nfiles = []\nmax-macs = 1\n", "convcalc.toml, check 1: files is empty"),
            (
                "[[check]]\nfiles = ['[ab]']\nmax-macs = 1\n",
                "check 1: '[ab]' is not a valid pattern",
            ),
            (
                "[[check]]\nfiles = ['../a']\nmax-macs = 1\n",
                "check 1: '../a' is not a valid pattern",
            ),
            ("[[check]]\nfiles = ['']\nmax-macs = 1\n", "check 1: '' is not a valid"),
            ("[[check]]\nfiles = ['a']\n", "convcalc.toml, check 1 sets no limit"),
            ("[[check]]\nkernel-sizes = []\n", "check 1: kernel-sizes=[] allows none"),
            ("[[check]]\nlevel = 'loud'\n", "convcalc.toml, check 1: level must be error or "),
            (
                "[[check]]\nkernel-sizes = 3\n",
                "convcalc.toml, check 1: kernel-sizes=3 is not a list of whole numbers",
            ),
            (
                "[[check]]\ngroups-multiple-of = 1.5\n",
                "convcalc.toml, check 1: groups-multiple-of=1.5 is not a whole number",
            ),
        ],
    )
    def test_what_means_nothing(
        self, nets: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
    ) -> None:
        write(nets, a=GOOD)
        self.config(nets, text)
        ran = check(capsys, ".")
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err

    @pytest.mark.parametrize(
        ("pattern", "path", "fits"),
        [
            ("*.yaml", "a.yaml", True),
            ("*.yaml", "deep/a.yaml", True),
            ("deep/*.yaml", "deep/a.yaml", True),
            ("deep/*.yaml", "deep/er/a.yaml", False),
            ("deep/**/*.yaml", "deep/a.yaml", True),
            ("deep/**/*.yaml", "deep/er/est/a.yaml", True),
            ("deep/**", "deep/er/a.yaml", True),
            ("./deep/**", "deep/a.yaml", True),
            ("**", "deep/a.yaml", True),
            ("a?.yaml", "ab.yaml", True),
            ("a.yaml", "abyaml", False),
            ("deep", "deep/a.yaml", True),
            ("deep/er", "deep/er/a.yaml", True),
            ("deep/", "deep/a.yaml", True),
            ("**.yaml", "deep/a.yaml", True),
            ("dee", "deep/a.yaml", False),
        ],
    )
    def test_patterns(self, pattern: str, path: str, fits: bool) -> None:
        assert matches(pattern, path) is fits
