"""PyTorch's own counter, `torch.utils.flop_counter.FlopCounterMode`."""

from __future__ import annotations

from convcalc.others.rules import by_operation
from convcalc.others.tool import Tool

SUFFIXES = ("", "K", "M", "B", "T")


def _printed(total: int) -> str:
    """As its table has it: three decimals, and a letter by the number of digits."""
    index = max(0, min(len(SUFFIXES) - 1, (len(str(total)) - 2) // 3))
    return f"{total / 1000**index:.3f}{SUFFIXES[index]}"


TOOL = Tool(
    name="torch",
    version="2.13",
    package="torch 2.13",
    source="https://docs.pytorch.org/docs/stable/utils.html",
    word="FLOPs",
    unit="FLOPs",
    factor=2,
    has_params=False,
    adds=by_operation({}),
    rules={
        "convolutions, transposed ones, linear": "2 for each MAC",
        "everything else": "nothing",
        "functional, method, mean, subclass": "as the nn layer",
    },
    printed=_printed,
)
