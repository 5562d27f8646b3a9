"""Forward-adjusted bars: what one share bought at the origin became, for features."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from models.actions.action import CorporateAction
from models.actions.backward import scaled
from models.actions.factors import price_factor, share_factor
from models.actions.versions import require_one_symbol
from models.types import Bars, FloatArray, IntArray


def total_return_factors(
    bars: Bars, bar_closes: IntArray, actions: Sequence[CorporateAction]
) -> tuple[FloatArray, FloatArray]:
    """Factors of the prices and of the number of shares, shape (n_bars,) each, both 1 at the first bar.

    Times the price as traded, the first is the worth of one share bought at the origin, its dividends reinvested at
    the close before they went ex: ratios between any two bars are total returns. An action only changes the bars from
    its ex-date on, and none that was known before it was announced: the factors of bar t depend on bars up to t and on
    actions known when t closed (`bar_closes`, ascending), and adding later bars or later actions leaves them equal to
    the bit. That is what features need, so features are computed on these; `adjust`, whose past is rewritten by every
    action, is for display; orders and fills are at prices as traded.

    An action announced only after its ex-date's bar closed shows as a jump there, for so it looked to everybody, and
    as the opposite jump at the first bar that knew better; ratios across both are right again. A corrected action
    changes the factor likewise, at the bar that knew of the correction. Actions before the first bar do nothing.

    Raises:
        BadInput: actions of several symbols, or a dividend that is not smaller than the previous close.
    """
    require_one_symbol(actions)
    price_steps, share_steps = np.ones(len(bars)), np.ones(len(bars))
    known = np.maximum.accumulate(bar_closes)
    for ex_ts, group in groupby(sorted(actions, key=_by_announcement), key=lambda one: one.ex_ts):
        row = int(np.searchsorted(bars.ts, ex_ts))
        if row > 0:
            _put_steps(price_steps, share_steps, list(group), row, float(bars.close[row - 1]), known)
    return np.cumprod(price_steps, dtype=np.float64), np.cumprod(share_steps, dtype=np.float64)


def forward_adjusted(bars: Bars, bar_closes: IntArray, actions: Sequence[CorporateAction]) -> Bars:
    """The bars times `total_return_factors`: prices of one share of the origin, volumes in shares of the origin."""
    price, shares = total_return_factors(bars, bar_closes, actions)
    return scaled(bars, price, 1.0 / shares)


def _put_steps(
    price_steps: FloatArray,
    share_steps: FloatArray,
    same_day: list[CorporateAction],
    row: int,
    previous_close: float,
    known: IntArray,
) -> None:
    # `same_day` are the versions of what goes ex at `row`, as they became known; each replaces the one before it.
    speaking: dict[str, CorporateAction] = {}
    price, shares = 1.0, 1.0
    for one in same_day:
        at = max(row, int(np.searchsorted(known, one.known_at)))
        if at == known.size:
            return
        speaking[one.kind] = one
        now = tuple(speaking.values())
        price_now, shares_now = 1.0 / price_factor(now, previous_close), share_factor(now)
        price_steps[at] *= price_now / price
        share_steps[at] *= shares_now / shares
        price, shares = price_now, shares_now


def _by_announcement(action: CorporateAction) -> tuple[int, int, str, float, float]:
    return action.ex_ts, action.known_at, action.kind, action.ratio, action.cash
