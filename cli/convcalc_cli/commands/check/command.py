"""`convcalc check`: networks against budgets, expected figures, rules and snapshots."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from convcalc_cli.commands.check import flags
from convcalc_cli.flags import network_options, options
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.dispatch import Formats, writing
from convcalc_cli.shell.outcome import Outcome

SUMMARY = "Check networks against budgets and rules, for CI."
EXAMPLES = """\b
Examples:
  convcalc check nets/
  convcalc check nets/ --max-params 5M --max-macs 600M
  convcalc check nets/ --format github
  convcalc check nets/ --against baseline.json --allow params=+2%
  convcalc check net.yaml --kernel-sizes 1,3,5 --verify

Budgets and expected figures in the network files and limits in convcalc.toml apply too.
Exit codes: 0 all checks pass, 1 a check fails, 2 a file is invalid or there are no files.
"""


FORMATS = Formats(
    "check",
    {
        "concise": "concise:check_concise",
        "json": "json:check_json",
        "csv": "csv:check_csv",
        "github": "github:check_github",
        "junit": "junit:check_junit",
        "gitlab": "gitlab:check_gitlab",
        "sarif": "sarif:check_sarif",
    },
)
OutputFormat = Annotated[str | None, options.output_format(FORMATS.names)]


@flags.with_limits
def check(
    paths: network_options.Paths = None,
    limits: Mapping[str, str | None] = MappingProxyType({}),
    against: flags.Against = None,
    allow: flags.Allow = None,
    update: flags.Update = False,
    skip_other: network_options.SkipOther = False,
    formats: network_options.FileFormats = None,
    set_variables: network_options.SetVariables = None,
    scale: network_options.EveryScale = None,
    modules: network_options.Modules = None,
    size: network_options.NetworkSize = None,
    input_shape: network_options.NetworkInput = None,
    config_file: network_options.ConfigFile = None,
    verify: options.Verify = False,
    seed: options.Seed = None,
    output_format: OutputFormat = None,
    output: options.Output = None,
    plot: options.Plot = None,
    html: options.Html = None,
    strict: network_options.Strict = False,
    quiet: flags.Quiet = False,
    fix: flags.Fix = False,
    fix_expect: flags.FixExpect = False,
) -> Outcome:
    """Check networks against budgets, expected figures, rules and snapshots.

    PATHS are network files, folders with network files, or - for standard input. --set, --scale,
    --size and --input apply to every network; what a file expects is then not checked, its budget
    is.
    """
    # Loaded here, so that help texts need no YAML and no TOML.
    from convcalc.checks.limits import limits_of
    from convcalc_cli.commands.check.fixing import Fixes, fixed_sources
    from convcalc_cli.commands.check.run import Requirements, run_checks, updated
    from convcalc_cli.flags.overrides import overrides_of
    from convcalc_cli.reading.config import config
    from convcalc_cli.reading.snapshots import baseline_of
    from convcalc_cli.reading.sources import require_some, same_file, sources
    from convcalc_cli.verification.verifier import verifier

    if quiet and output_format is None and output is None:
        output_format = "concise"
    wanted = writing(FORMATS, output_format, output, plot=plot, html=html)
    settings = config(config_file, Path.cwd())
    baseline = baseline_of(against, allow, update=update)
    requirements = Requirements(
        limits_of(limits), settings, baseline, verifier(verify, seed), strict
    )
    where = paths or ["."]
    if baseline and update and output and same_file(output, against):
        raise FlagError(f"--output {output} is the snapshot that --update writes")
    found = sources(
        where,
        overrides_of(set_variables, size, input_shape, scale=scale, modules=modules, scales=True),
        skip_other=skip_other,
        expected=baseline.files if baseline else (),
        search=settings.search(formats),
    )
    require_some(found, where, skip_other=skip_other)
    fixes = fixed_sources(found, expected=fix_expect) if fix or fix_expect else Fixes(found)
    report = run_checks(fixes.sources, requirements)
    renewed = {**updated(baseline, report), **fixes.renewed}
    # A snapshot in a checked folder is one of the files that are looked at and skipped.
    read = [
        file
        for file in found.files_read
        if not (update and same_file(file, against)) and file not in renewed
    ]
    patterns = settings.unmatched_patterns([file.file for file in report.files])
    unmatched = [f"warning: {each}" for each in patterns]
    return wanted.outcome(
        report,
        report.code,
        messages=() if quiet else [*fixes.messages, *report.notes, *unmatched],
        inputs=[*read, *settings.read, *([against] if against and not update else [])],
        closing="" if quiet else report.summary,
        quiet=quiet,
        renewed=renewed,
    )
