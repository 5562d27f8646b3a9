"""What differs from venue to venue: how orders and questions are put to ccxt, and what its answers mean."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias

from models.types.wire import Balance, KeyRights, MarketRules, Report, VenueTrade, WireOrder
from tasks.adapters.brokers.failures import Verdict
from tasks.adapters.venues.venue import Venue

Raw: TypeAlias = Mapping[str, Any]
"""One of ccxt's unified structures; every number in it is a string, and `info` is what the venue said."""


class Ask(Protocol):
    """A read through ccxt, tried again while that may help."""

    def __call__(self, what: str, method: str, *arguments: object) -> Any:
        """The answer of the method; `what` says in an error what was wanted.

        Raises:
            Unavailable: the venue did not say.
        """


@dataclass(frozen=True, slots=True)
class Call:
    """One of ccxt's methods with its arguments."""

    method: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """An order about to be sent.

    Attributes:
        wire_id: its client order id as the venue takes it.
        market: of its symbol, as ccxt describes it.
        admitted_ms: when it was admitted, milliseconds by the venue's clock: what it is signed with where the venue
            refuses what is older than its receive window, so that no pause on the way makes it arrive later.
    """

    order: WireOrder
    wire_id: str
    market: Raw
    admitted_ms: int


def _as_it_is(_exchange: Any, _stands_in: bool) -> None:
    """Nothing more to tell."""


@dataclass(frozen=True, slots=True)
class UserStreams:
    """How a venue tells by itself what becomes of orders.

    Attributes:
        hosts: every host that ccxt may open a websocket to, beside the venue's own.
        subscribe: returns when the venue has confirmed that it will tell; what happened before has to be asked for.
        methods: of ccxt.pro; each gives orders or fills as they come.
    """

    hosts: frozenset[str]
    subscribe: Callable[[Any], Awaitable[object]]
    methods: tuple[Literal["watch_orders", "watch_my_trades"], ...] = ("watch_orders", "watch_my_trades")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One venue.

    Attributes:
        venue: hosts, spacing and options for ccxt.
        sends_within: microseconds after which the venue itself refuses what was signed before; where it has no such
            window, after which the account sends no more.
        submit: the one call that sends an order; numbers go in as strings.
        find, cancel: the call by client order id; second argument is the id on the wire.
        open_orders: every open order of the account, all pages.
        trades: every fill of the account in a symbol from a time (UTC microseconds) on, all pages.
        quote: best bid and ask of a symbol.
        balances: by asset.
        rules: of one of ccxt's markets.
        rights: of the key.
        report: an order of ccxt's as a report; the id on the wire stands as its `cid`.
        trade: a fill of ccxt's.
        error_code: the venue's own code in the body of a failure, empty where there is none.
        verdicts: what a code says of an order where its HTTP status does not tell.
        unknown: codes that say that there is no such order.
        wire_id: client order id as the venue takes it; deterministic, and never the same for two.
        tune: what else ccxt's exchange is told; second argument is whether the loopback stands in for the venue.
        sandbox_hosts: hosts of the venue's own test account; None: it has none.
        streams: how it tells by itself; None: it has to be asked.
    """

    venue: Venue
    sends_within: int
    submit: Callable[[Sending], Call]
    find: Callable[[WireOrder, str], Call]
    cancel: Callable[[WireOrder, str], Call]
    open_orders: Callable[[Ask], list[Raw]]
    trades: Callable[[Ask, str, int], list[Raw]]
    quote: Callable[[Ask, Raw], tuple[Decimal, Decimal]]
    balances: Callable[[Ask], dict[str, Balance]]
    rules: Callable[[str, Raw], MarketRules]
    rights: Callable[[Ask], KeyRights]
    report: Callable[[str, Raw, int], Report]
    trade: Callable[[str, Raw], VenueTrade]
    error_code: Callable[[str], str]
    verdicts: Mapping[str, Verdict]
    unknown: frozenset[str]
    wire_id: Callable[[str], str] = str
    tune: Callable[[Any, bool], None] = _as_it_is
    sandbox_hosts: frozenset[str] | None = None
    streams: UserStreams | None = None
