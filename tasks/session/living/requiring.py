"""Live trading begins where no act is missing, and within what was confirmed."""

from collections.abc import Mapping
from functools import reduce

from conf.schema import Settings
from data.journal import Journal, LiveLog, OrderLog
from models.orders import GateCaps
from models.types import BadInput, KeelError, Refused, Stage, Unavailable
from models.types.wire import KeyRights
from tasks.adapters.brokers.opening import KEY_FINGERPRINT
from tasks.ports import VenueAccount
from tasks.session.book import book_name, line_of
from tasks.session.living.acts import OF_STANDING, Asked, VenueFacts, missing_acts
from tasks.session.living.confirming import configured_caps, live_venues, terms_of
from tasks.session.living.earning import Earned, earned_by
from tasks.session.living.reading import confirmation
from tasks.session.living.rights import wrong_rights
from tasks.session.living.terms import confirmed_terms, tightest
from tasks.session.ordering.caps import reducing_caps
from tasks.session.ordering.held import held_now

# An account, or why there is none: missing keys are one of the acts.
Accounts = Mapping[str, VenueAccount | BadInput]


def require_live(
    settings: Settings, accounts: Accounts, log: LiveLog, caps: GateCaps, flag: bool, earned: Earned | None = None
) -> GateCaps:
    """The caps of the last gate that hold: the tightest of what is configured (`caps`) and what was confirmed. Where
    the stage or its money alone is not earned, or no longer, and the book still holds something, they let through
    nothing that opens: what is held is protected and sold. `earned` is what the line has earned, where that is known.

    Raises:
        Refused: names every act that is missing, and what to do about it.
        Unavailable: nothing else is missing, but a venue did not say what its key may do.
        Damaged: what was confirmed cannot be read.
    """
    asked = facts_of(settings, accounts, log, caps, flag, earned)
    missing = missing_acts(asked)
    unsaid = [one.rights for one in asked.venues if isinstance(one.rights, Unavailable)]
    if unsaid and len(missing) == len(unsaid):
        raise Unavailable(str(unsaid[0])) from unsaid[0]
    if missing and {one.act for one in missing} <= OF_STANDING and _is_at_work(settings, log):
        return reducing_caps(caps_in_force(asked, caps))
    if missing:
        told = "; ".join(f"({number}) {one.text}" for number, one in enumerate(missing, start=1))
        raise Refused(f"live orders are refused; what is missing: {told}")
    return caps_in_force(asked, caps)


def require_sound_key(settings: Settings, rights: KeyRights) -> None:
    """Nothing, where a key may do what it has to, and no more.

    Raises:
        Refused: names everything that is wrong with it.
    """
    is_known = rights.venue in settings.execution.acknowledge_rights or settings.venues[rights.venue].sandbox
    wrong = "; ".join(f"{found}; {todo}" for found, todo in wrong_rights(rights, is_known))
    if wrong:
        raise Refused(f"the key is not fit for live trading: {wrong}")


def caps_in_force(asked: Asked, caps: GateCaps) -> GateCaps:
    """The tightest of the caps that are configured and those of every confirmation."""
    confirmed = [confirmed_terms(one.confirmed).caps for one in asked.venues if one.confirmed is not None]
    return reduce(tightest, confirmed, caps)


def standing(settings: Settings, accounts: Accounts, journal: Journal) -> Asked:
    """How things stand for a run that is given its flag."""
    return facts_of(settings, accounts, LiveLog(journal.engine), configured_caps(settings), flag=True)


def facts_of(
    settings: Settings, accounts: Accounts, log: LiveLog, caps: GateCaps, flag: bool, earned: Earned | None = None
) -> Asked:
    """How things stand at every venue that orders would go to; each is asked what its key may do, and the journal what
    was `earned`, where that is not known.

    Raises:
        Damaged: what was confirmed cannot be read.
    """
    if earned is None and costs_money(settings):
        earned = earned_by(settings, Journal(log.engine))
    return Asked(
        stage=settings.stage,
        flag=flag,
        acknowledged=frozenset(settings.execution.acknowledge_rights),
        venues=tuple(_facts(settings, one, accounts, log, caps) for one in live_venues(settings)),
        earned=earned if costs_money(settings) else None,
    )


def costs_money(settings: Settings) -> bool:
    """Whether orders of the settings' stage go to a venue that is no test account."""
    is_real = any(not settings.venues[one].sandbox for one in live_venues(settings))
    return Stage(settings.stage).is_money and is_real


def key_of(rights: KeyRights) -> str:
    """Fingerprint of the key that has these rights, empty where the account does not tell."""
    return rights.said.get(KEY_FINGERPRINT, "")


def _is_at_work(settings: Settings, log: LiveLog) -> bool:
    """Whether the book holds something, or an order of it stands."""
    name, orders, journal = book_name(settings.stage, line_of(settings)), OrderLog(log.engine), Journal(log.engine)
    if any(one.book == name for one in orders.live_orders()):
        return True
    last = journal.last_decision(name)
    return last is not None and bool(held_now(journal, orders, name, last, live_venues(settings)[0]))


def _facts(settings: Settings, venue: str, accounts: Accounts, log: LiveLog, caps: GateCaps) -> VenueFacts:
    rights = _rights(venue, accounts)
    key = "" if isinstance(rights, KeelError) else key_of(rights)
    return VenueFacts(venue, rights, terms_of(settings, venue, caps, key), confirmation(log, venue))


def _rights(venue: str, accounts: Accounts) -> KeyRights | KeelError:
    account = accounts.get(venue, BadInput(f"there is no account at {venue}"))
    if isinstance(account, BadInput):
        return account
    try:
        return account.rights()
    except (BadInput, Unavailable) as error:
        return error
