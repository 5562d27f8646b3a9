"""Who takes the orders of a desk: a paper account, or venues."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from conf import stage_said
from conf.schema.execution import ExecutionConfig
from data.journal import Journal, Leases, LiveLog, OrderLog
from models.orders import GateCaps
from models.types import BadInput, Damaged, Refused
from tasks.adapters.brokers.paper import PaperAccount
from tasks.adapters.clocks import SystemClock, VirtualClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.bootstrap.desks import no_checkpoint
from tasks.ports import Checkpoint, VenueAccount, Waiting
from tasks.session.desk import Desk
from tasks.session.emergency.books import places_held
from tasks.session.guarding.required import needs_guardian
from tasks.session.living import Earned, Remembered, costs_money, earned_by, live_venues, require_live
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.caps import gate_caps, reducing_caps
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.paper import PaperBroker
from tasks.session.ordering.writing import Writing
from tasks.session.parameters import is_live
from tasks.session.staging import demote_where_due

SECOND = 1_000_000
NEVER = 2**62


def build_broker(
    desk: Desk,
    journal: Journal,
    live: bool = False,
    checkpoint: Checkpoint = no_checkpoint,
    remembered: Remembered | None = None,
) -> Broker:
    """Who takes the desk's orders: the paper broker; where the stage or the caller says live the venues, if every act
    of a person that this asks for is there. Who builds one for bar after bar has `remembered` what was earned.

    Raises:
        Refused: an act is missing; names each.
        BadInput: a venue's keys are missing, or orders cannot go there.
    """
    if live or is_live(desk.loaded):
        return _live_broker(desk, journal, live, checkpoint, remembered or Remembered())
    return build_paper_broker(desk, journal, checkpoint)


def build_paper_broker(desk: Desk, journal: Journal, checkpoint: Checkpoint = no_checkpoint) -> PaperBroker:
    """The paper broker whatever the stage: for what has to send nothing."""
    instruments = {one.symbol: desk.instrument(one) for one in desk.book_series()}
    account = PaperAccount(desk.clock, instruments)
    # However late it is handed over, a paper order is filled by the bar that it was decided for; and a book that has
    # grown orders more than its first capital.
    caps = _gate_caps(desk)
    caps = replace(caps, stale=NEVER, order_value=caps.day_value, long_only=False)
    clock = desk.clock if isinstance(desk.clock, SystemClock) else VirtualClock(desk.clock.now())
    orders = _order_desk(desk, journal, {account.name: account}, clock, caps, checkpoint)
    return PaperBroker(journal, orders, build_writing(desk.loaded.settings.execution, journal))


def _live_broker(
    desk: Desk, journal: Journal, flag: bool, checkpoint: Checkpoint, remembered: Remembered
) -> LiveBroker:
    settings = desk.loaded.settings
    obstacle = live_obstacle(desk)
    if obstacle:
        raise Refused(obstacle)
    if not isinstance(desk.clock, SystemClock):
        raise Refused("live orders are sent now or never; leave --as-of out, or trade on paper")
    venues = live_venues(settings)
    opened = {name: _account_or_why(desk, name) for name in venues}
    earned = None
    if costs_money(settings):
        earned = remembered.found(
            settings, journal, desk.clock.now(), lambda: _kept_standing(desk, journal, checkpoint)
        )
    caps = require_live(settings, opened, LiveLog(journal.engine), _gate_caps(desk), flag, earned)
    accounts = {name: one for name, one in opened.items() if not isinstance(one, BadInput)}
    orders = _order_desk(desk, journal, accounts, desk.clock, caps, checkpoint)
    writing = build_writing(settings.execution, journal)
    lots = {one.symbol: Decimal(repr(desk.instrument(one).lot)) for one in desk.book_series()}
    return LiveBroker(journal, orders, writing, venues, lots)


def _kept_standing(desk: Desk, journal: Journal, checkpoint: Checkpoint) -> Earned:
    """What the book has earned, after it was demoted where that was due. A record that is damaged earns nothing, which
    is one of the acts; what is held is looked after all the same.
    """
    now, trouble = desk.clock.now(), None
    try:
        demote_where_due(journal, desk.loaded.settings, now)
    except Damaged as error:
        trouble = error
        journal.raise_alert(f"stage record {error}", "critical", str(error), now)
    checkpoint("standing kept")
    earned = earned_by(desk.loaded.settings, journal)
    return earned if trouble is None else replace(earned, standing=trouble)


def live_obstacle(desk: Desk) -> str:
    """Why the desk's book cannot be traded live whatever a person does; empty where it can."""
    settings, said = desk.loaded.settings, stage_said()
    if is_live(desk.loaded) and said != settings.stage:
        # While the configuration is not valid the one adopted last holds; it cannot make a stage live that is not.
        return f"the configuration says stage {said} now, and what was adopted last was live; correct it first"
    venues = live_venues(settings)
    if any(desk.venue(name).shorts for name in venues):
        return f"live books are long only; set shorts to false at {', '.join(venues)}, or trade on paper"
    return ""


def trading_venues() -> tuple[str, ...]:
    """Every venue that orders may go to."""
    from tasks.adapters.brokers import DIALECTS

    return tuple(DIALECTS)


def _account_or_why(desk: Desk, venue: str) -> VenueAccount | BadInput:
    try:
        return build_accounts(desk, (venue,))[venue]
    except BadInput as error:
        return error  # missing keys are one of the acts that are told together


def build_accounts(desk: Desk, venues: Sequence[str]) -> dict[str, VenueAccount]:
    """The accounts at the venues, by name, each with the keys of the first source that has them.

    Raises:
        BadInput: keys are missing, or orders cannot go there.
    """
    # Imported here: ccxt takes two seconds, which a paper cycle need not pay.
    from tasks.adapters.brokers import open_account
    from tasks.adapters.credentials import Passphrase, ask_once, standard_sources, venue_keys
    from tasks.adapters.venues import Access, Keys, Limits

    clock = SystemClock()
    sources = standard_sources(desk.home, Passphrase(ask_once))
    found: dict[str, VenueAccount] = {}
    for name in venues:
        venue, keys = desk.venue(name), venue_keys(name, sources)
        access = Access(
            clock=clock,
            limits=Limits(desk.home / "state" / "limits.sqlite"),
            https_proxy=venue.https_proxy,
            ca_file=venue.ca_file,
            keys=Keys(keys.key, keys.secret, keys.passphrase),
            url=venue.url,
        )
        found[name] = open_account(name, access, clock, np.random.default_rng(), venue.sandbox)
    return found


def emergency_desk(desk: Desk, journal: Journal, checkpoint: Checkpoint = no_checkpoint) -> OrderDesk:
    """For taking back and selling, which needs no act of a person: its gate lets nothing through that opens. It has an
    account wherever an order of the journal stands, wherever a book of real money holds something and, with real
    money, at every venue of the desk's book; one whose account cannot be opened is left out, and what concerns it says
    so. It writes under a lease only (`fenced`).
    """
    book, clock = desk.loaded.settings, SystemClock()
    live = OrderLog(journal.engine).live_orders()
    held = places_held(journal, OrderLog(journal.engine))
    venues = dict.fromkeys([*(one.venue for one in live), *sorted(venue for venue, _ in held)])
    if is_live(desk.loaded):
        venues |= dict.fromkeys(live_venues(book))
    opened = {name: _emergency_account(desk, name) for name in venues}
    accounts = {name: one for name, one in opened.items() if not isinstance(one, BadInput)}
    symbols = {*(one.symbol for one in live), *(one.symbol for one in desk.book_series())}
    symbols |= {symbol for _, symbol in held}
    caps = reducing_caps(gate_caps(book.execution.gate, book.trading.capital, symbols))
    return _order_desk(desk, journal, accounts, clock, caps, checkpoint)


def _emergency_account(desk: Desk, venue: str) -> VenueAccount | BadInput:
    paper = PaperAccount(desk.clock, {one.symbol: desk.instrument(one) for one in desk.book_series()})
    return paper if venue == paper.name else _account_or_why(desk, venue)


def _gate_caps(desk: Desk) -> GateCaps:
    settings = desk.loaded.settings
    caps = gate_caps(settings.execution.gate, settings.trading.capital, [one.symbol for one in desk.book_series()])
    return replace(caps, guarded=needs_guardian(desk))


def _order_desk(
    desk: Desk,
    journal: Journal,
    accounts: Mapping[str, VenueAccount],
    clock: Waiting,
    caps: GateCaps,
    checkpoint: Checkpoint,
) -> OrderDesk:
    return OrderDesk(
        log=OrderLog(journal.engine),
        accounts=accounts,
        clock=clock,
        settings=desk.loaded.settings.execution,
        caps=caps,
        alert=lambda key, severity, text: journal.raise_alert(key, severity, text, clock.now()),
        checkpoint=checkpoint,
        monotonic=monotonic,
    )


def build_writing(settings: ExecutionConfig, journal: Journal) -> Writing:
    """How the lease of a journal's orders is taken: by the machine's own clock, the only one that others know."""
    return Writing(
        leases=Leases(journal.engine),
        holder=this_process(),
        is_dead=is_gone,
        clock=SystemClock(),
        ttl=round(settings.lease_seconds * SECOND),
        patience=round(settings.lease_wait_seconds * SECOND),
    )
