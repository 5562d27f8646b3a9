"""A journal worked by hand: what its fills cost, what its trades came to, and what a person is told."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from data.journal import BookedFill, Carried, Decision, Journal, Settled, open_journal
from data.journal.tables import orders
from models.portfolio import Account, Position
from models.types import Bound, Fill, Intent, Leg, Reason, Regime
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.review.alerts import announce
from tasks.session.review.executions import deviating_fills, needs_person, statuses_of
from tasks.session.review.review import Review, reviewed
from tasks.session.review.trades import intents_by_cid

pytestmark = pytest.mark.risk

R = Reason
BOOK = "hand"
CAPITAL = 10_000.0


def intent(bar: int, symbol: str, quantity: float, price: float, reason: Reason, **more: object) -> Intent:
    base = Intent(bar * HOUR, symbol, quantity, price, reason, Bound.NONE, 10.0, Regime.TRENDING, system="swing")
    return replace(base, **{"specialist": "trending"} | more)


def fill(symbol: str, bar: int, quantity: float, price: float, leg: Leg, **more: object) -> Fill:
    base = Fill(symbol, bar * HOUR, quantity, price, 0.0, leg, Regime.TRENDING, system="swing", specialist="trending")
    return replace(base, **more)


def account(**figures: float) -> list[float]:
    nothing = Account(*[0.0] * len(Account._fields))
    return list(nothing._replace(**figures))


def position(**figures: float) -> list[float]:
    nothing = Position(*[0.0] * len(Position._fields))
    return list(nothing._replace(**figures))


FLAT = {"A": position(), "B": position()}


def state(swing: list[float], held: dict[str, list[float]], long: list[float] | None = None) -> Carried:
    accounts = {"swing": swing, "long": long or account(cash=CAPITAL, equity=CAPITAL)}
    return Carried(accounts, {"swing": FLAT | held, "long": FLAT}, {"swing": {}, "long": {}})


def decision(bar: int, intents: tuple[Intent, ...], before: Carried, after: Carried) -> Decision:
    id_ = f"d{bar}"
    bound = {f"{id_}-{k}": f"risk.kelly_fraction, conf/risk_params.yml:{k}" for k in range(len(intents))}
    return Decision(
        id_, BOOK, bar * HOUR, bar * HOUR, "v", {"A": "m1"}, {}, {}, (), intents, (), {}, before, after, bound_by=bound
    )


# Bar 1 orders 10 of A at 100. Bar 2 fills them at 100.1 (the mid was 100: slip 1, about 10 bps) for a fee of 1. Bar 4
# fills the target of 4 of them at 110 (no slip, fee 0.5); the exit of the other 6, decided at bar 5, fills at bar 6 at
# 89.97 (the mid was 90: slip 0.18) for a fee of 0.6. In between, 2 of B are sold short at 50 and bought back at 49.
ENTRY_COST = 10 * 100.1 + 1.0
PARTIAL = 4 * 110.0 - 0.5 - 0.4 * ENTRY_COST
REST = 6 * 89.97 - 0.6 - 0.6 * ENTRY_COST
SHORT = 100.0 - 0.1 - (98.0 + 0.1)
FILLS = (
    BookedFill("d1-0", "m1", fill("A", 2, 10.0, 100.1, Leg.ENTRY, fee=1.0, slip=1.0)),
    BookedFill("d1-0", "m1", fill("A", 4, -4.0, 110.0, Leg.PARTIAL, fee=0.5, realised=PARTIAL)),
    BookedFill(
        "d3-0",
        "",
        fill("B", 4, -2.0, 50.0, Leg.ENTRY, fee=0.1, regime=Regime.CRISIS, system="long", specialist="crisis"),
    ),
    BookedFill(
        "d5-0",
        "m1",
        fill("A", 6, -6.0, 89.97, Leg.EXIT, fee=0.6, slip=0.18, realised=REST, regime=Regime.TRENDING),
    ),
    BookedFill(
        "d3-0",
        "",
        fill(
            "B",
            6,
            2.0,
            49.0,
            Leg.TARGET,
            fee=0.1,
            realised=SHORT,
            regime=Regime.CRISIS,
            system="long",
            specialist="crisis",
        ),
    ),
)


def book_of() -> tuple[Decision, ...]:
    begin = state(account(cash=CAPITAL, equity=CAPITAL), {})
    held = position(quantity=6.0, cost=0.6 * ENTRY_COST, last=85.0)
    open_cash = CAPITAL - ENTRY_COST + 4 * 110.0 - 0.5
    mid = state(account(cash=open_cash, equity=open_cash + 510.0, realised=PARTIAL), {"A": held})
    done = CAPITAL + PARTIAL + REST - 2.0
    end = state(
        account(cash=done, equity=done, realised=PARTIAL + REST, carry=2.0),
        {},
        account(cash=CAPITAL + SHORT + 3.0, equity=CAPITAL + SHORT + 3.0, realised=SHORT, income=3.0),
    )
    short = replace(
        intent(3, "B", -2.0, 50.0, R.ENTER_WEIGHT), system="long", specialist="crisis", bound=Bound.PROFILE_POSITION
    )
    return (
        decision(1, (intent(1, "A", 10.0, 100.0, R.ENTER_EDGE, limit=100.2, bound=Bound.KELLY),), begin, begin),
        decision(3, (short,), begin, begin),
        decision(5, (intent(5, "A", -6.0, 90.0, R.EXIT_TIME),), begin, mid),
        decision(7, (), mid, end),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """The book as a journal has it: each bar's fills come with the decision after them."""
    made = open_journal(tmp_path / "journal.sqlite")
    follows, settled = None, 0
    for one in book_of():
        mine = tuple(booked for booked in FILLS[settled:] if booked.fill.ts <= one.bar)
        settled += len(mine)
        assert made.record_decision(one, follows, Settled("paper", mine), "{}")
        for wanted in one.intents:
            made.record_order(one.cid(wanted), "paper", one.bar)
        follows = one.bar
    return made


@pytest.fixture
def found(journal: Journal, keel_home: Path) -> Review:
    return look(journal)


def look(journal: Journal, splits: dict[str, list[int]] | None = None) -> Review:
    decisions, risk = journal.decisions_of(BOOK), build_desk().loaded.settings.risk
    statuses = statuses_of(journal, intents_by_cid(decisions).keys())
    return reviewed(BOOK, decisions, journal.fills_of(BOOK), statuses, splits or {}, risk)


def test_slippage_is_held_against_its_target(found: Review) -> None:
    (whole,) = found.slippage["all"]
    value = 1001.0 + 440.0 + 100.0 + 6 * 89.97 + 98.0
    assert (whole.fills, whole.share_above) == (5, 0.2)
    assert whole.mean_bps == pytest.approx(1e4 * 1.18 / value)
    assert whole.worst_bps == pytest.approx(1e4 * 1.0 / 1001.0)
    assert {one.name: (one.fills, one.share_above) for one in found.slippage["leg"]} == {
        "entry": (2, 0.5),
        "exit": (1, 0.0),
        "partial": (1, 0.0),
        "target": (1, 0.0),
    }
    assert {one.name: (one.fills, one.share_above) for one in found.slippage["symbol"]} == {
        "A": (3, 1 / 3),
        "B": (2, 0.0),
    }
    rows = found.as_json()["fills"]
    assert isinstance(rows, list)
    assert [one["above_target"] for one in rows] == [True, False, False, False, False]
    assert rows[3]["slippage_bps"] == pytest.approx(1e4 * 0.18 / (6 * 89.97))


def test_every_trade_has_its_decision_and_its_parts(found: Review) -> None:
    partial, rest, short = found.trades
    assert [one.trade.profit for one in found.trades] == pytest.approx([PARTIAL, REST, SHORT])
    assert (partial.cid, rest.cid, short.cid) == ("d1-0", "d1-0", "d3-0")
    assert (rest.entry_reason, rest.bound, rest.trade.reason) == ("enter_edge", "kelly", "exit_time")
    assert rest.bound_by == "risk.kelly_fraction, conf/risk_params.yml:0"
    assert (short.entry_reason, short.bound, short.trade.reason) == ("enter_weight", "profile_position", "target")
    assert (partial.trade.model, short.trade.model) == ("m1", "")
    assert (partial.hours, rest.hours, short.hours) == (2.0, 4.0, 2.0)
    assert (partial.move, rest.move, short.move) == pytest.approx((4 * 10.0, 6 * -10.0, 2.0))
    assert (partial.fees, rest.fees, short.fees) == pytest.approx((0.9, 1.2, 0.2))
    assert (partial.slippage, rest.slippage, short.slippage) == pytest.approx((0.4, 0.78, 0.0), abs=1e-9)
    assert (partial.put_in, rest.put_in, short.put_in) == pytest.approx((400.4, 600.6, 100.0))
    for one in found.trades:
        assert one.move - one.fees - one.slippage == pytest.approx(one.trade.profit, abs=1e-12)


@pytest.mark.parametrize("key", ["system", "specialist", "regime", "symbol"])
def test_the_parts_make_the_whole(found: Review, key: str) -> None:
    rows = {one.name: one.profit for one in found.attribution[key]}
    first, second = {
        "system": ("swing", "long"),
        "specialist": ("trending", "crisis"),
        "regime": ("trending", "crisis"),
        "symbol": ("A", "B"),
    }[key]
    assert rows == {first: pytest.approx(PARTIAL + REST), second: pytest.approx(SHORT)}
    assert sum(rows.values()) == pytest.approx(found.realised, abs=1e-9)


def test_each_system_has_a_record(found: Review) -> None:
    swing, long = found.systems
    assert (swing.name, swing.trades, swing.win_rate, swing.profit_factor) == (
        "swing",
        2,
        0.5,
        pytest.approx(PARTIAL / -REST),
    )
    assert (long.name, long.trades, long.win_rate, long.profit_factor) == ("long", 1, 1.0, None)
    assert swing.profit == pytest.approx(PARTIAL + REST - 2.0)
    assert long.profit == pytest.approx(SHORT + 3.0)
    # At bar 5 what is open is worth 6 * 85, less than at its exit; nothing was ever higher than the beginning.
    low = PARTIAL + 510.0 - 0.6 * ENTRY_COST
    assert low < PARTIAL + REST - 2.0 < 0.0
    assert swing.max_drawdown == pytest.approx(-low / CAPITAL)
    assert long.max_drawdown == 0.0


def test_profit_is_what_the_equity_changed_by(journal: Journal, found: Review) -> None:
    last = journal.decisions_of(BOOK)[-1].state_after
    for one in found.systems:
        assert one.capital + one.profit == pytest.approx(Account(*last.accounts[one.name]).equity)


def test_nothing_is_wrong_with_these_executions(found: Review) -> None:
    assert found.doubtful == ()
    assert found.as_json()["manual_review"] == []


def test_a_loss_of_three_percent_is_told_once(journal: Journal, keel_home: Path) -> None:
    """Both parts of A together lost 2.3 % of the 1001 that were put in; the last one alone lost 10 %."""
    found = look(journal)
    lost = -(PARTIAL + REST) / 1001.0
    assert 0.02 < lost < 0.03
    assert found.large_losses == {}
    risk = build_desk().loaded.settings.risk
    for limit, told in ((lost * 1.0001, 0), (lost * 0.9999, 1)):
        tight = risk.model_copy(update={"breakers": risk.breakers.model_copy(update={"large_loss": limit})})
        decisions = journal.decisions_of(BOOK)
        losses = reviewed(BOOK, decisions, journal.fills_of(BOOK), {}, {}, tight).large_losses
        assert len(losses) == told
    for at in (1, 2):
        announce(journal, BOOK, losses, (), at)
    (row,) = journal.tables()["alerts_outbox"]
    assert (row["key"], row["severity"], row["raised_at"]) == (f"large loss {BOOK} swing A {2 * HOUR}", "warning", 1)
    assert f"lost {lost * 1001.0:.2f} on A" in row["text"]
    assert f"{lost:.2%} of the 1001.00 that were put in" in row["text"]


@pytest.mark.parametrize(
    ("status", "person"),
    [
        ("open", False),
        ("filled", False),
        ("expired", False),
        ("failed", True),
        ("rejected", True),
        ("never heard", True),
    ],
)
def test_a_failed_order_is_for_a_person(journal: Journal, keel_home: Path, status: str, person: bool) -> None:
    assert needs_person(status) == person
    with journal.engine.begin() as connection:
        connection.execute(orders.update().where(orders.c.cid == "d3-0").values(status=status))
    found = look(journal)
    assert [one.cid for one in found.doubtful] == (["d3-0"] if person else [])
    for at in (1, 2):
        announce(journal, BOOK, {}, found.doubtful, at)
    assert [row["severity"] for row in journal.tables()["alerts_outbox"]] == (["error"] if person else [])


ORDERED = {
    "buy": intent(1, "A", 10.0, 100.0, R.ENTER_EDGE),
    "limited": intent(1, "A", 10.0, 100.0, R.ENTER_EDGE, limit=99.0),
    "short": intent(1, "A", -10.0, 100.0, R.ENTER_EDGE, limit=101.0),
    "leave": intent(1, "A", -10.0, 100.0, R.EXIT_EDGE),
}


@pytest.mark.parametrize(
    ("cid", "quantity", "price", "leg", "wrong"),
    [
        ("buy", 10.0, 100.0, Leg.ENTRY, ""),
        ("buy", 9.99, 100.0, Leg.ENTRY, ""),
        ("buy", 10.01, 100.0, Leg.ENTRY, "more than ordered"),
        ("buy", -10.0, 100.0, Leg.ENTRY, "on the other side"),
        ("buy", 10.0, 120.0, Leg.ENTRY, ""),
        ("buy", 10.0, 120.1, Leg.ENTRY, "from the price it was decided on"),
        ("buy", 10.0, 79.9, Leg.ENTRY, "from the price it was decided on"),
        ("buy", -10.0, 50.0, Leg.STOP, ""),
        ("buy", -10.0, 50.0, Leg.EXIT, ""),
        ("limited", 10.0, 99.0, Leg.ENTRY, ""),
        ("limited", 10.0, 99.01, Leg.ENTRY, "worse than its limit"),
        ("short", -10.0, 101.0, Leg.ENTRY, ""),
        ("short", -10.0, 100.99, Leg.ENTRY, "worse than its limit"),
        ("leave", -10.0, 100.0, Leg.EXIT, ""),
        ("leave", -10.5, 100.0, Leg.EXIT, "more than ordered"),
        ("leave", 10.0, 100.0, Leg.EXIT, "on the other side"),
    ],
)
def test_a_fill_that_is_not_what_was_ordered(cid: str, quantity: float, price: float, leg: Leg, wrong: str) -> None:
    found = deviating_fills(ORDERED, [BookedFill(cid, "", fill("A", 2, quantity, price, leg))], {}, 0.2)
    assert len(found) == (1 if wrong else 0)
    assert all(wrong in one.text for one in found)


def test_parts_of_an_order_are_added_up() -> None:
    parts = [BookedFill("leave", "", fill("A", bar, -4.0, 100.0, Leg.EXIT)) for bar in (2, 3, 4)]
    (one,) = deviating_fills(ORDERED, parts, {}, 0.2)
    assert one.key == f"fill leave {4 * HOUR} exit"


@pytest.mark.parametrize(("ex", "told"), [(HOUR, 1), (HOUR + 1, 0), (2 * HOUR, 0), (2 * HOUR + 1, 1)])
def test_units_from_before_a_split_are_not_compared(ex: int, told: int) -> None:
    doubled = [BookedFill("buy", "", fill("A", 2, 20.0, 50.0, Leg.ENTRY))]
    assert len(deviating_fills(ORDERED, doubled, {"A": [ex], "B": [2 * HOUR]}, 0.2)) == told


def test_a_slip_that_nobody_wrote_down_counts_in_no_mean(journal: Journal, keel_home: Path) -> None:
    decisions = journal.decisions_of(BOOK)
    fills = journal.fills_of(BOOK)
    fills[0] = replace(fills[0], fill=replace(fills[0].fill, slip=math.nan))
    found = reviewed(BOOK, decisions, fills, {}, {}, build_desk().loaded.settings.risk)
    assert found.slippage["all"][0].fills == 4
    json.dumps(found.as_json()["fills"], allow_nan=False)


def test_a_book_without_a_trade_has_an_empty_review(keel_home: Path) -> None:
    found = reviewed(BOOK, [], [], {}, {}, build_desk().loaded.settings.risk)
    assert (found.trades, found.systems, found.realised) == ((), (), 0.0)
    json.dumps(found.as_json(), allow_nan=False)


def test_the_review_is_json(found: Review) -> None:
    json.dumps(found.as_json(), allow_nan=False)
