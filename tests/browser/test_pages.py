"""Pages of reports in a real browser, where Chromium and its driver are installed."""

import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.program import main
from support.browser import OTHERS, many, one, opened, page, seen_as, until
from support.program import ROOT, run

HOSTILE = """\
name: "<script>alert(1)</script><img src=x onerror=alert(2)>"
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
  - {opaque: "<img src=x onerror=alert(3)>", shape: same}
"""
WIDTHS = (390, 1280, 1920)
SCHEMES = ("light", "dark")


def requested(browser: Any) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        each["params"]["request"]["url"]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    ]


class TestPage:
    def test_nothing_is_wrong_and_nothing_is_asked_for(self, browser: Any, two: Path) -> None:
        opened(browser, two)
        assert browser.get_log("browser") == []
        assert [url for url in requested(browser) if url != "about:blank"] == [two.as_uri()]
        assert browser.title == "convcalc: 2 networks"

    def test_pictures_have_words(self, browser: Any, two: Path) -> None:
        opened(browser, two)
        charts = many(browser, "svg.bars")
        for chart, name in zip(charts, ("resnet50", "mobilenet-v1"), strict=True):
            assert chart.get_attribute("role") == "group"
            assert name in chart.get_attribute("aria-label")
        bars = charts[0].find_elements("css selector", "a")
        assert len(bars) == 175
        # 3 x 224 x 224 go in and 64 x 112 x 112 come out, in four bytes each.
        assert bars[0].get_attribute("aria-label") == (
            "stem: 118,013,952 MACs, 9,408 params, 3.64 MiB activations in memory"
        )

    def test_structure(self, browser: Any, two: Path) -> None:
        opened(browser, two)
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

    def test_contents_stay_in_sight(self, browser: Any, resnet: Path) -> None:
        opened(browser, resnet)
        links = many(browser, "nav a")
        heads = [head.text for head in many(browser, "h2")]
        assert [link.text for link in links] == heads
        links[-1].click()
        script = "return document.querySelector('nav').getBoundingClientRect().top"
        assert browser.execute_script(script) == 0
        until(lambda: many(browser, "nav a[aria-current]"))

    def test_without_scripts_tables_and_charts_are_there(self, browser: Any, resnet: Path) -> None:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            opened(browser, resnet)
            rows = many(browser, "#layers-1 tbody tr")
            assert len(rows) == 175 + 20
            assert rows[-1].is_displayed()
            assert one(browser, ".bars a[href='#layer-linear_1']").is_displayed()
            assert one(browser, "noscript").text.startswith("The graph is drawn by a script")
        finally:
            browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_it_can_be_looked_at(self, browser: Any, two: Path, width: int, scheme: str) -> None:
        image_class = pytest.importorskip("PIL.Image")
        seen_as(browser, width, scheme)
        opened(browser, two)
        image = image_class.open(io.BytesIO(browser.get_screenshot_as_png())).convert("L")
        assert image.size == (width, 900)
        low, high = image.getextrema()
        assert high - low > 150
        mean = image.resize((1, 1)).getpixel((0, 0))
        assert (mean > 170) if scheme == "light" else (mean < 90)
        page_width = browser.execute_script("return document.documentElement.scrollWidth")
        assert page_width <= width

    def test_wide_pages_are_used(self, browser: Any, resnet: Path) -> None:
        """The table is as wide as the window, and no column of it is cut."""
        for width in (1280, 1920):
            seen_as(browser, width)
            opened(browser, resnet)
            script = """
                const view = document.querySelector(".long");
                return [view.getBoundingClientRect().width, view.scrollWidth - view.clientWidth]
            """
            used, cut = browser.execute_script(script)
            assert used > 0.93 * width
            assert cut <= 0

    @pytest.mark.parametrize("width", [390, 1280])
    def test_a_long_name_gives_way_to_the_figures(
        self, browser: Any, tmp_path: Path, width: int
    ) -> None:
        file = tmp_path / "long.yaml"
        block = "blocks: {b: {layers: [{conv: 4, kernel_size: 1}, relu]}}"
        layers = f"[{{block: b, name: {'long_name_' * 19}}}, sigmoid]"
        file.write_text(f"input: [4, 9, 9]\n{block}\nlayers: {layers}\n")
        seen_as(browser, width)
        opened(browser, page(f"audit {file}", tmp_path))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        if width == 1280:
            script = "const view = document.querySelector('.wide'); return "
            assert browser.execute_script(f"{script}view.scrollWidth - view.clientWidth") <= 0

    @pytest.mark.parametrize("name", OTHERS)
    def test_the_pages_of_other_commands_fit_a_telephone(
        self, browser: Any, others: dict[str, Path], name: str
    ) -> None:
        seen_as(browser, 390)
        opened(browser, others[name])
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert browser.get_log("browser") == []

    def test_a_hostile_name_is_text(self, browser: Any, tmp_path: Path) -> None:
        (tmp_path / "<b>&.yaml").write_text(HOSTILE)
        file = page(f"audit {tmp_path}/<b>&.yaml", tmp_path)
        opened(browser, file)
        name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        assert browser.find_element("tag name", "h1").text == f"{name}: (4, 9, 7)"
        browser.execute_script("document.querySelector('figure.graph').scrollIntoView()")
        until(lambda: many(browser, ".view .node"))
        assert "<img s" in many(browser, ".view .node")[-1].text
        assert len(browser.find_elements("tag name", "script")) == 1
        assert not browser.find_elements("tag name", "img")
        assert browser.get_log("browser") == []

    def test_a_script_that_got_in_would_not_run(self, browser: Any, tmp_path: Path) -> None:
        """The policy of the page, with a script put in by hand."""
        file = page(f"audit {ROOT}/examples/m5.yaml", tmp_path)
        text = file.read_text().replace("</main>", "<script>document.title='x'</script></main>")
        file.write_text(text)
        opened(browser, file)
        assert browser.title.startswith("convcalc: m5: (1, ")
        assert any(
            "Content Security Policy" in each["message"] for each in browser.get_log("browser")
        )


class TestFile:
    """What needs no browser."""

    def test_its_size(self, resnet: Path) -> None:
        assert resnet.stat().st_size < 500_000

    def test_it_names_nothing_outside(self, two: Path) -> None:
        text = two.read_text()
        assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*", text)
        assert "http" not in re.sub(r"http-equiv|http://www.w3.org/2000/svg", "", text)
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

    def test_it_is_the_same_each_time(self, resnet: Path, tmp_path: Path) -> None:
        again = page(f"audit {ROOT}/examples/resnet50.yaml", tmp_path)
        assert again.read_bytes() == resnet.read_bytes()

    def test_of_no_network(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, f"audit nowhere.yaml --html {tmp_path / 'a.html'}")
        assert (ran.code, ran.out) == (2, "")
        assert not (tmp_path / "a.html").exists()
