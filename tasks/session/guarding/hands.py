"""What the guardian does and looks at where orders stand: by its own connections, under the lease where it writes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from data.journal import GUARDIAN, AuditKind, AuditLog, Entry, Lease, OrderLog, StopFlag
from models.types import Damaged, KeelError, Refused, Unavailable
from models.types.timeframes import DAY, HOUR, MINUTE, SECOND
from models.types.wire import Quote, Report
from tasks.ports import VenueAccount
from tasks.session.emergency import fenced, flatten_positions, waiting_entries, withdraw_entries
from tasks.session.guarding.covering import Cover
from tasks.session.guarding.facts import Demand, Seen
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.judging import AUDIT_CHAIN, ORDER_CHAIN
from tasks.session.guarding.silence import Silence
from tasks.session.living import live_venues
from tasks.session.ordering.desk import Monotonic, OrderDesk
from tasks.session.ordering.resolving import refresh
from tasks.session.ordering.writing import Writing, only_writer

# Between two looks at a venue; asking for all open orders is dear there.
CALM, URGENT = 10 * SECOND, 3 * SECOND
# Between two tries at a venue that did not do what it was told to.
AGAIN = 2 * SECOND
NO_ACCOUNT = "its keys are missing, or orders cannot go there"
VERIFIED = {AUDIT_CHAIN: HOUR, ORDER_CHAIN: DAY}


class Hands(Protocol):
    """Does what is demanded, in its own time."""

    @property
    def seen(self) -> Seen | None:
        """What was seen and done last, None before the first time."""

    @property
    def failed(self) -> str:
        """Why nothing is seen or done any more; empty where that is not so."""

    def ask(self, demand: Demand) -> None:
        """Do this next."""


@dataclass(slots=True)
class Work:
    """What one turn has found so far."""

    cancelled: list[str] = field(default_factory=list)
    left: tuple[str, ...] = ()
    is_flat: bool | None = None
    busy: str = ""
    troubles: dict[str, str] = field(default_factory=dict)


class VenueHands:
    """Hands that work at once. `build` gives an order desk that can only reduce, with connections of its own."""

    def __init__(self, ground: Ground, build: Callable[[], OrderDesk], writing: Writing, monotonic: Monotonic) -> None:
        self._ground = ground
        self._build = build
        self._writing = writing
        self._monotonic = monotonic
        self._desk: OrderDesk | None = None
        self._built: int | None = None
        self._looked: int | None = None
        self._acted: int | None = None
        self._cover = Cover(ground.journal, monotonic)
        self._verified: dict[str, int] = {}
        self._chains: dict[str, str] = {}
        self._seen: Seen | None = None
        self._sold: StopFlag | None = None

    @property
    def seen(self) -> Seen | None:
        """What was seen and done last, None before the first time."""
        return self._seen

    @property
    def failed(self) -> str:
        """Always empty: what fails is raised."""
        return ""

    def ask(self, demand: Demand) -> None:
        """Do it, as far as it is time for it, and look."""
        before, work = self._seen, Work()
        acts = (self._cover.is_due(demand) or demand.acts) and self._is_time(
            self._acted, AGAIN if before is not None and before.troubles else 0
        )
        if acts:
            self._act(demand, work)
            self._acted = self._monotonic()
        is_urgent = demand.is_urgent or (before is not None and bool(set(demand.symbols) - set(before.prices)))
        looks = acts or before is None or self._is_time(self._looked, URGENT if is_urgent else CALM)
        if looks:
            found = self._look(demand, work)
            self._looked = self._monotonic()
            self._verify()
        else:
            assert before is not None  # noqa: S101 - the first time looks
            found = before
        self._seen = replace(found, troubles={**found.troubles, **self._cover.bare, **self._chains})

    def _is_time(self, last: int | None, every: int) -> bool:
        return last is None or self._monotonic() - last >= every

    def _act(self, demand: Demand, work: Work) -> None:
        try:
            with only_writer(self._writing, by_force=demand.silence is not None) as lease:
                self._take_over(demand.silence, lease)
                desk = fenced(self._orders(), lease)
                self._withdraw(desk, work)
                if demand.flatten is not None:
                    self._flatten(desk, demand.flatten, work)
                if demand.silence is not None or work.cancelled or self._cover.is_due(demand):
                    self._cover.see_to(desk)
        except Refused as error:
            work.busy = str(error)
        except KeelError as error:
            work.troubles["orders"] = str(error)

    def _take_over(self, silence: Silence | None, lease: Lease) -> None:
        if silence is not None and not is_taken(AuditLog(self._ground.journal.engine), silence):
            detail = {"token": lease.token, "seconds": round(silence.seconds, 3), **silence.key}
            self._note(AuditKind.TAKEN_OVER, silence.text, detail)

    def _withdraw(self, desk: OrderDesk, work: Work) -> None:
        for report in () if self._seen is None else self._seen.back:
            known = None if report.cid is None else desk.log.order(report.cid)
            if known is not None:
                refresh(desk, known)  # the journal took it for over; it is not
        done = withdraw_entries(desk)
        work.cancelled += [one.cid for one in done.cancelled]
        work.left = tuple(one.cid for one in (*done.standing, *done.doubtful))
        work.troubles |= done.troubles
        if done.cancelled:
            detail: dict[str, object] = {"cancelled": work.cancelled, "left": list(work.left)}
            self._note(AuditKind.CANCELLED, "trading is stopped: nothing that opens may stand", detail)

    def _flatten(self, desk: OrderDesk, stop: StopFlag, work: Work) -> None:
        """Until all is sold; the demand may come once more before whoever makes it has heard of that."""
        ground = self._ground
        home = ground.desk.loaded.settings.trading.venue
        if stop != self._sold:
            done = flatten_positions(desk, ground.journal, ground.book, home, GUARDIAN, stop.reason)
            self._sold = stop if done.is_flat else None
        work.is_flat = self._sold == stop

    def _look(self, demand: Demand, work: Work) -> Seen:
        troubles = dict(work.troubles)
        strays: list[Report] = []
        back: list[Report] = []
        prices: Mapping[str, Decimal] = {}
        helpless: dict[str, str] = {}
        if self._ground.is_money:
            with self._telling("venues", troubles):
                desk = self._orders()
                helpless = dict.fromkeys(self._lacking(desk), NO_ACCOUNT)
                for name, account in desk.accounts.items():
                    with self._telling(name, troubles):
                        unknown, over = _unexpected(desk.log, account)
                        strays, back = strays + unknown, back + over
                prices = self._prices(desk, demand.symbols, troubles)
        if "venues" in troubles:
            helpless.setdefault("venues", troubles["venues"])
        return Seen(
            at=self._ground.clock.now(),
            prices=prices,
            strays=tuple(strays),
            back=tuple(back),
            cancelled=tuple(work.cancelled),
            left=work.left,
            is_flat=work.is_flat,
            busy=work.busy,
            troubles=troubles,
            helpless=helpless,
        )

    def _prices(self, desk: OrderDesk, symbols: tuple[str, ...], troubles: dict[str, str]) -> dict[str, Decimal]:
        found = {}
        home = self._ground.desk.loaded.settings.trading.venue
        for symbol in symbols:
            with self._telling(f"quote of {symbol}", troubles):
                quote = desk.account(home).quote(symbol)
                _require_narrow(quote, desk.caps.collar)
                found[symbol] = quote.mid
        return found

    def _orders(self) -> OrderDesk:
        """The desk; a new one where an order stands at a venue that it has no account at."""
        desk = self._desk
        if (
            desk is None
            or {one.venue for one in waiting_entries(desk)} - set(desk.accounts)
            or self._is_worth_a_try(desk)
        ):
            self._built = self._monotonic()
            desk = self._desk = self._build()
        return desk

    def _is_worth_a_try(self, desk: OrderDesk) -> bool:
        """Keys that were missing may have come."""
        return bool(self._lacking(desk)) and self._is_time(self._built, MINUTE)

    def _lacking(self, desk: OrderDesk) -> list[str]:
        """Venues of the book, with real money, that nothing can be done at."""
        ground = self._ground
        wanted = live_venues(ground.desk.loaded.settings) if ground.is_money else ()
        return [one for one in wanted if one not in desk.accounts]

    def _verify(self) -> None:
        """The chains, now and then: whatever was written is what is there."""
        engine = self._ground.journal.engine
        checks: dict[str, Callable[[], object]] = {
            AUDIT_CHAIN: AuditLog(engine).verify,
            ORDER_CHAIN: OrderLog(engine).verify_chain,
        }
        for name, check in checks.items():
            if self._is_time(self._verified.get(name), VERIFIED[name]):
                self._verified[name] = self._monotonic()
                self._chains.pop(name, None)
                try:
                    check()
                except Damaged as error:
                    self._chains[name] = str(error)

    def _note(self, kind: AuditKind, why: str, detail: dict[str, object]) -> None:
        ground = self._ground
        AuditLog(ground.journal.engine).append(Entry(kind, ground.line, GUARDIAN, why, detail, ground.clock.now()))

    @contextmanager
    def _telling(self, source: str, troubles: dict[str, str]) -> Iterator[None]:
        """One source that fails holds up no other."""
        try:
            yield
        except KeelError as error:
            troubles[source] = str(error)


def _require_narrow(quote: Quote, widest: Decimal) -> None:
    """The middle of a spread as wide as the gate's collar is no price."""
    sides = (quote.bid, quote.ask)
    if not all(one.is_finite() and one > 0 for one in sides) or not 0 <= quote.ask - quote.bid < widest * quote.mid:
        raise Unavailable(
            f"{quote.bid} bid and {quote.ask} asked, allowed is a spread below {widest:%} of the middle; "
            "the last known price counts"
        )


def is_taken(log: AuditLog, silence: Silence) -> bool:
    """Whether the audit chain says that somebody took over in this silence.

    Raises:
        Damaged: the chain is not as it was written.
    """
    taken = log.entries((AuditKind.TAKEN_OVER,))
    return any({name: one.detail.get(name) for name in silence.key} == silence.key for one in taken)


def _unexpected(log: OrderLog, account: VenueAccount) -> tuple[list[Report], list[Report]]:
    """(open orders that the journal does not know, entries that it took for over).

    Raises:
        Unavailable: the venue did not say; on paper the journal's are all there are.
    """
    unknown, over = list[Report](), list[Report]()
    if account.name == "paper":
        return unknown, over
    for report in account.open_orders():
        known = None if report.cid is None else log.order(report.cid)
        if known is None:
            unknown.append(report)
        elif known.state.is_over and known.role.opens:
            over.append(report)
    return unknown, over
