"""The layers as they are written: each item of a list of layers checked and taken apart, once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from convcalc.errors import shortened, value_text
from convcalc.language import elsewhere
from convcalc.language.constants import NUMERIC, wrong_constant, wrong_repeat
from convcalc.language.expressions import evaluate, lone_variable, variables
from convcalc.language.parsing import ExpressionError
from convcalc.language.problems import Problems, value_written
from convcalc.layers import INPUT, LONGEST_NAME, NAME, Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import LARGEST
from convcalc.wording import did_you_mean

BLOCK = "block"
BLOCK_WORD = Declaration(BLOCK, dict)
BROKEN = Declaration("", dict)
"""The word of a layer that makes no sense: nothing that depends on it is looked at."""
COMMON = ("name", "from", "repeat", "first")
COMMON_KEYS = frozenset(COMMON)
TIMES = re.compile(r"\d+(x\d+)+")
PAIRS = re.compile(r"\d+:\d+(x\d+:\d+)*")
IN_CHANNELS = "in_channels"
"""The variable that holds the channels of the current value."""

SLIPS = {
    "kernel": "kernel_size",
    "k": "kernel_size",
    "filters": "out_channels",
    "channels": "out_channels",
    "out": "out_channels",
    "strides": "stride",
    "s": "stride",
    "pad": "padding",
    "p": "padding",
    "group": "groups",
    "g": "groups",
    "use_bias": "bias",
    "units": "out_features",
    "size": "output_size",
    "input": "from",
    "inputs": "from",
    "id": "name",
    "times": "repeat",
    "count": "repeat",
    "args": "with",
}
"""What other tools call it."""

WORD_SLIPS = {
    "conv2d": "conv",
    "conv1d": "conv",
    "conv3d": "conv",
    "convolution": "conv",
    "dwconv": "depthwise_conv",
    "deconv": "conv_transpose",
    "conv_transpose2d": "conv_transpose",
    "bn": "batch_norm",
    "batchnorm": "batch_norm",
    "ln": "layer_norm",
    "lrn": "local_response_norm",
    "fc": "linear",
    "dense": "linear",
    "maxpool": "max_pool",
    "avgpool": "avg_pool",
    "global_avg_pool": "adaptive_avg_pool",
    "swish": "silu",
    "hard_swish": "hardswish",
    "reshape": "unflatten",
    "cat": "concat",
    "mul": "multiply",
    "sum": "add",
    "shuffle": "channel_shuffle",
    "split": "channel_slice",
    "interpolate": "upsample",
}

NO_ROUND = "; a round does not know its number: write out the rounds"

Operand: TypeAlias = "str | list[Step]"


CAUSAL = "causal is written [[dilation * (kernel_size - 1), 0]]"
CONSTANTS = (int, str, bool, float)
PADDINGS = ("same", "valid")


class Step(NamedTuple):
    """A layer as it is written; what it comes to is known when it runs."""

    path: Path
    word: Declaration
    values: dict[str, Any]
    """The parameters as written, or what a block is called with."""
    name: str | None = None
    source: str | None = None
    repeat: Any = None
    first: dict[str, Any] = {}  # noqa: RUF012 - read only
    operands: list[Operand] | None = None
    block: str = ""
    key: Any = None
    """Equal for steps that say the same; None where it takes variables to know."""

    @property
    def label(self) -> str:
        """What it is numbered by if it has no name."""
        return self.block or self.word.word


class Scope(NamedTuple):
    """What may be named where layers are written."""

    variables: Collection[str]
    blocks: Mapping[str, Any]
    defaults: Mapping[str, Mapping[str, Any]]
    """Parameters for all layers of an operation."""
    known: dict[Any, Step] | None = None
    """Layers seen in other specifications, where they mean the same as here."""


def steps_of(items: Any, path: Path, scope: Scope, problems: Problems) -> list[Step]:
    """A list of layers; one that is wrong is noted, and becomes a broken step."""
    if not isinstance(items, (list, tuple)):
        problems.add(path, "expected a list of layers")
        return []
    reader = _Reader(scope, problems)
    return [
        (None if problems.full else reader.step((*path, at), item)) or _broken((*path, at), item)
        for at, item in enumerate(items)
    ]


def _broken(path: Path, item: Any) -> Step:
    name = item.get("name") if isinstance(item, dict) else None
    named = isinstance(name, str) and name != INPUT
    return Step(path, BROKEN, {}, name if named else None)


class _Reader:
    """Takes layers apart, in one scope."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self.scope = scope
        self.problems = problems
        self.keys: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
        self.known: dict[Any, Step] = {} if scope.known is None else scope.known
        """Layers seen before; many of a network say the same, but for their names."""

    def step(self, path: Path, item: Any) -> Step | None:
        """One layer, or None if it makes no sense."""
        if type(item) is str:
            return self._plain(path, item)
        if not isinstance(item, dict) or not item:
            expected = "a layer is a word such as relu, or a mapping such as {conv: 64, ...}"
            return self._refused(path, expected)
        signature = _signature(item)
        if signature in self.known:
            return self._again(path, item, self.known[signature])
        keys = [key for key in item if key in DECLARATIONS or key == BLOCK]
        if len(keys) != 1:
            return self._without_an_operation(path, item, keys)
        if keys[0] == BLOCK:
            return self._block(path, item)
        step = self._operation(path, item, DECLARATIONS[keys[0]])
        if step and signature:
            self.known[signature] = step
        return step

    def _again(self, path: Path, item: dict[str, Any], known: Step) -> Step | None:
        """A layer that says the same as one seen before, but for the names."""
        if not self._names(path, item):
            return None
        _, word, values, _, _, repeat, first, operands, block, key = known
        name, source = item.get("name"), item.get("from")
        return Step(path, word, values, name, source, repeat, first, operands, block, key)

    def _plain(self, path: Path, text: str) -> Step | None:
        if text in self.known:
            return self.known[text]._replace(path=path)
        word = DECLARATIONS.get(text)
        if word is None:
            if text in self.scope.blocks:
                return self._refused(path, f"{text} is a block: write {{block: {text}}}")
            return self._refused(path, _no_operation(text))
        missing = self._missing(word, {})
        if missing:
            keys = [f"{text if name == word.main else name}: ..." for name in missing]
            told = f"{text} needs {' and '.join(missing)}: write {{{', '.join(keys)}}}"
            return self._refused(path, told)
        self.known[text] = Step(path, word, {}, key=text)
        return self.known[text]

    def _operation(self, path: Path, item: dict[str, Any], word: Declaration) -> Step | None:
        known, required = self._keys_of(word)
        if not item.keys() <= known and not self._known_keys(path, item, known):
            return None
        values = {key: value for key, value in item.items() if key in word.kinds}
        operands: list[Operand] | None = None
        if word.main == "operands":
            operands = self._operands((*path, word.word), word.word, item[word.word])
            fine = operands is not None
        else:
            fine = self._main((*path, word.word), word, item[word.word], values)
        if fine and not (
            _surely_fine(values, word.kinds) and all(name in values for name in required)
        ):
            fine = self._values(path, word, values)
        if not (COMMON_KEYS.isdisjoint(item) or self._common(path, item, word)) or not fine:
            return None
        return Step(
            path,
            word,
            values,
            item.get("name"),
            item.get("from"),
            item.get("repeat"),
            item.get("first") or {},
            operands,
            key=_key(word.word, values),
        )

    def _main(self, path: Path, word: Declaration, main: Any, values: dict[str, Any]) -> bool:
        """Puts the value of the operation's key among the parameters."""
        if main is None or main == {}:
            return True
        if word.main is None:
            self.problems.add(path, f"{word.word} takes no argument here")
            return False
        if isinstance(main, dict):
            own = "..." if word.main in word.required else ""
            shown = f"{{{word.word}: {own}, {next(iter(main))}: ...}}"
            self.problems.add(path, f"write parameters beside the operation: {shown}")
            return False
        if word.main in values:
            told = f"{word.main} is given twice: {word.word} has it already"
            self.problems.add((*path[:-1], word.main), told, at_key=True)
            return False
        values[word.main] = main
        return True

    def _keys_of(self, word: Declaration) -> tuple[frozenset[str], tuple[str, ...]]:
        """The keys that a layer may have, and those parameters that it must."""
        if word.word not in self.keys:
            known = frozenset((word.word, *COMMON, *word.kinds)) - {"operands"}
            self.keys[word.word] = known, tuple(self._missing(word, {}))
        return self.keys[word.word]

    def _block(self, path: Path, item: dict[str, Any]) -> Step | None:
        name = item[BLOCK]
        known = isinstance(name, str) and name in self.scope.blocks
        arguments = _arguments_of(self.scope.blocks[name]) if known else None
        fine = self._block_keys(path, item, arguments) and known
        if not known:
            hint = did_you_mean(name, self.scope.blocks) if isinstance(name, str) else ""
            told = f"unknown block {value_written(name)}{hint}"
            self.problems.add((*path, BLOCK), told, absent=True)
        given = item.get("with")
        if given is not None and type(given) is not dict:
            self.problems.add((*path, "with"), "expected a mapping of arguments")
            fine = False
        fine = self._common(path, item, None) and fine
        for where in ("with", "first"):
            fine = self._given((*path, where), item.get(where), name, arguments) and fine
        if not fine:
            return None
        return Step(
            path,
            BLOCK_WORD,
            given or {},
            item.get("name"),
            item.get("from"),
            item.get("repeat"),
            item.get("first") or {},
            block=name,
        )

    def _block_keys(self, path: Path, item: dict[str, Any], arguments: Any) -> bool:
        known = (BLOCK, "with", *COMMON)
        unknown = [key for key in item if key not in known]
        for key in unknown:
            if arguments is not None and key in arguments:
                told = f"unknown key {key}: the arguments of a block go into with: {{...}}"
                self.problems.add((*path, key), told, at_key=True)
            else:
                self._unknown_key(path, item, key, known)
        return not unknown

    def _given(self, path: Path, given: Any, block: Any, arguments: Any) -> bool:
        """Whether a block has the arguments it is given, and their expressions can be read."""
        fine = True
        for name, value in given.items() if type(given) is dict else ():
            if cut_off(name, given):
                fine = False
                continue
            if arguments is not None and name not in arguments:
                told = f"{block} has no argument {name}{did_you_mean(name, arguments)}"
                self.problems.add((*path, name), told, at_key=True)
                fine = False
            fine = self._argument_written_well((*path, name), value) and fine
        return fine

    def _argument_written_well(self, path: Path, value: Any) -> bool:
        if isinstance(value, list):
            return all(self._argument_written_well((*path, at), v) for at, v in enumerate(value))
        expression = isinstance(value, str) and "$" in value
        return not expression or self._written_well(path, value, ParameterKind.WHOLE)

    def _values(self, path: Path, word: Declaration, values: dict[str, Any]) -> bool:
        fine = True
        for name, value in values.items():
            place = (*path, word.word if name == word.main else name)
            if name == "padding" and value == "causal" and (told := self._causal(word, values)):
                self.problems.add(place, told)
                fine = False
                continue
            fine = self._value(place, word, name, value) and fine
        if not fine:
            return False
        missing = self._missing(word, values)
        for name in missing:
            told = f"{word.word} needs {name}"
            self.problems.add((*path, word.word), told, at_key=True, absent=True)
        return not missing

    def _value(self, place: Path, word: Declaration, name: str, value: Any) -> bool:
        """Whether a parameter may be right, as far as that is known before the layer runs."""
        if not self._written_well(place, value, word.kinds[name]):
            return False
        wrong = wrong_constant(word, name, value)
        if wrong:
            self.problems.add(place, wrong)
        return not wrong

    def _causal(self, word: Declaration, values: Mapping[str, Any]) -> str | None:
        """What causal padding is in numbers, where these are known."""
        given = {"dilation": 1, **self.scope.defaults.get(word.word, {}), **values}
        kernel, dilation = given.get("kernel_size"), given["dilation"]
        if type(kernel) is not int or type(dilation) is not int:
            return None
        return f"{CAUSAL}, here [[{dilation * (kernel - 1)}, 0]]"

    def _missing(self, word: Declaration, values: Mapping[str, Any]) -> list[str]:
        given = {*values, *self.scope.defaults.get(word.word, {})}
        return [name for name in word.required if name not in given]

    def _written_well(self, path: Path, value: Any, kind: ParameterKind) -> bool:
        """Whether the expressions in a value can be read, and know their variables."""
        if isinstance(value, list):
            return all(self._written_well((*path, at), v, kind) for at, v in enumerate(value))
        if not isinstance(value, str) or meant_as_text(value, kind):
            return True
        told = unreadable(value, kind, self.scope.variables)
        if told:
            self.problems.add(path, told)
            return False
        unknown = [name for name in variables(value) if name not in self.scope.variables]
        for name in sorted(unknown):
            hint = did_you_mean(name, self.scope.variables).replace("mean ", "mean $")
            hint = NO_ROUND if name == "round" else hint
            self.problems.add(path, f"unknown variable ${name}{hint}", absent=True)
        return not unknown

    def _operands(self, path: Path, word: str, operands: Any) -> list[Operand] | None:
        if isinstance(operands, list) and len(operands) == 1:
            told = f"{word} has one operand: [] is the current value, so write {word}: [[], ...]"
            self.problems.add(path, told)
            return None
        if not isinstance(operands, list) or len(operands) < 2:
            told = f"{word} takes a list of two operands or more: names, or lists of layers"
            self.problems.add(path, told)
            return None
        known: list[Operand] = []
        for at, operand in enumerate(operands):
            if isinstance(operand, str) and NAME.fullmatch(operand):
                known.append(operand)
            elif isinstance(operand, list):
                known.append(steps_of(operand, (*path, at), self.scope, self.problems))
            else:
                told = "an operand is a name, or a list of layers; [] is the current value"
                if isinstance(operand, str) and operand.startswith("$"):
                    told = "a name cannot be a $variable"
                self.problems.add((*path, at), told)
        return known if len(known) == len(operands) else None

    def _names(self, path: Path, item: dict[str, Any]) -> bool:
        fine = True
        for key in ("name", "from"):
            value = item.get(key)
            if key not in item:
                continue
            told = None
            if not (isinstance(value, str) and NAME.fullmatch(value)):
                told = f"{key} takes a letter or _, then letters, digits, _ - or ."
            elif len(value) > LONGEST_NAME:
                told = too_long(value)
            if told:
                self.problems.add((*path, key), told)
                fine = False
        if item.get("name") == INPUT:
            self.problems.add((*path, "name"), "input is the name of the network's input")
            fine = False
        return fine

    def _common(self, path: Path, item: dict[str, Any], word: Declaration | None) -> bool:
        fine = self._names(path, item)
        fine = self._repeat((*path, "repeat"), item.get("repeat")) and fine
        return self._first(path, item, word) and fine

    def _repeat(self, path: Path, repeat: Any) -> bool:
        if not self._written_well(path, repeat, ParameterKind.WHOLE):
            return False
        wrong = wrong_repeat(repeat)
        if wrong:
            self.problems.add(path, wrong)
        return not wrong

    def _first(self, path: Path, item: dict[str, Any], word: Declaration | None) -> bool:
        first = item.get("first")
        if first is not None and item.get("repeat") is None:
            told = "first applies to the first of several rounds: it needs repeat"
            self.problems.add((*path, "first"), told, at_key=True, absent=True)
            return False
        if first is not None and type(first) is not dict:
            self.problems.add((*path, "first"), "expected a mapping, for the first round only")
            return False
        if word is None:
            return True
        fine = True
        for key, value in (first or {}).items():
            if key not in word.kinds or key == "operands":
                self._unknown_key((*path, "first"), first or {}, key, tuple(word.kinds))
                fine = False
            else:
                fine = self._value((*path, "first", key), word, key, value) and fine
        return fine

    def _known_keys(self, path: Path, item: dict[str, Any], known: Collection[str]) -> bool:
        unknown = [key for key in item if key not in known]
        for key in unknown:
            self._unknown_key(path, item, key, known)
        return not unknown

    def _unknown_key(
        self, path: Path, item: Mapping[str, Any], key: str, known: Collection[str]
    ) -> None:
        self.problems.add((*path, key), unknown_key(item, key, known), at_key=True)

    def _without_an_operation(
        self, path: Path, item: dict[str, Any], keys: list[str]
    ) -> Step | None:
        if keys:
            told = f"{' and '.join(keys)} are {len(keys)} operations: a layer has exactly one"
            self.problems.add((*path, keys[1]), told, at_key=True)
            return None
        parameters = {
            *COMMON,
            "with",
            *[key for word in DECLARATIONS.values() for key in word.kinds],
        }
        key = next((key for key in item if key not in parameters), None)
        if isinstance(key, str) and key in self.scope.blocks:
            told = f"{key} is a block: write {self._block_call(key, item[key])}"
            self.problems.add((*path, key), told, at_key=True)
        elif key is None:
            told = "a layer needs an operation, such as conv: 64, or relu: {}"
            self.problems.add(path, told, absent=True)
        else:
            self.problems.add((*path, key), _no_operation(key), at_key=True)
        return None

    def _block_call(self, name: str, value: Any) -> str:
        """How a block is used, with what was given to it as if it were an operation."""
        arguments = [*(_arguments_of(self.scope.blocks[name]) or ())]
        given = value if isinstance(value, dict) else {}
        if arguments and isinstance(value, (int, float, str)):
            given = {arguments[0]: value}
        pairs = ", ".join([f"{key}: {value_written(item)}" for key, item in given.items()])
        return f"{{block: {name}, with: {{{pairs}}}}}" if given else f"{{block: {name}}}"

    def _refused(self, path: Path, told: str) -> Step | None:
        self.problems.add(path, told)
        return None


def too_long(name: str) -> str:
    """What to say of a name that is longer than names may be.

    >>> too_long("x" * 1000)
    'a name of 1,000 characters is too long: at most 200 are allowed'
    """
    return f"a name of {len(name):,} characters is too long: at most {LONGEST_NAME} are allowed"


def meant_as_text(value: str, kind: ParameterKind) -> bool:
    """Whether a text stands for itself, and is no expression."""
    if kind in (ParameterKind.PADDING, ParameterKind.WIDTHS):
        return value in PADDINGS
    if kind in (ParameterKind.MODE, ParameterKind.WORDS, ParameterKind.FLAG):
        return lone_variable(value) is None
    return False


def unreadable(value: Any, kind: ParameterKind, names: Iterable[str] = ()) -> str | None:
    """What is wrong with a text where an expression is wanted, whatever its variables are.

    >>> unreadable("3x5", ParameterKind.SIZES), unreadable("3 * $k", ParameterKind.SIZES)
    ('3x5 is written [3, 5] here', None)
    """
    if isinstance(value, list):
        return next(filter(None, (unreadable(item, kind, names) for item in value)), None)
    if not isinstance(value, str) or meant_as_text(value, kind):
        return None
    if kind in (ParameterKind.PADDING, ParameterKind.WIDTHS) and NAME.fullmatch(value):
        if value == "causal":
            return CAUSAL
        return f"{value} is neither a number nor same nor valid{did_you_mean(value, PADDINGS)}"
    try:
        variables(value)
    except ExpressionError as error:
        return _expression_told(value, error, names)
    return None


def unknown_key(item: Mapping[str, Any], key: Any, known: Iterable[str]) -> str:
    """What to say of a key that is not known where it stands."""
    if not isinstance(key, str):
        return f"{value_text(key)} is not text"
    if item[key] is None and ":" in key:
        name, _, value = key.partition(":")
        return f"{key} needs a space behind the colon: {name}: {value}"
    if _ends_an_expression(key, item):
        return f"{key} is cut off: an expression with a comma needs quotes in {{...}}"
    known = [name for name in known if name != key]
    return f"unknown key {key}{did_you_mean(key, known, SLIPS)}"


def cut_off(key: Any, item: Mapping[Any, Any]) -> bool:
    """Whether a key is the end of an expression with a comma, whose beginning is told of.

    >>> cut_off("8)", {"out": "divisible(24 * $width", "8)": None}), cut_off("8)", {"8)": None})
    (True, False)
    """
    return _ends_an_expression(key, item) and any(
        isinstance(value, str) and value.count("(") > value.count(")") for value in item.values()
    )


def _ends_an_expression(key: Any, item: Mapping[Any, Any]) -> bool:
    return isinstance(key, str) and item[key] is None and key.endswith(")") and "(" not in key


def _no_operation(text: Any) -> str:
    if not isinstance(text, str):
        return f"unknown operation {value_text(text)}"
    if told := elsewhere.answer(text):
        return f"{text} is no operation: {told}"
    return f"{text} is no operation{did_you_mean(text.lower(), [*DECLARATIONS, BLOCK], WORD_SLIPS)}"


def _expression_told(text: str, error: ExpressionError, names: Iterable[str]) -> str:
    if TIMES.fullmatch(text):
        return sizes_told(text)
    if PAIRS.fullmatch(text):
        pairs = [f"[{pair.replace(':', ', ')}]" for pair in text.split("x")]
        return f"{text} is written [{', '.join(pairs)}] here"
    try:
        evaluate(text, dict.fromkeys(names, 1))
    except ExpressionError as informed:  # it knows the variables
        error = informed
    return expression_told(text, error)


def sizes_told(text: str) -> str:
    """How sizes joined by x are written in a file.

    >>> sizes_told("3x32x32")
    '3x32x32 is written [3, 32, 32] here'
    """
    return f"{text} is written [{', '.join(text.split('x'))}] here"


def expression_told(text: str, error: ExpressionError) -> str:
    """What is wrong with an expression, behind as much of it as a message can carry.

    >>> expression_told("2 ** 3", ExpressionError("powers are not supported", 2, 2))
    '2 ** 3: powers are not supported'
    """
    if error.message.startswith(f"{text} "):
        return error.message
    powers = error.message == "powers are not supported" and "$round" in text
    return f"{shortened(text)}: {error.message}{NO_ROUND if powers else ''}"


def _arguments_of(block: Any) -> Mapping[str, Any] | None:
    """The arguments of a block as it is written; None if that is no way to write them."""
    arguments = (block.get("args") or {}) if isinstance(block, dict) else None
    return arguments if isinstance(arguments, dict) else None


def _surely_fine(values: Mapping[str, Any], kinds: Mapping[str, ParameterKind]) -> bool:
    """Whether all are numbers that such parameters may be, as nearly all of a file are."""
    return all(
        kinds[name] in NUMERIC and type(value) is int and 0 < value <= LARGEST
        for name, value in values.items()
    )


def _signature(item: dict[str, Any]) -> Any:
    """Equal for layers that say the same but for their names; None if more than constants do."""
    parts: list[Any] = []
    for key, value in item.items():
        if key in ("name", "from"):
            continue
        kind = type(value)
        if kind not in CONSTANTS or (kind is str and "$" in value):
            return None
        parts += (key, value, kind)
    return tuple(parts)


def _key(word: str, values: dict[str, Any]) -> Any:
    """Equal for operations that say the same in constants; None for any other."""
    for value in values.values():
        if isinstance(value, (list, dict)) or (type(value) is str and "$" in value):
            return None
    return (word, *values.items(), *map(type, values.values()))
