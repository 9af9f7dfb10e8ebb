"""The formats that draw any page: a module with one function each."""

PAGE_FORMATS = {
    "table": "terminal:page_table",
    "markdown": "markdown:page_markdown",
    "html": "html:page_html",
    "latex": "latex:page_latex",
}
"""Each format's module in this folder, and its function from pages and a screen to text."""
