"""Backtest reports without a lake: a run over a made panel, measured as a backtest is."""

import numpy as np
from markets import INSTRUMENTS, PROFILE

from models.engine import Panel, Parameters, Run, Slot, System, first_state, parameters_of, run_backtest
from models.engine.panel import FIGURES, empty_panel
from models.engine.trades import trades_of
from models.meta import plain_controller
from models.portfolio import bar_returns, cash, doubts, hold, intervals
from models.regime import RegimeSettings
from models.risk import no_house
from models.specialists import held_rules, plain_rules
from models.types import Series, parse_time
from models.types.timeframes import HOUR
from tasks.session.backtesting import BacktestReport, Provenance
from tasks.session.backtesting.measuring import measured, outside_trades, refusals
from tasks.session.book import Book

CAPITAL = 10_000.0
PER_YEAR = 8760.0
RULES = (plain_rules(1.0, 0.2, 1.0, 0.02, 0.04)._replace(partial_at=0.02, partial_share=0.5, max_bars=48.0),) * 4
WEIGHTS = tuple(held_rules(weight, 0.1) for weight in (0.1, 0.3, 0.2, 0.0))
SYMBOLS = ("AAA/USDT", "BBB/USDT", "CCC/USDT")
LIMITS = PROFILE._replace(max_drawdown=0.9)
REGIMES = RegimeSettings("rules", "1d", "1h", 35.0)


def hourly_panel(seed: int, times: int, symbols: int = 1) -> Panel:
    """Sound hourly bars that wander, under an edge that swings."""
    rng = np.random.default_rng(seed)
    shape = (times, symbols)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, shape), axis=0)), 2)
    opens = np.vstack([np.full((1, symbols), 100.0), close[:-1]])
    high = np.maximum(opens, close) + np.round(rng.uniform(0.0, 0.3, shape), 2)
    low = np.minimum(opens, close) - np.round(rng.uniform(0.0, 0.3, shape), 2)
    ts = parse_time("2018-01-01") + np.arange(times, dtype=np.int64) * HOUR
    panel = empty_panel(ts, symbols, np.empty((0, 2)))
    for column, values in enumerate((opens, high, np.maximum(low, 0.01), close, rng.uniform(1e4, 1e5, shape))):
        panel.prices[:, :, column] = values
    edge = 80.0 * np.sin(np.arange(times) / 37.0)[:, None] + rng.normal(0.0, 30.0, shape)
    known = {"edge": edge, "volatility": 0.004, "atr": 0.005, "range_low": 0.98, "range_high": 1.02}
    for column, name in enumerate(FIGURES):
        panel.figures[:, :, column] = known.get(name, 0.5)
    panel.codes[:, :, 0] = (np.arange(times)[:, None] // 53) % 4
    panel.codes[:, :, 1] = 0
    return panel


def two_systems(symbols: int) -> Parameters:
    """Two thirds of the capital trade by the edge, one third is held by its weight; the last symbol of three is the
    haven of both.
    """
    slots = [
        Slot(SYMBOLS[i], i, 0 if i == 2 else i, i == 2, INSTRUMENTS[i], RULES if i < 2 else WEIGHTS[::-1])
        for i in range(symbols)
    ]
    held = tuple(Slot(one.symbol, one.column, one.guide, one.haven, one.instrument, WEIGHTS) for one in slots)
    return parameters_of(
        (
            System("swing", CAPITAL * 2 / 3, LIMITS, plain_controller(), tuple(slots)),
            System("long", CAPITAL / 3, LIMITS._replace(max_position_risk=1.0), plain_controller(), held),
        ),
        no_house(),
    )


def report_of(panel: Panel, run: Run | None = None) -> BacktestReport:
    """The report of a run over the panel, or of what a test has made of one."""
    symbols = SYMBOLS[: panel.close.shape[1]]
    parameters = two_systems(len(symbols))
    series = tuple(Series("binance", one, "1h") for one in symbols)
    book = Book("test", series, min(len(symbols), 2), parameters, REGIMES, 20, CAPITAL)
    done = run_backtest(panel, parameters, first_state(parameters.systems)) if run is None else run
    trades = trades_of(done.executions(), done.intents(), dict.fromkeys(symbols, "m1"))
    figures = measured(done, trades, PER_YEAR)
    return BacktestReport(
        book=book,
        run=done,
        trades=trades,
        per_year=PER_YEAR,
        out_of_sample=figures,
        in_sample=figures,
        intervals=intervals(bar_returns(done.equity), panel.ts[1:], 365, np.random.default_rng(1), 50),
        hold=hold(np.where(panel.close > 0.0, panel.close, np.nan), CAPITAL, 0.001, PER_YEAR),
        cash=cash(panel.ts.size, CAPITAL, PER_YEAR),
        doubts=doubts(figures, trades, outside_trades(done, trades)),
        refused=refusals(done),
        provenance=Provenance(
            command="keel backtest --symbol AAA/USDT",
            profile="moderate",
            cost_multiple=1.0,
            config_version="c" * 64,
            data_sha256=dict.fromkeys(symbols, "d" * 64),
            models=dict.fromkeys(symbols, "m1"),
            index_source=dict.fromkeys(symbols, "realised volatility"),
        ),
    )
