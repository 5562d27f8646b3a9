"""The tightest limit sets the size, and is named."""

from models.kernels import compiled
from models.types import Bound

PROFILE_POSITION = int(Bound.PROFILE_POSITION)
KELLY = int(Bound.KELLY)
POSITION_RISK = int(Bound.POSITION_RISK)
PORTFOLIO_RISK = int(Bound.PORTFOLIO_RISK)
ASSET_CLASS = int(Bound.ASSET_CLASS)
CASH = int(Bound.CASH)
LEVERAGE = int(Bound.LEVERAGE)


@compiled
def kelly_share(edge_bps: float, deviation: float, fraction: float) -> float:
    """Fraction of equity by fractional Kelly (Kelly 1956, normal approximation): fraction * mean / variance.

    `edge_bps` is the expected and `deviation` the standard deviation of the return over the same horizon.
    """
    return fraction * (edge_bps / 1e4) / (deviation * deviation)


@compiled
def entry_notional(
    equity: float,
    cash: float,
    exposure: float,
    open_risk: float,
    kelly: float,
    share: float,
    max_position: float,
    max_position_risk: float,
    max_portfolio_risk: float,
    max_leverage: float,
    class_limit: float,
    stop_loss: float,
    cost_rate: float,
) -> tuple[float, int]:
    """Value of an entry in account currency, and the code of the limit that set it.

    `exposure` and `open_risk` are the value of the open positions and what they lose at their stops, `kelly` a
    fraction of equity, `share` the regime's share of every fraction, `cost_rate` what a buy costs on top.
    """
    notional = max_position * equity
    bound = PROFILE_POSITION
    if kelly * equity < notional:
        notional = kelly * equity
        bound = KELLY
    if max_position_risk * equity / stop_loss < notional:
        notional = max_position_risk * equity / stop_loss
        bound = POSITION_RISK
    if class_limit * equity < notional:
        notional = class_limit * equity
        bound = ASSET_CLASS
    notional = notional * share
    if (max_portfolio_risk * equity - open_risk) / stop_loss < notional:
        notional = (max_portfolio_risk * equity - open_risk) / stop_loss
        bound = PORTFOLIO_RISK
    if max_leverage * equity - exposure < notional:
        notional = max_leverage * equity - exposure
        bound = LEVERAGE
    if cash / (1.0 + cost_rate) < notional:
        notional = cash / (1.0 + cost_rate)
        bound = CASH
    return max(notional, 0.0), bound
