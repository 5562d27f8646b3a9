"""Binance accounts on the exchange simulator: in memory on one clock that stands still, or by real sockets."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np
from canary import CANARY_KEY, CANARY_SECRET
from exchange import Exchange, FaultPlan, LogEntry, ManualClock, MemorySession, Rule, Symbol
from pydantic import SecretStr

from models.types.wire import OrderKind, Role, WireOrder
from tasks.adapters.brokers import CcxtAccount, open_account
from tasks.adapters.clocks import SystemClock
from tasks.adapters.venues import Access, Keys, Limits
from tasks.ports import Waiting

KEYS = Keys(SecretStr(CANARY_KEY), SecretStr(CANARY_SECRET))
ORDER_PATH = "/api/v3/order"


@dataclass(slots=True)
class SharedClock:
    """The simulator's clock as the product reads it, waited on and moved on."""

    manual: ManualClock
    slept: list[int] = field(default_factory=list)

    def now(self) -> int:
        return self.manual.now_ms() * 1000

    def sleep(self, micros: int) -> None:
        self.slept.append(micros)
        self.manual.advance(-(-max(micros, 0) // 1000))


def new_exchange(clock: ManualClock | None = None, *symbols: Symbol) -> Exchange:
    """One with a book around 40,000, and money in the account of KEYS."""
    exchange = Exchange(
        symbols or (Symbol(), Symbol("ETHUSDT", "ETH", "USDT")),
        clock if clock is not None else ManualClock(),
        balances={"USDT": Decimal(100_000), "BTC": Decimal(2)},
        api_key=KEYS.key.get_secret_value(),
        api_secret=KEYS.secret.get_secret_value(),
        faults=FaultPlan(),
    )
    exchange.set_price("BTCUSDT", Decimal(40_000))
    return exchange


@dataclass(slots=True)
class Room:
    """An account, the exchange behind it, and the time of both."""

    exchange: Exchange
    clock: SharedClock
    account: CcxtAccount
    limits: Limits

    def order(self, cid: str = "a1b2c3-20240801T0000-0-1", **changes: object) -> WireOrder:
        """A market order for 0.001 BTC admitted now, with what is to be otherwise."""
        return an_order(self.clock.now(), cid, **changes)

    def fault(self, name: str, method: str = "POST", path: str = ORDER_PATH, times: int | None = 1) -> None:
        """The next such request meets it."""
        self.exchange.faults.add(Rule(name, method, path, times=times))

    def sent(self, method: str = "POST", path: str = ORDER_PATH) -> list[LogEntry]:
        """What came to the exchange of it."""
        return [entry for entry in self.exchange.log if (entry.method, entry.path) == (method, path)]


def an_order(created_at: int, cid: str, **changes: object) -> WireOrder:
    """A market order to buy 0.001 BTC, collared at 40,400."""
    figures = {
        "cid": cid,
        "parent": cid.rsplit("-", 1)[0],
        "book": "main",
        "system": "trend",
        "venue": "binance",
        "symbol": "BTC/USDT",
        "role": Role.ENTRY,
        "kind": OrderKind.MARKET,
        "is_buy": True,
        "quantity": Decimal("0.00100"),
        "limit": Decimal("40400.00"),
        "stop": None,
        "reference": Decimal(40_000),
        "decided_at": created_at,
        "created_at": created_at,
    }
    return WireOrder(**{**figures, **changes})  # type: ignore[arg-type]


def open_room(folder: Path, exchange: Exchange | None = None, attempts: int = 3) -> Room:
    """An account in memory, its markets known."""
    exchange = new_exchange() if exchange is None else exchange
    manual = exchange.clock
    assert isinstance(manual, ManualClock)
    clock = SharedClock(manual)
    limits = Limits(folder / "limits.sqlite", clock)
    access = Access(clock, limits, keys=KEYS, attempts=attempts)
    session = MemorySession(exchange, manual)
    account = open_account("binance", access, clock, np.random.default_rng(7), session=session)
    account.rules("BTC/USDT")
    return Room(exchange, clock, account, limits)


def open_on(url: str, folder: Path, timeout_ms: int = 1000, clock: Waiting | None = None) -> CcxtAccount:
    """An account by real sockets at a simulator of this machine."""
    waits = SystemClock() if clock is None else clock
    access = Access(waits, Limits(folder / "limits.sqlite"), keys=KEYS, url=url, timeout_ms=timeout_ms, attempts=1)
    return open_account("binance", access, waits, np.random.default_rng(7))
