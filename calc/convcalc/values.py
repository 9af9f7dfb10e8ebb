"""The values that parameters take, checked where they enter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias, cast

from convcalc.errors import SpecError
from convcalc.wording import counted

LARGEST = 10**15
"""The largest number that a parameter or a size may be."""

Shape: TypeAlias = tuple[int, ...]
"""`(C, *spatial)`, without the batch; or the shape of a weight."""

Pads: TypeAlias = tuple[tuple[int, int], ...]
"""Padding at the low and the high side, a pair for each spatial dimension."""


class Valid(tuple[tuple[int, int], ...]):
    """No padding, written as `valid`: the same, but there are tools that count it otherwise.

    >>> Valid(((0, 0),)) == ((0, 0),)
    True
    """

    __slots__ = ()


Padding: TypeAlias = Pads | Literal["same"]
"""Padding as an operation has it: numbers, or `same`, which depends on the input's size."""

PerDimension: TypeAlias = int | Sequence[int]
"""One value for every spatial dimension, or one for each."""

PaddingArgument: TypeAlias = int | Sequence[int] | Sequence[Sequence[int]] | str
"""A number, one for each dimension, a low and high pair for each, `same`, `valid` or `causal`."""

Factor: TypeAlias = int | Fraction
"""How many times as large something becomes, exactly."""


def whole(name: str, value: object, least: int = 1) -> int:
    """The value if it is a whole number from `least` to 10^15.

    Raises:
        SpecError: it is anything else; a bool is no number.

    >>> whole("groups", 4)
    4
    >>> whole("groups", True)
    Traceback (most recent call last):
    convcalc.errors.SpecError: groups=True is not a whole number
    """
    if type(value) is not int:
        raise _refusal(name, value, "is not a whole number")
    return _in_range(name, value, value, least)


def number(name: str, value: object) -> float:
    """The value if it is a number, whole or not, that is neither infinite nor undefined.

    >>> number("p", 0.5), number("p", 1)
    (0.5, 1)
    """
    if type(value) not in (int, float) or not -LARGEST <= value <= LARGEST:  # type: ignore[operator]
        raise _refusal(name, value, "is not a number")
    return cast("float", value)


def flag(name: str, value: object) -> bool:
    """The value if it is true or false, and nothing that merely counts as such."""
    if type(value) is not bool:
        raise _refusal(name, value, "is neither true nor false")
    return value


def one_of(name: str, value: object, choices: Sequence[str | bool]) -> Any:
    """The value if it is one of the choices; a number is no bool.

    Raises:
        SpecError: it is none of them.

    >>> one_of("over", "all", ("channels", "all"))
    'all'
    >>> one_of("affine", 1, (True, False, "weight", "bias"))
    Traceback (most recent call last):
    convcalc.errors.SpecError: affine=1 is not one of true, false, weight, bias
    """
    if any(type(value) is type(each) and value == each for each in choices):
        return value
    raise _refusal(name, value, f"is not one of {', '.join(map(choice_text, choices))}")


def choice_text(choice: str | bool) -> str:
    """A choice as network files write it.

    >>> choice_text("all"), choice_text(True)
    ('all', 'true')
    """
    return choice if isinstance(choice, str) else str(choice).lower()


def factors(name: str, value: object, dims: int) -> tuple[Factor, ...]:
    """A number above 0 for each of `dims` dimensions, exactly what its decimals say.

    >>> factors("scale_factor", 2, 2), factors("scale_factor", (0.7, 2.0), 2)
    ((2, 2), (Fraction(7, 10), 2))
    """
    if isinstance(value, (list, tuple)):
        if len(value) != dims:
            raise _wrong_number_of_values(name, value, dims)
        return tuple([_factor(name, value, item) for item in value])
    return (_factor(name, value, value),) * dims


def _factor(name: str, given: object, value: object) -> Factor:
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise _refusal(name, given, "is not a number, or a list of them")
    if not 0 < value <= LARGEST:  # nor is what is not a number
        fault = "is not above 0" if not value > 0 else "is above 10^15"
        raise _refusal(name, given, fault if given is value else f"has a value that {fault}")
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def per_dimension(name: str, value: object, dims: int, least: int = 1) -> tuple[int, ...]:
    """One whole number for each of `dims` dimensions; a single one serves them all.

    >>> per_dimension("stride", 2, 3), per_dimension("kernel_size", (3, 5), 2)
    ((2, 2, 2), (3, 5))
    >>> per_dimension("stride", (2, 0), 2)
    Traceback (most recent call last):
    convcalc.errors.SpecError: stride=(2, 0) has a value that is below 1
    """
    if type(value) is int:
        return (_in_range(name, value, value, least),) * dims
    numbers = _items(name, value)
    if len(numbers) != dims:
        raise _wrong_number_of_values(name, numbers, dims)
    return tuple([_number(name, numbers, item, least) for item in numbers])


def padding_of(value: object, dims: int, name: str = "padding") -> Padding:
    """Padding in the form an operation holds it.

    >>> padding_of(1, 2), padding_of("valid", 1), padding_of((1, 2), 2)
    (((1, 1), (1, 1)), ((0, 0),), ((1, 1), (2, 2)))
    >>> padding_of([[0, 1], [2, 3]], 2), padding_of("same", 2)
    (((0, 1), (2, 3)), 'same')
    """
    if type(value) is int:
        return ((_in_range(name, value, value, 0),) * 2,) * dims
    if isinstance(value, Valid) and len(value) == dims:
        return value
    if isinstance(value, str):
        return _named_padding(value, dims)
    items = _items(name, value)
    if len(items) != dims:
        error = _wrong_number_of_values(name, items, dims)
        raise _with_pairs(error, name, items, dims) or error
    return tuple([_pair(name, items, item) for item in items])


def dims_of(given: int | None, **parameters: object) -> int:
    """How many spatial dimensions an operation has: what is given, else what a tuple says, else 2.

    Raises:
        SpecError: two of them contradict each other, or there are none or more than 3.

    >>> dims_of(None, kernel_size=(3, 3, 3), stride=2), dims_of(None, kernel_size=3)
    (3, 2)
    >>> dims_of(2, kernel_size=(3, 3, 3))
    Traceback (most recent call last):
    convcalc.errors.SpecError: kernel_size=(3, 3, 3) has 3 values for dims=2; did you mean dims=3?
    """
    listed = {name: value for name, value in parameters.items() if isinstance(value, (list, tuple))}
    if given is not None:
        return _dims_given(whole("dims", given), listed)
    if not listed:
        return 2
    (name, values), *others = listed.items()
    if not 1 <= len(values) <= 3:
        error = _refusal(name, values, f"has {len(values)} values, not 1, 2 or 3")
        raise _with_pairs(error, name, values, len(values) // 2) or error
    for other, other_values in others:
        if len(other_values) != len(values):
            has = counted(len(other_values), "value")
            fact = f"{{{other}}} has {has}, {{{name}}} has {len(values)}"
            error = SpecError(fact, **{other: other_values, name: values})
            raise _with_pairs(error, other, other_values, len(values)) or error
    return len(values)


def _dims_given(dims: int, listed: Mapping[str, Sequence[object]]) -> int:
    if dims > 3:
        raise SpecError("{dims} is not 1, 2 or 3", dims=dims)
    for name, values in listed.items():
        if len(values) != dims:
            error = _wrong_number_of_values(name, values, dims)
            if paired := _with_pairs(error, name, values, dims):
                raise paired
            lengths = {len(other) for other in listed.values()}
            if len(lengths) == 1 and 1 <= len(values) <= 3:
                error.suggesting(dims=len(values))
            raise error
    return dims


def whole_list(name: str, value: object, least: int = 1) -> tuple[int, ...]:
    """A list of whole numbers, however many.

    >>> whole_list("channels", [0, 58], least=0)
    (0, 58)
    """
    numbers = _items(name, value, "a list of whole numbers")
    return tuple([_number(name, numbers, item, least) for item in numbers])


def shape_of(name: str, value: object) -> Shape:
    """`(C, *spatial)` with 0 to 3 spatial sizes, each a whole number of at least 1.

    >>> shape_of("input_shape", [3, 224, 224])
    (3, 224, 224)
    """
    if type(value) is tuple and 1 <= len(value) <= 4:
        for size in value:
            if type(size) is not int or not 1 <= size <= LARGEST:
                break
        else:
            return value
    numbers = _items(name, value, "a list of whole numbers")
    if not 1 <= len(numbers) <= 4:
        raise _refusal(name, numbers, "is not (C, *spatial) with 0 to 3 spatial sizes")
    return tuple([_number(name, numbers, item, 1) for item in numbers])


def compact(value: Any) -> Any:
    """A value for each dimension in the shortest form that means the same.

    >>> compact((3, 3)), compact((3, 5)), compact(((1, 1), (2, 2))), compact(((0, 1), (0, 1)))
    (3, (3, 5), (1, 2), ((0, 1), (0, 1)))
    >>> compact((Fraction(3, 2), Fraction(3, 2)))
    1.5
    """
    if isinstance(value, Fraction):
        return float(value)
    if not isinstance(value, tuple):
        return value
    value = tuple([float(item) if isinstance(item, Fraction) else item for item in value])
    if all(isinstance(item, tuple) and item[0] == item[1] for item in value):
        return compact(tuple([item[0] for item in value]))
    uniform = isinstance(value[0], (int, float)) and value == value[:1] * len(value)
    return value[0] if uniform else value


def _named_padding(value: str, dims: int) -> Padding:
    if value == "same":
        return "same"
    if value == "valid":
        return Valid(((0, 0),) * dims)
    raise _refusal("padding", value, "is not a number, same, valid or causal")


def _pair(name: str, items: tuple[object, ...], item: object) -> tuple[int, int]:
    if isinstance(item, (list, tuple)):
        if len(item) != 2:
            raise _refusal(name, items, f"has {counted(len(item), 'value')} for low and high")
        return (_number(name, items, item[0], 0), _number(name, items, item[1], 0))
    return (_number(name, items, item, 0),) * 2


def _items(
    name: str, value: object, wanted: str = "a whole number or a list of them"
) -> tuple[object, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    raise _refusal(name, value, f"is not {wanted}")


def _number(name: str, numbers: tuple[object, ...], item: object, least: int) -> int:
    if type(item) is not int:
        raise _refusal(name, numbers, "is not a list of whole numbers")
    return _in_range(name, numbers, item, least)


def _in_range(name: str, given: object, number: int, least: int) -> int:
    """`number`, refused in the name of `given`, which it is or is a part of."""
    if least <= number <= LARGEST:
        return number
    if number < least:
        fault = f"is below {least}" if least else "is negative"
    else:
        fault = "is above 10^15"
    if given is not number:
        fault = f"has a value that {fault}"
    raise _refusal(name, given, fault)


def _wrong_number_of_values(name: str, values: Sequence[object], dims: int) -> SpecError:
    fact = f"{{{name}}} has {counted(len(values), 'value')} for {{dims}}"
    return SpecError(fact, **{name: values, "dims": dims})


def _with_pairs(
    error: SpecError, name: str, values: Sequence[object], dims: int
) -> SpecError | None:
    """The error with the pairs that a flat list of low and high padding stands for, if it does."""
    flat = name in ("padding", "widths") and all(type(value) is int for value in values)
    if not flat or not 1 <= dims <= 3 or len(values) != 2 * dims:
        return None
    pairs = tuple([(values[at], values[at + 1]) for at in range(0, len(values), 2)])
    fact = f"{error.fact}; low and high are a pair: {{{name}.instead}}"
    return SpecError(fact, **error.values).suggesting(**{name: pairs})


def _refusal(name: str, value: object, fault: str) -> SpecError:
    return SpecError(f"{{{name}}} {fault}", **{name: value})
