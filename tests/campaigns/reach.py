"""A pytest plugin: which functions of the engine each test reaches, or a choice of the tests.

`mutations.py` loads it. `REACH_INTO` names the file that gets a line for each test that passes,
`REACH_ONLY` one that lists the tests to run, in their order.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import count
from types import FrameType
from typing import Any

import pytest

ENGINE = os.path.join("calc", "convcalc") + os.sep  # noqa: PTH118 - looked for in names of files
INTO = os.environ.get("REACH_INTO")
ONLY = os.environ.get("REACH_ONLY")

MOST_CALLS = 200_000
"""Calls of a test after which what it reaches counts as known; to be told of each takes time."""

reached: set[tuple[str, int]] = set()
calls = count()
failed: set[str] = set()


def called(frame: FrameType, event: str, _: object) -> None:
    """Notes a function as it is entered; lines are not asked for."""
    if next(calls) > MOST_CALLS:
        sys.settrace(None)
    code = frame.f_code
    if event == "call" and ENGINE in code.co_filename:
        reached.add((code.co_filename.rpartition(ENGINE)[2], code.co_firstlineno))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    if not INTO:
        return (yield)
    global calls
    calls = count()
    reached.clear()
    start = time.perf_counter()
    sys.settrace(called)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        if item.nodeid not in failed:
            took = round(time.perf_counter() - start, 4)
            with open(INTO, "a", encoding="utf-8") as file:  # noqa: PTH123
                file.write(json.dumps([item.nodeid, took, sorted(reached)]) + "\n")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        failed.add(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not ONLY:
        return
    with open(ONLY, encoding="utf-8") as file:  # noqa: PTH123
        place = {name: at for at, name in enumerate(json.load(file))}
    others = [item for item in items if item.nodeid not in place]
    config.hook.pytest_deselected(items=others)
    items[:] = sorted(
        (item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid]
    )
