"""What a book has shown in the stage it is in."""

from dataclasses import dataclass

from models.types.stages import Stage


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one book line in one stage, over one window. A figure that is nan is not known, and passes nothing.

    Attributes:
        stage: that was traded.
        days: with at least one decision.
        sharpe: annualised, of daily returns.
        drawdown: deepest fall from a high, fraction.
        win_rate: closed trades with a profit, fraction.
        profit_factor: profits by losses; inf where no trade lost.
        trades: closed, a position that is left in parts counts once a part.
        crashes: sessions that ended by themselves.
        breaches: limits of the account that were broken.
        release_hours: of paper trading under the installed release.
        gap_bps: distance to the backtest, basis points of the traded value; its sign says nothing here.
        profit: over the window, deposits taken out, quote currency.
        gap_beyond: whether the gap report says of itself that it is beyond its limit, in basis points and in money.
    """

    stage: Stage
    days: float
    sharpe: float
    drawdown: float
    win_rate: float
    profit_factor: float
    trades: int
    crashes: int
    breaches: int
    release_hours: float
    gap_bps: float
    profit: float
    gap_beyond: bool
