"""A mandate from its first order to its end: slices, collars, limits, remainders, faults and crashes."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Died, FakeVenue, Fault
from order_desks import NOW, PARENT, Bench, bench, leaving, mandate, order, settings_of

from models.orders import Done, Outcome
from models.types import BadInput, Refused
from models.types.wire import OrderKind, OrderState, Quote, Role, WireOrder
from tasks.session.ordering.executing import execute

FILLED, GIVEN_UP, LEFT, DOUBTFUL = Outcome.FILLED, Outcome.GIVEN_UP, Outcome.LEFT, Outcome.DOUBTFUL


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def run(on: Bench, **changed: object) -> Done:
    return execute(on.desk, mandate(**changed), on.venue.rules("BTC/USDT"))


def leave(on: Bench, **changed: object) -> Done:
    return execute(on.desk, leaving(**changed), on.venue.rules("BTC/USDT"))


def shown(done: Done) -> list[tuple[str, str, str]]:
    return [(one.cid.removeprefix(PARENT), str(one.quantity), one.state.value) for one in done.orders]


def on_submit(on: Bench, number: int, act) -> None:
    """Do something just before the `number`-th order arrives."""
    seen = []

    def plan(call: str, _order: WireOrder | None) -> None:
        if call == "submit":
            seen.append(call)
            if len(seen) == number:
                act()

    on.venue.plan = plan


# What is larger than a slice.


def test_a_small_entry_is_one_order(on):
    done = run(on, quantity="1")
    assert (done.outcome, done.filled, done.value) == (FILLED, Decimal(1), Decimal("100.01"))
    assert shown(done) == [("-1", "1.000", "filled")]
    assert on.clock.now() == NOW


def test_a_large_entry_is_sliced_with_pauses(on):
    done = run(on, quantity="25")
    assert done.outcome is FILLED
    assert shown(done) == [("-1", "8.334", "filled"), ("-2", "8.333", "filled"), ("-3", "8.333", "filled")]
    assert [one.created_at - NOW for one in done.orders] == [0, 2 * SECOND, 4 * SECOND]
    assert all(one.value <= 1000 for one in done.orders)


def test_slicing_stops_when_the_stop_flag_is_set(on):
    on_submit(on, 1, on.stop)
    done = run(on, quantity="25")
    assert done.outcome is GIVEN_UP
    assert done.why.startswith("gate: stopped")
    assert shown(done) == [("-1", "8.334", "filled"), ("-2", "8.333", "rejected")]


def test_an_exit_goes_on_under_the_stop_flag(on):
    on.stop()
    assert leave(on, quantity="25").outcome is FILLED


def test_slicing_stops_when_the_market_left_the_collar(on):
    def moved() -> None:
        on.venue.markets["BTC/USDT"].bid = Decimal("101.10")
        on.venue.markets["BTC/USDT"].ask = Decimal("101.20")

    on_submit(on, 2, lambda: on.clock.sleep(0))
    run_with = on.desk.checkpoint

    def after_first(label: str) -> None:
        run_with(label)
        if on.cut.passed.count("absorbed entry") == 1:
            moved()

    done = execute(replace(on.desk, checkpoint=after_first), mandate("25"), on.venue.rules("BTC/USDT"))
    assert (done.outcome, done.filled) == (GIVEN_UP, Decimal("8.334"))
    assert "farther than 0.01 from 100" in done.why
    assert on.alerts.has("entry given up")


def test_an_entry_that_the_book_cannot_fill_within_the_collar_is_given_up(on):
    on.venue.move("BTC/USDT", "99.99", "100.01", depth="0.4")
    done = run(on)
    assert (done.outcome, done.filled) == (GIVEN_UP, Decimal("0.4"))
    assert on.venue.resting() == []


def test_an_exit_goes_on_until_its_attempts_are_used_up(on):
    on.venue.move("BTC/USDT", "99.99", "100.01", depth="0.4")
    done = leave(on)
    assert (done.outcome, done.filled) == (FILLED, Decimal(1))
    assert [cid for cid, _, _ in shown(done)] == ["-1", "-x1", "-x2"]
    again = leave(on, quantity="2", parent="other")
    assert (again.outcome, again.filled) == (LEFT, Decimal("1.2"))
    assert on.alerts.has("exit left")
    on.venue.move("BTC/USDT", "99.99", "100.01", depth="5")
    assert leave(on, quantity="2", parent="other").outcome is FILLED
    assert on.venue.filled_of("other") == 2


def test_an_exit_leaves_wherever_the_market_is(on):
    on.venue.move("BTC/USDT", "70", "71")
    done = leave(on)
    assert (done.outcome, done.value) == (FILLED, Decimal(70))
    assert done.orders[0].limit == Decimal("69.30")


def test_without_a_quote_nothing_is_entered_and_an_exit_is_held_to_its_decision(on):
    on.venue.fail("quote", Fault.UNSAID, Fault.UNSAID)
    assert run(on).outcome is GIVEN_UP
    done = leave(on, parent="other")
    assert (done.outcome, done.orders[0].limit) == (FILLED, Decimal("99.00"))


# What first rests.


def test_a_limit_that_is_reached_is_filled_at_its_price(on):
    on_submit(on, 1, lambda: None)
    desk = replace(on.desk, clock=_Moving(on, 5, "95"))
    done = execute(desk, mandate(limit=Decimal("95.004")), on.venue.rules("BTC/USDT"))
    assert (done.outcome, done.value) == (FILLED, Decimal("95.00"))
    assert [(one.kind, one.limit) for one in done.orders] == [(OrderKind.LIMIT, Decimal("95.00"))]


def test_what_is_left_of_a_limit_goes_to_market_after_its_time(on):
    done = run(on, limit=Decimal("99.50"))
    assert done.outcome is FILLED
    assert shown(done) == [("-1", "1.000", "canceled"), ("-m", "1.000", "filled")]
    assert on.clock.now() - NOW == 30 * SECOND


def test_an_entry_that_rests_is_withdrawn_as_soon_as_the_stop_flag_is_set(on):
    on_submit(on, 1, lambda: None)
    desk = replace(on.desk, clock=_Then(on, 5, on.stop))
    done = execute(desk, mandate(limit=Decimal("99.50")), on.venue.rules("BTC/USDT"))
    assert (done.outcome, shown(done)[0]) == (GIVEN_UP, ("-1", "1.000", "canceled"))
    assert done.why.startswith("gate: stopped")
    assert on.clock.now() - NOW < 10 * SECOND
    assert not on.venue.resting()


def test_an_exit_that_rests_stays_under_the_stop_flag(on):
    on.stop()
    assert shown(leave(on, limit=Decimal("100.50"))) == [("-1", "1.000", "canceled"), ("-m", "1.000", "filled")]
    assert on.clock.now() - NOW == 30 * SECOND


def test_an_exit_with_a_limit_goes_to_market_as_well(on):
    done = leave(on, limit=Decimal(101))
    assert shown(done) == [("-1", "1.000", "canceled"), ("-m", "1.000", "filled")]


def test_what_is_left_of_a_limit_is_sliced(on):
    done = run(on, quantity="25", limit=Decimal("99.50"))
    assert (done.outcome, done.filled) == (FILLED, Decimal(25))
    assert [cid for cid, _, _ in shown(done)] == ["-1", "-m", "-2", "-3"]


def test_what_is_left_of_a_limit_may_be_too_small_for_the_market(on):
    desk = replace(on.desk, clock=_Moving(on, 5, "99.50", depth="0.95"))
    done = execute(desk, mandate(limit=Decimal("99.50")), on.venue.rules("BTC/USDT"))
    assert (done.outcome, done.filled) == (GIVEN_UP, Decimal("0.95"))
    assert "less than the smallest order" in done.why


def test_nothing_follows_a_limit_that_cannot_be_cancelled(on):
    on.venue.fail("cancel", *[Fault.DROPPED] * 100)
    done = run(on, limit=Decimal("99.50"))
    assert done.outcome is DOUBTFUL
    assert [one.state for one in done.orders] == [OrderState.OPEN]
    on.venue.faults.clear()
    again = run(on, limit=Decimal("99.50"))
    assert (again.outcome, on.venue.filled_of(PARENT)) == (FILLED, Decimal(1))


# A clock that is set.


@pytest.mark.parametrize("by", [-3600 * SECOND, 3600 * SECOND])
def test_a_clock_that_is_set_makes_no_pause_between_slices_longer_or_shorter(on, by):
    on.set_clock(by)
    assert leave(on, quantity="30").outcome is FILLED
    assert on.clock.now() - NOW == 2 * SECOND * (on.venue.calls("submit") - 1)


@pytest.mark.parametrize("by", [-3600 * SECOND, 3600 * SECOND])
def test_a_clock_that_is_set_lets_a_limit_rest_neither_longer_nor_shorter(on, by):
    on.set_clock(by)
    assert shown(leave(on, limit=Decimal("100.50"))) == [("-1", "1.000", "canceled"), ("-m", "1.000", "filled")]
    assert on.clock.now() - NOW == 30 * SECOND


# What is refused, lost or in doubt.


@pytest.mark.parametrize("fault", [Fault.REJECT, Fault.NOT_SENT, Fault.BANNED, Fault.DROPPED])
def test_an_entry_that_was_refused_or_lost_is_over_for_good(on, fault):
    on.venue.fail("submit", fault)
    assert run(on).outcome is GIVEN_UP
    assert run(on).outcome is GIVEN_UP
    assert on.venue.calls("submit") == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "sent"),
    [(Fault.NOT_SENT, FILLED, 2), (Fault.DROPPED, LEFT, 1), (Fault.BANNED, LEFT, 1), (Fault.REJECT, LEFT, 1)],
)
def test_an_exit_that_never_left_is_ordered_again_and_any_other_in_the_next_cycle(on, fault, outcome, sent):
    on.venue.fail("submit", fault)
    assert leave(on).outcome is outcome
    assert on.venue.requests[-1][1] != "quote"
    assert on.venue.calls("submit") == sent
    assert leave(on).outcome is FILLED
    assert on.venue.filled_of(PARENT) == 1
    assert on.venue.doubled() == []


def test_nothing_is_sent_while_an_order_is_in_doubt(on):
    on.venue.fail("submit", Fault.REPLY_LOST)
    on.venue.fail("find", *[Fault.UNSAID] * 200)
    assert run(on, quantity="25").outcome is DOUBTFUL
    assert leave(on, parent="other").outcome is DOUBTFUL
    assert run(on, quantity="25").outcome is DOUBTFUL
    assert on.venue.calls("submit") == 1
    on.venue.faults.clear()
    done = run(on, quantity="25")
    assert (done.outcome, on.venue.filled_of(PARENT)) == (FILLED, Decimal(25))
    assert on.venue.doubled() == []


def test_too_little_money_is_no_reason_to_try_again(on):
    on.venue.wallet["USDT"] = Decimal(50)
    done = run(on)
    assert done.outcome is GIVEN_UP
    assert "insufficient balance" in done.why
    assert on.alerts.has("order rejected")
    on.venue.wallet["BTC"] = Decimal(0)
    assert leave(on, parent="other").outcome is LEFT
    assert on.venue.calls("submit") == 2


# What the venue changes while it runs.


def test_rules_that_changed_are_asked_for_once_and_the_order_rounded_by_them(on):
    rules = on.venue.rules("BTC/USDT")
    on.venue.change("BTC/USDT", lot=Decimal("0.1"), least_quantity=Decimal("0.1"))
    done = execute(on.desk, mandate("1.234"), rules)
    assert shown(done) == [("-1", "1.234", "rejected"), ("-2", "1.2", "filled")]
    assert (done.outcome, done.filled) == (GIVEN_UP, Decimal("1.2"))


def test_a_second_refusal_ends_it(on):
    rules = on.venue.rules("BTC/USDT")
    on.venue.change("BTC/USDT", lot=Decimal("0.1"), least_quantity=Decimal("0.1"))
    on_submit(on, 2, lambda: on.venue.change("BTC/USDT", lot=Decimal("0.5"), least_quantity=Decimal("0.5")))
    done = execute(on.desk, mandate("1.234"), rules)
    assert (done.outcome, on.venue.calls("submit")) == (GIVEN_UP, 2)


def test_a_smallest_order_that_grew_is_not_ordered(on):
    rules = on.venue.rules("BTC/USDT")
    on.venue.change("BTC/USDT", min_notional=Decimal(500))
    done = execute(on.desk, mandate(), rules)
    assert shown(done) == [("-1", "1.000", "rejected")]
    assert "smallest order" in done.why


def test_what_is_not_traded_is_not_entered_and_leaving_is_tried(on):
    on.venue.change("BTC/USDT", is_trading=False, status="HALT")
    rules = on.venue.rules("BTC/USDT")
    assert execute(on.desk, mandate(), rules).outcome is GIVEN_UP
    assert on.venue.calls("submit") == 0
    assert execute(on.desk, leaving(parent="other"), rules).outcome is LEFT
    assert on.venue.calls("submit") == 1
    assert on.alerts.has("not trading")


def test_a_halt_that_comes_in_between_ends_an_entry(on):
    rules = on.venue.rules("BTC/USDT")
    on.venue.change("BTC/USDT", is_trading=False, status="BREAK")
    done = execute(on.desk, mandate(), rules)
    assert (done.outcome, on.venue.calls("submit")) == (GIVEN_UP, 1)
    assert "does not trade" in done.why


def test_more_than_the_venue_takes_at_once_is_several_orders(tmp_path):
    on = bench(tmp_path, settings=settings_of(slice_notional=100_000.0))
    on.venue.change("BTC/USDT", most_quantity=Decimal(4))
    done = run(on, quantity="10")
    assert [one.quantity for one in done.orders] == [Decimal(4), Decimal(4), Decimal(2)]


def test_what_is_too_small_is_not_sent(on):
    assert run(on, quantity="0.05").outcome is GIVEN_UP
    assert run(on, quantity="0.0004", parent="other").outcome is GIVEN_UP
    assert on.venue.calls("submit") == 0


# A call after another.


def test_a_decision_that_is_too_old_is_not_entered(on):
    on.clock.sleep(900 * SECOND)
    assert "stale_decision" in run(on).why
    assert leave(on, parent="other").outcome is FILLED


def test_what_is_done_is_not_done_again(on):
    first = run(on)
    assert run(on) == first
    assert on.venue.calls("submit") == 1


def test_orders_that_protect_what_was_opened_are_not_the_mandates(on):
    stop = order(f"{PARENT}-s1", role=Role.STOP, kind=OrderKind.STOP, is_buy=False, limit=None, stop=Decimal(90))
    on.log.admit(stop, lambda _: None, NOW)
    on.log.absorb(on.venue.submit(stop), NOW)
    assert shown(run(on)) == [("-1", "1.000", "filled")]


def test_what_was_begun_at_one_venue_is_not_gone_on_with_at_another(on):
    run(on)
    with pytest.raises(BadInput, match="went to fake"):
        execute(on.desk, mandate(venue="elsewhere"), on.venue.rules("BTC/USDT"))


STEPS = [
    ("admitted", 1, "0", GIVEN_UP),  # never sent: an entry that was lost is over
    ("sent", 1, "25", FILLED),
    ("absorbed", 1, "25", FILLED),
    ("admitted", 2, "8.334", GIVEN_UP),
    ("sent", 3, "25", FILLED),
]


@pytest.mark.parametrize(("step", "number", "filled", "outcome"), STEPS)
def test_an_entry_goes_on_after_a_crash(tmp_path, step, number, filled, outcome):
    on = bench(tmp_path)
    on.cut.label, on.cut.number = f"{step} entry", number
    with pytest.raises(Died):
        run(on, quantity="25")
    done = run(on.taken_over(), quantity="25")
    assert (done.outcome, done.filled, on.venue.filled_of(PARENT)) == (outcome, Decimal(filled), Decimal(filled))
    assert on.venue.doubled() == []


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("step", ["admitted", "sent", "absorbed"])
def test_an_exit_is_filled_after_a_crash_anywhere(tmp_path, step, number):
    on = bench(tmp_path)
    on.cut.label, on.cut.number = f"{step} exit", number
    with pytest.raises(Died):
        leave(on, quantity="25")
    after = on.taken_over()
    if step == "admitted":
        assert leave(after, quantity="25").outcome is LEFT  # the venue denied it: ordered again in the next cycle
    done = leave(after, quantity="25")
    assert (done.outcome, on.venue.filled_of(PARENT)) == (FILLED, Decimal(25))
    assert on.venue.doubled() == []


@pytest.mark.parametrize("step", ["absorbed", "cancelling", "cancelled", "confirmed"])
def test_a_limit_goes_on_after_a_crash(tmp_path, step):
    on = bench(tmp_path)
    on.cut.label = f"{step} entry"
    with pytest.raises(Died):
        run(on, limit=Decimal("99.50"))
    done = run(on.taken_over(), limit=Decimal("99.50"))
    assert (done.outcome, on.venue.filled_of(PARENT)) == (FILLED, Decimal(1))
    assert shown(done) == [("-1", "1.000", "canceled"), ("-m", "1.000", "filled")]


def test_a_zombie_orders_nothing(on):
    on.taken_over()
    with pytest.raises(Refused, match="lease"):
        run(on)
    assert on.venue.calls("submit") == 0


class _Moving:
    """The bench's clock; after `seconds` the market offers at `ask`."""

    def __init__(self, on: Bench, seconds: int, ask: str, depth: str | None = None) -> None:
        self.on, self.at, self.ask, self.depth = on, on.clock.now() + seconds * SECOND, ask, depth

    def now(self) -> int:
        return self.on.clock.now()

    def sleep(self, micros: int) -> None:
        self.on.clock.sleep(micros)
        venue: FakeVenue = self.on.venue
        if self.at <= self.on.clock.now() and venue.markets["BTC/USDT"].ask != Decimal(self.ask):
            venue.move("BTC/USDT", str(Decimal(self.ask) - Decimal("0.02")), self.ask, self.depth)
            assert isinstance(venue.quote("BTC/USDT"), Quote)


class _Then:
    """The bench's clock; `act` happens after `seconds`, once."""

    def __init__(self, on: Bench, seconds: int, act) -> None:
        self.on, self.at, self.act = on, on.clock.now() + seconds * SECOND, act

    def now(self) -> int:
        return self.on.clock.now()

    def sleep(self, micros: int) -> None:
        self.on.clock.sleep(micros)
        if self.act is not None and self.at <= self.on.clock.now():
            self.act()
            self.act = None
