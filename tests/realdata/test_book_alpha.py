"""The order book's pressure on eleven minutes of recorded books: as known, in its range, judged out of sample."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.alpha import ALPHA_SCORES, AlphaInputs, AlphaKind
from models.features import book_imbalance, compute_features, imbalance_as_known
from models.indicators import log_returns
from models.kernels import rolling_std
from models.predictors import WalkSettings, forward_returns, label_bars, walk
from models.types import CALENDARS, Bars, FloatArray, IntArray
from models.types.timeframes import MINUTE, SECOND

pytestmark = pytest.mark.realdata
SYMBOLS = ["BTCUSDT", "ETHUSDT"]
LEVELS = [1, 5, 20]
# Two seconds ahead: a book tells of the next moves, not of the next minutes.
WALK = WalkSettings(horizon=2, embargo=2, folds=3)


@dataclass(frozen=True)
class Recorded:
    """Seconds of the middle price, the changes of best bid and ask, and the books that came in between."""

    bars: Bars
    quotes: pd.DataFrame
    arrivals: IntArray
    bid: FloatArray
    ask: FloatArray


def _micros(column: "pd.Series[pd.Timestamp]") -> IntArray:
    return column.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _rows(folder: Path, name: str, symbol: str) -> pd.DataFrame:
    rows = pd.read_parquet(folder / f"{name}_2024-08-08.parquet")
    return rows[(rows.market == "spot") & (rows.symbol == symbol)].sort_values("ts", kind="stable")


def _bars(quotes: pd.DataFrame) -> Bars:
    """One bar a second, of the middle between best bid and ask; where nothing changed the price stayed."""
    middle = (quotes.bid_px + quotes.ask_px) / 2.0
    seconds = _micros(quotes.ts) // SECOND
    made = middle.groupby(seconds).agg(["first", "max", "min", "last"])
    made = made.reindex(np.arange(seconds[0], seconds[-1] + 1))
    made["last"] = made["last"].ffill()
    for name in ("first", "max", "min"):
        made[name] = made[name].fillna(made["last"])
    columns = (made[name].to_numpy(np.float64) for name in ("first", "max", "min", "last"))
    return Bars(made.index.to_numpy(np.int64) * SECOND, *columns, np.ones(len(made)))


@pytest.fixture(scope="module", params=SYMBOLS)
def recorded(request: pytest.FixtureRequest, market_data: Path) -> Recorded:
    books = _rows(market_data, "orderbook_binance_l2_20lvl_1s", request.param)
    quotes = _rows(market_data, "orderbook_binance_bbo_ticks", request.param)
    bid, ask = (books[[f"{side}_qty_{k}" for k in range(1, 21)]].to_numpy(np.float64) for side in ("bid", "ask"))
    return Recorded(_bars(quotes), quotes, _micros(books.ts), bid, ask)


def _pressure(recorded: Recorded, levels: int) -> FloatArray:
    bars = recorded.bars
    # No feature is read; nothing makes them of seconds, so they are given as minutes.
    minutes = Bars(bars.ts[0] + MINUTE * np.arange(len(bars)), bars.open, bars.high, bars.low, bars.close, bars.volume)
    features = compute_features(minutes, CALENDARS["24/7"], "1m", 5, 20, np.full(len(bars), np.nan))
    imbalance = book_imbalance(recorded.bid, recorded.ask, levels)
    known = imbalance_as_known(bars.ts, bars.ts + SECOND, recorded.arrivals, imbalance)
    return ALPHA_SCORES["pressure"](AlphaInputs(bars, features, known, np.full(len(bars), np.nan)))


@pytest.mark.parametrize("levels", LEVELS)
def test_it_is_that_of_the_newest_book_known_at_the_close(recorded: Recorded, levels: int) -> None:
    bars, score = recorded.bars, _pressure(recorded, levels)
    assert np.isfinite(score).sum() > 600
    assert np.nanmin(score) < -15.0
    assert np.nanmax(score) > 15.0
    assert np.nanmax(np.abs(score)) <= 25.0
    for t, opened in enumerate(bars.ts):
        within = np.flatnonzero((recorded.arrivals > opened) & (recorded.arrivals <= opened + SECOND))
        if within.size:
            bids, asks = (side[within[-1], :levels].cumsum()[-1] for side in (recorded.bid, recorded.ask))
            assert score[t] == 25.0 * ((bids - asks) / (bids + asks))
        else:
            assert np.isnan(score[t])


def test_later_books_change_nothing(recorded: Recorded) -> None:
    whole = _pressure(recorded, 1)
    for cut in (100, 431, 600):
        bars = recorded.bars.rows(slice(0, cut))
        known = recorded.arrivals <= bars.ts[-1] + SECOND
        part = Recorded(bars, recorded.quotes, recorded.arrivals[known], recorded.bid[known], recorded.ask[known])
        np.testing.assert_array_equal(_pressure(part, 1), whole[:cut])


def _correlation(score: FloatArray, outcome_bps: FloatArray) -> float:
    known = np.isfinite(score) & np.isfinite(outcome_bps)
    return float(np.corrcoef(score[known], outcome_bps[known])[0, 1])


def test_the_heavier_side_pushes_the_price_away(recorded: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    """By the next second's move. A book is up to a second old at the close, a quote milliseconds: it tells more."""
    quotes = recorded.quotes
    sizes = (quotes[[name]].to_numpy(np.float64) for name in ("bid_qty", "ask_qty"))
    newest = replace(recorded, arrivals=_micros(quotes.ts), **dict(zip(("bid", "ask"), sizes, strict=True)))
    ahead = forward_returns(recorded.bars, 1, None)
    by_books = [_correlation(_pressure(recorded, levels), ahead) for levels in LEVELS]
    by_quotes = _correlation(_pressure(newest, 1), ahead)
    with capsys.disabled():
        figures = ", ".join(f"{one:+.3f}" for one in by_books)
        print(f"\ncorrelation with the next second's move: books of {LEVELS} levels {figures}; quotes {by_quotes:+.3f}")
    assert min(by_books) > 0.1
    assert by_quotes > 0.25


@pytest.mark.parametrize("levels", LEVELS)
def test_it_walks_forward(recorded: Recorded, levels: int, capsys: pytest.CaptureFixture[str]) -> None:
    """What eleven minutes say out of sample is printed and not claimed; that they say nothing impossible is."""
    bars, score = recorded.bars, _pressure(recorded, levels)
    labels = label_bars(bars, WALK.horizon, rolling_std(log_returns(bars.close), 60), 0.5, None)
    walked = walk(AlphaKind("pressure"), bars.ts, score[:, None], labels, WALK, lambda _: None)
    said = walked.walk_forward
    assert said.spoken.sum() > 450
    assert (said.seen_until < bars.ts)[said.spoken].all()
    assert (np.isnan(said.edge_bps) == ~said.spoken).all()
    for fold, speaker in enumerate(walked.folds):
        rows = np.flatnonzero(said.fold == fold)
        np.testing.assert_array_equal(said.edge_bps[rows], speaker.edge.slope * score[rows])
        assert speaker.edge.slope >= 0.0
        # Nothing is promised where nobody is sure of anything.
        assert speaker.edge.confidence > 0.0 or not said.edge_bps[rows].any()
    with capsys.disabled():
        found = ", ".join("none" if one.out_of_sample is None else f"{one.out_of_sample:+.3f}" for one in walked.scores)
        sure = ", ".join(f"{one.edge.confidence:.2f}" for one in walked.folds)
        print(f"\n{len(bars)} seconds, {levels} levels: correlation by fold {found}; confidence {sure}")
