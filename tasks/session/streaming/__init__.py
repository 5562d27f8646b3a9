"""Market data as it happens: kept alive, without doubles, into the lake."""

from tasks.session.streaming.desk_side import plan_of, target_of
from tasks.session.streaming.events import StreamEvent, What
from tasks.session.streaming.patience import Patience
from tasks.session.streaming.plan import Plan, Sources, Tally, Target
from tasks.session.streaming.run import run_streams

__all__ = [
    "Patience",
    "Plan",
    "Sources",
    "StreamEvent",
    "Tally",
    "Target",
    "What",
    "plan_of",
    "run_streams",
    "target_of",
]
