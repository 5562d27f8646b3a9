"""The account between two decisions, marked by whatever prices there are, and what its stops would say of that."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from data.journal import Decision, RiskEvent, RiskKind, forced_level
from models.engine.marking import found_and_allowed
from models.portfolio import Account, Position
from models.risk import House, Ladder, climbed, is_due, marked_to, on_day, released
from models.types import Breaker
from models.types.timeframes import DAY
from models.types.wire import VenueTrade
from tasks.session.guarding.facts import Worth

CASH = Account._fields.index("cash")
QUANTITY, LAST = Position._fields.index("quantity"), Position._fields.index("last")
# Nothing is known of the value at risk here; the step and the timer look at it.
NO_VAR = 0.0


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a book has: by symbol base units and the last price that it counted by; cash in quote currency."""

    cash: float
    units: Mapping[str, float]
    last: Mapping[str, float]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Of which there is anything."""
        return tuple(symbol for symbol, units in self.units.items() if units)


def holdings_of(decision: Decision, since: Sequence[VenueTrade]) -> Holdings:
    """After the decision and the trades of the book's orders since, which no decision has booked."""
    state = decision.state_after
    cash = [figures[CASH] for figures in state.accounts.values()]
    units: dict[str, list[float]] = {}
    last: dict[str, float] = {}
    for positions in state.positions.values():
        for symbol, figures in positions.items():
            units.setdefault(symbol, []).append(figures[QUANTITY])
            last[symbol] = figures[LAST]
    for trade in since:
        base, _, quote = trade.symbol.partition("/")
        side = 1 if trade.is_buy else -1
        fee = {trade.fee_asset: trade.fee}
        nothing = Decimal(0)
        units.setdefault(trade.symbol, []).append(float(side * trade.quantity - fee.get(base, nothing)))
        cash.append(-float(side * trade.quantity * trade.price + fee.get(quote, nothing)))
        last[trade.symbol] = float(trade.price)
    return Holdings(math.fsum(cash), {symbol: math.fsum(some) for symbol, some in units.items()}, last)


def marked(
    decision: Decision,
    held: Holdings,
    prices: Mapping[str, float],
    waiting: Sequence[RiskEvent],
    house: House,
    now: int,
) -> Worth:
    """The account at `prices` and at `now` (UTC microseconds); a symbol without one counts by the last that is known.
    Thresholds and levels are those of the step: it is its function that marks.
    """
    worth = [units * prices.get(symbol, held.last[symbol]) for symbol, units in held.units.items()]
    equity = math.fsum([held.cash, *worth])
    before = _standing(decision, equity, waiting, house, now)
    after = Ladder(*marked_to(before, equity, NO_VAR, house))
    found, allowed = found_and_allowed(after, NO_VAR, house)
    unpriced = tuple(symbol for symbol in held.symbols if symbol not in prices)
    return Worth(equity, before, after, float(found), float(allowed), unpriced)


def _standing(decision: Decision, equity: float, waiting: Sequence[RiskEvent], house: House, now: int) -> Ladder:
    """The stops before the mark: a new day begun, and what waits for the next decision acted on."""
    ladder = Ladder(**{name: decision.state_after.ladder[name] for name in Ladder._fields})
    day = float(now // DAY)
    if day != ladder.day:
        ladder = on_day(ladder, day)
    if is_due(ladder) or any(one.kind is RiskKind.RELEASE for one in waiting):
        ladder = released(ladder, equity)
    return Ladder(*climbed(ladder, float(forced_level(waiting)), float(Breaker.PERSON), house))
