"""Back-adjusted bars: the past in today's prices, for people to look at."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from models.actions.action import CorporateAction
from models.actions.factors import price_factor, share_factor
from models.actions.versions import as_known, require_one_symbol
from models.types import Bars, FloatArray, IntArray


def adjust(bars: Bars, bar_closes: IntArray, actions: Sequence[CorporateAction], as_of: int) -> Bars:
    """The bars known at `as_of`, their prices and volumes as if every action known by then had always been in force.

    `bars` are as traded and `bar_closes` says when each of them is known (models.sessions), shape (n_bars,). Actions
    apply when their ex-date and their announcement are not after `as_of`. A split of ratio r divides the prices before
    it by r and multiplies the volumes; a dividend multiplies the prices before it by 1 - cash / previous close. The
    newest bars keep the prices they were traded at; an action before the first bar changes nothing.

    The result depends on nothing that was known after `as_of`. But it does depend on `as_of`: each later action scales
    every earlier price anew. Ratios of prices on the same side of it stay, up to rounding in the last bits, and ratios
    across it change from price returns into total returns. So this is for display and for agreement with other
    sources; features take `forward_adjusted`, orders and fills the bars as traded.

    Raises:
        BadInput: actions of several symbols, or a dividend that is not smaller than the previous close.
    """
    require_one_symbol(actions)
    seen = bars.rows(bar_closes <= as_of)
    price_steps, share_steps = np.ones(len(seen)), np.ones(len(seen))
    due = [one for one in as_known(actions, as_of) if one.ex_ts <= as_of]
    for ex_ts, group in groupby(due, key=lambda one: one.ex_ts):
        last = int(np.searchsorted(seen.ts, ex_ts)) - 1
        if last >= 0:
            same_day = list(group)
            price_steps[last] *= price_factor(same_day, float(seen.close[last]))
            share_steps[last] *= share_factor(same_day)
    return scaled(seen, _backwards(price_steps), _backwards(share_steps))


def scaled(bars: Bars, price: FloatArray, shares: FloatArray) -> Bars:
    """Bars with their prices times `price` and their volumes times `shares`, both of shape (n_bars,)."""
    return Bars(
        ts=bars.ts,
        open=bars.open * price,
        high=bars.high * price,
        low=bars.low * price,
        close=bars.close * price,
        volume=bars.volume * shares,
    )


def _backwards(steps: FloatArray) -> FloatArray:
    return np.cumprod(steps[::-1], dtype=np.float64)[::-1]
