"""Whose signs of life count: one row for all traders, one guardian for one book, and hands that hang."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from order_desks import NOW, bench

from data.journal import GUARDIAN, TRADER, Beat, Heartbeats, Holder, Journal, OrderLog
from models.types import Unavailable
from models.types.wire import Quote
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.bootstrap import build_desk, build_writing
from tasks.guardian.building import build_guardian
from tasks.guardian.running import _anew
from tasks.ports import VenueAccount
from tasks.session.guarding import Demand, Seen, alive, alive_cycle, unguarded
from tasks.session.guarding.beside import ACTING, LOOKING, Beside
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.hands import VenueHands, _require_narrow
from tasks.session.guarding.required import watched
from tasks.session.telling import Log

SECOND = 1_000_000


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setenv("KEEL_STAGE", "live")
    return Journal(bench(tmp_path).log.engine)


@pytest.fixture
def other() -> Iterator[Holder]:
    """Another process that lives."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stat = Path(f"/proc/{process.pid}/stat")
    started = (
        int(stat.read_text().rpartition(")")[2].split()[19])
        if stat.exists()
        else round(psutil.Process(process.pid).create_time() * 1000)
    )
    yield replace(this_process(), pid=process.pid, started=started)
    process.kill()
    process.wait()


def promised(journal: Journal, holder: Holder, seconds: float | None, name: str = TRADER, detail: str = "x") -> Beat:
    now = SystemClock().now()
    due = None if seconds is None else now + round(seconds * SECOND)
    beat = Beat(name, holder, now - SECOND, due, detail)
    Heartbeats(journal.engine).beat(beat)
    return beat


@pytest.mark.parametrize("seconds", [60.0, -5.0], ids=["heard of", "frozen"])
def test_no_cycle_hides_the_promise_of_another_trader_that_lives(
    journal: Journal, other: Holder, seconds: float
) -> None:
    session, beats = promised(journal, other, seconds), Heartbeats(journal.engine)
    with alive(journal, SystemClock(), 600.0, "cycle") as pulse:
        assert beats.last(TRADER) == session
        pulse.beat(600.0)
        assert beats.last(TRADER) == session
    assert beats.last(TRADER) == session


@pytest.mark.parametrize(
    ("change", "seconds"),
    [({"started": 1}, 60.0), ({}, None), ({"host": "elsewhere"}, -5.0)],
    ids=["gone", "ended", "late and elsewhere"],
)
def test_a_cycle_goes_on_where_another_trader_ended_or_is_gone(
    journal: Journal, other: Holder, change: dict[str, object], seconds: float | None
) -> None:
    promised(journal, replace(other, **change), seconds)  # type: ignore[arg-type]
    with alive(journal, SystemClock(), 600.0, "cycle"):
        beat = Heartbeats(journal.engine).last(TRADER)
        assert beat is not None
        assert beat.holder == this_process()
        assert beat.due_at is not None
    ended = Heartbeats(journal.engine).last(TRADER)
    assert ended is not None
    assert ended.due_at is None


def test_a_cycle_renews_its_promise_as_it_goes_and_no_order_fails_for_it(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, beats = [0], Heartbeats(journal.engine)
    # The package's own name for it is the function.
    monkeypatch.setattr(sys.modules[alive.__module__], "monotonic", lambda: moment[0])
    with alive_cycle(build_desk(), journal) as passed:
        first = beats.last(TRADER)
        passed("begun")
        assert beats.last(TRADER) == first, "not at every checkpoint"
        moment[0] += 16 * SECOND
        passed("folded")
        renewed = beats.last(TRADER)
        assert first is not None
        assert renewed is not None
        assert renewed.at > first.at
        moment[0] += 16 * SECOND
        with monkeypatch.context() as broken:

            def fails(*_: object) -> None:
                raise Unavailable("the disk is full")

            broken.setattr(Heartbeats, "beat", fails)
            passed("admitted entry")


def test_the_guardian_of_another_book_or_stage_guards_nothing_here(journal: Journal) -> None:
    desk, me = build_desk(), this_process()
    mine = watched(desk)
    promised(journal, me, 60.0, GUARDIAN, mine)
    now = SystemClock().now()
    assert unguarded(journal, desk, now) is None
    log = OrderLog(journal.engine)
    assert log.standing(now, mine).guarded_until is not None
    promised(journal, me, 60.0, GUARDIAN, mine.replace("live|", "paper|"))
    why = unguarded(journal, desk, now)
    assert why is not None
    assert "the guardian watches paper|" in why
    assert "start it anew" in why
    assert log.standing(now, mine).guarded_until is None


@dataclass
class Slow:
    """Hands whose turn ends when it is told to."""

    seen: Seen | None = None
    failed: str = ""
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def ask(self, demand: Demand) -> None:
        self.begun.set()
        self.go.wait(300)
        raise RuntimeError("broken")


@pytest.mark.parametrize(("demand", "most"), [(Demand(), LOOKING), (Demand(withdraw=True), ACTING)])
def test_hands_that_hang_or_break_are_told_of(demand: Demand, most: int) -> None:
    moment, hands = [0], Slow()
    beside = Beside(hands, lambda: moment[0])
    beside.ask(demand)
    assert hands.begun.wait(120)
    moment[0] = most
    assert beside.is_busy
    assert beside.failed == ""
    moment[0] += 1
    assert "has not ended" in beside.failed
    hands.go.set()
    beside.end(10)
    assert beside.failed == "RuntimeError: broken"


@pytest.mark.parametrize(
    ("bid", "ask", "is_price"),
    [("99", "101", True), ("1", "199", False), ("97.5", "102.5", False), ("101", "99", False), ("0", "0.001", False)],
)
def test_the_middle_of_a_wide_spread_is_no_price(bid: str, ask: str, is_price: bool) -> None:
    quote = Quote("binance", "BTC/USDT", Decimal(bid), Decimal(ask), NOW)
    if is_price:
        _require_narrow(quote, Decimal("0.05"))
    else:
        with pytest.raises(Unavailable):
            _require_narrow(quote, Decimal("0.05"))


@pytest.mark.parametrize("change", [{"KEEL_STAGE": "paper"}, {}, {"KEEL_STAGE": "nonsense"}])
def test_a_guardian_begins_anew_where_the_configuration_changes(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, str]
) -> None:
    monkeypatch.setenv("KEEL_STAGE", "exploration")
    log = Log(tmp_path / "guardian.log")
    built = build_guardian(log)
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    follower = _anew(built, log)
    is_another = change.get("KEEL_STAGE") == "paper"
    assert (follower is not built) is is_another
    assert follower.guardian.book.startswith("paper|" if is_another else "exploration|")
    for one in (built, follower):
        one.hands.end(5)


def test_a_venue_without_keys_is_told_and_tried_again_and_a_wide_quote_is_no_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setenv("KEEL_STAGE", "live")
    made = bench(tmp_path)
    journal, desk = Journal(made.log.engine), build_desk()
    home = desk.loaded.settings.trading.venue
    accounts: dict[str, VenueAccount] = {}
    writing = build_writing(desk.loaded.settings.execution, journal)
    ground = Ground(desk, journal, this_process(), made.clock)
    hands = VenueHands(ground, lambda: replace(made.desk, accounts=dict(accounts)), writing, made.clock.now)
    hands.ask(Demand(symbols=("BTC/USDT",)))
    assert hands.seen is not None
    assert set(hands.seen.helpless) == {home}
    accounts[home] = made.venue
    made.clock.sleep(61 * SECOND)
    hands.ask(Demand(symbols=("BTC/USDT",)))
    assert (dict(hands.seen.helpless), set(hands.seen.prices)) == ({}, {"BTC/USDT"})
    quote = made.venue.quote("BTC/USDT")
    monkeypatch.setattr(type(made.venue), "quote", lambda *_: replace(quote, bid=quote.bid / 100))
    made.clock.sleep(11 * SECOND)
    hands.ask(Demand(symbols=("BTC/USDT",)))
    assert hands.seen.prices == {}
    assert "the last known price counts" in hands.seen.troubles["quote of BTC/USDT"]
