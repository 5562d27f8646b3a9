"""How much of a run is left when costs, timing and data are worse than they were."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conf.schema import ValidationConfig
from models.engine import Panel, Run
from models.engine.trades import trades_of
from models.portfolio import RoundTrip, Trade, round_trips
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import funded, whole_return
from models.types import FloatArray
from tasks.session.backtesting.dearer import with_costs
from tasks.session.backtesting.running import run_on
from tasks.session.book import Book
from tasks.session.inputs import BookInputs
from tasks.session.validating.figures import Beside, Brief, Cases, Draws, spread_of
from tasks.session.validating.ground import Ground
from tasks.session.validating.measuring import brief_of
from tasks.session.validating.worsening import late, without_bars


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A profile's run on one of its two kinds of edges."""

    book: Book
    inputs: BookInputs
    panel: Panel
    run: Run
    trades: tuple[Trade, ...]
    trips: tuple[RoundTrip, ...]


def side_of(book: Book, inputs: BookInputs, ground: Ground, models: Mapping[str, str]) -> Side:
    """The run as it is."""
    panel = ground.panel(inputs)
    run = run_on(book, panel)
    trades = trades_of(run.executions(), run.intents(), models)
    return Side(book, inputs, panel, run, trades, round_trips(trades))


def cases_of(honest: Side, told: Side, ground: Ground, tried: ValidationConfig, step: Callable[[str], None]) -> Cases:
    """Everything that is to be tried, on both sides; `step` hears of each."""
    sides = honest, told
    costs, delays, missing = {}, {}, {}
    for multiple in tried.costs:
        step(f"costs times {multiple:g}")
        costs[multiple] = Beside(*(at_costs(side, ground, multiple) for side in sides))
    for bars in (0, *tried.delays):
        step(f"predictions and regimes {bars} bars late")
        delays[bars] = Beside(*(delayed(side, ground, bars) for side in sides))
    for share in (0.0, *tried.missing):
        step(f"{100.0 * share:g}% of the bars missing")
        missing[share] = Beside(*(thinned(side, ground, share, tried.draws) for side in sides))
    return Cases(costs, delays, missing)


def count_of(tried: ValidationConfig) -> int:
    """How often `cases_of` takes a step."""
    return len(tried.costs) + len(tried.delays) + len(tried.missing) + 2


def at_costs(side: Side, ground: Ground, multiple: float) -> Brief:
    """At so many times the costs."""
    return brief_of(run_on(with_costs(side.book, multiple), side.panel), ground.per_year)


def delayed(side: Side, ground: Ground, bars: int) -> Brief:
    """With predictions and regimes so many bars late."""
    return brief_of(run_on(side.book, ground.panel(late(side.inputs, bars))), ground.per_year)


def thinned(side: Side, ground: Ground, share: float, draws: int) -> Draws:
    """With a share of the bars gone, others in each draw. Where none is gone one draw says all."""
    found = [_without(side, ground, share, draw) for draw in range(draws if share > 0.0 else 1)]
    returns, depths = [whole_return(one) for one in found], [deepest_drawdown(one) for one in found]
    return Draws(len(found), spread_of(returns), spread_of(depths))


def _without(side: Side, ground: Ground, share: float, draw: int) -> FloatArray:
    """Equity of a run, shape (n_times,)."""
    return funded(run_on(side.book, without_bars(side.inputs, ground, share, draw)).equity)
