"""Up by a person and on evidence of this moment alone, down by itself; every step leaves its record."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from earned_stages import EARNED_AT, Shown, earned_journal, promote_now, settings_with, show, write_gap
from sqlalchemy import insert, select
from wire_orders import allow, made_order, open_log

from conf import Settings
from data.journal import AuditKind, AuditLog, Journal, open_journal
from data.journal.tables import alerts_outbox, risk_events
from models.stages import BOTTOM, Standing
from models.types import BadInput, Damaged, Level, Refused, Stage
from models.types.timeframes import DAY, HOUR
from models.types.wire import OrderState
from tasks.adapters.clocks import FixedClock
from tasks.bootstrap.orders import _kept_standing
from tasks.session.staging import demote, demote_where_due, look, phrase_of, promote, rules_of, standing_of

NOW = 1_750_000_000_000_000
LINE = "binance|1h|BTC/USDT"
PAPER, MICRO, FIRST_RUNG = Standing(Stage.PAPER), Standing(Stage.MICRO), Standing(Stage.LIVE, 1)


def standing(journal: Journal, settings: Settings) -> Standing:
    return standing_of(journal, LINE, rules_of(settings))


def promoted(journal: Journal, settings: Settings, at: int = NOW, **changed: str) -> Standing:
    following = look(journal, settings, at).following
    phrase = "" if following is None else phrase_of(LINE, following)
    said = {"who": "anna", "why": "earned", "phrase": phrase} | changed
    return promote(journal, settings, said["who"], said["why"], said["phrase"], at).after


def test_every_line_begins_at_exploration(journal: Journal, settings: Settings) -> None:
    assert standing(journal, settings) == BOTTOM
    assert look(journal, settings, NOW).following is None


def test_the_way_up_to_the_second_rung(tmp_path: Path, settings: Settings) -> None:
    journal = earned_journal(tmp_path / "live", Standing(Stage.LIVE, 2))
    assert standing(journal, settings) == Standing(Stage.LIVE, 2)
    kinds = [one.kind for one in AuditLog(journal.engine).entries((AuditKind.PROMOTED, AuditKind.DEMOTED))]
    assert kinds == [AuditKind.PROMOTED] * 4


def test_what_is_missing_is_named_all_of_it(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.EXPLORATION, NOW - 20 * DAY, 10, gap_bps=None))
    with pytest.raises(Refused) as refusal:
        promoted(journal, settings, phrase=phrase_of(LINE, PAPER))
    failing = {one.name for one in look(journal, settings, NOW).verdicts if not one.passed}
    assert failing == {"days", "trades", "release_hours", "gap_bps"}
    assert all(f") {name} " in str(refusal.value) for name in failing)
    assert standing(journal, settings) == BOTTOM


EARNED = Shown(Stage.EXPLORATION, NOW - 40 * DAY, 31)


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"who": "keel"}, Refused, "only a person"),
        ({"who": " Guardian "}, Refused, "only a person"),
        ({"who": " "}, BadInput, "--who"),
        ({"why": ""}, BadInput, "--why"),
        ({"phrase": ""}, Refused, "wanted exactly 'PROMOTE binance|1h|BTC/USDT TO paper'"),
        ({"phrase": "PROMOTE binance|1h|BTC/USDT TO live"}, Refused, "wanted exactly"),
    ],
)
def test_only_a_person_who_says_it_in_so_many_words(
    journal: Journal, settings: Settings, changed: dict[str, str], error: type[Exception], text: str
) -> None:
    show(journal, settings, EARNED)
    with pytest.raises(error) as refusal:
        promoted(journal, settings, **changed)
    assert text in str(refusal.value)
    assert standing(journal, settings) == BOTTOM
    assert promoted(journal, settings) == PAPER


def test_one_step_at_a_time_and_on_evidence_of_the_new_stage_alone(journal: Journal, settings: Settings) -> None:
    show(journal, settings, EARNED)
    promoted(journal, settings)
    with pytest.raises(Refused, match=r"days 0, wanted at least 60"):
        promoted(journal, settings, NOW + HOUR)


def test_another_stage_than_the_one_that_follows_is_refused(journal: Journal, settings: Settings) -> None:
    show(journal, settings, EARNED)
    with pytest.raises(Refused, match="one step up is paper"):
        promote(journal, settings, "anna", "earned", phrase_of(LINE, PAPER), NOW, stage="live")


def test_no_book_of_real_money_is_left_with_an_order_that_is_not_over(tmp_path: Path, settings: Settings) -> None:
    micro = earned_journal(tmp_path / "micro", MICRO)
    show(micro, settings, Shown(Stage.MICRO, EARNED_AT + HOUR, 31))
    log, order, at = open_log(micro), made_order(book=f"micro|{LINE}"), EARNED_AT + 33 * DAY
    log.admit(order, allow, at)
    with pytest.raises(Refused, match=f"orders that are not over: {order.cid}"):
        promoted(micro, settings, at)
    log.mark(order.cid, OrderState.LOST, "the venue has none", at)
    assert promoted(micro, settings, at) == FIRST_RUNG


def test_two_at_once_make_one_step(journal: Journal, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    show(journal, settings, EARNED)
    seen = look(journal, settings, NOW)
    promoted(journal, settings)
    monkeypatch.setattr("tasks.session.staging.promoting.look", lambda *_: seen)
    with pytest.raises(Refused, match="another stage by now"):
        promote(journal, settings, "anna", "earned", phrase_of(LINE, PAPER), NOW)
    assert standing(journal, settings) == PAPER


def test_the_dossier_has_every_verdict_and_its_hash_is_in_the_chain(
    journal: Journal, settings: Settings, tmp_path: Path
) -> None:
    show(journal, settings, EARNED)
    promoted(journal, settings)
    (file,) = (tmp_path / "state" / "stages").rglob("*.json")
    (entry,) = AuditLog(journal.engine).entries((AuditKind.PROMOTED,))
    import hashlib

    assert hashlib.sha256(file.read_bytes()).hexdigest() == entry.detail["dossier"]
    said = json.loads(file.read_text())
    assert {one["name"] for one in said["verdicts"]} >= {"days", "sharpe", "win_rate", "profit_factor", "gap_bps"}
    assert all(one["passed"] for one in said["verdicts"])
    assert (said["pages"]["decisions"], said["pages"]["fills"]) == (62, 31)
    assert "| sharpe |" in file.with_suffix(".md").read_text()
    assert entry.detail["phrase"] == phrase_of(LINE, PAPER)


def test_rules_that_were_made_stricter_since_hold_back(journal: Journal, settings: Settings) -> None:
    show(journal, settings, EARNED)
    promoted(journal, settings)
    stricter = settings_with(**{"stages.exploration.least_days": 40.0})
    assert standing_of(journal, LINE, rules_of(stricter)) == BOTTOM
    with pytest.raises(Refused, match="the rules of today allow exploration"):
        promoted(journal, stricter, NOW + HOUR)
    assert standing(journal, settings) == PAPER


# The way down.


@pytest.fixture
def live(tmp_path: Path, settings: Settings) -> Journal:
    """Of a line that has earned the first rung and has traded on it for three days."""
    journal = earned_journal(tmp_path / "live", FIRST_RUNG)
    show(journal, settings, Shown(Stage.LIVE, NOW - 4 * DAY, 3, gap_bps=None))
    return journal


def test_sound_evidence_costs_nothing(live: Journal, settings: Settings) -> None:
    assert demote_where_due(live, settings, NOW) is None
    assert (standing(live, settings), live.stop()) == (FIRST_RUNG, None)


def test_a_gap_beyond_its_limit_costs_the_money(live: Journal, settings: Settings) -> None:
    write_gap(live, LINE, f"live|{LINE}", 80.0, NOW - HOUR, beyond=True)
    changed = demote_where_due(live, settings, NOW)
    assert (changed.after, changed.cause, changed.who) == (PAPER, "gap", "keel")
    assert standing(live, settings) == PAPER
    flag = live.stop()
    assert (flag.level, flag.who) == (Level.REDUCE, "keel")
    assert "was demoted from live rung 1 to paper (gap)" in flag.reason
    assert [one[1] for one in alerts(live)] == ["critical"]
    assert demote_where_due(live, settings, NOW + HOUR) is None, "the report was about the other book"


def test_a_broken_limit_costs_the_money(live: Journal, settings: Settings) -> None:
    last = live.last_decision(f"live|{LINE}")
    row = {"book": last.book, "at": NOW, "kind": "trip", "system": "", "level": "REDUCE", "breaker": "DAILY_LOSS"}
    row |= {"value": "0.06", "limit": "0.05", "amount": "0.0", "who": "keel", "why": "loss", "bar": last.bar}
    with live.engine.begin() as connection:
        connection.execute(insert(risk_events), row)
    assert demote_where_due(live, settings, NOW).cause == "breach"
    assert standing(live, settings) == PAPER


def test_a_fall_costs_a_rung(tmp_path: Path, settings: Settings) -> None:
    live = earned_journal(tmp_path / "live", Standing(Stage.LIVE, 2))
    show(live, settings, Shown(Stage.LIVE, NOW - 4 * DAY, 3, won=-0.1, lost=-0.1, gap_bps=None))
    assert demote_where_due(live, settings, NOW).cause == "drawdown"
    assert standing(live, settings) == FIRST_RUNG
    assert demote_where_due(live, settings, NOW + HOUR) is None, "it begins anew"


def test_another_release_costs_the_money_until_it_has_had_its_hours(live: Journal, settings: Settings) -> None:
    changed = demote_where_due(live, settings, NOW, release="9.9.9+new")
    assert (changed.cause, standing(live, settings)) == ("release", PAPER)
    show(live, settings, Shown(Stage.PAPER, NOW + DAY, 25, release="9.9.9+new"))
    later = NOW + 30 * DAY
    assert look(live, settings, later, release="9.9.9+new").following == FIRST_RUNG
    assert look(live, settings, later, release="9.9.9+newer").following is None


def test_a_new_release_gives_no_rung_back_that_a_fall_has_cost(tmp_path: Path, settings: Settings) -> None:
    live = earned_journal(tmp_path / "live", Standing(Stage.LIVE, 2))
    show(live, settings, Shown(Stage.LIVE, NOW - 4 * DAY, 3, won=-0.1, lost=-0.1, gap_bps=None))
    changed = demote_where_due(live, settings, NOW, release="9.9.9+new")
    assert (changed.before, changed.cause, changed.after) == (FIRST_RUNG, "release", PAPER)
    show(live, settings, Shown(Stage.PAPER, NOW + DAY, 25, release="9.9.9+new"))
    assert look(live, settings, NOW + 30 * DAY, release="9.9.9+new").following == FIRST_RUNG


def test_by_a_clock_before_the_newest_step_nothing_is_earned(live: Journal, settings: Settings) -> None:
    desk: Any = SimpleNamespace(clock=FixedClock(EARNED_AT - 3 * DAY), loaded=SimpleNamespace(settings=settings))
    found = _kept_standing(desk, live, lambda _: None)
    assert isinstance(found.standing, Damaged)
    assert "the clock is set right" in str(found.standing)
    assert [one["severity"] for one in live.tables()["alerts_outbox"]] == ["critical"]


def test_a_demotion_stops_before_anything_that_may_fail(
    live: Journal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_gap(live, LINE, f"live|{LINE}", 80.0, NOW - HOUR, beyond=True)

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("data.journal.stage_log.StageLog.append_step", fails)
        with pytest.raises(OSError, match="full"):
            demote_where_due(live, settings, NOW)
    assert live.stop() is not None
    assert demote_where_due(live, settings, NOW + HOUR).after == PAPER


def test_an_alert_that_was_lost_is_raised_again(live: Journal, settings: Settings) -> None:
    demote(live, settings, "anna", "holidays", NOW)
    with live.engine.begin() as connection:
        connection.execute(alerts_outbox.delete())
    demote_where_due(live, settings, NOW + HOUR)
    assert len(alerts(live)) == 1


def test_a_person_takes_a_stage_away_at_any_time(live: Journal, settings: Settings) -> None:
    assert demote(live, settings, "anna", "holidays", NOW).after == MICRO
    assert live.stop().who == "anna"
    with pytest.raises(BadInput, match="--why"):
        demote(live, settings, "anna", " ", NOW + HOUR)
    with pytest.raises(Refused, match="for a person"):
        demote(live, settings, "keel", "so", NOW + HOUR)
    assert demote(live, settings, "anna", "more", NOW + HOUR).after == PAPER
    assert demote(live, settings, "anna", "all", NOW + 2 * HOUR).after == BOTTOM
    with pytest.raises(Refused, match="nothing is below"):
        demote(live, settings, "anna", "all", NOW + 3 * HOUR)


def test_what_was_lost_is_earned_again_from_the_beginning_of_the_stage(live: Journal, settings: Settings) -> None:
    demote(live, settings, "anna", "holidays", NOW)
    with pytest.raises(Refused, match="days 0, wanted at least 28"):
        promoted(live, settings, NOW + HOUR, phrase=phrase_of(LINE, FIRST_RUNG))
    show(live, settings, Shown(Stage.MICRO, NOW + HOUR, 31))
    promote_now(live, settings, NOW + 40 * DAY)
    assert standing(live, settings) == FIRST_RUNG


def test_a_new_process_finds_the_same(live: Journal, settings: Settings, tmp_path: Path) -> None:
    demote(live, settings, "anna", "holidays", NOW)
    live.engine.dispose()
    again = open_journal(tmp_path / "live" / "journal.sqlite")
    assert standing_of(again, LINE, rules_of(settings)) == MICRO


def alerts(journal: Journal) -> list[tuple[str, str]]:
    with journal.engine.connect() as connection:
        return [(row.key, row.severity) for row in connection.execute(select(alerts_outbox))]
