"""`convcalc convert`: models of other frameworks as network files."""

from typing import Annotated

import typer

from convcalc_cli.flags import network_options
from convcalc_cli.shell.outcome import BAD_INPUT, FAILED, Outcome

SUMMARY = "Write a network file from a model of another framework."
EXAMPLES = """\b
Examples:
  convcalc convert model.onnx -o net.yaml
  convcalc convert model.json --size 224 | convcalc audit -
  convcalc convert package.module:build --input 3x224x224 -o net.yaml
  convcalc convert examples/mobilenet-v1.yaml --set width=0.5 --size 160
"""

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A file (convcalc help files), package.module:name, or - for stdin."
    ),
]
Written = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="NET.yaml", help="Write the network to a file."),
]


def convert(
    file: Source,
    output: Written = None,
    set_variables: network_options.SetVariables = None,
    scale: network_options.Scale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    batch: network_options.NetworkBatch = None,
    strict: network_options.Strict = False,
) -> Outcome:
    """Write a network file with the same layers and figures.

    What --set, --scale, --size, --input and --batch set is in the file, which expects the totals.
    With --strict, a network with figures that are not known is not written.
    """
    # Loaded here, so that help texts need no YAML.
    from convcalc_cli.commands.convert.network_text import network_text
    from convcalc_cli.commands.convert.unknown import unknown_messages
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.sources import named

    overrides = overrides_of(set_variables, size, input_shape, batch, scale=scale, modules=modules)
    files = networks_of(named([file], overrides))
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.messages)
    (read,) = files.good
    unknown = unknown_messages(read) if strict else []
    if unknown:
        return Outcome(lambda _: "", FAILED, [*files.messages, *unknown])
    text = network_text(read)
    return Outcome(lambda _: text, messages=files.messages, output=output, inputs=files.inputs)
