"""What stands in for assets without history."""

from conf.scenarios.values import Known, Proxy
from conf.scenarios.written import A_SYMBOL, Written, fields, items, name_of, number, require_known, text
from models.types.errors import BadInput
from models.types.series import Series

EXAMPLE = "proxies such as {venue: binance, symbol: BTC/USDT, beta: 1.1}"
PROXY = ("venue", "symbol", "beta")
LARGEST_BETA = 10.0


def read_proxies(asset: str, entry: Written, known: Known) -> tuple[Proxy, ...]:
    """The proxies of a symbol or asset class, in order of preference.

    Raises:
        BadInput: the asset, a venue or a symbol is not known, a beta is beyond LARGEST_BETA, or a market comes twice.
    """
    require_known(entry, asset, known.symbols | known.classes, f"{A_SYMBOL}, or an asset class")
    found: list[Proxy] = []
    written = items(entry, EXAMPLE)
    if not written:
        raise entry.refused(f"a list of {EXAMPLE}")
    for one in written:
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
    return Proxy(venue, name_of(written["symbol"], known.symbols, A_SYMBOL), beta)


def read_symbol(entry: Written) -> str:
    """A symbol that the file may name beside the configured ones.

    Raises:
        BadInput: it is none.
    """
    name = text(entry)
    try:
        return Series("venue", name, "1d").symbol
    except BadInput as error:
        raise BadInput(f"{entry.place}: {error}") from error
