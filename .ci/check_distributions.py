"""What wheel and sdist hold: all that they need, and nothing else."""

import sys
import tarfile
import zipfile
from pathlib import Path

SOURCES = {
    f"{package}/{path.relative_to(Path(root, package)).as_posix()}"
    for root, package in [("calc", "convcalc"), ("cli", "convcalc_cli")]
    for path in Path(root, package).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
EXAMPLES = {f"convcalc_cli/{path.as_posix()}" for path in Path("examples").iterdir()}
TOP_OF_SDIST = {".ci", "calc", "cli", "tests", "examples"} | {
    *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO", ".gitignore"),
    *(".github", ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "CITATION.cff", "action.yml"),
}


def main(folder: Path) -> None:
    """Compares both archives with the checkout."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("licenses/LICENSE")]
    assert names == SOURCES | EXAMPLES, names ^ (SOURCES | EXAMPLES)
    assert licences, "the wheel has no licence"
    with tarfile.open(sdist) as source:
        tops = {Path(name).parts[1] for name in source.getnames()}
    assert tops <= TOP_OF_SDIST, tops - TOP_OF_SDIST
    assert {"calc", "cli", "tests", "README.md"} <= tops


main(Path(sys.argv[1]))
