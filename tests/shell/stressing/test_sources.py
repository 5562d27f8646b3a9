"""What a market did in a window: from its own bars, finer or coarser ones, or those of another market."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from stressed_lakes import CRYPTO, STOCKS, Lake, drawn, lake_desk, opens

from conf.scenarios import Proxy
from models.resampling import resample
from models.scenarios import Window, bars_from
from models.sessions import session_spans
from models.types import CALENDARS, BadInput, Bars, Series, parse_time
from models.types.timeframes import DAY, HOUR
from tasks.session.stressing.present import usual_volume
from tasks.session.stressing.sources import Past, Sources

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]

AAA = Series("binance", "AAA/USDT", "1d")
SPY = Series("alpaca", "SPY", "1d")
BTC = Proxy("kraken", "BTC/USD", 1.5)
# Wednesday to Wednesday.
WEEK = Window(parse_time("2021-03-03"), parse_time("2021-03-10"))


def sources(
    folder: Path,
    lake: Lake,
    betas: Mapping[str, tuple[Proxy, ...]] | None = None,
    book: Series = AAA,
    now: str = "2024-01-01",
) -> Sources:
    flags = CRYPTO if book.venue == "binance" else STOCKS
    desk = lake_desk(folder, lake, flags, now=parse_time(now))
    return Sources(desk, desk.calendar(book), book.timeframe, betas or {}, frozenset(desk.lake.series()))


def days(first: str, count: int, calendar: str = "24/7", seed: int = 1) -> Bars:
    return drawn(seed, opens(calendar, "1d", count, parse_time(first)))


def hours(first: str, count: int, seed: int = 1) -> Bars:
    return drawn(seed, opens("24/7", "1h", count, parse_time(first)), 0.004)


def test_candles_are_ratios_to_the_close_before_and_volumes_to_the_month_before(tmp_path):
    ts = parse_time("2021-02-01") + np.arange(60, dtype=np.int64) * DAY
    close = np.full(60, 80.0)
    bars = Bars(ts, close.copy(), close.copy(), close.copy(), close, np.where(np.arange(60) < 16, 1e6, 4.0))
    for at, figures in ((29, (100, 100, 100, 100)), (30, (90, 120, 45, 60)), (31, (60, 66, 55, 66))):
        for name, figure in zip(("open", "high", "low", "close"), figures, strict=True):
            getattr(bars, name)[at] = figure
    bars.volume[30:32] = 8.0, 1.0
    found = sources(tmp_path, {AAA: bars}).past(AAA, "crypto", Window(int(ts[30]), int(ts[32])))
    assert found.proxy == ""
    assert found.ts.tolist() == ts[30:32].tolist()
    candles = found.candles
    np.testing.assert_allclose(np.exp(candles.gap), [0.9, 1.0], rtol=1e-14)
    np.testing.assert_allclose(np.exp(candles.body), [60 / 90, 1.1], rtol=1e-14)
    np.testing.assert_allclose(np.exp(candles.up), [120 / 90, 1.0], rtol=1e-14)
    np.testing.assert_allclose(np.exp(candles.down), [60 / 45, 60 / 55], rtol=1e-14)
    # Of the thirty days before, sixteen had a million and fourteen had four.
    np.testing.assert_allclose(candles.volume, [8e-6, 1e-6], rtol=1e-14)


def test_the_usual_volume_is_the_median_of_thirty_days():
    ts = np.arange(100, dtype=np.int64) * DAY
    volume = np.where(np.arange(100) < 69, 1.0, np.where(np.arange(100) % 2 == 0, 10.0, 20.0))
    bars = Bars(ts, *[np.ones(100)] * 4, volume)
    assert usual_volume(bars, int(ts[99])) == 15.0
    assert usual_volume(bars, int(ts[98])) == 15.0
    assert np.isnan(usual_volume(Bars(ts, *[np.ones(100)] * 4, np.zeros(100)), int(ts[99])))
    assert np.isnan(usual_volume(Bars(ts, *[np.ones(100)] * 4, np.full(100, np.nan)), int(ts[99])))
    assert np.isnan(usual_volume(bars, int(ts[0])))


OWN, FINER, COARSER = (
    days("2021-01-01", 100, seed=1),
    hours("2021-01-01", 2400, seed=2),
    days("2021-01-01", 100, seed=3),
)
FINEST = drawn(4, opens("24/7", "30m", 4800, parse_time("2021-01-01")), 0.003)


def closes(past: Past) -> list[float]:
    """As they follow a close of 1."""
    return bars_from(past.candles, past.ts, 1.0, 1.0).close.tolist()


def expected(bars: Bars, window: Window = WEEK) -> list[float]:
    first, last = np.searchsorted(bars.ts, [window.begin, window.end])
    return (bars.close[first:last] / bars.close[first - 1]).tolist()


def test_own_bars_come_before_finer_ones_and_the_coarsest_of_those_first(tmp_path):
    one, two, three = (Series("binance", "AAA/USDT", name) for name in ("1d", "1h", "30m"))
    lakes = ({one: OWN, two: FINER, three: FINEST}, {two: FINER, three: FINEST}, {three: FINEST})
    for number, lake in enumerate(lakes):
        found = sources(tmp_path / str(number), lake).past(one, "crypto", WEEK)
        used = next(iter(lake))
        whole = lake[used] if used == one else resample(lake[used], used.timeframe, "1d").bars
        assert closes(found) == pytest.approx(expected(whole), rel=1e-12)
        inside = whole.rows((whole.ts >= WEEK.begin) & (whole.ts < WEEK.end))
        month = whole.volume[(whole.ts < WEEK.begin) & (whole.ts >= WEEK.begin - 30 * DAY)]
        assert found.candles.volume == pytest.approx(inside.volume / np.median(month), rel=1e-12)
        assert found.ts.tolist() == inside.ts.tolist()


def test_coarser_bars_are_spread_out_and_make_the_same_bars_again(tmp_path):
    hourly = Series("binance", "AAA/USDT", "1h")
    found = sources(tmp_path, {AAA: OWN}, book=hourly).past(hourly, "crypto", WEEK)
    assert found.ts.tolist() == list(range(WEEK.begin, WEEK.end, HOUR))
    first, last = np.searchsorted(OWN.ts, [WEEK.begin, WEEK.end])
    usual = float(np.median(OWN.volume[first - 30 : first])) / 24.0
    bars = bars_from(found.candles, found.ts, float(OWN.close[first - 1]), usual)
    again, whole = resample(bars, "1h", "1d").bars, OWN.rows(slice(first, last))
    for name in Bars.__slots__:
        np.testing.assert_allclose(getattr(again, name), getattr(whole, name), rtol=1e-12)


def test_a_session_is_spread_over_its_own_hours_half_days_too(tmp_path):
    hourly = Series("alpaca", "SPY", "1h")
    bars = days("2021-09-01", 90, "XNYS")
    window = Window(parse_time("2021-11-22"), parse_time("2021-12-01"))
    found = sources(tmp_path, {SPY: bars}, book=hourly).past(hourly, "stocks", window)
    counts = np.unique(found.ts // DAY, return_counts=True)[1].tolist()
    assert counts == [7, 7, 7, 4, 7, 7]
    again = resample(
        bars_from(found.candles, found.ts, 1.0, 1.0),
        "1h",
        "1d",
        session_spans(CALENDARS["XNYS"], window.begin, window.end),
        window.end,
    ).bars
    assert again.close.tolist() == pytest.approx(expected(bars, window), rel=1e-12)
    assert again.ts.tolist() == bars.ts[(bars.ts >= window.begin) & (bars.ts < window.end)].tolist()


def test_finer_sessions_become_days(tmp_path):
    hourly = drawn(3, opens("XNYS", "1h", 700, parse_time("2021-01-01")), 0.004)
    found = sources(tmp_path, {Series("alpaca", "SPY", "1h"): hourly}, book=SPY).past(SPY, "stocks", WEEK)
    assert [one // DAY * DAY for one in found.ts.tolist()] == found.ts.tolist()
    assert found.ts.size == 5
    last = np.searchsorted(hourly.ts, WEEK.end) - 1
    before = np.searchsorted(hourly.ts, WEEK.begin) - 1
    assert closes(found)[-1] == pytest.approx(float(hourly.close[last] / hourly.close[before]), rel=1e-12)


def proxied(folder: Path, *lacking: str) -> Past:
    """Of AAA, which has no bars of the week, by the first that has: its own proxies before those of its class."""
    lake = {
        AAA: days("2022-01-01", 50),
        Series("kraken", "BTC/USD", "1h"): hours("2021-02-01", 2000, seed=5),
        Series("coinbase", "ETH/USD", "1d"): days("2021-02-01", 90, seed=6),
        Series("alpaca", "SPY", "1d"): days("2021-02-01", 90, "XNYS", seed=7),
    }
    late = {one: days("2023-01-01", 9) if one.symbol in lacking else bars for one, bars in lake.items()}
    betas = {
        "AAA/USDT": (Proxy("binance", "NONE/USDT", 9.0), BTC),
        "crypto": (Proxy("coinbase", "ETH/USD", -0.5), Proxy("alpaca", "SPY", 3.0)),
    }
    return sources(folder, late, betas).past(AAA, "crypto", WEEK)


def test_proxies_stand_in_in_their_order_times_their_beta(tmp_path):
    first, second, third = (
        proxied(tmp_path / "a"),
        proxied(tmp_path / "b", "BTC/USD"),
        proxied(tmp_path / "c", "BTC/USD", "ETH/USD"),
    )
    assert [first.proxy, second.proxy, third.proxy] == [
        "1.5 x kraken BTC/USD",
        "-0.5 x coinbase ETH/USD",
        "3 x alpaca SPY",
    ]
    hourly = resample(hours("2021-02-01", 2000, seed=5), "1h", "1d").bars
    for past, bars, beta in ((first, hourly, 1.5), (second, days("2021-02-01", 90, seed=6), -0.5)):
        assert closes(past) == pytest.approx(np.power(expected(bars), beta), rel=1e-12)
        first_row = int(np.searchsorted(bars.ts, WEEK.begin))
        move = np.log(bars.open[first_row] / bars.close[first_row - 1])
        assert past.candles.gap[0] == pytest.approx(beta * move, rel=1e-9)
    # A market that never closes has no bars where its proxy has none.
    assert third.ts.tolist() == [parse_time(f"2021-03-{day:02d}") for day in (3, 4, 5, 8, 9)]


def test_hours_of_a_session_lie_on_the_grid_of_a_market_that_never_closes(tmp_path):
    hourly = Series("binance", "AAA/USDT", "1h")
    lake = {Series("alpaca", "SPY", "1h"): drawn(3, opens("XNYS", "1h", 700, parse_time("2021-01-01")), 0.004)}
    past = sources(tmp_path, lake, {"crypto": (Proxy("alpaca", "SPY", 1.0),)}, hourly).past(hourly, "crypto", WEEK)
    assert set((past.ts % HOUR).tolist()) == {0}
    assert past.ts[:8].tolist() == [parse_time(f"2021-03-03T{hour}:00") for hour in range(14, 21)] + [
        parse_time("2021-03-04T14:00")
    ]


def test_an_exchange_asset_takes_no_market_of_another_calendar(tmp_path):
    lake = {SPY: days("2022-01-01", 50, "XNYS"), Series("kraken", "BTC/USD", "1d"): days("2021-01-01", 100)}
    with pytest.raises(BadInput) as refused:
        sources(tmp_path, lake, {"stocks": (BTC,)}, SPY).past(SPY, "stocks", WEEK)
    assert "alpaca SPY (XNYS) has 1d 2022-01-03 to 2022-03-15" in str(refused.value)
    assert "kraken BTC/USD (24/7) has 1d 2021-01-01 to 2021-04-10" in str(refused.value)
    assert "2021-03-03 to 2021-03-10" in str(refused.value)


def without(bars: Bars, first: str, last: str) -> Bars:
    """Without the days from `first` to `last`, both included."""
    return bars.rows((bars.ts < parse_time(first)) | (bars.ts > parse_time(last)))


@pytest.mark.parametrize(
    ("bars", "there"),
    [
        (OWN, True),
        (without(OWN, "2021-03-03", "2021-03-05"), True),
        (without(OWN, "2021-03-07", "2021-03-20"), True),
        (without(OWN, "2021-03-05", "2021-03-08"), False),  # of seven days three are left
        (without(OWN, "2021-01-01", "2021-03-02"), False),  # no close before
        (without(OWN, "2021-02-24", "2021-03-02"), False),  # an old close before
        (without(OWN, "2021-02-25", "2021-03-02"), True),
        (without(OWN, "2021-03-03", "2021-03-09"), False),
    ],
)
def test_what_covers_a_week(tmp_path, bars, there):
    given = sources(tmp_path, {AAA: bars})
    if there:
        inside = bars.ts[(bars.ts >= WEEK.begin) & (bars.ts < WEEK.end)]
        assert given.past(AAA, "crypto", WEEK).ts.tolist() == inside.tolist()
    else:
        with pytest.raises(BadInput, match="AAA/USDT"):
            given.past(AAA, "crypto", WEEK)


@pytest.mark.parametrize(("missing", "there"), [(5, True), (6, False)])
def test_few_bars_may_be_missing_at_either_end(tmp_path, missing, there):
    """Of the twenty days before the 25th, and from it on."""
    middle = parse_time("2021-03-25")
    early = OWN.rows((OWN.ts < middle - missing * DAY) | (OWN.ts >= middle))
    late = OWN.rows((OWN.ts < middle) | (OWN.ts >= middle + missing * DAY))
    for bars, window in ((early, Window(middle - 20 * DAY, middle)), (late, Window(middle, middle + 16 * DAY))):
        given = sources(tmp_path / str(window.begin), {AAA: bars})
        if there:
            assert given.past(AAA, "crypto", window).ts.size == (window.end - window.begin) // DAY - missing
        else:
            with pytest.raises(BadInput, match="AAA/USDT"):
                given.past(AAA, "crypto", window)


def test_a_market_that_the_lake_does_not_have_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"binance AAA/USDT .24/7. has no bars in the lake; kraken BTC/USD"):
        sources(tmp_path, {}, {"crypto": (BTC,)}).past(AAA, "crypto", WEEK)


def test_what_became_known_later_is_not_there_yet(tmp_path):
    with pytest.raises(BadInput, match="2021-01-01 to 2021-03-08"):
        sources(tmp_path, {AAA: OWN}, now="2021-03-09T12:00").past(
            AAA, "crypto", Window(WEEK.begin, WEEK.end + 9 * DAY)
        )
