"""A paper session that stops trip in, with deposits, releases, a restart and parameters that change, for the tests of
what is around the stops.
"""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lakes import merge
from stormy import STORMY, settle_in_storms
from synthetic import START, SYMBOLS

from data.journal import Journal, RiskEvent, RiskKind, RiskLog, open_journal
from models.types import Bars, Breaker, Level, Series
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_broker, build_desk, build_journal, journal_place, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk

COUNT = 3000
BARS = 160
# Bars of the lake after the session.
LEFT = 12
FIRST = START + (COUNT - LEFT - BARS) * HOUR
NOW = FIRST + BARS * HOUR
# Falls that a calm day brings: the account is paused, and its systems are.
TIGHT = STORMY | {
    "KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN": "0.002",
    "KEEL_RISK__BREAKERS__STRATEGY_DRAWDOWN": "0.004",
}
PAID_IN, FORCED, RESTART, RELEASE, RELOAD, PAID_OUT, LATE_RELEASE = 5, 50, 60, 70, 90, 110, 130
LATER = {"KEEL_RISK__REGIME_SHARE__TRENDING": "0.5"}


def event(desk: Desk, kind: RiskKind, level: Level = Level.NONE, amount: float = 0.0, at: int = 7) -> RiskEvent:
    """Something from outside for the desk's book."""
    breaker = Breaker.DAILY_LOSS if kind is RiskKind.FORCED else Breaker.NONE
    return RiskEvent(configured_book(desk).name, at, kind, "a person", "a drill", level, breaker, 0.06, 0.05, amount)


def cycle_at(desk: Desk, journal: Journal, moment: int) -> Cycle:
    """A cycle with the clock at `moment`."""
    at = desk.at(moment)
    return run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


@cache
def _template(base: Path) -> tuple[Path, Path]:
    """A home with bars and models, and a copy of it whose book went through the session; made once."""
    before = dict(os.environ)
    try:
        settle_in_storms(base / "bars", COUNT, **TIGHT)
        recorded = Path(shutil.copytree(base / "bars", base / "recorded"))
        os.environ["KEEL_HOME"] = str(recorded)
        _trade(recorded)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return base / "bars", recorded


def _trade(home: Path) -> None:
    desk = build_desk()
    journal = build_journal(desk)
    for k in range(BARS):
        log = RiskLog(journal.engine)
        if k == PAID_IN:
            log.record_event(event(desk, RiskKind.FLOW, amount=2000.0))
            log.record_event(event(desk, RiskKind.FLOW, amount=500.0))
        if k == FORCED:
            assert log.force(event(desk, RiskKind.FORCED, Level.REDUCE))
        if k == RESTART:
            journal.engine.dispose()
            desk, journal = build_desk(), open_journal(journal_place(home))
        if k in (RELEASE, LATE_RELEASE):
            log.release(event(desk, RiskKind.RELEASE))
        if k == RELOAD:
            os.environ.update(LATER)
            desk = build_desk()
        if k == PAID_OUT:
            log.record_event(event(desk, RiskKind.FLOW, amount=-1000.0))
        cycle_at(desk, journal, FIRST + (k + 1) * HOUR)
    journal.engine.dispose()


def recorded_desk(factory: pytest.TempPathFactory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in a copy of the home whose book went through the session, with the parameters of its end."""
    return _desk_in(_template(factory.getbasetemp())[1], folder, monkeypatch, TIGHT | LATER)


def fresh_desk(factory: pytest.TempPathFactory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in a copy of the home whose book has not decided anything yet."""
    return _desk_in(_template(factory.getbasetemp())[0], folder, monkeypatch, TIGHT)


def _desk_in(template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Desk:
    home = shutil.copytree(template, folder / "home")
    for name, value in (variables | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return build_desk()


def calm_desk(factory: pytest.TempPathFactory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose book went through the session, at its end: nothing is stopped, both systems hold something, and
    nothing but a large fall stops them any more.
    """
    recorded_desk(factory, folder, monkeypatch)
    monkeypatch.setenv("KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN", "0.05")
    monkeypatch.setenv("KEEL_RISK__BREAKERS__STRATEGY_DRAWDOWN", "0.10")
    return build_desk(as_of=NOW)


def quotes(desk: Desk, factor: float, at: int = NOW, symbols: tuple[str, ...] = SYMBOLS) -> None:
    """One finer bar of each symbol, `factor` times its newest close, which closes at `at`."""
    for symbol in symbols:
        close = float(desk.bars.read(Series("binance", symbol, "1h"), known_by=NOW).close[-1]) * factor
        ts = np.array([at - 5 * MINUTE], np.int64)
        row = np.array([close])
        merge(desk.bars, Series("binance", symbol, "5m"), Bars(ts, row, row, row, row, row))


def waiting(desk: Desk, journal: Journal) -> list[RiskEvent]:
    return RiskLog(journal.engine).waiting_events(configured_book(desk).name)


def alerts(journal: Journal, start: str) -> list[dict[str, Any]]:
    return [row for row in journal.tables()["alerts_outbox"] if row["key"].startswith(start)]
