"""`convcalc diff`: what changed from one network to another."""

from functools import partial
from typing import Annotated

import typer

from convcalc_cli.flags import options
from convcalc_cli.flags.completion import totals
from convcalc_cli.formats import diff_text
from convcalc_cli.shell.outcome import BAD_INPUT, Outcome

EXAMPLES = """\b
Examples:
  convcalc diff old.yaml new.yaml
  convcalc diff HEAD~1:nets/a.yaml nets/a.yaml
  convcalc diff origin/main:nets/a.yaml nets/a.yaml --format markdown
  convcalc diff old.yaml new.yaml --fail-on params=+2%
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Old = Annotated[str, typer.Argument(metavar="OLD", help="A network file, or REV:path from git.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The same, as it is to be.")]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="TOTAL=+GAIN",
        autocompletion=totals,
        help="Exit 1 if it grows by more; repeatable.",
    ),
]


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="What changed from one network to another.",
    epilog=EXAMPLES,
)
def diff(
    old: Old,
    new: New,
    fail_on: FailOn = None,
    output_format: options.OutputFormat = options.Format.TABLE,
    output: options.Output = None,
    debug: options.Debug = False,
) -> Outcome:
    """What changed from one network to another, layer by layer and in total.

    Layers are matched by what they are, their names and where they stand.
    """
    del debug
    from convcalc_cli.commands.diff.report import diff_report
    from convcalc_cli.commands.diff.revisions import revision
    from convcalc_cli.flags.limits import allowances
    from convcalc_cli.reading.networks import networks_of

    allowed = allowances(fail_on or [])
    files = networks_of([revision(old), revision(new)])
    if files.errors:
        return Outcome(lambda _: "", BAD_INPUT, files.told)
    report = diff_report(files.good[0], files.good[1], allowed)
    return Outcome(
        partial(diff_text, report, output_format),
        report.code,
        files.told,
        output,
        inputs=[old, new],
    )
