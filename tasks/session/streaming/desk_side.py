"""What the desk's settings and stores are for a run of streams."""

from conf.schema.streaming import StreamingConfig
from conf.schema.trading import TradingConfig
from data.catalogue import refresh_catalogue
from models.types import Bars, Series
from tasks.ports import Page
from tasks.session.desk import Desk
from tasks.session.intake import desk_flaws, take_in
from tasks.session.streaming.patience import Patience
from tasks.session.streaming.plan import Plan, Target


def plan_of(trading: TradingConfig, streaming: StreamingConfig) -> Plan:
    """The symbols of the configured book, its haven included, streamed as configured."""
    return Plan(
        symbols=(*trading.symbols, *(() if trading.haven is None else (trading.haven,))),
        kinds=streaming.kinds,
        timeframe=trading.timeframe,
        patience={kind: _patience(streaming, getattr(streaming.stale_seconds, kind)) for kind in streaming.kinds},
        flush_seconds=streaming.flush_seconds,
        roll_seconds=streaming.roll_seconds,
    )


def target_of(desk: Desk) -> Target:
    """The desk's lake; bars go through the same rules as those of an ingest."""

    def store(series: Series, bars: Bars) -> None:
        take_in(desk, series, Page(bars, series.venue), desk_flaws(desk, series, bars))
        refresh_catalogue(desk.lake)

    def last_bar(series: Series) -> int | None:
        parts = desk.bars.dataset(series).manifest().parts
        return parts[-1].last if parts else None

    return Target(desk.lake, store, last_bar)


def _patience(streaming: StreamingConfig, stale: float) -> Patience:
    return Patience(
        stale=stale,
        first_delay=streaming.first_delay_seconds,
        longest_delay=streaming.longest_delay_seconds,
        attempts=streaming.attempts,
        poll=streaming.poll_seconds,
    )
