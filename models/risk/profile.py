"""A risk profile: the figures that bound every entry of a trading system."""

from typing import NamedTuple


class RiskProfile(NamedTuple):
    """Fractions of the system's equity unless said otherwise; all floats, because compiled code reads them as an array.

    Attributes:
        max_portfolio_risk: most that all open positions together may lose at their stops.
        max_position_risk: most that one position may lose at its stop.
        max_position: largest value of one position.
        max_leverage: largest sum of position values, times equity.
        max_drawdown: fall from the equity's peak at which the system's new entries pause.
        kelly_fraction: share of the full Kelly size.
        pause_days: length of that pause, days, after which the peak starts anew; 0.0: until a person ends it.
        horizon: bars over which an edge is expected.
    """

    max_portfolio_risk: float
    max_position_risk: float
    max_position: float
    max_leverage: float
    max_drawdown: float
    kelly_fraction: float
    pause_days: float
    horizon: float
