"""The graph of a network: every row and every edge of it, drawn without lying on each other."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from support.browser import click, many, one, opened, page, press, until
from support.program import ROOT, run

ENTER, ESCAPE, DOWN, LEFT, RIGHT = "\ue007", "\ue00c", "\ue015", "\ue012", "\ue014"

NODES = """
    return [...document.querySelectorAll(".view .node")].map(node => {
        const box = node.querySelector(".box").getBoundingClientRect();
        return [node.dataset.name, node.classList.contains("open"),
                [box.left, box.top, box.right, box.bottom]];
    })
"""


def drawn(browser: Any, file: Path, *, is_open: bool = False) -> Any:
    opened(browser, file)
    browser.execute_script("document.querySelector('figure.graph').scrollIntoView()")
    until(lambda: many(browser, ".view .node"))
    if is_open:
        click(browser, ".graph button", "Open all")
    return browser


def names(browser: Any) -> list[str]:
    return [name for name, _, _ in browser.execute_script(NODES)]


@pytest.mark.parametrize("name", ["resnet50", "unet", "densenet121", "shufflenet-v2-x1.0"])
def test_every_layer_is_a_node_and_no_node_lies_on_another(
    browser: Any, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ROOT / "examples" / f"{name}.yaml"
    ran = run(capsys, f"audit {file} -f json")
    layers = [layer["name"] for layer in json.loads(ran.out)["networks"][0]["layers"]]
    drawn(browser, page(f"audit {file}", tmp_path), is_open=True)
    nodes = browser.execute_script(NODES)
    leaves = {name: box for name, is_block, box in nodes if not is_block}
    assert sorted(leaves) == sorted(layers)
    boxes = sorted(leaves.values(), key=lambda box: box[1])
    for (left, top, right, bottom), other in combinations(boxes, 2):
        if other[1] >= bottom:
            continue
        across = min(right, other[2]) - max(left, other[0])
        along = min(bottom, other[3]) - max(top, other[1])
        assert min(across, along) <= 0.5


def test_edges_are_what_layers_read(browser: Any, tmp_path: Path) -> None:
    """Without blocks there is an edge for every input of every layer."""
    net = tmp_path / "net.yaml"
    net.write_text(
        "input: [4, 9, 9]\nlayers:\n"
        "  - {conv: 4, kernel_size: 1, name: a}\n"
        "  - {conv: 4, kernel_size: 1, name: b}\n"
        "  - {conv: 4, kernel_size: 1, from: a, name: c}\n"
        "  - {add: [b, c, input], name: d}\n"
    )
    drawn(browser, page(f"audit {net}", tmp_path))
    assert len(many(browser, ".view .edge")) == 1 + 1 + 1 + 3
    shapes = [text.get_attribute("textContent") for text in many(browser, ".view .shape")]
    assert sorted(shapes) == ["(4, 9, 9)"] * 3 + ["input (4, 9, 9)"]


def test_edges_do_not_cross_nodes(browser: Any, unet: Path) -> None:
    """The points along every edge are outside of every node that it does not join."""
    drawn(browser, unet)
    script = """
        const boxes = [...document.querySelectorAll(".view .node .box")]
            .map(box => box.getBoundingClientRect());
        let crossings = 0;
        for (const edge of document.querySelectorAll(".view .edge")) {
            const matrix = edge.getScreenCTM();
            const length = edge.getTotalLength();
            for (let at = 3; at < length - 3; at += 3) {
                const {x, y} = edge.getPointAtLength(at).matrixTransform(matrix);
                crossings += boxes.some(box => x > box.left + 1 && x < box.right - 1
                    && y > box.top + 1 && y < box.bottom - 1);
            }
        }
        return [document.querySelectorAll(".view .edge").length, crossings]
    """
    edges, crossings = browser.execute_script(script)
    # A chain of 5 blocks down and 4 up, with poolings, upsamplings, joins and the last layer
    # between them, and 4 edges from the one side to the other.
    assert edges == (5 + 4 + 4 + 4 + 4 + 1) + 4
    assert crossings == 0


def test_blocks_open_by_pointer(browser: Any, unet: Path) -> None:
    drawn(browser, unet)
    assert "down1.conv_1" not in names(browser)
    click(browser, ".view .node.block")
    assert "down1.conv_1" in names(browser)
    assert one(browser, ".view .node.block").get_attribute("aria-expanded") == "true"
    click(browser, ".view .node.block")
    assert "down1.conv_1" not in names(browser)


def test_nodes_by_keyboard(browser: Any, unet: Path) -> None:
    drawn(browser, unet)
    focused = "return document.activeElement.dataset.name"
    browser.execute_script("document.querySelector('.view .node[tabindex=\"0\"]').focus()")
    assert browser.execute_script(focused) == "down1"
    press(browser, RIGHT)
    assert "down1.conv_1" in names(browser)
    press(browser, DOWN, DOWN)
    assert browser.execute_script(focused) == "down1.relu_1"
    press(browser, LEFT)
    assert browser.execute_script(focused) == "down1"
    press(browser, LEFT)
    assert "down1.conv_1" not in names(browser)
    press(browser, DOWN, ENTER)
    until(lambda: many(browser, "tr.chosen"))
    assert one(browser, "tr.chosen").get_attribute("id") == "layer-max_pool_1"
    assert browser.current_url.endswith("#layer-max_pool_1")
    assert len(many(browser, ".view .edge.chosen")) == 2
    press(browser, ESCAPE, ESCAPE)
    assert not many(browser, ".view .node.chosen")


def test_zoom(browser: Any, unet: Path) -> None:
    drawn(browser, unet)
    width = "return document.querySelector('.view svg').getBoundingClientRect().width"
    before = browser.execute_script(width)
    click(browser, ".graph button", "+")
    assert browser.execute_script(width) == pytest.approx(1.25 * before, abs=0.1)
    browser.execute_script("document.querySelector('.view').focus()")
    press(browser, "-", "-")
    assert browser.execute_script(width) == pytest.approx(before / 1.25, abs=0.1)
    click(browser, ".graph button", "Fit")
    script = """
        const view = document.querySelector(".view");
        return [view.scrollHeight - view.clientHeight, view.scrollWidth - view.clientWidth]
    """
    assert max(browser.execute_script(script)) <= 1


def test_search_opens_blocks_and_leads_from_match_to_match(browser: Any, resnet: Path) -> None:
    drawn(browser, resnet)
    box = one(browser, ".graph input")
    box.send_keys("STAGE3.4.CONV")
    said = one(browser, ".graph output")
    assert said.text == "1 of 3"
    box.send_keys(ENTER)
    assert said.text == "2 of 3"
    hit = one(browser, ".view .node.hit")
    assert hit.get_attribute("data-name") == "stage3.4.conv_2"
    script = """
        const view = document.querySelector(".view").getBoundingClientRect();
        const node = document.querySelector(".view .hit .box").getBoundingClientRect();
        return node.top >= view.top && node.bottom <= view.bottom
            && node.left >= view.left && node.right <= view.right
    """
    assert browser.execute_script(script)
    box.clear()
    box.send_keys("nothing like it")
    assert said.text == "0 of 0"


def test_from_the_panel_to_the_graph(browser: Any, resnet: Path) -> None:
    opened(browser, resnet, "#layer-stage2.1.relu_2")
    until(lambda: many(browser, ".panel button"))
    click(browser, ".panel button", "In the graph")
    until(lambda: many(browser, ".view .node.chosen"))
    chosen = one(browser, ".view .node.chosen")
    assert chosen.get_attribute("data-name") == "stage2.1.relu_2"


CYCLE = """\
input: [4, 9, 9]
layers:
  - {conv: 4, kernel_size: 1, name: a.x}
  - {conv: 4, kernel_size: 1, name: b.x}
  - {conv: 4, kernel_size: 1, name: a.y}
  - {conv: 4, kernel_size: 1, name: b.y}
"""


def test_blocks_that_run_in_turn(browser: Any, tmp_path: Path) -> None:
    """Each reads the other: as blocks they are no order, and yet they are drawn."""
    net = tmp_path / "net.yaml"
    net.write_text(CYCLE)
    drawn(browser, page(f"audit {net}", tmp_path))
    click(browser, ".graph button", "Close all")
    assert names(browser) == ["a", "b"]
    assert len(many(browser, ".view .edge")) == 3  # from the input, to b, and back to a
    assert browser.get_log("browser") == []
