"""Stops in the journal: what waits, what consumed it, and nothing of it twice or lost."""

import math
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from journal_places import words_of
from journal_rows import HOUR, NOTHING, made_decision
from sqlalchemy.exc import IntegrityError

from data.journal import (
    Alert,
    Decision,
    Journal,
    JournalPlace,
    RiskEvent,
    RiskKind,
    RiskLog,
    forced_level,
)
from models.types import Breaker, Level

pytestmark = pytest.mark.risk


def event(kind: RiskKind, level: Level = Level.NONE, book: str = "book", amount: float = 0.0) -> RiskEvent:
    return RiskEvent(book, 7, kind, "a person", "a drill", level, Breaker.PERSON, 0.1 + 0.2, 1e-17, amount)


FLOW, RELEASE = event(RiskKind.FLOW, amount=-0.1 * 3), event(RiskKind.RELEASE)
PAUSED, REDUCED, FLAT = (event(RiskKind.FORCED, one) for one in (Level.PAUSE, Level.REDUCE, Level.FLATTEN))


def ids(events: list[RiskEvent]) -> tuple[int, ...]:
    return tuple(one.id for one in events if one.id is not None)


def decide(journal: Journal, decision: Decision, follows: int | None = None) -> bool:
    """Record the decision; it consumes whatever waits for its book."""
    consumed = ids(RiskLog(journal.engine).waiting_events(decision.book))
    return journal.record_decision(decision, follows, NOTHING, "{}", consumed)


def test_an_event_waits_in_a_reopened_journal_and_comes_back_to_the_bit(journal: Journal, place: JournalPlace) -> None:
    for one in (FLOW, REDUCED, RELEASE):
        RiskLog(journal.engine).record_event(one)
    RiskLog(journal.engine).record_event(event(RiskKind.RELEASE, book="other"))
    journal.engine.dispose()
    found = RiskLog(place.open().engine).waiting_events("book")
    assert repr([replace(one, id=None) for one in found]) == repr([FLOW, REDUCED, RELEASE])
    assert list(ids(found)) == sorted(set(ids(found)))


def test_a_decision_consumes_what_it_was_given_once(journal: Journal) -> None:
    log = RiskLog(journal.engine)
    log.record_event(FLOW)
    seen = log.waiting_events("book")
    log.record_event(PAUSED)  # came while the decision was made
    log.record_event(event(RiskKind.RELEASE, book="other"))
    first = made_decision()
    assert journal.record_decision(first, None, NOTHING, "{}", ids(seen))
    assert [one.kind for one in log.waiting_events("book")] == [RiskKind.FORCED]
    assert [one.kind for one in log.waiting_events("other")] == [RiskKind.RELEASE]
    assert journal.record_decision(
        made_decision(bar=1), 0, NOTHING, "{}", (*ids(seen), *ids(log.waiting_events("book")))
    )
    assert log.waiting_events("book") == []
    consumed = log.consumed_events("book")
    assert {bar: [one.kind for one in some] for bar, some in consumed.items()} == {
        0: [RiskKind.FLOW],
        HOUR: [RiskKind.FORCED],
    }
    assert {one.bar for one in consumed[HOUR]} == {HOUR}


def test_a_decision_for_a_decided_bar_consumes_nothing(journal: Journal) -> None:
    assert decide(journal, made_decision())
    RiskLog(journal.engine).record_event(RELEASE)
    assert not decide(journal, made_decision())
    assert len(RiskLog(journal.engine).waiting_events("book")) == 1


def test_a_decision_that_cannot_be_written_leaves_its_events_waiting(journal: Journal) -> None:
    RiskLog(journal.engine).record_event(RELEASE)
    with pytest.raises(IntegrityError, match=r"(?i)unique.*intents"):
        decide(journal, replace(made_decision(symbols=("A", "A")), switches=()))
    assert [one.bar for one in RiskLog(journal.engine).waiting_events("book")] == [None]
    assert RiskLog(journal.engine).ladder_events("book") == []


def test_what_the_step_found_is_its_decisions_and_nothing_that_waits(journal: Journal) -> None:
    first, second = made_decision(), made_decision(bar=1)
    assert decide(journal, first)
    assert decide(journal, second, 0)
    assert decide(journal, made_decision(book="other"))
    log = RiskLog(journal.engine)
    assert repr(log.ladder_events("book")) == repr([*first.events, *second.events])
    assert log.waiting_events("book") == []
    assert log.consumed_events("book") == {}
    rows = [row for row in journal.tables()["risk_events"] if row["book"] == "book"]
    assert [(row["kind"], row["bar"], row["at"]) for row in rows] == [
        ("trip", 0, -HOUR),
        ("released", 0, 0),
        ("trip", HOUR, 0),
        ("released", HOUR, HOUR),
    ]


def test_what_every_limit_allowed_and_which_bound_stand_in_the_table(journal: Journal) -> None:
    decide(journal, made_decision())
    first, second = journal.tables()["intents"]
    assert first["caps"] == '{"KELLY": 0.30000000000000004, "CAPITAL": 1e+300, "CASH": -0.0}'
    assert (first["bound_by"], second["bound_by"]) == ("risk.kelly_fraction conf/risk_params.yml:7", None)
    wrong = replace(made_decision(bar=1).intents[0], caps=(("KELLY", math.inf),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        decide(journal, replace(made_decision(bar=1), intents=(wrong,)), 0)


@pytest.mark.parametrize(
    ("events", "level"),
    [
        ([], Level.NONE),
        ([FLOW], Level.NONE),
        ([PAUSED, FLAT, REDUCED], Level.FLATTEN),
        ([FLAT, RELEASE], Level.NONE),
        ([FLAT, RELEASE, PAUSED], Level.PAUSE),
        ([RELEASE, FLAT, FLOW], Level.FLATTEN),
    ],
)
def test_the_highest_forced_level_since_the_last_release_holds(events: list[RiskEvent], level: Level) -> None:
    assert forced_level(events) is level


def test_a_forced_level_is_written_once_and_again_when_it_is_higher_or_was_released(journal: Journal) -> None:
    log = RiskLog(journal.engine)
    written = [
        log.force(one) for one in (REDUCED, REDUCED, PAUSED, FLAT, FLAT, event(RiskKind.FORCED, Level.PAUSE, "x"))
    ]
    assert written == [True, False, False, True, False, True]
    log.release(RELEASE)
    assert log.force(PAUSED)
    assert [one.kind for one in log.waiting_events("book")] == [
        RiskKind.FORCED,
        RiskKind.FORCED,
        RiskKind.RELEASE,
        RiskKind.FORCED,
    ]


def test_a_release_clears_the_stop_flag_in_the_same_act(journal: Journal) -> None:
    journal.set_stop("drill", 1)
    RiskLog(journal.engine).release(RELEASE)
    assert journal.stop_reason() is None
    assert [one.kind for one in RiskLog(journal.engine).waiting_events("book")] == [RiskKind.RELEASE]
    journal.set_stop("another", 2)
    assert journal.stop_reason() == "another"


def test_a_release_that_is_not_written_leaves_the_stop_flag(journal: Journal) -> None:
    journal.set_stop("drill", 1)
    with pytest.raises(IntegrityError, match=r"(?i)not[ -]null"):
        RiskLog(journal.engine).release(replace(RELEASE, why=None))  # type: ignore[arg-type]
    assert journal.stop_reason() == "drill"


ALERT = Alert("stress book 2026-01-01 crash", "critical", "a crash would break the limit", 7)
STRESSED = RiskEvent("book", 7, RiskKind.FORCED, "stress", "crash", Level.REDUCE, Breaker.STRESS, 0.3, 0.15)


def cut(symbol: str, part: float, book: str = "book") -> RiskEvent:
    return RiskEvent(book, 7, RiskKind.CUT, "stress", "crash", breaker=Breaker.STRESS, value=part, symbol=symbol)


HALF, THIRD = cut("A", 0.5), cut("B", 1.0 / 3.0)


def act(journal: Journal, *cuts: RiskEvent, as_of: int = 0, forced: RiskEvent = STRESSED) -> list[str]:
    """What was appended: the level, or the symbol."""
    return [one.symbol or one.level.name for one in RiskLog(journal.engine).cut(forced, cuts, as_of, ALERT)]


def calm(bar: int, level: Level = Level.NONE) -> Decision:
    """A decision after which the account stands at that level."""
    made = made_decision(bar=bar)
    return replace(made, state_after=replace(made.state_after, ladder={"level": float(level)}), events=())


def test_level_and_cuts_stand_in_the_table_as_they_were_given(journal: Journal, place: JournalPlace) -> None:
    assert act(journal, HALF, THIRD) == ["REDUCE", "A", "B"]
    journal.engine.dispose()
    reopened = place.open()
    found = RiskLog(reopened.engine).waiting_events("book")
    assert repr([replace(one, id=None) for one in found]) == repr([STRESSED, HALF, THIRD])
    names = ("kind", "level", "breaker", "value", "limit", "symbol", "bar", "amount", "system")
    assert [tuple(row[name] for name in names) for row in reopened.tables()["risk_events"]] == [
        ("forced", "REDUCE", "STRESS", "0.3", "0.15", None, None, "0.0", ""),
        ("cut", "NONE", "STRESS", "0.5", "0.0", "A", None, "0.0", ""),
        ("cut", "NONE", "STRESS", "0.3333333333333333", "0.0", "B", None, "0.0", ""),
    ]
    assert [(row["key"], row["severity"], row["raised_at"]) for row in reopened.tables()["alerts_outbox"]] == [
        (ALERT.key, "critical", 7)
    ]


def test_the_same_again_is_nothing_and_more_of_it_is_what_is_new(journal: Journal) -> None:
    assert act(journal, HALF, THIRD) == ["REDUCE", "A", "B"]
    assert act(journal, HALF, THIRD) == []
    assert act(journal, cut("A", 0.4), cut("B", 0.4), cut("C", 0.1)) == ["B", "C"]
    assert act(journal, HALF, forced=replace(STRESSED, level=Level.FLATTEN)) == ["FLATTEN"]
    other = replace(STRESSED, book="other")
    assert act(journal, replace(HALF, book="other"), forced=other) == ["REDUCE", "A"]
    assert len(journal.tables()["alerts_outbox"]) == 1


def test_a_level_that_holds_or_waits_is_not_forced_again_until_it_is_released(journal: Journal) -> None:
    assert decide(journal, calm(0, Level.FLATTEN))
    assert act(journal, HALF) == ["A"]
    RiskLog(journal.engine).release(RELEASE)
    assert act(journal, HALF) == ["REDUCE"]
    assert act(journal, HALF) == []
    assert decide(journal, calm(1, Level.PAUSE), 0)
    assert act(journal, as_of=HOUR) == ["REDUCE"]


@pytest.mark.parametrize(("as_of", "appended"), [(0, []), (HOUR, []), (2 * HOUR, ["A"])])
def test_a_cut_is_under_way_until_the_positions_are_known_again(
    journal: Journal, as_of: int, appended: list[str]
) -> None:
    """The decision for the second bar has consumed it; its order is filled on the third."""
    assert decide(journal, calm(0))
    act(journal, HALF)
    assert decide(journal, calm(1, Level.REDUCE), 0)
    assert act(journal, HALF, as_of=as_of) == appended


@pytest.mark.parametrize("wrong", ["alert", "second cut"])
def test_level_cuts_and_alert_are_written_together_or_not_at_all(journal: Journal, wrong: str) -> None:
    alert = replace(ALERT, severity=None) if wrong == "alert" else ALERT  # type: ignore[arg-type]
    second = replace(THIRD, why=None) if wrong == "second cut" else THIRD  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match=r"(?i)not[ -]null"):
        RiskLog(journal.engine).cut(STRESSED, (HALF, second), 0, alert)
    assert {name: rows for name, rows in journal.tables().items() if rows} == {}
    assert act(journal, HALF, THIRD) == ["REDUCE", "A", "B"]


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
sys.path[:0] = ["tests/support"]
from journal_places import place_from
from data.journal import Alert, RiskEvent, RiskKind, RiskLog
from models.types import Breaker, Level

journal = place_from(sys.argv[1]).open()

@event.listens_for(journal.engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if "INTO alerts_outbox" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

forced = RiskEvent("book", 7, RiskKind.FORCED, "stress", "crash", Level.REDUCE, Breaker.STRESS, 0.3, 0.15)
cut = RiskEvent("book", 7, RiskKind.CUT, "stress", "crash", breaker=Breaker.STRESS, value=0.5, symbol="A")
RiskLog(journal.engine).cut(forced, [cut], 0, Alert("k", "critical", "x", 7))
"""


def test_killed_before_the_alert_nothing_was_written_and_the_next_run_does_it(
    journal: Journal, place: JournalPlace
) -> None:
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", KILLED, words_of(place)], cwd=root, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert {name: rows for name, rows in journal.tables().items() if rows} == {}
    assert act(journal, HALF) == ["REDUCE", "A"]


def test_two_runs_at_once_act_once(place: JournalPlace) -> None:
    made: list[list[str]] = []
    journals = [place.open() for _ in range(4)]
    together = threading.Barrier(len(journals))

    def run(one: Journal) -> None:
        together.wait()
        made.append(act(one, HALF, THIRD))

    threads = [threading.Thread(target=run, args=(one,)) for one in journals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [[], [], [], ["REDUCE", "A", "B"]]
