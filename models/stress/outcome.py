"""What a stretch of bars does to an account that holds something."""

from dataclasses import dataclass

import numpy as np

from models.engine import Panel, Parameters, Run, State, run_backtest
from models.engine.parameters import COLUMN
from models.engine.state import LAST, QUANTITY
from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW
from models.portfolio import Account
from models.risk import Ladder
from models.types import BadInput, FloatArray, Leg

CASH, CARRY = (Account._fields.index(name) for name in ("cash", "carry"))
PEAK = Ladder._fields.index("peak")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """An account before and through a stretch; money in the base currency, losses positive.

    Attributes:
        equity: shape (n_times + 1,): before, then after each bar.
        loss: from before to the end, fraction of the equity before; negative is a gain.
        drawdown: deepest fall from the highest mark, fraction of it; the account's highest mark before counts.
        margin_calls, stops_hit: fills by which a position was liquidated, and by which a stop of its own closed it.
        contributions: shape (n_rows,): what each row of the book made, fees in it, negative: lost.
        carry: what was paid for holding, negative: paid.
        currency: what the change of the worth of the account's own money made. These three sum to the change of equity.
        left: value of what is held at the end, fraction of the equity before.
        run: what the step did.
    """

    equity: FloatArray
    loss: float
    drawdown: float
    margin_calls: int
    stops_hit: int
    contributions: FloatArray
    carry: float
    currency: float
    left: float
    run: Run

    @property
    def money(self) -> float:
        """What was lost, base currency."""
        return float(self.equity[0] - self.equity[-1])


def run_stress(panel: Panel, parameters: Parameters, state: State, worth: FloatArray | None = None) -> Outcome:
    """The account of `state` folded over the panel by the step that always decides.

    `worth` of shape (n_times,) is what a unit of the quote currency is worth in the base currency in each row, 1.0
    before the first; None: always 1.0. The step itself counts in quote currency, as it does on the venue.

    Raises:
        BadInput: the account has no equity to lose, or the shapes do not fit.
    """
    rates = np.ones(panel.ts.size) if worth is None else worth
    if rates.shape != panel.ts.shape:
        raise BadInput(f"found {rates.size} rates for {panel.ts.size} bars; give one for each bar")
    before = equity_of(state)
    if not before > 0.0:
        raise BadInput(f"the account is worth {before:g}: there is nothing that a stress could take; pay in first")
    run = run_backtest(panel, parameters, state)
    equity = np.append(before, run.equity * rates)
    marks = np.maximum(np.maximum.accumulate(equity), state.ladder[PEAK])
    last = rates[-1] if rates.size else 1.0
    legs = run.fills[:, FILL_LEG]
    held = run.state.book[:, QUANTITY] * run.state.book[:, LAST]
    return Outcome(
        equity=equity,
        loss=float(1.0 - equity[-1] / before),
        drawdown=float((1.0 - equity / marks).max()),
        margin_calls=int((legs == Leg.LIQUIDATION).sum()),
        stops_hit=int((legs == Leg.STOP).sum()),
        contributions=_made(state, run) * last,
        carry=float(state.accounts[:, CARRY].sum() - run.state.accounts[:, CARRY].sum()) * last,
        currency=before * float(last - 1.0),
        left=float(np.abs(held).sum() / before),
        run=run,
    )


def equity_of(state: State) -> float:
    """Cash and positions at their last closes, quote currency."""
    return float(state.accounts[:, CASH].sum() + (state.book[:, QUANTITY] * state.book[:, LAST]).sum())


def exposure_of(state: State) -> float:
    """Value of all positions over equity, long and short alike."""
    return float(np.abs(state.book[:, QUANTITY] * state.book[:, LAST]).sum() / equity_of(state))


def values_of(state: State, parameters: Parameters) -> FloatArray:
    """Signed value of what is held by column of the panel, shape (n_symbols,), quote currency."""
    columns = parameters.slots[:, COLUMN]
    values = np.zeros(int(columns.max()) + 1)
    np.add.at(values, columns, state.book[:, QUANTITY] * state.book[:, LAST])
    return values


def _made(state: State, run: Run) -> FloatArray:
    """What each row of the book made, fees in it, carry not; shape (n_rows,), quote currency."""
    before, after = (one.book[:, QUANTITY] * one.book[:, LAST] for one in (state, run.state))
    made: FloatArray = after - before
    paid = run.fills[:, FILL_QUANTITY] * run.fills[:, FILL_PRICE] + run.fills[:, FILL_FEE]
    np.subtract.at(made, run.fills[:, FILL_ROW].astype(np.int64), paid)
    return made
