"""What the book is worth and has earned: its curve, what it holds, and where closed trades' profit came from."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.journal import Carried, Glance, Journal
from data.journal.store import BEFORE_ALL
from models.engine.panel import TAIL_LONG, TAIL_SHORT
from models.portfolio import Account, Position
from models.types import Fill, Leg, Regime, iso
from tasks.session.overview.views import Earned, Equity, Holding
from tasks.session.riskdesk import Marked
from tasks.session.tearsheet.thinning import drawdown, thinned

OPENING = (Leg.ENTRY, Leg.ADD)
KEYS: Mapping[str, Callable[[Fill], str]] = {
    "system": lambda fill: fill.system,
    "specialist": lambda fill: fill.specialist,
    "regime": lambda fill: fill.regime.name.lower(),
    "symbol": lambda fill: fill.symbol,
}
EMPTY = Equity((), (), ())
# Rows of one reading, so that none keeps the journal's log from being written back for long.
AT_ONCE = 2_000
States = Mapping[str, Sequence[float]]


class CurveKeeper:
    """Capital and profit of a book at each of its decisions: what was read once is not read again."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._begin = 0.0
        self._newest = BEFORE_ALL
        self._at: list[int] = []
        self._profit: list[float] = []

    def read(self, journal: Journal) -> Equity:
        """With the decisions that are new; deposits and withdrawals are in neither figure."""
        glance = Glance(journal.engine)
        if not self._at and (began := glance.began_with(self._book)) is not None:
            self._begin = math.fsum(Account(*row).equity for row in began[0].values()) - _profit_of(*began)
        while found := glance.worth_after(self._book, self._newest, AT_ONCE):
            for bar, at, accounts, positions in found:
                self._newest = bar
                self._at.append(at)
                self._profit.append(_profit_of(accounts, positions))
        if not self._at:
            return EMPTY
        equity = self._begin + np.array(self._profit)
        rows = thinned(equity)
        fallen = -drawdown(equity)
        return Equity(
            tuple(iso(self._at[row]) for row in rows),
            tuple(equity[rows].tolist()),
            tuple(fallen[rows].tolist()),
        )


@dataclass(slots=True)
class Closed:
    """Closed parts of positions, with the costs of all fills."""

    trades: int = 0
    won: int = 0
    profit: float = 0.0
    costs: float = 0.0

    def take(self, fill: Fill) -> None:
        """One fill more."""
        self.costs += fill.fee + fill.slip
        if fill.leg not in OPENING:
            self.trades, self.won = self.trades + 1, self.won + (fill.realised > 0.0)
            self.profit += fill.realised


class EarnedKeeper:
    """What the closed trades of a book came to by each of KEYS: fills that were counted once are not read again."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._newest = 0
        self._sums: dict[str, dict[str, Closed]] = {of: {} for of in KEYS}

    def read(self, journal: Journal, holdings: Sequence[Holding]) -> tuple[Earned, ...]:
        """The names in alphabetic order; by system and specialist also what is open."""
        glance = Glance(journal.engine)
        while found := glance.fills_after(self._book, self._newest, AT_ONCE):
            for number, one in found:
                self._newest = number
                self._take(one.fill)
        return tuple(self._earned(holdings))

    def _take(self, fill: Fill) -> None:
        for of, key in KEYS.items():
            self._sums[of].setdefault(key(fill), Closed()).take(fill)

    def _earned(self, holdings: Sequence[Holding]) -> Iterator[Earned]:
        for of, sums in self._sums.items():
            still = _unrealised(of, holdings)
            for name in sorted(sums.keys() | (still or {}).keys()):
                closed = sums.get(name, Closed())
                rate = closed.won / closed.trades if closed.trades else None
                unrealised = None if still is None else still.get(name, 0.0)
                yield Earned(of, name, closed.trades, rate, closed.profit, closed.costs, unrealised)


def profit_of(state: Carried) -> float:
    """Realised and unrealised, with dividends, less carry, of all systems; at the state's own closes."""
    return _profit_of(state.accounts, state.positions)


def _profit_of(accounts: States, positions: Mapping[str, States]) -> float:
    return _profit(accounts.values(), [row for rows in positions.values() for row in rows.values()])


def profit_now(marked: Marked) -> float:
    """The same at the newest prices."""
    return _profit(marked.held.state.accounts.tolist(), marked.book.tolist())


def _profit(accounts: Iterable[Sequence[float]], positions: Iterable[Sequence[float]]) -> float:
    systems, held = [Account(*row) for row in accounts], [Position(*row) for row in positions]
    kept = math.fsum(one.realised + one.income - one.carry for one in systems)
    return kept + math.fsum(one.quantity * one.last - one.cost for one in held if one.quantity != 0.0)


def holdings_of(marked: Marked) -> tuple[Holding, ...]:
    """Every position and waiting entry, in the order of the book's rows."""
    held = marked.held
    rows = zip(marked.book.tolist(), held.columns.tolist(), held.book.rows, strict=True)
    every = [(Position(*row), column, owner) for row, column, owner in rows]
    return tuple(_holding(one, marked, column, *owner) for one, column, owner in every if one.quantity or one.ordered)


def specialist_of(code: float) -> str | None:
    """Name of a specialist by its code in a position, None for nobody."""
    return Regime(int(code)).name.lower() if code >= 0.0 else None


def _holding(one: Position, marked: Marked, column: int, system: str, symbol: str) -> Holding:
    known_at, tails, value = int(marked.prices.known_at[column]), marked.held.tails[column], one.quantity * one.last
    at_risk = abs(value) * float(tails[TAIL_LONG if value >= 0.0 else TAIL_SHORT])
    return Holding(
        system=system,
        symbol=symbol,
        specialist=specialist_of(one.owner),
        quantity=one.quantity,
        ordered=one.ordered,
        entry=one.entry or None,
        price=one.last or None,
        price_at=iso(known_at) if known_at else None,
        value=value,
        profit=value - one.cost if one.quantity else 0.0,
        stop=one.stop or None,
        target=one.target or None,
        var=at_risk if math.isfinite(at_risk) else None,
    )


def _unrealised(of: str, holdings: Sequence[Holding]) -> dict[str, float] | None:
    if of not in ("system", "specialist"):
        return None
    found: defaultdict[str, list[float]] = defaultdict(list)
    for one in holdings:
        name = one.system if of == "system" else one.specialist
        if name is not None:
            found[name].append(one.profit)
    return {name: math.fsum(profits) for name, profits in found.items()}
