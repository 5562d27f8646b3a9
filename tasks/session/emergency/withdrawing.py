"""Taking back every order that would open or add to a position, wherever it stands; stops and exits stay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from data.journal import Journal
from models.types import BadInput, Unavailable
from models.types.wire import WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.paper import catch_up
from tasks.session.taken_back import PAPER


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What became of the entries of all books.

    Attributes:
        cancelled: over now, whatever was filled of them before.
        standing: at a venue still, or nobody could ask there.
        doubtful: of which the venue does not say whether it has them.
        troubles: why nothing more could be learned, by venue.
    """

    cancelled: tuple[WireOrder, ...] = ()
    standing: tuple[WireOrder, ...] = ()
    doubtful: tuple[WireOrder, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether no entry stands anywhere, as far as the journal knows."""
        return not self.standing and not self.doubtful


def waiting_entries(desk: OrderDesk) -> list[WireOrder]:
    """Orders of all books that would open or add, and are not over."""
    return [one for one in desk.log.live_orders() if one.role.opens]


def withdraw_entries(desk: OrderDesk) -> Withdrawn:
    """Cancel every entry; a doubtful one is asked for first. A venue that is down is told of and holds up no other:
    called again it goes on where it stopped, and where nothing stands it asks nobody.

    Raises:
        Refused: this process is no longer the writer.
    """
    troubles: dict[str, str] = {}
    seen = [_withdrawn(desk, one, troubles) for one in _once(desk, waiting_entries(desk), troubles)]
    left = waiting_entries(desk)
    return Withdrawn(
        cancelled=tuple(one for one in seen if one.state.is_over),
        standing=tuple(one for one in left if not one.state.is_doubtful),
        doubtful=tuple(one for one in left if one.state.is_doubtful),
        troubles=troubles,
    )


def _once(desk: OrderDesk, orders: list[WireOrder], troubles: dict[str, str]) -> Iterator[WireOrder]:
    """Those at venues that answer: one that is down would be waited for with every order."""
    for order in orders:
        if order.venue not in troubles and _answers(desk, order.venue, troubles):
            yield order


def _answers(desk: OrderDesk, venue: str, troubles: dict[str, str]) -> bool:
    try:
        desk.account(venue).time()
    except (BadInput, Unavailable) as error:
        troubles[venue] = str(error)
        return False
    return True


def _withdrawn(desk: OrderDesk, order: WireOrder, troubles: dict[str, str]) -> WireOrder:
    if order.venue == PAPER:
        catch_up(desk, Journal(desk.log.engine), order)  # what the bars have filled cannot be taken back
    over = cancel(desk, order)
    if not over.state.is_over:
        troubles[order.venue] = f"{order.venue} did not say that {order.cid} is over"
    return over
