"""The formats, a module each: a function from a report to text."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, assert_never

from convcalc_cli.commands.check.flags import CheckFormat
from convcalc_cli.flags.options import Format
from convcalc_cli.shell.screen import Screen

if TYPE_CHECKING:
    from convcalc_cli.commands.audit.report import AuditReport
    from convcalc_cli.commands.check.report import CheckReport
    from convcalc_cli.commands.diff.report import DiffReport
    from convcalc_cli.commands.layer.report import LayerReport
    from convcalc_cli.commands.sweep.report import SweepReport
    from convcalc_cli.page.blocks import Page

# The modules are imported where they are needed: a run uses one of them, and Rich is slow to load.


def audit_text(report: AuditReport, output_format: Format, screen: Screen) -> str | Iterator[str]:
    """The report of `convcalc audit` in a format."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.commands.audit.page import audit_page

            return _page_text(audit_page(report), output_format, screen) if report.networks else ""
        case Format.JSON:
            from convcalc_cli.formats.json import audit_json

            return audit_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import audit_csv

            return audit_csv(report)
        case _:
            assert_never(output_format)


CHECK_TEXTS = {
    CheckFormat.CONCISE: "commands.check.concise:check_concise",
    CheckFormat.JSON: "commands.check.json:check_json",
    CheckFormat.CSV: "formats.csv:check_csv",
    CheckFormat.GITHUB: "commands.check.github:check_github",
    CheckFormat.JUNIT: "commands.check.junit:check_junit",
    CheckFormat.GITLAB: "commands.check.gitlab:check_gitlab",
    CheckFormat.SARIF: "commands.check.sarif:check_sarif",
}
"""The formats of a check that are not drawn from its page: module and function."""


def check_text(report: CheckReport, output_format: CheckFormat, screen: Screen) -> str:
    """The report of `convcalc check` in a format."""
    if output_format in CHECK_TEXTS:
        module, _, name = CHECK_TEXTS[output_format].partition(":")
        written: str = getattr(import_module(f"convcalc_cli.{module}"), name)(report)
        return written
    from convcalc_cli.commands.check.page import check_page

    page = check_page(report, summed_up=output_format is CheckFormat.MARKDOWN)
    return _page_text(page, Format(output_format), screen)


def diff_text(report: DiffReport, output_format: Format, screen: Screen) -> str | Iterator[str]:
    """The report of `convcalc diff` in a format."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.commands.diff.page import diff_page

            page = diff_page(report, folded=output_format is Format.MARKDOWN)
            return _page_text(page, output_format, screen)
        case Format.JSON:
            from convcalc_cli.commands.diff.json import diff_json

            return diff_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import diff_csv

            return diff_csv(report)
        case _:
            assert_never(output_format)


def sweep_text(report: SweepReport, output_format: Format, screen: Screen) -> Iterator[str]:
    """The report of `convcalc sweep` in a format, piece by piece."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.commands.sweep.page import sweep_pages

            for number, page in enumerate(sweep_pages(report)):
                yield ("\n" if number else "") + _page_text(page, output_format, screen)
        case Format.JSON:
            from convcalc_cli.commands.sweep.data import sweep_json

            yield from sweep_json(report)
        case Format.CSV:
            from convcalc_cli.commands.sweep.data import sweep_csv

            yield from sweep_csv(report)
        case _:
            assert_never(output_format)


def _page_text(page: Page, output_format: Format, screen: Screen) -> str:
    if output_format is Format.MARKDOWN:
        from convcalc_cli.page.markdown import page_markdown

        return page_markdown(page, screen.glyphs)
    from convcalc_cli.page.terminal import page_table

    return page_table(page, screen)


def layer_text(report: LayerReport, output_format: Format, screen: Screen) -> str:
    """The report of `convcalc layer` in a format."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.commands.layer.page import layer_page

            return _page_text(layer_page(report), output_format, screen)
        case Format.JSON:
            from convcalc_cli.formats.json import layer_json

            return layer_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import layer_csv

            return layer_csv(report)
        case _:
            assert_never(output_format)
