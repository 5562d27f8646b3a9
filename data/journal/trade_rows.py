"""Between rows of `venue_trades` and fills, and whose they are."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from data.journal.order_rows import order_behind
from data.journal.order_tables import venue_trades
from models.types import BadInput
from models.types.wire import VenueTrade, WireOrder

SAME = ("venue", "symbol", "trade_id", "exchange_id", "cid", "is_buy", "fee_asset", "at", "maker")
AMOUNTS = ("quantity", "price", "fee")
COLUMNS = (*SAME, *AMOUNTS)


def trade_row(trade: VenueTrade) -> dict[str, Any]:
    """Row of `venue_trades`, without its id, when it was seen and who booked it."""
    row: dict[str, Any] = {name: getattr(trade, name) for name in SAME}
    return row | {name: str(getattr(trade, name)) for name in AMOUNTS}


def trade_of(row: Row[Any]) -> VenueTrade:
    """The fill of a row of `venue_trades`."""
    return _trade(*[getattr(row, name) for name in COLUMNS])


@lru_cache(maxsize=8192)
def _trade(*said: Any) -> VenueTrade:
    """Kept, as orders are."""
    row = dict(zip(COLUMNS, said, strict=True))
    figures: dict[str, Any] = {name: Decimal(row[name]) for name in AMOUNTS}
    return VenueTrade(**{name: row[name] for name in SAME}, **figures)


def read_trades(connection: Connection, cid: str) -> list[VenueTrade]:
    """The known fills of an order, in the order they happened."""
    query = select(venue_trades).where(venue_trades.c.cid == cid).order_by(venue_trades.c.at, venue_trades.c.id)
    return [trade_of(row) for row in connection.execute(query)]


def write_trades(connection: Connection, trades: Iterable[VenueTrade], at: int) -> list[VenueTrade]:
    """Insert the fills that are not there yet, each with the order of ours behind it (`cid`; None: none is); those that
    are new, or are now known to be of one of our orders. What was heard first of a fill stays.

    Raises:
        BadInput: a fill has a quantity or price that is not positive and finite, or a fee that is not finite.
    """
    changed = []
    for trade in trades:
        _require_sound(trade)
        order = order_behind(connection, trade.venue, trade.symbol, trade.cid, trade.exchange_id)
        own = replace(trade, cid=None if order is None or order.is_buy is not trade.is_buy else order.cid)
        row = _known(connection, trade)
        if row is None:
            connection.execute(insert(venue_trades), {**trade_row(own), "seen_at": at, "settled_by": None})
            changed.append(own)
        elif row.cid is None and own.cid is not None:
            changed.append(_claim(connection, row, own.cid))
    return changed


def claim_trades(connection: Connection, order: WireOrder) -> list[VenueTrade]:
    """Give the order the fills that name its id of the venue and were nobody's so far; which they are."""
    if not order.exchange_id:
        return []
    orphans = select(venue_trades).where(
        venue_trades.c.venue == order.venue,
        venue_trades.c.symbol == order.symbol,
        venue_trades.c.exchange_id == order.exchange_id,
        venue_trades.c.cid.is_(None),
    )
    return [_claim(connection, row, order.cid) for row in connection.execute(orphans).all()]


def _known(connection: Connection, trade: VenueTrade) -> Row[Any] | None:
    same = (
        venue_trades.c.venue == trade.venue,
        venue_trades.c.symbol == trade.symbol,
        venue_trades.c.is_buy == trade.is_buy,
    )
    return connection.execute(
        select(venue_trades).where(*same, venue_trades.c.trade_id == trade.trade_id)
    ).one_or_none()


def _claim(connection: Connection, row: Row[Any], cid: str) -> VenueTrade:
    connection.execute(update(venue_trades).where(venue_trades.c.id == row.id), {"cid": cid})
    return replace(trade_of(row), cid=cid)


def _require_sound(trade: VenueTrade) -> None:
    figures = {"quantity": trade.quantity, "price": trade.price}
    wrong = [f"{name} {one}" for name, one in figures.items() if not one.is_finite() or one <= 0]
    wrong += [] if trade.fee.is_finite() else [f"fee {trade.fee}"]
    if wrong:
        raise BadInput(
            f"the fill {trade.trade_id} of {trade.symbol} at {trade.venue} has {', '.join(wrong)}; quantity and price "
            "are positive, every figure is finite"
        )
