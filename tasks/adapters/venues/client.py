"""A ccxt exchange, opened for spot and kept on a lead."""

from dataclasses import dataclass
from typing import Any

from models.types import BadInput
from tasks.adapters.venues.access import Access, require_ca_file
from tasks.adapters.venues.guard import Guard
from tasks.adapters.venues.hosts import redirected, require_host, require_loopback, strings_of
from tasks.adapters.venues.reads import PASSING, TOO_MANY, Failed, ask
from tasks.adapters.venues.venue import Venue
from tasks.adapters.venues.wire import note_first_byte

OPTIONS = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}


@dataclass(frozen=True, slots=True)
class CcxtClient:
    """One venue through ccxt."""

    venue: Venue
    access: Access
    exchange: Any
    guard: Guard

    def ask(self, what: str, method: str, *arguments: object) -> Any:
        """The answer of one of ccxt's methods; `what` says in an error what was wanted.

        Raises:
            BadInput: the venue refuses the request or the keys.
            Unavailable: it did not answer, or asked to be left alone.
        """
        return ask(self.venue, self.access, what, lambda: self._once(method, arguments))

    def require(self, symbol: str, timeframe: str | None = None) -> None:
        """Nothing, when the venue has such a market and such bars.

        Raises:
            BadInput: it has not.
            Unavailable: it did not say.
        """
        markets = self.ask("bars", "load_markets")
        if symbol not in markets:
            base = symbol.split("/")[0]
            near = sorted(name for name in markets if name.split("/")[0] == base)[:8]
            hint = f"it has {', '.join(near)}" if near else f"it has {len(markets)} others, none of {base}"
            raise BadInput(f"{self.venue.name} has no market {symbol}; {hint}")
        if timeframe is not None and timeframe not in (self.exchange.timeframes or {}):
            raise BadInput(f"{self.venue.name} has no {timeframe} bars; it has {', '.join(self.exchange.timeframes)}")

    def _once(self, method: str, arguments: tuple[object, ...]) -> Any:
        from ccxt.base import errors

        self.guard.status = 0
        try:
            return getattr(self.exchange, method)(*arguments)
        except errors.BaseError as error:
            failed = self._failure(error, errors)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            failed = Failed(f"an answer of another form, {type(error).__name__}", self.guard.status, passing=False)
        # Outside of the except block, so that the text of ccxt's error goes no further.
        raise failed

    def _failure(self, error: Exception, errors: Any) -> Failed:
        status = self.guard.status
        asked_too_often = isinstance(error, errors.DDoSProtection | errors.RateLimitExceeded)
        if asked_too_often and status not in TOO_MANY:
            self.guard.ban()
        answered = status >= 300 and not asked_too_often
        passing = status in PASSING if answered else isinstance(error, errors.OperationFailed)
        return Failed(type(error).__name__, status, passing)


def open_client(venue: Venue, access: Access, session: Any = None, sandbox: bool = False) -> CcxtClient:
    """The venue's exchange: spot markets only, without redirects, at declared hosts.

    `session` stands in for the network: a simulation's. `sandbox`: at the addresses of the venue's test account.

    Raises:
        BadInput: ccxt knows no such venue, there is no file `ca_file`, or the url is not of the loopback.
        Refused: ccxt's addresses for the venue are not the declared ones.
    """
    # Imported here: ccxt takes two seconds, and whoever only names a venue need not pay them.
    import ccxt

    if venue.name not in ccxt.exchanges:
        raise BadInput(f"ccxt has no exchange {venue.name}; set the venue's feed to none, or name it as ccxt does")
    require_ca_file(venue.name, access.ca_file)
    exchange = getattr(ccxt, venue.name)({"timeout": access.timeout_ms, "options": {**OPTIONS, **venue.options}})
    # Currencies are asked for with keys or at length, and are not needed for bars.
    exchange.has["fetchCurrencies"] = False
    exchange.options["fetchCurrencies"] = False
    if sandbox:
        exchange.set_sandbox_mode(True)
    _set_route(exchange, access)
    set_addresses(exchange, venue, access)
    return CcxtClient(venue, access, exchange, _guarded(venue, access, exchange, session))


def _guarded(venue: Venue, access: Access, exchange: Any, session: Any) -> Guard:
    guard = Guard(venue, access, exchange, sees_wire=session is None)
    if session is None:
        note_first_byte(exchange.session, access.https_proxy, guard.note_left)
    else:
        exchange.session = session
    return guard


def _set_route(exchange: Any, access: Access) -> None:
    if access.https_proxy:
        exchange.httpsProxy = access.https_proxy
    if access.ca_file:
        exchange.validateServerSsl = access.ca_file
    if access.keys:
        exchange.apiKey = access.keys.key.get_secret_value()
        exchange.secret = access.keys.secret.get_secret_value()
    if access.keys and access.keys.passphrase:
        exchange.password = access.keys.passphrase.get_secret_value()
    # A redirect would carry the headers, and the keys in them, to any host; and at DEBUG ccxt's log has both.
    exchange.session.max_redirects = 0
    exchange.logger.disabled = True


def set_addresses(exchange: Any, venue: Venue, access: Access) -> None:
    """Have the exchange ask at the venue's hosts, or at the loopback where that stands in for it.

    Raises:
        BadInput: the url is not of the loopback.
        Refused: ccxt's addresses for the venue are not the declared ones.
    """
    if access.url is not None:
        require_loopback(venue.name, access.url)
        exchange.urls["api"] = _moved(exchange.urls["api"], access.url)
    for url in strings_of(exchange.urls["api"]):
        require_host(venue, exchange.implode_hostname(url))


def _moved(tree: Any, base: str) -> Any:
    if isinstance(tree, dict):
        return {name: _moved(branch, base) for name, branch in tree.items()}
    # A websocket stays one.
    return redirected(tree, base.replace("http", "ws", 1) if tree.startswith("ws") else base)
