"""What a notebook shows of a value, on light paper and on dark."""

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc_cli.display.drawing import html
from support.audits import example
from support.browser import many, one, opened, seen_as

# The rules of JupyterLab for what is rendered, in its two themes.
NOTEBOOK = """
body{{margin:0;padding:16px;background:{paper}}}
.jp{{color:{ink};font:14px/1.6 sans-serif;padding-right:20px}}
.jp table{{border-collapse:collapse;border:none;color:{ink};font-size:12px;table-layout:fixed;
margin-left:auto;margin-right:auto;margin-bottom:1em}}
.jp td,.jp th,.jp tr{{vertical-align:middle;padding:.5em;line-height:normal;white-space:normal;
max-width:none;border:none}}
:not(.md).jp td,:not(.md).jp th,:not(.md).jp tr{{text-align:right}}
.jp tbody tr:nth-child(odd){{background:{paper}}}
.jp tbody tr:nth-child(even){{background:{stripe}}}
.jp dl dt{{font-weight:bold}}
.jp dd{{margin-left:2em}}
"""
THEMES = {
    "light": {"paper": "#ffffff", "ink": "#212121", "stripe": "#f5f5f5"},
    "dark": {"paper": "#111111", "ink": "#e0e0e0", "stripe": "#212121"},
}

# The contrast of each text with the paper, as WCAG 2 counts it, opacity mixed in.
CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgb = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = parts => {
    const [r, g, b] = parts.map(each => each / 255)
        .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const paper = rgb(getComputedStyle(document.body).backgroundColor);
return [...document.querySelectorAll(".convcalc *")]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(each => each.checkVisibility())
    .map(each => {
        let seen = 1;
        for (let at = each; at; at = at.parentElement) seen *= getComputedStyle(at).opacity;
        const ink = rgb(getComputedStyle(each).color)
            .map((part, at) => part * seen + paper[at] * (1 - seen));
        const [one, other] = [light(ink), light(paper)].sort((a, b) => b - a);
        return [(one + 0.05) / (other + 0.05), each.className, each.textContent];
    });
"""


def shown(browser: Any, folder: Path, value: Any, theme: str) -> Any:
    """A value in a notebook of a theme."""
    file = folder / f"{theme}.html"
    style = NOTEBOOK.format(**THEMES[theme])
    fragment = html(value)
    text = f'<!doctype html><meta charset="utf-8"><style>{style}</style><div class="jp">{fragment}'
    file.write_text(f"{text}</div><p id='after'>after</p>", encoding="utf-8")
    seen_as(browser, 1040)
    return opened(browser, file)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    resnet = convcalc.load(str(example("resnet50")))
    small = convcalc.load(str(example("resnet20")))
    return {
        "network": resnet.replace(budget={"params": 10**6}),
        "comparison": convcalc.compare(convcalc.Conv(16, 32, 3, groups=4), (16, 64, 64)),
        "difference": convcalc.diff(resnet, small),
        "fitted": convcalc.fit(small, max_macs="80%"),
        "nothing fits": convcalc.fit(small, max_macs="0.1%"),
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["network", "comparison", "difference", "fitted", "nothing fits"])
def test_text_can_be_read(
    browser: Any, tmp_path: Path, values: dict[str, Any], kind: str, theme: str
) -> None:
    shown(browser, tmp_path, values[kind], theme)
    contrasts = browser.execute_script(CONTRAST)
    assert len(contrasts) > 10
    assert [each for each in contrasts if each[0] < 4.5] == []


def test_columns_stand_as_in_the_report(
    browser: Any, tmp_path: Path, values: dict[str, Any]
) -> None:
    """Names at the left, blocks further out than what is in them, numbers at the right."""
    shown(browser, tmp_path, values["network"], "light")
    heads = {each.text: each for each in many(browser, ".convcalc tbody th")}
    padding = {
        name: float(heads[name].value_of_css_property("padding-left").removesuffix("px"))
        for name in ("stem", "stage1", "stage1.0")
    }
    assert padding["stem"] == padding["stage1"] < padding["stage1.0"]
    assert heads["stem"].value_of_css_property("text-align") == "left"
    number = one(browser, ".convcalc tbody td.number")
    assert number.value_of_css_property("text-align") == "right"
    assert number.value_of_css_property("white-space") == "nowrap"


def test_nothing_wider_than_the_notebook(
    browser: Any, tmp_path: Path, values: dict[str, Any]
) -> None:
    for value in values.values():
        shown(browser, tmp_path, value, "dark")
        width = "document.documentElement.scrollWidth <= innerWidth"
        assert browser.execute_script(f"return {width}")


def test_what_comes_after_is_as_before(
    browser: Any, tmp_path: Path, values: dict[str, Any]
) -> None:
    shown(browser, tmp_path, values["network"], "light")
    after = one(browser, "#after")
    assert after.value_of_css_property("font-size") == "16px"
    assert after.value_of_css_property("margin-top") == "16px"


def test_the_layers_unfold(browser: Any, tmp_path: Path, values: dict[str, Any]) -> None:
    shown(browser, tmp_path, values["network"], "light")
    details = one(browser, ".convcalc details")
    assert not one(details, "table").is_displayed()
    one(details, "summary").click()
    assert one(details, "table").is_displayed()
    assert len(many(details, "tbody tr")) > 175
