"""How much, and when not: the size of an entry under its limits, and the stops after losses."""

from models.risk.exposure import pulls_of, room_under_var
from models.risk.house import House, no_house
from models.risk.ladder import (
    Ladder,
    climbed,
    fallen,
    first_ladder,
    flowed,
    is_due,
    marked_to,
    moved,
    on_day,
    refusal,
    released,
    traded_once,
    week_of,
)
from models.risk.pauses import drawdown_pause
from models.risk.profile import RiskProfile
from models.risk.sizing import (
    CAP_BOUNDS,
    Caps,
    added_caps,
    entry_caps,
    held_caps,
    kelly_share,
    no_caps,
    tightest,
)

__all__ = [
    "CAP_BOUNDS",
    "Caps",
    "House",
    "Ladder",
    "RiskProfile",
    "added_caps",
    "climbed",
    "drawdown_pause",
    "entry_caps",
    "fallen",
    "first_ladder",
    "flowed",
    "held_caps",
    "is_due",
    "kelly_share",
    "marked_to",
    "moved",
    "no_caps",
    "no_house",
    "on_day",
    "pulls_of",
    "refusal",
    "released",
    "room_under_var",
    "tightest",
    "traded_once",
    "week_of",
]
