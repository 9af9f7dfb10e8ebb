"""The proved answers of `fit` beside those of OR-tools' CP-SAT solver.

Run by hand, where it is installed: `python tests/campaigns/fitting_agreement.py [QUESTIONS] [SEED]
[NETWORK..]`.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc"), str(ROOT / "tests")]

import convcalc  # noqa: E402
from convcalc.fitting.choices import Allowed, choice_set  # noqa: E402
from convcalc.fitting.fit import Fitted  # noqa: E402
from convcalc.networks import Network  # noqa: E402
from support.cp_sat import ORDERS, optimum  # noqa: E402

SECONDS = 20
SUMS = ("macs", "params")


def drawn(draw: random.Random, network: Network) -> tuple[str, dict[str, int]]:
    """What is kept, and budgets on one total or on both."""
    keep = draw.choice(list(ORDERS))
    totals = network.totals()
    wanted = ["macs"] if keep == "params" else draw.choice([["macs"], ["params"], [*SUMS]])
    share = {name: draw.uniform(0.04, 1) for name in wanted}
    return keep, {name: int(getattr(totals, name) * share[name]) for name in wanted}


def truth(network: Network, found: Fitted, keep: str, budgets: dict[str, int]) -> Any:
    """The best by the other solver, in the sums over all convolutions."""
    places = found.question.found.places
    totals, batch = network.totals(), network.batch
    others = {
        "macs": totals.macs // batch - sum([place.choices[0].macs for place in places]),
        "params": totals.params - sum([place.choices[0].params for place in places]),
    }
    times = {"macs": batch, "params": 1}
    room = {name: most // times[name] - others[name] for name, most in budgets.items()}
    return optimum(places, keep, room, SECONDS)


def compare(network: Network, keep: str, budgets: dict[str, int], seen: Counter[str]) -> None:
    """One question."""
    given: dict[str, Any] = {f"max_{name}": most for name, most in budgets.items()}
    start = time.process_time()
    fitted = convcalc.fit(network, keep=keep, **given)
    spent = time.process_time() - start
    try:
        best = truth(network, fitted, keep, budgets)
    except TimeoutError:
        seen["not proved by CP-SAT"] += 1
        return
    verdict = _verdict(fitted, keep, best)
    seen[verdict] += 1
    seen[f"{' and '.join(budgets)}, {keep}: {verdict}"] += 1
    print(network.name, keep, budgets, verdict, best, f"{spent:.2f} s", flush=True)


def _verdict(fitted: Fitted, keep: str, best: tuple[int, ...] | None) -> str:
    answer = fitted.answer
    if answer is None or best is None:
        return "nothing fits" if answer is None and best is None else "WRONG: whether it fits"
    totals = fitted.network.totals()
    if any(getattr(totals, name) > most for name, most in fitted.budgets.items()):
        return "WRONG: above the budget"
    signs = [1 if level[0] == "+" else -1 for level in ORDERS[keep]]
    names = [level[1:] for level in ORDERS[keep]]

    def signed(figures: Iterable[int]) -> list[int]:
        return [sign * figure for sign, figure in zip(signs, figures, strict=True)]

    mine, bound = signed(map(answer.total, names)), signed([answer.bound[name] for name in names])
    if not mine <= signed(best) <= bound:
        return "WRONG"
    if mine == signed(best):
        return "equal, proved" if answer.proved else "equal, not proved"
    return "WRONG: proved" if answer.proved else "less, as the gap says"


def main() -> None:
    """Draws questions about each network in turn."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    names = sys.argv[3:] or [path.stem for path in sorted(Path(ROOT, "examples").glob("*.yaml"))]
    draw = random.Random(seed)  # noqa: S311 - the same questions each time
    seen: Counter[str] = Counter()
    networks = [convcalc.load(Path(ROOT, "examples", f"{name}.yaml")) for name in names]
    for at in range(number):
        network = networks[at % len(networks)]
        found = choice_set(network, network.audit(), Allowed())
        if found.places:
            compare(network, *drawn(draw, network), seen)
    for verdict, count in sorted(seen.items()):
        print(f"{count:6} {verdict}")


main()
