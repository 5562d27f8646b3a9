"""The world of a seeded simulation: one exchange in memory, one time, and what befalls both behind a trader's back.

Everything is drawn from the seed: the same seed is the same run, to the request.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from canary import CANARY_KEY, CANARY_SECRET
from exchange import ApiError, Exchange, FaultPlan, ManualClock, MemorySession, Rule, Shape, Symbol
from exchange.fees import FeeAsset
from exchange.orders import Order

SECOND = 1_000_000
HOUR = 3600 * SECOND
# What the book's decisions are named by.
HEAD = "0a51b0"
START = 1_722_470_400 * SECOND
BTC = Symbol()
ETH = Symbol("ETHUSDT", "ETH", "USDT", lot=Decimal("0.0001"), min_qty=Decimal("0.0001"))
PRICES = {"BTCUSDT": 40_000.0, "ETHUSDT": 2_500.0}
# Somebody else's from before the first start; enough that a stop which is too large would find it.
BALANCES = {"USDT": Decimal(30_000), "BTC": Decimal("0.3"), "ETH": Decimal(4)}
ORDER, OPEN, TRADES = "/api/v3/order", "/api/v3/openOrders", "/api/v3/myTrades"
READS = (
    ("GET", ORDER),
    ("GET", OPEN),
    ("GET", TRADES),
    ("GET", "/api/v3/account"),
    ("GET", "/api/v3/ticker/bookTicker"),
    ("GET", "/api/v3/exchangeInfo"),
    ("GET", "/api/v3/time"),
)
AMBIGUOUS = (
    "503", "503_accepted", "-1006", "-1006_accepted", "-1007", "-1007_accepted", "-1001", "-1001_accepted",
    "hang_before", "hang_after", "reset_before", "reset_after", "badjson", "html", "late:900", "late:2400",
)  # fmt: skip
DEFINITE = ("-1015", "-1021", "-1008", "-2010", "-1013", "refuse", "latency:400", "latency:3000", "429:20", "418:90")
OF_READS = ("503", "hang_before", "reset_before", "badjson", "html", "-1007", "429:20", "-1021", "latency:2000")
STATUSES = ("HALT", "BREAK", "CANCEL_ONLY")


class Died(BaseException):
    """The process is gone: nothing of the product may catch it."""


class Hooked(Protocol):
    """A process that is watched at every step."""

    name: str

    def at(self, place: str) -> None:
        """Called with each step: a label of the product, or a moment on the wire."""


@dataclass(slots=True)
class SimClock:
    """The exchange's time as a trader's machine has it: `ahead` of it by so many microseconds, and moved on by waiting.

    `monotonic` is not moved by whoever sets the machine's clock.
    """

    manual: ManualClock
    ahead: int = 0

    def now(self) -> int:
        return self.manual.now_ms() * 1000 + self.ahead

    def sleep(self, micros: int) -> None:
        self.manual.advance(-(-max(micros, 0) // 1000))

    def monotonic(self) -> int:
        return self.manual.now_ms() * 1000


class SimWire(MemorySession):
    """A process's way to the exchange: it may be cut, or the process stand still, on both sides of a request."""

    def __init__(self, exchange: Exchange, clock: ManualClock, process: Hooked) -> None:
        super().__init__(exchange, clock, process.name)
        self.process = process

    def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
        self.process.at(f"before {method}")
        answer = super().request(method, url, *given, **named)
        if answer.status_code not in (418, 429):  # who dies with such an answer unread cannot heed it
            self.process.at(f"after {method}")
        return answer


@dataclass(slots=True)
class World:
    """`stop` sets the product's stop flag, wherever its journal is; `acts` are what may happen, by weight; `told` is
    what happened, for whoever replays.
    """

    seed: int
    dice: random.Random
    exchange: Exchange
    clock: SimClock
    prices: dict[str, float]
    stop: Callable[[], None]
    acts: Mapping[str, int]
    told: list[str] = field(default_factory=list)

    def act(self) -> None:
        """Something happens."""
        names, weights = zip(*self.acts.items(), strict=True)
        name = self.dice.choices(names, weights)[0]
        self.told.append(f"{self.clock.now() - START:>12} {name}")
        getattr(self, name)()

    def move(self) -> None:
        """Every price goes somewhere, now and then far, and somebody is there to trade with, or hardly anybody."""
        for name in self.prices:
            step = self.dice.gauss(0, 0.004)
            if self.dice.random() < 0.15:
                step = self.dice.choice((-1, 1)) * self.dice.uniform(0.01, 0.08)
            self.prices[name] *= 1 + step
            self._set(name)

    def fault_on_order(self) -> None:
        self._fault(self.dice.choice(AMBIGUOUS + DEFINITE), "POST", ORDER)

    def fault_on_cancel(self) -> None:
        self._fault(self.dice.choice(AMBIGUOUS + DEFINITE), "DELETE", ORDER)

    def fault_on_read(self) -> None:
        self._fault(self.dice.choice(OF_READS), *self.dice.choice(READS))

    def storm(self) -> None:
        """Many requests fail for a while."""
        chance = self.dice.uniform(0.05, 0.5)
        for fault in self.dice.sample(OF_READS[:6], 2):
            self.exchange.faults.add(Rule(fault, probability=chance, times=self.dice.randint(1, 12)))

    def blind(self) -> None:
        """Records appear later than the orders that they are of."""
        self.exchange.visible_after_ms = self.dice.choice((0, 300, 1500, 3000))

    def skew(self) -> None:
        """The exchange's clock jumps; not in a ban, whose end would go with it."""
        if self._in_ban():
            return
        self.exchange.limits.wait_until_ms = 0  # one that is over does not begin again
        self.exchange.skew_ms = self.dice.choice((-30_000, -4_000, 0, 900, 30_000))

    def set_clock(self) -> None:
        """Somebody sets the machine's clock; not in a ban, which would be over too early by it."""
        if self._in_ban():
            return
        self.clock.ahead = self.dice.choice((-30, -2, 0, 3, 30)) * SECOND

    def change_rules(self) -> None:
        name = self.dice.choice(list(self.prices))
        if self.dice.random() < 0.5:
            self.exchange.set_filters(name, min_notional=Decimal(self.dice.choice((5, 10, 60))))
        else:
            coarse = Decimal(self.dice.choice((1, 10))) * (BTC if name == BTC.name else ETH).lot
            self.exchange.set_filters(name, lot=coarse, min_qty=coarse)

    def halt(self) -> None:
        name = self.dice.choice(list(self.prices))
        self.exchange.set_status(name, self.dice.choice((*STATUSES, "TRADING")))

    def go_on(self) -> None:
        for name in self.prices:
            self.exchange.set_status(name, "TRADING")

    def somebody_cancels(self) -> None:
        """A person at the exchange's own page takes one of the orders away."""
        resting = [one for one in self.exchange.orders if one.is_open]
        if resting:
            one = self.dice.choice(resting)
            self.exchange.manual_cancel(one.id, one.symbol)

    def somebody_trades(self) -> None:
        """A person buys, or places an order that rests: not with what the book holds."""
        name = self.dice.choice(list(self.prices))
        price = Decimal(str(self.prices[name] * self.dice.uniform(0.5, 0.9)))
        symbol = self.exchange.markets[name].symbol
        quantity = symbol.min_qty * self.dice.randint(200, 900)
        price = price // symbol.tick * symbol.tick
        try:
            if self.dice.random() < 0.5:
                self.exchange.manual_order(name, "BUY", "MARKET", quantity=quantity)
            else:
                given = {"quantity": quantity, "price": price, "timeInForce": "GTC"}
                self.exchange.manual_order(name, "BUY", "LIMIT", **given)
        except ApiError:
            return  # the exchange says no to people as well

    def money_moves(self) -> None:
        delta = Decimal(self.dice.choice((-5_000, -500, 700, 4_000)))
        if self.exchange.account.free["USDT"] + delta > 0:
            self.exchange.edit_balance("USDT", delta)

    def coins_move(self) -> None:
        """Coins are paid in, or taken out: at times some that the book holds."""
        asset = self.dice.choice(("BTC", "ETH"))
        delta = BALANCES[asset] * Decimal(self.dice.choice((-80, -30, 10, 40))) / 100
        if self.exchange.account.free[asset] + delta > 0:
            self.exchange.edit_balance(asset, delta)

    def somebody_sells(self) -> None:
        """A person sells what is free: at times what the book holds."""
        name = self.dice.choice(list(self.prices))
        symbol = self.exchange.markets[name].symbol
        quantity = self.exchange.account.free[symbol.base] * Decimal(self.dice.randint(5, 90)) / 100
        quantity = quantity // symbol.lot * symbol.lot
        try:
            self.exchange.manual_order(name, "SELL", "MARKET", quantity=quantity)
        except ApiError:
            return  # the exchange says no to people as well

    def somebody_closes(self) -> None:
        """A person takes every order of a market away and sells all there is of it, the book's own units as well."""
        name = self.dice.choice(list(self.prices))
        symbol = self.exchange.markets[name].symbol
        for one in [one for one in self.exchange.orders if one.is_open and one.symbol == name]:
            self.exchange.manual_cancel(one.id, name)
        quantity = self.exchange.account.free[symbol.base] // symbol.lot * symbol.lot
        try:
            self.exchange.manual_order(name, "SELL", "MARKET", quantity=quantity)
        except ApiError:
            return  # the exchange says no to people as well

    def set_stop(self) -> None:
        self.stop()

    def calm_down(self) -> None:
        """No more faults: the exchange is what its documents say, and trades everything."""
        self.exchange.faults.clear()
        self.exchange.skew_ms = self.exchange.visible_after_ms = self.clock.ahead = 0
        for name in self.prices:
            lot = (BTC if name == BTC.name else ETH).lot
            self.exchange.set_filters(name, min_notional=Decimal(5), lot=lot, min_qty=lot)
            self.exchange.set_status(name, "TRADING")
            self._set(name, deep=True)

    def _in_ban(self) -> bool:
        return self.exchange.limits.is_waiting(self.exchange.now_ms())

    def _fault(self, name: str, method: str, path: str) -> None:
        times = self.dice.choices((1, 2, 6), (6, 2, 1))[0]
        self.told.append(f"{'':>12} {name} on {method} {path} {times} times")
        self.exchange.faults.add(Rule(name, method, path, times=times))

    def _set(self, name: str, deep: bool = False) -> None:
        symbol = self.exchange.markets[name].symbol
        unit = Decimal("0.002") if name == BTC.name else Decimal("0.03")
        depth = Decimal(1000) if deep or self.dice.random() < 0.6 else unit * self.dice.randint(1, 12)
        price = Decimal(str(round(self.prices[name], 2)))
        self.exchange.set_price(name, price, Shape(levels=6, spread=2, step=20, quantity=max(depth, symbol.min_qty)))


ACTS: Mapping[str, int] = {
    "move": 30,
    "fault_on_order": 14,
    "fault_on_cancel": 6,
    "fault_on_read": 10,
    "storm": 3,
    "blind": 3,
    "skew": 2,
    "set_clock": 1,
    "change_rules": 3,
    "halt": 3,
    "go_on": 3,
    "somebody_cancels": 4,
    "somebody_trades": 3,
    "money_moves": 2,
    "coins_move": 2,
    "somebody_sells": 2,
    "somebody_closes": 2,
    "set_stop": 2,
}


def new_world(seed: int, stop: Callable[[], None], acts: Mapping[str, int], fee_asset: FeeAsset | None = None) -> World:
    """An exchange with two markets, and an account that has something of everything."""
    manual = ManualClock(START // 1000)
    dice = random.Random(seed)  # noqa: S311 - the same run again, not a secret
    drawn: FeeAsset = dice.choice(("received", "quote"))
    exchange = Exchange(
        (BTC, ETH),
        manual,
        balances=BALANCES,
        api_key=CANARY_KEY,
        api_secret=CANARY_SECRET,
        fee_asset=drawn if fee_asset is None else fee_asset,
        seed=seed,
        faults=FaultPlan(seed=seed),
    )
    exchange.limits.order_limits = {}
    world = World(seed, dice, exchange, SimClock(manual), dict(PRICES), stop, acts)
    for name in world.prices:
        world._set(name, deep=True)
    return world


def is_ours(order: Order) -> bool:
    """Whether a client order id has the form of the book's own."""
    return order.client_id.startswith(f"{HEAD}-")
