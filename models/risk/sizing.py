"""The tightest limit sets the size, and is named."""

from models.kernels import compiled
from models.risk.profile import RiskProfile
from models.types import Bound

PROFILE_POSITION = int(Bound.PROFILE_POSITION)
SPECIALIST_SIZE = int(Bound.SPECIALIST_SIZE)
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
    free: float,
    exposure: float,
    open_risk: float,
    kelly: float,
    size: float,
    share: float,
    class_limit: float,
    stop_distance: float,
    bound_by_cash: float,
    profile: RiskProfile,
) -> tuple[float, int]:
    """Value of an entry in account currency, and the code of the limit that set it.

    Args:
        equity: of the account.
        free: equity that no position binds.
        exposure, open_risk: value of the open positions, and what they lose at their stops.
        kelly, size: fractions of equity that the edge and the specialist allow.
        share: of the limits of a single position.
        class_limit: largest position of the asset class, fraction of equity.
        stop_distance: what the position loses at its stop, fraction of its value.
        bound_by_cash: free equity that a position binds and its entry costs, fraction of its value.
    """
    notional = profile.max_position * equity
    bound = PROFILE_POSITION
    if size * equity < notional:
        notional = size * equity
        bound = SPECIALIST_SIZE
    if kelly * equity < notional:
        notional = kelly * equity
        bound = KELLY
    if profile.max_position_risk * equity / stop_distance < notional:
        notional = profile.max_position_risk * equity / stop_distance
        bound = POSITION_RISK
    if class_limit * equity < notional:
        notional = class_limit * equity
        bound = ASSET_CLASS
    notional = notional * share
    if (profile.max_portfolio_risk * equity - open_risk) / stop_distance < notional:
        notional = (profile.max_portfolio_risk * equity - open_risk) / stop_distance
        bound = PORTFOLIO_RISK
    if profile.max_leverage * equity - exposure < notional:
        notional = profile.max_leverage * equity - exposure
        bound = LEVERAGE
    if free / bound_by_cash < notional:
        notional = free / bound_by_cash
        bound = CASH
    return max(notional, 0.0), bound
