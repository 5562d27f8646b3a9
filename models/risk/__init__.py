"""How much, and when not: the size of an entry under a profile, and the pauses after losses."""

from models.risk.pauses import loss_pause
from models.risk.profile import RiskProfile
from models.risk.sizing import added_value, entry_notional, held_value, kelly_share

__all__ = ["RiskProfile", "added_value", "entry_notional", "held_value", "kelly_share", "loss_pause"]
