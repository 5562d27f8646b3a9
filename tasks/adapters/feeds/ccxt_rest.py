"""Public bars of a crypto venue by REST, through ccxt; no key is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ccxt
import numpy as np
import stamina

from models.types import BadInput, Bars, Unavailable, bar_micros
from tasks.ports import Page

PAGE = 1000
TIMEOUT_MS = 10_000


def build_exchange(venue: str, https_proxy: str | None, ca_file: str | None, timeout_ms: int = TIMEOUT_MS) -> Any:
    """The ccxt exchange of a venue: spot markets, public calls only, reached directly or through a proxy.

    Raises:
        BadInput: ccxt knows no such venue, or there is no file `ca_file`.
    """
    if venue not in ccxt.exchanges:
        raise BadInput(f"ccxt has no exchange {venue}; set the venue's feed to none, or name it as ccxt does")
    if ca_file and not Path(ca_file).is_file():
        raise BadInput(f"venue {venue}: there is no file {ca_file}; correct its ca_file")
    exchange = getattr(ccxt, venue)(
        {
            "timeout": timeout_ms,
            "enableRateLimit": True,
            "options": {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False},
        }
    )
    exchange.options["fetchCurrencies"] = False
    exchange.enableLastJsonResponse = True
    if https_proxy:
        exchange.httpsProxy = https_proxy
    if ca_file:
        exchange.validateServerSsl = ca_file
    return exchange


@dataclass(frozen=True, slots=True)
class CcxtFeed:
    """Bars of one venue. Reads are retried `attempts` times with growing, jittered pauses; nothing else is."""

    exchange: Any
    attempts: int = 3

    @property
    def name(self) -> str:
        """The venue's."""
        return str(self.exchange.id)

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Pages of at most PAGE bars, oldest first; the last may end with an unfinished bar.

        Without `since` the venue decides where history begins.
        """
        step = bar_micros(timeframe)
        self._require(symbol, timeframe)
        cursor = 0 if since is None else since
        while True:
            rows = self._read(self.exchange.fetch_ohlcv, symbol, timeframe, cursor // 1000, PAGE)
            fresh = [row for row in rows if row[0] * 1000 >= cursor]
            if not fresh:
                return
            yield Page(_bars(fresh), self.name)
            cursor = fresh[-1][0] * 1000 + step
            if len(rows) < 2:
                return

    def _require(self, symbol: str, timeframe: str) -> None:
        markets = self._read(self.exchange.load_markets)
        if symbol not in markets:
            base = symbol.split("/")[0]
            near = sorted(name for name in markets if name.split("/")[0] == base)[:8]
            hint = f"it has {', '.join(near)}" if near else f"it has {len(markets)} others, none of {base}"
            raise BadInput(f"{self.exchange.id} has no market {symbol}; {hint}")
        if timeframe not in (self.exchange.timeframes or {}):
            raise BadInput(f"{self.exchange.id} has no {timeframe} bars; it has {', '.join(self.exchange.timeframes)}")

    def _read(self, call: Any, *arguments: Any) -> Any:
        try:
            for attempt in stamina.retry_context(on=ccxt.NetworkError, attempts=self.attempts, timeout=None):
                with attempt:
                    self.exchange.last_json_response = {}  # as it stays when nothing has to be asked
                    answer = call(*arguments)
                    if self.exchange.last_json_response is None:
                        # A log-in page or half an answer: ccxt takes either for no markets and no bars.
                        raise ccxt.ExchangeNotAvailable("the answer is not JSON")
                    return answer
        except ccxt.BaseError as error:
            kind = type(error).__name__
            raise Unavailable(
                f"{self.exchange.id} did not give its bars ({kind}); check the network, or set the venue's https_proxy "
                "and ca_file, and run the command again"
            ) from error


def _bars(rows: list[list[float]]) -> Bars:
    table = np.array([[np.nan if figure is None else figure for figure in row[:6]] for row in rows], dtype=np.float64)
    return Bars(table[:, 0].astype(np.int64) * 1000, *(table[:, k].copy() for k in range(1, 6)))
