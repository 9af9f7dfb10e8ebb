"""The totals of a network, each with what it means and whether it is as its file wants it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.checks.findings import Finding
from convcalc.checks.rules import BUDGET, NOT_KNOWN
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS, Total, Totals
from convcalc.wording import percent_text, times_text
from convcalc_cli.page.blocks import Fact, Tone, Word
from convcalc_cli.sections.audit.audited import Audited
from convcalc_cli.text import field_text, name_text, shape_text, short_text, total_text


def total_facts(audited: Audited) -> list[Fact]:
    """The totals of a network, with the budget and the expectations of its file."""
    totals = audited.facts.totals
    remarks = {
        "params": short_text(totals.params),
        "macs": short_text(totals.macs),
        "flops": "2 x MACs",
        "input_bytes": audited.network.dtype if audited.network else "",
        "activation_bytes": "every layer's output",
        "peak_activation_bytes": f"while {name_text(totals.peak_layer)} runs",
        "torchsummary_bytes": "as torchsummary estimates it",
    }
    facts = dict(_output_facts(totals))
    for key, total in TOTALS.items():
        facts[key] = Fact(total.title, total_text(totals, key), remarks.get(key, ""))
    return [fact._replace(verdict=_verdict(audited, key)) for key, fact in facts.items()]


def _output_facts(totals: Totals) -> Iterator[tuple[str, Fact]]:
    """What comes out, and what it sees of the input."""
    outputs = totals.outputs.items()
    if len(outputs) == 1:
        yield "output_shape", Fact("output", shape_text(totals.output_shape))
    else:
        for number, (name, shape) in enumerate(outputs):
            key = f"outputs.{name}" if number else "output_shape"
            yield key, Fact(f"output {name_text(name)}", shape_text(shape))
    if totals.receptive_field != ():
        yield RECEPTIVE_FIELD, Fact("receptive field", *_field(totals))


def _field(totals: Totals) -> tuple[str, str]:
    """The receptive field of the output, and where it lies."""
    field, step, offset = (
        totals.receptive_field,
        totals.receptive_field_step,
        totals.receptive_field_offset,
    )
    if field is None or step is None or offset is None:
        return field_text(field), "of the input, or not known"
    remark = f"step {field_text(step)}, offset {field_text(offset)}"
    if totals.global_context:
        remark += "; without the global context of norms and pooled gates"
    return field_text(field), remark


def _verdict(audited: Audited, key: str) -> Word | None:
    """Whether a total is within its budget, and as expected; the worse tone is that of both."""
    words = list(_budget(audited, key)) + list(_expected(audited, key))
    if not words:
        return None
    order = (Tone.GOOD, Tone.WARNING, Tone.BAD)
    tone = max((word.tone for word in words), key=order.index)
    shown = [word for word in words if tone is Tone.GOOD or word.tone is not Tone.GOOD]
    texts = [word.text for word in shown]
    return Word(f"ok, {', '.join(texts)}" if tone is Tone.GOOD else "; ".join(texts), tone)


def _budget(audited: Audited, key: str) -> Iterator[Word]:
    budget = audited.network.budget if audited.network else {}
    if key in budget:
        most, finding = budget[key], _unmet(audited, "budget", key)
        if finding is not None:
            yield _broken(finding)
        elif key in TOTALS:
            share = f" ({percent_text(getattr(audited.facts.totals, key), most)})" if most else ""
            yield Word(f"at most {TOTALS[key].short(most)}{share}", Tone.GOOD)
        else:
            yield Word(f"at most {_unit_text(key, most)}", Tone.GOOD)


def _expected(audited: Audited, key: str) -> Iterator[Word]:
    expect = audited.network.expect if audited.network else {}
    if key in expect and audited.as_written:
        finding = _unmet(audited, "expect", key)
        yield Word("as expected", Tone.GOOD) if finding is None else _broken(finding)


def _unmet(audited: Audited, part: str, key: str) -> Finding | None:
    found = [each for each in audited.unmet if each.path == (part, key)]
    return found[0] if found else None


def _broken(finding: Finding) -> Word:
    """What a total should be, in the unit that it is shown in."""
    limit, actual = finding.limit, finding.actual
    is_budget = finding.path[0] == "budget"
    total = TOTALS.get(str(finding.path[1]))
    if finding.rule is NOT_KNOWN and total:
        what = "its budget" if is_budget else "the expected"
        return Word(f"{what} of {total.short(limit)} cannot be checked", Tone.WARNING)
    what = "over its budget of" if is_budget else "expected"
    if total is None:
        return Word(f"{what} {_unit_text(str(finding.path[1]), limit)}", Tone.BAD)
    more = f" ({times_text(actual, limit)})" if finding.rule is BUDGET and limit else ""
    return Word(f"{what} {_wanted(total, actual, limit)}{more}", Tone.BAD)


def _unit_text(key: str, limit: Any) -> str:
    return field_text(limit) if key == RECEPTIVE_FIELD else shape_text(limit)


def _wanted(total: Total, actual: int, limit: int) -> str:
    """A limit, and the total as exactly if they would look the same."""
    found, wanted = total.apart(actual, limit)
    return wanted if wanted == total.short(limit) else f"{wanted}, found {found}"
