"""Every venue that orders go to, with what its wire can show: the table that the contract runs over."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from pydantic import SecretStr
from wires.alpaca import AlpacaWire
from wires.base import Sent, Wire
from wires.binance import BinanceWire
from wires.bitget import BitgetWire
from wires.coinbase import CoinbaseWire
from wires.floor import START_MS, Placed
from wires.kraken import KrakenWire

from models.types.wire import OrderKind, Role, WireOrder
from tasks.adapters.brokers import CcxtAccount, open_account
from tasks.adapters.clocks import VirtualClock
from tasks.adapters.venues.access import Access, Keys
from tasks.adapters.venues.limits import Limits

CID = "a1b2c3-20231114T2213-0-1"
CANARY = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmFyeQ=="


@dataclass(frozen=True)
class Case:
    """One venue under test.

    Attributes:
        wire: speaks its format.
        symbol, market: what is traded, as the book and as the venue write it.
        quote: asset of the fees.
        placing: end of the path of a new order's request.
        cid: the client order id in that request.
        trades, open_orders, find: part of the path of requests for fills, open orders and one order.
        page: as many fills as one answer holds.
        host: where orders go in earnest.
        stop: how a protective stop is called in its request; None: it cannot rest there.
        asks_first: an order is searched for before it is cancelled: that there is none is no clear answer.
        reads_back: the answer to a cancellation says nothing of the order, which is asked for after it.
        venue: where it is not the case's name.
        secret: as the venue's keys look.
    """

    name: str
    wire: Callable[[], Wire]
    symbol: str
    market: str
    quote: str
    placing: str
    cid: Callable[[Sent], Any]
    trades: str
    page: int
    open_orders: str
    find: str
    host: str
    stop: str | None = None
    asks_first: bool = False
    reads_back: bool = True
    venue: str = ""
    secret: Callable[[], str] = lambda: CANARY


def _elliptic() -> str:
    key = generate_private_key(SECP256R1())
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return key.private_bytes(*shape).decode()


STOCKS = Case(
    "alpaca stocks",
    AlpacaWire,
    symbol="SPY",
    market="SPY",
    quote="USD",
    placing="/v2/orders",
    cid=lambda sent: sent.body["client_order_id"],
    trades="/activities/FILL",
    page=100,
    open_orders="/v2/orders",
    find="by_client_order_id",
    host="api.alpaca.markets",
    stop="stop",
    venue="alpaca",
)
CASES = [
    Case(
        "binance",
        BinanceWire,
        symbol="BTC/USDT",
        market="BTCUSDT",
        quote="USDT",
        placing="/api/v3/order",
        cid=lambda sent: sent.body["newClientOrderId"],
        trades="/myTrades",
        page=1000,
        open_orders="/openOrders",
        find="/api/v3/order",
        host="api.binance.com",
        stop="STOP_LOSS",
        reads_back=False,
    ),
    STOCKS,
    replace(STOCKS, name="alpaca coins", symbol="BTC/USD", market="BTC/USD", stop="stop_limit"),
    Case(
        "kraken",
        KrakenWire,
        symbol="BTC/USD",
        market="XXBTZUSD",
        quote="USD",
        placing="/AddOrder",
        cid=lambda sent: sent.body["cl_ord_id"],
        trades="/TradesHistory",
        page=50,
        open_orders="/OpenOrders",
        find="/OpenOrders",
        host="api.kraken.com",
        stop="stop-loss",
    ),
    Case(
        "coinbase",
        CoinbaseWire,
        symbol="BTC/USD",
        market="BTC-USD",
        quote="USD",
        placing="/brokerage/orders",
        cid=lambda sent: sent.body["client_order_id"],
        trades="/historical/fills",
        page=100,
        open_orders="/historical/batch",
        find="/historical/",
        host="api.coinbase.com",
        stop="stop_limit_stop_limit_gtc",
        asks_first=True,
        secret=_elliptic,
    ),
    Case(
        "bitget",
        BitgetWire,
        symbol="BTC/USDT",
        market="BTCUSDT",
        quote="USDT",
        placing="/place-order",
        cid=lambda sent: sent.body["clientOid"],
        trades="/trade/fills",
        page=100,
        open_orders="/unfilled-orders",
        find="/order-info",
        host="api.bitget.com",
    ),
]


def access_to(case: Case, folder: Path, clock: VirtualClock) -> Access:
    """Access that would reach the venue in earnest, were it not for the wire."""
    keys = Keys(SecretStr("CANARY-KEY"), SecretStr(case.secret()), SecretStr("CANARY-PASS"))
    return Access(clock=clock, limits=Limits(folder / "limits.sqlite", clock), keys=keys)


def account_at(case: Case, wire: Wire, folder: Path, sandbox: bool = False) -> CcxtAccount:
    """The product's account, with the wire in the place of the network, on a clock that moves when waited for."""
    clock = VirtualClock(START_MS * 1000)
    rng = np.random.default_rng(7)
    return open_account(case.venue or case.name, access_to(case, folder, clock), clock, rng, sandbox, wire)


def order_of(case: Case, kind: OrderKind, cid: str = CID, **figures: Any) -> WireOrder:
    """A buy of two units at 101, or as the figures say."""
    known: dict[str, Any] = {
        "is_buy": True,
        "quantity": Decimal(2),
        "limit": Decimal("101.00"),
        "stop": None,
        "role": Role.ENTRY,
        "reference": Decimal(100),
    }
    return WireOrder(
        cid=cid,
        parent="a1b2c3-20231114T2213-0",
        book="book",
        system="system",
        venue=case.venue or case.name,
        symbol=case.symbol,
        kind=kind,
        decided_at=START_MS * 1000,
        created_at=START_MS * 1000,
        **{**known, **figures},
    )


def placed(case: Case, wire: Wire) -> list[Sent]:
    """The requests for new orders."""
    return [one for one in wire.of(case.placing, "POST") if one.path.endswith(case.placing)]


def foreign(case: Case, wire: Wire, cid: str | None = None) -> Placed:
    """An order that somebody else placed by hand; it rests."""
    return wire.floor.place(cid, case.market, True, "limit", Decimal(1), Decimal("50.00"))


def case_named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)
