"""Pages of a report: offline, escaped, the same figures as JSON; told once, and only when its period is over."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_home import DAYS, sample_home

from data.journal.alert_log import AlertLog
from models.types import BadInput, parse_time
from models.types.alerts import kind_of
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.overview.views import Criterion, StageNow
from tasks.session.reporting import Period, PeriodReport, make_report, span_at
from tasks.session.reporting.asking import span_asked
from tasks.session.reporting.page import markdown_of, page_of
from tasks.session.reporting.publishing import publish, tell
from tasks.session.reporting.report import Event, Gap, Money
from tasks.session.running.figures import Curve, Figure
from tasks.session.running.picture import curve_picture

pytestmark = pytest.mark.monitoring
HOSTILE = '<script>alert("x")</script> [click](https://bad.example) | \x1b[2J <img src=//bad.example>'
AT = parse_time("2024-05-07T12:00Z")


def report(**changed: object) -> PeriodReport:
    ts = np.arange(3, dtype=np.int64) + AT
    made = PeriodReport(
        book="paper|sample|1d|SP500",
        stage="paper",
        span=span_at(Period.DAILY, AT),
        made_at=AT + 86_400_000_000,
        is_over=True,
        decisions=3,
        fills=2,
        trades=1,
        money=Money(10_000.0, 10_120.5, 20.5, 100.0, {"swing": 20.5}),
        curve=Curve(ts, np.array([10_000.0, 10_010.0, 9_990.0, 10_020.5])),
        figures={"win_rate": Figure(None, "1 closed trades, wanted 10"), "max_drawdown": Figure(0.002)},
        costs={"fees": 1.5, "slippage": float("nan"), "carry": 0.0},
        specialists=(),
        regimes=(),
        symbols=(),
        limits_used=(),
        limits_now={"max_drawdown": 0.1},
        var_now=12.0,
        stops=(),
        orders={"filled": 2},
        refused={},
        failures=(Event("2024-05-07T12:00:00Z", "rejected", HOSTILE),),
        bars={"decided": 3},
        skipped={},
        feeds=(),
        alerts={"error": 1},
        told=(Event("2024-05-07T12:00:00Z", "order-refused", HOSTILE),),
        gap=Gap("2024-05-07T04:10:00Z", "gap of it: within its limit", False, {"total": 0.5}),
        standing=StageNow("l", "paper", "paper", "paper", "micro", (Criterion("days", False, HOSTILE),)),
        missing={"risk": HOSTILE},
    )
    return replace(made, **changed)


class NoTracker:
    def __init__(self) -> None:
        self.logged: list[tuple[str, object]] = []

    def log_page(self, experiment: str, record: object) -> str:
        self.logged.append((experiment, record))
        return "run"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "home"))
    return sample_home(tmp_path_factory, tmp_path / "home")


def test_the_page_asks_nobody_for_anything_and_escapes_what_others_wrote():
    found = report()
    page = page_of(found, curve_picture(found.summary, found.curve))
    assert "<script" not in page
    assert "<img src=//" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert len(page) < 500_000
    assert "profit +20.50" in page
    assert "1 closed trades, wanted 10" in page


def test_markdown_takes_no_part_of_a_text_for_markup():
    text = markdown_of(report())
    assert "<script" not in text
    assert "[click](" not in text
    assert all(row.replace("\\|", "").count("|") == 4 for row in text.splitlines() if "rejected" in row)


def test_a_period_that_is_not_over_and_one_without_decisions_say_so():
    assert "not over" in markdown_of(report(is_over=False))
    empty = report(money=None, curve=None, decisions=0, trades=0, fills=0)
    assert "nothing was decided" in page_of(empty, curve_picture(empty.summary, None))


def test_the_files_hold_the_same_figures_and_a_later_report_replaces_them(desk):
    tracker, said = NoTracker(), list[str]()
    pages = publish(desk, tracker, report(), said.append)
    again = publish(desk, tracker, report(), said.append)
    assert pages.page == again.page
    figures = json.loads(pages.figures.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert figures["money"]["profit"] == 20.5
    assert figures["costs"]["slippage"] is None
    assert figures["why_not"] == {"win_rate": "1 closed trades, wanted 10"}
    assert "+20.50" in pages.page.read_text()
    assert [one for one, _ in tracker.logged] == ["reports", "reports"]
    assert tracker.logged[0][1].metrics["profit"] == 20.5
    assert sorted(one.suffix for one in pages.page.parent.glob("report-daily-2024-05-07-*")) == [".html", ".json"]


def test_word_of_it_goes_into_the_outbox_once(desk):
    journal, page = build_journal(desk), Path("page.html")
    assert tell(desk, journal, report(), page, AT)
    assert tell(desk, journal, report(), page, AT + 1)
    assert not tell(desk, journal, report(is_over=False, span=span_at(Period.WEEKLY, AT)), page, AT)
    (told,) = AlertLog(journal.engine).alerts(10)
    assert told.key == "report daily paper|sample|1d|SP500 2024-05-07T00:00:00Z"
    assert (told.severity, kind_of(told.key).name) == ("info", "report")
    assert "profit +20.50" in told.text


def test_nobody_is_told_where_the_settings_say_so(desk, monkeypatch):
    monkeypatch.setenv("KEEL_REPORTS__TELL", "false")
    quiet = build_desk()
    assert not tell(quiet, build_journal(quiet), report(), Path("page.html"), AT)


def test_the_command_shows_the_period_that_a_date_lies_in(desk, keel, monkeypatch):
    monkeypatch.setenv("KEEL_HOME", str(desk.home))
    journal = build_journal(desk)
    for day in DAYS:
        at = desk.at(parse_time(day))
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
    found = keel("report", "--period", "monthly", "--of", "2017-06-07", "--json")
    assert found.code == 0, found.err
    asked = make_report(build_desk(), journal, span_at(Period.MONTHLY, parse_time("2017-06-07")))
    assert found.json["decisions"] == asked.decisions == len(DAYS)
    assert found.json["money"]["profit"] == pytest.approx(asked.money.profit)
    assert Path(str(found.json["page"])).exists()
    assert journal.tables()["alerts_outbox"] == [
        row for row in journal.tables()["alerts_outbox"] if not row["key"].startswith("report ")
    ]
    people = keel("report", "--period", "monthly", "--of", "2017-06-07")
    assert "monthly report 2017-06" in people.out


@pytest.mark.parametrize(
    ("period", "of", "said"),
    [("yearly", None, "daily, weekly, monthly"), ("daily", "soon", "no time"), ("daily", "2999-01-01", "to come")],
)
def test_what_is_no_period_is_refused(period, of, said):
    with pytest.raises(BadInput, match=said):
        span_asked(period, of, AT)


def test_without_a_date_it_is_the_newest_period_that_is_over():
    assert span_asked("daily", None, AT).name == "2024-05-06"
    assert span_asked("weekly", None, AT).name == "2024-W18"
    assert span_asked("monthly", None, AT).name == "2024-04"
