"""Dated episodes and calendar years in the report on regimes."""

import numpy as np
import pytest
from regime_lake import NAMES

from data.regimes import Stored
from models.regime import Detected, RegimeHistory, RegimeSettings
from models.types import Series, parse_time
from models.types.timeframes import DAY, HOUR
from tasks.session.regimes import Kept, Labelling, RegimeReport, measured, report_tables, together
from tasks.session.regimes.episodes import past_of

VOLATILE, TRENDING, RANGING, CRISIS = range(4)
BTC = Series("binance", "BTC/USDT", "1h")


def said(context, trigger):
    """A history of which only the labels matter."""
    sides = [Detected(label, label, np.ones(label.size)) for label in (context, trigger)]
    return RegimeHistory(np.where(trigger == CRISIS, CRISIS, context), context, np.ones(context.size), *sides, {})


def hours(begin, end):
    return np.arange(parse_time(begin), parse_time(end), HOUR)


@pytest.fixture
def crash():
    """Hours of February and March 2020: ranging by day, and by hour a crisis from 10 March 12:00 to the 24th."""
    ts = hours("2020-02-01", "2020-04-01")
    alarm = (ts >= parse_time("2020-03-10T12:00")) & (ts < parse_time("2020-03-24"))
    return ts, said(np.full(ts.size, RANGING), np.where(alarm, CRISIS, TRENDING))


def test_an_episode_is_counted_on_the_bars_that_it_is_about(crash):
    (row,) = past_of("rules", BTC, *crash, 8760).episodes_json()
    assert (row["episode"], row["begin"], row["end"], row["by"]) == (
        "COVID crash",
        "2020-03-08",
        "2020-03-26",
        "trigger",
    )
    assert row["bars"] == 18 * 24
    assert row["share"] == {"volatile": 0.0, "trending": 1 - 324 / 432, "ranging": 0.0, "crisis": 324 / 432}
    assert (row["expected"], row["least"], row["most"], row["fulfilled"]) == ("crisis", 0.6, None, True)
    assert row["delay_bars"] == 60
    assert row["mean_bars"] == 432 / 3
    assert row["switches_per_year"] == pytest.approx(2 / 431 * 8760)


def test_the_context_is_asked_about_long_episodes():
    ts = hours("2022-01-01", "2023-01-01")
    ranging = np.where(np.arange(ts.size) % 2 == 0, RANGING, TRENDING)
    (row,) = past_of("hmm", BTC, ts, said(ranging, np.full(ts.size, CRISIS)), 8760).episodes_json()
    assert (row["episode"], row["by"], row["most"]) == ("bear 2022", "context", 0.5)
    assert row["share"]["ranging"] == 0.5
    assert row["fulfilled"] is False


def test_years_are_of_what_holds(crash):
    ts = hours("2019-12-31", "2020-01-02")
    label = np.where(np.arange(ts.size) < 30, TRENDING, CRISIS)
    years = past_of("rules", BTC, ts, said(label, np.full(ts.size, RANGING)), 8760).years_json()
    assert years == {
        "2019": {"volatile": 0.0, "trending": 1.0, "ranging": 0.0, "crisis": 0.0},
        "2020": {"volatile": 0.0, "trending": 0.25, "ranging": 0.0, "crisis": 0.75},
    }
    march = past_of("rules", BTC, *crash, 8760).years_json()["2020"]
    assert march["crisis"] == 324 / crash[0].size


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("BTC/USD", ["COVID crash", "bull run 2020-21", "bear 2022", "recovery 2023"]),
        ("XBT/USD", ["COVID crash", "bull run 2020-21", "bear 2022", "recovery 2023"]),
        ("BTC-USD", ["COVID crash", "bull run 2020-21", "bear 2022", "recovery 2023"]),
        ("SPY", ["financial crisis 2008-09", "sideways 2015-16", "COVID crash", "bear 2022"]),
        ("SP500", ["financial crisis 2008-09", "sideways 2015-16", "COVID crash", "bear 2022"]),
        ("^GSPC", ["financial crisis 2008-09", "sideways 2015-16", "COVID crash", "bear 2022"]),
        ("ETH/BTC", []),
        ("BTCUP/USDT", []),
        ("SPYG", []),
    ],
)
def test_episodes_are_those_of_the_market(symbol, expected):
    ts = np.arange(parse_time("2007-01-01"), parse_time("2024-06-01"), DAY)
    label = np.full(ts.size, RANGING)
    past = past_of("rules", Series("alpaca", symbol, "1d"), ts, said(label, label), 252)
    assert [row["episode"] for row in past.episodes_json()] == expected


def test_only_what_the_series_covers_is_told():
    ts = np.arange(parse_time("2020-03-20"), parse_time("2020-12-01"), DAY)
    label = np.full(ts.size, CRISIS)
    rows = past_of("rules", Series("binance", "BTC/USDT", "1d"), ts, said(label, label), 365).episodes_json()
    assert [(row["episode"], row["bars"]) for row in rows] == [("COVID crash", 6), ("bull run 2020-21", 61)]


def test_the_report_has_both_detectors_in_the_order_of_time(crash):
    ts, history = crash
    calm = said(np.full(ts.size, RANGING), np.full(ts.size, RANGING))
    histories = {"hmm": calm, "rules": history}
    words = tuple(Labelling(name, one.label, one.confidence) for name, one in histories.items())
    figures = tuple(measured(one, 8760) for one in words)
    pasts = tuple(past_of(name, BTC, ts, one, 8760) for name, one in histories.items())
    kept = Kept(BTC, RegimeSettings("hmm"), "realised volatility", dict.fromkeys(histories, Stored(1, ts.size, 0)))
    report = RegimeReport(kept, ts, np.ones(ts.size), words, figures, pasts, None)
    found = report.as_json()
    assert [(row["detector"], row["fulfilled"], row["delay_bars"]) for row in found["episodes"]] == [
        ("hmm", False, None),
        ("rules", True, 60),
    ]
    assert found["years"]["hmm"]["2020"]["ranging"] == 1.0
    assert together([report, report])["series"][0]["episodes"] == found["episodes"]
    tables = {one.key: one.rows for one in report_tables(report)}
    assert [row["by"] for row in tables["episodes"]] == ["hmm", "rules"]
    assert [row["crisis"] for row in tables["episodes"]] == [0.0, 0.75]
    assert tables["episodes"][0]["episode"] == "COVID crash, 2020-03-08 to 2020-03-26, its trigger"
    assert [row["came out"] for row in tables["persistence"]] == ["no", "yes"]
    assert [row["delay"] for row in tables["persistence"]] == [None, 60]
    assert tables["persistence"][0]["expected"] == "crisis >= 60%"
    assert tables["years-hmm"] == [{"year": 2020} | dict(zip(NAMES, (0.0, 0.0, 1.0, 0.0), strict=True))]
