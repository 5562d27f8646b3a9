"""An account at a venue of ccxt's."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from models.types import Unavailable
from models.types.errors import KeelError
from models.types.failures import Ambiguous, NotSent, OrderFailed, Rejected
from models.types.wire import Balance, KeyRights, MarketRules, Quote, Report, VenueTrade, WireOrder
from tasks.adapters.brokers.dialect import Call, Sending
from tasks.adapters.brokers.failures import Heard, Verdict, failure_of
from tasks.adapters.brokers.line import OUT_OF_FORM, Line


@dataclass(frozen=True, slots=True)
class CcxtAccount:
    """See tasks.ports.VenueAccount; for one thread."""

    line: Line

    @property
    def name(self) -> str:
        """The venue's."""
        return self.line.dialect.venue.name

    @property
    def sends_within(self) -> int:
        """Microseconds after an order's admission from which on it cannot arrive any more."""
        return self.line.dialect.sends_within

    @property
    def keeps_ids(self) -> bool:
        """Whether every order so far came back under the client order id that it was sent with: live asks for it."""
        return self.line.learned.keeps_ids

    def wire_id(self, cid: str) -> str:
        """The client order id as the venue takes it."""
        return self.line.dialect.wire_id(cid)

    def submit(self, order: WireOrder) -> Report:
        """Send an order under its client order id, once."""
        what = f"order {order.cid}"
        call = self._composed(what, order)
        guard = self.line.client.guard
        # The budget may let it wait, and the process may be stopped for a while: too late, it must not arrive.
        guard.not_after = order.created_at + self.sends_within
        try:
            told = self.line.say(call)
        finally:
            guard.not_after = None
        if told.failure is not None:
            raise self._failed(what, told.failure)
        self.line.trust_clock()
        return self._acknowledged(what, order, told.answer)

    def cancel(self, order: WireOrder) -> Report | None:
        """Cancel it; None when the venue says that there is no such open order."""
        what = f"the cancelling of {order.cid}"
        wire_id = self._known_as(order)
        self._get_ready(what)
        told = self.line.say(self.line.dialect.cancel(order, wire_id))
        if told.failure is None:
            self.line.trust_clock()
            return self._acknowledged(what, order, told.answer)
        if told.failure.code in self.line.dialect.unknown:
            return None
        failure = self._failed(what, told.failure)
        raise NotSent(str(failure), failure.code) if isinstance(failure, Rejected) else failure

    def find(self, order: WireOrder) -> Report | None:
        """The order by its client order id; None when the venue says it has none."""
        self.line.get_ready()
        dialect = self.line.dialect
        raw = self.line.read("order", dialect.find(order, self._known_as(order)), dialect.unknown)
        self.line.trust_clock()
        if raw is None:
            return None
        with self.line.in_form("order"):
            return self._same(order, self.line.report(raw))

    def open_orders(self) -> list[Report]:
        """Every open order of the account, whoever placed it."""
        self.line.get_ready()
        with self.line.in_form("open orders"):
            rows = self.line.dialect.open_orders(self.line.ask)
            self.line.trust_clock()
            return [self.line.report(raw) for raw in rows]

    def trades(self, symbol: str, since: int) -> list[VenueTrade]:
        """Every fill of the account in the symbol from `since` (UTC microseconds) on, ascending."""
        self.line.market(symbol, fresh=False)
        with self.line.in_form("trades"):
            rows = self.line.dialect.trades(self.line.ask, symbol, since)
            every = (self.line.dialect.trade(self.name, raw) for raw in rows)
            # Where the account traded with itself both sides have one number.
            told = {(trade.trade_id, trade.is_buy): trade for trade in every}
            return sorted((trade for trade in told.values() if trade.at >= since), key=lambda trade: trade.at)

    def balances(self) -> dict[str, Balance]:
        """By asset."""
        self.line.get_ready()
        with self.line.in_form("balances"):
            return self.line.dialect.balances(self.line.ask)

    def quote(self, symbol: str) -> Quote:
        """Best prices now."""
        market = self.line.market(symbol, fresh=False)
        with self.line.in_form("quote"):
            bid, ask = self.line.dialect.quote(self.line.ask, market)
            return Quote(self.name, symbol, bid, ask, self.line.clock.now())

    def rules(self, symbol: str, fresh: bool = False) -> MarketRules:
        """What the venue asks of orders in the symbol."""
        market = self.line.market(symbol, fresh)
        with self.line.in_form("rules"):
            return self.line.dialect.rules(self.name, market)

    def rights(self) -> KeyRights:
        """What the key may do."""
        self.line.get_ready()
        with self.line.in_form("rights"):
            return self.line.dialect.rights(self.line.ask)

    def time(self) -> int:
        """The venue's clock, UTC microseconds; what is signed from now on has it."""
        return self.line.sync_time()

    def _composed(self, what: str, order: WireOrder) -> Call:
        wire_id = self._known_as(order)
        try:
            _require_on_grid(order, self.rules(order.symbol))
            admitted_ms = order.created_at // 1000 - self.line.ahead_ms()
            market = self.line.market(order.symbol, fresh=False)
            return self.line.dialect.submit(Sending(order, wire_id, market, admitted_ms))
        except KeelError as error:
            raise NotSent(f"{what} was not sent to {self.name} ({error}); decide anew") from error
        except OUT_OF_FORM as error:
            kind = f"{type(error).__name__}: {error}"
            raise NotSent(f"{what} cannot be put to {self.name} ({kind}); decide anew") from error

    def _get_ready(self, what: str) -> None:
        try:
            self.line.get_ready()
        except Unavailable as error:
            raise NotSent(f"{what} was not sent to {self.name} ({error}); ask what became of it") from error

    def _acknowledged(self, what: str, order: WireOrder, raw: Any) -> Report:
        try:
            report = self.line.report(raw)
            self.line.learned.keeps_ids &= report.cid == order.cid
            return self._same(order, report)
        except OUT_OF_FORM as error:
            kind = type(error).__name__
        # Outside of the except block: what could not be taken apart goes no further.
        raise Ambiguous(f"{self.name} answered {what} in another form than documented ({kind}); ask what became of it")

    def _failed(self, what: str, heard: Heard) -> OrderFailed:
        dialect = self.line.dialect
        if heard.left and dialect.verdicts.get(heard.code) is Verdict.CLOCK:
            heard = replace(heard, clock_again=self.line.learned.clock_refused)
            self._resync()
        return failure_of(self.name, what, heard, dialect.verdicts)

    def _resync(self) -> None:
        # When the venue does not say, the next request is refused again, and that halts.
        with suppress(Unavailable):
            self.line.sync_time()
        self.line.learned.clock_refused = True

    def _known_as(self, order: WireOrder) -> str:
        wire_id = self.wire_id(order.cid)
        self.line.learned.cids[wire_id] = order.cid
        return wire_id

    def _same(self, order: WireOrder, report: Report) -> Report:
        if (report.cid, report.symbol, report.is_buy) != (order.cid, order.symbol, order.is_buy):
            raise ValueError("another order")
        return report


def _require_on_grid(order: WireOrder, rules: MarketRules) -> None:
    # ccxt would round it without a word.
    for figure, step in ((order.quantity, rules.lot), (order.limit, rules.tick), (order.stop, rules.tick)):
        if figure is not None and (not figure.is_finite() or figure <= 0 or figure % step):
            raise ValueError(f"{figure} is no positive multiple of {step}")
