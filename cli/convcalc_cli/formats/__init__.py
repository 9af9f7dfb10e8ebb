"""The formats, a module each: a function from a report to text."""

from __future__ import annotations

from typing import assert_never

from convcalc_cli.layer_report import LayerReport
from convcalc_cli.options import Format
from convcalc_cli.screen import Screen

# The modules are imported where they are needed: a run uses one of them, and Rich is slow to load.


def layer_text(report: LayerReport, output_format: Format, screen: Screen) -> str:
    """The report of `convcalc layer` in a format."""
    match output_format:
        case Format.TABLE:
            from convcalc_cli.formats.table import page_table
            from convcalc_cli.layer_page import layer_page

            return page_table(layer_page(report), screen)
        case Format.MARKDOWN:
            from convcalc_cli.formats.markdown import page_markdown
            from convcalc_cli.layer_page import layer_page

            return page_markdown(layer_page(report), screen.glyphs)
        case Format.JSON:
            from convcalc_cli.formats.json import layer_json

            return layer_json(report)
        case Format.CSV:
            from convcalc_cli.formats.csv import layer_csv

            return layer_csv(report)
        case _:
            assert_never(output_format)
