"""Pauses of new entries after losses. Exits are never paused."""

from models.kernels import compiled
from models.types import Reason

NO_PAUSE = 0
DAILY_LOSS = int(Reason.REFUSED_DAILY_LOSS)
DRAWDOWN = int(Reason.REFUSED_DRAWDOWN)


@compiled
def loss_pause(
    day: float,
    equity: float,
    peak: float,
    day_start: float,
    paused_until: float,
    max_drawdown: float,
    daily_loss: float,
    pause_days: float,
) -> tuple[float, float, int]:
    """New (peak, paused_until, code of the pause in force or NO_PAUSE) at a bar of UTC day number `day`.

    A drawdown of `max_drawdown` from the peak pauses entries for `pause_days`; when the pause ends, the peak starts
    anew from the equity of that bar. A loss of `daily_loss` since the day's first bar pauses them for the day.
    """
    if paused_until > 0.0:
        if day < paused_until:
            return peak, paused_until, DRAWDOWN
        peak = equity
        paused_until = 0.0
    peak = max(peak, equity)
    if equity <= peak * (1.0 - max_drawdown):
        return peak, day + pause_days, DRAWDOWN
    if equity <= day_start * (1.0 - daily_loss):
        return peak, paused_until, DAILY_LOSS
    return peak, paused_until, NO_PAUSE
