"""What is particular to one venue: windows, limits, tokens, stamps."""

import time
from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from itertools import islice
from pathlib import Path

import pytest
from venues.alpaca import Alpaca
from venues.base import Loopback
from venues.binance import Binance
from venues.bitget import Bitget
from venues.coinbase import Coinbase
from venues.coingecko import Coingecko
from venues.cryptocompare import Cryptocompare
from venues.index_files import IndexFiles
from venues.kraken import Kraken
from venues.tape import DAY_MS, FIRST, HOUR_MS, MINUTE_MS, Tape, hours

from models.actions import ActionKind, CorporateAction
from models.types import BadInput, Unavailable, parse_time
from tasks.adapters.feeds import BUILDERS, build_any_venue
from tasks.adapters.feeds.alpaca import build as build_alpaca
from tasks.adapters.venues import Access
from tasks.ports import Feed

Serve = Callable[[Loopback, int], Access]


def _opens(feed: Feed, symbol: str, timeframe: str, since: int | None) -> list[int]:
    """In milliseconds."""
    return [int(stamp) // 1000 for page in feed.pages(symbol, timeframe, since) for stamp in page.bars.ts]


def _expected(tape: Tape, step: int) -> list[int]:
    return [one.begin for one in tape.candles(step, 0, FIRST * 2)]


def test_binance_pages_by_a_thousand_from_where_the_last_bar_ended(serve: Serve) -> None:
    told = Binance(tape=hours(2500))
    feed = BUILDERS["binance"](serve(told, FIRST + 2500 * HOUR_MS - 1))
    assert [len(page.bars) for page in feed.pages("BTC/USDT", "1h", FIRST * 1000)] == [1000, 1000, 500]
    asked = told.of("/klines")
    assert [int(one.query["startTime"]) for one in asked] == [FIRST + k * 1000 * HOUR_MS for k in range(3)]
    assert {one.query["limit"] for one in asked} == {"1000"}
    assert not asked[0].headers["X-MBX-APIKEY"]
    assert [one.path for one in told.asked[:2]] == ["/api/v3/exchangeInfo", "/api/v3/klines"]


HOLED = Tape(((FIRST, FIRST + 40 * HOUR_MS), (FIRST + 200 * DAY_MS, FIRST + 200 * DAY_MS + 30 * HOUR_MS)))


@pytest.mark.parametrize(
    ("name", "server", "symbol"),
    [
        ("binance", Binance, "BTC/USDT"),
        ("coinbase", Coinbase, "BTC/USD"),
        ("bitget", Bitget, "BTC/USDT"),
        ("cryptocompare", Cryptocompare, "BTC/USD"),
        ("alpaca", Alpaca, "SPY"),
    ],
)
@pytest.mark.parametrize("since", [FIRST * 1000, (FIRST - 400 * DAY_MS) * 1000, None])
def test_years_without_a_bar_do_not_end_the_paging(
    since: int | None, name: str, server: type[Loopback], symbol: str, serve: Serve
) -> None:
    told = server(tape=HOLED)
    feed = BUILDERS[name](serve(told, HOLED.spans[-1][1] - 1))
    step, timeframe = (30 * MINUTE_MS, "30m") if name == "alpaca" else (HOUR_MS, "1h")
    assert _opens(feed, symbol, timeframe, since) == _expected(HOLED, step)
    assert len(told.asked) < 70


@pytest.mark.parametrize(
    ("name", "server", "symbol"), [("binance", Binance, "BTC/USDT"), ("coinbase", Coinbase, "BTC/USD")]
)
def test_any_venue_of_ccxt_pages_right_without_being_described(
    name: str, server: type[Loopback], symbol: str, serve: Serve
) -> None:
    feed = build_any_venue(name, serve(server(tape=HOLED), HOLED.spans[-1][1] - 1))
    assert feed.name == name
    assert _opens(feed, symbol, "1h", None) == _expected(HOLED, HOUR_MS)


def test_a_venue_that_gives_more_levels_than_asked_for(serve: Serve) -> None:
    class Generous(Binance):
        def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
            return super().answer(path, {**query, "limit": "30"}, tape, headers)

    book = build_any_venue("binance", serve(Generous(), FIRST)).book("BTC/USDT", 3)
    assert book.bids.shape == book.asks.shape == (3, 2)


def test_any_venue_has_to_be_one_with_bars(serve: Serve) -> None:
    access = serve(Binance(), FIRST)
    with pytest.raises(BadInput, match="ccxt has no exchange mtgox"):
        build_any_venue("mtgox", access)
    with pytest.raises(BadInput, match="blockchaincom gives no bars"):
        build_any_venue("blockchaincom", access)


def test_coinbase_is_never_asked_for_more_than_it_gives(serve: Serve) -> None:
    told = Coinbase(tape=hours(650))
    feed = BUILDERS["coinbase"](serve(told, FIRST + 650 * HOUR_MS - 1))
    assert len(_opens(feed, "BTC/USD", "1h", FIRST * 1000)) == 650
    spans = [(int(one.query["end"]) - int(one.query["start"])) // 3600 + 1 for one in told.of("/candles")]
    assert spans == [300, 300, 300]
    with pytest.raises(BadInput, match="coinbase has no 4h bars; it has 1m, 5m"):
        _opens(feed, "BTC/USD", "4h", None)


def test_a_hole_inside_a_day_is_crossed_without_going_back(serve: Serve) -> None:
    tape = Tape(((FIRST, FIRST + 10 * MINUTE_MS), (FIRST + 8 * HOUR_MS, FIRST + 8 * HOUR_MS + 5 * MINUTE_MS)))
    feed = BUILDERS["coinbase"](serve(Coinbase(tape=tape), FIRST + 9 * HOUR_MS))
    pages = list(islice(feed.pages("BTC/USD", "1m", FIRST * 1000), 4))
    assert [len(page.bars) for page in pages] == [10, 5]


def test_kraken_says_what_it_no_longer_gives(serve: Serve) -> None:
    told = Kraken(tape=hours(2000))
    feed = BUILDERS["kraken"](serve(told, FIRST + 2000 * HOUR_MS - 1))
    oldest = FIRST + 1280 * HOUR_MS
    with pytest.raises(BadInput, match=r"its last 720 1h bars of BTC/USD only, from 2020-02-23T08:00:00Z on, and was"):
        _opens(feed, "BTC/USD", "1h", (oldest - HOUR_MS) * 1000)
    assert _opens(feed, "BTC/USD", "1h", oldest * 1000) == [oldest + k * HOUR_MS for k in range(720)]
    assert _opens(feed, "BTC/USD", "1h", None)[0] == oldest
    assert len(told.of("/OHLC")) == 3


def test_a_young_market_of_kraken_has_no_hole(serve: Serve) -> None:
    feed = BUILDERS["kraken"](serve(Kraken(tape=hours(719)), FIRST + 719 * HOUR_MS - 1))
    assert len(_opens(feed, "BTC/USD", "1h", 0)) == 719


@pytest.mark.parametrize("inclusive", [True, False])
def test_bitget_gives_every_bar_whether_its_end_counts_or_not(inclusive: bool, serve: Serve) -> None:
    told = Bitget(tape=hours(500))
    told.inclusive = inclusive
    feed = BUILDERS["bitget"](serve(told, FIRST + 500 * HOUR_MS - 1))
    assert _opens(feed, "BTC/USDT", "1h", FIRST * 1000) == _expected(hours(500), HOUR_MS)
    asked = told.of("/history-candles")
    assert [one.query["limit"] for one in asked] == ["200"] * 3


def test_bitget_gives_recent_bars_from_its_other_endpoint(serve: Serve) -> None:
    now = int(time.time() * 1000) // HOUR_MS * HOUR_MS
    told = Bitget(tape=Tape(((now - 300 * HOUR_MS, now),)))
    feed = BUILDERS["bitget"](serve(told, now - 1))
    since = now - 300 * HOUR_MS
    assert _opens(feed, "BTC/USDT", "1h", since * 1000) == [since + k * HOUR_MS for k in range(300)]
    assert len(told.of("/market/candles")) == 2
    assert told.of("/history-candles") == []


def test_daily_bars_of_bitget_begin_at_midnight_utc(serve: Serve) -> None:
    told = Bitget(tape=hours(240))
    feed = BUILDERS["bitget"](serve(told, FIRST + 10 * DAY_MS - 1))
    assert len(_opens(feed, "BTC/USDT", "1d", FIRST * 1000)) == 10
    assert {one.query["granularity"] for one in told.of("candles")} == {"1Dutc"}


def test_alpaca_follows_tokens_through_pages_without_bars(serve: Serve) -> None:
    told = Alpaca(tape=hours(1200))
    told.page, told.empty_pages = 1000, 2
    feed = BUILDERS["alpaca"](serve(told, FIRST + 1200 * HOUR_MS - 1))
    assert _opens(feed, "SPY", "30m", FIRST * 1000) == _expected(hours(1200), 30 * MINUTE_MS)
    asked = told.of("/v2/stocks/bars")
    assert [one.query.get("page_token") for one in asked] == [None, "1.0", "0.0", "0.1000", "0.2000"]
    assert {(one.query["feed"], one.query["adjustment"]) for one in asked} == {("iex", "raw")}


def test_daily_bars_of_alpaca_are_stamped_with_their_session(serve: Serve) -> None:
    feed = BUILDERS["alpaca"](serve(Alpaca(tape=hours(240)), FIRST + 10 * DAY_MS))
    assert _opens(feed, "SPY", "1d", FIRST * 1000) == [FIRST + k * DAY_MS for k in range(10)]
    assert _opens(feed, "SPY", "1d", (FIRST + DAY_MS) * 1000)[0] == FIRST + DAY_MS


def test_hours_of_alpaca_do_not_begin_with_the_session(serve: Serve) -> None:
    feed = BUILDERS["alpaca"](serve(Alpaca(), FIRST))
    with pytest.raises(
        BadInput, match="alpaca has no 1h bars that begin with the session; it has 1m, 5m, 15m, 30m, 1d"
    ):
        _opens(feed, "SPY", "1h", None)


def test_splits_and_dividends_of_alpaca(serve: Serve) -> None:
    told = Alpaca()
    now = parse_time("2020-03-01")
    feed = build_alpaca(serve(told, now // 1000))
    split = CorporateAction("SPY", ActionKind.SPLIT, parse_time("2020-02-03"), parse_time("2020-02-03"), 7.0, 0.0)
    # It goes ex in nineteen days and is known today.
    dividend = CorporateAction("SPY", ActionKind.DIVIDEND, parse_time("2020-03-20"), now, 1.0, 1.57)
    assert feed.actions("SPY", None) == [split, dividend]
    assert feed.actions("SPY", parse_time("2020-02-04")) == [dividend]
    assert feed.actions("QQQ", None) == []
    assert [one.query.get("page_token") for one in told.asked[:2]] == [None, "1"]


def test_alpaca_needs_keys_and_says_which(serve: Serve) -> None:
    access = serve(Alpaca(), FIRST)
    with pytest.raises(BadInput, match=r"set ALPACA_API_KEY and ALPACA_SECRET_KEY in \.env"):
        build_alpaca(replace(access, keys=None))


def test_coingecko_stamps_bars_with_their_begin(serve: Serve) -> None:
    now = FIRST + 60 * DAY_MS
    told = Coingecko(tape=hours(60 * 24))
    feed = BUILDERS["coingecko"](serve(told, now))
    assert _opens(feed, "BTC/USD", "4h", None)[0] == now - 30 * DAY_MS
    assert _opens(feed, "BTC/USD", "30m", None)[0] == now - DAY_MS
    assert [one.query["days"] for one in told.asked] == ["30", "1"]
    with pytest.raises(BadInput, match="bars of the last 30 days only"):
        _opens(feed, "BTC/USD", "4h", (now - 31 * DAY_MS) * 1000)
    with pytest.raises(BadInput, match=r"is asked for ADA, AVAX.* not for PEPE/USD"):
        _opens(feed, "PEPE/USD", "4h", None)


def test_cryptocompare_keeps_minutes_for_a_week(serve: Serve) -> None:
    now = FIRST + 20 * DAY_MS - 1
    told = Cryptocompare(tape=hours(20 * 24))
    feed = BUILDERS["cryptocompare"](serve(told, now))
    assert _opens(feed, "BTC/USD", "1m", None)[0] == FIRST + 13 * DAY_MS
    with pytest.raises(BadInput, match="keeps minutes for seven days"):
        _opens(feed, "BTC/USD", "1m", FIRST * 1000)


def test_an_error_of_cryptocompare_is_none_of_bars(serve: Serve) -> None:
    class Busy(Cryptocompare):
        def answer(self, *_: object) -> object:
            return {"Response": "Error", "Message": "You are over your rate limit", "Type": 99, "Data": {}}

    access = serve(Busy(), FIRST)
    with pytest.raises(Unavailable, match="error type 99"):
        _opens(BUILDERS["cryptocompare"](access), "BTC/USD", "1h", None)
    assert access.limits.banned_until("cryptocompare") > 0


def test_an_index_file_of_this_machine(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "index.csv"
    file.write_text("Date,Open,High,Low,Close,Volume\n2020-01-03,2,3,1,2.5,7\n\n2020-01-02,1,2,0.5,1.5,6\n")
    told = IndexFiles()
    feed = BUILDERS["index_files"](replace(serve(told, FIRST), files={"MINE": str(file)}))
    (page,) = feed.pages("MINE", "1d", None)
    assert page.bars.ts.tolist() == [parse_time("2020-01-02"), parse_time("2020-01-03")]
    assert page.bars.volume.tolist() == [6.0, 7.0]
    assert page.bars.close.tolist() == [1.5, 2.5]
    assert page.venue_now is None
    assert told.asked == []
    file.write_text("Date,Close\n2020-01-03,2\n")
    with pytest.raises(BadInput, match=r"is no index file .*it needs columns DATE,OPEN,HIGH,LOW,CLOSE"):
        _opens(feed, "MINE", "1d", None)
    file.unlink()
    with pytest.raises(BadInput, match=r"cannot be read .No such file"):
        _opens(feed, "MINE", "1d", None)
