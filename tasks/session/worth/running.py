"""Measuring the worth of the split: the short-term system over the same bars, chosen for in different ways."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.engine import Panel, Run
from models.engine.trades import trades_of
from models.portfolio import Benchmark, bar_returns, cash, measure, yearly_excess
from models.types import FloatArray, IntArray, Regime, bars_per_year
from tasks.ports import Tracker
from tasks.session.backtesting.dearer import with_costs
from tasks.session.backtesting.measuring import holding, measured
from tasks.session.backtesting.running import Market, command_of, market_of, panel_of, run_on
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.worth.drawn import random_controllers
from tasks.session.worth.report import Rival, WorthReport
from tasks.session.worth.variants import alone, chosen_by, short_term
from tasks.session.worth.yearly import chosen_each_year

SEED = 20_260_102
REPLICATES = 300
DRAWN = 1000
ADAPTIVE, BY_REGIME = "adaptive controller", "regime-based controller"
CHOSEN = "best single specialist, chosen each year by its record"


def worth_of_the_split(
    desk: Desk,
    tracker: Tracker,
    start: int | None,
    end: int | None,
    report: Callable[[str], None],
    cost_multiple: float = 1.0,
    replicates: int = REPLICATES,
) -> WorthReport:
    """The short-term system of the configured book from `start` to `end` (as in `backtest`), on walk-forward
    predictions: under its controllers, with one specialist in all regimes, with regimes in a random order, and not at
    all. A random order is followed by everything: who is in charge, and the share that the position manager leaves.

    Raises:
        BadInput: as `backtest`, or there is no short-term system.
    """
    book = short_term(with_costs(configured_book(desk, timed=True), cost_multiple))
    market = market_of(desk, book, tracker, report)
    panel = panel_of(desk, market, market.said, market.first_prediction if start is None else start, end)
    controlled = {ADAPTIVE: run_on(chosen_by(book, True), panel), BY_REGIME: run_on(chosen_by(book, False), panel)}
    configured = ADAPTIVE if book.parameters.systems[0].controller.adaptive != 0.0 else BY_REGIME
    names = sorted(controlled, key=lambda name: name != configured)
    report(f"{replicates} random controllers")
    contest = _contest(desk, market, controlled[configured], panel)
    profile = desk.loaded.settings.trading.profile
    singles = {one.name.lower(): run_on(alone(book, one), panel) for one in Regime}
    curve, chosen = chosen_each_year({name: run.equity for name, run in singles.items()}, panel.ts)
    return WorthReport(
        command=command_of("backtest", book, profile, panel.ts, cost_multiple) + " --split",
        symbols=tuple(one.symbol for one in book.models),
        first=int(panel.ts[0]),
        last=int(panel.ts[-1]),
        bars=panel.ts.size,
        cost_multiple=cost_multiple,
        rivals=(
            *(contest.of_run(name, controlled[name]) for name in names),
            contest.of_curve(CHOSEN, curve),
            *_alone(contest, singles),
            *_idle(contest, book),
        ),
        random=random_controllers(book, panel, {name: controlled[name].equity for name in names}, replicates),
        judge=CHOSEN,
        chosen=chosen,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Contest:
    """What everything is measured by; `subject` is the equity of the configured controller."""

    market: Market
    ts: IntArray
    subject: FloatArray
    per_year: float
    days_per_year: int

    def of_run(self, name: str, run: Run, hindsight: bool = False) -> Rival:
        """A backtest."""
        trades = trades_of(run.executions(), run.intents(), self.market.models)
        found = measured(run, trades, self.per_year)
        return self._rival(name, hindsight, Benchmark(run.equity, found), True)

    def of_curve(self, name: str, equity: FloatArray) -> Rival:
        """An account that is put together from others."""
        found = measure(equity, (), np.zeros(equity.size), 0.0, 0.0, self.per_year)
        return self._rival(name, False, Benchmark(equity, found), False)

    def of_benchmark(self, name: str, benchmark: Benchmark) -> Rival:
        """Doing nothing clever."""
        return self._rival(name, False, benchmark, True)

    def _rival(self, name: str, hindsight: bool, one: Benchmark, whole: bool) -> Rival:
        returns, others = bar_returns(self.subject), bar_returns(one.equity)
        generator = np.random.default_rng(SEED)
        figures = one.metrics
        return Rival(
            name=name,
            hindsight=hindsight,
            total_return=figures.total_return,
            cagr=figures.cagr,
            sharpe=figures.sharpe,
            max_drawdown=figures.max_drawdown,
            exposure=figures.exposure if whole else None,
            costs=figures.costs if whole else None,
            trades=figures.trades if whole else None,
            excess=yearly_excess(returns, others, self.ts[1:], self.days_per_year, generator, DRAWN),
        )


def _contest(desk: Desk, market: Market, subject: Run, panel: Panel) -> _Contest:
    series = market.book.series[0]
    calendar = desk.calendar(series)
    per_year = bars_per_year(calendar, series.timeframe)
    return _Contest(market, panel.ts, subject.equity, per_year, calendar.days_per_year)


def _alone(contest: _Contest, singles: dict[str, Run]) -> list[Rival]:
    """Each specialist in all regimes; the best of them is known only in hindsight."""
    best = max(singles, key=lambda name: float(singles[name].equity[-1]))
    return [contest.of_run(f"{name} alone", run, hindsight=name == best) for name, run in singles.items()]


def _idle(contest: _Contest, book: Book) -> list[Rival]:
    held = holding(book, contest.market.views[: book.traded], contest.ts, contest.per_year)
    nothing = cash(contest.ts.size, book.capital, contest.per_year)
    return [contest.of_benchmark("holding", held), contest.of_benchmark("cash", nothing)]
