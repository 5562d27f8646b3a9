"""The backtest: the step folded over a panel, with the same fills as paper."""

from dataclasses import dataclass

import numpy as np

from models.engine.inputs import Panel
from models.engine.parameters import Parameters
from models.engine.settle import settle
from models.engine.state import COSTS, EQUITY, PENDING, QUANTITY, State
from models.engine.step import decide
from models.kernels import compiled
from models.portfolio import Metrics, Trade, measure
from models.types import Bound, FloatArray, IntArray, Intent, Reason
from models.types.timeframes import DAY as DAY_MICROS


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What happened: arrays over the panel's (n_times, n_symbols), `equity` of shape (n_times,), the final state.

    `filled`, `price`, `fee` and `realised` stand at the bar whose open filled the order; `orders`, `reasons` and
    `bounds` at the bar whose close decided.
    """

    symbols: tuple[str, ...]
    panel: Panel
    orders: FloatArray
    reasons: IntArray
    bounds: IntArray
    filled: FloatArray
    price: FloatArray
    fee: FloatArray
    realised: FloatArray
    held: FloatArray
    equity: FloatArray
    state: State

    def intents(self) -> list[Intent]:
        """Every order in the order it was decided: by time, then by symbol."""
        rows, columns = np.nonzero(self.orders)
        return [self._intent(int(t), int(i)) for t, i in zip(rows, columns, strict=True)]

    def _intent(self, t: int, i: int) -> Intent:
        return Intent(
            bar=int(self.panel.ts[t]),
            symbol=self.symbols[i],
            quantity=float(self.orders[t, i]),
            price=float(self.panel.close[t, i]),
            reason=Reason(int(self.reasons[t, i])),
            bound=Bound(int(self.bounds[t, i])),
            edge_bps=float(self.panel.edge[t, i]),
        )

    def trades(self) -> list[Trade]:
        """Closed round trips in the order of their exits."""
        closed = []
        entry = [(0, 0.0)] * len(self.symbols)
        for t, i in zip(*np.nonzero(self.filled), strict=True):
            ts, price, quantity = int(self.panel.ts[t]), float(self.price[t, i]), float(self.filled[t, i])
            if quantity > 0.0:
                entry[i] = (ts, price)
            else:
                profit = float(self.realised[t, i])
                closed.append(Trade(self.symbols[i], entry[i][0], ts, -quantity, entry[i][1], price, profit))
        return closed

    def metrics(self, per_year: int) -> Metrics:
        """Metrics of the whole run; `per_year` is the number of bars in a trading year."""
        exposed = int((self.held > 0.0).any(axis=1).sum())
        return measure(
            self.equity, self.realised[self.filled < 0.0], float(self.state.account[COSTS]), exposed, per_year
        )


def run_backtest(symbols: tuple[str, ...], panel: Panel, parameters: Parameters, start: State) -> Backtest:
    """Fold settle and decide over the panel from `start`, which is not changed."""
    state = start.copy()
    shape = panel.close.shape
    floats = [np.zeros(shape) for _ in range(6)]
    reasons, bounds = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    orders, filled, price, fee, realised, held = floats
    equity = np.zeros(shape[0])
    fold(
        panel.ts // DAY_MICROS,
        panel.open,
        panel.close,
        panel.edge,
        panel.regime,
        panel.volatility,
        panel.gate,
        parameters.profile,
        parameters.instruments,
        state.account,
        state.book,
        orders,
        reasons,
        bounds,
        filled,
        price,
        fee,
        realised,
        held,
        equity,
    )
    return Backtest(symbols, panel, orders, reasons, bounds, filled, price, fee, realised, held, equity, state)


@compiled
def fold(
    days: IntArray,
    opens: FloatArray,
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
    filled: FloatArray,
    price: FloatArray,
    fee: FloatArray,
    realised: FloatArray,
    held: FloatArray,
    equity: FloatArray,
) -> None:
    """Settle at each bar's open what an earlier close decided, then decide at its close. Shapes as in Backtest."""
    for t in range(close.shape[0]):
        for i in range(close.shape[1]):
            if book[i, PENDING] != 0.0:
                filled[t, i], price[t, i], fee[t, i], realised[t, i] = settle(
                    account, book, i, opens[t, i], instruments
                )
        decide(
            float(days[t]),
            close[t],
            edge[t],
            regime[t],
            volatility[t],
            gate[t],
            profile,
            instruments,
            account,
            book,
            orders[t],
            reasons[t],
            bounds[t],
        )
        for i in range(close.shape[1]):
            held[t, i] = book[i, QUANTITY]
        equity[t] = account[EQUITY]
