"""Running a backtest: the book over its window, on walk-forward predictions."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.engine import Panel, Run, first_state, run_backtest
from models.engine.trades import trades_of
from models.portfolio import Trade, bar_returns, cash, doubts, intervals
from models.regime import RegimeHistory, regime_history
from models.types import BadInput, Damaged, IntArray, bars_per_year, iso
from tasks.ports import Tracker
from tasks.session.backtesting.dearer import with_costs
from tasks.session.backtesting.measuring import holding, measured, outside_trades, refusals
from tasks.session.backtesting.report import BacktestReport, Provenance
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import book_inputs
from tasks.session.learning.speaking import Manner, Spoken, in_sample_of, spoken_of, usable_card
from tasks.session.learning.training import train_models
from tasks.session.learning.versions import versions_text
from tasks.session.market import MarketView, market_view
from tasks.session.routing import models_for

# Intervals are the same each time: one seed, and as many replicates as make them stable.
SEED = 20_260_101
REPLICATES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """What a backtest runs on.

    Attributes:
        views: one of each series of the book.
        said: of each of its traded series what its models said in advance.
        regimes: of each traded series.
    """

    book: Book
    views: tuple[MarketView, ...]
    said: tuple[Spoken, ...]
    regimes: tuple[RegimeHistory, ...]

    @property
    def first_prediction(self) -> int:
        """Open of the first bar that has an out-of-sample prediction, UTC microseconds."""
        known = [one.first for one in self.said if one.first is not None]
        if not known:
            names = ", ".join(str(one) for one in self.book.models)
            raise BadInput(
                f"no model has said anything about {names}; bring more history into the lake, or run keel train"
            )
        return min(known)

    @property
    def models(self) -> dict[str, str]:
        """Versions of each traded symbol's models, empty where there is none."""
        return {
            one.symbol: versions_text(spoken.cards, tuple(spoken.cards))
            for one, spoken in zip(self.book.models, self.said, strict=True)
        }


def backtest(
    desk: Desk,
    tracker: Tracker,
    start: int | None,
    end: int | None,
    report: Callable[[str], None],
    cost_multiple: float = 1.0,
) -> BacktestReport:
    """Run the configured book from `start` to `end` (UTC microseconds, both included), and measure what came of it.

    Without `start` it begins at the first bar that has an out-of-sample prediction. Where a symbol has no model of the
    present recipe, one is trained first. All that trading costs is `cost_multiple` times what the configuration says.

    Raises:
        BadInput: a series is not in the lake, has too few bars, or the window holds fewer than two bars.
    """
    if start is not None and end is not None and end < start:
        raise BadInput(f"the window ends ({iso(end)}) before it begins ({iso(start)}); exchange --start and --end")
    book = with_costs(configured_book(desk, timed=True), cost_multiple)
    data = {one.symbol: desk.bars.dataset(one).manifest().sha256 for one in book.series}
    market = market_of(desk, book, tracker, report)
    begin = market.first_prediction if start is None else start
    run = run_on(book, panel_of(desk, market, market.said, begin, end))
    told = run_on(book, panel_of(desk, market, told_of(desk, market), begin, end))
    calendar, ts = desk.calendar(book.series[0]), run.panel.ts
    per_year = bars_per_year(calendar, book.series[0].timeframe)
    trades = _trades(run, market)
    figures = measured(run, trades, per_year)
    profile = desk.loaded.settings.trading.profile
    return BacktestReport(
        book=book,
        run=run,
        trades=trades,
        per_year=per_year,
        out_of_sample=figures,
        in_sample=measured(told, _trades(told, market), per_year),
        intervals=intervals(
            bar_returns(run.equity), ts[1:], calendar.days_per_year, np.random.default_rng(SEED), REPLICATES
        ),
        hold=holding(book, market.views[: book.traded], ts, per_year),
        cash=cash(ts.size, book.capital, per_year),
        doubts=doubts(figures, trades, outside_trades(run, trades)),
        refused=refusals(run),
        provenance=Provenance(
            command=command_of("backtest", book, profile, ts, cost_multiple),
            profile=profile,
            cost_multiple=cost_multiple,
            config_version=desk.loaded.version,
            data_sha256=data,
            models=market.models,
            index_source={view.series.symbol: view.index_source for view in market.views},
        ),
    )


def market_of(desk: Desk, book: Book, tracker: Tracker, report: Callable[[str], None]) -> Market:
    """Views, what models said in advance, and regimes of a book's series; routed models are trained where they lack.

    Raises:
        Damaged: a model that is routed was changed after its training.
    """
    for series in book.models:
        lacking = [one for one in models_for(desk, series) if usable_card(desk, series, one) is None]
        if lacking:
            report(f"{series}: no {', '.join(lacking)} of this configuration yet, training first")
            train_models(desk, series, lacking, tracker, report)
    views = tuple(market_view(desk, series) for series in book.series)
    traded = views[: book.traded]
    said = tuple(sound_words(desk, view) for view in traded)
    regimes = tuple(regime_history(view.inputs, book.regimes) for view in traded)
    return Market(book, views, said, regimes)


def sound_words(desk: Desk, view: MarketView) -> Spoken:
    """What the models that any rule routes to the view's series said about its bars, all of it.

    Raises:
        Damaged: one of them was changed after its training.
    """
    spoken = spoken_of(desk, view, models_for(desk, view.series), Manner.COMPLETE)
    damaged = [text for model, text in spoken.troubles.items() if model not in spoken.cards]
    if damaged:
        raise Damaged("; ".join(damaged))
    return spoken


def told_of(desk: Desk, market: Market) -> tuple[Spoken, ...]:
    """Of each traded series what its final models say about the bars that they were trained on."""
    pairs = zip(market.views[: market.book.traded], market.said, strict=True)
    return tuple(in_sample_of(desk, view, said) for view, said in pairs)


def panel_of(desk: Desk, market: Market, said: tuple[Spoken, ...], start: int, end: int | None) -> Panel:
    """The book's bars from `start` to `end` with these predictions.

    Raises:
        BadInput: there are fewer than two bars.
    """
    edges = [Edges.none(len(view.bars)) for view in market.views]
    for k in range(market.book.traded):
        edges[k] = edges_of(desk, market.views[k], said[k])
    inputs = book_inputs(desk, market.book, market.views, edges, market.regimes)
    panel = inputs.panel(lambda one: (one.ts >= start) & (True if end is None else one.ts <= end))
    if panel.ts.size < 2:
        until = "the end" if end is None else iso(end)
        raise BadInput(f"there are fewer than two bars between {iso(start)} and {until}; give a longer window")
    return panel


def run_on(book: Book, panel: Panel) -> Run:
    """The book over the panel, from its capital in cash."""
    return run_backtest(panel, book.parameters, first_state(book.parameters.systems))


def command_of(name: str, book: Book, profile: str, ts: IntArray, cost_multiple: float) -> str:
    """The command of that name that runs on the same bars at the same costs."""
    series = book.series[0]
    words = ["keel", name, "--venue", series.venue]
    for one in book.models:
        words += ["--symbol", one.symbol]
    words += ["--timeframe", series.timeframe, "--profile", profile, "--start", iso(int(ts[0]))]
    words += ["--end", iso(int(ts[-1]))]
    return shlex.join(words if cost_multiple == 1.0 else [*words, "--costs", f"{cost_multiple:g}"])


def _trades(run: Run, market: Market) -> tuple[Trade, ...]:
    return trades_of(run.executions(), run.intents(), market.models)
