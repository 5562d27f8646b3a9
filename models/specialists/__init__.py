"""Rules by which positions are entered, protected and left; each specialist is a row of figures for them."""

from models.specialists.entries import ENTER_EDGE, entry_reason, is_wanted
from models.specialists.exits import HOLD_POSITION, exit_reason
from models.specialists.levels import Levels, are_known, entry_levels, leave_room, nearer_levels, trailed_stop
from models.specialists.rules import NEVER, OFF, Rules, held_rules, plain_rules
from models.specialists.signal import Signal, most_weight, weighted_edge

__all__ = [
    "ENTER_EDGE",
    "HOLD_POSITION",
    "NEVER",
    "OFF",
    "Levels",
    "Rules",
    "Signal",
    "are_known",
    "entry_levels",
    "entry_reason",
    "exit_reason",
    "held_rules",
    "is_wanted",
    "leave_room",
    "most_weight",
    "nearer_levels",
    "plain_rules",
    "trailed_stop",
    "weighted_edge",
]
