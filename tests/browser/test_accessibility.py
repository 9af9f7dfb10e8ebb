"""What axe-core finds on pages; CI installs it with npm, elsewhere the tests are skipped."""

import os
from pathlib import Path
from typing import Any

import pytest

from support.browser import OTHERS, many, opened, seen_as, until


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    file = os.environ.get("CONVCALC_AXE")
    if not file:
        pytest.skip("needs axe-core: CONVCALC_AXE is the path of its axe.min.js")
    return Path(file).read_text("utf-8")


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
