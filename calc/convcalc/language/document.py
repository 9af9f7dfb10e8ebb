"""A whole specification: the mapping that a network file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

from convcalc.errors import SpecError
from convcalc.facts.audit import DTYPE_BYTES
from convcalc.language.blocks import BlockReader, contain_themselves, require_distinct_names
from convcalc.language.building import Builder
from convcalc.language.cache import Cache
from convcalc.language.constants import wrong_constant
from convcalc.language.elsewhere import format_of
from convcalc.language.entry_names import EntryNames
from convcalc.language.expectations import ExpectationReader
from convcalc.language.expression_messages import unreadable
from convcalc.language.fitting import MOST_WORK, Attempt, Misfit, inputs_that_fit
from convcalc.language.frames import Frame, Names, Value
from convcalc.language.inputs import read_inputs, with_shapes, with_sizes
from convcalc.language.names import is_variable, wrong_name
from convcalc.language.outputs import read_outputs
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
from convcalc.language.styles import STYLE, default_styles, wrong_style
from convcalc.language.work import Work
from convcalc.layers import LONGEST_NAME, AnyLayer, Inputs, Path
from convcalc.networks import Network
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.opaque import Opaque
from convcalc.operations.registry import DECLARATIONS
from convcalc.records import NamedTuple
from convcalc.structure import NOTHING_RUNS, Checked
from convcalc.suggestions import bounded
from convcalc.values import Shape, whole
from convcalc.wording import did_you_mean

KEYS = (
    "name",
    "input",
    "batch",
    "dtype",
    "vars",
    "defaults",
    "blocks",
    "layers",
    "outputs",
    "budget",
    "expect",
)

READ = 5
"""Steps that reading a layer is worth."""

Found = TypeVar("Found")


class Overrides(NamedTuple):
    """What the caller sets in place of the specification."""

    variables: Mapping[str, Any] = {}
    """Numbers for variables; a file's reader may take settings of other types."""
    size: Any = None
    """Spatial sizes: one for all dimensions, or one for each; or such sizes by input."""
    batch: int | None = None
    dtype: str | None = None
    inputs: Mapping[str, Shape] | Sequence[tuple[str, Shape]] = {}
    """Whole shapes of inputs by name, or names and shapes; an empty name stands for the first.
    Only a file's reader takes several without a name."""


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
    *,
    is_attempt: bool = False,
) -> Reading:
    """The network that a mapping describes, or all that is wrong with it.

    A cache that is shared by several readings in turn makes them faster; so does an attempt, which
    looks for no other inputs where those that are given do not fit.

    Raises:
        SpecError: what the overrides set is not there.

    >>> reading = read_network({"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]})
    >>> reading.network.layers[0].operation
    Conv(3, 4, kernel_size=(3, 3))
    """
    with bounded():
        work = Work() if is_attempt else None
        return _NetworkReader(name, overrides or Overrides(), cache, work).read(content)


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
            key, message = other
            self.problems.add((key,), message, at_key=True)
            return Reading(None, self.problems.found, [])
        self._check_keys(content)
        variables = self._variables(content.get("vars"))
        self._check_dtype(content.get("dtype", "float32"))
        inputs = self._inputs(content, variables)
        layers, outputs, warnings = self._layers(content, variables, inputs)
        settings = {**self._settings(content, variables), "outputs": outputs}
        made = None
        if inputs is not None and layers and not self.problems.found:
            made = Network(inputs, Checked(layers), **settings)
            self._check_fixed_shapes(content, made)
        return Reading(made, self.problems.found, warnings)

    def _check_fixed_shapes(self, content: dict[str, Any], network: Network) -> None:
        """Refuses other sizes where an operation without a rule has a shape of its own.

        Raises:
            SpecError: its input would change, and nobody knows what its output would be then.
        """
        fixed = [layer.name for layer in network.layers if isinstance(layer.operation, Opaque)]
        overrides = self.overrides._replace(size=None, inputs={})
        if not fixed or overrides == self.overrides:
            return
        written = _NetworkReader(self.name, overrides, None, Work()).read(content).network
        now = {row.name: row for row in network.audit().layers}
        for row in written.audit().layers if written else ():
            if row.operation != "opaque" or row.name not in now:
                continue
            before, after = row.input_shapes, now[row.name].input_shapes
            if before != after and row.output_shape == now[row.name].output_shape:
                changed = f"its input would change from {before[0]} to {after[0]}"
                raise SpecError(f"{row.name} has a fixed shape, {row.output_shape}: {changed}")

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
            elif not _is_number(value):
                self.problems.add(("vars", name), f"{name}={value_written(value)} is not a number")
        for name, value in self.overrides.variables.items():
            if name not in variables:
                hint = did_you_mean(name, variables)
                raise SpecError(f"unknown variable {name}{hint}")
            if not _is_number(value):
                raise SpecError(f"{name}={value_written(value)} is not a number")
        return {**variables, **self.overrides.variables}

    def _batch(self, content: Mapping[str, Any], variables: dict[str, Any]) -> int:
        def read(value: Any) -> int:
            return whole("batch", resolved(value, ParameterKind.WHOLE, variables))

        written = self._part(("batch",), content, 1, read)
        return written if self.overrides.batch is None else whole("batch", self.overrides.batch)

    def _inputs(self, content: Mapping[str, Any], variables: dict[str, Any]) -> Inputs | None:
        if "input" not in content:
            return None
        inputs = read_inputs(content["input"], variables, self.problems)
        if inputs is None:
            return None
        if self.overrides.inputs:
            inputs = with_shapes(inputs, self.overrides.inputs)
        return inputs if self.overrides.size is None else with_sizes(inputs, self.overrides.size)

    def _layers(
        self, content: Mapping[str, Any], variables: dict[str, Any], inputs: Inputs | None
    ) -> tuple[list[AnyLayer], dict[str, str], list[SpecProblem]]:
        """The rows, those whose outputs are the network's, and warnings of unused names."""
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
        if contain_themselves(blocks, self.problems) or inputs is None:
            return [], {}, []
        counts = RowCounts(blocks, variables, entries)
        common = blocks, variables, defaults, self.problems, cache.operations, self.work
        builder = Builder(*common, counts, inputs, default_styles(content.get("defaults")))
        values = {name: Value(name, shape) for name, shape in inputs.items()}
        start = next(iter(values.values()))
        top = Frame("", Variables({}, variables), start, Names(steps))
        top.values.update(values)
        last = builder.run(steps, start, top)
        self.misfit = builder.misfit
        if builder.misfit and not self.is_attempt and len(inputs) == 1:
            layers = [steps, *[block.steps for block in blocks.values()]]
            reading = READ * sum(map(len, layers))
            self._suggest_inputs(content, start.shape, builder.misfit_path, reading)
        self._check_expected_names(content.get("expect"), builder, top)
        if not builder.layers and not self.problems.found:
            self.problems.add(("layers",), "a network needs a layer", absent=True)
        elif all(layer.training for layer in builder.layers) and not self.problems.found:
            self.problems.add(("layers",), NOTHING_RUNS)
        outputs = {last.name: last.name} if last else {}
        if "outputs" in content:
            outputs = read_outputs(content["outputs"], builder, top, self.problems)
        elif last and last.name in builder.rows.training and not self.problems.found:
            message = f"{last.name} only runs in training: it cannot be the network's output"
            self.problems.add(("layers", len(steps) - 1), message)
        return builder.layers, outputs, _unread(builder, outputs.values())

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
            try:
                made = reader.read(content).network
            except SpecError:  # the steps ended with the names of outputs
                made = None
            return Attempt(made, reader.misfit, work.steps)

        shown = [str([*each]) for each in inputs_that_fit(shape, path, reading, attempt)]
        if shown:
            message = f"{found[0].message}; inputs that fit: {' and '.join(shown)}"
            found[0] = found[0]._replace(message=message)

    def _check_expected_names(self, expect: Any, builder: Builder, top: Frame) -> None:
        shapes = expect.get("shapes") if isinstance(expect, dict) else None
        names = {*builder.rows.names, *top.values}
        for name in shapes if isinstance(shapes, dict) and not self.problems.found else ():
            if self.problems.full:
                break
            value = builder.value_of(name, top)
            if value is None and name not in names:
                message = f"unknown layer {name}{did_you_mean(name, names)}"
                self.problems.add(("expect", "shapes", name), message, at_key=True, absent=True)
            else:
                self.row_of[name] = builder.rows.last_row_of(value.name if value else name)

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
                if key not in (*valid, STYLE):
                    message = unknown_key(given, key, valid)
                    self.problems.add((*path, key), message, at_key=True)
                elif wrong := _wrong_default(declaration, key, value):
                    self.problems.add((*path, key), wrong)
            defaults[name] = {key: value for key, value in given.items() if key in valid}
        return defaults


def _wrong_default(declaration: Declaration, name: str, value: Any) -> str | None:
    if name == STYLE:
        return wrong_style(declaration.word, value)
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


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


def _unread(builder: Builder, outputs: Iterable[str]) -> list[SpecProblem]:
    """A warning for each named layer whose value no round of it is ever read."""
    read = {*builder.read, *outputs, *builder.rows.training}
    used = {path for row, path, _ in builder.rows.named if row in read}
    unread: dict[str, tuple[Path, str]] = {}
    for row, path, name in builder.rows.named:
        if path not in used:
            unread[row] = path, name  # of a block's last layer and the block, the outer one
    return [
        SpecProblem((*path, "name"), f"the output of {name} is never used")
        for path, name in dict(unread.values()).items()
    ]
