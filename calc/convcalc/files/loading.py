"""Networks from files: errors of the file and of the network, each with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from convcalc.checks.findings import Rule
from convcalc.checks.rules import NO_EFFECT
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS
from convcalc.files.documents import Document
from convcalc.files.places import AnyPlace, SourceFault, order, within
from convcalc.files.readers import Reader, SourceFile, reader_of
from convcalc.language.cache import Cache
from convcalc.language.document import Overrides, read_network
from convcalc.language.inputs import named_shapes
from convcalc.language.problems import SpecProblem
from convcalc.layers import Path
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.values import Shape

FIELDS = ("size", "batch", "dtype", "inputs")
"""Overrides besides variables that a reader may take."""
NOT_VARIABLES = (*FIELDS, "*")
SCALE = "scale"
"""The setting that the name of a file may give: see `convcalc.files.addresses`."""
BRACED = re.compile(r"\$\{(\w+)\}", re.ASCII)


class FileProblem(NamedTuple):
    """Something to report about a file, at a place of it."""

    message: str
    place: AnyPlace | None
    used_at: AnyPlace | None = None
    """The call of the block that contains the layer at fault."""
    rule: Rule | None = None
    """The rule that is broken, of what `check` finds."""

    @property
    def text(self) -> str:
        """The message, and the place that led to it."""
        return f"{self.message} (used at {self.used_at.title})" if self.used_at else self.message


class Loaded(NamedTuple):
    """A network from a file, or the reasons why there is none."""

    document: Document
    network: Network | None
    problems: list[FileProblem]
    warnings: list[FileProblem]
    """What is probably a mistake, each with the rule that it breaks."""
    notes: list[FileProblem]
    """What the reader reports besides: assumptions, and parts that have no equivalent."""


class ReadFile(NamedTuple):
    """A file that was read, with the overrides that its reader does not take itself."""

    file: SourceFile
    reader: Reader
    document: Document
    settings: Mapping[str, Any]
    overrides: Overrides

    def with_overrides(self, overrides: Overrides) -> ReadFile:
        """The same with other overrides; the file is read again if its reader takes any of them.

        Raises:
            OSError: the file cannot be read.
            SpecError: a setting has an impossible value.
        """
        settings, others = _divided(_at_scale(overrides, self.file, self.reader), self.reader)
        if settings == self.settings:
            return self._replace(overrides=others)
        return read_file(self.file, overrides)

    @property
    def as_written(self) -> bool:
        """Whether nothing in it is overridden."""
        return not self.settings and self.overrides == Overrides()

    @property
    def variables(self) -> list[str]:
        """Names that can be set: settings of the reader, and variables of the network."""
        content = self.document.content
        written = content.get("vars") if isinstance(content, Mapping) else None
        own = written if isinstance(written, Mapping) else {}
        settings = [name for name in self.reader.settings if name not in NOT_VARIABLES]
        return [*settings, *[name for name in own if isinstance(name, str)]]


def read_file(file: SourceFile, overrides: Overrides | None = None) -> ReadFile:
    """A file as its reader gives it.

    Raises:
        OSError: the file cannot be read.
        SpecError: a setting of the reader has an impossible value.

    >>> read_file(SourceFile.of(b"vars: {width: 8}", "net.yaml")).variables
    ['width']
    """
    with file.open() as stream:
        reader = file.reader or reader_of(file.path, stream)
        settings, others = _divided(_at_scale(overrides or Overrides(), file, reader), reader)
        document = reader.read(stream, file.path, settings)
    return ReadFile(file, reader, document, settings, others)


def load_text(data: bytes, name: str, overrides: Overrides | None = None) -> Loaded:
    """The network in a file's bytes, or all errors in them, in file order.

    Raises:
        SpecError: an override names something that the file does not have.

    >>> text = b"input: [3, 8, 8]\\nlayers: [{conv: 4, kernel: 3}]"
    >>> load_text(text, "small").problems[0].message
    'unknown key kernel; did you mean kernel_size?'
    """
    read = read_file(SourceFile.of(data, name), overrides)
    return load_document(read.document, name, read.overrides)


def load_document(
    document: Document,
    name: str,
    overrides: Overrides | None = None,
    cache: Cache | None = None,
) -> Loaded:
    """The network of a document, or all errors in it, in file order.

    Raises:
        SpecError: an override names something that the document does not have.

    >>> from convcalc.files.yaml_reader import read_text
    >>> document = read_text(b"input: [3, 8, 8]\\nlayers: [relu]")
    >>> load_document(document, "small").network.name
    'small'
    """
    faults = [FileProblem(_with_fix(fault, document), fault.place) for fault in document.problems]
    if document.fatal:
        return Loaded(document, None, faults, *_divided_notes(document.notes))
    reading = read_network(document.content, name, overrides, cache)
    problems = [problem for problem in reading.problems if not (faults and problem.absent)]
    wrong = {fault.place for fault in faults}
    found = [each for each in _located(document, problems) if each.place not in wrong]
    all_problems = sorted([*faults, *found], key=_order)
    network = None if all_problems else reading.network
    remarks = document.remarks(network) if network is not None else ()
    warnings, notes = _divided_notes([*document.notes, *remarks])
    warnings += _without_effect(document, reading.warnings)
    return Loaded(document, network, all_problems, sorted(warnings, key=_order), notes)


def load(
    path: str | FilePath,
    *,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - as network files have it
    size: Any = None,
    inputs: Mapping[str, Shape] | Sequence[tuple[str, Shape]] = (),
    batch: int | None = None,
    dtype: str | None = None,
) -> Network:
    """The network that a file describes, of any format that convcalc reads.

    Args:
        path: the file, or a PyTorch target such as `package.module:name`.
        vars: numbers for variables of the file, or settings of its format such as `scale`.
        size: the spatial sizes of the input: one, or one for each dimension; or such by input.
        inputs: whole shapes by input, channels first; `""` stands for the first one.
        batch: inputs that are processed together.
        dtype: the format of every number, for the memory figures.

    Raises:
        SpecError: the file has errors; the message has a line for each.
        OSError: the file cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = FilePath(folder, "small.yaml")
    ...     _ = file.write_text("input: [3, 8, 8]\\nlayers: [{conv: 4, kernel_size: 3}]")
    ...     load(file).audit().totals.macs, load(file, size=16, batch=2).audit().totals.macs
    (3888, 42336)
    """
    file = FilePath(path)
    overrides = Overrides(vars or {}, size, batch, dtype, inputs or {})
    read = read_file(SourceFile.named(str(file)), overrides)
    name = str(file).rpartition(":")[2] if read.file.is_target else file.stem
    loaded = load_document(read.document, name, read.overrides)
    if loaded.network is None:
        lines = [f"{within(str(file), each.place)}: {each.text}" for each in loaded.problems]
        raise SpecError("\n".join(lines))
    return loaded.network


def finding_places(document: Document, paths: Collection[Path]) -> dict[Path, AnyPlace]:
    """The places that findings of checks are about, by their paths; all are looked up at once.

    Of a budget or an expected figure it is the key.

    >>> from convcalc.files.yaml_reader import read_text
    >>> document = read_text(b"budget: {peak_activation: 1KiB}")
    >>> path = ("budget", "peak_activation_bytes")
    >>> finding_places(document, [path])[path].column
    10
    """
    wanted = {
        path: (written_path(path, document.content), _is_total(path)) for path in paths if path
    }
    places = document.places({*wanted.values()}) if wanted else {}
    return {path: places[each] for path, each in wanted.items() if each in places}


def _is_total(path: Path) -> bool:
    return path[:1] in (("budget",), ("expect",))


def written_path(path: Path, content: Mapping[str, Any]) -> Path:
    """The path with a total's name as the file has it, with or without `_bytes`."""
    if not _is_total(path):
        return path
    part, total, *rest = path
    written = total if total in content[str(part)] else TOTALS[str(total)].name
    return (part, written, *rest)


def _at_scale(overrides: Overrides, file: SourceFile, reader: Reader) -> Overrides:
    """The overrides with the scale that the name of a file stands for, if none is set."""
    if not file.scale:
        return overrides
    if SCALE not in reader.settings:
        raise SpecError(f"{file.path} is a {reader.noun}, which has no scales")
    if SCALE in overrides.variables:
        if file.name == f"{file.path}@{file.scale}":
            raise SpecError(f"{file.name} has a scale already; leave out {SCALE}")
        return overrides
    return overrides._replace(variables={**overrides.variables, SCALE: file.scale})


def _divided(overrides: Overrides, reader: Reader) -> tuple[dict[str, Any], Overrides]:
    """The overrides that a reader takes as settings, and the others."""
    if not reader.settings:
        return {}, overrides
    fields = overrides._asdict() | {"inputs": [*named_shapes(overrides.inputs)]}
    given = {name: fields[name] for name in FIELDS if fields[name] not in (None, [])}
    given |= overrides.variables
    names = [*reader.settings, *(overrides.variables if "*" in reader.settings else ())]
    settings = {name: given[name] for name in names if name in given}
    variables = {name: value for name, value in overrides.variables.items() if name not in settings}
    taken = {name: Overrides._field_defaults[name] for name in FIELDS if name in settings}
    return settings, overrides._replace(**{**taken, "variables": variables})


def _with_fix(fault: SourceFault[AnyPlace], document: Document) -> str:
    """The message of a fault of the text, and what was probably meant."""
    line = document.line(fault.place.line) if fault.place and fault.place.line else ""
    braced = BRACED.search(line)
    return f"{fault.message}; write ${braced[1]} for {braced[0]}" if braced else fault.message


def _divided_notes(
    notes: Iterable[SourceFault[AnyPlace]],
) -> tuple[list[FileProblem], list[FileProblem]]:
    """What a reader reports: what breaks a rule, and the rest."""
    found = [FileProblem(note.message, note.place, rule=note.rule) for note in notes]
    return [each for each in found if each.rule], [each for each in found if not each.rule]


def _without_effect(document: Document, unread: Iterable[SpecProblem]) -> Iterator[FileProblem]:
    """Layers that nothing reads, with the names that the file has for them."""
    names = document.source_names
    own = [
        each._replace(message=f"the output of {names[path]} is never used")
        if (path := each.path[:-1]) in names
        else each
        for each in unread
    ]
    for found in _located(document, own):
        yield found._replace(rule=NO_EFFECT)


def _located(document: Document, problems: Iterable[SpecProblem]) -> list[FileProblem]:
    problems = list(problems)
    wanted = {(problem.path, problem.at_key) for problem in problems}
    wanted |= {(problem.used_by, False) for problem in problems if problem.used_by is not None}
    places = document.places(wanted) if wanted else {}
    return [
        _at(
            problem.message,
            places.get((problem.path, problem.at_key)),
            None if problem.used_by is None else places.get((problem.used_by, False)),
        )
        for problem in problems
    ]


def _at(message: str, place: AnyPlace | None, used_at: AnyPlace | None) -> FileProblem:
    """A problem at its place; in a block that the file does not have, where that is used."""
    return FileProblem(message, place, used_at) if place else FileProblem(message, used_at)


def _order(problem: FileProblem) -> tuple[int, int]:
    return order(problem.place)
