"""A stress test as a table, a picture, a page, JSON, a run of the tracker and artifacts of Prefect."""

import io
import json
import logging
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stress_reports import calm_report, stress_report, with_wrong
from synthetic import MemoryTracker

import tasks.progress
import tasks.stress
from models.bootstrap import Recovery
from models.types import Unavailable
from tasks.bootstrap import build_desk
from tasks.ports import PageRecord
from tasks.session.desk import Desk
from tasks.session.stressing import publishing
from tasks.session.stressing.acting import Deed, Response
from tasks.session.stressing.page import contribution_chart, heat_map, page_of
from tasks.session.stressing.picture import loss_map, loss_picture
from tasks.session.stressing.publishing import files_of, publish, record_of
from tasks.session.stressing.report import FULL, HELD
from tasks.session.stressing.running import Request
from tasks.session.stressing.session import StressRun
from tasks.session.stressing.showing import (
    acted_matrix,
    all_rows,
    contribution_rows,
    cut_rows,
    held_sentence,
    holding_rows,
    loss_matrix,
    loss_rows,
    proposal_sentence,
    recovery_text,
    reverse_rows,
    summary,
    wrong_rows,
)

DONE = Response(Deed.PROPOSED, "sell <some> of it & more")


class Pages(MemoryTracker):
    """Remembers pages as they were when they came."""

    def __init__(self, down: bool = False) -> None:
        super().__init__()
        self.down = down
        self.kept: list[tuple[str, PageRecord, list[str]]] = []

    def log_page(self, experiment: str, record: PageRecord) -> str:
        if self.down:
            raise Unavailable("MLflow did not take the run of stress")
        self.kept.append((experiment, record, [one.read_text() for one in record.pages]))
        return "run"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    return build_desk()


def test_a_row_says_loss_drawdown_limit_what_acted_first_and_when_it_is_earned_back() -> None:
    report = stress_report()
    first, second, third, fourth = loss_rows(report, HELD)
    assert first == {
        "scenario": "crash_35",
        "profile": "moderate (in force)",
        "loss": 0.3,
        "drawdown": 0.31,
        "limit": 0.15,
        "breaks it": "yes",
        "money": 3000.0,
        "acted first": "the account fell from its highest mark by as much as the profile allows (flatten) after 2 h",
        "margin calls": 1,
        "recovers in": "412 days (90 to over 1,825)",
    }
    assert [(one["scenario"], one["profile"]) for one in (second, third, fourth)] == [
        ("crash_35", "aggressive"),
        ("covid_2020", "moderate (in force)"),
        ("covid_2020", "aggressive"),
    ]
    assert (fourth["acted first"], fourth["breaks it"]) == ("nothing acted", "")
    assert [one["book"] for one in all_rows(report)] == [HELD] * 4 + [FULL] * 4
    assert [one["book"] for one in all_rows(calm_report())] == [FULL] * 4


def test_the_matrices_are_scenarios_by_profiles_with_their_limits() -> None:
    report = stress_report()
    assert loss_matrix(report, HELD) == [
        {
            "scenario": "crash_35",
            "moderate (in force), limit 15%": "30.00% (31.00% BREAKS IT)",
            "aggressive, limit 25%": "34.00% (35.00% BREAKS IT)",
        },
        {
            "scenario": "covid_2020",
            "moderate (in force), limit 15%": "15.00% (16.00% BREAKS IT)",
            "aggressive, limit 25%": "4.00% (5.00%)",
        },
    ]
    stopped = replace(report.rows[0], acted=report.rows[0].acted[1:])
    first, second = acted_matrix(replace(report, rows=(stopped, *report.rows[1:])), HELD)
    days = "412 days (90 to over 1,825)"
    assert list(first.values())[1:] == [f"swing AAA/USDT closed after 1.2 days; {days}", f"flatten after 2 h; {days}"]
    assert second["aggressive, limit 25%"] == f"nothing acted; {days}"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "-"),
        (Recovery(1.0, 0.0, 0.0, 0.0, 1825, 10, 20.0), "0 days"),
        (Recovery(0.9, 7.0, 5.0, 1200.0, 1825, 10, 20.0), "7 days (5 to 1,200)"),
        (Recovery(0.0, None, None, None, 1825, 10, 20.0), "over 1,825 days"),
    ],
)
def test_recovery_in_words(found: Recovery | None, text: str) -> None:
    assert recovery_text(found) == text


def test_the_other_tables_have_the_figures_of_the_report() -> None:
    report = with_wrong(stress_report())
    assert report.proposal is not None
    assert holding_rows(report)[1] == {
        "system": "long",
        "symbol": "BBB/USDT",
        "quantity": -4.0,
        "value": -100.0,
        "of equity": -0.01,
    }
    assert cut_rows(report.proposal)[1] == {
        "system": "long",
        "symbol": "BBB/USDT",
        "held": -4.0,
        "sell": 1.0,
        "part": 0.25,
        "money": 25.0,
    }
    found, none = reverse_rows(report)
    assert (found["smallest moves that break the limit"], found["drawdown"]) == ("all -14.4%", 0.1502)
    assert (none["smallest moves that break the limit"], none["drawdown"]) == ("no fall up to 99 % does", None)
    worst = report.worst
    assert worst is not None
    assert [one["position"] for one in contribution_rows(worst)] == ["swing AAA/USDT", "long BBB/USDT", "carry"]
    assert math.fsum(one["money"] for one in contribution_rows(worst)) == pytest.approx(-worst.money)
    assert wrong_rows(report)[0]["scenario"] == "typo"


def test_sentences_say_plainly_what_is_held_and_what_to_do() -> None:
    report = stress_report()
    assert "2 AAA/USDT in swing (200.00); -4 BBB/USDT in long (-100.00); equity 10,000.00 USDT" in held_sentence(report)
    assert held_sentence(calm_report()) == "the book holds nothing but cash"
    assert "2 of 2 scenarios break the limit of 15.00%, the worst of them crash_35 with 31.00%" in (
        proposal_sentence(report)
    )
    assert "which is not enough" not in proposal_sentence(report)
    assert report.proposal is not None
    little = replace(report, proposal=replace(report.proposal, enough=False))
    assert "which is not enough" in proposal_sentence(little)
    assert "no scenario breaks the limit in force" in proposal_sentence(replace(report, proposal=None))
    assert proposal_sentence(calm_report()) == "the book holds nothing but cash"
    assert "worst for what is held: crash_35, loss 30.0%, drawdown 31.0% of 15.0% allowed" in summary(report)
    assert summary(replace(with_wrong(report), rows=())) == "no scenario ran, 1 could not be used"


def test_the_map_is_by_scenario_and_profile() -> None:
    report = stress_report()
    profiles, losses, falls = loss_map(report, HELD)
    assert profiles == ["moderate", "aggressive"]
    np.testing.assert_allclose(losses, [[0.30, 0.34], [0.15, 0.04]])
    np.testing.assert_allclose(falls, [[0.31 / 0.15, 0.35 / 0.25], [0.16 / 0.15, 0.05 / 0.25]])
    missing = replace(report, rows=report.rows[1:])
    assert math.isnan(loss_map(missing, HELD)[2][1, 0])


@pytest.mark.parametrize("report", [stress_report(), calm_report(), replace(stress_report(), rows=())])
def test_the_picture_decodes_and_shows_something(report) -> None:
    image = Image.open(io.BytesIO(loss_picture(report)))
    image.load()
    assert image.format == "PNG"
    assert image.width > 300
    colours = image.convert("RGB").getcolors(maxcolors=1_000_000)
    assert colours is not None
    assert len(colours) > 5


class Texts(HTMLParser):
    """Text of a page without its scripts, and how often each tag stands there."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags, self._inside = "", list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        for name, value in attrs:
            assert name not in ("src", "href"), value

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data + " "


def test_the_page_has_everything_and_asks_nobody() -> None:
    report = with_wrong(stress_report())
    page = page_of(report, DONE)
    read = Texts()
    read.feed(page)
    for text in (
        "Stress test of paper|binance|1h|AAA/USDT+BBB/USDT",
        "sell <some> of it & more",
        "crash_35",
        "covid_2020",
        "30.00%",
        "3,000.00",
        "412 days (90 to over 1,825)",
        "swing AAA/USDT: its stop was reached after 1.2 days",
        "1.25 x binance AAA/USDT",
        "2020-02-20",
        "all -14.4%",
        "no fall up to 99 % does",
        "<b>allowed</b> | are",
        report.command,
        report.config_version,
        report.scenarios_sha256,
        report.data_sha256["BBB/USDT"],
    ):
        assert text in read.text, text
    assert "b" not in read.tags
    assert page.count('class="plotly-graph-div"') == 3
    assert page.count("default-src 'none'") == 1
    assert not re.search(r"<(link|img|iframe)\b", page)


def test_a_page_without_a_held_book_says_so_and_still_shows_the_full_ones() -> None:
    read = Texts()
    read.feed(page_of(calm_report(), None))
    assert "the book holds nothing but cash" in read.text
    assert "The fullest book that each profile allows" in read.text
    assert "Sell" not in read.text.split()
    empty = Texts()
    empty.feed(page_of(replace(calm_report(), rows=(), reverse=()), None))
    assert "none" in empty.text


def test_words_of_a_scenario_are_text_and_never_markup() -> None:
    report = stress_report()
    rows = tuple(replace(one, text="<b>all</b> & more", scenario="<b>x</b>") for one in report.rows)
    read = Texts()
    read.feed(page_of(replace(report, rows=rows), None))
    assert "b" not in read.tags
    for text in ("<b>all</b> & more", "The worst of what is held: <b>x</b>"):
        assert text in read.text


def test_the_charts_carry_the_figures() -> None:
    report = stress_report()
    heat = heat_map(report, HELD).data[0]
    assert list(heat.x) == ["moderate", "aggressive"]
    assert list(heat.y) == ["crash_35", "covid_2020"]
    assert heat.text[0][0] == "30.0%"
    assert report.worst is not None
    bars = contribution_chart(report.worst).data[0]
    assert list(bars.x) == [-2400.0, -750.0, 150.0]


def test_page_and_figures_are_among_the_reports_and_in_the_tracker(desk: Desk) -> None:
    tracker, said, report = Pages(), list[str](), stress_report()
    found = publish(desk, tracker, report, DONE, said.append)
    assert said == []
    assert found.page.parent == found.figures.parent == desk.home / "state" / "reports"
    assert found.page.read_text() == page_of(report, DONE)
    kept = json.loads(found.figures.read_text())
    assert kept["response"]["deed"] == "proposed"
    assert kept["rows"][0]["breached"] is True
    assert kept["proposal"]["cuts"][0]["money"] == 50.0
    ((experiment, record, pages),) = tracker.kept
    assert experiment == "stress"
    assert pages == [found.page.read_text(), found.figures.read_text()]
    assert record.metrics["held.moderate.crash_35.drawdown"] == 0.31
    assert record.metrics["full.aggressive.covid_2020.loss"] == pytest.approx(0.04)
    assert len(record.metrics) == 16
    assert (record.tags["keel.breach"], record.tags["keel.config_version"]) == ("true", report.config_version)
    again = publish(desk, tracker, report, DONE, said.append)
    looked = publish(desk, tracker, report, None, said.append)
    assert again == found, "the same test again replaces its files"
    assert len(list(found.page.parent.iterdir())) == 4
    assert json.loads(looked.figures.read_text())["response"] is None
    assert json.loads(found.figures.read_text())["response"]["deed"] == "proposed", "a look leaves the page of an act"


def test_a_tracker_that_is_down_takes_nothing_away(desk: Desk) -> None:
    said: list[str] = []
    found = publish(desk, Pages(down=True), stress_report(), None, said.append)
    assert found.page.exists()
    assert found.figures.exists()
    assert said == [f"MLflow did not take the run of stress; the stress test is not lost: {found.page}"]


def test_what_is_no_figure_is_null_in_json_and_left_out_of_the_tracker(desk: Desk) -> None:
    report = stress_report()
    worse = replace(report, rows=(replace(report.rows[0], loss=math.nan, left=math.inf), *report.rows[1:]))
    found = publish(desk, Pages(), worse, None, lambda _: None)
    kept = json.loads(found.figures.read_text(), parse_constant=_no_constant)
    assert (kept["rows"][0]["loss"], kept["rows"][0]["left"]) == (None, None)
    assert "held.moderate.crash_35.loss" not in record_of(desk, worse, found).metrics


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def test_a_file_that_cannot_be_written_leaves_the_one_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = publish(desk, Pages(), stress_report(), None, lambda _: None)
    before = found.page.read_text()
    monkeypatch.setattr(publishing.Path, "replace", _full)
    with pytest.raises(Unavailable, match="no space left"):
        publish(desk, Pages(), stress_report(), DONE, lambda _: None)
    assert found.page.read_text() == before
    assert sorted(one.name for one in found.page.parent.iterdir()) == [found.page.name, found.figures.name]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_another_question_has_other_files(desk: Desk) -> None:
    report = stress_report()
    others = [replace(report, command="keel stress --together"), replace(report, scenarios_sha256="6" * 64)]
    others += [replace(report, config_version="d" * 64), replace(report, as_of=report.as_of + 86_400_000_000)]
    assert len({files_of(desk, one, None).page for one in (report, *others)}) == 5


def test_scenario_names_are_made_fit_for_the_tracker(desk: Desk) -> None:
    report = stress_report()
    odd = replace(report, rows=(replace(report.rows[0], scenario="crash_35 + spread_10: ä"),))
    assert (
        next(iter(record_of(desk, odd, files_of(desk, odd, None)).metrics)) == "held.moderate.crash_35_spread_10_.loss"
    )


class Artifacts:
    """What the task gives Prefect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, object] = {}
        for kind in ("table", "markdown", "image", "link"):
            monkeypatch.setattr(tasks.stress, f"create_{kind}_artifact", self._keep)
        self.moved: list[float] = []
        monkeypatch.setattr(tasks.progress, "create_progress_artifact", lambda one, **_: self.moved.append(one) or 7)
        monkeypatch.setattr(tasks.progress, "update_progress_artifact", lambda _, one: self.moved.append(one))

    def _keep(self, content: object, key: str, **_: object) -> None:
        self.made[key] = content


def stressed(monkeypatch: pytest.MonkeyPatch, desk: Desk, tested: StressRun) -> tuple[Artifacts, dict[str, object]]:
    """The task around a stress test that is known."""

    def run(_desk, _journal, _tracker, request, act, advance, _say):
        assert (request, act) == (Request(("crash_35",), False, Path("x.yaml")), True)
        for k in range(401):
            advance(k, 400, "next")
        return tested

    kept = Artifacts(monkeypatch)
    monkeypatch.setattr(tasks.stress, "stress_desk", lambda *_: (desk, None))
    monkeypatch.setattr(tasks.stress, "build_tracker", lambda _: None)
    monkeypatch.setattr(tasks.stress, "run_stress_test", run)
    for module in (tasks.stress, tasks.progress):
        monkeypatch.setattr(module, "get_run_logger", lambda: logging.getLogger("test"))
    return kept, tasks.stress.stress_book.fn({}, ["crash_35"], False, "x.yaml", True)


def test_the_task_makes_artifacts_and_moves_its_progress(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    report = with_wrong(stress_report())
    kept, result = stressed(monkeypatch, desk, StressRun(report, DONE, files_of(desk, report, None)))
    assert kept.made["stress-losses"] == all_rows(report)
    note = str(kept.made["stress-proposal"])
    assert "| swing | AAA/USDT | 2.0 | 0.5 | 0.25 | 50.0 |" in note
    assert "| swing AAA/USDT | -2400.0 |" in note
    assert "Done: proposed. sell <some> of it & more" in note
    assert "--act" in note
    assert "\\| are AAA/USDT" in note
    assert str(kept.made["stress-map"]).startswith("data:image/png;base64,iVBOR")
    assert kept.made["stress-page"] == files_of(desk, report, None).page.as_uri()
    assert kept.moved[0] == 0.0
    assert kept.moved[-1] == 100.0
    assert len(kept.moved) == len(set(kept.moved)) <= 101
    assert result["page"] == str(files_of(desk, report, None).page)
    assert result["response"] == DONE.as_json()
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [f"typo: {report.wrong[0].why}"]


def test_the_task_has_artifacts_even_where_nothing_ran(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    report = with_wrong(replace(calm_report(), rows=(), reverse=()))
    kept, _ = stressed(monkeypatch, desk, StressRun(report, None, files_of(desk, report, None)))
    assert kept.made["stress-losses"] == [{"scenario": "none ran"}]
    assert "the book holds nothing but cash" in str(kept.made["stress-proposal"])
