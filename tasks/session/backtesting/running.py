"""Running a backtest: the book over its window, on walk-forward predictions."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.model_files import ModelCard
from models.engine import Run, align, first_state, run_backtest
from models.engine.trades import trades_of
from models.portfolio import Metrics, Trade, bar_returns, cash, doubts, intervals
from models.predictors import Predictions
from models.predictors.predictions import NO_FOLD
from models.types import BadInput, IntArray, bars_per_year, iso
from tasks.ports import Tracker
from tasks.session.backtesting.measuring import holding, measured, outside_trades, refusals
from tasks.session.backtesting.report import BacktestReport, Provenance
from tasks.session.book import SYSTEM, Book, configured_book
from tasks.session.desk import Desk
from tasks.session.inputs import inputs_of
from tasks.session.market import MarketView, market_view
from tasks.session.modelling import in_sample_predictions, predictions_of, train_series, usable_card

# Intervals are the same each time: one seed, and as many replicates as make them stable.
SEED = 20_260_101
REPLICATES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class _Market:
    """What a backtest runs on, one of each symbol's: views, cards of the models, and what those said in advance."""

    book: Book
    views: tuple[MarketView, ...]
    cards: tuple[ModelCard | None, ...]
    said: tuple[Predictions, ...]


def backtest(
    desk: Desk, tracker: Tracker, start: int | None, end: int | None, report: Callable[[str], None]
) -> BacktestReport:
    """Run the configured book from `start` to `end` (UTC microseconds, both included), and measure what came of it.

    Without `start` it begins at the first bar that has an out-of-sample prediction. Where a symbol has no model of the
    present recipe, one is trained first.

    Raises:
        BadInput: a series is not in the lake, has too few bars, or the window holds fewer than two bars.
    """
    if start is not None and end is not None and end < start:
        raise BadInput(f"the window ends ({iso(end)}) before it begins ({iso(start)}); exchange --start and --end")
    data = {one.symbol: desk.bars.dataset(one).manifest().sha256 for one in configured_book(desk).series}
    market = _market(desk, tracker, report)
    book = market.book
    begin = _first_prediction(market.said) if start is None else start
    run = _run(desk, market, market.said, begin, end)
    told = _run(desk, market, _told(desk, market), begin, end)
    models = {
        symbol: "" if card is None else card.version for symbol, card in zip(book.symbols, market.cards, strict=True)
    }
    trades, figures = _outcome(desk, book, run, models)
    calendar, ts = desk.calendar(book.series[0]), run.panel.ts
    per_year = bars_per_year(calendar, book.series[0].timeframe)
    profile = desk.loaded.settings.trading.profile
    return BacktestReport(
        book=book,
        run=run,
        trades=trades,
        out_of_sample=figures,
        in_sample=_outcome(desk, book, told, models)[1],
        intervals=intervals(
            bar_returns(run.equity), ts[1:], calendar.days_per_year, np.random.default_rng(SEED), REPLICATES
        ),
        hold=holding(book, market.views, ts, per_year),
        cash=cash(ts.size, book.capital, per_year),
        doubts=doubts(figures, trades, outside_trades(run, book.parameters, trades)),
        refused=refusals(run),
        provenance=Provenance(
            command=_command(book, profile, ts),
            profile=profile,
            config_version=desk.loaded.version,
            data_sha256=data,
            models=models,
            index_source={view.series.symbol: view.index_source for view in market.views},
        ),
    )


def _market(desk: Desk, tracker: Tracker, report: Callable[[str], None]) -> _Market:
    book = configured_book(desk)
    for series in book.series:
        if usable_card(desk, series) is None:
            report(f"{series}: no model of this configuration yet, training one first")
            train_series(desk, series, tracker, report)
    views = tuple(market_view(desk, series) for series in book.series)
    cards = tuple(usable_card(desk, series) for series in book.series)
    said = tuple(predictions_of(desk, view, card) for view, card in zip(views, cards, strict=True))
    return _Market(book, views, cards, said)


def _run(desk: Desk, market: _Market, said: tuple[Predictions, ...], start: int, end: int | None) -> Run:
    inputs = []
    for view, predictions in zip(market.views, said, strict=True):
        one = inputs_of(desk, view, predictions)
        inputs.append(one.rows((one.ts >= start) & (True if end is None else one.ts <= end)))
    panel = align(tuple(inputs))
    if panel.ts.size < 2:
        until = "the end" if end is None else iso(end)
        raise BadInput(f"there are fewer than two bars between {iso(start)} and {until}; give a longer window")
    book = market.book
    return run_backtest(book.symbols, panel, book.parameters, first_state(book.capital, len(book.series)))


def _outcome(desk: Desk, book: Book, run: Run, models: dict[str, str]) -> tuple[tuple[Trade, ...], Metrics]:
    trades = trades_of(run.executions(), run.intents(), SYSTEM, models)
    series = book.series[0]
    return trades, measured(run, trades, bars_per_year(desk.calendar(series), series.timeframe))


def _first_prediction(said: tuple[Predictions, ...]) -> int:
    return min(int(one.ts[np.argmax(one.fold != NO_FOLD)]) for one in said)


def _told(desk: Desk, market: _Market) -> tuple[Predictions, ...]:
    return tuple(
        Predictions.none(view.bars.ts) if card is None else in_sample_predictions(desk, view, card)
        for view, card in zip(market.views, market.cards, strict=True)
    )


def _command(book: Book, profile: str, ts: IntArray) -> str:
    series = book.series[0]
    words = ["keel", "backtest", "--venue", series.venue]
    for symbol in book.symbols:
        words += ["--symbol", symbol]
    words += ["--timeframe", series.timeframe, "--profile", profile, "--start", iso(int(ts[0]))]
    return shlex.join([*words, "--end", iso(int(ts[-1]))])
