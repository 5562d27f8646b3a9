"""A trader on paper for the drill, in the home of its environment: `python -m tasks.drill_child ROLE`.

    bars     store the made market
    hold     decide for two bars before the newest one, so that something is held
    decide   decide for the newest bar
    trade    decide, give signs of life until it is killed, and when it has slept try to write of its orders

What it did is a line of JSON each time.
"""

import json
import math
import os
import sys
import time

from conf.secrets import scrub
from data.journal import Journal, OrderLog
from models.types import KeelError, Series, Unavailable
from models.types.timeframes import HOUR
from tasks.adapters.clocks import SystemClock
from tasks.adapters.redaction import protect
from tasks.bootstrap import build_broker, build_desk, build_journal, build_writing, no_checkpoint
from tasks.session.book import book_name, line_of
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.drilling.market import hours_until
from tasks.session.guarding.alive import alive
from tasks.session.intake import take_in_archive
from tasks.session.ordering.writing import only_writer
from tasks.session.replay import run_stretch

BARS_BEFORE = 2


def main(role: str) -> None:
    """See above.

    Raises:
        KeelError: it could not be done.
    """
    desk = build_desk()
    if role == "bars":
        trading = desk.loaded.settings.trading
        bars = hours_until(SystemClock().now())
        take_in_archive(desk, Series(trading.venue, trading.symbols[0], trading.timeframe), bars)
        _say(bars=len(bars))
        return
    journal = build_journal(desk)
    if role == "hold":
        earlier = SystemClock().now() - HOUR
        run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, earlier, BARS_BEFORE)
        _say_decided(desk, journal)
    elif role == "decide":
        _decide(desk, journal)
    else:
        _trade(desk, journal)


def _decide(desk: Desk, journal: Journal) -> None:
    run_cycle(desk, journal, build_broker(desk, journal), no_checkpoint)
    _say_decided(desk, journal)


def _trade(desk: Desk, journal: Journal) -> None:
    settings = desk.loaded.settings
    silence, beat = settings.guardian.silence_seconds, settings.guardian.beat_seconds
    with alive(journal, SystemClock(), settings.guardian.cycle_seconds, "drill") as pulse:
        _decide(desk, journal)
        with only_writer(build_writing(settings.execution, journal)) as lease:
            log = OrderLog(journal.engine, lease)
            pulse.beat(silence)
            _say(token=lease.token)
            last, drill = time.monotonic(), os.getppid()
            while os.getppid() == drill:
                time.sleep(beat)
                last, before = time.monotonic(), last
                tried = _tried(log, desk) if last - before > silence else None
                pulse.beat(silence)
                if tried is not None:  # after the sign of life: whoever is told may kill it, and waits for its silence
                    _say(woken=tried)


def _tried(log: OrderLog, desk: Desk) -> str:
    """What came of a word about its newest order, which its lease has to cover."""
    order = log.orders_of_book(_book(desk))[-1]
    try:
        log.note_release(order.cid, "a drill", SystemClock().now())
    except KeelError as error:
        return str(error)
    return ""


def _say_decided(desk: Desk, journal: Journal) -> None:
    book = _book(desk)
    decision = journal.last_decision(book)
    if decision is None:
        raise Unavailable(f"nothing was decided for {book}; see its alerts")
    _say(
        entries=[one.cid for one in OrderLog(journal.engine).live_orders() if one.role.opens],
        held=math.fsum(one.fill.quantity for one in journal.fills_of(book)),
        wanted=math.fsum(one.quantity for one in decision.intents),
        refused=sorted({one.reason.name for one in decision.refused}),
    )


def _book(desk: Desk) -> str:
    return book_name(desk.loaded.settings.stage, line_of(desk.loaded.settings))


def _say(**said: object) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    protect()
    try:
        main(sys.argv[1])
    except KeelError as drilled:
        sys.stderr.write(scrub(f"keel: {drilled}") + "\n")
        sys.exit(drilled.exit_code)
