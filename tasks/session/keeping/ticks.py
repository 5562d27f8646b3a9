"""Ticks are tidied up: what a crash left, what is too old, and the many small parts of days that are over."""

from collections.abc import Mapping

from data.books import book_store
from data.lake import Lake
from data.news import news_store
from data.opportunities import opportunity_store
from data.tick_parts import compact_days, drop_before
from data.tick_writer import TickWriter
from data.ticks import Market, TickStore
from data.trades import trade_store
from models.types import Damaged, Unavailable
from models.types.timeframes import DAY
from tasks.session.keeping.tidied import Tidied


def keep_house(lake: Lake, keep_days: Mapping[str, float], now: int) -> list[Tidied]:
    """Tidy the ticks of every market up; `keep_days` by kind (trades, books, news, opportunities), `now` in UTC
    microseconds. `gone` are rows that were older than their retention.

    What cannot be trusted or is being written is left as it is, and named.
    """
    stores = {one.kind: one for one in (trade_store(lake), book_store(lake), news_store(lake), opportunity_store(lake))}
    return [
        _tidy(stores[kind], market, now - int(days * DAY), now)
        for kind, days in sorted(keep_days.items())
        for market in stores[kind].markets()
    ]


def _tidy(store: TickStore, market: Market, oldest: int, now: int) -> Tidied:
    dropped, joined, trouble = 0, 0, ""
    try:
        _roll_leftovers(store, market)
        dropped = drop_before(store.dataset(market), oldest)
        joined = compact_days(store.dataset(market), now, lambda _: None)
    except (Damaged, Unavailable) as error:
        trouble = str(error)
    return Tidied(store.kind, str(market), dropped, note=f"{joined} small parts joined", trouble=trouble)


def _roll_leftovers(store: TickStore, market: Market) -> None:
    """Roll the hot files of a recorder that is gone; one that is there rolls its own."""
    writer = TickWriter(store, market, lambda _: None)
    if writer.is_free():
        with writer:
            return
