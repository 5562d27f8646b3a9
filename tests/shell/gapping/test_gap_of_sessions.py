"""Defects of known size in sessions that real cycles have recorded are found under their own names."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gap_sessions import BARS, FIRST, SECOND, lacking_home, record
from gap_tapes import Plant
from lakes import merge
from live_desks import live_book

from data.journal import AuditKind, AuditLog, Journal, open_journal
from models.gap import CHAIN, Kind
from models.types import BadInput, Bars
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.gapping import GapReport, gap_report
from tasks.session.gapping.publishing import enter, publish
from tasks.session.gapping.showing import notes, summary

LACKS = frozenset(range(3, BARS, 4))
NEAR = 0.1
DAYS = 30.0


@dataclass(frozen=True)
class Ground:
    """A home, the bars that it lacks, and what a session in it is worth with which nothing is wrong."""

    home: Path
    late: dict[int, Bars]
    clean: float


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    home = tmp_path_factory.mktemp("gap")
    before = dict(os.environ)
    late = lacking_home(home, LACKS)
    settings = {name: value for name, value in os.environ.items() if before.get(name) != value}
    clean = record(build_desk(), tmp_path_factory.mktemp("clean"), Plant())
    report = gap_report(clean.desk, clean.journal, DAYS)
    os.environ.clear()
    os.environ.update(before)
    (home / "settings.json").write_text(json.dumps(settings))
    assert (report.decisions, report.missed, report.findings) == (BARS, 0, ())
    assert report.fills >= 6
    assert report.total == 0.0
    assert all(money == 0.0 for money in report.parts.values())
    assert not report.beyond
    return Ground(home, late, clean.worth)


@pytest.fixture
def desk(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(ground.home, tmp_path / "home")
    for name, value in json.loads((home / "settings.json").read_text()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KEEL_HOME", str(home))
    return build_desk()


def assert_found(report: GapReport, kind: Kind, cost: float) -> None:
    assert abs(cost) > 0.1, "the plant did nothing"
    assert report.total == pytest.approx(cost, abs=1e-6)
    assert report.parts[kind] == pytest.approx(cost, rel=NEAR)
    for other in CHAIN:
        if other is not kind:
            assert abs(report.parts[other]) <= NEAR * abs(cost), other
    assert sum(report.parts.values()) == pytest.approx(report.total, abs=1e-7)
    assert any(one.kind is kind for one in report.findings)


@pytest.mark.parametrize(
    ("kind", "plant"),
    [
        (Kind.FEE, Plant(fee=2.0)),
        (Kind.FILL, Plant(worse=15.0)),
        (Kind.TIMING, Plant(late=2)),
        (Kind.SIGNAL, Plant(scale=0.5)),
    ],
)
def test_each_defect_has_its_own_name(desk: Desk, ground: Ground, tmp_path: Path, kind: Kind, plant: Plant) -> None:
    session = record(desk, tmp_path, plant)
    report = gap_report(desk, session.journal, DAYS)
    assert_found(report, kind, session.worth - ground.clean)
    if kind.value in session.direct:
        assert report.parts[kind] == pytest.approx(session.direct[kind.value], rel=NEAR)


PAIRS = [
    (Plant(fee=2.0, worse=2.0), {Kind.FEE, Kind.FILL}),
    (Plant(fee=2.0, scale=0.5), {Kind.FEE, Kind.SIGNAL}),
    (Plant(fee=40.0, late=1), {Kind.FEE, Kind.TIMING}),
    (Plant(worse=40.0, late=1), {Kind.FILL, Kind.TIMING}),
    (Plant(worse=10.0, scale=0.5), {Kind.FILL, Kind.SIGNAL}),
    (Plant(late=1, scale=0.5), {Kind.TIMING, Kind.SIGNAL}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("plant", "kinds"), PAIRS)
def test_two_at_once_are_told_apart(desk: Desk, ground: Ground, tmp_path: Path, plant: Plant, kinds: set[Kind]) -> None:
    session = record(desk, tmp_path, plant)
    report = gap_report(desk, session.journal, DAYS)
    assert report.total == pytest.approx(session.worth - ground.clean, abs=1e-6)
    assert sum(report.parts.values()) == pytest.approx(report.total, abs=1e-7)
    for kind in CHAIN:
        if kind.value in session.direct and kind in kinds:
            assert report.parts[kind] == pytest.approx(session.direct[kind.value], rel=NEAR), kind
        if kind not in kinds:
            assert abs(report.parts[kind]) < 1e-6, kind


def test_bars_that_came_after_their_decisions_are_data(desk: Desk, ground: Ground, tmp_path: Path) -> None:
    def arrive(k: int) -> None:
        if k in ground.late:
            merge(desk.bars, SECOND, ground.late[k])

    session = record(desk, tmp_path / "late", Plant(), arrive)
    clean = record(desk, tmp_path / "clean", Plant())
    report = gap_report(desk, session.journal, DAYS)
    assert_found(report, Kind.DATA, session.worth - clean.worth)
    assert "the bar was not there" in {one.text for one in report.findings}


@pytest.mark.slow
def test_bars_on_which_nobody_came_are_timing(desk: Desk, ground: Ground, tmp_path: Path) -> None:
    skipped = frozenset(range(1, BARS - 1, 2))
    session = record(desk, tmp_path, Plant(), skipped=skipped)
    report = gap_report(desk, session.journal, DAYS)
    assert report.missed == len(skipped)
    assert_found(report, Kind.TIMING, session.worth - ground.clean)


def test_the_verdict_goes_into_the_chain_and_to_a_person_once(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_GAP__LIMIT_BPS", "5")
    monkeypatch.setenv("KEEL_GAP__LEAST_MONEY", "0.01")
    session = record(desk, tmp_path, Plant(worse=60.0), window=(0, 20))
    report = gap_report(build_desk(), session.journal, DAYS)
    assert report.beyond
    assert "BEYOND" in summary(report)
    assert report.settings == 1
    for _ in range(2):
        enter(session.journal, report, 7)
    entries = AuditLog(session.journal.engine).entries((AuditKind.GAP,), "binance|1h|AAA/USDT+BBB/USDT")
    assert len(entries) == 2
    detail = entries[-1].detail
    assert detail["book"] == report.book
    assert detail["beyond"] is True
    assert sum(detail[kind.value] for kind in CHAIN) == pytest.approx(detail["total"])
    assert detail["bps"] == pytest.approx(detail["total"] / detail["traded"] * 1e4)
    alerts = [one for one in session.journal.tables()["alerts_outbox"] if one["key"].startswith("gap ")]
    assert [one["severity"] for one in alerts] == ["critical"]
    _publishes(desk, report)


def _publishes(desk: Desk, report: GapReport) -> None:
    class Silent:
        pages: tuple[Path, ...] = ()

        def log_page(self, _experiment: str, one: Any) -> str:
            self.pages = one.pages
            return "1"

    tracker = Silent()
    page = publish(desk, tracker, report, lambda _: None)  # type: ignore[arg-type]
    assert json.loads(page.with_suffix(".json").read_text())["beyond"] is True
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "| fill |" in page.read_text()
    assert len(tracker.pages) == 3


def test_each_bar_is_held_against_its_own_configuration(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fee of the venue changes, and both halves are as the model has them; so is a window of a day."""
    record(desk, tmp_path, Plant(), window=(0, 18))
    monkeypatch.setenv("KEEL_VENUES__BINANCE__FEE_BPS", "3")
    other = build_desk()
    session = record(other, tmp_path, Plant(), window=(18, BARS))
    for days, decisions, settings in ((DAYS, BARS, 2), (0.5, 12, 1)):
        report = gap_report(other, session.journal, days)
        assert (report.decisions, report.settings, report.other_settings) == (decisions, settings, ())
        assert report.total == 0.0
    _older_keel(session.journal, 10)
    report = gap_report(other, session.journal, DAYS)
    assert (report.decisions, report.foreign) == (BARS - 10, 10)
    assert report.total == 0.0
    assert any("left out" in one for one in notes(report))
    with pytest.raises(BadInput, match="keel trade"):
        gap_report(desk, session.journal, DAYS, "live")
    for wrong in (0.0, float("inf"), float("nan"), 1e300):
        with pytest.raises(BadInput, match="more than 0 and up to 3650"):
            gap_report(desk, session.journal, wrong)


def _older_keel(journal: Journal, count: int) -> None:
    """The first decisions were made by a Keel that kept one figure more of a position."""
    with journal.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT id, state_after FROM decisions ORDER BY bar").all()[:count]
        for row in rows:
            state = json.loads(row.state_after)
            for positions in state["positions"].values():
                for figures in positions.values():
                    figures.append(0.0)
            connection.exec_driver_sql("UPDATE decisions SET state_after = ? WHERE id = ?", (json.dumps(state), row.id))


def test_a_live_book_pays_more_than_the_model_says(desk: Desk, tmp_path: Path) -> None:
    """The venue takes ten times the model's fee; its prices and moments are its own."""
    book = live_book(desk, open_journal(tmp_path / "live.sqlite"), FIRST + HOUR)
    for _ in book.bars(FIRST + HOUR, FIRST + 26 * HOUR):
        book.cycle()
    report = gap_report(desk, book.journal, DAYS)
    assert report.fills >= 4
    assert report.unexplained == pytest.approx(0.0, abs=1e-6)
    assert sum(report.parts.values()) == pytest.approx(report.total, abs=1e-7)
    fills = book.journal.tables()["fills"]
    model = sum(abs(float(row["quantity"])) * float(row["price"]) * 1e-4 for row in fills)
    beyond = model - sum(float(row["fee"]) for row in fills)
    assert report.parts[Kind.FEE] == pytest.approx(beyond, rel=NEAR)
    assert report.parts[Kind.DATA] == report.parts[Kind.SIGNAL] == 0.0
