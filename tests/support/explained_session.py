"""A long paper session, recorded by real cycles on a virtual clock, that was not left alone: deposits, a forced level
and its release, parameters that changed, an emergency stop, feeds apart, bars that nobody decided on or that came late.
"""

import os
from pathlib import Path

import numpy as np
from risk_sessions import event
from stormy import STORMY, settle_in_storms, stormy_bars
from synthetic import START, SYMBOLS

from data.bar_rows import Batch
from data.journal import Change, FeedEvent, FeedLog, Journal, RiskKind, RiskLog
from models.types import Level, Series
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_broker, build_desk, build_journal, journal_place, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.remembered import remembering

BBB = Series("binance", SYMBOLS[1], "1h")
MISSED = frozenset({30, 31, 71, 82})
PAID_IN, FORCED, RELEASE, RELOAD, PAID_OUT = 5, 50, 60, 90, 110
# A person releases what has tripped, again and again.
EVERY = 60
STOPPED, APART = range(130, 140), range(120, 126)
# A hole of BBB's that is filled in long after its neighbours were decided on.
REPAIRED, REPAIRED_AT = 100, 115
LATER = {"KEEL_RISK__REGIME_SHARE__TRENDING": "0.5"}
CALM = STORMY | {"KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN": "0.02", "KEEL_RISK__BREAKERS__STRATEGY_DRAWDOWN": "0.03"}


def first_bar(count: int, bars: int) -> int:
    return START + (count - bars) * HOUR


def record(home: Path, count: int, bars: int) -> None:
    """The last `bars` bars of a lake of `count` are traded in the home."""
    before = dict(os.environ)
    for name in LATER:
        os.environ.pop(name, None)
    try:
        settle_in_storms(home, count, **CALM)
        desk = remembering(build_desk())
        journal = build_journal(desk)
        for k in range(bars):
            if k == RELOAD:
                os.environ.update(LATER)
                desk = remembering(build_desk())
            _from_outside(desk, journal, k, count, bars)
            if k not in MISSED:
                at = desk.at(first_bar(count, bars) + (k + 1) * HOUR)
                run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
        journal.engine.dispose()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _from_outside(desk: Desk, journal: Journal, k: int, count: int, bars: int) -> None:
    log, feeds = RiskLog(journal.engine), FeedLog(journal.engine)
    if k == PAID_IN:
        log.record_event(event(desk, RiskKind.FLOW, amount=2000.0))
    if k == FORCED:
        assert log.force(event(desk, RiskKind.FORCED, Level.REDUCE))
    if k >= RELEASE and (k - RELEASE) % EVERY == 0:
        log.release(event(desk, RiskKind.RELEASE))
    if k == PAID_OUT:
        log.record_event(event(desk, RiskKind.FLOW, amount=-1000.0))
    if k == APART.start:
        feeds.record(FeedEvent(k, BBB, "binance", None, Change.BLOCKED, "apart"))
    if k == APART.stop:
        feeds.record(FeedEvent(k, BBB, "binance", "kraken", Change.CLEARED, "at one again"))
    if k == STOPPED.start:
        journal.set_stop("drill", k)
    if k == STOPPED.stop:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM control")
        journal_place(desk.home).stop_file.unlink()
    if k == REPAIRED_AT:
        first = first_bar(count, bars)
        _repair(desk, first + REPAIRED * HOUR, first + k * HOUR + MINUTE, count)


def _repair(desk: Desk, near: int, known_at: int, count: int) -> None:
    """Fill the hole of BBB's that lies last before that moment, with a bar that became known late."""
    have = desk.bars.read(BBB).ts
    row = next(k for k in range((near - START) // HOUR, 0, -1) if START + k * HOUR not in have)
    bar = stormy_bars(2, count).rows(slice(row, row + 1))
    assert desk.bars.merge(BBB, Batch(bar, np.array([known_at], np.int64), "repair")).added == 1
