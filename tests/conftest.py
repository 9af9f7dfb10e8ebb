"""Settings of all tests."""

import os

from hypothesis import HealthCheck, settings

try:
    from hypothesis.internal.conjecture import providers
except ImportError:  # older releases draw no constants
    providers = None  # type: ignore[assignment]

# The same examples on every machine, however slow it is, whatever ran before: a failure is the
# change's. New ones are drawn by `tests/campaigns/properties.py`, with the profile "random"; what
# they find becomes a test of its own.
FIXED = settings(
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("fixed", FIXED)
settings.register_profile("random", FIXED, derandomize=False, database=None)
settings.load_profile("fixed")

# Hypothesis also draws constants out of the code that happens to be imported, if it lies in the
# right folder: examples would depend on where the checkout is, and on the tests that ran before.
if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants

# What a person, a terminal, a Git hook or a CI service has set decides no test, nor what the
# tests' own processes inherit.
UNWANTED = {"CI", "COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "LINES", "NO_COLOR", "TERM"}
UNWANTED |= {"PYTHONIOENCODING", "PYTHONWARNINGS", "PRE_COMMIT"}
for name in list(os.environ):
    if name in UNWANTED or name.startswith("GIT_"):
        del os.environ[name]
os.environ.update({"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"})

# NumPy with one thread, as the program has it: on a busy machine the threads wait for each other.
os.environ.update(
    dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
)
