"""The example networks as they are read."""

from pathlib import Path

from convcalc.facts.audit import Audit
from convcalc.files.yaml_reader import read_text
from convcalc.language.document import Overrides, read_network
from convcalc.networks import Network

FOLDER = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def network(name: str, overrides: Overrides | None = None) -> Network:
    """The example, which has no problem and gives no warning."""
    document = read_text((FOLDER / f"{name}.yaml").read_bytes())
    reading = read_network(document.content, name, overrides)
    assert (document.problems, reading.problems, reading.warnings) == ([], [], [])
    assert reading.network is not None
    return reading.network


def audit(name: str, overrides: Overrides | None = None) -> Audit:
    return network(name, overrides).audit()
