"""The last look before an order is durable: how much was ordered lately, and whether trading is stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from data.journal.breaker_flags import flag_name
from data.journal.control_tables import heartbeats
from data.journal.heartbeats import GUARDIAN
from data.journal.order_events import Event, EventKind, append
from data.journal.order_rows import order_row
from data.journal.order_tables import order_days, wire_orders
from data.journal.stop_flag import STOP, read_stop_file, stop_file
from data.journal.tables import control
from models.types import Refused
from models.types.wire import OrderState, Role, WireOrder

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
# Letters of a client order id that every venue takes.
LONGEST = 36


@dataclass(frozen=True, slots=True)
class Standing:
    """What the whole journal says about orders at a moment, in the transaction that writes the next one.

    Attributes:
        stop_reason: why trading is stopped, or the book by its own breakers; None when it is not.
        opening_last_minute, reducing_last_minute: orders that were admitted, by whether they open.
        opened_today: quantity times worst price of the opening ones that were admitted on this UTC day, quote currency.
        guarded_until: by when the guardian of the order's book promised to be heard of again, UTC microseconds; None:
            none watches that book.
    """

    stop_reason: str | None
    opening_last_minute: int
    reducing_last_minute: int
    opened_today: Decimal
    guarded_until: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is read at once before an order is written.

    Attributes:
        known: state of the order that has the client order id already, None when there is none.
        stop_reason, opened_today, guarded_until: as in Standing; `opened_today` is None before the day's first order.
    """

    known: str | None
    stop_reason: str | None
    opened_today: Decimal | None
    guarded_until: int | None


Judge = Callable[[Standing], str | None]

# Made once: an order waits for them.
STOPPED = control.c.flag.in_((STOP, bindparam("breakers")))
WATCHES = (heartbeats.c.name == GUARDIAN) & (heartbeats.c.detail == bindparam("watched"))
FIRST_STOP = select(control.c.reason).where(STOPPED).order_by(control.c.flag).limit(1)
FACTS = select(
    select(wire_orders.c.state).where(wire_orders.c.cid == bindparam("wanted")).scalar_subquery().label("known"),
    select(func.count()).where(STOPPED).select_from(control).scalar_subquery().label("stops"),
    FIRST_STOP.scalar_subquery().label("reason"),
    select(order_days.c.opened).where(order_days.c.day == bindparam("today")).scalar_subquery().label("opened"),
    select(heartbeats.c.due_at).where(WATCHES).scalar_subquery().label("guarded"),
)
LATELY = (
    select(wire_orders.c.role, func.count().label("orders"))
    .where(wire_orders.c.admitted.is_(True), wire_orders.c.role.in_([one.value for one in Role]))
    .where(wire_orders.c.created_at > bindparam("since"))
    .group_by(wire_orders.c.role)
)
WRITTEN = insert(wire_orders)
FIRST_OF_DAY = insert(order_days)
ADDED = update(order_days).where(order_days.c.day == bindparam("today")).values(opened=bindparam("sum"))


def write_admission(connection: Connection, order: WireOrder, judge: Judge, at: int, token: int) -> str | None:
    """See `OrderLog.admit`; whoever opened the transaction ends it."""
    if order.state is not OrderState.SENT or not 0 < len(order.cid) <= LONGEST:
        raise ValueError(f"the order {order.cid!r} is {order.state.value}; allowed are sent and 1 to {LONGEST} letters")
    facts = _facts(connection, order.cid, at, order.book)
    _require_new(order, facts.known)
    why = judge(_standing(connection, facts, at))
    if why is None:
        _require_figures(order)
    state = OrderState.SENT if why is None else OrderState.REJECTED
    _write(connection, replace(order, state=state, why=why or "", created_at=at), token)
    if why is None and order.role.opens:
        _add_opened(connection, order, facts.opened_today, at // DAY)
    return why


def opened_by(order: WireOrder) -> Decimal:
    """What an order that opens counts for in its day, quote currency."""
    return order.quantity * order.worst


def read_standing(connection: Connection, at: int, book: str = "") -> Standing:
    """What `Standing` says of orders of a book, at `at` (UTC microseconds). What bears a later time counts as of the
    last minute.
    """
    return _standing(connection, _facts(connection, "", at, book), at)


def _facts(connection: Connection, cid: str, at: int, book: str) -> Facts:
    asked = {"wanted": cid, "today": at // DAY, "breakers": flag_name(book), "watched": book}
    row = connection.execute(FACTS, asked).one()
    opened = None if row.opened is None else Decimal(row.opened)
    stopped = _stop_reason(row.reason) if row.stops else _beside(connection)
    return Facts(row.known, stopped, opened, row.guarded)


def _standing(connection: Connection, facts: Facts, at: int) -> Standing:
    lately = {Role(row.role): row.orders for row in connection.execute(LATELY, {"since": at - MINUTE})}
    opening = sum(count for role, count in lately.items() if role.opens)
    reducing = sum(count for role, count in lately.items() if not role.opens)
    return Standing(facts.stop_reason, opening, reducing, facts.opened_today or Decimal(0), facts.guarded_until)


def _require_new(order: WireOrder, known: str | None) -> None:
    if known is not None:
        raise Refused(
            f"the order {order.cid} was written before and is {known}; an order is never sent twice: ask the venue "
            "what became of it"
        )


def _require_figures(order: WireOrder) -> None:
    # One that is not finite would be in the day's sum for ever.
    wrong = [str(one) for one in (order.quantity, order.worst) if not one.is_finite() or one <= 0]
    if wrong:
        raise ValueError(
            f"the order {order.cid} was let through with {', '.join(wrong)}; allowed are finite, positive figures"
        )


def _beside(connection: Connection) -> str | None:
    """What the stop file beside the journal says."""
    path = stop_file(connection.engine)
    flag = None if path is None else read_stop_file(path)
    return None if flag is None else flag.reason


def _stop_reason(said: object) -> str:
    """A flag that says nothing readable is a stop as well; one that cannot be read raises, and nothing is written."""
    is_readable = isinstance(said, str) and said.strip() != ""
    return str(said) if is_readable else "the stop flag is set and its reason cannot be read"


def _write(connection: Connection, order: WireOrder, token: int) -> None:
    row, is_admitted = order_row(order), order.state is OrderState.SENT
    kind = EventKind.ADMITTED if is_admitted else EventKind.REFUSED
    number = append(connection, Event(kind, order, order.created_at, token, {"order": row}))
    row |= {"number": number, "admitted": is_admitted, "lacks": False, "token": token, "updated_at": order.created_at}
    connection.execute(WRITTEN, row)


def _add_opened(connection: Connection, order: WireOrder, before: Decimal | None, day: int) -> None:
    value = opened_by(order)
    if before is None:
        connection.execute(FIRST_OF_DAY, {"day": day, "opened": str(value)})
    else:
        connection.execute(ADDED, {"today": day, "sum": str(before + value)})
