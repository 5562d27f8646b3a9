"""Orders, reports and fills as venues know them, for tests."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from data.journal import Holder, Journal, Lease, Leases, OrderLog, Standing
from models.types.wire import OrderKind, OrderState, Report, Role, VenueTrade, WireOrder

SECOND = 1_000_000
NOON = 1_700_049_600 * SECOND
HOLDER = Holder("host", "boot", 1, 1)
ORDER = WireOrder(
    cid="a1-0-1",
    parent="a1-0",
    book="book",
    system="swing",
    venue="binance",
    symbol="BTC/USDT",
    role=Role.ENTRY,
    kind=OrderKind.MARKET,
    is_buy=True,
    quantity=Decimal("0.30"),
    limit=Decimal("101.50"),
    stop=None,
    reference=Decimal("100.1"),
    decided_at=NOON - SECOND,
    created_at=NOON,
)


def made_order(cid: str = ORDER.cid, **changes: Any) -> WireOrder:
    """A new order to buy 0.30 at 101.50 or better."""
    return replace(ORDER, cid=cid, **changes)


def made_trade(number: int, order: WireOrder = ORDER, quantity: str = "0.1", price: str = "100") -> VenueTrade:
    """A fill of the order that names its client order id and its venue's, `X` and that."""
    return VenueTrade(
        venue=order.venue,
        symbol=order.symbol,
        trade_id=f"t{number}",
        exchange_id=f"X{order.cid}",
        cid=order.cid,
        is_buy=order.is_buy,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal("0.01"),
        fee_asset="USDT",
        at=NOON + number,
    )


def made_report(
    state: OrderState, order: WireOrder = ORDER, filled: str = "0", trades: tuple[VenueTrade, ...] = ()
) -> Report:
    """What the venue says of the order; everything was filled at 100."""
    return Report(
        venue=order.venue,
        symbol=order.symbol,
        cid=order.cid,
        exchange_id=f"X{order.cid}",
        state=state,
        is_buy=order.is_buy,
        quantity=order.quantity,
        filled=Decimal(filled),
        value=Decimal(filled) * 100,
        at=NOON,
        trades=trades,
    )


def allow(_: Standing) -> str | None:
    """A judge who has nothing against it."""
    return None


def take_lease(journal: Journal, holder: Holder = HOLDER, now: int = NOON) -> Lease:
    """The lease for orders, for an hour, from whoever had it."""
    lease = Leases(journal.engine).take("orders", holder, now, 3600 * SECOND, lambda _: True)
    assert lease is not None
    return lease


def open_log(journal: Journal) -> OrderLog:
    """A log that may write."""
    return OrderLog(journal.engine, take_lease(journal))
