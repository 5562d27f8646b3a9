"""Everything that the journal knows to have happened to the accounts, the oldest first: fills, and what was noted."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from data.journal.holding_log import Holding, holding_of
from data.journal.order_tables import holdings, venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.trade_rows import trade_of
from models.types.wire import VenueTrade


@dataclass(frozen=True, slots=True)
class Noted:
    """A holding that was noted.

    Attributes:
        since: from when it counts; what is left of one that was parted has that one's moment, and counts from then on.
        cleared_at: until when, None where it still counts; UTC microseconds both.
    """

    holding: Holding
    since: int
    cleared_at: int | None


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """The accounts in one journal; `engine` is the journal's. Only reads."""

    engine: Engine

    def venues(self) -> list[str]:
        """Every venue at which something happened."""
        found: set[str] = set()
        with reads(self.engine) as connection:
            for column in (venue_trades.c.venue, holdings.c.venue):
                found |= set(connection.execute(select(column).distinct()).scalars())
        return sorted(found)

    def trades(self, venue: str) -> list[VenueTrade]:
        """Every fill there, also of those who are none of ours (`cid` None)."""
        mine = select(venue_trades).where(venue_trades.c.venue == venue)
        with reads(self.engine) as connection:
            rows = connection.execute(mine.order_by(venue_trades.c.at, venue_trades.c.id))
            return [trade_of(row) for row in rows]

    def notes(self, venue: str) -> list[Noted]:
        """Every holding that was ever noted there, as they were written."""
        mine = select(holdings).where(holdings.c.venue == venue).order_by(holdings.c.id)
        found: list[Noted] = []
        parted: dict[tuple[object, ...], int] = {}
        with reads(self.engine) as connection:
            for row in connection.execute(mine):
                one = holding_of(row)
                same = one.asset, one.kind, one.at, one.why, one.who
                found.append(Noted(one, parted.get(same, one.at), row.cleared_at))
                if row.cleared_at is not None:
                    parted[same] = row.cleared_at
        return found

    def lacking(self, venue: str) -> list[str]:
        """Client order ids of orders of which more is filled than their known fills say."""
        mine = wire_orders.c.venue == venue, wire_orders.c.lacks.is_(True)
        with reads(self.engine) as connection:
            return sorted(connection.execute(select(wire_orders.c.cid).where(*mine)).scalars())
