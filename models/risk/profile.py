"""A risk profile: the figures that bound every entry of an account."""

from typing import NamedTuple


class RiskProfile(NamedTuple):
    """Fractions of equity unless said otherwise; all floats, because compiled code reads them as an array.

    Attributes:
        max_portfolio_risk: most that all open positions together may lose at their stops.
        max_position_risk: most that one position may lose at its stop.
        max_position: largest value of one position.
        max_leverage: largest sum of position values, times equity.
        max_drawdown: fall from the equity's peak at which new entries pause.
        daily_loss: loss since the end of the UTC day before at which new entries stop for the day.
        kelly_fraction: share of the full Kelly size.
        pause_days: length of the pause after max_drawdown, days; the peak starts anew after it.
        horizon: bars over which an edge is expected.
    """

    max_portfolio_risk: float
    max_position_risk: float
    max_position: float
    max_leverage: float
    max_drawdown: float
    daily_loss: float
    kelly_fraction: float
    pause_days: float
    horizon: float
