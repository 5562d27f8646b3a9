"""What stands in for assets without history."""

from collections.abc import Collection

from conf.scenarios.values import Known, Proxy
from conf.scenarios.written import Written, fields, items, name_of, number, require_known
from models.types.errors import BadInput
from models.types.series import Series

PROXY = ("venue", "symbol", "beta")
LARGEST_BETA = 10.0


def read_proxies(asset: str, entry: Written, known: Known) -> tuple[Proxy, ...]:
    """The proxies of a symbol or asset class, in order of preference.

    Raises:
        BadInput: the asset, a venue or a symbol is not known, a beta is beyond LARGEST_BETA, or a market comes twice.
    """
    require_known(entry, asset, known.symbols | known.classes, "a symbol or an asset class")
    found: list[Proxy] = []
    for one in items(entry, "proxies {venue: binance, symbol: BTC/USDT, beta: 1.1}"):
        proxy = _proxy(one, known)
        if any((proxy.venue, proxy.symbol) == (other.venue, other.symbol) for other in found):
            raise BadInput(f"{one.place}: found {proxy.symbol} of {proxy.venue} twice, allowed is every market once")
        found.append(proxy)
    return tuple(found)


def _proxy(entry: Written, known: Known) -> Proxy:
    written = fields(entry, PROXY)
    missing = [key for key in PROXY if key not in written]
    if missing:
        raise BadInput(f"{entry.place}: {missing[0]} is missing; a proxy has {', '.join(PROXY)}")
    beta = number(written["beta"])
    if abs(beta) > LARGEST_BETA:
        raise written["beta"].refused(f"a number from {-LARGEST_BETA:g} to {LARGEST_BETA:g}")
    venue = name_of(written["venue"], known.venues, "a venue")
    return Proxy(venue, name_of(written["symbol"], known.symbols, "a symbol"), beta)


def read_symbols(entry: Written) -> tuple[Collection[str], list[str]]:
    """Symbols that the file names beside the configured ones, and what is wrong with the others."""
    found, wrong = [], []
    for one in items(entry, "symbols"):
        try:
            found.append(_symbol(one))
        except BadInput as error:
            wrong.append(str(error))
    return found, wrong


def _symbol(entry: Written) -> str:
    # Bare names such as ON are read by YAML as something else; quoted they are symbols.
    name = str(entry.node.value)
    try:
        return Series("venue", name, "1d").symbol
    except BadInput as error:
        raise BadInput(f"{entry.place}: {error}") from error
