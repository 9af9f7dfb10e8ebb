"""Which tool prints a number."""

import pytest

import convcalc
from convcalc import SpecError
from convcalc.others.figures import others
from convcalc.others.registry import TOOLS
from convcalc.others.which import asked, nearest, which
from support.audits import example


def said(number: str, name: str = "resnet50") -> dict[tuple[str, str], str]:
    network = convcalc.load(example(name))
    audit = network.audit()
    found = others(network, audit, list(TOOLS))
    matches = which(asked(number), audit.totals, found)
    return {(each.tool, each.word): each.rounding for each in matches}


@pytest.mark.parametrize("number", ["4.11G", "4.11 GFLOPs", "4.11b", "4110M", "4.11e9", " 4,110M "])
def test_ways_to_write_a_number(number: str) -> None:
    value, digits = asked(number), asked("4.11G")
    assert value.digits * value.step == digits.digits * digits.step == 4_110_000_000


def test_what_papers_say_of_resnet_50() -> None:
    of_2020 = {("thop@0.0.31", "flops"): "rounded", ("fvcore", "flops"): "rounded"}
    assert said("4.11G") == of_2020
    assert said("4.111514624G") == {("thop@0.0.31", "flops"): "exact"}
    assert said("8.2G")[("ultralytics", "FLOPs")] == "cut off"
    assert said("4.13G")[("thop", "MACs")] == "rounded"
    assert said("25.6M") == {("convcalc", "params"): "rounded"}
    assert said("4,089,184,256")[("calflops", "MACs")] == "exact"


def test_none_is_an_answer() -> None:
    network = convcalc.load(example("resnet50"))
    audit = network.audit()
    found = others(network, audit, ["thop", "fvcore"])
    assert which(asked("5.3G"), audit.totals, found) == []
    match = nearest(asked("5.3G"), audit.totals, found)
    assert match is not None
    assert (match.tool, match.total) == ("thop", 4_133_742_592)


def test_only_zero_reads_like_zero() -> None:
    assert said("0.0G") == said("0") == {}


def test_a_lower_bound_is_no_figure() -> None:
    layers = [{"conv": 4, "kernel_size": 1}, {"opaque": "Own", "shape": "same", "params": 0}]
    network = convcalc.network({"input": [3, 8, 8], "layers": layers})
    audit = network.audit()
    assert which(asked("768"), audit.totals, []) == []
    assert [each.word for each in which(asked("16"), audit.totals, [])] == ["params"]
    unknown = convcalc.network({"input": [3, 8, 8], "layers": [{"opaque": "Own", "shape": "same"}]})
    assert nearest(asked("16"), unknown.audit().totals, []) is None


@pytest.mark.parametrize("text", ["", "G", "x4.11G", "-4G", "4.11.1G", "1,23G", "4.11Q", "9" * 40])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(SpecError, match="is not a number such as"):
        asked(text)


def test_less_than_an_operation() -> None:
    with pytest.raises(SpecError, match="not a whole number of operations"):
        asked("4.11")
