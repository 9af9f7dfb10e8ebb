"""The page of `audit --html` in a real browser, where Chromium and its driver are installed."""

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from support.program import ROOT, run

webdriver = pytest.importorskip("selenium.webdriver")
waiting = pytest.importorskip("selenium.webdriver.support.ui")
Image = pytest.importorskip("PIL.Image")

HOSTILE = """\
name: "<script>alert(1)</script><img src=x onerror=alert(2)>"
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
  - relu
"""
TABLE = "[aria-label='Table by layer'] > table"
"""The first one is that of the first network."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
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
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


def page(files: list[str], folder: Path, *flags: str) -> Path:
    file = folder / "report.html"
    assert main(["audit", *files, "--html", str(file), "-o", os.devnull, *flags]) == 0
    return file


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("resnet50", "mobilenet-v1")
    files = [str(ROOT / "examples" / f"{name}.yaml") for name in names]
    return page(files, tmp_path_factory.mktemp("report"), "--verify")


def opened(browser: Any, file: Path) -> Any:
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(file.as_uri())
    read = "return document.readyState === 'complete' && !!document.querySelector('footer')"
    waiting.WebDriverWait(browser, 60).until(lambda browser: browser.execute_script(read))
    return browser


def column(browser: Any, at: int) -> list[str]:
    rows = f'[...document.querySelector("{TABLE}").tBodies[0].rows]'
    script = f"return {rows}.map(row => row.cells[{at}].textContent)"
    return list(browser.execute_script(script))


def filtered(browser: Any, text: str) -> str:
    """What is said of the rows of the first network after typing into the box above them."""
    name = browser.find_element("css selector", TABLE).get_attribute("id")
    browser.find_element("id", f"{name}-filter").send_keys(text)
    return str(browser.find_element("css selector", f"output[data-count='{name}']").text)


def requested(browser: Any) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        each["params"]["request"]["url"]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    ]


class TestPage:
    def test_nothing_is_wrong_and_nothing_is_asked_for(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        assert browser.get_log("browser") == []
        assert requested(browser) == [resnet.as_uri()]
        assert browser.title == "convcalc: 2 networks"

    def test_it_says_what_the_audit_says(
        self, browser: Any, resnet: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ran = run(capsys, f"audit {ROOT}/examples/resnet50.yaml -f json")
        layers = json.loads(ran.out)["networks"][0]["layers"]
        opened(browser, resnet)
        assert column(browser, 0) == [layer["name"] for layer in layers]
        assert column(browser, 5) == [f"{n['macs']:,}" if n["macs"] else "-" for n in layers]
        text = browser.find_element("css selector", "main").text
        assert "4,089,184,256" in text
        assert "260 layers, 4,657,924,608 MACs counted, all as predicted" in text

    def test_sorting_by_click(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        written = column(browser, 5)
        head = browser.find_elements("css selector", f"{TABLE} thead th")[5]
        for order, state in (("descending", True), ("ascending", False)):
            head.find_element("tag name", "button").click()
            assert head.get_attribute("aria-sort") == order
            counts = [int(cell.replace(",", "").replace("-", "0")) for cell in column(browser, 5)]
            assert counts == sorted(counts, reverse=state)
        head.find_element("tag name", "button").click()
        assert head.get_attribute("aria-sort") is None
        assert column(browser, 5) == written

    def test_sorting_by_keyboard(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        for key in ("\ue007", " "):  # enter, space
            button = browser.find_elements("css selector", f"{TABLE} thead button")[0]
            browser.execute_script("arguments[0].focus()", button)
            assert browser.switch_to.active_element == button
            browser.switch_to.active_element.send_keys(key)
        names = column(browser, 0)
        head = browser.find_elements("css selector", f"{TABLE} thead th")[0]
        assert head.get_attribute("aria-sort") == "descending"
        assert names[0] > names[-1]

    def test_filtering(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        assert filtered(browser, "Batch_Norm") == "53 of 175"
        rows = f'[...document.querySelector("{TABLE}").tBodies[0].rows]'
        assert browser.execute_script(f"return {rows}.filter(row => !row.hidden).length") == 53

    def test_pictures_have_words(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        charts = browser.find_elements("css selector", "svg.bars")
        for chart, name in zip(charts, ("resnet50", "mobilenet-v1"), strict=True):
            assert chart.get_attribute("role") == "img"
            assert name in chart.get_attribute("aria-label")
        tips = charts[0].find_elements("css selector", "g > title")
        assert len(tips) == 175
        first = tips[0].get_attribute("textContent")
        # 3 x 224 x 224 go in and 64 x 112 x 112 come out, in four bytes each.
        assert first == "stem: 118,013,952 MACs, 9,408 params, 3.64 MiB activations in memory"

    def test_pointing_at_a_bar_names_it(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        details = browser.find_element("css selector", ".pointed")
        before = details.text
        column = browser.find_elements("css selector", "svg.bars rect.touch")[7]
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", column)
        actions = webdriver.ActionChains(browser)
        actions.move_to_element(column).perform()
        assert details.text.startswith("stage1.0.conv_2: 115,605,504 MACs, 36,864 params, ")
        actions.move_to_element(browser.find_element("tag name", "h1")).perform()
        assert details.text == before

    def test_bars_are_the_numbers(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        script = """
            const groups = [...document.querySelector("svg.bars").querySelectorAll("g")];
            return groups.map(g => g.querySelector("rect.series-" + arguments[0]))
                .map(bar => bar ? bar.getBoundingClientRect().height : 0);
        """
        for series, at in enumerate((5, 4)):
            heights = browser.execute_script(script, series)
            numbers = [int(cell.replace(",", "").replace("-", "0")) for cell in column(browser, at)]
            for height, number in zip(heights, numbers, strict=True):
                assert height == pytest.approx(max(heights) * number / max(numbers), abs=0.02)
            assert max(heights) > 50

    def test_structure(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        levels = [
            int(each.tag_name[1]) for each in browser.find_elements("css selector", "h1,h2,h3")
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        ids = browser.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len({*ids})
        for table in browser.find_elements("tag name", "table"):
            assert table.find_elements("css selector", "thead th[scope=col]")

    @pytest.mark.parametrize("width", [390, 1280, 1920])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_can_be_looked_at(self, browser: Any, resnet: Path, width: int, scheme: str) -> None:
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        measures = {"width": width, "height": 1200, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
        opened(browser, resnet)
        image = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("L")
        assert image.size == (width, 1200)
        low, high = image.getextrema()
        assert high - low > 150
        mean = image.resize((1, 1)).getpixel((0, 0))
        assert (mean > 170) if scheme == "light" else (mean < 90)
        page_width = browser.execute_script("return document.documentElement.scrollWidth")
        assert page_width <= width

    @pytest.mark.parametrize(
        "words",
        [
            "layer --in 16 --out 32 -g 4 --explain --verify",
            "sweep --in 16 --out 32 --vary groups=1,2,4",
            f"check {ROOT}/examples --max-params 5M",
            f"diff {ROOT}/examples/resnet18.yaml {ROOT}/examples/resnet50.yaml",
        ],
    )
    def test_the_pages_of_other_commands_fit_a_telephone(
        self, browser: Any, tmp_path: Path, words: str
    ) -> None:
        file = tmp_path / "page.html"
        assert main([*words.split(), "-o", str(file)]) in (0, 1)
        measures = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
        opened(browser, file)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert browser.get_log("browser") == []

    def test_a_hostile_name_is_text(self, browser: Any, tmp_path: Path) -> None:
        (tmp_path / "<b>&.yaml").write_text(HOSTILE)
        file = page([str(tmp_path / "<b>&.yaml")], tmp_path)
        opened(browser, file)
        name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        assert browser.find_element("tag name", "h1").text == f"{name}: (4, 9, 7)"
        assert len(browser.find_elements("tag name", "script")) == 1
        assert not browser.find_elements("tag name", "img")
        assert browser.get_log("browser") == []

    def test_a_script_that_got_in_would_not_run(self, browser: Any, tmp_path: Path) -> None:
        """The policy of the page, with a script put in by hand."""
        file = page([str(ROOT / "examples" / "m5.yaml")], tmp_path)
        text = file.read_text().replace("</main>", "<script>document.title='x'</script></main>")
        file.write_text(text)
        opened(browser, file)
        assert browser.title.startswith("convcalc: m5: (1, ")
        assert any(
            "Content Security Policy" in each["message"] for each in browser.get_log("browser")
        )

    @pytest.mark.slow
    def test_five_thousand_layers_stay_usable(self, browser: Any, tmp_path: Path) -> None:
        net = tmp_path / "deep.yaml"
        layers = "  - {conv: 8, kernel_size: 3, padding: 1, repeat: 5000, name: body}\n"
        net.write_text(f"input: [8, 9, 9]\nlayers:\n{layers}")
        opened(browser, page([str(net)], tmp_path))
        assert len(column(browser, 0)) == 5000
        button = browser.find_elements("css selector", f"{TABLE} thead button")[0]
        for _ in range(2):
            browser.execute_script("arguments[0].click()", button)
        assert column(browser, 0)[0] == "body.4999"
        assert filtered(browser, "body.42") == "111 of 5000"
        bars = browser.find_element("css selector", "svg.bars")
        assert len(bars.find_elements("css selector", "g")) <= 400


class TestFile:
    """What needs no browser."""

    def test_its_size(self, tmp_path: Path) -> None:
        file = page([str(ROOT / "examples" / "resnet50.yaml")], tmp_path)
        assert file.stat().st_size < 500_000

    def test_it_names_nothing_outside(self, resnet: Path) -> None:
        text = resnet.read_text()
        assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*", text)
        assert "http" not in re.sub(r"http-equiv", "", text)
        assert " style=" not in text

    def test_a_failed_verification_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from convcalc.operations.linear import Linear

        monkeypatch.setattr(Linear, "macs", lambda layer, shape: 1 + layer.in_features * shape[0])
        net = tmp_path / "net.yaml"
        net.write_text("input: [4]\nlayers: [{linear: 4, name: fc}]\n")
        file = tmp_path / "report.html"
        assert main(["audit", str(net), "--verify", "--html", str(file)]) == 1
        capsys.readouterr()
        text = file.read_text()
        assert "Not as predicted" in text
        assert '<th scope="row">fc</th><td>macs</td><td>17</td><td>16</td>' in text

    def test_of_no_network(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"audit nowhere.yaml --html {tmp_path / 'a.html'}")
        assert (ran.code, ran.out) == (2, "")
        assert not (tmp_path / "a.html").exists()
