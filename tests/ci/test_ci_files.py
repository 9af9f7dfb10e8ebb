"""What CI users copy, checked by the tools that will read it, where those are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from convcalc.files.readers import folder_endings
from convcalc.files.yaml_reader import read_text
from convcalc_cli.program import main
from support.program import ROOT, process_environment

CHECK = (ROOT / "cli/convcalc_cli/topics/check.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", CHECK, re.MULTILINE | re.DOTALL))

GOOD = "input: [3, 8, 8]\nlayers: [relu]\n"
OVER = "input: [3, 8, 8]\nlayers:\n  - {linear: 9}\n"
"""No network: a linear layer wants a flat input."""


PYTHON = f'python() {{ "{sys.executable}" "$@"; }}\nexport -f python\n'
"""For the shell: this Python, by the name that the action's first step gives it."""


def tool(name: str) -> str:
    """A program beside the running Python, or on the path; without it the test is skipped."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def ran(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env=process_environment(**environment),
        timeout=300,
    )


def content(text: str) -> Any:
    document = read_text(text.encode())
    assert document.problems == []
    return document.content


def test_the_action_fits_githubs_schema() -> None:
    checker = tool("check-jsonschema")
    found = ran([checker, "--builtin-schema", "vendor.github-actions", "action.yml"], ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        (".github/workflows/networks.yml", "vendor.github-workflows"),
        (".github/workflows/pull-requests.yml", "vendor.github-workflows"),
        (".gitlab-ci.yml", "vendor.gitlab-ci"),
    ],
)
def test_the_readmes_snippets_fit_their_schemas(name: str, schema: str, tmp_path: Path) -> None:
    file = tmp_path / "snippet.yml"
    file.write_text(SNIPPETS[name])
    found = ran([tool("check-jsonschema"), "--builtin-schema", schema, str(file)], ROOT)
    assert found.returncode == 0, found.stdout


def test_the_readmes_snippets_use_what_there_is() -> None:
    action = content((ROOT / "action.yml").read_text(encoding="utf-8"))
    for name, job in (("networks", "check"), ("pull-requests", "networks")):
        workflow = content(SNIPPETS[f".github/workflows/{name}.yml"])
        *_, step = workflow["jobs"][job]["steps"]
        assert set(step["with"]) <= set(action["inputs"])
    (hook,) = content((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = content(SNIPPETS[".pre-commit-config.yaml"])["repos"]
    assert repo["hooks"][0]["id"] == hook["id"]
    job = content(SNIPPETS[".gitlab-ci.yml"])["networks"]
    report = job["artifacts"]["reports"]["codequality"]
    assert job["script"][-1].endswith(f"-o {report}")


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("validate-manifest", ".pre-commit-hooks.yaml"),
        ("validate-config", ".pre-commit-config.yaml"),
    ],
)
def test_the_hooks_are_valid(command: str, file: str) -> None:
    found = ran([tool("pre-commit"), command, file], ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_hook_is_given_every_format_that_check_looks_for() -> None:
    (hook,) = content((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    endings = folder_endings()
    assert len(endings) > 5
    assert all(re.search(hook["files"], f"nets/a{ending}") for ending in endings)
    assert not re.search(hook["files"], "yaml/readme.md")
    assert "types" not in hook


def test_our_own_hooks_run_what_is_installed_for_development() -> None:
    """With `pip install -e ".[dev]"`, as the text of the hooks says; they download nothing."""
    (repo,) = content((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repo["repo"] == "local"
    assert {hook["language"] for hook in repo["hooks"]} == {"system"}
    programs = {hook["entry"].split()[0] for hook in repo["hooks"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {re.split(r"[\[>]", text)[0] for text in project["optional-dependencies"]["dev"]}
    others = {"lint-imports": "import-linter"}
    assert {others.get(program, program) for program in programs} <= extra | {*project["scripts"]}


def step(name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step of the action, run as GitHub runs it."""
    steps = content((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    (script,) = [each["run"] for each in steps if each.get("name") == name]
    given = {"RUNNER_TEMP": str(folder / "temp"), "GITHUB_ACTION_PATH": str(ROOT)}
    words = ["--noprofile", "--norc", "-eo", "pipefail", "-c", PYTHON + script]
    return ran(
        [str(shutil.which("bash")), *words],
        folder,
        **{"CONVCALC_AGAINST": ""} | given | environment,
    )


@pytest.mark.skipif(os.name != "posix", reason="needs bash")
@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        ("", 0, ""),
        ("--max-peak-activation 1B", 1, "::error file="),
        ("--max-params $(touch made) ;touch made", 2, ""),
        ("-h", 2, "::error::the flag -h would show the help"),
        ("--max-params 5M --help", 2, "::error::the flag --help would show the help"),
        ("--debug", 0, ""),
    ],
)
def test_the_actions_script(tmp_path: Path, flags: str, code: int, told: str) -> None:
    """Run as GitHub runs it, its inputs in the environment; none of them is a script."""
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.yaml").write_text(GOOD)
    (tmp_path / "yaml.py").write_text("open('made', 'w')\n")
    found = step("Check", tmp_path, CONVCALC_PATHS="nets\n", CONVCALC_FLAGS=flags)
    assert found.returncode == code, found.stderr
    assert found.stdout.startswith(told)
    assert not (tmp_path / "made").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs bash")
@pytest.mark.skipif(find_spec("pip") is None, reason="needs pip")
def test_the_action_runs_nothing_of_what_is_checked_out(tmp_path: Path) -> None:
    """A pip.py in the tree, as a pull request may bring one; nor does it find one by PYTHONPATH."""
    (tmp_path / "temp").mkdir()
    for name in ("pip", "yaml", "convcalc", "runpy"):
        (tmp_path / f"{name}.py").write_text("open('made', 'w')\n")
    steps = content((ROOT / "action.yml").read_text())["runs"]["steps"]
    script = steps[1]["run"].replace("install", "--version #")
    found = ran(
        [
            str(shutil.which("bash")),
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            PYTHON + script,
        ],
        tmp_path,
        RUNNER_TEMP=str(tmp_path / "temp"),
        GITHUB_ACTION_PATH=str(ROOT),
        PYTHONPATH=str(tmp_path),
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("pip ")
    assert not list(tmp_path.rglob("made"))


def test_every_python_of_the_action_is_isolated() -> None:
    steps = content((ROOT / "action.yml").read_text())["runs"]["steps"]
    scripts = [each.get("run", "") for each in steps]
    scripts += [file.read_text() for file in sorted((ROOT / ".github" / "action").iterdir())]
    lines = [line.strip() for script in scripts for line in script.splitlines()]
    calls = [line for line in lines if "python" in line and not line.startswith("#")]
    assert len(calls) == 2
    assert all(call.startswith("python -I -m ") for call in calls)


def test_inputs_reach_the_script_by_the_environment_only() -> None:
    steps = content((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)


@pytest.mark.parametrize("arguments", [None, ["--max-params", "5M", "--"], ["--max-params", "5M"]])
def test_the_hook_takes_no_files_name_for_a_flag(
    tmp_path: Path, arguments: list[str] | None
) -> None:
    """As pre-commit calls it, with what the manifest, the README and a forgetful user say."""
    git, pre_commit = tool("git"), tool("pre-commit")
    (hook,) = content((ROOT / ".pre-commit-hooks.yaml").read_text())
    words = hook["entry"].split()
    assert words[0] == "convcalc"
    hook |= {
        "language": "system",
        "entry": " ".join([sys.executable, "-m", "convcalc_cli", *words[1:]]),
    }
    hook["args"] = hook["args"] if arguments is None else arguments
    (tmp_path / ".pre-commit-config.yaml").write_text(
        json.dumps({"repos": [{"repo": "local", "hooks": [hook]}]})
    )
    (tmp_path / "net.yaml").write_text(GOOD)
    (tmp_path / "convcalc.toml").write_text("[[check]]\nmax-activation = 1\n")
    (tmp_path / "x.yaml").write_text("# [[check]]\n")
    (tmp_path / "--config=x.yaml").write_text(GOOD)
    (tmp_path / "-onet.yaml").write_text(GOOD)
    for call in (["init", "-q"], ["add", "--", "."]):
        assert ran([git, *call], tmp_path).returncode == 0
    home = str(tmp_path / "home")
    found = ran([pre_commit, "run", "--all-files"], tmp_path, PRE_COMMIT_HOME=home)
    assert found.returncode == 1, found.stderr
    if hook["args"][-1] == "--":
        assert found.stdout.count("CC101") == 3
    else:
        assert "is both a flag and the name of a file here" in found.stdout
    assert (tmp_path / "net.yaml").read_text() == GOOD


@pytest.mark.skipif(not os.environ.get("CONVCALC_TRY_REPO"), reason="installs; set in CI")
@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (OVER, 1)])
def test_the_hook_on_a_repository(tmp_path: Path, text: str, code: int) -> None:
    """`pre-commit try-repo`, on a good and on a bad file, with another file beside it."""
    git, pre_commit = tool("git"), tool("pre-commit")
    for words in (["init", "-q"], ["config", "user.email", "x"], ["config", "user.name", "x"]):
        assert ran([git, *words], tmp_path).returncode == 0
    (tmp_path / "net.yaml").write_text(text)
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert ran([git, "add", "."], tmp_path).returncode == 0
    found = ran([pre_commit, "try-repo", str(ROOT), "convcalc-check", "--all-files"], tmp_path)
    assert found.returncode == code, found.stdout + found.stderr
    assert ("CC002" in found.stdout) == bool(code)


def test_sarif_by_the_official_validator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Microsoft's multitool checks against the 2.1.0 schema, as a log with a fault shows."""
    validator = tool("sarif-multitool")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.yaml").write_text(f"{GOOD}budget: {{input: 1B}}\nexpect: {{params: 3}}\n")
    (tmp_path / "c.yaml").write_text(OVER)
    assert main(["check", ".", "gone.yaml", "-f", "sarif", "-o", "log.sarif"]) == 2
    assert capsys.readouterr().out == ""
    assert faults(validator, tmp_path) == []
    log = json.loads((tmp_path / "log.sarif").read_text())
    log["runs"][0]["results"][0]["ruleId"] = 5
    (tmp_path / "log.sarif").write_text(json.dumps(log))
    assert faults(validator, tmp_path) != []


def faults(validator: str, folder: Path) -> list[str]:
    found = ran([validator, "validate", "log.sarif"], folder)
    return [line for line in found.stdout.splitlines() if re.search(r": error JSON\d+", line)]
