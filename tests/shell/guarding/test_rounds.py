"""The guardian's rounds on a real journal: what it writes, what it asks its hands for, and what it leaves alone."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from order_desks import NOW, bench

from data.journal import (
    GUARDIAN,
    TRADER,
    AuditKind,
    AuditLog,
    Beat,
    Entry,
    Heartbeats,
    Holder,
    Journal,
    RiskEvent,
    RiskKind,
    RiskLog,
)
from data.journal.stop_flag import stop_file
from models.risk import first_ladder
from models.types import Breaker, Level, Unavailable
from tasks.adapters.clocks import VirtualClock
from tasks.bootstrap import build_desk
from tasks.session.guarding import Demand, Seen, Watch, What, Worth, rules_of
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.rounds import Guardian

SECOND = 1_000_000
SILENCE = 15 * SECOND
ME, TRADING = Holder("here", "boot", 1, 1), Holder("here", "boot", 2, 2)


@dataclass
class Hands:
    """Remember what was asked for."""

    seen: Seen | None = field(default_factory=lambda: Seen(NOW))
    failed: str = ""
    asked: list[Demand] = field(default_factory=list)

    def ask(self, demand: Demand) -> None:
        self.asked.append(demand)


@dataclass
class Scene:
    """A guardian, its clock and its journal; `said` is what a person was told beside the journal."""

    journal: Journal
    clock: VirtualClock
    ground: Ground
    hands: Hands
    is_money: bool
    said: list[str] = field(default_factory=list)
    guardian: Guardian = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As a new process does."""
        watch = Watch(lambda: self.clock.now(), lambda _: False, 2 * SECOND, SILENCE)
        rules = rules_of(self.ground.desk.loaded.settings.guardian, self.is_money)
        self.guardian = Guardian(self.ground, self.hands, watch, rules, SILENCE, self.said.append)

    def trader(self, seconds: float | None = 15.0) -> None:
        now = self.clock.now()
        due = None if seconds is None else now + round(seconds * SECOND)
        Heartbeats(self.journal.engine).beat(Beat(TRADER, TRADING, now, due, "session"))

    def rounds(self, count: int = 1, seconds: float = 2.0) -> list[What]:
        """What the last of so many rounds found."""
        for _ in range(count):
            self.clock.sleep(round(seconds * SECOND))
            found = self.guardian.round()
        return [one.what for one in found.findings]

    def alerts(self) -> list[str]:
        return [one["key"] for one in self.journal.tables()["alerts_outbox"]]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Of a live book that nobody has decided for, whose bars come in time."""
    return scene_in(tmp_path, monkeypatch, is_money=True)


def scene_in(folder: Path, monkeypatch: pytest.MonkeyPatch, is_money: bool) -> Scene:
    monkeypatch.setenv("KEEL_HOME", str(folder))
    monkeypatch.setenv("KEEL_STAGE", "live" if is_money else "paper")
    made = bench(folder)
    journal, clock = Journal(made.log.engine), VirtualClock(NOW)
    monkeypatch.setattr(Ground, "overdue", lambda *_: None)
    return Scene(journal, clock, Ground(build_desk(), journal, ME, clock), Hands(), is_money)


def test_a_trader_that_is_heard_of_is_left_alone(scene: Scene) -> None:
    for _ in range(20):
        scene.trader()
        assert scene.rounds() == []
    assert scene.journal.stop() is None
    assert {replace(one, symbols=()) for one in scene.hands.asked} == {Demand()}
    assert scene.alerts() == []
    beat = Heartbeats(scene.journal.engine).last(GUARDIAN)
    assert beat is not None
    assert (beat.holder, beat.due_at, beat.detail) == (ME, scene.clock.now() + SILENCE, scene.ground.book)


def test_a_silence_stops_at_once_by_row_and_file_and_asks_for_the_lease(scene: Scene) -> None:
    scene.trader()
    assert scene.rounds(10) == [What.SILENT]
    flag = scene.journal.stop()
    assert flag is not None
    assert (flag.level, flag.who) == (Level.REDUCE, GUARDIAN)
    path = stop_file(scene.journal.engine)
    assert path is not None
    assert path.exists()
    assert scene.hands.asked[-1].protect, "what is held is to have its stop, whatever stands"
    silence = scene.hands.asked[-1].silence
    assert silence is not None
    assert silence.beat.holder == TRADING
    assert len(scene.alerts()) == 1, "one silence is one alert, however many rounds see it"
    assert len(scene.said) == 1


def test_what_was_acted_on_is_not_stopped_for_again(scene: Scene) -> None:
    scene.trader()
    scene.rounds(10)
    silence = scene.hands.asked[-1].silence
    assert silence is not None
    AuditLog(scene.journal.engine).append(Entry(AuditKind.TAKEN_OVER, "", GUARDIAN, "", dict(silence.key), NOW))
    scene.rounds()
    assert scene.hands.asked[-1].silence is None, "nothing is left to be done"
    RiskLog(scene.journal.engine).release(RiskEvent("x", NOW, RiskKind.RELEASE, "a person", "looked"))
    scene.rounds(3)
    scene.begin()
    assert scene.rounds(3) == [What.SILENT]
    assert scene.journal.stop() is None
    scene.trader()
    scene.rounds(12)
    assert scene.journal.stop() is not None, "the next silence is another one"


def test_latched_whoever_comes_back(scene: Scene) -> None:
    scene.trader()
    scene.rounds(10)
    flag = scene.journal.stop()
    scene.trader()
    assert scene.rounds(3) == []
    scene.begin()
    scene.trader()
    scene.rounds()
    assert scene.journal.stop() == flag


def test_a_flag_that_is_only_a_file_gets_its_row(scene: Scene) -> None:
    flag = scene.journal.set_stop("by hand", NOW, Level.PAUSE, "anna")
    with scene.journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM control")
    scene.rounds()
    path = stop_file(scene.journal.engine)
    assert path is not None
    path.unlink()
    assert scene.journal.stop() == flag


def test_a_journal_that_cannot_be_read_is_no_sign_of_life(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.rounds()
    beat = Heartbeats(scene.journal.engine).last(GUARDIAN)

    def fails(_self: Journal) -> None:
        raise Unavailable("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "stop", fails)
        with pytest.raises(Unavailable):
            scene.rounds()
    assert Heartbeats(scene.journal.engine).last(GUARDIAN) == beat


def test_a_source_that_fails_is_told_once_for_each_outage_and_ends_nothing(scene: Scene) -> None:
    scene.hands.seen = Seen(NOW, troubles={"binance": "no answer"})
    assert scene.rounds(3) == [What.SOURCE]
    assert len(scene.alerts()) == 1
    scene.hands.seen = Seen(NOW)
    assert scene.rounds() == []
    scene.hands.seen = Seen(NOW, troubles={"binance": "no answer"})
    scene.rounds(3)
    assert len(scene.alerts()) == 2
    assert scene.journal.stop() is None


def test_what_ends_on_purpose_promises_nothing_more(scene: Scene) -> None:
    scene.rounds()
    scene.guardian.end()
    beat = Heartbeats(scene.journal.engine).last(GUARDIAN)
    assert beat is not None
    assert beat.due_at == scene.clock.now()


@pytest.mark.parametrize("is_money", [True, False], ids=["money", "paper"])
def test_a_loss_stops_everything_with_real_money_and_its_own_book_on_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_money: bool
) -> None:
    scene = scene_in(tmp_path, monkeypatch, is_money)
    before = first_ladder(10_000.0)
    after = before._replace(equity=8_000.0, level=float(Level.FLATTEN), breaker=float(Breaker.DRAWDOWN))
    lost = Worth(8_000.0, before, after, 0.2, 0.15)
    monkeypatch.setattr(Guardian, "_worth", lambda *_: lost)
    if is_money:
        assert scene.rounds(3) == [], "one look at the venues, however many rounds see it"
        assert scene.hands.asked[-1].is_urgent
        scene.hands.seen = Seen(NOW + SECOND)
    assert scene.rounds(2) == [What.LIMIT]
    flag, waiting = scene.journal.stop(), RiskLog(scene.journal.engine).waiting_events(scene.ground.book)
    assert len(scene.alerts()) == 1
    if is_money:
        assert flag is not None
        assert flag.level is Level.FLATTEN
        assert scene.hands.asked[-1].flatten == flag
        scene.hands.seen = Seen(NOW, is_flat=True)
        scene.rounds()
        scene.hands.seen = Seen(NOW)
        scene.rounds()
        assert scene.hands.asked[-1].flatten is None, "what is sold is not sold again"
    else:
        assert flag is None
        assert scene.hands.asked[-1].flatten is None
        (event,) = waiting
        assert (event.kind, event.level, event.breaker) == (RiskKind.FORCED, Level.FLATTEN, Breaker.DRAWDOWN)


def test_a_loss_that_one_look_alone_saw_stops_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    before = first_ladder(10_000.0)
    after = before._replace(equity=8_000.0, level=float(Level.FLATTEN), breaker=float(Breaker.DRAWDOWN))
    marks = [Worth(8_000.0, before, after, 0.2, 0.15), Worth(10_000.0, before, before, 0.0, 0.15)]
    for number in range(6):
        scene.hands.seen = Seen(NOW + number)
        with monkeypatch.context() as marked:
            marked.setattr(Guardian, "_worth", lambda *_, mark=marks[number % 2]: mark)
            assert scene.rounds(2) == []
    assert scene.journal.stop() is None


def test_two_looks_stop_as_far_as_both_saw_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    before = first_ladder(10_000.0)
    levels = [Level.FLATTEN, Level.REDUCE, Level.FLATTEN, Level.FLATTEN]
    stopped = []
    for number, level in enumerate(levels):
        after = before._replace(level=float(level), breaker=float(Breaker.WEEKLY_LOSS))
        scene.hands.seen = Seen(NOW + number)
        monkeypatch.setattr(Guardian, "_worth", lambda *_, after=after: Worth(9_000.0, before, after, 0.1, 0.07))
        scene.rounds()
        flag = scene.journal.stop()
        stopped.append(Level.NONE if flag is None else flag.level)
    assert stopped == [Level.NONE, Level.REDUCE, Level.REDUCE, Level.FLATTEN]


@pytest.mark.parametrize("lacks", ["account", "hands", "look"])
def test_a_guardian_that_could_not_act_gives_no_sign_of_life(scene: Scene, lacks: str) -> None:
    beats = Heartbeats(scene.journal.engine)
    scene.rounds()
    before = beats.last(GUARDIAN)
    scene.hands.failed = "RuntimeError: broken" if lacks == "hands" else ""
    helpless = {"binance": "no keys"} if lacks == "account" else {}
    scene.hands.seen = None if lacks == "look" else Seen(NOW, helpless=helpless)
    found = scene.rounds(3)
    assert beats.last(GUARDIAN) == before
    assert found == ([] if lacks == "look" else [What.HELPLESS])
    assert [one["severity"] for one in scene.journal.tables()["alerts_outbox"]] == ["critical"] * len(found)
    scene.hands.seen, scene.hands.failed = Seen(NOW), ""
    scene.rounds()
    assert beats.last(GUARDIAN) != before


def test_a_bar_is_waited_for_while_a_trader_has_promised_something_and_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_in(tmp_path, monkeypatch, is_money=True)
    monkeypatch.setattr(Ground, "overdue", lambda _, now, since: (now - max(since, NOW)) / SECOND)
    assert scene.rounds(5, 100.0) == [], "nobody trades"
    for _ in range(3):  # a cycle every five minutes, as scheduled
        scene.trader(600.0)
        assert scene.rounds(3, 50.0) == []
        scene.trader(None)
        assert scene.rounds(3, 50.0) == []
    for _ in range(30):
        scene.trader()
        assert scene.rounds(1, 10.0) == []
    assert scene.journal.stop() is None
    scene.trader()
    assert scene.rounds(1, 10.0) == [What.FEED], "a session that goes on without bars"
