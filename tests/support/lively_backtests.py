"""Backtests of a lake on which regimes change and both systems trade, for the tests of what is shown of them."""

import os
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from changed_genomes import changed, written
from synthetic import SETTINGS, MemoryTracker, settle_in

from models.portfolio import Doubt
from models.types import Regime, Unavailable
from tasks.bootstrap import build_desk
from tasks.ports import BacktestRecord, EvolutionRecord, PageRecord, Registered
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.desk import Desk

COUNT = 4000
# Regimes that change, bars that can take what is ordered, and weights that are rebalanced often.
LIVELY = {
    "KEEL_REGIMES__CONTEXT": "4h",
    "KEEL_VENUES__BINANCE__VOLUME_SHARE": "1.0",
    "KEEL_SYSTEMS__LONG__BAND": "0.02",
}
SURE = Doubt("too good to be true", ())


class Remembering(MemoryTracker):
    """A tracker that remembers backtests and reports too, or is down."""

    def __init__(self, down: bool = False) -> None:
        super().__init__()
        self.down = down
        self.backtests: list[tuple[BacktestRecord, str]] = []
        self.pages: list[tuple[str, PageRecord, tuple[str, ...]]] = []

    def log_backtest(self, record: BacktestRecord) -> str:
        if self.down:
            raise Unavailable("MLflow did not take the backtest")
        self.backtests.append((record, record.page.read_text()))
        return "run"

    def log_page(self, experiment: str, record: PageRecord) -> str:
        if self.down:
            raise Unavailable(f"MLflow did not take the run of {experiment}")
        self.pages.append((experiment, record, tuple(page.read_text() for page in record.pages)))
        return "run"

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        if self.down:
            raise Unavailable("MLflow did not take the run of evolution")
        return super().log_evolution(record)

    def promote(self, model: str, version: str) -> None:
        if self.down:
            raise Unavailable(f"MLflow did not take the promotion of {model}")
        super().promote(model, version)


@cache
def template(base: Path) -> Path:
    """A home with bars and models below the folder, made once."""
    home, before = base / "template", dict(os.environ)
    try:
        settle_in(home, COUNT)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return home


def lively_desk(factory: pytest.TempPathFactory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in a copy of that home, which the environment points to."""
    home = shutil.copytree(template(factory.getbasetemp()), folder / "home")
    trend = written(folder, changed(Regime.TRENDING, take_profit_ratio=2.0, max_holding_days=1.0, momentum_weight=0.0))
    given = {"KEEL_HOME": str(home), "KEEL_SPECIALISTS__TRENDING": str(trend)}
    for name, value in (SETTINGS | LIVELY | given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return build_desk()


def report_on(desk: Desk, start: int | None = None, end: int | None = None) -> BacktestReport:
    return backtest(desk, MemoryTracker(), start, end, lambda _: None)


def believed(report: BacktestReport) -> BacktestReport:
    return replace(report, doubts=())


def doubted(report: BacktestReport) -> BacktestReport:
    return replace(report, doubts=(Doubt("too good", report.trades[:2]), SURE))
