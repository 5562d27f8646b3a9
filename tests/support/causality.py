"""Two checks of a backtest: nothing of it changes when later bars are removed, and no fill knows more than the market
had shown.
"""

import numpy as np
from panel_rows import rows_of

from models.engine import Panel, Parameters, Run
from models.engine.panel import OPEN, VOLUME
from models.engine.parameters import COLUMN
from models.engine.tables import (
    FILL_LEG,
    FILL_PRICE,
    FILL_QUANTITY,
    FILL_ROW,
    FILL_T,
    ORDER_LIMIT,
    ORDER_QUANTITY,
    ORDER_ROW,
    ORDER_T,
    SWITCH_T,
    TRIP_T,
)
from models.types import Instrument, Leg

AT_MARKET = (int(Leg.ENTRY), int(Leg.ADD), int(Leg.EXIT))
TRIGGERED = (int(Leg.STOP), int(Leg.LIQUIDATION))
AT_PROFIT = (int(Leg.TARGET), int(Leg.PARTIAL))
NEAR = 1e-9  # of a price or quantity: what rounding to a step may be off


def rows_before(panel: Panel, cut: int) -> Panel:
    """The panel as it was known after its first `cut` bars."""
    known = rows_of(panel, slice(cut))
    return known._replace(finer=panel.finer[: known.finer_rows.max(initial=0)])


def assert_same_before(whole: Run, part: Run) -> None:
    """The first bars of `whole` gave the bits that they gave in `part`, a run over those bars alone.

    Raises:
        AssertionError: names what differs, and the first bar or row of it.
    """
    cut = part.panel.ts.size
    expected = {
        "orders": whole.orders[whole.orders[:, ORDER_T] < cut],
        "fills": whole.fills[whole.fills[:, FILL_T] < cut],
        "switches": whole.switches[whole.switches[:, SWITCH_T] < cut],
        "trips": whole.trips[whole.trips[:, TRIP_T] < cut],
        **{name: getattr(whole, name)[:cut] for name in ("reasons", "held", "equities")},
    }
    for name, columns in expected.items():
        found = getattr(part, name)
        assert len(found) == len(columns), f"{name}: {len(found)} rows, {len(columns)} when later bars are known"
        bits = [np.ascontiguousarray(one).view(np.int64).reshape(words(one)) for one in (found, columns)]
        differing = np.flatnonzero(np.not_equal(*bits).any(axis=1))
        assert not differing.size, f"{name}: row {differing[0]} changes when later bars are removed"


def words(table: np.ndarray) -> tuple[int, int]:
    """Shape of a table as rows of words."""
    return len(table), int(np.prod(table.shape[1:]))


def assert_causal(run: Run, parameters: Parameters, panel: Panel | None = None) -> None:
    """Every fill comes after its order, at a price that its bar had for it.

    `panel` is the market that the fills are held against, where it is not the one that the run was made from.

    Raises:
        AssertionError: names the first fill that does not, and why.
    """
    panel = run.panel if panel is None else panel
    entered, triggered = {}, set()
    for fill in run.fills:
        t, i = int(fill[FILL_T]), int(fill[FILL_ROW])
        instrument = Instrument(*parameters.instruments[i].tolist())
        before = run.orders[(run.orders[:, ORDER_ROW] == i) & (run.orders[:, ORDER_T] < t)]
        begin = entered.get(i, t)
        column = parameters.slots[i, COLUMN]
        since = run.fills[(run.fills[:, FILL_ROW] == i) & (run.fills[:, FILL_T] >= begin) & (run.fills[:, FILL_T] < t)]
        got = np.bincount(since[:, FILL_T].astype(int) - begin, np.abs(since[:, FILL_QUANTITY]), t - begin)
        fired = i in triggered or starved(panel.prices[begin:t, column, VOLUME], got, instrument)
        wrong = what_is_wrong(fill, before, fired, panel.prices[t, column], instrument)
        assert wrong is None, f"bar {t}, row {i}, {Leg(int(fill[FILL_LEG])).name} at {fill[FILL_PRICE]}: {wrong}"
        if fill[FILL_LEG] in TRIGGERED:
            triggered.add(i)
        elif fill[FILL_LEG] == Leg.ENTRY:
            triggered.discard(i)
            entered[i] = t


def starved(volumes: np.ndarray, got: np.ndarray, instrument: Instrument) -> bool:
    """Whether one of the bars had less than a lot beyond what was `got` of it: a stop that fires there leaves no fill
    to see. A purchase whose fee was taken in base got more than the position shows.
    """
    fee = instrument.fee_in_base * instrument.taker_fee
    left = volumes * instrument.volume_share - got / (1.0 - fee)
    return bool((left < (1.0 + 2.0 * instrument.fee_in_base) * instrument.lot).any())


def what_is_wrong(
    fill: np.ndarray, before: np.ndarray, triggered: bool, prices: np.ndarray, instrument: Instrument
) -> str | None:
    """What speaks against a fill in a bar with `prices`, given the orders decided `before` it; None for nothing.

    `triggered` says that a stop has fired since the entry: what it left is sold without a decision.
    """
    leg, quantity, price = int(fill[FILL_LEG]), fill[FILL_QUANTITY], fill[FILL_PRICE]
    opens, high, low = prices[:VOLUME][[0, 1, 2]]
    if not np.isfinite([opens, high, low]).all():
        return "the bar has no prices"
    if prices[VOLUME] * instrument.volume_share < abs(quantity) * (1.0 - NEAR):
        return f"{quantity} of a volume of {prices[VOLUME]}"
    if not len(before):
        return "nothing was ordered before this bar"
    if leg in (Leg.ENTRY, Leg.ADD) and before[-1][ORDER_QUANTITY] * quantity <= 0.0:
        return "what was ordered before this bar is no entry on that side"
    if leg == Leg.EXIT and before[-1][ORDER_QUANTITY] * quantity <= 0.0 and not triggered:
        return "no exit was ordered before this bar"
    limit = before[-1][ORDER_LIMIT] if leg == Leg.ENTRY else 0.0
    lowest, highest = reach(leg, quantity, limit, opens, high, low, instrument)
    if not lowest - NEAR * price <= price <= highest + NEAR * price:
        return f"outside of {lowest}..{highest}, which the bar had for it"
    return None


def reach(
    leg: int, quantity: float, limit: float, opens: float, high: float, low: float, instrument: Instrument
) -> tuple[float, float]:
    """Lowest and highest price that a bar offers: slip goes against the order, a tick is lost to rounding."""
    tick = instrument.tick
    slip = instrument.half_spread + instrument.impact * np.sqrt(instrument.volume_share)
    up = lambda price: max(price * (1.0 + slip) + tick, tick)  # noqa: E731
    down = lambda price: price * (1.0 - slip) - tick  # noqa: E731
    buys = quantity > 0.0
    if limit > 0.0 and (limit < opens if buys else limit > opens):
        return (limit, limit) if low <= limit <= high else (np.inf, -np.inf)
    if leg in AT_MARKET:
        lowest, highest = (opens, up(opens)) if buys else (down(opens), max(opens, tick))
        if limit > 0.0:
            return (lowest, min(highest, limit)) if buys else (max(lowest, limit), highest)
        return lowest, highest
    if leg in AT_PROFIT:
        return low - tick, high + tick
    return (low, up(high)) if buys else (down(low), max(high, tick))


def filled_at(panel: Panel, prices: np.ndarray) -> Panel:
    """The panel with other opens, shape (n_times, n_symbols), and its highs and lows stretched to hold them."""
    changed = panel.prices.copy()
    changed[:, :, OPEN] = prices
    changed[:, :, 1] = np.fmax(changed[:, :, 1], prices)
    changed[:, :, 2] = np.fmin(changed[:, :, 2], prices)
    return panel._replace(prices=changed)
