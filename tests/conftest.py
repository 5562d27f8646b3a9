"""What all tests share: hypothesis without deadlines (compiling takes its time once), the same examples each run."""

import gc

import psutil
from hypothesis import HealthCheck, settings

settings.register_profile(
    "keel", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("keel")
MANY_FILES = 500


def pytest_runtest_logfinish() -> None:
    """Collect what the tests left open: the larger a process has grown, the more rarely the collector comes."""
    if psutil.Process().num_fds() > MANY_FILES:
        gc.collect()
