"""One look shows what the journal has: every figure is held against another way to it, and looking writes nothing."""

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lived_home import NOW, lived_home

from data.journal import Glance, Journal, open_journal, rows, store
from models.portfolio import Account
from models.types import Damaged, Level, iso
from models.types.timeframes import HOUR
from tasks.adapters.servers import Component
from tasks.bootstrap import build_desk, journal_place
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.overview import Lookout, Overview, money, parts
from tasks.session.overview import looking as module
from tasks.session.overview.money import CurveKeeper, EarnedKeeper
from tasks.session.overview.parts import LakeWatch
from tasks.session.review import review
from tasks.session.riskdesk import mark_book, risk_report

pytestmark = pytest.mark.monitoring


@pytest.fixture
def lived(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Desk, Journal]:
    return lived_home(tmp_path_factory, tmp_path / "home", monkeypatch)


def lookout(desk: Desk, journal: Journal) -> Lookout:
    return Lookout(lambda: desk, lambda: journal, list)


def test_money_is_that_of_risk_desk_review_and_journal(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    seen, marked = lookout(desk, journal).look(), mark_book(desk, journal)
    report, reviewed = risk_report(desk, journal, marked), review(desk, journal)
    assert seen.missing == {}
    assert (seen.equity, seen.var) == (marked.equity, marked.var)
    assert [(one.system, one.name, one.found, one.limit) for one in seen.limits] == [
        (one.system, one.name, one.found, one.limit) for one in report.gauges
    ]
    assert seen.profit == pytest.approx(math.fsum(one.profit for one in reviewed.systems), abs=1e-6)
    assert sum(one.value for one in seen.holdings) == pytest.approx(float(marked.values.sum()))
    assert any(one.quantity for one in seen.holdings)
    for of in ("system", "specialist", "regime", "symbol"):
        mine = {one.name: one for one in seen.earned if one.of == of and one.trades}
        theirs = {row.name: row for row in reviewed.attribution[of]}
        assert mine.keys() == theirs.keys()
        for name, row in theirs.items():
            assert (mine[name].trades, mine[name].win_rate) == (row.trades, row.win_rate)
            assert mine[name].profit == pytest.approx(row.profit, abs=1e-9)
    for one in reviewed.systems:
        (row,) = (each for each in seen.earned if (each.of, each.name) == ("system", one.name))
        assert row.unrealised == pytest.approx(one.unrealised, abs=1e-6)


def test_the_curve_is_capital_and_profit_and_is_not_read_twice(
    lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, journal = lived
    book = configured_book(desk).name
    decisions = journal.decisions_of(book)
    curve = lookout(desk, journal).look().curve
    assert curve.at == tuple(iso(one.decided_at) for one in decisions)
    for one, equity in zip(decisions, curve.equity, strict=True):
        accounts = [Account(*row) for row in one.state_after.accounts.values()]
        assert equity == pytest.approx(math.fsum(account.equity for account in accounts), abs=1e-6)
    high = [max(curve.equity[: k + 1]) for k in range(len(curve.equity))]
    assert curve.drawdown == pytest.approx([1.0 - now / top for now, top in zip(curve.equity, high, strict=True)])
    asked: list[int] = []
    original = Glance.worth_after
    noted = lambda self, name, bar, most: asked.append(bar) or original(self, name, bar, most)  # noqa: E731
    monkeypatch.setattr(Glance, "worth_after", noted)
    monkeypatch.setattr(money, "AT_ONCE", 7)
    keeper = CurveKeeper(book)
    assert keeper.read(journal) == curve, "piece by piece it is the same"
    first = len(asked)
    assert first > len(decisions) // 7
    assert keeper.read(journal) == curve
    assert asked[first:] == [decisions[-1].bar], "only what is newer"


def test_years_of_decisions_are_not_read_whole(lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds its inputs and two states of the book: 100,000 of them took 77 s and 6.4 GB."""
    desk, journal = lived
    whole = 0
    original = rows.decision_of

    def counted(*given: Any) -> Any:
        nonlocal whole
        whole += 1
        return original(*given)

    monkeypatch.setattr(store, "decision_of", counted)
    monkeypatch.setattr(module, "BAND", 5)
    seen = lookout(desk, journal).look()
    assert seen.missing == {}
    assert len(seen.curve.at) == len(journal.decisions_of(configured_book(desk).name)) > 100
    assert whole - len(seen.curve.at) <= 5


def test_what_was_earned_is_counted_once(lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch) -> None:
    desk, journal = lived
    watch = lookout(desk, journal)
    earned = watch.look().earned
    assert any(one.trades for one in earned)
    monkeypatch.setattr(money, "AT_ONCE", 3)
    piecewise = EarnedKeeper(configured_book(desk).name)
    held = watch.look().holdings
    assert piecewise.read(journal, held) == piecewise.read(journal, held) == earned


def test_a_part_that_fails_as_nobody_foresaw_hides_no_other(
    lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, journal = lived

    def fails(*_given: object) -> Any:
        raise KeyError("NEW_REASON")

    monkeypatch.setattr(module, "orders_now", fails)
    seen = lookout(desk, journal).look()
    assert "KeyError" in seen.missing["orders"]
    assert seen.equity is not None
    assert seen.decisions


def test_another_journal_in_its_place_is_read_from_its_beginning(lived: tuple[Desk, Journal], tmp_path: Path) -> None:
    desk, journal = lived
    other = open_journal(tmp_path / "other.sqlite")
    now = [journal]
    watch = Lookout(lambda: desk, lambda: now[0], list)
    assert watch.look().curve.at
    now[0] = other
    seen = watch.look()
    assert (seen.curve.at, seen.decisions, [one for one in seen.earned if one.trades]) == ((), (), [])


def test_a_grave_alert_is_seen_however_many_have_come_since(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    journal.raise_alert("feed kraken", "critical", "the oldest of all", NOW - HOUR)
    for k in range(60):
        journal.raise_alert(f"stale S{k}", "warning", "a flood", NOW + k)
    texts = [one.text for one in lookout(desk, journal).look().alerts]
    assert texts[-1] == "the oldest of all"


def test_decisions_are_told_with_why_and_why_not(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    book = configured_book(desk)
    seen = lookout(desk, journal).look()
    newest = journal.decisions_of(book.name)[-len(seen.decisions) :]
    assert [one.id for one in seen.decisions] == [one.id for one in reversed(newest)]
    for shown, one in zip(seen.decisions, reversed(newest), strict=True):
        assert [each.cid for each in shown.intents] == [one.cid(each) for each in one.intents]
        assert [(each.system, each.symbol, each.text) for each in shown.refused] == [
            (each.system, each.symbol, each.reason.text) for each in one.refused
        ]
        assert len(shown.intents) + len(shown.refused) + len(shown.held) >= len(book.rows)
        assert all(each.text and each.text != each.reason for each in (*shown.refused, *shown.held))
    last = newest[-1]
    assert {one.symbol: one.regime for one in seen.regimes} == last.regimes
    for one in seen.regimes:
        assert one.band[-1].regime == one.regime
        assert one.band[-1].since == one.since
        assert one.confidence is not None
        assert 0.0 <= one.confidence <= 1.0
    assert any(len(one.band) > 2 for one in seen.regimes)


def test_orders_are_those_of_the_journal(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    seen = lookout(desk, journal).look()
    rows = journal.tables()["wire_orders"]
    assert sum(seen.order_states.values()) == len(rows) > 10
    newest = sorted(rows, key=lambda row: -row["number"])[: len(seen.orders)]
    assert [(one.cid, one.state) for one in seen.orders] == [(row["cid"], row["state"]) for row in newest]


def test_looking_writes_nothing_and_the_revision_tells_what_has_happened(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    look = lookout(desk, journal)
    before, first = journal.tables(), look.revision()
    assert look.look().revision == first
    assert journal.tables() == before
    look.revision()
    seen = [first]
    for act in (
        lambda: journal.raise_alert("large loss a b", "warning", "text", NOW),
        lambda: journal.set_stop("a test", NOW, Level.PAUSE, "test"),
        lambda: journal.set_stop("a test", NOW, Level.FLATTEN, "test"),
    ):
        act()
        assert look.revision() not in seen
        seen.append(look.revision())
    assert look.revision() == seen[-1]


def test_the_revision_of_another_book_is_another_one(lived: tuple[Desk, Journal]) -> None:
    glance = Glance(lived[1].engine)
    assert glance.revision("nobody's") != glance.revision(configured_book(lived[0]).name)


def test_the_stop_is_seen_at_once_and_the_one_that_binds_is_marked(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    look = lookout(desk, journal)
    first = look.look()
    assert not first.stopped
    journal.set_stop("somebody said so", NOW, Level.PAUSE, "test")
    assert (look.look().stopped, look.look().reason) == (True, "somebody said so")
    for system in {one.system for one in first.limits}:
        mine = [one for one in first.limits if one.system == system]
        used = [one.used for one in mine if one.binds]
        assert set(used) <= {max(one.used or 0.0 for one in mine)}
    assert [one.binds for one in first.limits if one.system == ""].count(True) == 1


def test_what_cannot_be_known_says_why(lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch) -> None:
    desk, journal = lived

    def broken(*_: object) -> None:
        raise Damaged("a page is not as it was written")

    monkeypatch.setattr(module, "orders_now", broken)
    seen = lookout(desk, journal).look()
    assert seen.missing == {"orders": "a page is not as it was written"}
    assert seen.orders == ()
    assert seen.equity is not None


def test_without_a_journal_everything_is_stopped_and_nothing_raises(lived: tuple[Desk, Journal]) -> None:
    desk, _ = lived

    def broken() -> Journal:
        raise Damaged("the journal is not as it was written")

    seen = Lookout(lambda: desk, broken, list).look()
    assert isinstance(seen, Overview)
    assert (seen.stopped, seen.equity, seen.decisions) == (True, None, ())
    assert "the journal is not as it was written" in (seen.reason or "")
    assert seen.missing["journal"] == "the journal is not as it was written"
    assert next(one for one in seen.parts if one.name == "journal").ok is False


def test_a_home_that_has_decided_nothing_is_shown_as_such(
    lived: tuple[Desk, Journal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = lived
    folder = tmp_path / "empty"
    shutil.copytree(desk.home / "lake", folder / "lake")
    shutil.copytree(desk.home / "state" / "models", folder / "state" / "models")
    monkeypatch.setenv("KEEL_HOME", str(folder))
    from tasks.bootstrap import build_journal

    new = build_desk(as_of=NOW)
    assert not journal_place(folder).exists()
    seen = Lookout(lambda: new, lambda: build_journal(new), list).look()
    assert seen.missing == {}
    assert (seen.decisions, seen.holdings, seen.curve.at, seen.regimes) == ((), (), (), ())
    assert seen.equity == pytest.approx(new.loaded.settings.trading.capital)
    assert seen.profit == 0.0


def test_a_bar_that_is_late_is_told_by_its_age(lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    later = replace(desk, clock=desk.at(NOW + 5 * HOUR).clock)
    assert {one.age_seconds for one in lookout(later, journal).look().bars} == {5 * 3600.0}


def test_a_lake_that_cannot_be_read_is_not_sound_and_is_read_again_when_the_clock_is_set_back(
    lived: tuple[Desk, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = lived
    asked: list[int] = []

    def fails(_desk: Desk) -> Any:
        asked.append(1)
        raise ValueError("no part of a table")

    monkeypatch.setattr(parts, "lake_of", fails)
    watch = LakeWatch()

    def read_at(moment: int) -> Component:
        watch.known(desk.at(moment))
        if watch._reader is not None:
            watch._reader.join()
        return watch.known(desk.at(moment))

    assert (read_at(NOW).ok, len(asked)) == (False, 1)
    assert "no part of a table" in read_at(NOW + 1).why
    assert len(asked) == 1
    read_at(NOW - 24 * HOUR)
    assert len(asked) == 2


def test_two_books_that_decided_the_same_bar_have_two_revisions(lived: tuple[Desk, Journal]) -> None:
    glance = Glance(lived[1].engine)
    assert glance.revision("nobody's") != glance.revision("nobody else's")
