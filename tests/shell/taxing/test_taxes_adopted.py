"""`keel taxes` of a journal in which a person took units into the book: that is no trade, and no unit is lost by it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from protected_desks import BOOK, SYMBOL, SYSTEM, Account, account_at

from data.journal import Holder, HoldingLog, Leases, OrderLog
from models.types.wire import VenueTrade
from tasks.session.keeping.backup import JOURNAL
from tasks.session.ordering.adopting import Wish, adopt, leave
from tasks.session.ordering.reconciling import reconcile
from tasks.session.ordering.writing import Writing

Keel = Callable[..., Any]
LOT = Decimal("0.001")
ME = Holder("here", "boot", 1, 1)
# How long they wait between one act and the next, microseconds.
HOUR = 3_600_000_000


@pytest.fixture
def account(keel_home: Path) -> Account:
    """Five were there before; the book has decided once, and holds nothing."""
    folder = (keel_home / JOURNAL).parent
    folder.mkdir(parents=True)
    account = account_at(folder)
    look(account)
    decided(account)
    return account


def decided(on: Account) -> None:
    on.decide()
    on.decision = replace(on.decision, regimes={SYMBOL: "trending"})
    text = '{"regimes": {"BTC/USDT": "trending"}, "refused": [], "held": {}}'
    with on.journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE decisions SET outcome = ? WHERE id = ?", (text, on.decision.id))


def look(on: Account) -> None:
    lease = Leases(on.journal.engine).take("orders", ME, on.clock.now(), 10**15, lambda _: True)
    on.log = OrderLog(on.journal.engine, lease)
    on.desk = replace(on.desk, log=on.log)
    reconcile(on.desk, on.journal, HoldingLog(on.journal.engine, lease), BOOK, {SYMBOL: LOT}, on.decision)


def writing(on: Account) -> Writing:
    return Writing(Leases(on.journal.engine), ME, lambda _: True, on.clock, 10**15, 0, beats=False)


def taken_in(on: Account, quantity: str) -> None:
    on.clock.sleep(HOUR)
    wish = Wish(BOOK, SYSTEM, SYMBOL, Decimal(quantity), Decimal(100), "anna", "it was always meant for this")
    adopt(on.journal, writing(on), on.venue.rules(SYMBOL), LOT, wish, dry_run=False)
    on.decision = on.journal.last_decision(BOOK)
    decided(on)


def sold_by_another(on: Account, quantity: str, price: str) -> None:
    """By hand, at the venue: the journal hears of the fill before anybody looks at the balances."""
    on.clock.sleep(HOUR)
    units, money = Decimal(quantity), Decimal(quantity) * Decimal(price)
    on.venue.wallet["BTC"] -= units
    on.venue.wallet["USDT"] += money
    now, nothing = on.clock.now(), Decimal(0)
    trade = VenueTrade("fake", SYMBOL, "by-hand", "", None, False, units, Decimal(price), nothing, "USDT", now)
    assert on.log.add_trades([trade], now) == 1


def of_btc(said: Any) -> list[tuple[str, str]]:
    return [(one["row"], one["quantity"]) for one in said["rows"] if one["asset"] == "BTC"]


def agreed(said: Any) -> tuple[str, bool]:
    return next((one["lots"], one["agrees"]) for one in said["reconciliation"] if one["asset"] == "BTC")


def test_what_is_taken_in_piece_by_piece_arrived_once_and_whole(account: Account, keel: Keel, tmp_path: Path) -> None:
    taken_in(account, "2")
    taken_in(account, "1")
    said: Any = keel("taxes", "--json").json
    assert of_btc(said) == [("arrived", "5")]
    assert agreed(said) == ("5", True)
    (came,) = (one for one in said["rows"] if one["asset"] == "BTC")
    note = came["flags"].partition(":")[0].removeprefix("note ")
    basis = tmp_path / "basis.csv"
    basis.write_text(f"note,was,quantity,acquired,value,from\n{note},bought,5,2020-05-05,20000.00000000001,\n")
    said = keel("taxes", "--declared", str(basis), "--json").json
    assert [one["cost"] for one in said["lots"] if one["asset"] == "BTC"] == ["20000"], "money has ten places"
    assert agreed(said) == ("5", True)


def test_what_another_sold_before_it_was_taken_in_is_that_sale(account: Account, keel: Keel) -> None:
    sold_by_another(account, "1", "100")
    taken_in(account, "2")
    told = keel("taxes", "--json")
    assert told.code == 1, told.err
    assert (of_btc(told.json), agreed(told.json)) == ([("arrived", "5")], ("5", True)), "nobody has looked yet"
    account.clock.sleep(HOUR)
    look(account)
    said: Any = keel("taxes", "--json").json
    assert of_btc(said) == [("arrived", "5"), ("disposed", "1")]
    assert ["ordered by others" in one["flags"] for one in said["rows"] if one["row"] == "disposed"] == [True]
    assert agreed(said) == ("4", True)


def test_what_stays_outside_after_all_has_not_moved(account: Account, keel: Keel) -> None:
    account.venue.wallet["BTC"] += 1
    account.clock.sleep(HOUR)
    look(account)
    account.clock.sleep(HOUR)
    leave(account.journal, writing(account), "fake", "BTC", "anna", "mine", dry_run=False)
    taken_in(account, "5.5")
    said: Any = keel("taxes", "--json").json
    assert of_btc(said) == [("arrived", "5"), ("arrived", "1")]
    assert agreed(said) == ("6", True)
