"""A venue in memory, as one account sees it: it matches, books balances and fees, keeps everything, and fails on cue.

It is the exchange's side of a test: `FakeVenue.placed` is what really arrived, whatever the account was told. It never
imports the product but its values. Like Binance it refuses a client order id only while an order with it is open: who
sends twice gets two orders.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from models.types import BadInput, Unavailable
from models.types.failures import Ambiguous, NotSent, Rejected
from models.types.wire import (
    Balance,
    KeyRights,
    MarketRules,
    OrderKind,
    OrderState,
    Quote,
    Report,
    VenueTrade,
    WireOrder,
)
from tasks.ports import Waiting

SECOND = 1_000_000
ZERO = Decimal(0)
ENDLESS = Decimal(10**9)


class Fault(StrEnum):
    """What happens to one call. On a read: UNSAID, BLIND; on a submit or cancel: the others; DIES anywhere."""

    REJECT = "the venue says no"
    NOT_SENT = "it never leaves"
    BANNED = "nothing leaves until a person has looked"
    DROPPED = "ambiguous: it never arrives"
    REPLY_LOST = "ambiguous: it arrived"
    LATE = "ambiguous: it arrives later, within the receive window"
    UNSAID = "a read fails"
    BLIND = "find says that there is no such order"
    DIES_BEFORE = "the process dies before the wire"
    DIES_AFTER = "the process dies after the wire"


class Died(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass(slots=True)
class Placed:
    """An order at the venue."""

    order: WireOrder
    exchange_id: str
    arrived: int
    state: OrderState = OrderState.OPEN
    filled: Decimal = ZERO
    value: Decimal = ZERO
    trades: list[VenueTrade] = field(default_factory=list)
    why: str = ""

    @property
    def remaining(self) -> Decimal:
        return self.order.quantity - self.filled


@dataclass(slots=True)
class Market:
    """Best prices, what one order gets of them at most (base units), and the rules."""

    bid: Decimal
    ask: Decimal
    rules: MarketRules
    depth: Decimal = ENDLESS


@dataclass(slots=True)
class FakeVenue:
    """See the module; `name`, `sends_within`, `keeps_ids` and the methods from `submit` on are a VenueAccount.

    `plan` says what happens to a call: it is asked with the method's name and its order (None for reads of more than
    one). `faults` come first: the next ones of each method, in order. `lag` is how long `find` does not see an order.
    """

    clock: Waiting
    markets: dict[str, Market]
    wallet: dict[str, Decimal]
    name: str = "fake"
    sends_within: int = 5 * SECOND
    keeps_ids: bool = True
    tells_levels: bool = True
    fee: Decimal = Decimal("0.001")
    fee_in_base: bool = False
    lag: int = 0
    plan: Callable[[str, WireOrder | None], Fault | None] = lambda _call, _order: None
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    locked: dict[str, Decimal] = field(default_factory=dict)
    requests: list[tuple[int, str, str]] = field(default_factory=list)
    _late: list[tuple[int, WireOrder]] = field(default_factory=list)
    _known: dict[str, MarketRules] = field(default_factory=dict)
    _trades: int = 0

    # What a test does to it.

    def move(self, symbol: str, bid: str, ask: str, depth: str | None = None) -> None:
        """The market is somewhere else now: resting orders that it reached are filled."""
        market = self.markets[symbol]
        market.bid, market.ask = Decimal(bid), Decimal(ask)
        if depth is not None:
            market.depth = Decimal(depth)
        self.match()

    def change(self, symbol: str, **rules: object) -> None:
        """The venue asks something else of orders from now on."""
        self.markets[symbol].rules = replace(self.markets[symbol].rules, **rules)  # type: ignore[arg-type]

    def fail(self, call: str, *faults: Fault) -> None:
        """The next calls of this name fail so."""
        self.faults.setdefault(call, []).extend(faults)

    def place(self, order: WireOrder) -> Placed:
        """Somebody's order arrives (a person's, or one sent by a session that is gone)."""
        return self._arrive(order)

    def cancel_by_hand(self, cid: str) -> None:
        """Somebody else cancels it."""
        self._end(self._open(cid)[-1], OrderState.CANCELED)

    def of(self, cid: str) -> list[Placed]:
        """All orders that ever arrived with the id."""
        return [one for one in self.placed if one.order.cid == cid]

    def of_parent(self, parent: str) -> list[Placed]:
        return [one for one in self.placed if one.order.parent == parent]

    def filled_of(self, parent: str) -> Decimal:
        return sum((one.filled for one in self.of_parent(parent)), ZERO)

    def doubled(self) -> list[str]:
        """Client order ids that came more than once."""
        return [cid for cid, count in Counter(one.order.cid for one in self.placed).items() if count > 1]

    def resting(self, symbol: str | None = None) -> list[Placed]:
        return [one for one in self.placed if not one.state.is_over and symbol in (None, one.order.symbol)]

    def calls(self, name: str) -> int:
        return sum(call == name for _, call, _ in self.requests)

    # What an account may ask.

    def submit(self, order: WireOrder) -> Report:
        fault = self._called("submit", order)
        if fault is Fault.REJECT:
            raise Rejected("fake: the venue refused the order", "-2010")
        if fault is Fault.NOT_SENT:
            raise NotSent("fake: too many requests", "429", retry_after=SECOND)
        if fault is Fault.BANNED:
            raise NotSent("fake: the key is refused", "-2015", halts=True)
        if fault is Fault.DROPPED:
            raise Ambiguous("fake: no answer", "")
        if fault is Fault.LATE:
            self._late.append((self.clock.now() + self.sends_within, order))
            raise Ambiguous("fake: no answer yet", "")
        if fault is Fault.REPLY_LOST:
            self._arrive_anyhow(order)
            raise Ambiguous("fake: the answer was lost", "503")
        if fault is Fault.DIES_AFTER:
            self._arrive_anyhow(order)
            raise Died("after submit")
        return self._said(self._arrive(order))

    def cancel(self, order: WireOrder) -> Report | None:
        fault = self._called("cancel", order)
        if fault in (Fault.NOT_SENT, Fault.BANNED):
            raise NotSent("fake: too many requests", "429", retry_after=SECOND, halts=fault is Fault.BANNED)
        if fault in (Fault.DROPPED, Fault.LATE, Fault.REJECT):
            raise Ambiguous("fake: no answer", "")
        found = self._open(order.cid)
        if found:
            self._end(found[-1], OrderState.CANCELED)
        if fault is Fault.REPLY_LOST:
            raise Ambiguous("fake: the answer was lost", "503")
        if fault is Fault.DIES_AFTER:
            raise Died("after cancel")
        return self._said(found[-1]) if found else None

    def find(self, order: WireOrder) -> Report | None:
        if self._called("find", order) is Fault.BLIND:
            return None
        found = [one for one in self.of(order.cid) if one.arrived + self.lag <= self.clock.now()]
        return self._said(found[-1]) if found else None

    def open_orders(self) -> list[Report]:
        self._called("open_orders", None)
        return [self._said(one) for one in self.resting()]

    def trades(self, symbol: str, since: int) -> list[VenueTrade]:
        self._called("trades", None)
        found = [
            trade for one in self.placed if one.order.symbol == symbol for trade in one.trades if trade.at >= since
        ]
        # As on Binance a trade bears the venue's own id of its order, and not the client's.
        return [replace(trade, cid=None) for trade in sorted(found, key=lambda one: int(one.trade_id))]

    def balances(self) -> dict[str, Balance]:
        self._called("balances", None)
        return {
            asset: Balance(asset, self.free(asset), self.locked.get(asset, ZERO))
            for asset, total in self.wallet.items()
            if total
        }

    def quote(self, symbol: str) -> Quote:
        self._called("quote", None)
        market = self._market(symbol)
        return Quote(self.name, symbol, market.bid, market.ask, self.clock.now())

    def rules(self, symbol: str, fresh: bool = False) -> MarketRules:
        if fresh or symbol not in self._known:
            self._called("rules", None)
            self._known[symbol] = self._market(symbol).rules
        return self._known[symbol]

    def rights(self) -> KeyRights:
        self._called("rights", None)
        return KeyRights(self.name, True, False, False, True, True)

    def time(self) -> int:
        self._called("time", None)
        return self.clock.now()

    # The inside.

    def free(self, asset: str) -> Decimal:
        return self.wallet.get(asset, ZERO) - self.locked.get(asset, ZERO)

    def match(self) -> None:
        """Fill what rests as far as the market gives it; a triggered stop that gets nothing stays and tries again."""
        for one in self.resting():
            market = self.markets[one.order.symbol]
            if one.order.kind is OrderKind.STOP:
                if self._triggers(one.order, market):
                    self._fill(one, market.depth, market.ask if one.order.is_buy else market.bid)
            elif self._reaches(one.order, market):
                self._fill(one, market.depth, one.order.limit or market.ask)

    def arrivals(self) -> None:
        """What was on its way and is there by now."""
        due = [order for at, order in self._late if at <= self.clock.now()]
        self._late = [(at, order) for at, order in self._late if at > self.clock.now()]
        for order in due:
            self._arrive_anyhow(order)

    def _called(self, call: str, order: WireOrder | None) -> Fault | None:
        self.arrivals()
        self.requests.append((self.clock.now(), call, "" if order is None else order.cid))
        planned = self.faults.get(call)
        fault = planned.pop(0) if planned else self.plan(call, order)
        if fault is Fault.DIES_BEFORE:
            raise Died(f"before {call}")
        if call not in ("submit", "cancel"):
            if fault is Fault.DIES_AFTER:
                raise Died(f"after {call}")
            if fault not in (None, Fault.BLIND):
                raise Unavailable(f"fake: {call} was not answered; try again")
        return fault

    def _market(self, symbol: str) -> Market:
        if symbol not in self.markets:
            raise BadInput(f"{self.name} has no {symbol}; it has {', '.join(self.markets)}")
        return self.markets[symbol]

    def _arrive_anyhow(self, order: WireOrder) -> None:
        """Nobody hears what becomes of it."""
        try:
            self._arrive(order)
        except Rejected:
            return

    def _arrive(self, order: WireOrder) -> Placed:
        market = self._market(order.symbol)
        self._check(order, market)
        one = Placed(order, f"{self.name}-{len(self.placed) + 1}", self.clock.now())
        self.placed.append(one)
        self._bind(one, one.order.quantity)
        if order.kind is not OrderKind.STOP and self._reaches(order, market):
            self._fill(one, market.depth, market.ask if order.is_buy else market.bid)
        if order.kind is OrderKind.MARKET and not one.state.is_over:
            self._end(one, OrderState.EXPIRED)
        return one

    def _check(self, order: WireOrder, market: Market) -> None:
        rules = market.rules
        if self._open(order.cid):
            raise Rejected("fake: duplicate order sent", "-2010")
        if not rules.is_trading:
            raise Rejected("fake: market is closed", "-1013")
        price = order.limit or order.stop or (market.ask if order.is_buy else market.bid)
        if order.quantity % rules.lot or order.quantity < rules.least_quantity:
            raise Rejected("fake: filter failure: LOT_SIZE", "-1013")
        if any(level is not None and level % rules.tick for level in (order.limit, order.stop)):
            raise Rejected("fake: filter failure: PRICE_FILTER", "-1013")
        if order.quantity * price < rules.min_notional:
            raise Rejected("fake: filter failure: NOTIONAL", "-1013")
        if order.kind is OrderKind.STOP and self._triggers(order, market):
            raise Rejected("fake: stop price would trigger immediately", "-2010")
        asset, units = self._needs(order, order.quantity)
        if self.free(asset) < units:
            raise Rejected("fake: account has insufficient balance for requested action", "-2010")

    def _needs(self, order: WireOrder, quantity: Decimal) -> tuple[str, Decimal]:
        market = self.markets[order.symbol]
        if not order.is_buy:
            return market.rules.base, quantity
        return market.rules.quote, quantity * (order.limit or order.stop or market.ask)

    def _bind(self, one: Placed, quantity: Decimal) -> None:
        asset, units = self._needs(one.order, quantity)
        self.locked[asset] = self.locked.get(asset, ZERO) + units

    def _triggers(self, order: WireOrder, market: Market) -> bool:
        assert order.stop is not None
        return market.ask >= order.stop if order.is_buy else market.bid <= order.stop

    def _reaches(self, order: WireOrder, market: Market) -> bool:
        if order.limit is None:
            return True
        return market.ask <= order.limit if order.is_buy else market.bid >= order.limit

    def _fill(self, one: Placed, depth: Decimal, price: Decimal) -> None:
        rules = self.markets[one.order.symbol].rules
        quantity = min(one.remaining, depth)
        if quantity <= 0:
            return
        self._bind(one, -quantity)
        sign = 1 if one.order.is_buy else -1
        in_base = self.fee_in_base and one.order.is_buy
        fee = self.fee * (quantity if in_base else quantity * price)
        asset = rules.base if in_base else rules.quote
        self._book(rules.base, sign * quantity)
        self._book(rules.quote, -sign * quantity * price)
        self._book(asset, -fee)
        self._trades += 1
        one.trades.append(
            VenueTrade(
                venue=self.name,
                symbol=one.order.symbol,
                trade_id=str(self._trades),
                exchange_id=one.exchange_id,
                cid=one.order.cid,
                is_buy=one.order.is_buy,
                quantity=quantity,
                price=price,
                fee=fee,
                fee_asset=asset,
                at=self.clock.now(),
                maker=one.order.kind is OrderKind.LIMIT,
            )
        )
        one.filled += quantity
        one.value += quantity * price
        if not one.remaining:
            one.state = OrderState.FILLED

    def _end(self, one: Placed, state: OrderState) -> None:
        self._bind(one, -one.remaining)
        one.state = state

    def _book(self, asset: str, units: Decimal) -> None:
        self.wallet[asset] = self.wallet.get(asset, ZERO) + units

    def _open(self, cid: str) -> list[Placed]:
        return [one for one in self.of(cid) if not one.state.is_over]

    def _said(self, one: Placed) -> Report:
        order = one.order
        return Report(
            venue=self.name,
            symbol=order.symbol,
            cid=order.cid or None,
            exchange_id=one.exchange_id,
            state=one.state,
            is_buy=order.is_buy,
            quantity=order.quantity,
            filled=one.filled,
            value=one.value,
            at=self.clock.now(),
            kind=order.kind.value,
            why=one.why,
            trades=tuple(one.trades),
            stop=order.stop if self.tells_levels else None,
        )


def plain_rules(symbol: str = "BTC/USDT", venue: str = "fake") -> MarketRules:
    """Ticks of a cent, lots of a thousandth, orders from 10."""
    base, quote = symbol.split("/")
    return MarketRules(
        venue=venue,
        symbol=symbol,
        base=base,
        quote=quote,
        tick=Decimal("0.01"),
        lot=Decimal("0.001"),
        least_quantity=Decimal("0.001"),
        most_quantity=Decimal(9000),
        min_notional=Decimal(10),
        is_trading=True,
        takes_stops=True,
        status="TRADING",
        taker_fee=Decimal("0.001"),
    )


def fake_venue(
    clock: Waiting,
    symbols: Sequence[str] = ("BTC/USDT",),
    name: str = "fake",
    wallet: Iterable[tuple[str, str]] = (("USDT", "100000"), ("BTC", "100")),
) -> FakeVenue:
    """A venue where everything costs 100."""
    markets = {symbol: Market(Decimal("99.99"), Decimal("100.01"), plain_rules(symbol, name)) for symbol in symbols}
    return FakeVenue(clock, markets, {asset: Decimal(units) for asset, units in wallet}, name)
