"""A risk profile: the figures that bound every entry."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """Fractions of equity unless said otherwise.

    Attributes:
        max_portfolio_risk: most that all open positions together may lose at their stops.
        max_position_risk: most that one position may lose at its stop.
        max_position: largest value of one position.
        max_leverage: largest sum of position values, times equity.
        max_drawdown: fall from the equity's peak at which new entries pause.
        stop_loss: fall from the entry price that closes a position, fraction of that price.
        take_profit: rise from the entry price that closes a position, fraction of that price.
        daily_loss: loss since the first bar of the UTC day at which new entries stop for the day.
        kelly_fraction: share of the full Kelly size.
        pause_days: length of the pause after max_drawdown, days; the peak starts anew after it.
        entry_cost_multiple: an entry's edge is at least this multiple of the round trip's cost.
        regime_share: share of the size in volatile, trending, ranging and crisis bars.
    """

    max_portfolio_risk: float
    max_position_risk: float
    max_position: float
    max_leverage: float
    max_drawdown: float
    stop_loss: float
    take_profit: float
    daily_loss: float
    kelly_fraction: float
    pause_days: float
    entry_cost_multiple: float
    regime_share: tuple[float, float, float, float]
