"""What bounds the whole account, whichever of its systems trades."""

import math
from typing import NamedTuple


class House(NamedTuple):
    """Fractions of the account's equity unless said otherwise; all floats, `inf` switches a limit off.

    Attributes:
        entries_drawdown: fall from the highest mark since the last release at which new entries pause; from there on
            the account's fall from its highest mark makes entries smaller.
        max_drawdown: fall from the highest mark at which everything is sold; the profile's.
        daily_loss: loss since the end of the UTC day before at which positions are only reduced.
        weekly_loss: loss since the end of the week before (Monday to Sunday, UTC) at which everything is sold.
        max_var: value at risk of one day that no entry may lift all positions above.
        halt_var: value at risk of one day above which positions are only reduced.
        pause_days, reduce_days, flatten_days: days after which a stop of each level ends; 0.0: a person ends it.
        max_positions: most positions at once, those that wait included.
        max_trades: most entries ordered in a UTC day.
        max_capital: largest sum of position values, account currency.
        delever_floor: least share of its size that a position gets, by the market and the account's drawdown together;
            the drawdown alone reaches it at max_drawdown.
        delever_band: the share rises again only once it would rise by more than this.
    """

    entries_drawdown: float
    max_drawdown: float
    daily_loss: float
    weekly_loss: float
    max_var: float
    halt_var: float
    pause_days: float
    reduce_days: float
    flatten_days: float
    max_positions: float
    max_trades: float
    max_capital: float
    delever_floor: float
    delever_band: float


def no_house() -> House:
    """Nothing binds."""
    return House(
        entries_drawdown=math.inf,
        max_drawdown=math.inf,
        daily_loss=math.inf,
        weekly_loss=math.inf,
        max_var=math.inf,
        halt_var=math.inf,
        pause_days=0.0,
        reduce_days=0.0,
        flatten_days=0.0,
        max_positions=math.inf,
        max_trades=math.inf,
        max_capital=math.inf,
        delever_floor=0.0,
        delever_band=0.0,
    )
