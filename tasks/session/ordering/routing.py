"""Where an entry goes among the venues that quote its symbol, by what they say now."""

from collections.abc import Sequence
from decimal import Decimal

from models.orders import Candidate, Choice, cheapest
from models.types import BadInput, Unavailable
from models.types.wire import MarketRules
from tasks.ports import VenueAccount
from tasks.session.ordering.desk import OrderDesk

NOTHING = Decimal(0)


def route(desk: OrderDesk, parent: str, is_buy: bool, quantity: Decimal, symbol: str, venues: Sequence[str]) -> Choice:
    """The venue that `quantity` base units go to, of `venues`, of which the first wins among equals. What was begun
    somewhere goes on there: an intent is never spread over venues.

    Raises:
        BadInput: there is no account at one of the venues.
    """
    begun = [one.venue for one in desk.log.children(parent)]
    if begun:
        return Choice(begun[0], {}, {})
    return cheapest(is_buy, quantity, [_candidate(desk.account(venue), venue, is_buy, symbol) for venue in venues])


def _candidate(account: VenueAccount, venue: str, is_buy: bool, symbol: str) -> Candidate:
    """A venue that does not answer to one of these questions is not asked to take an order."""
    try:
        rules, quote = account.rules(symbol), account.quote(symbol)
        free = _free(account, rules, is_buy)
    except (Unavailable, BadInput):
        return Candidate(venue, None, NOTHING, False, NOTHING)
    return Candidate(venue, quote, rules.taker_fee, rules.is_trading, free)


def _free(account: VenueAccount, rules: MarketRules, is_buy: bool) -> Decimal:
    balance = account.balances().get(rules.quote if is_buy else rules.base)
    return NOTHING if balance is None else balance.free
