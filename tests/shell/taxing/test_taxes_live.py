"""`keel taxes` over a journal of fills and notes: rows are exact, and say what they are made of and what is unknown."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from journal_places import at_database
from postgres_server import shared_server
from sqlalchemy import insert, update

from data.journal import Journal, open_journal
from data.journal.order_tables import holdings, venue_trades, wire_orders
from data.journal.place import VARIABLE
from models.actions import ActionKind, CorporateAction
from models.taxes import rounded
from models.types import Bars, Series, parse_time
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk, journal_place
from tasks.session.intake import take_in_archive
from tasks.session.keeping.backup import JOURNAL

Keel = Callable[..., Any]
START = parse_time("2025-03-01")
# A dollar of theirs is worth a cent less, to the half: 0.995.
TETHER = 0.995


@pytest.fixture
def journal(keel_home: Path) -> Journal:
    made = open_journal(keel_home / JOURNAL)
    note(made, "USDT", "100000", START)
    return made


@pytest.fixture
def lake(keel_home: Path) -> None:
    prices("USDT/USD", TETHER)
    prices("BNB/USDT", 600.0)


def prices(symbol: str, close: float, days: int = 500) -> None:
    ts = START - DAY + np.arange(days, dtype=np.int64) * DAY
    flat = np.full(ts.size, close) * (1.0 + 1e-9 * (np.arange(ts.size) % 2))
    bars = Bars(ts, flat, flat, flat, flat, np.full(ts.size, 1e6))
    take_in_archive(build_desk(), Series("kraken", symbol, "1d"), bars)


def note(journal: Journal, asset: str, quantity: str, at: int, kind: str = "baseline", venue: str = "binance") -> int:
    row = {"venue": venue, "asset": asset, "kind": kind, "quantity": quantity, "value": None, "at": at}
    with journal.engine.begin() as connection:
        made = connection.execute(insert(holdings), row | {"why": "=1+1", "who": "keel"}).inserted_primary_key
    assert made is not None
    return int(made[0])


def clear(journal: Journal, number: int, at: int) -> None:
    with journal.engine.begin() as connection:
        mine = update(holdings).where(holdings.c.id == number)
        connection.execute(mine.values(cleared_at=at, cleared_by="anna"))


def fill(
    journal: Journal,
    number: int,
    side: str,
    quantity: str,
    price: str,
    fee: str,
    fee_asset: str,
    at: int,
    symbol: str = "BTC/USDT",
    ours: bool = True,
    venue: str = "binance",
    trade_id: str = "",
) -> None:
    cid, is_buy = f"c{number}", side == "buy"
    order = {
        **{"cid": cid, "number": number, "parent": cid, "book": "live|x", "system": "swing", "venue": venue},
        **{"symbol": symbol, "role": "entry", "kind": "market", "is_buy": is_buy, "quantity": quantity, "limit": price},
        **{"stop": None, "reference": price, "decided_at": at, "created_at": at, "admitted": True, "state": "filled"},
        **{"filled": quantity, "lacks": False, "value": "0", "exchange_id": "", "why": "", "token": 1},
    }
    trade = {
        **{"venue": venue, "symbol": symbol, "trade_id": trade_id or f"t{number}", "exchange_id": "", "is_buy": is_buy},
        **{"quantity": quantity, "price": price, "fee": fee, "fee_asset": fee_asset, "at": at, "maker": False},
        **{"seen_at": at, "settled_by": None, "cid": cid if ours else None},
    }
    with journal.engine.begin() as connection:
        if ours:
            connection.execute(insert(wire_orders), order | {"updated_at": at})
        connection.execute(insert(venue_trades), trade)


def rows_of(said: dict[str, Any], row: str, asset: str) -> list[dict[str, Any]]:
    return [one for one in said["rows"] if (one["row"], one["asset"]) == (row, asset)]


@pytest.mark.usefixtures("lake")
def test_a_round_trip_with_fees_in_a_third_asset_is_worked_out_to_the_last_digit(
    journal: Journal, keel: Keel, tmp_path: Path
) -> None:
    note(journal, "BNB", "1", START)
    fill(journal, 1, "buy", "0.1", "60000", "0.01", "BNB", START + DAY)
    fill(journal, 2, "sell", "0.04", "70000", "2.8", "USDT", START + 400 * DAY)
    basis = tmp_path / "basis.csv"
    basis.write_text("note,was,quantity,acquired,value,from\n1,bought,,2024-01-01,99000,\n2,bought,,2024-01-01,300,\n")
    out = tmp_path / "lots.csv"
    done = keel("taxes", "--declared", str(basis), "--out", str(out), "--json")
    assert done.code == 0, done.err
    said: Any = done.json
    assert said["complete"] is True
    # 0.1 * 60,000 * 0.995 and 0.01 * 600 * 0.995; closes of every second day are a billionth more.
    (bought,) = rows_of(said, "acquired", "BTC")
    cost = Decimal(bought["cost"])
    assert abs(cost - Decimal("5975.97")) < Decimal("0.0001")
    assert bought["rate_series"] == "kraken USDT/USD 1d"
    assert bought["rate_at"] == "2025-03-02T00:00:00Z"
    (sold,) = rows_of(said, "disposed", "BTC")
    assert abs(Decimal(sold["proceeds"]) - Decimal("2783.214")) < Decimal("0.0001")
    assert Decimal(sold["gain"]) == Decimal(sold["proceeds"]) - Decimal(sold["cost"])
    assert (sold["quantity"], sold["held_days"], sold["term"], sold["book"]) == ("0.04", 399, "long", "LIVE")
    (left,) = (one for one in said["lots"] if one["asset"] == "BTC")
    assert Decimal(left["cost"]) + Decimal(sold["cost"]) == cost
    assert {one["asset"]: (one["lots"], one["agrees"]) for one in said["reconciliation"]} == {
        "BNB": ("0.99", True),
        "BTC": ("0.06", True),
        "USDT": ("96797.2", True),
    }
    (fee,) = rows_of(said, "fee", "BNB")
    assert (fee["quantity"], fee["rate_series"]) == ("0.01", "kraken BNB/USDT 1d * kraken USDT/USD 1d")
    table = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [{name: _cell(value) for name, value in row.items()} for row in said["rows"]] == table
    year: Any = keel("taxes", "--declared", str(basis), "--year", "2025", "--json").json
    assert {one["year"] for one in year["rows"]} == {2025}


def test_without_a_price_and_without_a_basis_nothing_is_guessed(journal: Journal, keel: Keel) -> None:
    fill(journal, 1, "buy", "0.1", "60000", "0", "USDT", START + DAY)
    fill(journal, 2, "sell", "0.1", "70000", "0", "USDT", START + 2 * DAY)
    done = keel("taxes", "--json")
    said: Any = done.json
    assert done.code == 1
    assert said["complete"] is False
    assert all(one["agrees"] for one in said["reconciliation"])
    (sold,) = rows_of(said, "disposed", "BTC")
    assert (sold["gain"], sold["known"]) == (None, False)
    assert "no price of USDT in USD at 2025-03-03T00:00:00Z (series of it: none)" in sold["flags"]
    (btc,) = (one for one in said["totals"] if one["asset"] == "BTC")
    assert (btc["gain"], btc["not_known"]) == (None, 1)
    shown = keel("taxes")
    assert shown.code == 1
    assert "not known" in shown.out


@pytest.mark.usefixtures("lake")
def test_what_was_there_before_has_no_cost_until_a_person_says_so(journal: Journal, keel: Keel, tmp_path: Path) -> None:
    number = note(journal, "BTC", "2", START)
    # Half of it is taken in for the book: that is no trade, and the price it counts for is no cost.
    clear(journal, number, START + DAY)
    note(journal, "BTC", "1", START)  # with the moment of the first one, as parted gives it
    fill(journal, 1, "buy", "1", "60000", "0", "USDT", START + DAY, trade_id=f"adopt-{number}-0")
    fill(journal, 2, "sell", "0.5", "70000", "0", "USDT", START + 2 * DAY)
    said: Any = keel("taxes", "--json").json
    (came,) = rows_of(said, "arrived", "BTC")
    assert (came["quantity"], came["cost"], came["known"]) == ("2", None, False)
    assert f"note {number}: cost and date not known" in came["flags"]
    (sold,) = rows_of(said, "disposed", "BTC")
    assert (sold["gain"], sold["term"]) == (None, None)
    assert {one["asset"]: (one["lots"], one["agrees"]) for one in said["reconciliation"]}["BTC"] == ("1.5", True)
    basis = tmp_path / "basis.csv"
    basis.write_text(f"note,was,quantity,acquired,value,from\n{number},bought,2,2020-05-05,20000,\n")
    said = keel("taxes", "--declared", str(basis), "--json").json
    (sold,) = rows_of(said, "disposed", "BTC")
    assert (sold["cost"], sold["term"]) == ("5000", "long")


@pytest.mark.usefixtures("lake")
def test_trades_of_others_and_units_between_venues(journal: Journal, keel: Keel, tmp_path: Path) -> None:
    at = START + 5 * DAY
    note(journal, "BTC", "0", START)
    fill(journal, 1, "buy", "0.5", "60000", "0", "USDT", START + DAY)
    # A person buys by hand: the fill is known, and the look after it notes both sides.
    fill(journal, 2, "buy", "0.2", "50000", "0", "USDT", at - HOUR, ours=False)
    note(journal, "BTC", "0.2", at, "external")
    note(journal, "USDT", "-10000", at, "external")
    gone = note(journal, "BTC", "-0.3", at + DAY, "external")
    came = note(journal, "BTC", "0.2999", at + 2 * DAY, "baseline", venue="kraken")
    said: Any = keel("taxes", "--json").json
    by_hand = [one for one in rows_of(said, "acquired", "BTC") if one["quantity"] == "0.2"]
    assert [one["flags"] for one in by_hand] == ["ordered by others"]
    assert not [one for one in rows_of(said, "arrived", "BTC") if one["venue"] == "binance"]
    assert all(one["agrees"] for one in said["reconciliation"])
    moved = tmp_path / "moved.csv"
    moved.write_text(f"note,was,quantity,acquired,value,from\n{came},moved,,,,{gone}\n")
    said = keel("taxes", "--declared", str(moved), "--json").json
    assert [one["quantity"] for one in rows_of(said, "moved", "BTC")] == ["0.2999"]
    assert [one["quantity"] for one in rows_of(said, "left", "BTC")] == ["0.0001"], "what the network took"
    assert all(one["agrees"] for one in said["reconciliation"])
    (there,) = (one for one in said["lots"] if one["pool"] == "kraken")
    assert there["lot"].startswith("binance/BTC/USDT/t1")


def test_a_price_of_the_other_way_round_and_one_that_is_too_old(journal: Journal, keel: Keel) -> None:
    prices("USD/USDT", 1.25, days=3)
    fill(journal, 1, "buy", "1", "100", "0", "USDT", START + DAY)
    fill(journal, 2, "buy", "1", "100", "0", "USDT", START + 4 * DAY)
    said: Any = keel("taxes", "--json").json
    first, second = rows_of(said, "acquired", "BTC")
    assert first["rate_series"] == "1/kraken USD/USDT 1d"
    assert abs(Decimal(first["cost"]) - 80) < Decimal("0.000001")
    assert (second["cost"], "no price of USDT in USD at 2025-03-05" in second["flags"]) == (None, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "best"], "allowed is one of fifo"),
        (["--book", "both"], "allowed is live or paper"),
        (["--year", "2025", "--start", "2025-01-01"], "one or the other"),
        (["--start", "2025-02-01", "--end", "2025-01-01"], "not before"),
        (["--start", "yesterday"], "give a date"),
        (["--venue", "binnance"], "the journal has live trades of none"),
    ],
)
def test_what_cannot_be_used_is_refused(keel: Keel, arguments: list[str], said: str) -> None:
    done = keel("taxes", *arguments)
    assert (done.code, said in done.sentence) == (2, True), done.err


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,bought,,,5,", "needs acquired"),
        ("1,found,,2024-01-01,5,", "allowed is bought, moved, sold"),
        ("7,bought,,2024-01-01,5,", "open are 1"),
        ("1,sold,,,5,", "cannot be sold"),
        ("1,bought,1000000,2024-01-01,5,", "cannot be bought"),
        ("1,bought,,2024-01-01,much,", "give a figure"),
        ("1,bought,,2024-01-01,12,000.50", "write 12000.50"),
        ("1,bought,,2024-01-01,12,000,50", "write 12000.50"),
        ("1,sold,,2024-01-01,5,", "and no more"),
        ("1,bought,,2025-03-02,5,", "cannot be acquired at 2025-03-02"),
        ("1,bought,,0001-01-01T00:00:00+14:00,5,", "give a date"),
        ("1,bought,,2024-01-01,1e500,", "give a figure"),
        ("1,bought,,2024-01-01,1e-500,", "give a figure"),
        ("1,bought,1e-400,2024-01-01,5,", "give a figure"),
        ("1,bought,,2024-01-01,Infinity,", "give a figure"),
        ("9" * 5000 + ",bought,,2024-01-01,5,", "give the number of a note"),
        ("1,bought,,2024-01-01,5," + "x" * 200_000, "field larger than field limit"),
        ("1,bought,,2024-01-01\0,5,", "give a date"),
    ],
    ids=lambda one: one[:40],
)
def test_what_a_person_declares_has_to_fit(keel: Keel, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(f"note,was,quantity,acquired,value,from\n{line}\n")
    done = keel("taxes", "--declared", str(tmp_path / "x.csv"), "--json")
    assert done.code == 2
    assert said in json.dumps(done.json)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_a_file_that_is_not_utf_8_is_told_what_to_be_saved_as(keel: Keel, tmp_path: Path, encoding: str) -> None:
    text = "note,was,quantity,acquired,value,from\n1,bought,,2024-01-01,5 \u00a3,\n"
    (tmp_path / "x.csv").write_text(text, encoding=encoding)
    done = keel("taxes", "--declared", str(tmp_path / "x.csv"), "--json")
    assert done.code == 2
    assert ("give a figure" if encoding == "utf-8-sig" else "save it as CSV UTF-8") in done.sentence


@pytest.mark.usefixtures("lake")
def test_a_fee_in_what_was_bought_is_worth_what_was_paid_for_it(journal: Journal, keel: Keel) -> None:
    """The lake has no price of BTC at all; the fill is one."""
    fill(journal, 1, "buy", "1", "50000", "0.001", "BTC", START + DAY)
    said: Any = keel("taxes", "--json").json
    (bought,), (fee,) = rows_of(said, "acquired", "BTC"), rows_of(said, "fee", "BTC")
    paid = Decimal(50_000) * Decimal(bought["rate"])
    assert Decimal(bought["cost"]) == rounded(paid) + rounded(paid / 1000)
    assert (Decimal(fee["proceeds"]), fee["known"]) == (rounded(paid / 1000), True)
    assert {one["asset"]: one["lots"] for one in said["reconciliation"]}["BTC"] == "0.999"


def test_a_day_is_one_of_the_calendar_and_a_term_that_is_not_known_is_not_left_out(
    journal: Journal, keel: Keel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices("USDT/USD", 1.0)
    # New York sets its clocks back in between: 24 hours and a bit are two days there, or one.
    monkeypatch.setenv("KEEL_TAXES__TIME_ZONE", "America/New_York")
    late = parse_time("2025-11-02T03:30:00Z")  # 23:30 of the 1st
    fill(journal, 1, "buy", "1", "50000", "0", "USDT", late)
    fill(journal, 2, "sell", "0.5", "60000", "0", "USDT", parse_time("2025-11-03T05:30:00Z"))  # 00:30 of the 3rd
    old = note(journal, "BTC", "1", START)
    fill(journal, 3, "sell", "0.5", "60000", "0", "USDT", parse_time("2026-01-01T04:59:59Z"))
    said: Any = keel("taxes", "--json").json
    (btc,) = (one for one in said["totals"] if one["asset"] == "BTC")
    assert (btc["year"], btc["gain"], btc["short_term"], btc["long_term"]) == (2025, None, None, None)
    basis = tmp_path / "basis.csv"
    basis.write_text(f"note,was,quantity,acquired,value,from\n{old},bought,,2025-02-28,1,\n")
    said = keel("taxes", "--declared", str(basis), "--method", "lifo", "--json").json
    first, second = rows_of(said, "disposed", "BTC")
    assert (first["acquired"], first["held_days"]) == ("2025-11-01T23:30:00-04:00", 2)
    assert (second["year"], second["at"]) == (2025, "2025-12-31T23:59:59-05:00")
    said = keel("taxes", "--declared", str(basis), "--json").json
    assert rows_of(said, "disposed", "BTC")[0]["acquired"] == "2025-02-28T00:00:00-05:00", "of the calendar's zone"


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("told", [(2, 4), (5, 5)], ids=["after each", "after both"])
def test_two_splits_bring_no_units_of_unknown_cost(journal: Journal, keel: Keel, told: tuple[int, int]) -> None:
    """10 become 20 and 60; the venue's balance is looked at after each split, or after both."""
    fill(journal, 1, "buy", "10", "60", "0", "USD", START + DAY, symbol="SPY")
    desk = build_desk()
    day = START + 3 * DAY
    known = [
        CorporateAction("SPY", ActionKind.SPLIT, START + n * DAY, START, ratio) for n, ratio in ((2, 2.0), (4, 3.0))
    ]
    paid = CorporateAction("SPY", ActionKind.DIVIDEND, day, START, cash=0.5)
    desk.actions.merge("binance", [*known, paid])
    for at, units in zip(told, ("10", "40"), strict=True):
        note(journal, "SPY", units, START + at * DAY + HOUR, "external")
    said: Any = keel("taxes", "--json").json
    assert not rows_of(said, "arrived", "SPY")
    (lot,) = (one for one in said["lots"] if one["asset"] == "SPY")
    assert (lot["quantity"], lot["cost"]) == ("60", "600")
    assert {one["asset"]: one["agrees"] for one in said["reconciliation"]}["SPY"] is True
    (dividend,) = rows_of(said, "dividend", "SPY")
    assert (dividend["quantity"], dividend["value"]) == ("20", "10")


@pytest.mark.usefixtures("lake")
def test_a_journal_in_a_database_gives_the_same_rows(
    journal: Journal, keel: Keel, keel_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happened(one: Journal) -> None:
        note(one, "BNB", "0.000000000000000001", START)
        fill(one, 1, "buy", "0.000000000000000001", "60000", "0.01", "BNB", START + DAY)
        fill(one, 2, "sell", "0.04", "70000", "-2.8", "USDT", START + DAY, ours=False)
        note(one, "BTC", "-0.04", START + 2 * DAY, "external")

    happened(journal)
    in_a_file: Any = keel("taxes", "--json").json
    journal.engine.dispose()
    (keel_home / JOURNAL).rename(keel_home / "moved away")
    url = shared_server().new_database()
    monkeypatch.setenv(VARIABLE, url)
    with at_database(url, keel_home / "state"):
        there = journal_place(keel_home).open()
        note(there, "USDT", "100000", START)
        happened(there)
        said: Any = keel("taxes", "--json").json
    assert said == in_a_file
    assert len(said["rows"]) > 5
    assert all(one["agrees"] for one in said["reconciliation"])


def test_no_cell_commands_a_spreadsheet(journal: Journal, keel: Keel, tmp_path: Path) -> None:
    fill(journal, 1, "buy", "1", "5", "0", "USDT", START + DAY, symbol="=CMD/USDT", trade_id="@SUM(A1)")
    out = tmp_path / "x.csv"
    keel("taxes", "--out", str(out))
    cells = {cell for row in csv.reader(io.StringIO(out.read_text())) for cell in row}
    assert {"'=CMD", "'=CMD/USDT", "'@SUM(A1)"} <= cells
    assert not {cell for cell in cells if cell.startswith(("=", "@", "+"))}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
