"""Live orders: what a decision wants goes to the venue that takes it best, and whatever is held is protected there."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from data.journal import Decision, HoldingLog, Journal, Lease, OrderLog
from models.engine import GivenFill
from models.orders import Mandate, mandate_of
from models.portfolio import Position
from models.types import IntArray, Intent, Leg, Unavailable
from models.types.wire import Quote, Role
from tasks.session.ordering.booking import Row
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.departing import pending_gone
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.executing import execute
from tasks.session.ordering.happened import Happened, happened
from tasks.session.ordering.held import Held, held_now
from tasks.session.ordering.levels import watch_levels
from tasks.session.ordering.protecting import protect
from tasks.session.ordering.reconciling import reconcile
from tasks.session.ordering.recovering import recover
from tasks.session.ordering.resting import release, sellable, unsold
from tasks.session.ordering.routing import route
from tasks.session.ordering.selling import sell
from tasks.session.ordering.writing import Writing, only_writer

logger = logging.getLogger(__name__)
NOTHING = Decimal(0)
# Enough to tell the venues apart, and short enough for a client order id.
VENUE_LETTERS = 4
STATED = {name: Position._fields.index(name) for name in ("quantity", "ordered", "last")}


@dataclass(frozen=True, slots=True)
class LiveBroker:
    """Orders at real venues.

    Attributes:
        venues: that quote the book's symbols; the first is the book's own.
        lots: the book's quantity step by symbol.
    """

    journal: Journal
    desk: OrderDesk
    writing: Writing
    venues: tuple[str, ...]
    lots: Mapping[str, Decimal]

    @property
    def name(self) -> str:
        """The book's own venue."""
        return self.venues[0]

    @property
    def lease(self) -> Lease | None:
        """Under which it works."""
        return self.desk.log.fence

    @contextmanager
    def at_work(self) -> Iterator[Broker]:
        """The only writer while the context lasts."""
        with only_writer(self.writing) as lease:
            yield replace(self, desk=replace(self.desk, log=OrderLog(self.journal.engine, lease)))

    def recover(self, book: str, last: Decision | None) -> None:
        """Clears up what is doubtful, protects what is held before anything else, then reconciles. What is held is
        protected as far as venues answer even where the rest cannot go on.
        """
        try:
            recover(self.desk, book, self.lots)
        finally:
            if last is not None:
                self._protect(self._held(last))
        holdings = HoldingLog(self.journal.engine, self.lease)
        found = reconcile(self.desk, self.journal, holdings, book, self.lots, last)
        counts = {"differences": len(found.differences), "strays": len(found.strays), "gone": len(found.gone)}
        logger.info("reconciled", extra=counts | {"venues": list(self.desk.accounts)})

    def happened(self, rows: Sequence[Row], last: Decision | None, ts: IntArray) -> Happened:
        """Only what the venues say; and what has left an account without an order of ours left the book as well."""
        came = happened(self.journal, self.desk.log, rows, last, ts, simulates=False)
        if last is None:
            return came
        numbers = {(row.system, row.symbol): row.number for row in rows if row.symbol not in came.frozen}
        gone = pending_gone(self.journal, self.desk.log, self.venues, last.book, self.lots, last)
        left = [
            GivenFill(0, numbers[one.system, one.symbol], Leg.EXTERNAL, -float(one.units), float(one.price), 0.0, 0.0)
            for one in gone
            if (one.system, one.symbol) in numbers
        ]
        return replace(came, fills=(*came.fills, *left))

    def place(self, cid: str, intent: Intent, decision: Decision) -> None:
        """See an intent to its end: bought where it is cheapest, sold where it is held."""
        mandate = mandate_of(intent, cid, decision.book, self.name, decision.decided_at)
        if not mandate.role.opens and self._left(mandate) <= NOTHING:
            return
        with self._going_on(f"order {cid} of {intent.symbol}"):
            if mandate.role.opens:
                self._buy(mandate)
            else:
                self._sell(mandate, decision)
        if not mandate.role.opens:
            # Its stop gave way, whatever became of the sale.
            self._protect(self._held(decision, intent.system, intent.symbol))

    def finish(self, decision: Decision) -> None:
        """What waits to be sold is tried again, levels that were reached are acted on, all else is protected."""
        ordered = {(one.system, one.symbol) for one in decision.intents}
        for system, positions in decision.state_after.positions.items():
            for symbol, figures in positions.items():
                waits, held = figures[STATED["ordered"]], figures[STATED["quantity"]]
                if waits * held < 0.0 and (system, symbol) not in ordered:
                    with self._going_on(f"what is left of {symbol}"):
                        self._sell_on(decision, system, symbol, Decimal(repr(figures[STATED["last"]])))
        self._protect(self._held(decision))

    @contextmanager
    def _going_on(self, what: str) -> Iterator[None]:
        """A venue that does not answer holds up nothing else; the next cycle goes on where this one stopped."""
        try:
            yield
        except Unavailable as error:
            self.desk.alert(f"no answer {what}", "error", f"{what} is not done: {error}; it is tried again next cycle")

    def _buy(self, mandate: Mandate) -> None:
        """Where no venue is fit the book's own says no: a refusal ends an entry, silence would leave it waiting."""
        found = route(self.desk, mandate.parent, True, mandate.quantity, mandate.symbol, self.venues)
        venue = found.venue or self.name
        execute(self.desk, replace(mandate, venue=venue), self.desk.account(venue).rules(mandate.symbol))

    def _sell(self, mandate: Mandate, decision: Decision) -> None:
        """Venue by venue: the stop gives way, what is held there is sold, and what is left is protected again."""
        held = self._held(decision, mandate.system, mandate.symbol)
        parents = {one.venue: self._parent_at(mandate.parent, one.venue) for one in held}
        sold = {venue: self._sold(parent) for venue, parent in parents.items()}
        left = self._left(mandate)
        for one in held:
            before = sold[one.venue]
            if min(left, unsold(self.desk, one)) <= NOTHING or not release(self.desk, one):
                continue
            # The stop may have sold while it was taken back.
            rules = self.desk.account(one.venue).rules(one.symbol)
            units = min(left, sellable(self.desk, one, rules))
            if units > NOTHING:
                own = replace(mandate, parent=parents[one.venue], venue=one.venue, quantity=units + before)
                left -= execute(self.desk, own, rules).filled - before

    def _sell_on(self, decision: Decision, system: str, symbol: str, reference: Decimal) -> None:
        """Sell what an earlier exit, or a stop, could not."""
        for one in self._held(decision, system, symbol):
            if release(self.desk, one):
                sell(self.desk, one, unsold(self.desk, one), Role.FLATTEN, reference)

    def _left(self, mandate: Mandate) -> Decimal:
        """Base units that an exit has not sold yet, wherever."""
        parents = {self._parent_at(mandate.parent, venue) for venue in self.desk.accounts}
        return mandate.quantity - sum((self._sold(one) for one in parents), NOTHING)

    def _parent_at(self, parent: str, venue: str) -> str:
        """What an exit's orders at a venue are for: a position may be spread over venues, an order is not."""
        return parent if venue == self.name else f"{parent}-{venue[:VENUE_LETTERS]}"

    def _sold(self, parent: str) -> Decimal:
        mine = (one.filled for one in self.desk.log.children(parent) if one.role is Role.EXIT)
        return sum(mine, NOTHING)

    def _held(self, decision: Decision, system: str | None = None, symbol: str | None = None) -> list[Held]:
        """The book's positions, or those of one row."""
        held = held_now(self.journal, self.desk.log, decision.book, decision, self.name)
        return [one for one in held if (system, symbol) in ((None, None), (one.system, one.symbol))]

    def _protect(self, held: Sequence[Held]) -> None:
        """Stops at the venues first, then the levels that only we watch."""
        protect(self.desk, held)
        quotes = [self._quote(one) for one in held if one.quantity]
        watch_levels(self.desk, held, [one for one in quotes if one is not None])

    def _quote(self, held: Held) -> Quote | None:
        try:
            return self.desk.account(held.venue).quote(held.symbol)
        except Unavailable as error:
            text = f"{held.symbol}: its levels could not be looked at ({error})"
            self.desk.alert(f"no quote {held.venue} {held.symbol}", "error", text)
            return None
