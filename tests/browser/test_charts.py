"""Charts of pages: bars that are the numbers, lead to rows and say what they are."""

import re
from pathlib import Path
from typing import Any

import pytest

from support.browser import click, many, one, opened, page, press, seen_as, until
from support.program import ROOT

RIGHT, END, ESCAPE = "\ue014", "\ue010", "\ue00c"


def chosen(browser: Any) -> list[str]:
    return [row.get_attribute("id") for row in many(browser, "tr.chosen")]


def test_bars_are_the_numbers(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    script = """
        return [...document.querySelectorAll("#layers-1 tr[data-row]")]
            .map(row => [4, 5].map(at => Number(row.cells[at].dataset.value || 0)))
    """
    rows = browser.execute_script(script)
    outlines = [path.get_attribute("d") for path in many(browser, ".bars path")]
    for outline, at in zip(outlines, (1, 0), strict=False):
        steps = re.findall(r"M(\d+) ([\d.]+)V([\d.]+)h", outline)
        heights = {int(place): float(foot) - float(top) for place, foot, top in steps}
        numbers = [row[at] for row in rows]
        assert max(heights.values()) > 50
        for place, number in enumerate(numbers):
            wanted = max(heights.values()) * number / max(numbers)
            assert heights.get(place, 0) == pytest.approx(wanted, abs=0.02)


def test_several_networks_are_on_one_scale(browser: Any, two: Path) -> None:
    opened(browser, two)
    scales = browser.execute_script(
        "return [...document.querySelectorAll('.bars')].map(bars => "
        "[...bars.parentElement.querySelectorAll('.scale text')].map(each => each.textContent))"
    )
    assert scales[0] == scales[1]


def test_each_bar_says_all_facts_where_it_is_pointed_at(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    webdriver = pytest.importorskip("selenium.webdriver")
    bar = many(browser, ".bars .touch")[7]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", bar)
    webdriver.ActionChains(browser).move_to_element(bar).perform()
    tip = one(browser, ".tip")
    assert tip.text.startswith("stage1.0.conv_2")
    for fact in ("115,605,504", "36,864", "(64, 64, 3, 3)", "19 x 19", "2.30 MiB"):
        assert fact in tip.text
    webdriver.ActionChains(browser).move_to_element(one(browser, "h1")).perform()
    assert not tip.is_displayed()


def test_a_bar_leads_to_its_row_and_back(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    row = "layer-stage3.2.conv_2"
    assert not browser.find_element("id", row).is_displayed()  # its block is folded
    click(browser, f'.bars a[href="#{row}"]')
    until(lambda: chosen(browser) == [row])
    assert browser.find_element("id", row).is_displayed()
    assert browser.current_url.endswith(f"#{row}")
    assert one(browser, ".bars a.chosen").get_attribute("aria-label").startswith("stage3.2.conv_2:")
    panel = one(browser, ".panel")
    assert panel.text.startswith("stage3.2.conv_2")
    click(browser, ".panel button", "In the chart")
    script = "return document.querySelector('.bars').getBoundingClientRect().top"
    until(lambda: 0 <= browser.execute_script(script) < 900)
    press(browser, ESCAPE)
    assert chosen(browser) == []
    assert not panel.is_displayed()


def test_a_link_to_a_layer_shows_it(browser: Any, resnet: Path) -> None:
    opened(browser, resnet, "#layer-stage4.2.add_1")
    until(lambda: chosen(browser) == ["layer-stage4.2.add_1"])
    box = browser.find_element("id", "layer-stage4.2.add_1").rect
    top = browser.execute_script("return scrollY")
    assert top <= box["y"] <= top + 900
    link = one(browser, "#layer-stem th a")
    assert link.get_attribute("href").endswith("#layer-stem")


def test_a_link_to_a_layer_of_the_second_network(browser: Any, two: Path) -> None:
    opened(browser, two, "#layer-2-stem")
    until(lambda: chosen(browser) == ["layer-2-stem"])
    assert one(browser, "tr.chosen").find_element("xpath", "ancestor::table").get_attribute(
        "id"
    ) == ("layers-2")


@pytest.mark.parametrize("address", ["#layer-nothing", "#%", "#%E0%A4%A"])
def test_a_link_to_nothing(browser: Any, resnet: Path, address: str) -> None:
    opened(browser, resnet, address)
    assert browser.get_log("browser") == []
    assert chosen(browser) == []


def test_bars_by_keyboard(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    first = one(browser, ".bars a")
    browser.execute_script("arguments[0].focus()", first)
    press(browser, RIGHT, RIGHT)
    tip = one(browser, ".tip")
    assert tip.text.startswith("relu_1")
    press(browser, END)
    assert tip.text.startswith("linear_1")
    press(browser, "\ue007")
    until(lambda: chosen(browser) == ["layer-linear_1"])
    # One of them can be reached with the tab key.
    assert browser.execute_script(
        "return [...document.querySelectorAll('.bars a')].filter(a => a.tabIndex >= 0).length"
    ) == (1)


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_names_of_networks_do_not_lie_on_each_other(
    session: Any, every_example: Path, width: int
) -> None:
    seen_as(session, width)
    opened(session, every_example)
    script = """
        const boxes = [...document.querySelectorAll(".plot :is(a, g) text")]
            .map(text => text.getBoundingClientRect());
        const plot = document.querySelector(".plot").getBoundingClientRect();
        const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
        const out = boxes.filter(box => box.right > plot.right + 1 || box.left < plot.left - 70);
        const overlaps = boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => over(a, b)));
        return [boxes.length, out.length, overlaps.length]
    """
    number, outside, overlaps = until(lambda: session.execute_script(script))
    assert number == len(list((ROOT / "examples").glob("*.yaml")))
    assert outside == 0
    assert overlaps <= (3 if width == 390 else 0)


@pytest.fixture(scope="module")
def every_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = " ".join(map(str, sorted((ROOT / "examples").glob("*.yaml"))))
    return page(f"audit {files}", tmp_path_factory.mktemp("every"))
