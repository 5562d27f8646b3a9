"""A day of a session in a process of its own, on a virtual clock: python day_process.py JOB.

A job: home, timeframe, history (bars before the day), bars (of the day), delays ({number of the bar: seconds or null}),
begin (seconds after the day's start at which the clock stands), until (number of the bar to end with), kill (number of
the bar whose decision is recorded when the process kills itself, null: none), every (decided bars between two
measurements: one takes longer than a bar), leak ("", "memory", "objects", "socket", "sqlite").
It prints one JSON line: what was measured after each bar, and how it ended.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sqlite3
import sys
from dataclasses import replace
from typing import Any

import psutil
from day_market import day_market
from heavy_home import rules
from synthetic import SETTINGS, START, swinging_bars

from data.journal import SessionKind
from models.types import bar_micros
from models.types.timeframes import SECOND
from tasks.adapters.clocks import VirtualClock

SYMBOL = "AAA/USDT"
LEAKED: list[Any] = []


def settings_of(job: dict[str, Any], url: str) -> dict[str, str]:
    """The environment that a day is played in."""
    return SETTINGS | {
        "KEEL_HOME": job["home"],
        "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
        "KEEL_TRADING__TIMEFRAME": job["timeframe"],
        # XGBoost's features look back for weeks, which small bars do not reach.
        "KEEL_ROUTER__RULES": rules("momentum"),
        "KEEL_VENUES__BINANCE__URL": url,
        "KEEL_VENUES__BINANCE__BACKUPS": "[]",
        "KEEL_SESSION__PATIENCE_SECONDS": "20",
        "KEEL_SESSION__LATE_SECONDS": "45",
        "KEEL_GUARDIAN__BEAT_SECONDS": "60",
        "KEEL_GUARDIAN__SILENCE_SECONDS": "300",
    }


def play(job: dict[str, Any]) -> dict[str, Any]:
    """The session, and what it left in the process."""
    step = bar_micros(job["timeframe"])
    day = START + job["history"] * step
    bars = swinging_bars(1, job["history"] + job["bars"], step=step)
    delays = {
        day + int(k) * step: None if seconds is None else round(seconds * SECOND)
        for k, seconds in job["delays"].items()
    }
    clock = VirtualClock(day + round(job["begin"] * SECOND))
    with day_market(bars, step, delays, clock.now) as url:
        os.environ.update(settings_of(job, url))
        return _session(job, clock, day, step)


def _session(job: dict[str, Any], clock: VirtualClock, day: int, step: int) -> dict[str, Any]:
    from tasks.bootstrap import build_trading_desk
    from tasks.bootstrap.sessions import opened_session

    desk, journal = build_trading_desk({}, lambda text: print(text, file=sys.stderr))
    process, measured, decided = psutil.Process(), [], []

    def report(step_said: Any) -> None:
        if step_said.kind is SessionKind.DECIDED:
            decided.append(step_said.bar)
            _leak(job["leak"], job["home"])
            if len(decided) % job["every"]:
                return
            gc.collect()
            files = [one.path for one in process.open_files()]
            measured.append(
                {
                    "rss": process.memory_info().rss,
                    "fds": process.num_fds(),
                    "sockets": len(process.net_connections()),
                    "sqlite": sum("sqlite" in one for one in files),
                    "threads": process.num_threads(),
                    "objects": len(gc.get_objects()),
                }
            )

    duration = day + (job["until"] + 1) * step + step // 2 - clock.now()
    with opened_session(replace(desk, clock=clock), journal, {}, report, duration, clock=clock) as (session, campaign):
        _cut(session, job, day, step, journal)
        why = asyncio.run(session.run(asyncio.Event()))
    return {"why": why, "campaign": campaign.name, "crashed": campaign.has_crashed, "measured": measured}


def _cut(session: Any, job: dict[str, Any], day: int, step: int, journal: Any) -> None:
    """SIGKILL where a decision is recorded and its orders are not handed over."""
    sign = session._pulse.sign

    def signed(label: str = "") -> None:
        if label == "recorded" and job["kill"] is not None:
            newest = max(row["bar"] for row in journal.tables()["decisions"])
            if newest >= day + job["kill"] * step:
                os.kill(os.getpid(), signal.SIGKILL)
        sign(label)

    session._pulse.sign = signed


def _leak(kind: str, home: str) -> None:
    """A planted defect: what a bar takes and does not give back."""
    if kind == "memory":
        LEAKED.append(bytearray(os.urandom(1 << 21)))
    elif kind == "objects":
        LEAKED.extend([] for _ in range(200))
    elif kind == "socket":
        LEAKED.append(socket.socket())
    elif kind == "sqlite":
        LEAKED.append(sqlite3.connect(f"{home}/state/journal.sqlite"))
        LEAKED[-1].execute("SELECT count(*) FROM sessions").fetchone()


if __name__ == "__main__":
    print(json.dumps(play(json.loads(sys.argv[1]))), flush=True)
