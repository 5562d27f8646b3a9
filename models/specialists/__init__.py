"""Rules by which positions are entered, protected and left; each specialist is a row of figures for them."""

from models.specialists.entries import ENTER_EDGE, entry_reason
from models.specialists.exits import HOLD_POSITION, exit_reason
from models.specialists.levels import Levels, are_known, entry_levels, leave_room, trailed_stop
from models.specialists.rules import OFF, Rules, plain_rules

__all__ = [
    "ENTER_EDGE",
    "HOLD_POSITION",
    "OFF",
    "Levels",
    "Rules",
    "are_known",
    "entry_levels",
    "entry_reason",
    "exit_reason",
    "leave_room",
    "plain_rules",
    "trailed_stop",
]
