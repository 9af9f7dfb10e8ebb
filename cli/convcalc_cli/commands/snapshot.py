"""`convcalc snapshot`: the totals of networks, recorded to compare with later."""

from pathlib import Path
from typing import Annotated

import typer

from convcalc_cli.flags import network_options
from convcalc_cli.shell.outcome import BAD_INPUT, Outcome

SUMMARY = "Record the totals of networks, for check --against."
EXAMPLES = """\b
Examples:
  convcalc snapshot nets/ -o baseline.json
  convcalc check nets/ --against baseline.json --allow params=+2%
"""


SnapshotFile = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the snapshot to a file.")
]


def snapshot(
    paths: network_options.Paths = None,
    skip_other: network_options.SkipOther = False,
    formats: network_options.FileFormats = None,
    set_variables: network_options.SetVariables = None,
    scale: network_options.EveryScale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    config_file: network_options.ConfigFile = None,
    output: SnapshotFile = None,
) -> Outcome:
    """Record the totals and a fingerprint of each network, to compare with later.

    PATHS are network files, folders with network files, or - for standard input. Stops at the
    first invalid file: a partial snapshot would hide regressions. Files of folders are those that
    check takes: convcalc.toml may name formats, and leave some out.
    """
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.config import config
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.snapshots import snapshot_of
    from convcalc_cli.reading.sources import require_some, sources

    wanted = paths or ["."]
    overrides = overrides_of(
        set_variables, size, input_shape, scale=scale, modules=modules, scales=True
    )
    settings = config(config_file, Path.cwd())
    search = settings.search(formats)
    found = sources(wanted, overrides, skip_other=skip_other, search=search)
    require_some(found, wanted, skip_other=skip_other)
    files = networks_of(found.found)
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.messages)
    text = snapshot_of(files.good, output)
    inputs = [*found.files_read, *settings.read]
    return Outcome(lambda _: text, messages=files.messages, output=output, inputs=inputs)
