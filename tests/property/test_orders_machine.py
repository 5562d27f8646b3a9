"""Mandates worked on while every call may fail in every way and the process may die at every step.

The venue's own book is the oracle: no client order id came twice, no mandate got more than it wanted, nothing rests
that nobody knows of, and once the venue answers again the journal says what the venue says.
"""

import tempfile
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Died, FakeVenue, Fault, fake_venue
from hypothesis import given, settings
from hypothesis import strategies as st
from order_desks import NOW, PARENT, Bench, bench, leaving, mandate

from models.orders import Done, Mandate, Outcome
from models.types import Unavailable
from models.types.wire import OrderKind, OrderState, WireOrder
from tasks.adapters.clocks import VirtualClock
from tasks.session.ordering.executing import execute
from tasks.session.ordering.resolving import complete

LOST, DOUBTFUL = OrderState.LOST, Outcome.DOUBTFUL
SENDING = (
    Fault.REJECT,
    Fault.NOT_SENT,
    Fault.BANNED,
    Fault.DROPPED,
    Fault.REPLY_LOST,
    Fault.LATE,
    Fault.DIES_BEFORE,
    Fault.DIES_AFTER,
)
CANCELLING = tuple(one for one in SENDING if one is not Fault.REJECT)
READING = (Fault.UNSAID, Fault.UNSAID, Fault.DIES_BEFORE, Fault.DIES_AFTER)
PRICES = (("99.99", "100.01"), ("99.40", "99.50"), ("98.00", "98.10"), ("100.60", "100.70"), ("102.00", "102.10"))
# A die of this many sides: the faults of a call are its first ones, the rest is no fault.
SIDES = 30
CALLS = 60
LIVES = 40

rolls = st.lists(st.integers(0, SIDES - 1), max_size=CALLS)
steps = st.lists(st.integers(1, 6), max_size=5)
quantities = st.integers(100, 30_000).map(lambda lots: lots * Decimal("0.001"))
limits = st.sampled_from((None, None, Decimal("99.50"), Decimal("100.60"), Decimal("95.00")))
lots = st.sampled_from(("0.001", "0.001", "0.01", "0.1"))


@dataclass
class Weather:
    """What happens to the calls, one die each; and the market moves now and then."""

    rolls: list[int]
    venue: FakeVenue | None = None

    def __call__(self, call: str, order: WireOrder | None) -> Fault | None:
        roll = self.rolls.pop() if self.rolls else SIDES
        faults = {"submit": SENDING, "cancel": CANCELLING}.get(call, READING)
        if call in ("quote", "find") and SIDES > roll >= SIDES - len(PRICES):
            assert self.venue is not None
            bid, ask = PRICES[SIDES - 1 - roll]
            self.venue.move("BTC/USDT", bid, ask, "0.5" if roll % 2 else "1000")
        return faults[roll] if roll < len(faults) else None


@dataclass
class Deaths:
    """Dies at the step that comes so many after the last death."""

    after: list[int]
    since: int = 0
    passed: list[str] = field(default_factory=list)

    def __call__(self, label: str) -> None:
        self.since += 1
        self.passed.append(label)
        if self.after and self.since >= self.after[-1]:
            self.after.pop()
            self.since = 0
            raise Died(f"at {label}")


def live(on: Bench, wanted: Mandate, deaths: Deaths) -> tuple[Bench, Done | None]:
    """One life of a process, to its end or death."""
    try:
        return on, execute(on.desk, wanted, on.venue.rules("BTC/USDT"))
    except Died:
        on = on.taken_over()
        return with_deaths(on, deaths), None
    except Unavailable:
        return on, None


def with_deaths(on: Bench, deaths: Deaths) -> Bench:
    on.desk = replace(on.desk, checkpoint=deaths)
    return on


def weathered(folder: Path, weather: Weather, deaths: Deaths, lag: int, in_base: bool) -> Bench:
    clock = VirtualClock(NOW)
    venue = fake_venue(clock)
    venue.lag, venue.fee_in_base = lag, in_base
    venue.rules("BTC/USDT")
    on = bench(folder, venue)
    venue.plan, weather.venue = weather, venue
    return with_deaths(on, deaths)


def calm(on: Bench, deaths: Deaths) -> None:
    """The venue answers everything, and whatever was on its way has arrived; nobody dies any more."""
    deaths.after.clear()
    on.venue.plan = lambda _call, _order: None
    on.clock.sleep(60 * SECOND)
    on.venue.arrivals()


def check(on: Bench, wanted: Mandate) -> None:
    """The journal is what the venue is, for every order of the mandate."""
    assert on.venue.doubled() == []
    sent = [cid for _, call, cid in on.venue.requests if call == "submit"]
    assert len(sent) == len(set(sent))
    assert on.venue.filled_of(PARENT) <= wanted.quantity
    assert on.venue.resting() == []
    children = {one.cid: one for one in on.log.children(PARENT)}
    assert not [one for one in children.values() if not one.state.is_over]
    placed = {one.order.cid: one for one in on.venue.placed}
    assert set(placed) <= set(children)
    for cid, one in children.items():
        there = placed.get(cid)
        assert (one.filled, one.value) == ((there.filled, there.value) if there else (0, 0)), cid
        if there is not None:
            assert (one.state, one.exchange_id) == (there.state, there.exchange_id), cid
        else:
            assert one.state in (LOST, OrderState.REJECTED), cid
        assert sum((fill.quantity for fill in on.log.trades_of(cid)), Decimal(0)) == one.filled, cid
    on.log.verify_chain()


def worked(folder: Path, wanted: Mandate, weather: Weather, deaths: Deaths, lot: str, lag: int, in_base: bool) -> Bench:
    on = weathered(folder, weather, deaths, lag, in_base)
    on.venue.change("BTC/USDT", lot=Decimal(lot))
    for _ in range(LIVES):
        on, done = live(on, wanted, deaths)
        at_risk = on.venue.filled_of(PARENT) + sum((one.remaining for one in on.venue.resting()), Decimal(0))
        assert at_risk <= wanted.quantity
        if done is not None and done.outcome in (Outcome.FILLED, Outcome.GIVEN_UP):
            break
        on.clock.sleep(5 * SECOND)
    calm(on, deaths)
    done = execute(on.desk, wanted, on.venue.rules("BTC/USDT"))
    assert done.outcome is not DOUBTFUL
    for one in done.orders:
        complete(on.desk, one)
    check(on, wanted)
    if not wanted.role.opens and done.outcome is Outcome.FILLED:
        assert on.venue.filled_of(PARENT) == wanted.quantity
    return on


@pytest.mark.parametrize("opens", [True, False])
@settings(max_examples=40)
@given(
    quantity=quantities,
    limit=limits,
    weather=st.builds(Weather, rolls),
    deaths=st.builds(Deaths, steps),
    lot=lots,
    lag=st.sampled_from((0, 3 * SECOND)),
    in_base=st.booleans(),
)
def test_whatever_fails_the_journal_ends_as_the_venue(opens, quantity, limit, weather, deaths, lot, lag, in_base):
    wanted = (mandate if opens else leaving)(str(quantity), limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        on = worked(Path(folder), wanted, weather, deaths, lot, lag, in_base)
        on.log.engine.dispose()


def test_the_oracle_sees_an_order_that_was_sent_again(tmp_path):
    """What a naive session does: the same order anew after an answer that was lost. The venue takes both."""
    on = bench(tmp_path)
    on.venue.fail("submit", Fault.REPLY_LOST)
    first = execute(on.desk, mandate(), on.venue.rules("BTC/USDT")).orders[0]
    assert first.kind is OrderKind.MARKET
    on.venue.submit(first)
    assert on.venue.doubled() == [first.cid]
    with pytest.raises(AssertionError):
        check(on, mandate())
