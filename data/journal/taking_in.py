"""Units that were there before become the book's: an intent more of its newest decision, its order filled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select

from data.journal.order_admission import write_admission
from data.journal.order_merging import merge_trades
from data.journal.order_tables import venue_trades, wire_orders
from data.journal.records import Decision
from data.journal.rows import intent_rows
from data.journal.tables import decisions, intents, orders
from data.journal.venue_ledger import ADOPTION
from models.types import Bound, Intent, Reason, Refused, Regime
from models.types.wire import VenueTrade, WireOrder


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What is written beside the book's newest decision.

    Attributes:
        order: of the intent, SENT: the fill makes it what it is.
        trade: its only fill.
    """

    decision: Decision
    intent: Intent
    order: WireOrder
    trade: VenueTrade

    @property
    def parent(self) -> str:
        """Client order id of the intent."""
        return _with(self.decision, self.intent).cid(self.intent)


@dataclass(frozen=True, slots=True)
class Units:
    """What the journal says was taken in beside a decision: an order and its fill, which the chain of order events
    vouches for. Figures as they are written.

    Attributes:
        cid: of the intent.
        at: when it was taken in, UTC microseconds.
    """

    cid: str
    system: str
    symbol: str
    quantity: str
    price: str
    at: int


def intent_of_units(decision: Decision, system: str, symbol: str, quantity: float, price: float) -> Intent:
    """What the decision is made to have wanted by whoever takes units in beside it."""
    return Intent(
        bar=decision.bar,
        symbol=symbol,
        quantity=quantity,
        price=price,
        reason=Reason.ENTER_ADOPTED,
        bound=Bound.NONE,
        edge_bps=0.0,
        regime=Regime[decision.regimes[symbol].upper()],
        system=system,
    )


def taken_in(connection: Connection, cids: Sequence[str]) -> dict[str, Units]:
    """Those of these intents that a fill vouches for as taken in, in the order in which they were."""
    columns = (wire_orders.c.parent, wire_orders.c.system, wire_orders.c.symbol, wire_orders.c.created_at)
    query = select(*columns, venue_trades.c.quantity, venue_trades.c.price)
    query = query.join(venue_trades, venue_trades.c.cid == wire_orders.c.cid).order_by(wire_orders.c.number)
    query = query.where(wire_orders.c.parent.in_(cids), venue_trades.c.trade_id.startswith(ADOPTION, autoescape=True))
    return {
        row.parent: Units(row.parent, row.system, row.symbol, row.quantity, row.price, row.created_at)
        for row in connection.execute(query)
    }


def write_taken_in(connection: Connection, taken: TakenIn, at: int, token: int) -> None:
    """Write all of it; whoever opened the transaction ends it.

    Raises:
        Refused: the book has decided in the meantime, or its newest decision wants something of the symbol already.
    """
    decision, intent = taken.decision, taken.intent
    mine = select(decisions.c.id).where(decisions.c.book == decision.book).order_by(decisions.c.bar.desc()).limit(1)
    if connection.execute(mine).scalar_one_or_none() != decision.id:
        raise Refused(f"the book {decision.book} has decided in the meantime; say it again")
    wanted = select(intents.c.system, intents.c.symbol).where(intents.c.decision_id == decision.id)
    there = {(row.system, row.symbol) for row in connection.execute(wanted)}
    if (intent.system, intent.symbol) in there or len(there) != len(decision.intents):
        raise Refused(
            f"the decision {decision.id} orders {intent.symbol} for {intent.system} itself; take it in after the next "
            "one"
        )
    connection.execute(insert(intents), intent_rows(_with(decision, intent))[-1])
    given = {"cid": taken.parent, "broker": taken.order.venue, "status": "open", "placed_at": at}
    connection.execute(insert(orders), given)
    write_admission(connection, taken.order, lambda _: None, at, token)
    merge_trades(connection, [taken.trade], at, token)


def _with(decision: Decision, intent: Intent) -> Decision:
    return replace(decision, intents=(*decision.intents, intent))
