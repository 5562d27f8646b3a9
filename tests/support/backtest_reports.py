"""Backtest reports without a lake: a run over a made panel, measured as a backtest is."""

import numpy as np
from markets import INSTRUMENTS, PROFILE

from models.engine import Panel, Run, first_state, parameters_of, run_backtest
from models.engine.panel import empty_panel
from models.engine.trades import trades_of
from models.portfolio import bar_returns, cash, doubts, hold, intervals
from models.specialists import plain_rules
from models.types import Series, parse_time
from models.types.timeframes import HOUR
from tasks.session.backtesting import BacktestReport, Provenance
from tasks.session.backtesting.measuring import measured, outside_trades, refusals
from tasks.session.book import Book

CAPITAL = 10_000.0
PER_YEAR = 8760.0
RULES = (plain_rules(1.0, 0.2, 1.0, 0.02, 0.04)._replace(partial_at=0.02, partial_share=0.5, max_bars=48.0),) * 4
SYMBOLS = ("AAA/USDT", "BBB/USDT", "CCC/USDT")


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
    for column, values in enumerate((edge, 0.004, 0.005, 0.98, 1.02)):
        panel.figures[:, :, column] = values
    panel.codes[:, :, 0] = (np.arange(times)[:, None] // 53) % 4
    panel.codes[:, :, 1] = 0
    return panel


def report_of(panel: Panel, run: Run | None = None) -> BacktestReport:
    """The report of a run over the panel, or of what a test has made of one."""
    symbols = SYMBOLS[: panel.close.shape[1]]
    parameters = parameters_of(PROFILE._replace(max_drawdown=0.9), RULES, INSTRUMENTS[: len(symbols)])
    book = Book("test", tuple(Series("binance", one, "1h") for one in symbols), parameters, CAPITAL)
    done = run_backtest(symbols, panel, parameters, first_state(CAPITAL, len(symbols))) if run is None else run
    trades = trades_of(done.executions(), done.intents(), "swing", dict.fromkeys(symbols, "m1"))
    figures = measured(done, trades, PER_YEAR)
    return BacktestReport(
        book=book,
        run=done,
        trades=trades,
        out_of_sample=figures,
        in_sample=figures,
        intervals=intervals(bar_returns(done.equity), panel.ts[1:], 365, np.random.default_rng(1), 50),
        hold=hold(np.where(panel.close > 0.0, panel.close, np.nan), CAPITAL, 0.001, PER_YEAR),
        cash=cash(panel.ts.size, CAPITAL, PER_YEAR),
        doubts=doubts(figures, trades, outside_trades(done, parameters, trades)),
        refused=refusals(done),
        provenance=Provenance(
            command="keel backtest --symbol AAA/USDT",
            profile="moderate",
            config_version="c" * 64,
            data_sha256=dict.fromkeys(symbols, "d" * 64),
            models=dict.fromkeys(symbols, "m1"),
            index_source=dict.fromkeys(symbols, "realised volatility"),
        ),
    )
