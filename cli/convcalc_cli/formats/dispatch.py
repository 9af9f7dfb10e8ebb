"""The formats of a command: which there are, which one is wanted, and a report in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import PurePath
from typing import Any

from convcalc.records import NamedTuple
from convcalc_cli.flags.values import FlagError
from convcalc_cli.page.formats import PAGE_FORMATS
from convcalc_cli.shell.outcome import FINE, STDOUT, Outcome
from convcalc_cli.shell.screen import Screen

ENDINGS = {
    ".json": ("json", "sarif", "gitlab"),
    ".sarif": ("sarif",),
    ".csv": ("csv",),
    ".xml": ("junit",),
    ".md": ("markdown",),
    ".markdown": ("markdown",),
    ".html": ("html",),
    ".htm": ("html",),
    ".tex": ("latex",),
}
"""The formats that a file with such an ending can hold; the first is meant if none is named."""


class Formats(NamedTuple):
    """What a command can write its report as.

    Modules are imported when they are needed: a run uses one of them, and Rich is slow to load.

    >>> formats = Formats("layer", {"json": "json:layer_json"})
    >>> formats.names[0], formats.names[-1]
    ('table', 'json')
    >>> formats.chosen(None, "report.json"), formats.chosen(None, None)
    ('json', 'table')
    """

    command: str
    data: Mapping[str, str]
    """Formats for programs, and others that are not drawn like any page: module in the command's
    folder, function."""

    @property
    def names(self) -> list[str]:
        """Every format by its name."""
        return list({**PAGE_FORMATS, **self.data})

    def chosen(self, name: str | None, output: str | None) -> str:
        """The format that is named, or the one that the ending of the output file stands for.

        Raises:
            FlagError: they contradict each other, or the command has no format for the ending.
        """
        ending = "" if output in (None, STDOUT) else PurePath(output or "").suffix.lower()
        fitting = ENDINGS.get(ending)
        if fitting is None:
            return name or "table"
        if name is not None:
            if name not in fitting:
                raise FlagError(f"--format {name} contradicts the ending of --output {output}")
            return name
        for each in fitting:
            if each in self.names:
                return each
        raise FlagError(
            f"--output {output}: convcalc {self.command} has no format for {ending} files; "
            f"its formats are {', '.join(self.names)}"
        )

    def text(self, report: Any, name: str, screen: Screen) -> str | Iterator[str]:
        """The report in one of the formats."""
        written: str | Iterator[str]
        if name in self.data:
            written = self._function(self.data[name])(report)
        else:
            pages = self._function(f"page:{self.command}_pages")(report)
            written = _function("convcalc_cli.page", PAGE_FORMATS[name])(pages, screen)
        return written

    def plot(self, report: Any, file: str) -> bytes:
        """The report as a picture, in the format that the file name ends in."""
        drawn: bytes = self._function(f"plot:{self.command}_plot")(report, file)
        return drawn

    def _function(self, place: str) -> Any:
        return _function(f"convcalc_cli.commands.{self.command}", place)


class Writing(NamedTuple):
    """How a report is to be written: settled before the work begins."""

    formats: Formats
    name: str
    output: str | None
    plot: str | None
    html: str | None

    def outcome(self, report: Any, code: int = FINE, *, files: bool = True, **more: Any) -> Outcome:
        """The report in its format, and in the files that are wanted besides.

        Args:
            report: what the functions of the command's formats take.
            code: the exit code.
            files: whether there is something to put into the files of --plot and --html.
            more: the other fields of the outcome.
        """
        saved: dict[str, str | bytes | Iterable[str]] = {}
        if self.plot is not None and files:
            saved[self.plot] = self.formats.plot(report, self.plot)
        if self.html is not None and files:
            saved[self.html] = self.formats.text(report, "html", Screen())
        text = partial(self.formats.text, report, self.name)
        return Outcome(text, code, output=self.output, saved=saved, **more)


def writing(
    formats: Formats,
    name: str | None,
    output: str | None,
    *,
    plot: str | None = None,
    html: str | None = None,
) -> Writing:
    """The flags about formats and files, settled.

    Raises:
        FlagError: they contradict each other.
    """
    if html is not None and "html" not in ENDINGS.get(PurePath(html).suffix.lower(), ()):
        raise FlagError(
            f"--html {html} does not end in .html" if html else "--html needs a file name"
        )
    return Writing(formats, formats.chosen(name, output), output, plot, html)


def _function(folder: str, place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"{folder}.{module}"), name)
