"""Orders in the journal: written before they are sent, moved forward by what is heard, figures to the last digit."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from journal_rows import made_decision, record
from sqlalchemy import text
from wire_orders import NOON, SECOND, allow, made_order, made_report, made_trade, open_log

from data.journal import (
    FeedLog,
    Holding,
    HoldingKind,
    HoldingLog,
    Journal,
    JournalPlace,
    Leases,
    LiveKind,
    LiveLog,
    OrderLog,
    ParameterLog,
    RiskLog,
    RouteLog,
    Settled,
    Standing,
    TrialLedger,
    blocked_by,
    open_journal,
)
from data.journal.order_admission import read_standing
from data.journal.order_audit import verify_orders
from data.journal.reading import reads
from models.types import BadInput, Damaged, Refused, Series, Unavailable
from models.types.wire import OrderKind, OrderState, Role, WireOrder

S = OrderState
DAY = 24 * 3600 * SECOND


@pytest.fixture
def log(journal: Journal) -> OrderLog:
    return open_log(journal)


def _standing(log: OrderLog, at: int) -> Standing:
    """What a judge is told; nothing is written."""
    told: list[Standing] = []

    def judge(standing: Standing) -> str | None:
        told.append(standing)
        raise StopAsyncIteration

    with pytest.raises(StopAsyncIteration):
        log.admit(made_order("never-0-1"), judge, at)
    assert log.order("never-0-1") is None
    return told[0]


def test_an_order_comes_back_to_the_last_digit(log: OrderLog, place: JournalPlace) -> None:
    odd = made_order(
        "b-0-1",
        role=Role.STOP,
        kind=OrderKind.STOP,
        is_buy=False,
        quantity=Decimal("0.10000000"),
        limit=None,
        stop=Decimal("1E-8"),
        reference=Decimal("123456789012345678.90"),
    )
    for order in (made_order(), odd):
        assert log.admit(order, allow, NOON) is None
        assert repr(log.order(order.cid)) == repr(order)
    assert repr(open_log(place.open()).orders_of_book("book")) == repr([made_order(), odd])


def test_it_was_created_when_it_was_written(log: OrderLog) -> None:
    log.admit(made_order(created_at=0), allow, NOON + 5)
    assert log.order("a1-0-1") == made_order(created_at=NOON + 5)


def test_a_refused_order_is_there_with_its_reason_and_counts_for_nothing(log: OrderLog, journal: Journal) -> None:
    assert log.admit(made_order(), lambda _: "too much", NOON) == "too much"
    assert log.order("a1-0-1") == made_order(state=S.REJECTED, why="too much")
    assert log.live_orders() == []
    assert _standing(log, NOON + 1) == Standing(None, 0, 0, Decimal(0))
    assert [row["kind"] for row in journal.tables()["order_events"]] == ["refused"]


@pytest.mark.parametrize("first", [allow, lambda _: "no"])
def test_a_client_order_id_is_used_once(log: OrderLog, first: Callable[[Standing], str | None]) -> None:
    log.admit(made_order(), first, NOON)
    log.absorb(made_report(S.FILLED, filled="0.3"), NOON)
    with pytest.raises(Refused, match=r"a1-0-1 was written before and is .*never sent twice"):
        log.admit(made_order(), allow, NOON + DAY)
    assert len(log.orders_of_book("book")) == 1


@pytest.mark.parametrize(
    "order",
    [
        made_order(state=S.OPEN),
        made_order(""),
        made_order("x" * 37),
        made_order(quantity=Decimal("NaN")),
        made_order(quantity=Decimal(0)),
        made_order(limit=Decimal("Infinity")),
        made_order(limit=Decimal(-1)),
    ],
)
def test_what_no_judge_may_let_through_is_not_written(log: OrderLog, journal: Journal, order: WireOrder) -> None:
    with pytest.raises(ValueError, match="allowed are"):
        log.admit(order, allow, NOON)
    assert journal.tables()["wire_orders"] == journal.tables()["order_events"] == []
    assert _standing(log, NOON).opened_today == 0


def test_a_judge_that_breaks_leaves_nothing_behind(log: OrderLog, journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError):
        log.admit(made_order(), lambda standing: str(1 // standing.opening_last_minute), NOON)
    assert journal.tables()["wire_orders"] == journal.tables()["order_events"] == []
    assert log.admit(made_order(), allow, NOON) is None


def test_a_judge_is_told_what_was_ordered_lately(log: OrderLog) -> None:
    """Two orders that open in each of three half minutes, one that reduces; values of the whole UTC day."""
    for half in range(3):
        at = NOON + half * 30 * SECOND
        log.admit(made_order(f"{half}-e"), allow, at)
        log.admit(made_order(f"{half}-a", role=Role.ADD, limit=None, quantity=Decimal(1)), allow, at)
        log.admit(made_order(f"{half}-s", role=Role.STOP, limit=None, stop=Decimal(9)), allow, at)
        log.admit(made_order(f"{half}-r"), lambda _: "refused", at)
    each = Decimal("0.30") * Decimal("101.50") + Decimal("100.1")
    at = NOON + 60 * SECOND
    assert _standing(log, at) == Standing(None, 4, 2, 3 * each)
    assert _standing(log, at - 1) == Standing(None, 6, 3, 3 * each)
    assert _standing(log, at + 60 * SECOND) == Standing(None, 0, 0, 3 * each)
    midnight = NOON - NOON % DAY + DAY
    assert _standing(log, midnight - 1).opened_today == 3 * each
    assert _standing(log, midnight).opened_today == 0


def test_what_bears_a_later_time_counts_as_of_the_last_minute(log: OrderLog) -> None:
    log.admit(made_order(), allow, NOON)
    assert _standing(log, NOON - 3600 * SECOND).opening_last_minute == 1


def test_the_stop_flag_is_read_with_the_order(log: OrderLog, journal: Journal) -> None:
    assert _standing(log, NOON).stop_reason is None
    journal.set_stop("by hand", NOON)
    assert _standing(log, NOON).stop_reason == "by hand"


@pytest.mark.parametrize("reason", ["''", "'  '", "x'ff'", "7"])
def test_a_stop_flag_that_says_nothing_is_a_stop(log: OrderLog, journal: Journal, reason: str) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO control (flag, reason, set_at) VALUES ('stop', {reason}, 1)"))  # noqa: S608
    assert _standing(log, NOON).stop_reason is not None


def test_a_stop_flag_that_cannot_be_read_lets_nothing_through(log: OrderLog, journal: Journal) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text("DROP TABLE control"))
    with pytest.raises((Unavailable, Damaged), match="control"):
        log.admit(made_order(), allow, NOON)
    assert log.order("a1-0-1") is None


def test_a_report_moves_the_order_and_brings_its_fills(log: OrderLog, journal: Journal) -> None:
    log.admit(made_order(), allow, NOON)
    fills = made_trade(1), made_trade(2, price="101")
    part = log.absorb(made_report(S.OPEN, filled="0.2", trades=fills), NOON + 1)
    assert part == log.order("a1-0-1")
    assert part is not None
    assert (part.state, part.filled, part.value, part.exchange_id) == (
        S.OPEN,
        Decimal("0.2"),
        Decimal("20.1"),
        "Xa1-0-1",
    )
    assert log.trades_of("a1-0-1") == list(fills)
    rows = journal.tables()["order_events"]
    for _ in range(2):
        assert log.absorb(made_report(S.OPEN, filled="0.2", trades=fills), NOON + 2) == part
    assert journal.tables()["order_events"] == rows
    log.verify_chain()


def test_what_is_none_of_ours_is_left_alone(log: OrderLog, journal: Journal) -> None:
    log.admit(made_order(), allow, NOON)
    assert log.absorb(made_report(S.OPEN, made_order("web_123")), NOON) is None
    assert log.absorb(replace(made_report(S.OPEN), cid=None, exchange_id=""), NOON) is None
    assert log.absorb(replace(made_report(S.OPEN), venue="kraken"), NOON) is None
    assert log.add_trades([made_trade(1, made_order("web_123"))], NOON) == 1
    assert log.unsettled("book") == []
    assert [row["cid"] for row in journal.tables()["venue_trades"]] == [None]
    log.verify_chain()


def test_the_venues_own_id_is_enough_once_it_is_known(log: OrderLog) -> None:
    log.admit(made_order(), allow, NOON)
    log.absorb(made_report(S.OPEN), NOON)
    canceled = log.absorb(replace(made_report(S.CANCELED), cid=None), NOON)
    assert canceled is not None
    assert (canceled.cid, canceled.state) == ("a1-0-1", S.CANCELED)
    assert log.absorb(replace(made_report(S.CANCELED), cid=None, symbol="ETH/USDT"), NOON) is None


def test_a_fill_that_comes_before_its_order_is_known_is_the_orders_later(log: OrderLog) -> None:
    log.admit(made_order(), allow, NOON)
    early = replace(made_trade(1), cid=None)
    assert log.add_trades([early], NOON) == 1
    assert log.trades_of("a1-0-1") == []
    heard = log.absorb(made_report(S.OPEN), NOON)
    assert heard is not None
    assert (heard.state, heard.filled, heard.value) == (S.OPEN, Decimal("0.1"), 10)
    assert log.trades_of("a1-0-1") == [made_trade(1)]
    log.verify_chain()


def test_a_fill_that_says_its_order_only_the_second_time_is_claimed_then(log: OrderLog) -> None:
    log.admit(made_order(), allow, NOON)
    assert log.add_trades([replace(made_trade(1), cid=None)], NOON) == 1
    assert log.add_trades([made_trade(1)], NOON) == 1
    assert log.add_trades([made_trade(1)], NOON) == 0
    order = log.order("a1-0-1")
    assert order is not None
    assert (order.state, order.filled) == (S.OPEN, Decimal("0.1"))
    log.verify_chain()


@pytest.mark.parametrize("changed", [{"is_buy": False}, {"symbol": "ETH/USDT"}, {"venue": "kraken"}])
def test_a_fill_of_another_side_or_market_is_not_the_orders(log: OrderLog, changed: dict[str, object]) -> None:
    log.admit(made_order(), allow, NOON)
    assert log.add_trades([replace(made_trade(1), **changed)], NOON) == 1
    assert log.trades_of("a1-0-1") == []


def test_trades_of_an_order_that_was_lost_bring_it_back(log: OrderLog) -> None:
    log.admit(made_order(), allow, NOON)
    assert log.mark("a1-0-1", S.LOST, "never arrived", NOON).state is S.LOST
    log.add_trades([made_trade(1)], NOON)
    order = log.order("a1-0-1")
    assert order is not None
    assert (order.state, order.filled) == (S.OPEN, Decimal("0.1"))


def test_marks_are_for_orders_that_are_there_and_in_doubt(log: OrderLog) -> None:
    with pytest.raises(BadInput, match="no order gone"):
        log.mark("gone", S.LOST, "why", NOON)
    log.admit(made_order(), allow, NOON)
    with pytest.raises(ValueError, match="cannot be marked filled"):
        log.mark("a1-0-1", S.FILLED, "why", NOON)
    log.absorb(made_report(S.OPEN), NOON)
    assert log.mark("a1-0-1", S.LOST, "why", NOON).state is S.OPEN


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal(0)},
        {"price": Decimal(-1)},
        {"price": Decimal("Infinity")},
        {"fee": Decimal("NaN")},
    ],
)
def test_a_fill_with_impossible_figures_is_a_sentence(log: OrderLog, changed: dict[str, Decimal]) -> None:
    log.admit(made_order(), allow, NOON)
    wrong = replace(made_trade(2), **changed)
    for write in (
        lambda: log.add_trades([made_trade(1), wrong], NOON),
        lambda: log.absorb(made_report(S.OPEN, trades=(made_trade(1), wrong)), NOON),
    ):
        with pytest.raises(BadInput, match="the fill t2 of BTC/USDT at binance has"):
            write()
    assert log.trades_of("a1-0-1") == []
    assert log.order("a1-0-1") == made_order()


def test_orders_are_found_by_what_is_asked(log: OrderLog) -> None:
    """In the order they were written, not in that of their names."""
    made = [
        made_order("a-0-s10", role=Role.STOP),
        made_order("a-0-s9", role=Role.STOP, venue="kraken"),
        made_order("a-1-1", parent="a-1", book="other"),
    ]
    for number, order in enumerate(made):
        log.admit(order, allow, NOON + (number == 2))
    names = [one.cid for one in made]
    assert [one.cid for one in log.children("a1-0")] == names[:2]
    assert [one.cid for one in log.live_orders()] == names
    assert [one.cid for one in log.live_orders("kraken")] == names[1:2]
    assert [one.cid for one in log.doubtful("other")] == names[2:]
    assert [one.cid for one in log.orders_of_book("other", NOON + 1)] == names[2:]
    assert log.orders_of_book("other", NOON + 2) == []
    log.absorb(made_report(S.OPEN, made[0]), NOON)
    log.mark(names[2], S.UNKNOWN, "why", NOON)
    assert [one.cid for one in log.doubtful()] == names[1:]
    log.mark(names[2], S.LOST, "why", NOON)
    assert [one.cid for one in log.live_orders()] == names[:2]


def test_the_newest_fill_is_by_venue_and_symbol(log: OrderLog) -> None:
    assert log.newest_trade("binance", "BTC/USDT") is None
    log.add_trades([made_trade(3), made_trade(1), replace(made_trade(9), venue="kraken")], NOON)
    assert log.newest_trade("binance", "BTC/USDT") == NOON + 3
    assert log.newest_trade("kraken", "BTC/USDT") == NOON + 9


def test_a_decision_books_each_fill_once(log: OrderLog, journal: Journal) -> None:
    for order in (made_order(), made_order("b-0-1", book="other")):
        log.admit(order, allow, NOON)
        log.add_trades([replace(made_trade(at, order), trade_id=f"{order.cid} {at}") for at in (2, 1)], NOON)
    waiting = log.unsettled("book")
    assert [(trade.at, order.cid) for _, trade, order in waiting] == [(NOON + 1, "a1-0-1"), (NOON + 2, "a1-0-1")]
    ids = tuple(number for number, _, _ in waiting)
    first = Settled("binance", trades=ids[:1])
    assert record(journal, made_decision(0), first)
    assert not record(journal, made_decision(0), first)
    assert [number for number, _, _ in log.unsettled("book")] == list(ids[1:])
    for again in (ids[:1], (999,), ids):
        with pytest.raises(Refused, match="run the cycle again"):
            record(journal, made_decision(1), Settled("binance", trades=again))
        assert len(journal.decisions_of("book")) == 1
    assert record(journal, made_decision(1), Settled("binance", trades=ids[1:]))
    assert log.unsettled("book") == []
    assert [row["settled_by"] for row in journal.tables()["venue_trades"]] == ["book-1", "book-0", None, None]
    log.verify_chain()


def test_a_decision_books_no_fill_of_somebody_else(log: OrderLog, journal: Journal) -> None:
    log.add_trades([made_trade(1)], NOON)
    with pytest.raises(Refused, match="is of no order of ours"):
        record(journal, made_decision(), Settled("binance", trades=(1,)))


def test_a_decision_under_a_lease_leaves_its_token(log: OrderLog, journal: Journal) -> None:
    log.admit(made_order(), allow, NOON)
    log.add_trades([made_trade(1)], NOON)
    assert journal.record_decision(made_decision(), None, Settled("binance", trades=(1,)), "{}", fence=log.fence)
    event = journal.tables()["order_events"][-1]
    assert (event["kind"], event["token"], event["at"]) == ("settled", 1, 5)
    log.verify_chain()


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """Three orders, fills of one of them and of nobody: all that an event can say."""
    journal = open_journal(tmp_path_factory.mktemp("lively") / "journal.sqlite")
    log = open_log(journal)
    for name in ("a1-0-1", "b-0-1"):
        log.admit(made_order(name), allow, NOON)
    log.admit(made_order("c-0-1"), lambda _: "too much", NOON)
    log.absorb(made_report(S.OPEN, filled="0.2", trades=(made_trade(1), made_trade(2))), NOON + 1)
    log.add_trades([made_trade(3, made_order("web_1"))], NOON + 2)
    log.mark("b-0-1", S.LOST, "asked three times", NOON + 3)
    record(journal, made_decision(), Settled("binance", trades=(1,)))
    assert {name: len(journal.tables()[name]) for name in ROWS} == ROWS
    return journal


COLUMNS = {
    "order_events": "id cid at kind state filled detail token previous sha256",
    "wire_orders": "cid number parent book system venue symbol role kind quantity limit stop reference decided_at "
    "created_at state filled value exchange_id why token updated_at is_buy admitted lacks",
    "venue_trades": "venue symbol trade_id exchange_id cid quantity price fee fee_asset at seen_at settled_by is_buy "
    "maker",
    "order_days": "day opened",
}
ROWS = {"order_events": 7, "wire_orders": 3, "venue_trades": 3, "order_days": 1}
SWITCHES = ("is_buy", "admitted", "lacks", "maker")


def _edits() -> Iterator[str]:
    """SQL that changes one column of one row, for all of them, or takes a row away."""
    for table, names in COLUMNS.items():
        for row in range(ROWS[table]):
            place = f"WHERE rowid = (SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {row})"  # noqa: S608
            for name in names.split():
                other = f"1 - {name}" if name in SWITCHES else f"coalesce(\"{name}\", '') || '9'"
                yield f'UPDATE {table} SET "{name}" = {other} {place}'  # noqa: S608
            yield f"DELETE FROM {table} {place}"  # noqa: S608


def test_an_account_that_trades_with_itself_has_both_sides_under_one_number(log: OrderLog) -> None:
    log.admit(made_order("a1-0-1"), allow, NOON)
    log.absorb(made_report(S.OPEN, filled="0"), NOON + 1)
    theirs = replace(made_trade(1, made_order("web_1")), is_buy=False, exchange_id="77")
    assert log.add_trades([theirs, made_trade(1)], NOON + 2) == 2
    assert [one.is_buy for one in log.trades_of("a1-0-1")] == [True]
    assert log.add_trades([made_trade(1), theirs], NOON + 3) == 0
    log.verify_chain()


@pytest.mark.parametrize("edit", list(_edits()))
def test_every_edit_by_hand_is_found(lively: Journal, edit: str) -> None:
    with lively.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        verify_orders(connection)
        assert connection.execute(text(edit)).rowcount == 1
        with pytest.raises(Damaged, match="is not as it was written"):
            verify_orders(connection)
        connection.rollback()
        verify_orders(connection)


def test_events_that_were_taken_away_from_the_end_are_found(lively: Journal) -> None:
    with lively.engine.connect() as connection:
        connection.execute(text("DELETE FROM order_events WHERE id > 5"))
        with pytest.raises(Damaged, match=r"journal's order b-0-1 .* its .*state.* cannot be"):
            verify_orders(connection)
        connection.rollback()


def test_reading_waits_for_no_writer(journal: Journal, log: OrderLog, place: JournalPlace) -> None:
    log.admit(made_order(), allow, NOON)
    with journal.engine.begin() as writer:
        writer.execute(text("UPDATE wire_orders SET why = 'yet to be committed'"))
        assert log.order("a1-0-1") == made_order()
        assert log.unsettled("book") == log.children("none") == []
        assert log.newest_trade("binance", "BTC/USDT") is None
        log.verify_chain()
        for read in (*_reads(journal), *_reads(place.open())):
            read()


def _reads(journal: Journal) -> list[Callable[[], object]]:
    """Everything that the journal's pages are asked."""
    made, engine, series = made_decision(), journal.engine, Series("binance", "BTC/USDT", "1h")
    risk, routes, feeds, trials = RiskLog(engine), RouteLog(engine), FeedLog(engine), TrialLedger(engine)
    return [
        lambda: journal.last_decision("book"),
        lambda: journal.newest_decision("book"),
        lambda: journal.decisions_of("book"),
        lambda: journal.given(made),
        lambda: journal.newest_order("book", "swing", "A"),
        lambda: journal.fills_of("book"),
        journal.config_trees,
        journal.stop_reason,
        journal.tables,
        lambda: risk.waiting_events("book"),
        lambda: risk.consumed_events("book"),
        lambda: risk.ladder_events("book"),
        lambda: routes.newest("book"),
        lambda: routes.switches_since("book", 0),
        lambda: routes.switch_rows("book"),
        lambda: routes.usage("book"),
        lambda: routes.latencies("book"),
        lambda: feeds.pause("f", "s"),
        lambda: feeds.health(("f",)),
        lambda: feeds.events(series),
        lambda: blocked_by(feeds, series),
        lambda: trials.totals(None),
        trials.rows,
        lambda: trials.looks(""),
        ParameterLog(engine).history,
        ParameterLog(engine).newest,
        lambda: Leases(engine).current("orders"),
        lambda: HoldingLog(engine).open_of("binance"),
        lambda: LiveLog(engine).in_force("binance"),
    ]


def test_a_reader_keeps_no_writer_waiting(journal: Journal, log: OrderLog) -> None:
    with reads(journal.engine) as connection:
        before = read_standing(connection, NOON)
        assert log.admit(made_order(), allow, NOON) is None
        assert read_standing(connection, NOON) == before  # it sees one moment
    with reads(journal.engine) as connection:
        assert read_standing(connection, NOON).opening_last_minute == 1


def test_holdings_stay_until_they_are_cleared(journal: Journal, log: OrderLog) -> None:
    holdings = HoldingLog(journal.engine, log.fence)
    wanted = [
        Holding("binance", "BTC", HoldingKind.BASELINE, Decimal("0.10"), None, NOON, "before the first start", "keel"),
        Holding("binance", "USDT", HoldingKind.EXTERNAL, Decimal("-5"), Decimal("-5.00"), NOON, "fee", "keel"),
        Holding("kraken", "BTC", HoldingKind.ADOPTED, Decimal(1), Decimal(100), NOON, "adopted", "me"),
    ]
    noted = [holdings.note(one) for one in wanted]
    assert noted == [replace(one, id=number) for number, one in enumerate(wanted, start=1)]
    assert repr(HoldingLog(journal.engine).open_of("binance")) == repr(noted[:2])
    holdings.clear(1, "me", NOON + 1)
    assert holdings.open_of("binance") == noted[1:2]
    for gone in (1, 99):
        with pytest.raises(BadInput, match=f"holding number {gone} is not there or was cleared"):
            holdings.clear(gone, "me", NOON)
    with pytest.raises(BadInput, match="holding of NaN BTC"):
        holdings.note(replace(wanted[0], quantity=Decimal("NaN")))


def test_live_trading_is_confirmed_by_venue_until_it_is_revoked(journal: Journal) -> None:
    acts = LiveLog(journal.engine)
    assert acts.in_force("binance") is None
    first = acts.confirm("binance", "me", "trade binance live", Decimal("1000.50"), {"collar": 0.05}, NOON)
    assert acts.in_force("binance") == first
    assert acts.in_force("kraken") is None
    second = acts.confirm("binance", "me", "trade binance live", Decimal(2000), {"collar": 0.01}, NOON - 1)
    assert acts.in_force("binance") == second
    assert acts.revoke("binance", "me", "holidays", NOON).kind is LiveKind.REVOKED
    assert acts.in_force("binance") is None
    assert [row["kind"] for row in journal.tables()["live_acts"]] == ["confirmed", "confirmed", "revoked"]


@pytest.mark.parametrize("left", [0, 1, 100, 511, 512, 4095, 4096, 40960])
@pytest.mark.parametrize("is_closed", [True, False])
def test_what_is_left_of_a_journal_is_not_taken_for_a_new_one(path: Path, left: int, is_closed: bool) -> None:
    """Fault 24: cut to so many bytes, with or without its log beside it."""
    journal = open_journal(path)
    log = open_log(journal)
    for number in range(20):
        log.admit(made_order(f"a-{number}"), allow, NOON)
    if is_closed:
        journal.engine.dispose()
    path.write_bytes(path.read_bytes()[:left])
    for _ in range(2):
        with pytest.raises(Damaged, match=r"restore (it|the journal) from a backup") as error:
            open_journal(path)
        assert str(path) in str(error.value)
    assert path.stat().st_size == left


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_a_journal_that_is_gone_and_has_left_its_log_is_not_a_new_one(path: Path, end: str) -> None:
    path.parent.mkdir()
    path.with_name(path.name + end).write_bytes(b"")
    with pytest.raises(Damaged, match=f"is gone, though journal.sqlite{end} is there; stop trading"):
        open_journal(path)
    assert not path.exists()


def test_another_programs_database_is_no_journal(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text)")
    with pytest.raises(Damaged, match="is no journal of Keel's"):
        open_journal(path)


def test_a_new_journal_is_whole_or_absent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("data.journal.database.run_alembic", killed)
        with pytest.raises(KeyboardInterrupt):
            open_journal(path)
    assert [one.name for one in path.parent.iterdir() if one.suffix != ".lock"] == []
    assert open_journal(path).stop_reason() is None
