"""A live trader with an order that opens and rests, which then falls silent: python silent_trader.py HOW.

    beats           gives signs of life until it is killed or frozen
    spins           gives some, then works on without a word
    sends           is frozen (by itself, SIGSTOP) after it wrote the order and before it sends it

Lines of JSON: the order, and after it woke up what came of its next order. It works by the environment of its home.
"""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from decimal import Decimal

from live_homes import SYMBOL, VENUE

from models.orders import floored
from models.types import KeelError
from models.types.wire import OrderKind, Role, WireOrder
from tasks.bootstrap import build_broker, build_trading_desk
from tasks.session.book import book_name, line_of
from tasks.session.guarding.alive import alive
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.submitting import submit

# Below the market, so that it rests.
AWAY = Decimal("0.97")
UNITS = Decimal("0.001")
SIGNS = 3


def resting(desk: OrderDesk, book: str, number: int) -> WireOrder:
    """An entry that nobody fills, of a parent of its own."""
    account, now = desk.account(VENUE), desk.clock.now()
    quote, rules = account.quote(SYMBOL), account.rules(SYMBOL)
    parent = f"abcdef-{time.strftime('%Y%m%dT%H%M', time.gmtime())}-{os.getpid()}{number}"
    return WireOrder(
        cid=f"{parent}-1",
        parent=parent,
        book=book,
        system="swing",
        venue=VENUE,
        symbol=SYMBOL,
        role=Role.ENTRY,
        kind=OrderKind.LIMIT,
        is_buy=True,
        quantity=UNITS,
        limit=floored(quote.bid * AWAY, rules.tick),
        stop=None,
        reference=quote.mid,
        decided_at=now,
        created_at=now,
    )


def say(**said: object) -> None:
    print(json.dumps(said), flush=True)


def main(how: str) -> None:
    desk, journal = build_trading_desk({}, lambda text: print(text, file=sys.stderr))
    settings = desk.loaded.settings
    book = book_name(settings.stage, line_of(settings))
    broker = build_broker(desk, journal, live=True)
    seconds = settings.guardian.silence_seconds
    with alive(journal, desk.clock, seconds, "a test") as pulse, broker.at_work() as working:
        assert isinstance(working, LiveBroker)
        orders = working.desk
        if how == "sends":
            orders = replace(orders, checkpoint=freeze)
            say(wanted=resting(orders, book, 1).cid)
        first = attempt(orders, book, 1)
        for _ in range(SIGNS):
            pulse.beat(seconds)
            time.sleep(settings.guardian.beat_seconds)
        say(**first)
        if how == "spins":
            until = time.monotonic() + 3.0 * seconds + 5.0
            while time.monotonic() < until:
                pass
        while how == "beats" and not woken:
            pulse.beat(seconds)
            time.sleep(settings.guardian.beat_seconds)
        say(woken=attempt(orders, book, 2))


def attempt(desk: OrderDesk, book: str, number: int) -> dict[str, object]:
    """What came of an order."""
    try:
        sent = submit(desk, resting(desk, book, number), desk.account(VENUE).quote(SYMBOL))
    except KeelError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"cid": sent.cid, "state": sent.state.value, "why": sent.why}


woken: list[int] = []


def freeze(label: str) -> None:
    if label == "admitted entry":
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    signal.signal(signal.SIGCONT, lambda number, _frame: woken.append(number))
    main(sys.argv[1])
