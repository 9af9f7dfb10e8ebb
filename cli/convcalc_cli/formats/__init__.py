"""The formats, a module each: a function from a report to text."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from convcalc_cli.options import Format
from convcalc_cli.screen import Screen

if TYPE_CHECKING:
    from convcalc_cli.audit_report import AuditReport
    from convcalc_cli.layer_report import LayerReport
    from convcalc_cli.page import Page

# The modules are imported where they are needed: a run uses one of them, and Rich is slow to load.


def audit_text(report: AuditReport, output_format: Format, screen: Screen) -> str:
    """The report of `convcalc audit` in a format."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.audit_page import audit_page

            return _page_text(audit_page(report), output_format, screen) if report.networks else ""
        case Format.JSON:
            from convcalc_cli.formats.json import audit_json

            return audit_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import audit_csv

            return audit_csv(report)
        case _:
            assert_never(output_format)


def _page_text(page: Page, output_format: Format, screen: Screen) -> str:
    if output_format is Format.MARKDOWN:
        from convcalc_cli.formats.markdown import page_markdown

        return page_markdown(page, screen.glyphs)
    from convcalc_cli.formats.table import page_table

    return page_table(page, screen)


def layer_text(report: LayerReport, output_format: Format, screen: Screen) -> str:
    """The report of `convcalc layer` in a format."""
    match output_format:
        case Format.TABLE | Format.MARKDOWN:
            from convcalc_cli.layer_page import layer_page

            return _page_text(layer_page(report), output_format, screen)
        case Format.JSON:
            from convcalc_cli.formats.json import layer_json

            return layer_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import layer_csv

            return layer_csv(report)
        case _:
            assert_never(output_format)
