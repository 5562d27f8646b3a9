"""What a session is put together of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal

from data.journal import Heartbeats, Journal
from tasks.adapters.clocks import SigningClock, SystemClock, monotonic
from tasks.adapters.holder import this_process
from tasks.bootstrap.desks import no_checkpoint
from tasks.bootstrap.feeds import build_action_feed, build_feed
from tasks.bootstrap.orders import build_broker, build_writing
from tasks.bootstrap.parameters import watched_parameters
from tasks.ports import Checkpoint, Pacing
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.living import Remembered
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.live import LiveBroker
from tasks.session.parameters import ParameterServer
from tasks.session.remembered import remembering
from tasks.session.running import Campaign, Fetching, Parts, Pulse, Session, Step, open_campaign
from tasks.session.running.campaign import require_capital
from tasks.session.running.ears import Ears
from tasks.session.speakers import RememberedSpeakers

# A connection that is lost is noticed by itself; this one is for a venue that keeps it and says nothing. An account
# without orders has nothing to say, and every bar asks by request.
STREAM_SILENCE_S = 6 * 3600.0
CAPITAL = "trading.capital"


@contextmanager
def opened_session(
    desk: Desk,
    journal: Journal,
    flags: dict[str, object],
    report: Callable[[Step], None],
    duration: int | None = None,
    live: bool = False,
    clock: Pacing | None = None,
) -> Iterator[tuple[Session, Campaign]]:
    """A session of the desk's book that has begun, by `flags` on top of the configuration; it follows the parameters
    between two bars. `duration` in microseconds, None: without an end. Another `clock` than the machine's is a
    simulation's.

    Raises:
        Refused: another session is alive; the book trades with another capital; an act that live asks for is missing.
        BadInput: the lake lacks a series of the book.
    """
    book, settings = configured_book(desk), desk.loaded.settings
    asked = flags.get(CAPITAL)
    require_capital(journal, book.name, None if asked is None else settings.trading.capital)
    remembered = Remembered()
    # What live asks for is asked before anything begins.
    broker = build_broker(desk, journal, live, no_checkpoint, remembered)
    writing = build_writing(settings.execution, journal)
    capital, now = Decimal(repr(settings.trading.capital)), (clock or desk.clock).now()
    campaign = open_campaign(journal, writing, book.name, settings.stage, capital, duration, now)
    with ExitStack() as running:
        server = running.enter_context(watched_parameters(desk, journal, flags))
        for one in _ears(broker, journal, book.name):
            one.open()
            running.callback(one.close)

        def broker_at(one: Desk, checkpoint: Checkpoint) -> Broker:
            return build_broker(one, journal, live, checkpoint, remembered)

        yield Session(_parts(desk, journal, server, broker_at, report, clock), campaign), campaign


def _parts(
    desk: Desk,
    journal: Journal,
    server: ParameterServer,
    broker_at: Callable[[Desk, Checkpoint], Broker],
    report: Callable[[Step], None],
    clock: Pacing | None,
) -> Parts:
    holder, guardian = this_process(), desk.loaded.settings.guardian
    by = SystemClock() if clock is None else clock
    pulse = Pulse(Heartbeats(journal.engine), holder, by, guardian, monotonic if clock is None else by.now)
    ticking = SigningClock(pulse.sign) if clock is None else clock
    warm = replace(remembering(desk), clock=ticking, speakers=RememberedSpeakers(desk.models))
    fetching = Fetching(
        journal, lambda series: build_feed(warm, series, journal), lambda series: build_action_feed(warm, series)
    )
    return Parts(
        journal=journal,
        clock=by,
        pulse=pulse,
        follow=lambda: replace(warm, loaded=server.at_boundary(by.now()).loaded),
        broker_at=broker_at,
        bring=fetching.bring,
        bring_rest=fetching.bring_rest,
        report=report,
    )


def _ears(broker: Broker, journal: Journal, book: str) -> list[Ears]:
    """One for each account whose venue tells of orders by itself, with a connection of its own."""
    if not isinstance(broker, LiveBroker):
        return []
    # Imported here: a paper session has no streams.
    from tasks.adapters.brokers import CcxtAccount
    from tasks.adapters.brokers.user_stream import UserStream

    found = {name: one for name, one in broker.desk.accounts.items() if isinstance(one, CcxtAccount)}
    streams = {
        name: UserStream(one.line, STREAM_SILENCE_S)
        for name, one in found.items()
        if one.line.dialect.streams is not None
    }
    return [Ears(name, one.told, broker, journal, book) for name, one in streams.items()]
