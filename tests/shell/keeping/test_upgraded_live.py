"""An upgrade with an open position and an open order: the trader was killed, the schema and the release are others."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import live_homes
import pytest
from canary import CANARY_KEY, CANARY_SECRET
from exchange_process import Simulator, exchange_process
from live_homes import SYMBOL, TIMEFRAME, VENUE, LiveHome, hours_until_now, live_home
from midway import (
    assert_accounts_agree,
    assert_one_truth,
    confirm,
    journal_of,
    said_by,
    session_of,
    settings_of,
    states,
    waits,
)
from older_keel import RELEASE, made_older
from processes import eventually

from data.journal import AuditLog, JournalPlace, OrderLog, SessionLog
from data.journal.database import HEAD
from data.journal.migrating import migrate
from models.types import Refused, Series
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.keeping.backup import JOURNAL
from tasks.session.release import release_id

OLDER = "0011"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with exchange_process("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET) as one:
        yield one


def test_nothing_is_lost_and_nothing_doubled(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = hours_until_now()
    monkeypatch.setattr(live_homes, "hours_until_now", lambda: bars.rows(slice(0, len(bars) - 1)))
    home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
    simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
    confirm(home)
    assert len(home.trade()["intents"]) == 1
    with session_of(home) as session, journal_of(home.folder) as journal:
        eventually(lambda: waits(journal, session), 240)
    with journal_of(home.folder) as journal:
        (book,) = (name for name in journal.books() if name.startswith("live|"))
        old = journal.decisions_of(book)[-1]
        before, chain = states(journal), len(list(AuditLog(journal.engine).entries()))
        orders = journal.tables()["wire_orders"]
        trades = journal.tables()["venue_trades"]
    assert before == {"entry": "filled", "stop": "open"}
    there = simulator.control("orders")
    copied = made_older(home.folder / JOURNAL, OLDER)
    assert (_revision(home), copied["wire_orders"], copied["venue_trades"]) == (OLDER, 2, 1)
    # The next bar has closed meanwhile; the new Keel is asked to trade, and nothing else is done for it.
    with settings_of(home.environment):
        take_in_archive(build_desk(), Series(VENUE, SYMBOL, TIMEFRAME), bars)
    again = home.trade()
    assert again["decision"] != old.id
    assert _revision(home) == HEAD
    with journal_of(home.folder) as journal:
        *_, read, new = journal.decisions_of(old.book)
        assert repr(read) == repr(old), "what the older one decided reads as it did"
        assert repr(new.state_before) == repr(old.state_after), "the chain of states goes on"
        booked = [one.cid for one in journal.fills_of(old.book)]
        assert booked.count(old.cid(old.intents[0])) == 1, "settled once"
        assert not OrderLog(journal.engine).unsettled(old.book)
        assert len(list(AuditLog(journal.engine).entries())) >= chain
        kept = {row["cid"]: row for row in journal.tables()["wire_orders"]}
        assert {one["cid"] for one in orders} <= set(kept)
        # The venue would tell of a fill again: the row itself has to be the one that was there.
        heard = {(row["id"], row["trade_id"], row["seen_at"]) for row in journal.tables()["venue_trades"]}
        assert {(one["id"], one["trade_id"], one["seen_at"]) for one in trades} <= heard
        assert SessionLog(journal.engine).runs()[0].release == RELEASE != release_id()
    assert_one_truth(home, simulator)
    assert_accounts_agree(home)
    # What was at the venue is there as it was: the position, and the stop that protects it.
    assert simulator.control("orders") == there
    assert json.loads(said_by(home, "status", "--json"))["stopped"] is False
    assert said_by(home, "--version").strip() == release_id()
    # The way back: refused, with what the older schema has no room for; nothing is changed by asking.
    with pytest.raises(Refused, match=r"cannot hold .*decision_seals \(\d+ rows\)"):
        migrate(JournalPlace((home.folder / JOURNAL).parent), OLDER, lose=False)
    assert _revision(home) == HEAD


def _revision(home: LiveHome) -> str:
    with closing(sqlite3.connect(home.folder / JOURNAL)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
