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
SPECIALIST_EXPOSURE = int(Bound.SPECIALIST_EXPOSURE)
SPECIALIST_CASH = int(Bound.SPECIALIST_CASH)
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
    risky: float,
    open_risk: float,
    kelly: float,
    size: float,
    share: float,
    max_exposure: float,
    least_cash: float,
    class_limit: float,
    stop_distance: float,
    bound_by_cash: float,
    profile: RiskProfile,
) -> tuple[float, int]:
    """Value of an entry in account currency, and the code of the limit that set it.

    Args:
        equity: of the account.
        free: equity that no position binds.
        exposure, risky, open_risk: value of the open positions, of those that are no havens, and what they lose at
            their stops.
        kelly, size: fractions of equity that the edge and the specialist allow.
        share: of the limits of a single position.
        max_exposure, least_cash: most that positions may be worth, and free equity that has to be left.
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
    if max_exposure * equity - risky < notional:
        notional = max_exposure * equity - risky
        bound = SPECIALIST_EXPOSURE
    if (free - least_cash * equity) / bound_by_cash < notional:
        notional = (free - least_cash * equity) / bound_by_cash
        bound = SPECIALIST_CASH if least_cash > 0.0 else CASH
    return max(notional, 0.0), bound


@compiled
def held_value(equity: float, weight: float, class_limit: float, max_position: float) -> tuple[float, int]:
    """Value of a position that is held by its weight, and the code of the limit that set it."""
    value = weight * equity
    bound = SPECIALIST_SIZE
    if max_position * equity < value:
        value = max_position * equity
        bound = PROFILE_POSITION
    if class_limit * equity < value:
        value = class_limit * equity
        bound = ASSET_CLASS
    return max(value, 0.0), bound


@compiled
def added_value(
    wanted: float,
    bound: int,
    equity: float,
    free: float,
    exposure: float,
    least_cash: float,
    max_leverage: float,
    bound_by_cash: float,
) -> tuple[float, int]:
    """What of `wanted` more may be bought, and the code of the limit that set it; `bound` where that is all of it."""
    value = wanted
    if max_leverage * equity - exposure < value:
        value = max_leverage * equity - exposure
        bound = LEVERAGE
    if (free - least_cash * equity) / bound_by_cash < value:
        value = (free - least_cash * equity) / bound_by_cash
        bound = SPECIALIST_CASH if least_cash > 0.0 else CASH
    return max(value, 0.0), bound
