"""What axe-core finds on pages; CI installs it with npm, elsewhere the tests are skipped."""

import os
from pathlib import Path
from typing import Any

import pytest

from support.browser import OTHERS, many, opened, seen_as, until


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, where Node finds it."""
    folders = os.environ.get("NODE_PATH", "").split(os.pathsep)
    files = [Path(folder, "axe-core", "axe.min.js") for folder in folders if folder]
    for file in files:
        if file.exists():
            return file.read_text("utf-8")
    pytest.skip("needs axe-core in NODE_PATH")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["audit", *OTHERS])
def test_nothing_is_found(
    session: Any, axe: str, others: dict[str, Path], small: Path, name: str, scheme: str
) -> None:
    seen_as(session, 1280, scheme)
    if name in others:
        opened(session, others[name])
    else:
        opened(session, small, "#layer-2-stage2.1.conv_1")
        session.execute_script("document.querySelector('figure.graph').scrollIntoView()")
        until(lambda: many(session, ".view .node"))
    session.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
    found = session.execute_async_script(
        "const done = arguments[0]; axe.run().then(found => done(found.violations.map(each =>"
        " `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map(node => node.html)}`)))"
    )
    assert found == []
