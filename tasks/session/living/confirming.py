"""A person says in so many words that real orders may be sent, and takes it back."""

from decimal import Decimal

from conf.schema import Settings
from data.journal import Journal, LiveAct, LiveLog
from models.orders import GateCaps
from models.types import BadInput, Refused
from tasks.session.living.terms import Terms
from tasks.session.ordering.caps import gate_caps


def configured_caps(settings: Settings) -> GateCaps:
    """Caps of the last gate by the settings."""
    trading = settings.trading
    symbols = trading.symbols if trading.haven is None else (*trading.symbols, trading.haven)
    return gate_caps(settings.execution.gate, trading.capital, symbols)


def terms_of(settings: Settings, venue: str, caps: GateCaps) -> Terms:
    """What live trading at the venue would be about by the settings.

    Raises:
        BadInput: the venue is not configured.
    """
    if venue not in settings.venues:
        raise BadInput(f"venue {venue!r} is not configured; it is one of {', '.join(settings.venues)} (conf: venues)")
    return Terms(Decimal(repr(settings.trading.capital)), caps, settings.venues[venue].sandbox)


def phrase_for(venue: str, terms: Terms) -> str:
    """What has to be typed, to the letter: `LIVE binance 10000`."""
    return f"LIVE {venue} {terms.capital.normalize():f}"


def confirm_live(journal: Journal, venue: str, terms: Terms, phrase: str, who: str, at: int) -> LiveAct:
    """Write that a person confirmed live trading at the venue on these terms, at `at` (UTC microseconds).

    Raises:
        BadInput: nobody says who.
        Refused: the phrase is another one.
    """
    if not who.strip():
        raise BadInput("found nothing for --who; the journal keeps who did this")
    wanted = phrase_for(venue, terms)
    if phrase != wanted:
        raise Refused(f"found {phrase!r}, wanted exactly {wanted!r}; nothing was confirmed, say it again")
    return LiveLog(journal.engine).confirm(venue, who, phrase, terms.capital, terms.as_gate(), at)


def revoke_live(journal: Journal, venue: str, who: str, why: str, at: int) -> LiveAct:
    """Write that live trading at the venue is not confirmed any more.

    Raises:
        BadInput: nobody says who, or why.
    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the journal keeps who did this, and why")
    return LiveLog(journal.engine).revoke(venue, who, why, at)
