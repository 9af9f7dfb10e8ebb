"""Every public name of the engine shows in a doctest how it is used."""

import inspect
from collections import defaultdict
from typing import Any, NamedTuple

import pytest

import convcalc

PUBLIC = {name: getattr(convcalc, name) for name in convcalc.__all__}
NAMES = {name: value for name, value in PUBLIC.items() if not isinstance(value, str)}


class Method(NamedTuple):
    """A method or property, and the class that defines it."""

    owner: type
    name: str
    value: Any

    def implements_what_a_base_documents(self) -> bool:
        _, *bases = self.owner.__mro__
        return any(vars(base)[self.name].__doc__ for base in bases if self.name in vars(base))


def public_methods() -> dict[Method, list[type]]:
    """What the package defines for its public classes, with the classes that have it."""
    found = defaultdict(list)
    for kind in filter(inspect.isclass, NAMES.values()):
        for name in dir(kind):
            owner = next(owner for owner in kind.__mro__ if name in vars(owner))
            value = vars(owner)[name]
            ours = owner.__module__.partition(".")[0] == "convcalc" and not name.startswith("_")
            if ours and (inspect.isroutine(value) or isinstance(value, property)):
                found[Method(owner, name, value)].append(kind)
    return found


METHODS = public_methods()


def examples(value: Any) -> list[str]:
    return [line for line in (value.__doc__ or "").splitlines() if line.strip().startswith(">>>")]


def titled(method: Method) -> Any:
    return pytest.param(method, id=f"{method.owner.__name__}.{method.name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_a_doctest(name: str) -> None:
    assert examples(NAMES[name])


@pytest.mark.parametrize("method", [titled(method) for method in METHODS])
def test_a_public_method_has_a_doctest(method: Method) -> None:
    """Its own, or one of a class that has it where that uses it or a base tells what it is."""
    of_classes = [line for kind in METHODS[method] for line in examples(kind)]
    told = method.implements_what_a_base_documents()
    used = any(f".{method.name}" in line for line in of_classes)
    assert examples(method.value) or (of_classes and told) or used


def test_there_are_names_and_methods_to_test() -> None:
    assert {"Conv", "compare", "Comparison", "SpecError"} <= {*NAMES}
    titles = {f"{method.owner.__name__}.{method.name}" for method in METHODS}
    assert {"Comparison.possible", "Conv.output_shape", "Operation.params"} <= titles
