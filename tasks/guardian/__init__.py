"""The guardian as a process of its own: `python -m tasks.guardian`. It knows no Prefect, MLflow, jax or pandas."""

from tasks.guardian.building import build_guardian, look_once
from tasks.guardian.running import run_guardian

__all__ = ["build_guardian", "look_once", "run_guardian"]
