"""A night of stress tests: twenty scenarios under three profiles on a book of fifty positions."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.bar_rows import Batch
from models.engine import Panel, State
from models.engine.panel import CLOSE
from models.engine.parameters import COLUMN
from models.engine.state import QUANTITY
from models.kernels import compiled
from models.portfolio import Position
from models.regime import regime_history
from models.scenarios import Scenario, Shock
from models.tails import Garch
from models.types import Bars, FloatArray, IntArray, Series, parse_time
from models.types.timeframes import DAY
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.market import MarketView, market_view
from tasks.session.stressing.books import Subject, subjects_of
from tasks.session.stressing.outcomes import Drawing
from tasks.session.stressing.panels import StressMarket, stress_market
from tasks.session.stressing.report import HELD
from tasks.session.stressing.running import through_all
from tasks.session.tails import Tails

SYMBOLS, DAYS, PROFILES = 50, 800, 3
START = parse_time("2020-01-01")
TARGET = 2.0
MEAN_SHARE = 0.015  # of the equity in each position
DRAWING = Drawing(paths=2000, horizon_days=1825, block_days=20.0)
GARCH = Garch(mu=0.05, omega=0.1, alpha=0.05, gamma=0.05, beta=0.9, nu=5.0)
LAST, COST, ENTRY, BEST, OWNER, CHARGE, MANDATE, SPENT, STOP = (
    Position._fields.index(name)
    for name in ("last", "cost", "entry", "best", "owner", "charge", "mandate", "spent", "stop")
)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A book of fifty positions and its market."""

    market: StressMarket
    subjects: tuple[Subject, ...]
    views: tuple[MarketView, ...]
    scenarios: tuple[Scenario, ...]


def bench_stress(place: Workplace) -> Figure:
    """Seconds from the present, which is loaded, to every row of the report, recovery times among them, on daily bars.

    The reference holds the same positions through the same bars, without anything that could act.
    """
    with _prepared(place) as prepared:
        panels = [prepared.market.stressed(one).panel for one in prepared.scenarios]
        seconds, _, ratio = paired_seconds(lambda: _ours(prepared), lambda: _reference(prepared, panels), rounds=3)
    name = "bare numba loop, the same positions held"
    target = f"<= {TARGET:g} s; daily bars, made scenarios, the present loaded"
    return Figure("stress", seconds, "s", name, ratio, target, seconds <= TARGET)


def _ours(prepared: Prepared) -> int:
    prepared.market.made.clear()
    found = through_all(
        prepared.market, prepared.subjects, prepared.views, prepared.scenarios, DRAWING, lambda *_: None
    )
    if len(found.rows) != PROFILES * len(prepared.scenarios):
        raise AssertionError(f"{len(found.rows)} rows of {PROFILES * len(prepared.scenarios)}: {found.wrong}")
    return len(found.rows)


def _reference(prepared: Prepared, panels: list[Panel]) -> float:
    return sum(
        held_through(
            np.ascontiguousarray(panel.prices[:, :, CLOSE]),
            subject.parameters.slots[:, COLUMN],
            subject.state.book[:, QUANTITY],
        )
        for panel in panels
        for subject in prepared.subjects
    )


@compiled
def held_through(close: FloatArray, columns: IntArray, quantity: FloatArray) -> float:
    """Deepest fall of the value of what is held; a price that is not known is the one before."""
    last = np.zeros(close.shape[1])
    peak, deepest = 0.0, 0.0
    for t in range(close.shape[0]):
        value = 0.0
        for k in range(close.shape[1]):
            if close[t, k] > 0.0:
                last[k] = close[t, k]
        for i in range(quantity.size):
            value += quantity[i] * last[columns[i]]
        peak = max(peak, value)
        if peak > 0.0:
            deepest = max(deepest, 1.0 - value / peak)
    return deepest


@contextmanager
def _prepared(place: Workplace) -> Iterator[Prepared]:
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        desk = _desk_of(place.make_desk, Path(name))
        book = configured_book(desk, timed=True)
        views = tuple(market_view(desk, one, known_by=desk.clock.now()) for one in book.series)
        regimes = tuple(regime_history(view.inputs, book.regimes) for view in views)
        full = subjects_of(desk, None, views, regimes)
        subjects = tuple(replace(one, book=HELD, state=_holding(one)) for one in full)
        yield Prepared(stress_market(desk, book, views, {}), subjects, views, scenarios())


def _desk_of(make_desk: Callable[[Path], Desk], folder: Path) -> Desk:
    """A desk whose book has fifty symbols with daily bars."""
    bare = make_desk(folder).at(START + DAYS * DAY)
    settings = bare.loaded.settings
    names = ("BTC/USDT", *(f"S{k:02d}/USDT" for k in range(1, SYMBOLS)))
    trading = {"venue": "binance", "symbols": names, "timeframe": "1d", "haven": None, "finer": "none"}
    chosen = settings.model_copy(update={"trading": settings.trading.model_copy(update=trading)})
    desk = replace(bare, loaded=replace(bare.loaded, settings=chosen), tails=Tails(lambda _: GARCH))
    for k, symbol in enumerate(names):
        bars = _daily(k)
        desk.bars.merge(Series("binance", symbol, "1d"), Batch(bars, bars.ts + DAY, "bench"))
    return desk


def _daily(seed: int) -> Bars:
    own, common = np.random.default_rng(seed + 1), np.random.default_rng(0).normal(0.0, 0.03, DAYS)
    close = 100.0 * np.exp(np.cumsum(0.6 * common + 0.8 * own.normal(0.0, 0.03, DAYS)))
    opens = np.append(100.0, close[:-1])
    high, low = np.maximum(opens, close) * 1.003, np.minimum(opens, close) * 0.997
    return Bars(START + np.arange(DAYS, dtype=np.int64) * DAY, opens, high, low, close, own.uniform(1e3, 2e3, DAYS))


def _holding(subject: Subject) -> State:
    """Every slot of the first system holds something, with a stop of its own."""
    state = subject.state.copy()
    first, last = subject.parameters.firsts[:2].tolist()
    state.book[:, QUANTITY] = 0.0
    for k, one in enumerate(subject.parameters.systems):
        state.accounts[k, 0] = one.capital
    equity = sum(one.capital for one in subject.parameters.systems)
    for row in range(first, last):
        price = state.book[row, LAST]
        units = MEAN_SHARE * equity / price
        state.book[row, QUANTITY], state.book[row, STOP] = units, 0.9 * price
        for field in (ENTRY, BEST):
            state.book[row, field] = price
        for field in (COST, SPENT):
            state.book[row, field] = units * price
        state.accounts[0, 0] -= units * price
    return state


def scenarios() -> tuple[Scenario, ...]:
    """Twenty that share no bars: falls within days and between closes, wild bars, no buyers, a long winter."""
    falls = [Shock(days=float(1 + k % 5), moves=(("all", -0.05 * (k + 1)),)) for k in range(8)]
    gaps = [Shock(moves=(("all", -0.1 * (k + 1)),), gap=True) for k in range(4)]
    others = [
        Shock(days=20.0, volatility=3.0),
        Shock(days=20.0, correlation=1.0),
        Shock(days=20.0, liquidity=0.1),
        Shock(days=2.0, moves=(("all", -0.2),), halted=(("binance", 2.0),)),
        Shock(days=4.0, moves=(("all", -0.3),), recovers=0.8),
        Shock(depeg=(("USDT", 0.15),)),
        Shock(days=180.0, moves=(("all", -0.75),)),
        Shock(days=20.0, moves=(("all", -0.4),), volatility=2.0, correlation=0.9, liquidity=0.2, spread=10.0),
    ]
    return tuple(Scenario(f"s{k}", "made", None, one) for k, one in enumerate([*falls, *gaps, *others]))
