"""The step: one closed bar of every symbol in, orders and reasons out. Backtest, paper and live all call this."""

import math

from models.engine.parameters import (
    CLASS_LIMIT,
    DAILY_LOSS,
    ENTRY_COST_MULTIPLE,
    FEE_RATE,
    HORIZON,
    KELLY_FRACTION,
    LOT,
    MAX_DRAWDOWN,
    MAX_LEVERAGE,
    MAX_PORTFOLIO_RISK,
    MAX_POSITION,
    MAX_POSITION_RISK,
    MIN_NOTIONAL,
    PAUSE_DAYS,
    SHARE_VOLATILE,
    SLIPPAGE_RATE,
    STOP_LOSS,
    TAKE_PROFIT,
)
from models.engine.state import CASH, DAY, DAY_START, ENTRY, EQUITY, LAST, PAUSED_UNTIL, PEAK, PENDING, QUANTITY
from models.kernels import compiled, floor_to_step
from models.risk import entry_notional, loss_pause
from models.risk.sizing import kelly_share
from models.types import FloatArray, IntArray, Reason

OPEN_FOR_ALL = 0
HOLD_FLAT = int(Reason.HOLD_FLAT)
HOLD_POSITION = int(Reason.HOLD_POSITION)
ENTER_EDGE = int(Reason.ENTER_EDGE)
EXIT_EDGE = int(Reason.EXIT_EDGE)
EXIT_STOP = int(Reason.EXIT_STOP)
EXIT_TARGET = int(Reason.EXIT_TARGET)
NO_BAR = int(Reason.REFUSED_NO_BAR)
BAD_PRICE = int(Reason.REFUSED_BAD_PRICE)
WARM_UP = int(Reason.REFUSED_WARM_UP)
NO_PREDICTION = int(Reason.REFUSED_NO_PREDICTION)
STALE = int(Reason.REFUSED_STALE)
BLOCKED = int(Reason.REFUSED_DATA)
REFUSED_REGIME = int(Reason.REFUSED_REGIME)
TOO_SMALL = int(Reason.REFUSED_MIN_NOTIONAL)


@compiled
def mark(account: FloatArray, book: FloatArray, stop_loss: float) -> tuple[float, float, float]:
    """(equity, exposure, what the positions lose from here to their stops) at the last known closes."""
    exposure = 0.0
    at_risk = 0.0
    for i in range(book.shape[0]):
        value = book[i, QUANTITY] * book[i, LAST]
        exposure += value
        at_risk += max(0.0, value - book[i, QUANTITY] * book[i, ENTRY] * (1.0 - stop_loss))
    return account[CASH] + exposure, exposure, at_risk


@compiled
def exit_reason(close: float, entry: float, edge: float, stop_loss: float, take_profit: float) -> int:
    """Code of the first exit rule that fires for a long position, HOLD_POSITION when none does.

    An unknown edge (NaN) is no reason to leave.
    """
    if close <= entry * (1.0 - stop_loss):
        return EXIT_STOP
    if close >= entry * (1.0 + take_profit):
        return EXIT_TARGET
    if edge < 0.0:
        return EXIT_EDGE
    return HOLD_POSITION


@compiled
def entry_refusal(
    gate: int, pause: int, edge: float, deviation: float, share: float, cost_bps: float, multiple: float
) -> int:
    """Code of what stands against an entry, ENTER_EDGE when nothing does.

    `share` is the regime's share of the size: zero forbids entries in it.
    """
    if math.isnan(edge):
        return NO_PREDICTION
    if edge <= multiple * cost_bps:
        return HOLD_FLAT
    if gate != OPEN_FOR_ALL:
        return gate
    if pause != OPEN_FOR_ALL:
        return pause
    if not deviation > 0.0:
        return WARM_UP
    if share <= 0.0:
        return REFUSED_REGIME
    return ENTER_EDGE


@compiled
def entry_size(
    close: float,
    edge: float,
    deviation: float,
    share: float,
    equity: float,
    cash: float,
    exposure: float,
    at_risk: float,
    profile: FloatArray,
    rules: FloatArray,
) -> tuple[float, int]:
    """(base units, Bound code) of an entry; zero units when the venue would not take so small an order."""
    notional, bound = entry_notional(
        equity,
        cash,
        exposure,
        at_risk,
        kelly_share(edge, deviation, profile[KELLY_FRACTION]),
        share,
        profile[MAX_POSITION],
        profile[MAX_POSITION_RISK],
        profile[MAX_PORTFOLIO_RISK],
        profile[MAX_LEVERAGE],
        rules[CLASS_LIMIT],
        profile[STOP_LOSS],
        rules[FEE_RATE] + rules[SLIPPAGE_RATE],
    )
    quantity = floor_to_step(notional / close, rules[LOT])
    if quantity * close < rules[MIN_NOTIONAL]:
        return 0.0, bound
    return quantity, bound


@compiled
def begin_bar(
    day: float, close: FloatArray, gate: IntArray, profile: FloatArray, account: FloatArray, book: FloatArray
) -> tuple[float, float, float, int]:
    """Mark the book and look for a pause; (equity, exposure, at_risk, code of the pause or 0). Writes the state."""
    for i in range(close.size):
        if gate[i] != NO_BAR and gate[i] != BLOCKED and math.isfinite(close[i]) and close[i] > 0.0:
            book[i, LAST] = close[i]
    equity, exposure, at_risk = mark(account, book, profile[STOP_LOSS])
    if day != account[DAY]:
        account[DAY] = day
        account[DAY_START] = account[EQUITY]
    account[EQUITY] = equity
    peak, paused_until, pause = loss_pause(
        day,
        equity,
        account[PEAK],
        account[DAY_START],
        account[PAUSED_UNTIL],
        profile[MAX_DRAWDOWN],
        profile[DAILY_LOSS],
        profile[PAUSE_DAYS],
    )
    account[PEAK] = peak
    account[PAUSED_UNTIL] = paused_until
    return equity, exposure, at_risk, pause


@compiled
def decide(
    day: float,
    close: FloatArray,
    edge: FloatArray,
    regime: IntArray,
    volatility: FloatArray,
    gate: IntArray,
    profile: FloatArray,
    instruments: FloatArray,
    account: FloatArray,
    book: FloatArray,
    orders: FloatArray,
    reasons: IntArray,
    bounds: IntArray,
) -> None:
    """Decide for every symbol at the close of one bar.

    Args:
        day: UTC day number of the bar.
        close, edge, regime, volatility: shape (n_symbols,): closes in quote currency, blended edges in basis points
            (NaN without a prediction), regime codes, standard deviation of log returns per bar.
        gate: shape (n_symbols,): 0, or the Reason code of what the outside forbids. No bar, stale and
            blocked data forbid everything; the stop flag forbids entries only.
        profile, instruments: Parameters, as packed.
        account, book: State; written in place.
        orders, reasons, bounds: shape (n_symbols,), written: ordered base units, Reason codes, Bound codes.
    """
    equity, exposure, at_risk, pause = begin_bar(day, close, gate, profile, account, book)
    cash = account[CASH]
    for i in range(close.size):
        # What waits for a bar to be filled is spent already, as far as other entries are concerned.
        waiting = max(book[i, PENDING], 0.0) * book[i, LAST]
        cash -= waiting * (1.0 + instruments[i, FEE_RATE] + instruments[i, SLIPPAGE_RATE])
        exposure += waiting
        at_risk += waiting * profile[STOP_LOSS]
    for i in range(close.size):
        orders[i] = 0.0
        bounds[i] = 0
        if gate[i] == NO_BAR or gate[i] == STALE or gate[i] == BLOCKED:
            reasons[i] = gate[i]
        elif not (math.isfinite(close[i]) and close[i] > 0.0):
            reasons[i] = BAD_PRICE
        elif book[i, PENDING] != 0.0:
            reasons[i] = HOLD_POSITION
        elif book[i, QUANTITY] > 0.0:
            reasons[i] = exit_reason(close[i], book[i, ENTRY], edge[i], profile[STOP_LOSS], profile[TAKE_PROFIT])
            if reasons[i] != HOLD_POSITION:
                orders[i] = -book[i, QUANTITY]
        else:
            rules = instruments[i]
            cost_rate = rules[FEE_RATE] + rules[SLIPPAGE_RATE]
            deviation = volatility[i] * math.sqrt(profile[HORIZON])
            share = profile[SHARE_VOLATILE + regime[i]]
            reasons[i] = entry_refusal(
                gate[i], pause, edge[i], deviation, share, 2e4 * cost_rate, profile[ENTRY_COST_MULTIPLE]
            )
            if reasons[i] == ENTER_EDGE:
                orders[i], bounds[i] = entry_size(
                    close[i], edge[i], deviation, share, equity, cash, exposure, at_risk, profile, rules
                )
                if orders[i] == 0.0:
                    reasons[i] = TOO_SMALL
                notional = orders[i] * close[i]
                cash -= notional * (1.0 + cost_rate)
                exposure += notional
                at_risk += notional * profile[STOP_LOSS]
        if orders[i] != 0.0:
            book[i, PENDING] = orders[i]
