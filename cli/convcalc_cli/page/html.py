"""A page as HTML: one file that needs nothing else, for a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain
from pathlib import Path

from convcalc import __version__
from convcalc_cli.page.blocks import FullBlock, Heading, Page, full_blocks
from convcalc_cli.page.html_blocks import block_html
from convcalc_cli.page.html_tables import text_html
from convcalc_cli.shell.screen import Screen

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page.css", "tables.css", "charts.css", "graph.css", "print.css")
SCRIPTS = (
    *("elements.js", "facts.js", "tree.js", "tables.js", "charts.js", "names.js"),
    *("graph_model.js", "graph_layout.js", "graph.js", "contents.js", "main.js"),
)
"""Each is about one thing; together they are one function."""


def page_html(pages: Iterable[Page], _screen: Screen) -> Iterator[str]:
    """The pages as one document, piece by piece; names are text, whatever they hold.

    The first heading is its title. If that stands there only because there is room for it, it is
    the title of several parts, which are listed below it.
    """
    pages = iter(pages)
    start = next(pages, [])
    blocks = full_blocks(chain([start], pages))
    first = next(blocks, None)
    title = first if isinstance(first, Heading) else Heading("convcalc", level=1)
    named = [each for each in start if isinstance(each, Heading) and each.level == 1]
    parts = [] if any(first is each for each in named) else named
    style, code = assets(STYLES), script()
    yield _head(title.text, style, code)
    yield f"<h1>{text_html(title.text)}</h1>\n"
    yield from _contents(parts)
    rest = blocks if first is title else chain([] if first is None else [first], blocks)
    yield from _sections(rest, has_parts=bool(parts))
    yield f"</main>\n<footer><p>convcalc {__version__}</p></footer>\n"
    yield f"<script>{code}</script>\n</body>\n</html>\n"


def _sections(blocks: Iterable[FullBlock], *, has_parts: bool) -> Iterator[str]:
    """The blocks below the title, a section for each heading and what is below it.

    What has parts has their headings one level below it.
    """
    part = 0
    anchors: Counter[str] = Counter()
    yield "<section>\n"
    for number, block in enumerate(blocks):
        if not isinstance(block, Heading):
            yield from block_html(block, f"block-{number}")
            continue
        level = block.level
        if has_parts:
            part += level == 1
            level = 2 if level == 1 else level + bool(part)
        starts_part = has_parts and block.level == 1
        anchor = f"part-{part}" if starts_part else _anchor(block.text, anchors)
        yield "</section>\n<section>\n" if level <= 2 + bool(part) else ""
        yield f'<h{level} id="{anchor}">{text_html(block.text)}</h{level}>\n'
    yield "</section>\n"


def _anchor(text: str, used: Counter[str]) -> str:
    """A name for links to a heading: its words, and a number if others have the same."""
    name = f"about-{'-'.join(re.findall('[a-z0-9]+', text.lower()))}"[:60]
    used[name] += 1
    return name if used[name] == 1 else f"{name}-{used[name]}"


def _contents(parts: Sequence[Heading]) -> Iterator[str]:
    """Links to the parts of the page."""
    if parts:
        links = [
            f'<li><a href="#part-{number}">{text_html(part.text)}</a></li>'
            for number, part in enumerate(parts, start=1)
        ]
        yield f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>\n'


def asset(name: str) -> str:
    """A file that every page carries."""
    return (TEMPLATES / name).read_text("utf-8")


def assets(names: Iterable[str]) -> str:
    """Several of them."""
    return "".join(map(asset, names))


def script() -> str:
    """The script of a page: its files share names with each other, and with nothing else."""
    return f'(() => {{\n"use strict";\n{assets(SCRIPTS)}}})();\n'


def policy(style: str, script: str) -> str:
    """Nothing is loaded, and nothing runs or is styled but what the page itself brings."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _head(title: str, style: str, code: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy(style, code))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>convcalc: {text_html(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
"""
