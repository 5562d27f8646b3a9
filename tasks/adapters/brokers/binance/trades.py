"""Fills of a Binance account: by time the first page, by id the others."""

from models.types import Unavailable
from tasks.adapters.brokers.dialect import Ask, Raw

PAGE = 1000
MOST_PAGES = 1000


def trades(ask: Ask, symbol: str, since: int) -> list[Raw]:
    """Every fill from `since` (UTC microseconds) on, ascending.

    Raises:
        Unavailable: the venue did not say, or not all of them.
    """
    start = since // 1000
    page = _by_id(ask("trades", "fetch_my_trades", symbol, start, PAGE))
    told = list(page)
    if len(page) == PAGE:
        _require_oldest_first(ask, symbol, start, page)
    for _ in range(MOST_PAGES):
        if len(page) < PAGE:
            return told
        page = _by_id(ask("trades", "fetch_my_trades", symbol, None, PAGE, {"fromId": int(told[-1]["id"]) + 1}))
        told += page
    raise Unavailable(f"binance has more than {MOST_PAGES * PAGE} fills in {symbol}; ask for those of a later time")


def _require_oldest_first(ask: Ask, symbol: str, start: int, page: list[Raw]) -> None:
    # The documents do not say which end of a full page is cut off.
    first = ask("trades", "fetch_my_trades", symbol, start, 1)
    if [row["id"] for row in first] != [page[0]["id"]]:
        raise Unavailable(f"binance gave the newest fills in {symbol} only; ask for those of a later time")


def _by_id(rows: list[Raw]) -> list[Raw]:
    return sorted(rows, key=lambda row: int(row["id"]))
