"""The pause of one trading system after its own losses. Exits are never paused."""

from models.kernels import compiled
from models.risk.ladder import NEVER, has_lost
from models.types import Reason

NO_PAUSE = 0
STRATEGY = int(Reason.REFUSED_STRATEGY)


@compiled
def drawdown_pause(
    day: float, equity: float, peak: float, paused_until: float, max_drawdown: float, pause_days: float
) -> tuple[float, float, int]:
    """New (peak, paused_until, code of the pause in force or NO_PAUSE) at a mark on UTC day number `day`.

    A drawdown of `max_drawdown` from the peak pauses the system's entries for `pause_days`, or with 0.0 until a person
    ends it; when the pause ends, the peak starts anew from the equity of that mark.
    """
    if paused_until > 0.0:
        if day < paused_until:
            return peak, paused_until, STRATEGY
        peak = equity
        paused_until = 0.0
    peak = max(peak, equity)
    if has_lost(equity, peak, max_drawdown):
        paused_until = day + pause_days if pause_days > 0.0 else NEVER
        return peak, paused_until, STRATEGY
    return peak, paused_until, NO_PAUSE
