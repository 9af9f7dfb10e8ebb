"""A whole specification: the mapping that a network file holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from convcalc.errors import SpecError
from convcalc.facts.audit import DTYPE_BYTES
from convcalc.language.blocks import BlockReader, contain_themselves, require_distinct_names
from convcalc.language.building import Builder
from convcalc.language.cache import Cache
from convcalc.language.constants import wrong_constant
from convcalc.language.elsewhere import format_of
from convcalc.language.entry_names import EntryNames
from convcalc.language.expectations import ExpectationReader, written_shape
from convcalc.language.expression_messages import TIMES, sizes_message, unreadable
from convcalc.language.fitting import MOST_WORK, Attempt, Misfit, inputs_that_fit
from convcalc.language.frames import Frame, Names, Value
from convcalc.language.names import is_variable, wrong_name
from convcalc.language.plain import plain
from convcalc.language.problems import (
    Problems,
    SpecProblem,
    path_text,
    spelled,
    too_long,
    value_written,
)
from convcalc.language.resolving import Variables, resolved
from convcalc.language.row_counts import RowCounts
from convcalc.language.slips import unknown_key
from convcalc.language.step_reader import steps_of
from convcalc.language.steps import IN_CHANNELS, Scope
from convcalc.language.work import Work
from convcalc.layers import LONGEST_NAME, AnyLayer, Path
from convcalc.networks import Network
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.structure import Checked
from convcalc.suggestions import bounded
from convcalc.values import Shape, per_dimension, whole
from convcalc.wording import counted, did_you_mean

KEYS = (
    "name",
    "input",
    "batch",
    "dtype",
    "vars",
    "defaults",
    "blocks",
    "layers",
    "budget",
    "expect",
)

READ = 5
"""Steps that reading a layer is worth."""

Found = TypeVar("Found")


class Overrides(NamedTuple):
    """What the caller sets in place of the specification."""

    variables: Mapping[str, int | float] = {}
    size: Any = None
    """Spatial sizes: one for all dimensions, or one for each."""
    batch: int | None = None
    dtype: str | None = None


class Reading(NamedTuple):
    """A network, unless there are problems; warnings stop nothing."""

    network: Network | None
    problems: list[SpecProblem]
    warnings: list[SpecProblem]


def read_network(
    content: Any,
    name: str = "network",
    overrides: Overrides | None = None,
    cache: Cache | None = None,
) -> Reading:
    """The network that a mapping describes, or all that is wrong with it.

    A cache that is shared by several readings in turn makes them faster.

    Raises:
        SpecError: what the overrides set is not there.

    >>> reading = read_network({"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]})
    >>> reading.network.layers[0].operation
    Conv(3, 4, kernel_size=(3, 3))
    """
    with bounded():
        return _NetworkReader(name, overrides or Overrides(), cache).read(content)


def network(content: Any) -> Network:
    """The network that a mapping describes, in the language of network files.

    Raises:
        SpecError: something is wrong with it; the message tells all of it, a line each.

    >>> import convcalc
    >>> small = convcalc.network({"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]})
    >>> small.audit().totals.macs
    3888
    """
    found, problems, _ = read_network(plain(content))
    if found is None:
        lines = [f"{path_text(problem.path)}: {problem.message}" for problem in problems]
        raise SpecError("\n".join(lines))
    return found


class _NetworkReader:
    """Reads a specification once: every part gives what it can, and reports what is wrong."""

    def __init__(
        self,
        name: str,
        overrides: Overrides,
        cache: Cache | None = None,
        work: Work | None = None,
    ) -> None:
        self.name = name
        self.cache = cache
        self.overrides = overrides
        self.problems = Problems()
        self.work = work or Work()
        self.is_attempt = work is not None
        """Whether it is only read to see whether an input fits."""
        self.misfit: Misfit | None = None
        self.row_of: dict[str, str] = {}
        """The rows that names of `expect` stand for."""

    def read(self, content: Any) -> Reading:
        """The network, or what is wrong with the specification."""
        if not isinstance(content, dict):
            message = f"a network is a mapping with input and layers, not {_what(content)}"
            self.problems.add((), message)
            return Reading(None, self.problems.found, [])
        if other := format_of(content):
            expected = "convcalc reads network files, with input and layers"
            message = f"this looks like {other[1]}: {expected}"
            self.problems.add((other[0],), message, at_key=True)
            return Reading(None, self.problems.found, [])
        self._check_keys(content)
        variables = self._variables(content.get("vars"))
        self._check_dtype(content.get("dtype", "float32"))
        shape = self._input(content, variables)
        layers, output, warnings = self._layers(content, variables, shape)
        settings = {**self._settings(content, variables), "output": output}
        made = None
        if shape is not None and layers and not self.problems.found:
            made = Network(shape, Checked(layers), **settings)
        return Reading(made, self.problems.found, warnings)

    def _settings(self, content: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the network besides its input and its layers."""
        expectations = ExpectationReader(self.problems)
        settings: dict[str, Any] = {
            "name": self._part(("name",), content, self.name[:LONGEST_NAME], _name),
            "batch": self._batch(content, variables),
            "dtype": self.overrides.dtype or content.get("dtype", "float32"),
            "budget": expectations.budget(content.get("budget")),
            "expect": expectations.expected(content.get("expect")),
        }
        if "shapes" in settings["expect"]:
            shapes = settings["expect"]["shapes"].items()
            rows = {self.row_of.get(name, name): expected for name, expected in shapes}
            settings["expect"]["shapes"] = rows
        return settings

    def _check_keys(self, content: dict[str, Any]) -> None:
        meant = ""
        for key in content:
            if key not in KEYS and not str(key).startswith("x-"):
                message = unknown_key(content, key, KEYS)
                self.problems.add((key,), message, at_key=True)
                meant += message
        for key in ("input", "layers"):
            if key not in content and f"did you mean {key}?" not in meant:
                self.problems.add((), f"a network needs {key}", absent=True)

    def _check_dtype(self, written: Any) -> None:
        dtypes = tuple(DTYPE_BYTES)
        fact = f"{{dtype}} is not one of {', '.join(dtypes)}"
        if self.overrides.dtype is not None and self.overrides.dtype not in dtypes:
            raise SpecError(fact, dtype=self.overrides.dtype)
        if written not in dtypes:
            self.problems.add(("dtype",), spelled(SpecError(fact, dtype=written)))

    def _part(
        self, path: Path, content: Mapping[str, Any], default: Found, read: Callable[[Any], Found]
    ) -> Found:
        """A part of the mapping, read; the default where there is none, or a wrong one."""
        if path[-1] not in content:
            return default
        try:
            return read(content[str(path[-1])])
        except SpecError as error:
            self.problems.add(path, spelled(error))
            return default

    def _variables(self, written: Any) -> dict[str, Any]:
        variables = self.problems.mapping(("vars",), written)
        for name, value in variables.items():
            wrong = wrong_name(name, is_variable(name), "a variable")
            if wrong:
                self.problems.add(("vars", name), wrong, at_key=True)
            elif type(value) is not int and not (type(value) is float and isfinite(value)):
                self.problems.add(("vars", name), f"{name}={value_written(value)} is not a number")
        for name in self.overrides.variables:
            if name not in variables:
                hint = did_you_mean(name, variables)
                raise SpecError(f"unknown variable {name}{hint}")
        return {**variables, **self.overrides.variables}

    def _batch(self, content: Mapping[str, Any], variables: dict[str, Any]) -> int:
        def read(value: Any) -> int:
            return whole("batch", resolved(value, ParameterKind.WHOLE, variables))

        written = self._part(("batch",), content, 1, read)
        return written if self.overrides.batch is None else whole("batch", self.overrides.batch)

    def _input(self, content: Mapping[str, Any], variables: dict[str, Any]) -> Shape | None:
        def read(value: Any) -> Shape:
            if isinstance(value, str) and TIMES.fullmatch(value):
                raise SpecError(sizes_message(value))
            return written_shape("input", resolved(value, ParameterKind.NUMBERS, variables))

        shape = self._part(("input",), content, None, read)
        size = self.overrides.size
        if shape is None or size is None:
            return shape
        dims = len(shape) - 1
        sizes = (size,) * max(dims, 1) if isinstance(size, int) else tuple(size)
        if len(sizes) != len(shape) - 1:
            fact = f"{{size}} is not for an input of {counted(len(shape) - 1, 'spatial size')}"
            raise SpecError(fact, size=size)
        return (shape[0], *per_dimension("size", size, len(sizes)))

    def _layers(
        self, content: Mapping[str, Any], variables: dict[str, Any], shape: Shape | None
    ) -> tuple[list[AnyLayer], str | None, list[SpecProblem]]:
        """The rows, the one whose output is the network's, and warnings of unused names."""
        defaults = self._defaults(content.get("defaults"))
        written = content.get("blocks")
        entries = EntryNames(content)
        blocks = BlockReader(variables, defaults, self.problems, entries).blocks(written)
        # With defaults of its own, a layer means something else than in other files.
        cache = (self.cache if not defaults else None) or Cache()
        names = Variables({IN_CHANNELS: None}, variables)
        scope = Scope(names, written if isinstance(written, dict) else {}, defaults, cache.steps)
        steps = steps_of(content.get("layers", []), ("layers",), scope, self.problems)
        require_distinct_names(steps, self.problems)
        if contain_themselves(blocks, self.problems) or shape is None:
            return [], None, []
        counts = RowCounts(blocks, variables, entries)
        builder = Builder(
            blocks, variables, defaults, self.problems, cache.operations, self.work, counts
        )
        start = Value("input", shape)
        top = Frame("", Variables({}, variables), start, Names(steps))
        last = builder.run(steps, start, top)
        self.misfit = builder.misfit
        if builder.misfit and not self.is_attempt:
            layers = [steps, *[block.steps for block in blocks.values()]]
            self._suggest_inputs(content, shape, builder.misfit_path, READ * sum(map(len, layers)))
        self._check_expected_names(content.get("expect"), builder, top)
        if not builder.layers and not self.problems.found:
            self.problems.add(("layers",), "a network needs a layer", absent=True)
        output = last.name if last else None
        return builder.layers, output, _unread(builder, output)

    def _suggest_inputs(
        self, content: Mapping[str, Any], shape: Shape, path: Path, reading: int
    ) -> None:
        """Adds the nearest inputs that fit to the message of a merge that does not."""
        found = self.problems.found
        if len(found) != 1 or reading > MOST_WORK:
            return  # other mistakes would be there for every input

        def attempt(tried: Shape, most_steps: int) -> Attempt:
            work = Work(most_steps)
            overrides = self.overrides._replace(size=tried[1:])
            reader = _NetworkReader(self.name, overrides, self.cache, work)
            made = reader.read(content).network
            return Attempt(made, reader.misfit, work.steps)

        shown = [str([*each]) for each in inputs_that_fit(shape, path, reading, attempt)]
        if shown:
            message = f"{found[0].message}; inputs that fit: {' and '.join(shown)}"
            found[0] = found[0]._replace(message=message)

    def _check_expected_names(self, expect: Any, builder: Builder, top: Frame) -> None:
        shapes = expect.get("shapes") if isinstance(expect, dict) else None
        names = {*builder.names, *top.values}
        for name in shapes if isinstance(shapes, dict) and not self.problems.found else ():
            if self.problems.full:
                break
            if name not in names:
                message = f"unknown layer {name}{did_you_mean(name, names)}"
                self.problems.add(("expect", "shapes", name), message, at_key=True, absent=True)
            else:
                value = top.values.get(name)
                self.row_of[name] = builder.last_row_of(value.name if value else name)

    def _defaults(self, written: Any) -> dict[str, dict[str, Any]]:
        defaults: dict[str, dict[str, Any]] = {}
        for name, values in self.problems.mapping(("defaults",), written).items():
            path = ("defaults", name)
            declaration = DECLARATIONS.get(name)
            if declaration is None:
                hint = did_you_mean(name, DECLARATIONS)
                self.problems.add(path, f"unknown operation {name}{hint}", at_key=True)
                continue
            given = self.problems.mapping(path, values)
            valid = [key for key in declaration.kinds if key != "operands"]
            for key, value in given.items():
                if key not in valid:
                    message = unknown_key(given, key, valid)
                    self.problems.add((*path, key), message, at_key=True)
                elif wrong := _wrong_default(declaration, key, value):
                    self.problems.add((*path, key), wrong)
            defaults[name] = {key: value for key, value in given.items() if key in valid}
        return defaults


def _wrong_default(declaration: Declaration, name: str, value: Any) -> str | None:
    return unreadable(value, declaration.kinds[name]) or wrong_constant(declaration, name, value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SpecError("{name} is not text", name=value)
    if len(value) > LONGEST_NAME:
        raise SpecError(too_long(value))
    return value


def _what(content: Any) -> str:
    if content is None:
        return "nothing"
    return "a list" if isinstance(content, list) else value_written(content)


def _unread(builder: Builder, output: str | None) -> list[SpecProblem]:
    """A warning for each named layer whose value no round of it is ever read."""
    read = {*builder.read, output}
    used = {path for row, path, _ in builder.named if row in read}
    unread: dict[Path, str] = {}
    rows: set[str] = set()
    for row, path, name in builder.named:  # a block's last layer and the block are one row
        if path not in used and row not in rows:
            unread[path] = name
            rows.add(row)
    return [
        SpecProblem((*path, "name"), f"the output of {name} is never used")
        for path, name in unread.items()
    ]
