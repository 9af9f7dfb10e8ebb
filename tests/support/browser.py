"""A real browser for pages of reports: started once for all tests, each page opened anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from support.program import ROOT

HEIGHT = 900
OTHERS = {
    "layer": "layer --in 16 --out 32 -g 4 --explain --verify",
    "sweep": "sweep --in 16 --out 32 --vary groups=1,2,4",
    "sweep of two": "sweep --in 16 --out 32 --vary kernel-size=1,3,5 --vary stride=1,2",
    "check": f"check {ROOT}/examples --max-params 5M",
    "diff": f"diff {ROOT}/examples/resnet18.yaml {ROOT}/examples/resnet50.yaml",
    "fit": f"fit {ROOT}/examples/resnet20.yaml --max-macs 80%",
    "solve": f"solve width {ROOT}/examples/mobilenet-v1.yaml --max-params 2M",
}
"""What other commands than audit are asked for."""


def started() -> Iterator[Any]:
    """Chromium with its driver; the test is skipped where they are not installed."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        if os.environ.get("CONVCALC_BROWSER"):
            pytest.fail("CI wants a browser, and there is none")
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        "force-prefers-reduced-motion",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()


def page(words: str, folder: Path, name: str = "report.html") -> Path:
    """The page that a command writes."""
    file = folder / name
    assert main([*words.split(), "--html", str(file), "-o", os.devnull]) in (0, 1)
    return file


def opened(browser: Any, file: Path, row: str = "") -> Any:
    """The browser with a page, read to its end."""
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get("about:blank")
    browser.get(f"{file.as_uri()}{row}")
    until(lambda: browser.execute_script("return document.readyState === 'complete'"))
    return browser


def seen_as(browser: Any, width: int, scheme: str = "light") -> None:
    """How wide the window is, and whether it is a dark one."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    measures = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)


def until(is_so: Callable[[], Any]) -> Any:
    """Waits for something to be so."""
    waiting = pytest.importorskip("selenium.webdriver.support.ui")
    return waiting.WebDriverWait(None, 30, 0.05).until(lambda _: is_so())


def one(browser: Any, selector: str) -> Any:
    """The first element of a kind."""
    return browser.find_element("css selector", selector)


def many(browser: Any, selector: str) -> list[Any]:
    """All elements of a kind."""
    return list(browser.find_elements("css selector", selector))


def press(browser: Any, *keys: str) -> None:
    """Keys, for what has the focus."""
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def click(browser: Any, selector: str, text: str = "") -> None:
    """A click on the first element of a kind with this text."""
    script = """
        const all = [...document.querySelectorAll(arguments[0])];
        all.find(each => !arguments[1] || each.textContent === arguments[1])
            .dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
    """
    browser.execute_script(script, selector, text)
