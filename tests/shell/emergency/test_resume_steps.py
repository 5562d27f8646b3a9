"""`keel resume` and `keel flatten` beside a live book that is not the configured one, and what a release may end."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from live_homes import SYMBOL, TIMEFRAME, VENUE, hours_until_now
from order_desks import order
from protected_desks import BOOK, Account, account_at

import tasks.emergency
from data.journal import Journal, Leases, RiskEvent, RiskKind, RiskLog, StopFlag
from data.journal.stop_flag import read_stop_file, stop_file, write_stop_file
from models.types import Breaker, Level, Refused, Series
from models.types.wire import OrderKind
from tasks.bootstrap import build_desk, build_journal
from tasks.session.emergency import books_at_risk
from tasks.session.ordering.caps import reducing_caps
from tasks.session.ordering.protecting import protect
from tasks.session.ordering.submitting import submit

pytestmark = pytest.mark.risk
WORDS = ("resume", "--why", "seen")
PHRASE = ("--phrase", "RESUME binance")
MINE = f"paper|{VENUE}|{TIMEFRAME}|{SYMBOL}"


@pytest.fixture
def account(keel, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A home on paper whose journal has a live book as well, which has neither decided nor ordered yet."""
    for name, value in {
        "KEEL_STAGE": "paper",
        "KEEL_TRADING__VENUE": VENUE,
        "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
        "KEEL_TRADING__TIMEFRAME": TIMEFRAME,
    }.items():
        monkeypatch.setenv(name, value)
    (keel_home / "state").mkdir(parents=True)
    made = account_at(keel_home / "state")
    desk = build_desk()
    take_in(desk)
    assert build_journal(desk).engine.url == made.journal.engine.url
    return made


def take_in(desk) -> None:
    from tasks.session.intake import take_in_archive

    take_in_archive(desk, Series(VENUE, SYMBOL, TIMEFRAME), hours_until_now())


def left_alone(account: Account) -> None:
    """Whoever wrote the orders has ended."""
    assert account.desk.log.fence is not None
    Leases(account.journal.engine).release(account.desk.log.fence, account.clock.now())


def holding(account: Account) -> None:
    account.enter("1")
    account.decide()
    protect(account.desk, account.held())
    left_alone(account)


def reachable(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The venue of the live book answers."""
    desk = replace(account.desk, caps=reducing_caps(account.desk.caps))
    monkeypatch.setattr(tasks.emergency, "emergency_desk", lambda *_: desk)


def test_each_thing_that_is_not_said_refuses_and_then_it_passes(keel, account):
    left_alone(account)
    account.journal.set_stop("drill", 1, Level.PAUSE, "ann")
    unseen = keel(*WORDS, *PHRASE)
    assert unseen.code == 3
    for text in ("no limit of the account tripped", "daily_loss", "max_drawdown", "--reviewed"):
        assert text in unseen.err.splitlines()[-1], text
    unsaid = keel(*WORDS, "--reviewed")
    assert unsaid.code == 3
    assert "RESUME binance" in unsaid.err
    assert account.journal.stop_reason() == "drill"
    passed = keel(*WORDS, "--reviewed", *PHRASE, "--json")
    assert passed.code == 0, passed.err
    assert [one["ok"] for one in passed.json["steps"]] == [True] * 5
    assert account.journal.stop() is None


def test_an_entry_that_stands_refuses(keel, account):
    resting = order("e-1", book=MINE, kind=OrderKind.LIMIT, limit=Decimal(96))
    submit(account.desk, resting, account.venue.quote(SYMBOL))
    left_alone(account)
    account.journal.set_stop("drill", 1)
    outcome = keel(*WORDS, "--reviewed", *PHRASE)
    assert outcome.code == 3
    assert "e-1 at fake is open" in outcome.err
    assert account.journal.stop_reason() == "drill"


def test_a_live_book_that_holds_keeps_all_stopped_though_paper_is_configured(keel, account):
    holding(account)
    account.journal.set_stop("drill", 1)
    outcome = keel(*WORDS, "--reviewed", *PHRASE)
    assert outcome.code == 3
    for text in (BOOK, "holds 1.0 BTC/USDT at fake", "stage: live"):
        assert text in outcome.err, text
    assert account.journal.stop_reason() == "drill"


def test_flatten_sells_a_live_book_though_paper_is_configured(keel, account, monkeypatch):
    holding(account)
    reachable(account, monkeypatch)
    outcome = keel("flatten", "out", "--json")
    assert outcome.code == 0, outcome.json
    assert account.really == 0
    assert account.stops() == []
    found = {one["name"]: one["why"] for one in outcome.json["components"]}
    assert "paper" in found["positions"]
    assert found[f"positions of {BOOK}"].startswith("sold 1")
    assert len(outcome.json["sold"]) == 1
    assert books_at_risk(account.desk, account.journal, MINE) == []


def test_flatten_names_the_live_book_that_it_cannot_reach(keel, account):
    holding(account)
    outcome = keel("flatten", "out", "--json")
    assert outcome.code == 1
    (left,) = [one for one in outcome.json["components"] if one["name"] == f"positions of {BOOK}"]
    assert not left["ok"]
    assert "BTC/USDT at fake are left" in left["why"]


def test_a_stop_without_a_journal_names_the_home(keel, keel_home):
    outcome = keel("stop", "now", "--json")
    assert (outcome.code, outcome.json["stopped"]) == (0, True)
    (journal,) = [one for one in outcome.json["components"] if one["name"] == "journal"]
    assert not journal["ok"]
    assert str(keel_home) in journal["why"]
    assert "KEEL_HOME" in journal["why"]


class Walk:
    """A person who was shown what stands, and has not typed yet."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.log = journal, RiskLog(journal.engine)
        journal.set_stop("drill", 1, Level.PAUSE, "ann")
        self.shown = self.log.shown(MINE)

    def release(self) -> None:
        self.log.release(RiskEvent(MINE, 9, RiskKind.RELEASE, "ann", "seen"), self.shown)


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return Walk(account_at(tmp_path).journal)


def test_what_was_shown_is_released(walk):
    walk.release()
    assert walk.journal.stop() is None


def test_what_somebody_else_released_meanwhile_is_no_other_stop(walk):
    walk.log.release(RiskEvent(MINE, 8, RiskKind.RELEASE, "bob", "seen"))
    walk.release()
    assert walk.journal.stop() is None


def test_a_stop_that_climbed_meanwhile_stays(walk):
    walk.journal.set_stop("sell", 2, Level.FLATTEN, "guardian")
    with pytest.raises(Refused, match=r"sell \(flatten, guardian\)"):
        walk.release()
    assert walk.journal.stop() == StopFlag(Level.FLATTEN, "sell", "guardian", 2)
    assert walk.log.waiting_events(MINE) == []


def test_a_stop_that_came_anew_meanwhile_stays(walk):
    walk.log.release(RiskEvent(MINE, 8, RiskKind.RELEASE, "bob", "seen"))
    walk.journal.set_stop("again", 8, Level.PAUSE, "eve")
    with pytest.raises(Refused, match="again"):
        walk.release()
    assert walk.journal.stop_reason() == "again"


def test_a_breaker_of_the_book_that_tripped_meanwhile_stays(walk):
    walk.log.force(RiskEvent(MINE, 2, RiskKind.FORCED, "timer", "lost", Level.REDUCE, Breaker.DAILY_LOSS))
    with pytest.raises(Refused, match="lost"):
        walk.release()
    assert walk.journal.stop_reason() == "drill"
    assert walk.log.breaker_flag(MINE) is not None


@pytest.mark.parametrize("late", [StopFlag(Level.FLATTEN, "sell", "bob", 5), StopFlag(Level.PAUSE, "x", "bob", 5)])
def test_a_file_that_says_more_after_the_row_is_gone_stays(walk, monkeypatch, late):
    """Another process writes it just before it would be unlinked."""
    import data.journal.risk_log as module

    file = stop_file(walk.journal.engine)
    assert file is not None
    if late.level is Level.PAUSE:  # a row alone was shown: the file is new
        file.unlink()
    real = module._keep_flag

    def later(*given: object) -> None:
        real(*given)
        monkeypatch.setattr(module, "read_stop_file", reading)

    def reading(path: Path) -> StopFlag | None:
        return write_stop_file(path, late) if counted.pop() else read_stop_file(path)

    counted = [True]
    monkeypatch.setattr(module, "read_stop_file", lambda path: read_stop_file(path))
    monkeypatch.setattr(module, "_keep_flag", later)
    with pytest.raises(Refused, match=late.reason):
        walk.release()
    assert walk.journal.stop() == late
