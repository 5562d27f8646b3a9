"""What the check reads, as arrays: float64, one element a row of the book or a system."""

from typing import NamedTuple

from models.types import FloatArray


class Orders(NamedTuple):
    """The orders that were decided, each of shape (n_rows,).

    Attributes:
        units: base units, signed; 0.0 where nothing was ordered.
        limit: worst price, quote currency; 0.0 at market.
        stop: of the position that it opens; 0.0 without one.
        by_weight: 1.0 for what is held by its weight, which has no stop and no risk at one; 0.0 for the others.
    """

    units: FloatArray
    limit: FloatArray
    stop: FloatArray
    by_weight: FloatArray


class Holdings(NamedTuple):
    """What is there beside the orders, each of shape (n_rows,).

    Attributes:
        units, stop: of the position, signed; 0.0 without one.
        waiting: units of an earlier entry or addition that waits; `stop` is then the one that it is to have.
        close: last close, quote currency.
        reference: independent price that an order's is held against, quote currency; NaN unknown.
        tail_long, tail_short: one-day value at risk of a unit of value, fraction.
    """

    units: FloatArray
    stop: FloatArray
    waiting: FloatArray
    close: FloatArray
    reference: FloatArray
    tail_long: FloatArray
    tail_short: FloatArray


class RowLimits(NamedTuple):
    """Limits of a symbol as one system trades it, each of shape (n_rows,); names as in Instrument.

    `costs`: of taking liquidity, fraction of value; `gate`: 0.0, or the Reason code that closes the bar to entries.
    """

    class_limit: FloatArray
    least_size: FloatArray
    lot: FloatArray
    tick: FloatArray
    min_notional: FloatArray
    margin: FloatArray
    maintenance: FloatArray
    costs: FloatArray
    shorts: FloatArray
    gate: FloatArray


class Purses(NamedTuple):
    """The systems, each of shape (n_systems,): quote currency, fields of RiskProfile, and 1.0 where one is paused."""

    equity: FloatArray
    cash: FloatArray
    max_position: FloatArray
    max_position_risk: FloatArray
    max_portfolio_risk: FloatArray
    max_leverage: FloatArray
    paused: FloatArray


class Whole(NamedTuple):
    """The account: equity (quote currency), fields of House, code of the level in force, entries that were ordered
    before these on the same day, and the price collar (fraction of the reference).
    """

    equity: float
    max_var: float
    max_capital: float
    max_positions: float
    max_trades: float
    level: float
    trades: float
    collar: float
