"""Books to be stressed: the fullest that the limits let the step buy, and one of which parts are sold."""

import math
from dataclasses import replace

import numpy as np

from models.engine import Panel, Parameters, State, first_state, parameters_of, run_backtest
from models.engine.panel import CLOSE, CUT, EDGE, GATE, REGIME, SCALE, VOLUME, empty_panel
from models.engine.parameters import instrument_at
from models.engine.state import LAST, QUANTITY, keep_position
from models.engine.step import REDUCE_STRESS, TOO_SMALL, sold_off
from models.execution import booked
from models.execution.executions import executed
from models.execution.market import taker_price
from models.execution.orders import EXIT
from models.portfolio import Position
from models.risk import first_ladder
from models.specialists import OFF, Rules
from models.stress.outcome import CASH, equity_of
from models.types import FloatArray, Instrument, Regime
from models.types.timeframes import DAY

# An edge so large that nothing but limits bounds a size, basis points.
CERTAIN = 1e4
# Days of buying: what the limits leave after the first orders are filled is bought by further ones.
ROUNDS = 4
# The regime in which the settings leave entries their full size.
CALM = Regime.TRENDING
NO_COSTS = ("taker_fee", "maker_fee", "half_spread", "impact", "long_carry", "short_carry", "fee_in_base")
# What a specialist waits for before it enters: here it does not.
EAGER: dict[str, float] = {
    "entry_multiple": 0.0,
    "limit_offset": 0.0,
    "sentiment_weight": 0.0,
    "momentum_weight": 0.0,
    "oscillator_weight": 0.0,
    "least_volatility": 0.0,
    "least_trend": 0.0,
    "pullback": 0.0,
    "most_width": OFF,
    "near_edge": OFF,
    "max_bars": OFF,
    "max_entries": OFF,
}


def fullest(panel: Panel, parameters: Parameters) -> State:
    """The account after the step has bought all that its limits allow at the closes of the panel's last row, from its
    capital in cash: predictions are certain, nothing costs anything, no specialist waits for a better moment, and the
    market is as calm as it takes for entries to get their whole size.

    Sizes, levels and caps are those of the step. What cannot be sized (no bar, unknown volatility or value at risk) is
    not bought.
    """
    bought = run_backtest(_market(panel), _eager(parameters), first_state(parameters.systems)).state
    equity = equity_of(bought)
    ladder = first_ladder(equity)._replace(day=float(panel.ts[-1] // DAY))
    return replace(bought, ladder=np.array(ladder))


def trimmed(state: State, parameters: Parameters, parts: FloatArray) -> State:
    """The account after `parts` (n_rows,), 0..1, of its positions were sold at their last closes as a taker.

    As the step cuts: whole lots upwards, all where the rest would be too small for the venue, nothing where the part
    is. What waits to be sold of such a position is gone first, as it will be before the step cuts, and the part is of
    what is left; what waits to be added is withdrawn.
    """
    after = state.copy()
    for row, part in enumerate(parts.tolist()):
        held, last = after.book[row, QUANTITY], after.book[row, LAST]
        if part <= 0.0 or held == 0.0:
            continue
        instrument = instrument_at(parameters.instruments, row)
        _sell_what_waits(after, parameters, row, instrument)
        position, said = sold_off(after.position(row), part, REDUCE_STRESS, TOO_SMALL, last, instrument)
        if after.book[row, QUANTITY] != 0.0 and said != TOO_SMALL:
            _execute(after, parameters, row, position, instrument)
    return after


def _sell_what_waits(state: State, parameters: Parameters, row: int, instrument: Instrument) -> None:
    position = state.position(row)
    if position.ordered * position.quantity < 0.0:
        _execute(state, parameters, row, position, instrument)


def _execute(state: State, parameters: Parameters, row: int, position: Position, instrument: Instrument) -> None:
    """All that is ordered of a position, at its last close as a taker; writes book and cash."""
    price = taker_price(position.ordered, position.last, math.nan, instrument)
    done = executed(EXIT, position.ordered, price, position.last, instrument.taker_fee, instrument)
    system = int(np.searchsorted(parameters.firsts, row, side="right")) - 1
    position, state.accounts[system, CASH], _ = booked(position, state.accounts[system, CASH], done, instrument)
    keep_position(state.book, row, position)


def _market(panel: Panel) -> Panel:
    """Days on which nothing moves, at the closes of the panel's last row, with what is known there."""
    symbols = panel.close.shape[1]
    days = np.arange(1 - ROUNDS, 1, dtype=np.int64) * DAY
    still = empty_panel(int(panel.ts[-1]) + days, symbols, np.empty((0, 2)))
    close = panel.close[-1]
    still.prices[:, :, : CLOSE + 1] = close[None, :, None]
    still.prices[:, :, VOLUME] = np.nan
    still.figures[:], still.codes[:], still.tails[:] = panel.figures[-1], panel.codes[-1], panel.tails[-1]
    still.figures[:, :, EDGE] = CERTAIN
    still.tails[:, :, SCALE], still.tails[:, :, CUT] = 1.0, 0.0
    still.codes[:, :, REGIME] = int(CALM)
    still.codes[:, np.isfinite(close), GATE] = 0
    still.decided[-1] = False
    return still._replace(links=panel.links[panel.link_rows[-1]][None], link_rows=np.zeros(ROUNDS, np.int64))


def _eager(parameters: Parameters) -> Parameters:
    systems = tuple(
        replace(
            one,
            slots=tuple(
                replace(slot, instrument=_free(slot.instrument), rules=tuple(_at_once(rules) for rules in slot.rules))
                for slot in one.slots
            ),
        )
        for one in parameters.systems
    )
    # How many entries a day may see bounds no book: it is bought over days.
    return parameters_of(systems, parameters.house._replace(max_trades=math.inf))


def _free(instrument: Instrument) -> Instrument:
    return instrument._replace(**dict.fromkeys(NO_COSTS, 0.0), volume_share=1.0)


def _at_once(rules: Rules) -> Rules:
    return rules._replace(**EAGER)
