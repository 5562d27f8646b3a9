"""What a venue tells by itself: late, twice, out of order, or not at all (fault matrix 11 to 14)."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Fault
from order_desks import NOW, Bench, bench, order

from models.types import Unavailable
from models.types.wire import OrderState, Report, VenueTrade
from tasks.adapters.brokers.user_stream import Interrupted, Resumed, Told
from tasks.session.ordering.following import follow_account
from tasks.session.ordering.recovering import recover
from tasks.session.ordering.submitting import submit

D = Decimal


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def stream(values: Iterable[Told]) -> AsyncIterator[Told]:
    for one in values:
        yield one


def follow(on: Bench, *values: Told, catch_up=lambda: None) -> None:
    asyncio.run(follow_account(on.desk, "fake", stream(values), catch_up))


def resting(on: Bench):
    """An order that rests: its limit is below the market."""
    from models.types.wire import OrderKind

    one = order(kind=OrderKind.LIMIT, limit=D("99.00"), quantity="3")
    sent = submit(on.desk, one, on.venue.quote("BTC/USDT"))
    assert sent.state is OrderState.OPEN
    return sent


def trade(one, number: int, quantity: str) -> VenueTrade:
    return VenueTrade(
        "fake", one.symbol, f"t{number}", one.exchange_id, one.cid, True, D(quantity), D("99"), D("0.1"), "USDT", NOW
    )


def report(one, state: OrderState, filled: str) -> Report:
    return Report(
        "fake", one.symbol, one.cid, one.exchange_id, state, True, D(3), D(filled), D(filled) * 99, NOW, trades=()
    )


def test_events_in_any_order_and_twice_end_in_the_same(on: Bench, tmp_path: Path) -> None:
    """13 and 14: a fill before its order's report, a report of a part after that of the whole, everything again."""
    ends = set()
    for number, shuffled in enumerate(itertools.permutations(range(4))):
        folder = tmp_path / str(number)
        folder.mkdir()
        here = bench(folder)
        one = resting(here)
        fills = [trade(one, 1, "1"), trade(one, 2, "2")]
        states = [report(one, OrderState.OPEN, "1"), report(one, OrderState.FILLED, "3")]
        events: list[Told] = [*fills, *states]
        follow(here, *(events[k] for k in shuffled), *events)
        found = here.log.order(one.cid)
        ends.add((found.state, found.filled, found.value, len(here.log.trades_of(one.cid))))
        here.log.verify_chain()
    assert ends == {(OrderState.FILLED, D(3), D(297), 2)}


def test_what_happened_during_a_drop_is_asked_for_at_the_next_connect(on: Bench) -> None:
    """11: the order was filled while nobody listened."""
    one = resting(on)
    on.venue.move("BTC/USDT", "98.90", "98.95")
    follow(on, Resumed(NOW), catch_up=lambda: recover(on.desk, "live", ["BTC/USDT"]))
    assert on.log.order(one.cid).state is OrderState.FILLED
    assert sum(each.quantity for each in on.log.trades_of(one.cid)) == D(3)


def test_silence_is_no_news_and_a_person_hears_of_it_once(on: Bench) -> None:
    """12: half-open."""
    one = resting(on)
    follow(on, Interrupted(NOW, "nothing was heard for 180 s"), Interrupted(NOW + 1, "nothing was heard for 180 s"))
    assert on.log.order(one.cid).state is OrderState.OPEN
    assert [key for key in on.alerts.told if key.startswith("stream fake")] == [f"stream fake {NOW // 3_600_000_000}"]


def test_a_venue_that_does_not_answer_after_the_drop_leaves_all_as_it_is_and_is_told(on: Bench) -> None:
    one = resting(on)
    on.venue.fail("time", *[Fault.UNSAID] * 5)
    follow(on, Resumed(NOW), catch_up=lambda: recover(on.desk, "live", ["BTC/USDT"]))
    assert on.log.order(one.cid).state is OrderState.OPEN
    assert on.alerts.has("catch up fake")
    with pytest.raises(Unavailable):
        recover(on.desk, "live", ["BTC/USDT"])


def test_what_cannot_be_true_changes_nothing_and_is_told(on: Bench) -> None:
    one = resting(on)
    follow(on, replace(report(one, OrderState.OPEN, "1"), is_buy=False))
    assert on.log.order(one.cid).filled == 0
    assert on.alerts.has("event fake")


def test_an_order_that_the_journal_does_not_have_is_told(on: Bench) -> None:
    one = resting(on)
    follow(on, replace(report(one, OrderState.OPEN, "1"), cid="somebody", exchange_id="77"))
    assert on.alerts.has("stray fake 77")
