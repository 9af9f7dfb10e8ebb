"""`convcalc audit`: every layer of networks, their totals and their designs."""

from typing import Annotated

from convcalc_cli.flags import options
from convcalc_cli.flags.values import (
    all_designs,
    at_least_1,
    input_shapes,
    input_sizes,
    settings,
    whole_numbers,
)
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Every layer of a network, its totals and its designs."
EXAMPLES = """\b
Examples:
  convcalc audit examples/resnet50.yaml
  convcalc audit net.yaml --top 10 --sort macs
  convcalc audit net.yaml --set width=0.5 --size 160
  convcalc audit net.yaml --verify
  convcalc audit nets/*.yaml --format json -o report.json
  convcalc examples mobilenet-v1 | convcalc audit -
"""


FORMATS = Formats("audit", {"json": "json:audit_json", "csv": "csv:audit_csv"})
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


def audit(
    files: options.NetworkFiles,
    set_variables: options.SetVariables = None,
    size: options.NetworkSize = None,
    input_shape: options.NetworkInput = None,
    batch: options.NetworkBatch = None,
    dtype: options.NetworkDtype = None,
    groups: options.DesignGroups = "2,4,8",
    designs: options.Designs = "usual",
    sort: options.Sort = None,
    top: options.Top = None,
    unfolded: options.All = False,
    output_format: OutputFormat = None,
    output: options.Output = None,
    verify: options.Verify = False,
    seed: options.Seed = None,
    plot: options.Plot = None,
    html: options.Html = None,
    strict: options.Strict = False,
) -> Outcome:
    """Audit networks layer by layer: shapes, parameters, MACs, memory and designs.

    FILES are network files; - is standard input.
    """
    # Loaded here, so that help texts need no YAML.
    from convcalc.language.document import Overrides
    from convcalc_cli.commands.audit.report import AuditView, audit_report
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.sources import named
    from convcalc_cli.verification.verifier import verifier

    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    overrides = Overrides(
        settings(set_variables or []),
        input_sizes(size or []),
        batch,
        dtype,
        input_shapes(input_shape or []),
    )
    read = networks_of(named(files, overrides))
    view = AuditView(sort, None if top is None else at_least_1("--top", top), unfolded)
    run = verifier(verify, seed)
    as_written = overrides == Overrides({})
    report = audit_report(
        read,
        whole_numbers(groups),
        view,
        run,
        every_design=all_designs(designs),
        as_written=as_written,
        strict=strict,
    )
    return wanted.outcome(
        report, report.code, files=bool(report.networks), messages=read.messages, inputs=files
    )
