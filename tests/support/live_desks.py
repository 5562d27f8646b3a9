"""A live book on a venue in memory: real cycles of a stormy market, whose bars move the venue."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fake_venue import FakeVenue, Market
from order_desks import Alerts, Cut, settings_of

from data.journal import Holder, Journal, Leases, OrderLog
from models.orders import GateCaps
from models.portfolio import Account, Position
from models.types import Bars
from models.types.timeframes import HOUR
from models.types.wire import MarketRules
from tasks.adapters.clocks import VirtualClock
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.writing import Writing

VENUE = "binance"
SECOND = 1_000_000
MONEY = Decimal(1_000_000)
HALF_SPREAD = Decimal("0.0001")
CASH = Account._fields.index("cash")
QUANTITY = Position._fields.index("quantity")


@dataclass(slots=True)
class LiveBook:
    """A desk's book at a venue, its clock and what a person was told; `cut` lets a process die at a label."""

    desk: Desk
    journal: Journal
    venue: FakeVenue
    clock: VirtualClock
    alerts: Alerts
    cut: Cut
    pid: int = 1

    @property
    def log(self) -> OrderLog:
        return OrderLog(self.journal.engine)

    def broker(self) -> LiveBroker:
        """As a new process would build it."""
        self.pid += 1
        lots = {one.symbol: Decimal(repr(self.desk.instrument(one).lot)) for one in self.desk.book_series()}
        caps = GateCaps(frozenset(lots), MONEY, MONEY * 100, 10_000, Decimal("0.05"), 900 * SECOND)
        orders = OrderDesk(
            log=self.log,
            accounts={VENUE: self.venue},
            clock=self.clock,
            settings=settings_of(),
            caps=caps,
            alert=self.alerts,
            checkpoint=self.cut,
            monotonic=self.clock.now,
        )
        holder = Holder("here", "boot", self.pid, 0)
        writing = Writing(Leases(self.journal.engine), holder, lambda _: True, self.clock, 30 * SECOND, 0, beats=False)
        return LiveBroker(self.journal, orders, writing, (VENUE,), lots)

    def cycle(self) -> Cycle:
        """One cycle now."""
        return run_cycle(self.desk.at(self.clock.now()), self.journal, self.broker(), self.cut)

    def bars(self, first: int, last: int) -> Iterator[int]:
        """Live through the bars that close from `first` to `last`: each moment is a bar's close. Between two of them
        the venue goes to the next bar's low, high and close.
        """
        for moment in range(first, last + 1, HOUR):
            self.clock.moment = max(self.clock.moment, moment)
            self.quote_at(moment - HOUR, "close")
            yield moment
            for step, price in enumerate(("low", "high", "close")):
                self.clock.moment = max(self.clock.moment, moment + (step + 1) * HOUR // 5)
                self.quote_at(moment, price)

    def quote_at(self, ts: int, price: str) -> None:
        """The venue's market goes to that price of the bars that open at `ts`."""
        for one in self.desk.book_series():
            bars: Bars = self.desk.bars.read(one)
            at = int(bars.ts.searchsorted(ts))
            if at < len(bars) and int(bars.ts[at]) == ts:
                middle = Decimal(repr(float(getattr(bars, price)[at])))
                bid, ask = middle * (1 - HALF_SPREAD), middle * (1 + HALF_SPREAD)
                self.venue.move(one.symbol, f"{bid:.2f}", f"{ask:.2f}")

    def held(self) -> dict[str, float]:
        """Base units by symbol after the newest decision, all systems together, and every fill since."""
        (book,) = {row["book"] for row in self.journal.tables()["decisions"]}
        last = self.journal.last_decision(book)
        assert last is not None
        found: dict[str, float] = {}
        for positions in last.state_after.positions.values():
            for symbol, figures in positions.items():
                found[symbol] = found.get(symbol, 0.0) + figures[QUANTITY]
        for _, trade, _ in self.log.unsettled(book):
            found[trade.symbol] += float(trade.quantity if trade.is_buy else -trade.quantity)
        return found

    def cash(self) -> float:
        """Of all systems after the newest decision."""
        (book,) = {row["book"] for row in self.journal.tables()["decisions"]}
        last = self.journal.last_decision(book)
        assert last is not None
        return sum(one[CASH] for one in last.state_after.accounts.values())


def live_book(desk: Desk, journal: Journal, start: int, fee_in_base: bool = False) -> LiveBook:
    """A book whose account has MONEY, some of which is the book's, and a little of something else."""
    clock = VirtualClock(start)
    markets = {one.symbol: Market(Decimal(1), Decimal(1), _rules(desk, one.symbol)) for one in desk.book_series()}
    venue = FakeVenue(clock, markets, {"USDT": MONEY, "XMR": Decimal(7)}, name=VENUE, fee_in_base=fee_in_base)
    return LiveBook(desk, journal, venue, clock, Alerts(), Cut())


def _rules(desk: Desk, symbol: str) -> MarketRules:
    base, quote = symbol.split("/")
    (series,) = (one for one in desk.book_series() if one.symbol == symbol)
    instrument = desk.instrument(series)
    return MarketRules(
        venue=VENUE,
        symbol=symbol,
        base=base,
        quote=quote,
        tick=Decimal(repr(instrument.tick)),
        lot=Decimal(repr(instrument.lot)),
        least_quantity=Decimal(repr(instrument.lot)),
        most_quantity=None,
        min_notional=Decimal(repr(instrument.min_notional)),
        is_trading=True,
        takes_stops=True,
        status="TRADING",
        taker_fee=Decimal("0.001"),
    )
