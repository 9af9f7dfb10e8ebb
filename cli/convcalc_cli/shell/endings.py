"""Signals that end a run: as exceptions, so that nothing is left half-written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from convcalc_cli.shell.streams import EndedError

NAMES = ("SIGTERM", "SIGHUP")


@contextmanager
def endings() -> Iterator[None]:
    """Has signals raise EndedError; those that are ignored, as nohup does, stay so."""
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    # Only the main thread may set them, and only what nobody else has set is ours.
    is_main = threading.current_thread() is threading.main_thread()
    ours = [each for each in numbers if is_main and signal.getsignal(each) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    raise EndedError(number)
