"""The best designs of a network within budgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convcalc.display import displayed
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, Totals
from convcalc.fitting.budgets import INPUT, PEAK, Measure, budgets_of, own_budget
from convcalc.fitting.choices import Allowed, Choice, Place, Stuck, choice_set
from convcalc.fitting.question import Question
from convcalc.fitting.solver import KEEP, Answer
from convcalc.layers import rewired
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.wording import counted

FRONT = 10
"""Budgets that are answered besides the one that was asked."""
FRONT_WORK = 3_000
LEAST_STATES, MOST_STATES = 8, 256
"""States times layers of these, and states: with many layers fewer, for there are ten questions."""


@displayed
class Fitted(NamedTuple):
    """A network within budgets, and what is proved of it; `print` shows both as tables.

    >>> import convcalc
    >>> layers = [{"conv": 16, "kernel_size": 3}, {"conv": 16, "kernel_size": 3}]
    >>> net = convcalc.network({"input": [16, 20, 20], "layers": layers})
    >>> fitted = fit(net, max_macs="60%")
    >>> fitted
    <Fitted network: 1 convolution changed, 2,912 params, 776,448 MACs>
    >>> [(place.names, choice.name) for place, choice in fitted.changed]
    [(('conv_1',), 'grouped/4')]
    >>> fitted.fits, fitted.least, fitted.stuck("macs")
    (True, {'macs': 166720}, [])
    >>> [round(each.totals.macs / net.totals().macs, 2) for each in fitted.front()][:3]
    [0.12, 0.21, 0.32]
    """

    budgets: Mapping[str, int]
    answer: Answer | None
    """None where nothing fits."""
    network: Network
    """The network in the designs that were found; as written where nothing fits."""
    totals: Totals
    question: Question

    def __repr__(self) -> str:
        changed = "nothing fits"
        if self.answer is not None:
            changed = f"{counted(self.answer.changed, 'convolution')} changed"
        return f"<Fitted network: {changed}, {self.totals.counts_text}>"

    @property
    def fits(self) -> bool:
        """Whether a design fits."""
        return self.answer is not None

    @property
    def changed(self) -> list[tuple[Place, Choice]]:
        """The convolutions that are not as written, and what they become."""
        if self.answer is None:
            return []
        pairs = zip(self.question.found.places, self.answer.choices, strict=True)
        return [(place, choice) for place, choice in pairs if not choice.is_written]

    @property
    def least(self) -> dict[str, int]:
        """The least that each total of the budgets can be."""
        return {key: self.question.least(key) for key in self.budgets}

    @property
    def above(self) -> list[str]:
        """The totals whose least is above the budget.

        >>> import convcalc
        >>> layers = [{"conv": 16, "kernel_size": 3}]
        >>> net = convcalc.network({"input": [16, 20, 20], "layers": layers})
        >>> fit(net, max_macs=100, max_params="90%").above
        ['macs']
        """
        return [key for key, most in self.budgets.items() if self.question.least(key) > most]

    def stuck(self, key: str) -> list[tuple[Stuck, int]]:
        """The rows that nothing changes and what they add to a total, the most first."""
        if key == INPUT:
            return []
        measure = Measure.of(key, self.question.network)
        found = [(row, measure.amount(row)) for row in (*self.question.found.stuck, *self._fixed())]
        if key == PEAK:
            found = [(row, amount) for row, amount in found if amount > self.budgets[PEAK]]
        return sorted([each for each in found if each[1]], key=lambda each: -each[1])

    def _fixed(self) -> Iterator[Stuck]:
        """The convolutions without another choice."""
        for place in self.question.found.places:
            if len(place.choices) == 1:
                (only,) = place.choices
                figures = only.params, only.macs, only.activation, only.peak
                yield Stuck(place.names[0], "no design of it is cheaper", *figures)

    @property
    def front_key(self) -> str | None:
        """The total whose budget the front varies: the first that is a sum.

        >>> import convcalc
        >>> layers = [{"conv": 16, "kernel_size": 3}]
        >>> net = convcalc.network({"input": [16, 20, 20], "layers": layers})
        >>> fit(net, max_peak_activation="90%", max_flops="50%").front_key
        'flops'
        """
        return next((each for each in self.budgets if each not in (PEAK, INPUT)), None)

    def front(self) -> Iterator[Fitted]:
        """The same question with other budgets of one total, from the least to as written."""
        key = self.front_key
        if key is None:
            return
        places = len(self.question.found.places)
        states = max(LEAST_STATES, min(MOST_STATES, FRONT_WORK // max(places, 1)))
        least, most = self.question.least(key), getattr(self.question.facts.totals, key)
        for budget in sorted({least + (most - least) * at // (FRONT - 1) for at in range(FRONT)}):
            yield _fitted(self.question, {**self.budgets, key: budget}, states)


def fit(
    network: Network,
    *,
    keep: str = "layers",
    allowed: Allowed | None = None,
    exact: bool = False,
    **budgets: object,
) -> Fitted:
    """The best designs of a network within budgets, proved by branch and bound.

    Every convolution that is not depthwise stays as it is, or becomes grouped, depthwise separable,
    a bottleneck or two spatial halves, with the same input and output shapes. Nothing is said about
    accuracy.

    Args:
        network: the network as written.
        keep: what is best: `layers`, the fewest changed; `params`, the most parameters; `share`,
            the most of the parameters of each layer.
        allowed: which designs are tried, and on which layers.
        exact: whether to search until the answer is proved, however long it takes.
        budgets: `max_macs="50%"`, `max_params=2_000_000`, `max_peak_activation="256KiB"` and so on;
            without any, the network's own.

    Raises:
        SpecError: a budget is not valid, or none is given.

    >>> import convcalc
    >>> layers = [{"conv": 16, "kernel_size": 3}, {"conv": 16, "kernel_size": 3}]
    >>> net = convcalc.network({"input": [16, 20, 20], "layers": layers})
    >>> fitted = convcalc.fit(net, max_macs="60%")
    >>> fitted.fits, fitted.totals.macs <= 0.6 * net.totals().macs, fitted.answer.changed
    (True, True, 1)
    """
    if keep not in KEEP:
        raise SpecError(f"{{keep}} is not one of {', '.join(KEEP)}", keep=keep)
    facts = network.audit()
    given = {_total(name): value for name, value in budgets.items() if value is not None}
    amounts = budgets_of(given or own_budget(network), facts)
    if not amounts:
        raise SpecError("no budget is given, and the network has none of its own")
    found = choice_set(network, facts, allowed or Allowed())
    question = Question(network, facts, found, keep, {})
    return _fitted(question, amounts, None if exact else -1)


def _total(name: str) -> str:
    if not name.startswith("max_"):
        known = ", ".join([f"max_{each.name}" for each in TOTALS.values()])
        raise SpecError(f"unknown budget {name}: budgets are {known}")
    return name.removeprefix("max_")


def _fitted(question: Question, budgets: Mapping[str, int], most_states: int | None) -> Fitted:
    answer = question.answer(budgets, most_states)
    if answer is None:
        return Fitted(budgets, None, question.network, question.facts.totals, question)
    network = rebuilt(question.network, question.found.places, answer.choices)
    return Fitted(budgets, answer, network, network.totals(question.counts), question)


def rebuilt(network: Network, places: Sequence[Place], choices: Sequence[Choice]) -> Network:
    """The network with its convolutions as chosen; who read one of them reads its last part."""
    rows = network.rows
    new = [[row] for row in rows]
    for place, choice in zip(places, choices, strict=True):
        if not choice.is_written:
            for at, layers in zip(place.positions, choice.layers, strict=True):
                new[at] = list(layers)
    last = {row.name: parts[-1].name for row, parts in zip(rows, new, strict=True)}
    outputs = {title: last.get(name, name) for title, name in network.output_rows.items()}
    return network.replace(layers=list(rewired(rows, new)), outputs=outputs, expect={})
