"""Levels that are watched here: what a resting stop did not do, targets, and parts."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Died, Fault
from protected_desks import BASELINE, SYMBOL, Account, account_at, nothing

from models.types.wire import OrderKind, OrderState, Quote, Role, WireOrder
from tasks.session.ordering.levels import crossed_by, watch_levels
from tasks.session.ordering.protecting import Means, protect
from tasks.session.ordering.selling import ORDERS, PATIENCE, sell


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return account_at(tmp_path)


def quoted(account: Account, bid: str) -> Quote:
    return Quote("fake", SYMBOL, Decimal(bid), Decimal(bid) + Decimal("0.02"), account.clock.now())


def watched(account: Account, bid: str) -> list[WireOrder]:
    """What is sent at a quote that the venue has as well."""
    return watch_levels(account.desk, account.held(), [quoted(account, bid)])


def silently(account: Account, bid: str, depth: str = "1000") -> None:
    """The market moves, and nothing that rests at the venue notices."""
    market = account.venue.markets[SYMBOL]
    market.bid, market.ask, market.depth = Decimal(bid), Decimal(bid) + Decimal("0.02"), Decimal(depth)


@pytest.mark.parametrize(
    ("levels", "bid", "crossed"),
    [
        ({"stop": 95.0}, "95.01", None),
        ({"stop": 95.0}, "95.00", Role.STOP),
        ({"stop": 95.0}, "80", Role.STOP),
        ({"stop": 0.0}, "70.01", None),
        ({"stop": 0.0}, "70.00", Role.STOP),
        ({"stop": 95.0, "target": 110.0}, "109.99", None),
        ({"stop": 95.0, "target": 110.0}, "110", Role.TARGET),
        ({"stop": 95.0, "target": 110.0, "partial": 105.0, "part": 0.5}, "105", Role.PARTIAL),
        ({"stop": 95.0, "target": 110.0, "partial": 105.0, "part": 0.5}, "111", Role.TARGET),
        ({"stop": 95.0, "partial": 105.0, "part": 0.0}, "106", None),
    ],
)
def test_which_level_a_bid_reaches(account: Account, levels: dict[str, float], bid: str, crossed: Role | None) -> None:
    account.levels = levels
    account.enter()
    account.decide()
    (held,) = account.held()
    assert crossed_by(account.desk, held, quoted(account, bid)) is crossed


def test_a_quote_of_another_venue_or_symbol_is_none(account: Account) -> None:
    account.enter()
    silently(account, "94")
    quotes = [replace(quoted(account, "94"), venue="other"), replace(quoted(account, "94"), symbol="ETH/USDT")]
    assert watch_levels(account.desk, account.held(), quotes) == []


def test_a_stop_that_rests_does_it_itself(account: Account) -> None:
    account.enter()
    protect(account.desk, account.held())
    held = account.held()
    account.venue.move(SYMBOL, "94", "94.02")
    assert watch_levels(account.desk, held, [quoted(account, "94")]) == []
    assert account.really == 0
    assert account.alerts == {}


def test_where_none_rests_it_is_sold_here(account: Account) -> None:
    account.venue.change(SYMBOL, takes_stops=False)
    account.enter()
    protect(account.desk, account.held())
    account.venue.move(SYMBOL, "94", "94.02")
    (sold,) = watched(account, "94")
    assert (sold.cid, sold.role, sold.kind, sold.state) == (
        f"{account.entry}-f1",
        Role.STOP,
        OrderKind.MARKET,
        OrderState.FILLED,
    )
    # 1 % below the bid, and slippage is told against the level.
    assert (sold.limit, sold.reference) == (Decimal("93.06"), Decimal("95.0"))
    assert account.really == 0


def test_a_stop_that_sleeps_is_taken_back_and_its_work_is_done(account: Account) -> None:
    account.enter()
    protect(account.desk, account.held())
    silently(account, "94")
    before = account.clock.now()
    (sold,) = watched(account, "94")
    assert (sold.filled, account.stops(), account.really) == (Decimal(1), [], Decimal(0))
    assert account.clock.now() - before >= account.desk.poll


def test_a_stop_that_did_half_of_it_is_helped(account: Account) -> None:
    account.enter()
    protect(account.desk, account.held())
    account.venue.move(SYMBOL, "94", "94.02", "0.3")
    silently(account, "94")
    (sold,) = watched(account, "94")
    assert (sold.quantity, account.stops(), account.really) == (Decimal("0.7"), [], Decimal(0))


def test_it_is_sold_until_nothing_is_left(account: Account) -> None:
    account.enter()
    silently(account, "94", "0.25")
    assert [one.filled for one in watched(account, "94")] == [Decimal("0.25")] * 4
    assert account.really == 0


def test_what_is_left_over_is_said_and_tried_again(account: Account) -> None:
    account.enter()
    silently(account, "94", "0.11")
    assert len(watched(account, "94")) == ORDERS
    assert account.really == 1 - ORDERS * Decimal("0.11")
    assert "0.450 of it are left" in str(account.alerts)
    assert len(watched(account, "94")) == ORDERS - 1
    assert account.really == Decimal("0.01")  # too small for any order


@pytest.mark.parametrize("bid", ["95.01", "100"])
def test_a_quote_that_the_venue_does_not_confirm_sells_nothing(account: Account, bid: str) -> None:
    account.enter()
    protect(account.desk, account.held())
    silently(account, bid)
    assert watched(account, "94") == []
    assert account.stops() == [("1", "95")]


def test_a_market_that_comes_back_keeps_its_stop(account: Account) -> None:
    account.enter()
    protect(account.desk, account.held())
    silently(account, "94")
    asked = [2]

    def plan(call: str, _order: WireOrder | None) -> None:
        asked[0] -= call == "quote"
        if not asked[0]:
            silently(account, "96")

    account.venue.plan = plan
    assert watched(account, "94") == []
    assert account.stops() == [("1", "95")]


def test_all_of_it_goes_at_the_target(account: Account) -> None:
    account.levels["target"] = 110.0
    account.enter()
    protect(account.desk, account.held())
    account.venue.move(SYMBOL, "111", "111.02")
    (sold,) = watched(account, "111")
    assert (sold.cid, sold.role, sold.reference) == (f"{account.entry}-t1", Role.TARGET, Decimal("110.0"))
    assert (account.stops(), account.really) == ([], Decimal(0))


def test_a_part_goes_and_the_rest_is_protected(account: Account) -> None:
    account.levels |= {"partial": 105.0, "part": 0.4}
    account.enter()
    protect(account.desk, account.held())
    stale = account.held()
    account.venue.move(SYMBOL, "106", "106.02")
    (sold,) = watched(account, "106")
    assert (sold.cid, sold.role, sold.filled) == (f"{account.entry}-p1", Role.PARTIAL, Decimal("0.4"))
    assert account.stops() == [("0.6", "95")]
    # Not a second time: by what was read before, by what is read now, nor after it was booked.
    assert watch_levels(account.desk, stale, [quoted(account, "106")]) == []
    assert watched(account, "106") == []
    account.levels = {"stop": 95.0}
    account.decide()
    assert watch_levels(account.desk, stale, [quoted(account, "106")]) == []
    assert watched(account, "106") == []
    assert account.stops() == [("0.6", "95")]


def test_of_a_part_that_was_sold_in_part_the_rest_is_sold_later(account: Account) -> None:
    account.levels |= {"partial": 105.0, "part": 0.4}
    account.enter()
    protect(account.desk, account.held())
    silently(account, "106", "0.02")
    assert sum(one.filled for one in watched(account, "106")) == Decimal("0.1")
    assert account.stops() == [("0.9", "95")]
    silently(account, "106")
    assert [one.filled for one in watched(account, "106")] == [Decimal("0.3")]
    assert account.stops() == [("0.6", "95")]


def test_a_part_that_is_too_small_leaves_the_stop_alone(account: Account) -> None:
    account.levels |= {"partial": 105.0, "part": 0.05}
    account.enter()
    protect(account.desk, account.held())
    account.venue.move(SYMBOL, "106", "106.02")
    assert watched(account, "106") == []
    assert account.venue.calls("cancel") == 0


@pytest.mark.parametrize("fault", [Fault.REJECT, Fault.NOT_SENT])
def test_a_target_that_was_refused_gives_the_stop_back_and_waits(account: Account, fault: Fault) -> None:
    account.levels["target"] = 110.0
    account.enter()
    protect(account.desk, account.held())
    account.venue.move(SYMBOL, "111", "111.02")
    account.venue.fail("submit", fault)
    (refused,) = watched(account, "111")
    assert (refused.filled, account.stops()) == (Decimal(0), [("1", "95")])
    assert watched(account, "111") == []
    account.clock.sleep(PATIENCE)
    assert [one.filled for one in watched(account, "111")] == [Decimal(1)]


def test_what_a_stop_was_refused_is_not_asked_for_with_every_quote(account: Account) -> None:
    account.enter()
    silently(account, "94")
    account.venue.fail("submit", Fault.REJECT)
    assert [one.state for one in watched(account, "94")] == [OrderState.REJECTED]
    assert watched(account, "94") == []
    account.clock.sleep(PATIENCE)
    assert [one.state for one in watched(account, "94")] == [OrderState.FILLED]


def test_a_sale_in_doubt_is_not_repeated(account: Account) -> None:
    account.enter()
    silently(account, "94")
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 90)
    assert [one.state for one in watched(account, "94")] == [OrderState.UNKNOWN]
    assert watched(account, "94") == []
    assert any("nothing is sold until the venue says" in text for text in account.alerts.values())
    account.venue.faults["find"].clear()
    assert watched(account, "94") == []
    assert (account.really, account.venue.doubled()) == (Decimal(0), [])


@pytest.mark.parametrize("call", ["quote", "balances"])
def test_a_venue_that_does_not_answer_is_said_and_asked_again(account: Account, call: str) -> None:
    account.enter()
    silently(account, "94")
    account.venue.fail(call, Fault.UNSAID)
    assert watched(account, "94") == []
    assert any(call in text for text in account.alerts.values())
    assert len(watched(account, "94")) == 1


def test_a_stop_that_cannot_be_taken_back_is_said_and_nothing_is_sold(account: Account) -> None:
    account.enter()
    protect(account.desk, account.held())
    silently(account, "94")
    account.venue.fail("cancel", *[Fault.DROPPED] * 99)
    assert watched(account, "94") == []
    assert (account.stops(), account.really) == ([("1", "95")], Decimal(1))
    assert "could not be taken back" in str(account.alerts)


@pytest.mark.parametrize("levels", [{"stop": 95.0}, {"stop": 80.0, "target": 90.0}])
@pytest.mark.parametrize("cut", range(30))
def test_a_process_that_dies_while_it_sells_is_followed_by_one_that_ends_it(
    tmp_path: Path, levels: dict[str, float], cut: int
) -> None:
    account = account_at(tmp_path)
    account.enter()
    account.levels = levels
    account.decide()
    protect(account.desk, account.held())
    silently(account, "94")
    held, left = account.held(), [cut]

    def step(label: str, _order: object = None) -> None:
        left[0] -= 1
        if not left[0]:
            raise Died

    account.venue.plan = step
    died = run(lambda: watch_levels(account.dying(step), held, [quoted(account, "94")]))
    assert died or left[0] > 0 or cut == 0
    assert left[0] > 0 or cut < 29  # it was cut at every step there is
    account.venue.plan = lambda _call, _order: None
    for _ in range(2):
        account.clock.sleep(PATIENCE)
        watch_levels(account.dying(nothing), account.held(), [quoted(account, "94")])
    found = protect(account.desk, account.held())
    assert {one.means for one in found} <= {Means.FLAT}
    assert (account.really, account.stops(), account.venue.doubled()) == (Decimal(0), [], [])
    assert account.venue.wallet["BTC"] == BASELINE


def run(work: Callable[[], object]) -> bool:
    """Whether it died."""
    try:
        work()
    except Died:
        return True
    return False


def test_what_is_hardly_worth_an_order_is_sold_all_the_same(account: Account) -> None:
    account.enter("0.107")
    silently(account, "94")
    (sold,) = watched(account, "94")
    # 1 % below the bid it would be worth 9.96, less than the venue takes.
    assert (sold.state, sold.limit) == (OrderState.FILLED, Decimal("93.46"))


def test_what_has_to_go_is_sold_like_a_stop_under_ids_of_its_own(account: Account) -> None:
    account.enter()
    silently(account, "94", "0.25")
    (held,) = account.held()
    first = sell(account.desk, held, Decimal("0.25"), Role.STOP, Decimal(95))
    second = sell(account.desk, held, Decimal(1), Role.FLATTEN, Decimal(100))
    assert [one.cid.rpartition("-")[2] for one in (*first, *second)] == ["f1", "x1", "x2", "x3"]
    assert (account.really, second[0].role) == (Decimal(0), Role.FLATTEN)
