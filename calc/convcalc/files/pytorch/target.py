"""What a target `package.module:callable` names: this runs the code of that package."""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from convcalc.wording import did_you_mean

MISSING = "PyTorch targets need torch, which is not installed"
LONGEST = 300
"""Characters of a message of others' code that are shown."""


class TargetError(Exception):
    """A target that cannot be imported, made or run."""


class UserCodeError(TargetError):
    """Others' code raised something.

    Args:
        doing: what it could not do.
        error: what it raised.
    """

    def __init__(self, doing: str, error: BaseException) -> None:
        self.error = error
        super().__init__(f"{doing}: {described(error)}")


def load_torch() -> ModuleType:
    """PyTorch, as far as it is installed.

    Raises:
        TargetError: it is not.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        if error.name == "torch":
            raise TargetError(MISSING) from error
        raise TargetError(f"torch cannot be imported: {described(error)}") from error
    except OSError as error:  # a shared library of it
        raise TargetError(f"torch cannot be imported: {described(error)}") from error


@contextlib.contextmanager
def running_user_code(doing: str) -> Iterator[None]:
    """What others' code prints goes to stderr; what it raises becomes one line.

    The current folder is importable inside.

    Raises:
        UserCodeError: it raised something.
    """
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except TargetError:
        raise
    except (Exception, SystemExit) as error:
        raise UserCodeError(doing, error) from error
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)


def described(error: BaseException) -> str:
    """An exception in one line: its type, its message, and where it was raised.

    >>> described(ValueError("no\\n  such thing"))
    'ValueError: no such thing'
    """
    words = " ".join(str(error).split())
    words = words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
    name = type(error).__name__
    text = f"{name}: {words}" if words else name
    place = _place(error)
    return f"{text} ({place})" if place else text


def _place(error: BaseException) -> str:
    """The line of others' own code that raised it, if it was not that of a library."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown(error.filename)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_library(frame.filename)]
    return f"{shown(own[-1].filename)}:{own[-1].lineno}" if own else ""


def shown(file: str) -> str:
    """A file's name, from the current folder if it is in it.

    >>> shown(str(Path.cwd() / "models" / "net.py"))
    'models/net.py'
    """
    path, here = Path(file), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file


def _is_library(file: str) -> bool:
    path = Path(file)
    if file.startswith("<") or {"site-packages", "dist-packages"} & {*path.parts}:
        return True
    folders = (Path(__file__).parents[2], Path(contextlib.__file__).parent)
    return any(path.is_relative_to(folder) for folder in folders)


def callable_of(target: str) -> Any:
    """What a target names.

    Raises:
        TargetError: it cannot be imported, or there is no such name in it.
    """
    module_name, _, name = target.partition(":")
    with running_user_code(f"{module_name} cannot be imported"):
        module = importlib.import_module(module_name)
        found = getattr(module, name, None)
    if found is None:
        names = [each for each in vars(module) if not each.startswith("_")]
        raise TargetError(f"{module_name} has no {name}{did_you_mean(name, names)}")
    return found
