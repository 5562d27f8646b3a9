"""The check before a trade, on what the step decided at the newest bar of a fold."""

import numpy as np

from models.engine import Run, State
from models.engine.panel import GATE, TAIL_LONG, TAIL_SHORT
from models.engine.parameters import COLUMN, Parameters
from models.engine.tables import ORDER_LIMIT, ORDER_QUANTITY, ORDER_REASON, ORDER_ROW, ORDER_STOP, ORDER_T
from models.portfolio import Position
from models.portfolio.position import Account as SystemAccount
from models.risk import House, Ladder, RiskProfile
from models.risk.pre_trade import (
    Account,
    Holdings,
    Orders,
    Purses,
    RowLimits,
    Violation,
    Whole,
    check_orders,
    require_sound,
)
from models.types import FloatArray, Instrument, IntArray, Reason
from models.types.timeframes import DAY
from tasks.session.book import Book

NEWEST = -1
BY_WEIGHT = (float(Reason.ENTER_WEIGHT), float(Reason.ADD_WEIGHT))
ENTRIES = (float(Reason.ENTER_EDGE), float(Reason.ENTER_WEIGHT))


def require_sound_orders(book: Book, run: Run, before: State, collar: float) -> None:
    """Nothing, when every order of the run's newest bar is within every limit; `before` is what the run began with,
    `collar` the fraction of a close that an order may be from it.

    Raises:
        Damaged: an order is not, which the step should have seen to; nothing of the run may be recorded.
    """
    require_sound(pre_trade_check(book, run, before, collar), [f"{system} {symbol}" for system, symbol in book.rows])


def pre_trade_check(book: Book, run: Run, before: State, collar: float) -> tuple[Violation, ...]:
    """Orders of the run's newest bar beyond a limit of the book; nothing when all are sound."""
    return held_against(book.parameters, run, before, collar)


def held_against(parameters: Parameters, run: Run, before: State, collar: float) -> tuple[Violation, ...]:
    """Orders of the run's newest bar beyond a limit of the parameters; nothing when all are sound or nobody decided."""
    if not run.panel.decided[NEWEST]:
        return ()
    newest = run.orders[run.orders[:, ORDER_T] == run.panel.ts.size - 1]
    rows = newest[:, ORDER_ROW].astype(np.int64)
    return check_orders(_orders(newest, rows, len(parameters.rows)), _account(parameters, run, rows, before, collar))


def _orders(newest: FloatArray, rows: IntArray, count: int) -> Orders:
    columns = np.zeros((4, count))
    columns[0, rows], columns[1, rows] = newest[:, ORDER_QUANTITY], newest[:, ORDER_LIMIT]
    columns[2, rows], columns[3, rows] = newest[:, ORDER_STOP], np.isin(newest[:, ORDER_REASON], BY_WEIGHT)
    return Orders(*columns)


def _account(parameters: Parameters, run: Run, ordered: IntArray, before: State, collar: float) -> Account:
    """What is there beside the orders of the rows `ordered`."""
    panel, columns, firsts = run.panel, parameters.slots[:, COLUMN], parameters.firsts
    link = panel.links[panel.link_rows[NEWEST]][np.ix_(columns, columns)]
    return Account(
        holdings=_holdings(run, columns, ordered),
        limits=_limits(parameters.instruments, panel.codes[NEWEST, columns, GATE].astype(np.float64)),
        purses=_purses(run.state.accounts, parameters.profiles),
        whole=_whole(parameters.house, run, before, collar),
        systems=np.repeat(np.arange(firsts.size - 1), np.diff(firsts)),
        links=np.ascontiguousarray(link),
    )


def _holdings(run: Run, columns: IntArray, ordered: IntArray) -> Holdings:
    """What is held, and what waits from earlier bars; an order to leave that waits takes no room."""
    panel, held = run.panel, _fields(Position._fields, run.state.book)
    waiting = held["ordered"].copy()
    waiting[ordered] = 0.0
    waiting[waiting * held["quantity"] < 0.0] = 0.0
    return Holdings(
        units=held["quantity"],
        stop=held["stop"],
        waiting=waiting,
        close=held["last"],
        reference=panel.close[NEWEST, columns],
        tail_long=panel.tails[NEWEST, columns, TAIL_LONG],
        tail_short=panel.tails[NEWEST, columns, TAIL_SHORT],
    )


def _limits(instruments: FloatArray, gate: FloatArray) -> RowLimits:
    named = _fields(Instrument._fields, instruments)
    own = {name: named[name] for name in RowLimits._fields if name in named}
    return RowLimits(**own, costs=named["taker_fee"] + named["half_spread"], gate=gate)


def _purses(accounts: FloatArray, profiles: FloatArray) -> Purses:
    named = _fields(SystemAccount._fields, accounts) | _fields(RiskProfile._fields, profiles)
    own = {name: named[name] for name in Purses._fields if name in named}
    return Purses(**own, paused=(named["paused_until"] > 0.0).astype(np.float64))


def _fields(names: tuple[str, ...], rows: FloatArray) -> dict[str, FloatArray]:
    """The columns of an array by their names, each of them contiguous."""
    return dict(zip(names, np.ascontiguousarray(rows.T), strict=True))


def _whole(house: House, run: Run, before: State, collar: float) -> Whole:
    ladder = Ladder(*run.state.ladder.tolist())
    return Whole(
        equity=ladder.equity,
        max_var=house.max_var,
        max_capital=house.max_capital,
        max_positions=house.max_positions,
        max_trades=house.max_trades,
        level=ladder.level,
        trades=_trades_before(run, Ladder(*before.ladder.tolist())),
        collar=collar,
    )


def _trades_before(run: Run, ladder: Ladder) -> float:
    """Entries that were ordered on the newest bar's UTC day before it: by the state before the run, and in the run."""
    days, times = run.panel.ts // DAY, run.orders[:, ORDER_T].astype(np.int64)
    carried = ladder.trades if ladder.day == float(days[NEWEST]) else 0.0
    earlier = np.isin(run.orders[:, ORDER_REASON], ENTRIES) & (times < days.size - 1)
    return carried + float(np.sum(days[times[earlier]] == days[NEWEST]))
