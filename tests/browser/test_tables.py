"""Tables of pages: sorted, filtered and folded, by pointer and by keyboard."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.browser import click, many, one, opened, page, press
from support.program import ROOT, run

TABLE = "#layers-1"
ENTER, SPACE = "\ue007", " "


def names(browser: Any, which: str = "") -> list[str]:
    """The names of rows as they stand there: all, or those that are seen."""
    script = """
        return [...document.querySelector(arguments[0]).tBodies[0].rows]
            .filter(row => !arguments[1] || !row.hidden).map(row => row.cells[0].textContent)
    """
    return list(browser.execute_script(script, TABLE, which))


def layers(browser: Any, at: int) -> list[str]:
    """The cells of a column, of layers only."""
    script = """
        return [...document.querySelector(arguments[0]).tBodies[0].rows]
            .filter(row => "row" in row.dataset).map(row => row.cells[arguments[1]].textContent)
    """
    return list(browser.execute_script(script, TABLE, at))


def typed(browser: Any, text: str) -> str:
    """What is said of the rows after typing into the box above them."""
    box = one(browser, f"{TABLE}-filter")
    box.clear()
    box.send_keys(text)
    return str(one(browser, f"output[data-count='{TABLE[1:]}']").text)


def test_it_says_what_the_audit_says(
    browser: Any, two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, f"audit {ROOT}/examples/resnet50.yaml -f json")
    found = json.loads(ran.out)["networks"][0]["layers"]
    opened(browser, two)
    assert layers(browser, 0) == [layer["name"] for layer in found]
    assert layers(browser, 5) == [f"{n['macs']:,}" if n["macs"] else "-" for n in found]
    text = one(browser, "main").text
    assert "4,089,184,256" in text
    assert "260 layers, 4,657,924,608 MACs counted, all as predicted" in text


def test_sorted_rows_are_layers_with_their_whole_names(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    written = names(browser)
    head = many(browser, f"{TABLE} thead th")[5]
    for order, state in (("descending", True), ("ascending", False)):
        head.find_element("tag name", "button").click()
        assert head.get_attribute("aria-sort") == order
        counts = [int(cell.replace(",", "").replace("-", "0")) for cell in layers(browser, 5)]
        assert counts == sorted(counts, reverse=state)
    assert "stage4" not in names(browser, "seen")
    assert one(browser, f"{TABLE} tbody tr:not([hidden]) .above").is_displayed()
    head.find_element("tag name", "button").click()
    assert head.get_attribute("aria-sort") is None
    assert names(browser) == written
    assert not one(browser, f"{TABLE} tbody tr[data-row] .above").is_displayed()


def test_sorting_by_keyboard(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    for key in (ENTER, SPACE):
        button = many(browser, f"{TABLE} thead button")[0]
        browser.execute_script("arguments[0].focus()", button)
        assert browser.switch_to.active_element == button
        press(browser, key)
    found = names(browser)
    head = many(browser, f"{TABLE} thead th")[0]
    assert head.get_attribute("aria-sort") == "descending"
    assert found[0] > found[-1]


def test_a_filter_shows_rows_in_their_blocks(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    assert typed(browser, "Batch_Norm_4") == "4 of 175"
    shown = [name for name in names(browser, "seen") if "batch_norm_4" not in name]
    assert shown == [name for stage in range(1, 5) for name in (f"stage{stage}", f"stage{stage}.0")]
    assert typed(browser, "batch_norm") == "53 of 175"
    assert typed(browser, "no such row") == "0 of 175"
    assert names(browser, "seen") == []


def test_blocks_fold_by_pointer_and_by_keyboard(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    before = names(browser, "seen")
    assert "stage1.0" in before
    assert "stage1.0.conv_1" not in before
    fold = one(browser, "#block-stage1 button.fold")
    fold.click()
    assert fold.get_attribute("aria-expanded") == "false"
    assert [name for name in before if not name.startswith("stage1.")] == names(browser, "seen")
    browser.execute_script("arguments[0].focus()", fold)
    press(browser, ENTER)
    assert names(browser, "seen") == before
    click(browser, ".tools button", "Unfold all")
    seen = names(browser, "seen")
    assert len(seen) == 100  # more as they are scrolled to
    browser.execute_script("document.querySelector('.long').scrollTo(0, 1e6)")
    click(browser, ".tools button", "Fold all")
    assert names(browser, "seen") == [name for name in names(browser) if "." not in name]


def test_more_rows_come_as_they_are_scrolled_to(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    click(browser, ".tools button", "Unfold all")
    script = """
        const [done] = arguments;
        const view = document.querySelector(".long");
        const number = () => view.querySelectorAll("tbody tr:not([hidden])").length;
        const step = () => {
            const before = number();
            view.scrollTo(0, view.scrollHeight);
            setTimeout(() => number() === before ? done(before) : step(), 100);
        };
        step();
    """
    assert browser.execute_async_script(script) == len(names(browser))


def test_blocks_have_the_sums_of_their_rows(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    script = """
        return [...document.querySelector(arguments[0]).tBodies[0].rows]
            .map(row => [row.cells[0].textContent, "row" in row.dataset,
                         ...[4, 5].map(at => Number(row.cells[at].dataset.value || 0))])
    """
    rows = browser.execute_script(script, TABLE)
    blocks = [row for row in rows if not row[1]]
    assert len(blocks) == 4 + 3 + 4 + 6 + 3
    for block, _, *sums in blocks:
        inner = [row for row in rows if row[1] and row[0].startswith(f"{block}.")]
        assert sums == [sum(row[at] for row in inner) for at in (2, 3)]


def test_heads_and_names_stay_in_sight(browser: Any, resnet: Path) -> None:
    opened(browser, resnet)
    click(browser, ".tools button", "Unfold all")
    script = """
        const view = document.querySelector(".long");
        view.scrollTo(0, 300);
        const head = view.querySelector("thead th").getBoundingClientRect();
        return [view.scrollTop, head.top - view.getBoundingClientRect().top]
    """
    scrolled, top = browser.execute_script(script)
    assert scrolled == 300
    assert abs(top) <= 1


DEEP = """\
input: [8, 9, 9]
layers:
  - {conv: 8, kernel_size: 3, padding: 1, repeat: 1500, name: body}
"""


def busy(browser: Any, script: str) -> float:
    """Seconds of the page's own thread that a step takes, whatever else the machine does."""

    def task() -> float:
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return float({each["name"]: each["value"] for each in metrics}["TaskDuration"])

    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser.execute_script(f"document.body.offsetHeight; {script}; document.body.offsetHeight")
    start = task()
    browser.execute_script(f"{script}; document.body.offsetHeight")
    return task() - start


def test_fifteen_hundred_layers_stay_quick(browser: Any, tmp_path: Path) -> None:
    net = tmp_path / "deep.yaml"
    net.write_text(DEEP)
    opened(browser, page(f"audit {net}", tmp_path))
    assert len(layers(browser, 0)) == 1500
    type_ = """
        const box = document.querySelector("#layers-1-filter");
        box.value = box.value === "body.1" ? "body" : "body.1";
        box.dispatchEvent(new Event("input"));
    """
    assert busy(browser, type_) < 0.1
    assert busy(browser, "document.querySelector('#layers-1 thead button').click()") < 1
    assert typed(browser, "body.42") == "11 of 1500"
    assert len(many(browser, ".bars a")) <= 400
