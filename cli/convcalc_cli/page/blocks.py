"""A report as a page: what is said, in which order; not yet how it looks.

A command makes one page of its report; the formats for people draw any page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from convcalc.records import NamedTuple
from convcalc_cli.ticks import Unit

if TYPE_CHECKING:  # only a page that explains has them
    from convcalc.facts.connectivity import ChannelGrid
    from convcalc.facts.explanation import Derivation


class Heading(NamedTuple):
    """A line above what belongs together, from level 1 down; the first is code, to be copied."""

    text: str
    level: int = 2


class Tone(Enum):
    """How something is said."""

    PLAIN = "dim"
    GOOD = "bold green"
    WARNING = "bold yellow"
    BAD = "bold red"


class Paragraph(NamedTuple):
    """Prose; or, in another tone, a verdict."""

    text: str
    tone: Tone = Tone.PLAIN
    on_stderr: bool = False
    """Whether the command writes it to stderr too: a terminal shows that already."""


class Word(NamedTuple):
    """Text in a tone: a status, a verdict."""

    text: str
    tone: Tone


class Fact(NamedTuple):
    """One thing known, a remark on it, and whether it is as it should be."""

    name: str
    value: str
    remark: str = ""
    verdict: Word | None = None


class Facts(NamedTuple):
    """Things known, a line each."""

    facts: Sequence[Fact]


class Share(NamedTuple):
    """A part of a whole, shown in percent and as a bar."""

    part: int
    whole: int


class Parts(NamedTuple):
    """Texts that together make up one thing."""

    parts: Sequence[str]


class Multiple(NamedTuple):
    """How many times something else it is, shown with a bar."""

    part: float
    whole: float


class Figure(NamedTuple):
    """A number that is written in its own way, and its value where rows can be sorted by it."""

    text: str
    value: float | None = None
    tone: Tone | None = None
    """What it is said in, if it stands out."""


UNKNOWN = Figure("?")
NOT_KNOWN = f"{UNKNOWN.text}: not known, so that totals are lower bounds"
"""What is to be said below a table that has unknown figures."""


INDENT = "  "
"""What a node of a tree stands further in than the one it is below."""


class Branch(NamedTuple):
    """The name of a node of a tree, which is a row of a table: below how many others it stands."""

    label: str
    level: int
    is_block: bool
    """Whether other nodes stand below it, shown or not."""

    @property
    def text(self) -> str:
        """The name, moved in."""
        return f"{INDENT * self.level}{self.label}"


class Checks(NamedTuple):
    """What was checked, each by its name as it turned out."""

    passed: Mapping[str, bool]


Cell: TypeAlias = str | int | Parts | Share | Multiple | Figure | Word | Branch | Checks | None
"""Text, a count, parts, a share, a measured number, a status, a node's name, checks, or nothing to
count."""


class Row(NamedTuple):
    """A table's row; the marked one is what was asked for."""

    cells: Sequence[Cell]
    marked: bool = False


class Table(NamedTuple):
    """Rows under titles, what the marked ones are, and what else is to be said."""

    titles: Sequence[str]
    rows: Sequence[Row]
    mark: str = ""
    notes: Sequence[str] = ()


class Place(NamedTuple):
    """Where a row is: what leads to it, and the rows it reads, if it is not a block of rows."""

    anchor: str
    above: str = ""
    """What is before its name where it stands alone, as in `stage2.0.`."""
    number: int | None = None
    """Which one it is of the rows as they run; None for a block."""
    reads: Sequence[int] = ()
    """The numbers of the rows it reads; inputs of the network are -1, -2, ..."""


class LongTable(NamedTuple):
    """Any number of rows, a line each; for lack of room the optional columns are left out.

    A column of shares that is among them loses its bars first, and goes where it is named again.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    optional: Sequence[str] = ()
    notes: Sequence[str] = ()
    room: int = 24
    """Characters of the first column that are shown before an optional one is left out."""
    below: str = ""
    """The column that is never left out: for lack of room it gets lines of its own."""
    extra: Sequence[str] = ()
    """The columns that are left out before a name is cut, the first one first."""
    legends: Mapping[str, str] = {}
    """What is to be said of marks in a column, where that is shown; by its title."""
    advice: str = ""
    """How to see the columns that are left out; without it nothing is said of them."""
    key: str = ""
    """Its name on a page, for those who refer to it."""
    places: Sequence[Place] = ()
    """The place of each row, if others refer to rows."""

    @property
    def said(self) -> list[str]:
        """All that is to be said where every column is shown."""
        return [*self.legends.values(), *self.notes]


class GrowingTable(NamedTuple):
    """Rows that take time to find: on a screen each is drawn as soon as it is there."""

    titles: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widest: Sequence[Cell]
    """Cells as wide as any that come, so that columns are known at once."""
    optional: Sequence[str] = ()
    notes: Sequence[str] = ()

    def with_rows(self, rows: Sequence[Sequence[Cell]]) -> LongTable:
        """The table with rows that are there."""
        return LongTable(self.titles, rows, self.optional, self.notes)

    def whole(self) -> LongTable:
        """The table with all its rows."""
        return self.with_rows(list(self.rows))


class Found(NamedTuple):
    """Something that was found: where, its code, what is to be said, and lines to look at."""

    place: str
    code: str
    message: str
    shown: Sequence[str] = ()
    tone: Tone = Tone.BAD


class Finds(NamedTuple):
    """Things that were found, one after the other."""

    found: Sequence[Found]


class Folded(NamedTuple):
    """More of the same, for those who want to see all of it."""

    title: str
    table: LongTable
    instead: str = ""
    """What a terminal says in place of the table, which it cannot fold."""


class Details(NamedTuple):
    """A part of a page, folded under a title where a format can fold."""

    title: str
    blocks: Sequence[Block]
    short: Sequence[Block]
    """What a terminal shows in place of it, which it cannot fold."""


class Derivations(NamedTuple):
    """Where the numbers of one thing, written as code, come from."""

    title: str
    derivations: Sequence[Derivation]


class Picture(NamedTuple):
    """Which input channel feeds which output channel."""

    title: str
    grid: ChannelGrid
    caption: Sequence[str]


class Pictures(NamedTuple):
    """Grids to be seen side by side."""

    pictures: Sequence[Picture]


class Series(NamedTuple):
    """Amounts of one kind, one for each bar of a chart."""

    name: str
    amounts: Sequence[float]
    unit: Unit = Unit.COUNT
    most: float | None = None
    """Where its scale ends, if that is further than its largest amount."""
    is_running: bool = False
    """Whether it is one amount that changes, so that nothing is between its bars."""


class Chart(NamedTuple):
    """Bars with names, side by side: for each series a row of them on a scale of its own."""

    title: str
    names: Sequence[str]
    series: Sequence[Series]
    caption: str
    along: str
    """What the bars are, below them."""
    anchors: Sequence[str] = ()
    """The row of a table that each bar leads to."""
    numbers: Sequence[str] = ()
    """What is written below the bars instead of their numbers from 0 on."""


class Spot(NamedTuple):
    """A point of a scatter chart; its facts are said where it is pointed at."""

    name: str
    x: float
    y: float
    facts: str
    anchor: str = ""


class Axis(NamedTuple):
    """What an axis counts."""

    name: str
    unit: Unit = Unit.COUNT


class Scatter(NamedTuple):
    """Points with names over two axes."""

    title: str
    x: Axis
    y: Axis
    spots: Sequence[Spot]


class Graph(NamedTuple):
    """The rows of the table of this name as nodes of a graph, as their places say."""

    title: str
    table: str
    inputs: Sequence[str]
    """The names of the network's inputs, with their shapes."""


Block: TypeAlias = (
    Heading
    | Paragraph
    | Facts
    | Table
    | LongTable
    | Finds
    | Folded
    | Details
    | Derivations
    | Pictures
)
FullBlock: TypeAlias = Block | Chart | Scatter | Graph


class ByRoom(NamedTuple):
    """What is said where room is scarce, as in text, and what is said where there is any amount.

    Only what is drawn is made.
    """

    narrow: Callable[[], Sequence[Block]] = list
    full: Callable[[], Sequence[FullBlock]] = list


Page: TypeAlias = Sequence[Block | GrowingTable | ByRoom]


def growing_pages(pages: Iterable[Page]) -> Iterator[list[Block | GrowingTable]]:
    """The blocks of each page where room is scarce, without pages that have none."""
    for page in pages:
        blocks: list[Block | GrowingTable] = []
        for block in page:
            blocks += block.narrow() if isinstance(block, ByRoom) else [block]
        if blocks:
            yield blocks


def narrow_pages(pages: Iterable[Page]) -> Iterator[list[Block]]:
    """The same with all rows of their tables."""
    for blocks in growing_pages(pages):
        yield [each.whole() if isinstance(each, GrowingTable) else each for each in blocks]


def full_blocks(pages: Iterable[Page]) -> Iterator[FullBlock]:
    """The blocks of all pages where there is any amount of room."""
    for page in pages:
        for block in page:
            if isinstance(block, ByRoom):
                yield from block.full()
            else:
                yield block.whole() if isinstance(block, GrowingTable) else block
