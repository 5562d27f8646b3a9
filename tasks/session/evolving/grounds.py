"""What a search of the configured book runs on: its bars before the held slice, and what rules depend on besides."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.engine import System, align, parameters_of
from models.evolution.ground import PERIODS, THRESHOLDS, Ground
from models.evolution.translating import Terms
from models.features import range_figures
from models.meta import plain_controller
from models.regime import regime_history
from models.types import BadInput, FloatArray, IntArray, Regime, bar_micros, bars_per_day, parse_time
from models.types.timeframes import DAY, HOUR
from tasks.ports import Tracker
from tasks.session.backtesting.running import Market, market_of
from tasks.session.book import SWING, Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.evolving.land import Land
from tasks.session.inputs import BookInputs, book_inputs
from tasks.session.market import MarketView

# Where the lake ends less than this behind held_from, the last bars are held instead.
LEAST_HELD = 90 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """The configured book and the land that its specialists are searched on."""

    book: Book
    land: Land


def terrain_of(desk: Desk, tracker: Tracker, report: Callable[[str], None]) -> Terrain:
    """Models are trained where they lack, as for a backtest.

    Raises:
        BadInput: the book has no short-term system, a series is not in the lake, or there are too few bars.
    """
    book = configured_book(desk, timed=True)
    system = next((one for one in book.parameters.systems if one.name == SWING), None)
    if system is None:
        raise BadInput("systems.swing.share is 0: there are no specialists to evolve; give it a share of the capital")
    market = market_of(desk, book, tracker, report)
    edges = [edges_of(desk, view, said) for view, said in zip(market.views, market.said, strict=False)]
    edges += [Edges.none(len(view.bars)) for view in market.views[book.traded :]]
    inputs = book_inputs(desk, book, market.views, edges, market.regimes)
    chosen = desk.loaded.settings.evolution
    grounds = tuple(_ground(book, system, market, inputs, column) for column in range(book.traded))
    begin, held_from = _window(grounds, parse_time(chosen.train_from), parse_time(chosen.held_from), chosen.held_share)
    return Terrain(book, Land(grounds, begin, held_from, {one: terms_of(desk, book, one) for one in Regime}))


def terms_of(desk: Desk, book: Book, specialist: Regime) -> Terms:
    """What the rules of a specialist depend on besides its genes."""
    settings, series = desk.loaded.settings, book.series[0]
    return Terms(
        bar_hours=bar_micros(series.timeframe) / HOUR,
        bars_per_day=float(bars_per_day(desk.calendar(series), series.timeframe)),
        share=settings.risk.regime_share.model_dump()[specialist.name.lower()],
        shorts=float(desk.venue(series.venue).shorts),
        entry_multiple=settings.risk.entry_cost_multiple,
    )


def _ground(book: Book, system: System, market: Market, inputs: BookInputs, column: int) -> Ground:
    view, one = market.views[column], inputs.symbols[column]
    panel = align((one,))
    slot = next(slot for slot in system.slots if slot.column == column)
    alone = replace(system, controller=plain_controller(), slots=(replace(slot, column=0, guide=0),))
    parameters = parameters_of((alone,), book.parameters.house)
    first = int(np.searchsorted(panel.ts, market.first_prediction))
    ground = Ground(slot.symbol, panel, parameters, system.capital, _ranges(view), _labels(view, book))
    return ground.rows(first, panel.ts.size)


def _ranges(view: MarketView) -> FloatArray:
    every = [range_figures(view.adjusted, view.features.atr, period) for period in PERIODS]
    return np.stack([np.column_stack((one.low, one.high, one.width, one.oscillator)) for one in every])


def _labels(view: MarketView, book: Book) -> IntArray:
    """Of each threshold; a detector that asks for none says the same at all of them."""
    if book.regimes.detector != "rules":
        return np.tile(regime_history(view.inputs, book.regimes).label, (len(THRESHOLDS), 1))
    every = [regime_history(view.inputs, replace(book.regimes, crisis_index=one)).label for one in THRESHOLDS]
    return np.stack(every)


def _window(grounds: tuple[Ground, ...], wanted: int, held: int, share: float) -> tuple[int, int]:
    """(open of the first training bar, open from which on bars are held): as is wanted where the lake reaches that far;
    else everything there is, without its last `share`.
    """
    ts = np.unique(np.concatenate([one.panel.ts for one in grounds]))
    if ts.size < 2:
        raise BadInput("there are no bars with a prediction in advance; bring more history into the lake")
    if int(ts[0]) < held <= int(ts[-1]) - LEAST_HELD:
        return int(ts[np.searchsorted(ts, wanted)]), held
    return int(ts[0]), int(ts[int(ts.size * (1.0 - share))])
