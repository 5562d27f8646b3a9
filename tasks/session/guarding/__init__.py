"""Who watches the trader: signs of life, what the guardian looks at, what it makes of it, and what it does."""

from tasks.session.guarding.alive import Pulse, alive, alive_cycle
from tasks.session.guarding.facts import Demand, Facts, Finding, Round, Seen, What, Worth
from tasks.session.guarding.judging import Rules, judge, rules_of
from tasks.session.guarding.required import needs_guardian, tell_unguarded, unguarded
from tasks.session.guarding.silence import Silence, Watch

__all__ = [
    "Demand",
    "Facts",
    "Finding",
    "Pulse",
    "Round",
    "Rules",
    "Seen",
    "Silence",
    "Watch",
    "What",
    "Worth",
    "alive",
    "alive_cycle",
    "judge",
    "needs_guardian",
    "rules_of",
    "tell_unguarded",
    "unguarded",
]
