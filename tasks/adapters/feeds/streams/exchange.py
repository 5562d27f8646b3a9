"""The ccxt.pro exchange that a stream speaks through."""

from pathlib import Path
from typing import Any

from models.types import BadInput

TIMEOUT_MS = 10_000
# ccxt keeps the newest trades until they are asked for, and drops older ones without a word.
TRADES_KEPT = 10_000


def build_stream_exchange(venue: str, https_proxy: str | None, ca_file: str | None) -> Any:
    """A fresh ccxt.pro exchange: spot markets, public calls only; it has to be made inside the event loop's thread.

    Raises:
        BadInput: ccxt has no streams of this venue, or there is no file `ca_file`.
    """
    # Imported here: ccxt takes seconds, which whoever only names a stream need not pay.
    from ccxt import pro

    if venue not in pro.exchanges:
        raise BadInput(f"ccxt streams nothing of {venue}; leave the venue out of streaming")
    if ca_file and not Path(ca_file).is_file():
        raise BadInput(f"venue {venue}: there is no file {ca_file}; correct its ca_file")
    exchange = getattr(pro, venue)(
        {
            "timeout": TIMEOUT_MS,
            "enableRateLimit": True,
            "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False},
        }
    )
    exchange.options["fetchCurrencies"] = False
    exchange.options["tradesLimit"] = TRADES_KEPT
    if https_proxy:
        exchange.httpsProxy = https_proxy
        exchange.wssProxy = https_proxy
    if ca_file:
        exchange.cafile = ca_file
    return exchange
