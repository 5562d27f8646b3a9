"""What a venue tells by itself goes into the journal as it comes; requests say the rest, and what was missed."""

from collections.abc import AsyncIterator, Callable

from models.types import BadInput, Unavailable
from models.types.wire import Report, VenueTrade
from tasks.adapters.brokers.user_stream import Interrupted, Resumed, Told
from tasks.session.ordering.desk import SECOND, OrderDesk
from tasks.session.ordering.resolving import told as described

# A person is told once an hour that a stream comes and goes.
HOUR = 3600 * SECOND


async def follow_account(
    desk: OrderDesk, venue: str, stream: AsyncIterator[Told], catch_up: Callable[[], None]
) -> None:
    """Write what the stream tells until it ends. Late, twice or out of order makes no difference: orders only move
    forward, and a fill is known by its number. After every (re)connect `catch_up` asks by request for what was missed:
    nothing is concluded from silence.

    Raises:
        Refused: this process is no longer the writer.
    """
    async for told in stream:
        if isinstance(told, Resumed):
            _catch_up(desk, venue, catch_up)
        elif isinstance(told, Interrupted):
            text = f"{venue} tells nothing of orders by itself ({told.why}); they are asked for until it does again"
            desk.alert(f"stream {venue} {told.at // HOUR}", "warning", text)
        else:
            _hear(desk, venue, told)


def _hear(desk: OrderDesk, venue: str, told: Report | VenueTrade) -> None:
    """What cannot be true of its order changes nothing and is told to a person."""
    now = desk.clock.now()
    try:
        if isinstance(told, VenueTrade):
            desk.log.add_trades([told], now)
            return
        heard = desk.log.absorb(told, now)
    except BadInput as error:
        desk.alert(f"event {venue} {told.exchange_id}", "error", f"{venue} told what cannot be: {error}")
        return
    if heard is not None:
        desk.checkpoint("told")
    elif told.cid is not None:
        text = f"{venue} tells of an order {told.cid} that the journal does not have; it is looked at by request"
        desk.alert(f"stray {venue} {told.exchange_id}", "warning", text)


def _catch_up(desk: OrderDesk, venue: str, catch_up: Callable[[], None]) -> None:
    try:
        catch_up()
    except Unavailable as error:
        doubtful = ", ".join(described(one) for one in desk.log.doubtful()) or "none"
        text = f"what {venue} did while it was not heard is not known yet ({error}); in doubt: {doubtful}"
        desk.alert(f"catch up {venue} {desk.clock.now() // HOUR}", "error", text)
