"""The operations topic, made from the declarations of the operations."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from convcalc.wording import did_you_mean
from convcalc_cli.documentation.topics import rendered
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.screen import Screen

if TYPE_CHECKING:
    from convcalc.operations.declarations import Declaration

HEAD = """\
# Operations

The operations of network files: what each does, its parameters and their defaults.

An operation is written as `{conv: 64, kernel_size: 3}`, with the main argument after its name; one
that needs no parameters is a word, such as `relu`. Sizes are one number, or one for each dimension:
`kernel_size: [3, 5]`.

`crop: low` and `upsample: low` go to the spatial sizes of the value `low`: a layer before them, or
`input`. It is read for its sizes alone, so it is not kept in memory for that. Axes (`permute`,
`slice`) count from the channels, which are 0.

| operation | what it does | main argument | parameters and their defaults |
| :--- | :--- | :--- | :--- |
"""


def operations_markdown() -> str:
    """The topic."""
    return HEAD + "".join([_row(word) for word in _declarations().values()])


def operation_names() -> list[str]:
    """Every operation by its name."""
    return list(_declarations())


def _declarations() -> Mapping[str, Declaration]:
    from convcalc.operations.registry import DECLARATIONS  # help texts of commands need none

    return DECLARATIONS


def _row(word: Declaration) -> str:
    main = _with_default(word, word.main) if word.main else ""
    others = ", ".join([_with_default(word, name) for name in word.kinds if name != word.main])
    return f"| `{word.word}` | {_summary(word)} | {main} | {others} |\n"


def _summary(word: Declaration) -> str:
    """The first line of its documentation."""
    text = inspect.getdoc(word.make) or "The activation function of that name, as in PyTorch."
    return text.partition("\n")[0].replace("|", "\\|")


def _with_default(word: Declaration, name: str) -> str:
    if name not in word.defaults or word.defaults[name] is None:
        return name
    return f"{name} {_written(word.defaults[name])}"


def _written(value: Any) -> str:
    """A default as network files write it."""
    return value if isinstance(value, str) else json.dumps(value)


def operation_text(name: str, screen: Screen) -> str:
    """One operation, with a line for each parameter.

    Raises:
        FlagError: there is none of that name.
    """
    declarations = _declarations()
    if name not in declarations:
        raise FlagError(f"unknown operation {name}{did_you_mean(name, declarations)}")
    word = declarations[name]
    lines = [f"# {name}", "", _summary(word), ""]
    if word.kinds:
        lines += ["| parameter | value | default |", "| :--- | :--- | :--- |"]
    for parameter in word.kinds:
        title = f"{parameter} (main argument)" if parameter == word.main else parameter
        lines.append(f"| `{title}` | {word.usage(parameter)} | {_default(word, parameter)} |")
    text = "\n".join(lines).rstrip() + "\n"
    return text if screen.width is None else rendered(text, screen)


def _default(word: Declaration, parameter: str) -> str:
    if parameter in word.required:
        return "required"
    default = word.defaults.get(parameter)
    return "" if default is None else _written(default)
