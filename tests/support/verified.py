"""A small network to verify, and what of it failed."""

from typing import Any

from convcalc.reference.results import Verification

SMALL: Any = {
    "input": [4, 9, 7],
    "layers": [
        {"conv": 8, "kernel_size": 3, "groups": 2, "name": "first"},
        {"batch_norm": {}, "name": "norm"},
        {"relu": None, "name": "act"},
        {"conv_transpose": 8, "kernel_size": 2, "stride": 2, "name": "up"},
        {"layer_scale": None, "name": "scale"},
        {"pixel_shuffle": 2, "name": "last"},
    ],
}


def failures(found: Verification) -> list[tuple[str, str]]:
    return [(row.name, check.kind) for row in found.rows for check in row.failed]
