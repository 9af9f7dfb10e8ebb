"""A whole specification: the mapping that a network file holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from convcalc.checks.amounts import amount
from convcalc.errors import SpecError, shortened
from convcalc.facts.audit import DTYPE_BYTES
from convcalc.facts.totals import TOTALS, Total, total_named
from convcalc.language.building import Block, Builder, Frame, Known, Names, Value, every_step
from convcalc.language.constants import wrong_constant
from convcalc.language.elsewhere import format_of
from convcalc.language.fitting import Misfit, nearest
from convcalc.language.plain import plain
from convcalc.language.problems import Problems, SpecProblem, path_text, spelled, value_written
from convcalc.language.resolving import Variables, argument, resolved
from convcalc.language.steps import (
    IN_CHANNELS,
    TIMES,
    Scope,
    Step,
    sizes_told,
    steps_of,
    too_long,
    unknown_key,
    unreadable,
)
from convcalc.language.work import Work
from convcalc.layers import LONGEST_NAME, NAME, AnyLayer, Path
from convcalc.networks import Network
from convcalc.operations.declarations import ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.structure import Checked
from convcalc.suggestions import bounded
from convcalc.values import Shape, per_dimension, shape_of, whole
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

FARTHEST = 64
"""How far from the input's own sizes others are tried."""
MOST_WORK = 100_000
"""Steps that are done in either direction to find inputs that fit."""
READ = 5
"""Steps that reading a layer is worth."""

VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
Found = TypeVar("Found")


class Memo(NamedTuple):
    """What specifications that are read one after the other have in common: equal layers."""

    steps: dict[Any, Step]
    operations: Known


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
    memo: Memo | None = None,
) -> Reading:
    """The network that a mapping describes, or all that is wrong with it.

    A memo that is handed to several readings in turn makes them quicker.

    Raises:
        SpecError: what the overrides set is not there.

    >>> reading = read_network({"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]})
    >>> reading.network.layers[0].operation
    Conv(3, 4, kernel_size=(3, 3))
    """
    with bounded():
        return _Document(name, overrides or Overrides(), memo).read(content)


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
        told = [f"{path_text(problem.path)}: {problem.message}" for problem in problems]
        raise SpecError("\n".join(told))
    return found


class _Document:
    """One reading: each part of the mapping gives what it can and notes what is wrong."""

    def __init__(
        self,
        name: str,
        overrides: Overrides,
        memo: Memo | None = None,
        work: Work | None = None,
    ) -> None:
        self.name = name
        self.memo = memo
        self.overrides = overrides
        self.problems = Problems()
        self.work = work
        """Set where a reading is only to show whether an input fits."""
        self.misfit: Misfit | None = None
        self.row_of: dict[str, str] = {}
        """The rows that names of `expect` stand for."""

    def read(self, content: Any) -> Reading:
        if not isinstance(content, dict):
            told = f"a network is a mapping with input and layers, not {_what(content)}"
            self.problems.add((), told)
            return Reading(None, self.problems.found, [])
        if other := format_of(content):
            told = (
                f"this looks like {other[1]}: convcalc reads network files, with input and layers"
            )
            self.problems.add((other[0],), told, at_key=True)
            return Reading(None, self.problems.found, [])
        self._check_keys(content)
        variables = self._variables(content.get("vars"))
        self._check_dtype(content.get("dtype", "float32"))
        shape = self._input(content, variables)
        layers, output, warnings = self._layers(content, variables, shape)
        settings: dict[str, Any] = {
            "name": self._part(("name",), content, self.name[:LONGEST_NAME], _name),
            "batch": self._batch(content, variables),
            "dtype": self.overrides.dtype or content.get("dtype", "float32"),
            "budget": self._limits("budget", content.get("budget")),
            "expect": self._limits("expect", content.get("expect")),
            "output": output,
        }
        if "shapes" in settings["expect"]:
            shapes = settings["expect"]["shapes"].items()
            rows = {self.row_of.get(name, name): expected for name, expected in shapes}
            settings["expect"]["shapes"] = rows
        made = None
        if shape is not None and layers and not self.problems.found:
            made = Network(shape, Checked(layers), **settings)
        return Reading(made, self.problems.found, warnings)

    def _check_keys(self, content: dict[str, Any]) -> None:
        meant = ""
        for key in content:
            if key not in KEYS and not str(key).startswith("x-"):
                told = unknown_key(content, key, KEYS)
                self.problems.add((key,), told, at_key=True)
                meant += told
        for key in ("input", "layers"):
            if key not in content and f"did you mean {key}?" not in meant:
                self.problems.add((), f"a network needs {key}", absent=True)

    def _check_dtype(self, written: Any) -> None:
        known = tuple(DTYPE_BYTES)
        fact = f"{{dtype}} is not one of {', '.join(known)}"
        if self.overrides.dtype is not None and self.overrides.dtype not in known:
            raise SpecError(fact, dtype=self.overrides.dtype)
        if written not in known:
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

    def _mapping(self, path: Path, value: Any) -> dict[str, Any]:
        if value is not None and not isinstance(value, dict):
            self.problems.add(path, "expected a mapping")
            return {}
        found = {key: item for key, item in (value or {}).items() if isinstance(key, str)}
        if len(found) < len(value or {}):
            self.problems.add(path, "a key that is not text")
        return found

    def _variables(self, written: Any) -> dict[str, Any]:
        variables = self._mapping(("vars",), written)
        for name, value in variables.items():
            wrong = _wrong_name(name, _is_variable(name), "a variable")
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
                raise SpecError(sizes_told(value))
            return _shape("input", resolved(value, ParameterKind.NUMBERS, variables))

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
        """The rows, the one whose output is the network's, and the names nobody reads."""
        defaults = self._defaults(content.get("defaults"))
        blocks = self._blocks(content.get("blocks"), variables, defaults)
        written = content.get("blocks")
        known = written if isinstance(written, dict) else {}
        # With defaults of its own, a layer means something else than in other files.
        memo = (self.memo if not defaults else None) or Memo({}, {})
        scope = Scope(Variables({IN_CHANNELS: None}, variables), known, defaults, memo.steps)
        steps = steps_of(content.get("layers", []), ("layers",), scope, self.problems)
        self._check_names(steps)
        if self._self_containing(blocks) or shape is None:
            return [], None, []
        builder = Builder(blocks, variables, defaults, self.problems, memo.operations, self.work)
        start = Value("input", shape)
        top = Frame("", Variables({}, variables), start, Names(steps))
        last = builder.run(steps, start, top)
        self.misfit = builder.misfit
        written = [steps, *[block.steps for block in blocks.values()]]
        if builder.misfit and self.work is None:
            reading = READ * sum(map(len, written))
            self._tell_inputs_that_fit(content, shape, builder.misfit_path, reading)
        self._check_expected_names(content.get("expect"), builder, top)
        if not builder.layers and not self.problems.found:
            self.problems.add(("layers",), "a network needs a layer", absent=True)
        output = last.name if last else None
        return builder.layers, output, _unread(builder, output)

    def _tell_inputs_that_fit(
        self, content: Mapping[str, Any], shape: Shape, path: Path, reading: int
    ) -> None:
        """Adds the nearest inputs for which all of the network can be made.

        Args:
            content: the specification.
            shape: the input that does not fit.
            path: the merge that shows it.
            reading: the steps that one reading of the specification is worth.
        """
        found = self.problems.found
        if len(found) != 1 or reading > MOST_WORK:
            return  # what else is wrong would be wrong for every input
        left = 0

        def misfit_of(tried: Shape) -> Misfit | bool:
            nonlocal left
            if left <= 0:
                return True
            overrides = self.overrides._replace(size=tried[1:])
            work = Work(left)
            document = _Document(self.name, overrides, self.memo, work)
            made = document.read(content).network
            left -= work.steps + reading
            if made is None:
                return document.misfit or True
            return not _alike(made, path)

        near = []
        for step in (-1, 1):
            left = MOST_WORK
            near.append(nearest(shape, step, misfit_of, FARTHEST))
        shown = [str([*each]) for each in near if each]
        if shown:
            told = f"{found[0].message}; inputs that fit: {' and '.join(shown)}"
            found[0] = found[0]._replace(message=told)

    def _check_expected_names(self, expect: Any, builder: Builder, top: Frame) -> None:
        shapes = expect.get("shapes") if isinstance(expect, dict) else None
        known = {*builder.names, *top.values}
        for name in shapes if isinstance(shapes, dict) and not self.problems.found else ():
            if self.problems.full:
                break
            if name not in known:
                told = f"unknown layer {name}{did_you_mean(name, known)}"
                self.problems.add(("expect", "shapes", name), told, at_key=True, absent=True)
            else:
                value = top.values.get(name)
                self.row_of[name] = builder.last_row_of(value.name if value else name)

    def _blocks(
        self,
        written: Any,
        variables: dict[str, Any],
        defaults: Mapping[str, Mapping[str, Any]],
    ) -> dict[str, Block]:
        found = self._mapping(("blocks",), written)
        blocks: dict[str, Block] = {}
        for name, block in found.items():
            path = ("blocks", name)
            wrong = _wrong_name(name, NAME.fullmatch(name), "a block's name")
            if wrong:
                self.problems.add(path, wrong, at_key=True)
            content = self._mapping(path, block)
            for key in content:
                if key not in ("args", "layers"):
                    told = unknown_key(content, key, ("args", "layers"))
                    self.problems.add((*path, key), told, at_key=True)
            if "layers" not in content:
                self.problems.add(path, f"block {name} needs layers", at_key=True, absent=True)
            arguments = self._arguments((*path, "args"), content.get("args"))
            names = Variables(dict.fromkeys((*arguments, IN_CHANNELS)), variables)
            for each in arguments:
                wrong = _wrong_name(each, _is_variable(each), "an argument")
                if wrong:
                    self.problems.add((*path, "args", each), wrong, at_key=True)
            scope = Scope(names, found, defaults)
            steps = steps_of(content.get("layers", []), (*path, "layers"), scope, self.problems)
            self._check_names(steps)
            given = {name: value for name, value in arguments.items() if value is not None}
            self._check_defaults_of_arguments((*path, "args"), given, variables)
            blocks[name] = Block(given, frozenset(arguments.keys() - given.keys()), steps)
        return blocks

    def _arguments(self, path: Path, written: Any) -> dict[str, Any]:
        """The arguments of a block, by name; without a default those that are required."""
        if isinstance(written, list) and all(
            isinstance(name, str) and VARIABLE.fullmatch(name) for name in written
        ):
            shown = ", ".join([f"{name}: " for name in written])
            self.problems.add(path, f"args are a mapping: write {{{shortened(shown)}}}")
            return dict.fromkeys(written)
        return self._mapping(path, written)

    def _check_defaults_of_arguments(
        self, path: Path, given: Mapping[str, Any], known: Mapping[str, Any]
    ) -> None:
        """Notes expressions that cannot be read, and variables that are not there."""
        ones = _Ones({}, known)
        for name, value in given.items():
            if isinstance(value, str) and "$" in value and not self.problems.full:
                try:
                    argument(value, ones)
                except SpecError as error:
                    self.problems.add((*path, name), str(error))

    def _check_names(self, steps: list[Step]) -> None:
        names: set[str] = set()
        for step in every_step(steps):
            if step.name in names:
                self.problems.add((*step.path, "name"), f"the name {step.name} is already used")
            if step.name:
                names.add(step.name)

    def _self_containing(self, blocks: Mapping[str, Block]) -> bool:
        """Notes blocks that lead back to themselves."""
        circular = False
        done: set[str] = set()
        for start in blocks:
            way = {} if start in done else {start: every_step(blocks[start].steps)}
            while way:
                name = next(reversed(way))
                step = next((step for step in way[name] if step.block), None)
                if step is None:
                    done.add(name)
                    del way[name]
                elif step.block in way:
                    told = f"block {step.block} contains itself"
                    self.problems.add((*step.path, "block"), told)
                    circular = True
                elif step.block in blocks and step.block not in done:
                    way[step.block] = every_step(blocks[step.block].steps)
        return circular

    def _defaults(self, written: Any) -> dict[str, dict[str, Any]]:
        defaults: dict[str, dict[str, Any]] = {}
        for name, values in self._mapping(("defaults",), written).items():
            word = DECLARATIONS.get(name)
            if word is None:
                told = f"{name} is no operation{did_you_mean(name, DECLARATIONS)}"
                self.problems.add(("defaults", name), told, at_key=True)
                continue
            given = self._mapping(("defaults", name), values)
            known = [key for key in word.kinds if key != "operands"]
            for key, value in given.items():
                if key not in known:
                    told = unknown_key(given, key, known)
                    self.problems.add(("defaults", name, key), told, at_key=True)
                elif wrong := (
                    unreadable(value, word.kinds[key]) or wrong_constant(word, key, value)
                ):
                    self.problems.add(("defaults", name, key), wrong)
            defaults[name] = {key: value for key, value in given.items() if key in known}
        return defaults

    def _limits(self, part: str, written: Any) -> dict[str, Any]:
        """A budget or an expectation, by the names of the report's totals."""
        limits: dict[str, Any] = {}
        for key, value in self._mapping((part,), written).items():
            total = total_named(key)
            if total is None and not (part == "expect" and key in ("output_shape", "shapes")):
                also = ["output_shape", "shapes"] if part == "expect" else []
                totals = [*[each.name for each in TOTALS.values()], *also]
                hint = did_you_mean(key, totals) or f"; the totals are {', '.join(totals)}"
                self.problems.add((part, key), f"unknown total {key}{hint}", at_key=True)
            elif total and total.key in limits:
                told = f"{total.name} is given twice"
                self.problems.add((part, key), told, at_key=True)
            else:
                try:
                    limits[total.key if total else key] = self._limit((part, key), total, value)
                except SpecError as error:
                    self.problems.add((part, key), spelled(error))
        return limits

    def _limit(self, path: Path, total: Total | None, value: Any) -> Any:
        key = str(path[-1])
        if total is not None:
            return amount(key, value, memory=total.is_bytes)
        return _shape(key, value) if key == "output_shape" else self._shapes(path, value)

    def _shapes(self, path: Path, content: Any) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {}
        for name, shape in self._mapping(path, content).items():
            try:
                shapes[name] = _shape(name, shape)
            except SpecError as error:
                self.problems.add((*path, name), spelled(error))
        return shapes


class _Ones(Variables):
    """Variables that all stand for 1, to see whether an expression can be read."""

    __slots__ = ()

    def __missing__(self, name: str) -> int:
        if name == IN_CHANNELS or name in self.everywhere:
            return 1
        raise KeyError(name)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SpecError("{name} is not text", name=value)
    if len(value) > LONGEST_NAME:
        raise SpecError(too_long(value))
    return value


def _is_variable(name: str) -> bool:
    return VARIABLE.fullmatch(name) is not None and name != IN_CHANNELS


def _wrong_name(name: str, fits: object, what: str) -> str | None:
    """What is wrong with a name that should be of a kind of thing."""
    if not fits:
        return f"{name} cannot be {what}"
    return too_long(name) if len(name) > LONGEST_NAME else None


def _what(content: Any) -> str:
    if content is None:
        return "nothing"
    return "a list" if isinstance(content, list) else value_written(content)


def _shape(name: str, value: Any) -> Shape:
    if not isinstance(value, (list, tuple)):
        raise SpecError(f"{{{name}}} is not a list: write [C, *spatial]", **{name: value})
    return shape_of(name, value)


def _alike(made: Network, path: Path) -> bool:
    """Whether a merge joins values of one size, none of which is only spread."""
    facts = zip(made.rows, made.audit().layers, strict=True)
    return all(
        len({shape[1:] for shape in row.input_shapes}) == 1
        for layer, row in facts
        if layer.path == path
    )


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
    return [SpecProblem((*path, "name"), f"nobody reads {name}") for path, name in unread.items()]
