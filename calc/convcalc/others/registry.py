"""The tools by name, each in a module of its own that declares it."""

from convcalc.others import (
    calflops,
    fvcore,
    ptflops,
    ptflops_aten,
    thop,
    thop_0_0_31,
    torch_counter,
    torchinfo,
    torchsummary,
    ultralytics,
)
from convcalc.others.tool import Tool

MODULES = (
    *(torch_counter, torchinfo, thop, thop_0_0_31, ultralytics, fvcore),
    *(ptflops, ptflops_aten, calflops, torchsummary),
)

TOOLS: dict[str, Tool] = {module.TOOL.name: module.TOOL for module in MODULES}
"""The tools in the order of reports."""
