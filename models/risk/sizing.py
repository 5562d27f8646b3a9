"""The tightest limit sets the size, and is named."""

import math
from typing import NamedTuple

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
VAR = int(Bound.VAR)
CAPITAL = int(Bound.CAPITAL)


class Caps(NamedTuple):
    """What each limit by itself allows an entry or addition, quote currency; inf where it does not apply.

    The first five bound one position and are times its share already; the others bound all positions together. `free`
    is what the free equity pays for, after the specialist's reserve of cash.
    """

    position: float
    specialist: float
    kelly: float
    position_risk: float
    asset_class: float
    portfolio_risk: float
    leverage: float
    exposure: float
    free: float
    var: float
    capital: float


# Bound of each of the caps; `free` is bound by the account's cash, or by what a specialist wants to keep of it.
CAP_BOUNDS = (
    Bound.PROFILE_POSITION,
    Bound.SPECIALIST_SIZE,
    Bound.KELLY,
    Bound.POSITION_RISK,
    Bound.ASSET_CLASS,
    Bound.PORTFOLIO_RISK,
    Bound.LEVERAGE,
    Bound.SPECIALIST_EXPOSURE,
    Bound.CASH,
    Bound.VAR,
    Bound.CAPITAL,
)


def no_caps() -> Caps:
    """Nothing bounds."""
    return Caps(*[math.inf] * len(Caps._fields))


@compiled
def kelly_share(edge_bps: float, deviation: float, fraction: float) -> float:
    """Fraction of equity by fractional Kelly (Kelly 1956, normal approximation): fraction * mean / variance.

    `edge_bps` is the expected and `deviation` the standard deviation of the return over the same horizon; inf where its
    square is nothing.
    """
    variance = deviation * deviation
    return fraction * (edge_bps / 1e4) / variance if variance > 0.0 else math.inf


@compiled
def entry_caps(
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
    var: float,
    capital: float,
    profile: RiskProfile,
) -> Caps:
    """What each limit allows an entry.

    Args:
        equity: of the system.
        free: equity that no position binds.
        exposure, risky, open_risk: value of the open positions, of those that are no havens, and what they lose at
            their stops.
        kelly, size: fractions of equity that the edge and the specialist allow.
        share: of the limits of a single position.
        max_exposure, least_cash: most that positions may be worth, and free equity that has to be left.
        class_limit: largest position of the symbol and its asset class, fraction of equity.
        stop_distance: what the position loses at its stop, fraction of its value.
        bound_by_cash: free equity that a position binds and its entry costs, fraction of its value.
        var, capital: value that the account's value at risk and its capital leave.
    """
    return Caps(
        position=profile.max_position * equity * share,
        specialist=size * equity * share,
        kelly=kelly * equity * share,
        position_risk=profile.max_position_risk * equity / stop_distance * share,
        asset_class=class_limit * equity * share,
        portfolio_risk=(profile.max_portfolio_risk * equity - open_risk) / stop_distance,
        leverage=profile.max_leverage * equity - exposure,
        exposure=max_exposure * equity - risky,
        free=(free - least_cash * equity) / bound_by_cash,
        var=var,
        capital=capital,
    )


@compiled
def held_caps(equity: float, weight: float, class_limit: float, max_position: float, share: float) -> Caps:
    """What each limit allows a position that is held by its weight, of which it gets `share`."""
    return Caps(
        position=max_position * equity * share,
        specialist=weight * equity * share,
        kelly=math.inf,
        position_risk=math.inf,
        asset_class=class_limit * equity * share,
        portfolio_risk=math.inf,
        leverage=math.inf,
        exposure=math.inf,
        free=math.inf,
        var=math.inf,
        capital=math.inf,
    )


@compiled
def added_caps(
    wanted: Caps,
    held: float,
    equity: float,
    free: float,
    exposure: float,
    least_cash: float,
    max_leverage: float,
    bound_by_cash: float,
    var: float,
    capital: float,
) -> Caps:
    """What each limit allows of what is `wanted`, beside the `held` value of it."""
    return Caps(
        position=wanted.position - held,
        specialist=wanted.specialist - held,
        kelly=math.inf,
        position_risk=math.inf,
        asset_class=wanted.asset_class - held,
        portfolio_risk=math.inf,
        leverage=max_leverage * equity - exposure,
        exposure=math.inf,
        free=(free - least_cash * equity) / bound_by_cash,
        var=var,
        capital=capital,
    )


@compiled
def tightest(caps: Caps, least_cash: float) -> tuple[float, int]:
    """The smallest of the caps, at least zero, and the code of the limit that it is; the first one of equal ones."""
    value = caps.position
    bound = PROFILE_POSITION
    if caps.specialist < value:
        value = caps.specialist
        bound = SPECIALIST_SIZE
    if caps.kelly < value:
        value = caps.kelly
        bound = KELLY
    if caps.position_risk < value:
        value = caps.position_risk
        bound = POSITION_RISK
    if caps.asset_class < value:
        value = caps.asset_class
        bound = ASSET_CLASS
    if caps.portfolio_risk < value:
        value = caps.portfolio_risk
        bound = PORTFOLIO_RISK
    if caps.leverage < value:
        value = caps.leverage
        bound = LEVERAGE
    if caps.exposure < value:
        value = caps.exposure
        bound = SPECIALIST_EXPOSURE
    if caps.free < value:
        value = caps.free
        bound = SPECIALIST_CASH if least_cash > 0.0 else CASH
    if caps.var < value:
        value = caps.var
        bound = VAR
    if caps.capital < value:
        value = caps.capital
        bound = CAPITAL
    return max(value, 0.0), bound
