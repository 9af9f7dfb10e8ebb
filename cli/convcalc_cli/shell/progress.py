"""A progress bar on stderr for what takes longer than a second, where somebody sees it."""

from __future__ import annotations

import os
import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

from convcalc_cli.text import name_text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 1.0
"""Seconds before the bar is drawn."""
EVERY = 0.1
"""Seconds between two drawings."""


class Progress:
    """How much of the work is done."""

    def __init__(self, title: str) -> None:
        self.title = name_text(title)
        self.bar: Bar | None = None
        self.next = perf_counter() + PATIENCE
        self.seen = sys.stderr is not None and sys.stderr.isatty()
        self.seen = self.seen and os.environ.get("TERM") != "dumb"

    def report(self, done: float) -> None:
        """A share of the work is done, from 0 to 1."""
        if not self.seen or perf_counter() < self.next:
            return
        if self.bar is None:
            self.bar = _bar(self.title)
        (task,) = self.bar.task_ids
        self.bar.update(task, completed=done)
        self.bar.refresh()
        self.next = perf_counter() + EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()


def _bar(title: str) -> Bar:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
    bar.start()
    bar.add_task(escape(f"verifying {title}"), total=1.0)
    return bar
