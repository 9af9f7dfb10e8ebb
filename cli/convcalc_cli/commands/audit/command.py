"""`convcalc audit`: every layer of networks written as YAML."""

from collections.abc import Iterable
from functools import partial

import typer

from convcalc_cli.flags import options
from convcalc_cli.flags.values import at_least_1, settings, whole_numbers
from convcalc_cli.formats import audit_text
from convcalc_cli.shell.outcome import Outcome

EXAMPLES = """\b
Examples:
  convcalc audit examples/resnet50.yaml
  convcalc audit net.yaml --top 10 --sort macs
  convcalc audit net.yaml --set width=0.5 --size 160
  convcalc audit net.yaml --verify
  convcalc audit nets/*.yaml --format json -o report.json
  convcalc examples mobilenet-v1 | convcalc audit -
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="Every layer of a network file, the totals, and its designs.",
    epilog=EXAMPLES,
)
def audit(
    files: options.NetworkFiles,
    set_variables: options.SetVariables = None,
    size: options.NetworkSize = None,
    batch: options.NetworkBatch = None,
    dtype: options.NetworkDtype = None,
    groups: options.DesignGroups = "2,4,8",
    sort: options.Sort = None,
    top: options.Top = None,
    unfolded: options.All = False,
    output_format: options.OutputFormat = options.Format.TABLE,
    output: options.Output = None,
    verify: options.Verify = False,
    seed: options.Seed = None,
    plot: options.Plot = None,
    html: options.Html = None,
    debug: options.Debug = False,
) -> Outcome:
    """Networks written as YAML, layer by layer: shapes, parameters, MACs, memory, and designs.

    FILES are network files; - is standard input.
    """
    del debug
    # Loaded here, so that help texts need no YAML.
    from convcalc.language.document import Overrides
    from convcalc_cli.commands.audit.report import AuditView, audit_report
    from convcalc_cli.reading.networks import networks_of
    from convcalc_cli.reading.sources import named
    from convcalc_cli.verification.verifier import verifier

    if html is not None:
        from convcalc_cli.commands.audit.html import audit_html, check_ending

        check_ending(html)
    overrides = Overrides(settings(set_variables or []), size, batch, dtype)
    read = networks_of(named(files), overrides)
    view = AuditView(sort, None if top is None else at_least_1("--top", top), unfolded)
    run = verifier(verify, seed)
    as_written = overrides == Overrides({})
    report = audit_report(read, whole_numbers(groups), view, run, as_written=as_written)
    saved: dict[str, str | bytes | Iterable[str]] = {}
    if plot is not None and report.networks:
        from convcalc_cli.formats.plots import audit_plot  # Matplotlib is slow to load

        saved[plot] = audit_plot(report, plot)
    if html is not None and report.networks:
        saved[html] = audit_html(report)
    text = partial(audit_text, report, output_format)
    return Outcome(text, report.code, read.told, output, saved, inputs=files)
