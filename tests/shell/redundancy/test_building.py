"""Feeds by the configuration: which, in which order, and with which symbols."""

from pathlib import Path

import pytest
from fake_feeds import RULES, FakeFeed, TurningClock
from pydantic import ValidationError

from conf.schema.feeds import FeedsConfig
from data.journal import Journal
from models.types import BadInput, Series
from tasks.bootstrap import build_desk
from tasks.ports import Feed
from tasks.session.desk import Desk
from tasks.session.feeds import FailoverFeed, SingleFeed, backups_of, failover_for, feeds_in_use

BTC = Series("binance", "BTC/USDT", "1h")
ETH = Series("binance", "ETH/USDT", "1h")


@pytest.fixture
def desk(keel_home: Path, conf_folder: Path) -> Desk:
    (conf_folder / "local.yaml").write_text(
        "venues:\n"
        "  binance:\n"
        "    backups: [{venue: bitget}, {venue: kraken}]\n"
        "    instruments:\n"
        "      ETH/USDT: {tick: 0.01, lot: 0.0001, min_notional: 5.0, backups: [{venue: kraken, symbol: ETH/USD}]}\n"
        "      XRP/USDT: {tick: 0.0001, lot: 0.1, min_notional: 5.0, backups: []}\n"
    )
    return build_desk(as_of=1)


def test_backups_are_the_venues_or_the_symbols_own(desk: Desk) -> None:
    def named(series: Series) -> list[tuple[str, str | None]]:
        return [(one.venue, one.symbol) for one in backups_of(desk, series)]

    assert named(BTC) == [("bitget", None), ("kraken", None)]
    assert named(ETH) == [("kraken", "ETH/USD")]
    assert named(Series("binance", "XRP/USDT", "1h")) == []
    assert named(Series("binance", "DOGE/USDT", "1h")) == named(BTC)
    assert named(Series("sample", "SP500", "1d")) == []
    assert feeds_in_use(desk, (BTC, ETH)) == ("binance", "bitget", "kraken")


class Builder:
    """Builds fakes and remembers what for; some cannot be built."""

    def __init__(self, *broken: str) -> None:
        self.broken, self.asked = broken, list[tuple[str, str]]()

    def __call__(self, venue: str, symbol: str) -> Feed:
        self.asked.append((venue, symbol))
        if venue in self.broken:
            raise BadInput(f"{venue} wants keys")
        return FakeFeed(venue, TurningClock(0))


def test_the_venue_comes_first_and_its_backups_after_it(desk: Desk, journal: Journal) -> None:
    build = Builder()
    feed = failover_for(desk, BTC, build, journal, RULES)
    assert isinstance(feed, FailoverFeed)
    assert [(one.name, one.symbol) for one in feed.sources] == [
        (name, "BTC/USDT") for name in ("binance", "bitget", "kraken")
    ]
    assert build.asked == [("binance", "BTC/USDT"), ("bitget", "BTC/USDT"), ("kraken", "BTC/USDT")]
    assert (feed.calendar.name, feed.clock, feed.log.engine) == ("24/7", desk.clock, journal.engine)
    other = failover_for(desk, ETH, Builder(), journal, RULES)
    assert isinstance(other, FailoverFeed)
    assert [(one.name, one.symbol) for one in other.sources] == [("binance", "ETH/USDT"), ("kraken", "ETH/USD")]


def test_a_backup_that_cannot_be_built_is_left_out_and_the_venue_itself_is_not(desk: Desk, journal: Journal) -> None:
    feed = failover_for(desk, BTC, Builder("bitget"), journal, RULES)
    assert isinstance(feed, FailoverFeed)
    assert [one.name for one in feed.sources] == ["binance", "kraken"]
    assert isinstance(failover_for(desk, BTC, Builder("bitget", "kraken"), journal, RULES), SingleFeed)
    with pytest.raises(BadInput, match="binance wants keys"):
        failover_for(desk, BTC, Builder("binance"), journal, RULES)


def test_without_backups_it_is_one_feed_with_its_health(desk: Desk, journal: Journal) -> None:
    feed = failover_for(desk, Series("sample", "SP500", "1d"), Builder(), journal, RULES)
    assert isinstance(feed, SingleFeed)
    assert feed.name == "sample"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("deadline_seconds", 0.0, "greater than 0"),
        ("tolerance_bps", -1.0, "greater than 0"),
        ("late_bars", 0, "greater than or equal to 1"),
        ("down_minutes", 0.0, "greater than 0"),
        ("first_pause_seconds", 601.0, "longest_pause_seconds.found 600, allowed is first_pause_seconds .601. or more"),
        ("speed", 1.0, "Extra inputs"),
    ],
)
def test_settings_out_of_bounds_are_refused(key: str, value: float, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FeedsConfig.model_validate({**RULES.model_dump(), key: value})
