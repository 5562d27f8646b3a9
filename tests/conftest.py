"""What all tests share: hypothesis without deadlines (compiling takes its time once), the same examples each run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "keel", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("keel")
