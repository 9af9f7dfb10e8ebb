"""Settings of all tests."""

import os

from hypothesis import settings

# In CI the same examples every time, so that a failure is the change's; elsewhere always new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
