"""A person says in so many words that real orders may be sent, and takes it back."""

from collections.abc import Iterable
from decimal import Decimal

from conf.schema import Settings
from data.journal import Journal, JournalPlace, LiveAct, LiveLog
from models.orders import GateCaps
from models.types import BadInput, Refused
from tasks.session.living.reading import is_confirmed
from tasks.session.living.terms import Terms
from tasks.session.ordering.caps import gate_caps


def configured_caps(settings: Settings) -> GateCaps:
    """Caps of the last gate by the settings."""
    trading = settings.trading
    symbols = trading.symbols if trading.haven is None else (*trading.symbols, trading.haven)
    return gate_caps(settings.execution.gate, trading.capital, symbols)


def live_venues(settings: Settings) -> tuple[str, ...]:
    """Venues that orders would go to, the book's own first."""
    return tuple(dict.fromkeys((settings.trading.venue, *settings.execution.venues)))


def terms_of(settings: Settings, venue: str, caps: GateCaps, key: str) -> Terms:
    """What live trading at the venue would be about by the settings, with the key of this fingerprint.

    Raises:
        BadInput: orders do not go to the venue.
    """
    if venue not in live_venues(settings):
        going = ", ".join(live_venues(settings))
        raise BadInput(f"orders would not go to {venue!r}, only to {going} (conf: trading.venue, execution.venues)")
    configured, execution = settings.venues[venue], settings.execution
    return Terms(
        capital=_exact(settings.trading.capital),
        caps=caps,
        is_sandbox=configured.sandbox,
        profile=settings.trading.profile,
        order_collar=_exact(execution.collar),
        disaster_stop=_exact(execution.disaster_stop),
        slice_notional=_exact(execution.slice_notional),
        url=configured.url,
        key=key,
    )


def phrase_for(venue: str, terms: Terms) -> str:
    """What has to be typed, to the letter: `LIVE binance 10000`."""
    return f"LIVE {venue} {terms.capital.normalize():f}"


def confirm_live(journal: Journal, venue: str, terms: Terms, phrase: str, who: str, at: int) -> LiveAct:
    """Write that a person confirmed live trading at the venue on these terms, at `at` (UTC microseconds).

    Raises:
        BadInput: nobody says who, or with which key.
        Refused: the phrase is another one.
    """
    if not who.strip():
        raise BadInput("found nothing for --who; the journal keeps who did this")
    if not terms.key:
        raise BadInput(f"it is not known which key trades at {venue}; see keel secrets check --venue {venue}")
    wanted = phrase_for(venue, terms)
    if phrase != wanted:
        raise Refused(f"found {phrase!r}, wanted exactly {wanted!r}; nothing was confirmed, say it again")
    return LiveLog(journal.engine).confirm(venue, who, phrase, terms.capital, terms.as_gate(), at)


def revoke_live(journal: Journal, venue: str, others: Iterable[str], who: str, why: str, at: int) -> LiveAct:
    """Write that live trading at the venue is not confirmed any more; `others` are venues to name where it never was.

    Raises:
        BadInput: nobody says who, or why; or no confirmation is in force there.
    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the journal keeps who did this, and why")
    log = LiveLog(journal.engine)
    if not is_confirmed(log, venue):
        there = ", ".join(one for one in others if is_confirmed(log, one))
        raise BadInput(
            f"nothing is confirmed at {venue!r}{f'; name one of {there}' if there else ', nor anywhere else'}"
        )
    return log.revoke(venue, who, why, at)


def revoke_in(place: JournalPlace, venue: str, others: Iterable[str], who: str, why: str, at: int) -> LiveAct:
    """As `revoke_live`, in the journal at the place: to take it back wants no configuration, valid or not."""
    return revoke_live(place.open(), venue, others, who, why, at)


def _exact(figure: float) -> Decimal:
    return Decimal(repr(figure))
