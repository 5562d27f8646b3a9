"""What the journal's fills did to an account, symbol by symbol, and what it has noted there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Engine, select

from data.journal.holding_log import Holding, holding_of
from data.journal.order_rows import order_behind
from data.journal.order_tables import holdings, venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.trade_rows import trade_of
from models.types.wire import Report, VenueTrade, WireOrder

NOTHING = Decimal(0)
# Ids of fills that no venue made: a person took units in that were there before, and nobody paid for them.
ADOPTION = "adopt-"


@dataclass(frozen=True, slots=True)
class Moved:
    """What fills of a symbol moved, before fees.

    Attributes:
        units: of base, negative where more was sold than bought.
        paid: of quote, negative where more was received than paid; nothing for what a person took in.
        turned: of quote, all of it positive.
        fees: by asset, positive is paid.
        shaved: buys whose fee was taken out of what they bought.
    """

    units: Decimal = NOTHING
    paid: Decimal = NOTHING
    turned: Decimal = NOTHING
    fees: dict[str, Decimal] = field(default_factory=dict)
    shaved: int = 0


@dataclass(frozen=True, slots=True)
class VenueLedger:
    """One venue's pages of a journal; `engine` is the journal's. Only reads."""

    engine: Engine
    venue: str

    def moved(self) -> dict[str, Moved]:
        """By symbol, of every fill of our orders."""
        mine = venue_trades.c.venue == self.venue, venue_trades.c.cid.is_not(None)
        by_symbol: dict[str, list[VenueTrade]] = {}
        with reads(self.engine) as connection:
            for row in connection.execute(select(venue_trades).where(*mine)):
                by_symbol.setdefault(row.symbol, []).append(trade_of(row))
        return {symbol: moved_by(trades) for symbol, trades in by_symbol.items()}

    def others(self, symbol: str, since: int) -> list[VenueTrade]:
        """Fills in the symbol that no order of ours explains, from `since` (UTC microseconds) on, the oldest first."""
        theirs = venue_trades.c.venue == self.venue, venue_trades.c.symbol == symbol, venue_trades.c.cid.is_(None)
        query = select(venue_trades).where(*theirs, venue_trades.c.at >= since).order_by(venue_trades.c.at)
        with reads(self.engine) as connection:
            return [trade_of(row) for row in connection.execute(query)]

    def notes(self) -> list[tuple[Holding, bool]]:
        """Every holding that was ever noted here, the oldest first, and whether it still counts."""
        query = select(holdings).where(holdings.c.venue == self.venue).order_by(holdings.c.id)
        with reads(self.engine) as connection:
            return [(holding_of(row), row.cleared_at is None) for row in connection.execute(query)]

    def order_of(self, report: Report) -> WireOrder | None:
        """The order of ours that the venue speaks of, None when it is none of ours."""
        with reads(self.engine) as connection:
            return order_behind(connection, self.venue, report.symbol, report.cid, report.exchange_id)

    def books(self) -> list[str]:
        """Every book that ever had an order here."""
        query = select(wire_orders.c.book).where(wire_orders.c.venue == self.venue).distinct()
        with reads(self.engine) as connection:
            return sorted(connection.execute(query).scalars())

    def symbols(self, book: str) -> list[str]:
        """Every symbol that the book ever had an order in here."""
        mine = wire_orders.c.venue == self.venue, wire_orders.c.book == book
        with reads(self.engine) as connection:
            return sorted(connection.execute(select(wire_orders.c.symbol).where(*mine).distinct()).scalars())

    def first_order(self) -> int | None:
        """When the first order was made here, UTC microseconds."""
        query = select(wire_orders.c.created_at).where(wire_orders.c.venue == self.venue)
        with reads(self.engine) as connection:
            found: int | None = connection.execute(query.order_by(wire_orders.c.number).limit(1)).scalar_one_or_none()
        return found


def moved_by(trades: Iterable[VenueTrade]) -> Moved:
    """The sum of fills of one symbol."""
    units, paid, turned, shaved = NOTHING, NOTHING, NOTHING, 0
    fees: dict[str, Decimal] = {}
    for one in trades:
        sign = 1 if one.is_buy else -1
        value = NOTHING if one.trade_id.startswith(ADOPTION) else one.quantity * one.price
        units, paid, turned = units + sign * one.quantity, paid + sign * value, turned + value
        fees[one.fee_asset] = fees.get(one.fee_asset, NOTHING) + one.fee
        shaved += one.is_buy and one.fee_asset == one.symbol.partition("/")[0] and one.fee != NOTHING
    return Moved(units, paid, turned, fees, shaved)
