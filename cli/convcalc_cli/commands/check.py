"""`convcalc check`: networks held to budgets, expectations, rules and snapshots."""

from functools import partial
from pathlib import Path

import typer

from convcalc_cli import check_options, options
from convcalc_cli.flags import FlagError
from convcalc_cli.formats import check_text
from convcalc_cli.outcome import Outcome

EXAMPLES = """\b
Examples:
  convcalc check nets/
  convcalc check nets/ --max-params 5M --max-macs 600M
  convcalc check nets/ --format github
  convcalc check nets/ --against baseline.json --allow params=+2%
  convcalc check net.yaml --kernel-sizes 1,3,5 --verify

Budgets and expectations in the files themselves and in convcalc.toml count too.
Exit codes: 0 all is well, 1 a limit is broken, 2 a file is no network, or there is none.
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    context_settings=options.HELP_FLAGS,
    short_help="Budgets, expectations and rules, for CI.",
    epilog=EXAMPLES,
)
def check(
    paths: check_options.Paths = None,
    max_params: check_options.MaxParams = None,
    max_macs: check_options.MaxMacs = None,
    max_flops: check_options.MaxFlops = None,
    max_peak_activation: check_options.MaxPeakActivation = None,
    max_activation: check_options.MaxActivation = None,
    max_weight: check_options.MaxWeight = None,
    max_input: check_options.MaxInput = None,
    max_torchsummary: check_options.MaxTorchsummary = None,
    max_layer_share: check_options.MaxLayerShare = None,
    kernel_sizes: check_options.KernelSizes = None,
    groups_multiple_of: check_options.GroupsMultipleOf = None,
    channels_multiple_of: check_options.ChannelsMultipleOf = None,
    against: check_options.Against = None,
    allow: check_options.Allow = None,
    update: check_options.Update = False,
    skip_other: check_options.SkipOther = False,
    config_file: check_options.ConfigFile = None,
    verify: options.Verify = False,
    seed: options.Seed = None,
    output_format: check_options.OutputFormat = check_options.CheckFormat.TABLE,
    output: options.Output = None,
    debug: options.Debug = False,
) -> Outcome:
    """Networks held to budgets, expectations, rules and snapshots.

    PATHS are network files, folders that have some, or - for standard input.
    """
    del debug
    given = locals()
    # Loaded here, so that help texts need no YAML and no TOML.
    from convcalc_cli.baseline import baseline_of
    from convcalc_cli.check_report import Held, check_report, updated
    from convcalc_cli.config import config
    from convcalc_cli.discovery import require_some, same_file, sources
    from convcalc_cli.limit_flags import LIMITS, limits_of
    from convcalc_cli.verifier import verifier

    limits = limits_of({name: given[name] for name in LIMITS})
    settings = config(config_file, Path.cwd())
    baseline = baseline_of(against, allow, update=update)
    held = Held(limits, settings, baseline, verifier(verify, seed))
    wanted = paths or ["."]
    if baseline and update and output and same_file(output, against):
        raise FlagError(f"--output {output} is the snapshot that --update writes")
    found = sources(wanted, skip_other=skip_other, known=baseline.known if baseline else ())
    require_some(found, wanted, skip_other=skip_other)
    report = check_report(found, held)
    return Outcome(
        partial(check_text, report, output_format),
        report.code,
        [f"warning: {each}" for each in settings.idle([file.file for file in report.files])],
        output,
        inputs=[*found.read, *settings.read, *([against] if against and not update else [])],
        closing=report.summary,
        renewed=updated(baseline, report),
    )
