"""Units that were there before become the book's: an intent more of its newest decision, its order filled."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select

from data.journal.order_admission import write_admission
from data.journal.order_merging import merge_trades
from data.journal.records import Decision
from data.journal.rows import intent_rows
from data.journal.tables import decisions, intents, orders
from models.types import Intent, Refused
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
