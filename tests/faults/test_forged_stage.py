"""Whoever forges what a book has earned gets no real money: not from a row, a chain, a page, a file or a setting."""

import json
import socket
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from earned_stages import EARNED_AT, Shown, earned_journal, settings_with, show, write_gap
from sqlalchemy import select

from conf import Settings
from data.journal import Holder, Journal, LiveLog, SessionLog, SessionRun, open_journal
from data.journal.audit_log import HASHED, sha256_of_row
from data.journal.control_tables import audit_chain
from models.stages import BOTTOM, Rules, Standing
from models.types import BadInput, Damaged, Refused, Stage
from models.types.timeframes import DAY, HOUR
from tasks.session.living import configured_caps, require_live
from tasks.session.staging import demote_where_due, rules_of, standing_of

NOW = 1_750_000_000_000_000
LINE, OTHER = "binance|1h|BTC/USDT", "binance|1h|ETH/USDT"
PAPER, FIRST_RUNG = Standing(Stage.PAPER), Standing(Stage.LIVE, 1)
NO_KEYS = {"binance": BadInput("no keys")}
Row = dict[str, Any]
Forgery = Callable[[Path], None]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_with(stage="live")


@pytest.fixture(scope="module")
def rules(settings: Settings) -> Rules:
    return rules_of(settings)


def assert_no_money(journal: Journal, settings: Settings, most: Stage = Stage.PAPER) -> None:
    """Neither by its record nor at the gate of live trading."""
    try:
        found = standing_of(journal, LINE, rules_of(settings))
    except Damaged:
        pass
    else:
        assert found.stage.rank <= most.rank
    with pytest.raises((Refused, Damaged), match=r"\) earned: "):
        require_live(settings, NO_KEYS, LiveLog(journal.engine), configured_caps(settings), True)


def test_what_was_earned_is_believed(tmp_path: Path, settings: Settings, rules: Rules) -> None:
    """The journal that all of the forgeries begin with."""
    journal = earned_journal(tmp_path / "state", FIRST_RUNG)
    assert standing_of(journal, LINE, rules) == FIRST_RUNG
    with pytest.raises(Refused) as refusal:
        require_live(settings, NO_KEYS, LiveLog(journal.engine), configured_caps(settings), True)
    assert ") earned: " not in str(refusal.value)


def test_a_setting_is_no_standing(tmp_path: Path, settings: Settings) -> None:
    assert_no_money(earned_journal(tmp_path / "state", PAPER), settings)
    micro = settings_with(stage="micro", trading__capital=100.0)
    assert_no_money(earned_journal(tmp_path / "other", BOTTOM), micro)


# What is done to the pages behind a promotion, and to the chain itself; whoever does it makes the hashes right again.


def statement(sql: str, *values: object) -> Forgery:
    """One statement on the journal's file, by somebody who knows SQLite."""

    def forge(state: Path) -> None:
        with sqlite3.connect(state / "journal.sqlite") as connection:
            assert connection.execute(sql, values).rowcount != 0, "the forgery did nothing"

    return forge


def rewritten(change: Callable[[list[Row]], list[Row]]) -> Forgery:
    """The chain changed and every number and hash made right again."""

    def forge(state: Path) -> None:
        journal = open_journal(state / "journal.sqlite")
        with journal.engine.begin() as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(audit_chain).order_by(audit_chain.c.id))]
            connection.execute(audit_chain.delete())
            changed = change(rows)
            assert changed, "nothing is left of the chain"
            previous = ""
            for number, row in enumerate(changed, 1):
                row |= {"id": number, "previous": previous}
                previous = row["sha256"] = sha256_of_row({name: row[name] for name in HASHED})
                connection.execute(audit_chain.insert(), row)
        journal.engine.dispose()

    return forge


def edited(kind: str, number: int, change: Callable[[Row], None]) -> Forgery:
    """The detail of the so-many-th row of a kind."""

    def edit(rows: list[Row]) -> list[Row]:
        row = [one for one in rows if one["kind"] == kind][number]
        detail = json.loads(row["detail"])
        change(detail)
        row["detail"] = json.dumps(detail, sort_keys=True)
        return rows

    return rewritten(edit)


def without(kind: str, number: int) -> Forgery:
    def drop(rows: list[Row]) -> list[Row]:
        gone = [one for one in rows if one["kind"] == kind][number]
        return [one for one in rows if one is not gone]

    return rewritten(drop)


def reworded(kind: str, number: int, **changed: object) -> Forgery:
    def edit(rows: list[Row]) -> list[Row]:
        row = [one for one in rows if one["kind"] == kind][number]
        row.update(changed)
        return rows

    return rewritten(edit)


def swapped(rows: list[Row]) -> list[Row]:
    steps = [k for k, one in enumerate(rows) if one["kind"] == "promoted"]
    rows[steps[0]], rows[steps[1]] = rows[steps[1]], rows[steps[0]]
    return rows


def evidence_says(name: str, text: str) -> Callable[[Row], None]:
    def change(detail: Row) -> None:
        assert detail["evidence"][name] != text
        detail["evidence"][name] = text

    return change


PAGES: dict[str, Forgery] = {
    "a decision taken away": statement(
        "UPDATE decisions SET decided_at = decided_at + 400 * 86400000000 WHERE book LIKE 'micro|%' AND bar = "
        "(SELECT MIN(bar) FROM decisions WHERE book LIKE 'micro|%')"
    ),
    "an account made better": statement(
        "UPDATE decisions SET state_after = json_set(state_after, '$.accounts.swing[1]', 2000.0) WHERE book LIKE "
        "'paper|%' AND bar = (SELECT MAX(bar) FROM decisions WHERE book LIKE 'paper|%')"
    ),
    "a loss made a profit": statement("UPDATE fills SET realised = '9.0' WHERE CAST(realised AS REAL) < 0.0"),
    "fills taken away": statement("DELETE FROM fills WHERE CAST(realised AS REAL) < 0.0"),
    "witnesses taken away": statement("DELETE FROM session_events WHERE id % 3 = 0"),
    "all witnesses taken away": statement("DELETE FROM session_events"),
    "another release on the sessions": statement("UPDATE sessions SET release = 'other' WHERE book LIKE 'paper|%'"),
}
CHAIN: dict[str, Forgery] = {
    "a row without its hash": statement("UPDATE audit_chain SET why = 'x' WHERE id = 2"),
    "a row taken out of the middle": statement("DELETE FROM audit_chain WHERE id = 3"),
    "evidence of sharpe": edited("promoted", 1, evidence_says("sharpe", "9.0")),
    "evidence of days": edited("promoted", 2, evidence_says("days", "40.0")),
    "evidence of crashes": edited("promoted", 0, evidence_says("crashes", "-1")),
    "evidence that is not known": edited("promoted", 1, evidence_says("gap_bps", "nan")),
    "rules of its own": edited("promoted", 1, lambda one: one["rules"]["paper"].update(sharpe="90.0")),
    "a window from before the stage": edited("promoted", 1, lambda one: one["window"].update(since=0)),
    "a window of another book": edited("promoted", 1, lambda one: one["window"].update(stage="exploration")),
    "a window of another line": edited("promoted", 1, lambda one: one["window"].update(line=OTHER)),
    "a release that never ran": edited("promoted", 1, lambda one: one["window"].update(release="other")),
    "pages of its own": edited("promoted", 1, lambda one: one["pages"].update(sha256="0" * 64)),
    "a stage skipped": edited("promoted", 1, lambda one: one["to"].update(stage="live", rung=1)),
    "a rung for nothing": edited("promoted", 2, lambda one: one["to"].update(rung=4)),
    "something that cannot be read": edited("promoted", 2, lambda one: one.pop("evidence")),
    "no person": reworded("promoted", 2, who="keel"),
    "nobody": reworded("promoted", 2, who=" "),
    "the first step taken away": without("promoted", 0),
    "a step in the middle taken away": without("promoted", 1),
    "the gap report behind a step taken away": without("gap", 2),
    "a gap report made better": edited("gap", 2, lambda one: one.update(bps=0.5)),
    "two steps in another order": rewritten(swapped),
    "a promotion twice": rewritten(lambda rows: [*rows, dict(rows[-1])]),
    "all of it for another line": rewritten(lambda rows: [one | {"subject": OTHER} for one in rows]),
    "no chain at all": statement("DELETE FROM audit_chain"),
}


def dossier_edited(state: Path) -> None:
    file = max((state / "stages").rglob("*-promoted.json"))
    file.write_text(file.read_text().replace('"passed": true', '"passed": false', 1))


FILES: dict[str, Forgery] = {"a dossier edited": dossier_edited}
FORGERIES = PAGES | CHAIN | FILES


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_was_forged_earns_no_real_money(tmp_path: Path, settings: Settings, forge: Forgery) -> None:
    state = tmp_path / "state"
    earned_journal(state, FIRST_RUNG).engine.dispose()
    forge(state)
    assert_no_money(open_journal(state / "journal.sqlite"), settings)


@pytest.mark.parametrize("is_moved", [True, False], ids=["windows moved as well", "windows of the line that earned it"])
def test_the_chain_of_another_line_earns_this_one_nothing(tmp_path: Path, settings: Settings, is_moved: bool) -> None:
    state = tmp_path / "state"
    earned_journal(state, FIRST_RUNG).engine.dispose()

    def copied(rows: list[Row]) -> list[Row]:
        there, here = json.dumps(LINE)[1:-1], json.dumps(OTHER)[1:-1]
        moved = [one | {"detail": one["detail"].replace(there, here)} if is_moved else dict(one) for one in rows]
        return [*rows, *(one | {"subject": OTHER} for one in moved)]

    rewritten(copied)(state)
    journal = open_journal(state / "journal.sqlite")
    with pytest.raises(Damaged, match=r"decisions or fills behind it are missing|its evidence is of"):
        standing_of(journal, OTHER, rules_of(settings))
    assert standing_of(journal, LINE, rules_of(settings)) == FIRST_RUNG


def test_a_crash_that_the_evidence_does_not_tell_of_is_found(tmp_path: Path, settings: Settings) -> None:
    state = tmp_path / "state"
    journal = earned_journal(state, FIRST_RUNG)
    log, began = SessionLog(journal.engine), EARNED_AT - 60 * DAY
    gone = Holder(socket.gethostname(), "an earlier boot", 1, 1)
    crashed = SessionRun("a", f"paper|{LINE}", "paper", "1000.0", "r", gone, began, None)
    log.begin(crashed)
    assert standing_of(journal, LINE, rules_of(settings)) == FIRST_RUNG, "it may have been alive then"
    log.end(log.begin(replace(crashed, campaign="b", began_at=began + DAY)), "its time was over", began + 2 * DAY)
    assert_no_money(journal, settings)


def test_a_promotion_written_by_hand_with_the_evidence_that_is_there(tmp_path: Path, settings: Settings) -> None:
    """Somebody who lets the journal's own pages speak, and they do not say enough."""
    state = tmp_path / "state"
    journal = earned_journal(state, PAPER)
    show(journal, settings, Shown(Stage.PAPER, NOW - 5 * DAY, 4))
    journal.engine.dispose()

    def add(rows: list[Row]) -> list[Row]:
        promotion = dict([one for one in rows if one["kind"] == "promoted"][-1])
        detail = json.loads(promotion["detail"])
        detail |= {"from": {"stage": "paper", "rung": 0}, "to": {"stage": "micro", "rung": 0}}
        detail["evidence"]["stage"] = detail["window"]["stage"] = "paper"
        detail["window"] |= {"since": promotion["at"], "until": NOW, "book": f"paper|{LINE}", "last": NOW}
        promotion |= {"at": NOW, "detail": json.dumps(detail, sort_keys=True)}
        return [*rows, promotion]

    rewritten(add)(state)
    assert_no_money(open_journal(state / "journal.sqlite"), settings)


# A demotion that somebody takes away.


def demoted_state(folder: Path, settings: Settings) -> Path:
    state = folder / "state"
    journal = earned_journal(state, FIRST_RUNG)
    show(journal, settings, Shown(Stage.LIVE, NOW - 4 * DAY, 3, gap_bps=None))
    write_gap(journal, LINE, f"live|{LINE}", 80.0, NOW - HOUR, beyond=True)
    assert demote_where_due(journal, settings, NOW) is not None
    journal.engine.dispose()
    return state


def test_a_demotion_that_is_cut_off_the_chain_is_missed(tmp_path: Path, settings: Settings) -> None:
    """The rest of a chain that loses its end is whole: what the demotion left elsewhere tells."""
    state = demoted_state(tmp_path, settings)
    without("demoted", 0)(state)
    assert_no_money(open_journal(state / "journal.sqlite"), settings)


def test_with_its_alert_taken_away_as_well_its_dossier_tells(tmp_path: Path, settings: Settings) -> None:
    state = demoted_state(tmp_path, settings)
    without("demoted", 0)(state)
    statement("DELETE FROM alerts_outbox")(state)
    assert_no_money(open_journal(state / "journal.sqlite"), settings)


def test_with_its_dossier_taken_away_as_well_it_is_found_again(tmp_path: Path, settings: Settings) -> None:
    """What it was made for is still there: the next cycle and the next night demote anew."""
    state = demoted_state(tmp_path, settings)
    without("demoted", 0)(state)
    statement("DELETE FROM alerts_outbox")(state)
    for file in (state / "stages").rglob("*-demoted.*"):
        file.unlink()
    journal = open_journal(state / "journal.sqlite")
    assert demote_where_due(journal, settings, NOW + HOUR).cause == "gap"
    assert_no_money(journal, settings)


def test_a_demotion_that_is_made_smaller_is_found(tmp_path: Path, settings: Settings) -> None:
    state = demoted_state(tmp_path, settings)
    edited("demoted", 0, lambda one: one["to"].update(stage="micro", rung=0))(state)
    assert_no_money(open_journal(state / "journal.sqlite"), settings)
