"""Paper orders: gate, journal and states are those of live ones; the bars fill them, by the backtest's simulator."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from data.journal import Decision, Journal, Lease, OrderLog
from models.orders import collared, role_of
from models.types import IntArray, Intent
from models.types.wire import OrderKind, OrderState, Quote, WireOrder
from tasks.session.ordering.booking import Row
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.happened import Happened, happened
from tasks.session.ordering.resolving import resolve
from tasks.session.ordering.submitting import submit
from tasks.session.ordering.writing import Writing, only_writer

OVER = {"filled": OrderState.FILLED, "expired": OrderState.EXPIRED}


@dataclass(frozen=True, slots=True)
class PaperBroker:
    """Its account accepts whatever passes the gate."""

    journal: Journal
    desk: OrderDesk
    writing: Writing
    name: str = "paper"

    @property
    def lease(self) -> Lease | None:
        """Under which it works."""
        return self.desk.log.fence

    @contextmanager
    def at_work(self) -> Iterator[Broker]:
        """The only writer while the context lasts."""
        with only_writer(self.writing) as lease:
            yield replace(self, desk=replace(self.desk, log=OrderLog(self.journal.engine, lease)))

    def recover(self, book: str, last: Decision | None) -> None:  # noqa: ARG002 - the journal's orders are all there are
        """What was about to be accepted is, and what the bars have settled is over; while trading is stopped entries
        that wait are taken back.
        """
        for order in self._live(book):
            catch_up(self.desk, self.journal, resolve(self.desk, order) if order.state.is_doubtful else order)
        if self.desk.log.standing(self.desk.clock.now()).stop_reason is not None:
            for order in self._live(book):
                if order.role.opens:
                    cancel(self.desk, order)

    def _live(self, book: str) -> list[WireOrder]:
        return [one for one in self.desk.log.live_orders(self.name) if one.book == book]

    def happened(self, rows: Sequence[Row], last: Decision | None, ts: IntArray) -> Happened:
        """What the gate refused and what was taken back is over; all else the bars fill."""
        return happened(self.journal, self.desk.log, rows, last, ts, simulates=True)

    def place(self, cid: str, intent: Intent, decision: Decision) -> None:
        """One order for the whole intent: the simulator fills it as the backtest's."""
        if self.desk.log.order(f"{cid}-1") is None:
            reference = Decimal(repr(intent.price))
            quote = Quote(self.name, intent.symbol, reference, reference, decision.decided_at)
            submit(self.desk, self._order(cid, intent, decision, quote), quote)

    def finish(self, decision: Decision) -> None:
        """Nothing is left to be done."""

    def _order(self, cid: str, intent: Intent, decision: Decision, quote: Quote) -> WireOrder:
        role, is_buy = role_of(intent.reason), intent.quantity > 0.0
        rules = self.desk.account(self.name).rules(intent.symbol)
        limit = None if intent.limit is None else on_grid(intent.limit, rules.tick)
        collar = collared(is_buy, quote.mid, None, self.desk.collar, rules.tick) if role.opens else None
        return WireOrder(
            cid=f"{cid}-1",
            parent=cid,
            book=decision.book,
            system=intent.system,
            venue=self.name,
            symbol=intent.symbol,
            role=role,
            kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
            is_buy=is_buy,
            quantity=on_grid(abs(intent.quantity), rules.lot),
            limit=collar if limit is None else limit,
            stop=None,
            reference=quote.mid,
            decided_at=decision.decided_at,
            created_at=decision.decided_at,
        )


def catch_up(desk: OrderDesk, journal: Journal, order: WireOrder) -> None:
    """Let a paper order know what the bars made of its intent."""
    settled = journal.came_of(order.parent)
    if settled.status not in OVER:
        return
    report = desk.account(order.venue).find(order)
    if report is not None:
        filled = min(Decimal(repr(settled.filled)), order.quantity)
        value = Decimal(repr(settled.value))
        over = replace(report, state=OVER[settled.status], filled=filled, value=value)
        desk.log.absorb(over, desk.clock.now())


def on_grid(figure: float, step: Decimal) -> Decimal:
    """A float that stands for a multiple of the step, as that multiple."""
    return (Decimal(repr(figure)) / step).to_integral_value(ROUND_HALF_EVEN) * step
