"""The drill of the guardian: real processes in a home of their own, and what came of each step."""

from tasks.session.drilling.drill import SCENES, run_drill
from tasks.session.drilling.found import Drill, Step, last_drill, record

__all__ = ["SCENES", "Drill", "Step", "last_drill", "record", "run_drill"]
