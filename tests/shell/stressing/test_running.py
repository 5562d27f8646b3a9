"""A stress test of a paper book that holds something: what is in the report."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from risk_sessions import FIRST, NOW, calm_desk, cycle_at, fresh_desk
from stress_runs import FALL, GAP, PROFILES, RISE, TWO, WIDE, one_row, request, run, silent
from stressed_lakes import CRYPTO, drawn, lake_desk, opens, seen
from synthetic import START, SYMBOLS

from conf.scenarios import load_scenarios
from data.journal import Journal
from models.engine.state import QUANTITY
from models.regime import regime_history
from models.types import BadInput, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.riskdesk.holding import hold
from tasks.session.stressing.books import subjects_of, with_profile
from tasks.session.stressing.outcomes import Drawing, daily_returns_of, outcome_of, recovery_of
from tasks.session.stressing.panels import stress_market
from tasks.session.stressing.report import FULL, HELD
from tasks.session.stressing.running import Request, names_of, stress

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]


@pytest.fixture(autouse=True)
def few_paths(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recovery times are not what most of this is about."""
    monkeypatch.setenv("KEEL_STRESS__RECOVERY_PATHS", "100")


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return calm_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


def test_held_and_full_books_of_every_profile_in_order(desk, journal, tmp_path):
    told = []
    report = stress(desk, journal, request(tmp_path, TWO), lambda *what: told.append(what))
    assert report.books == (*((HELD, one) for one in PROFILES), *((FULL, one) for one in PROFILES))
    assert [one.scenario for one in report.rows] == ["fall", "gap"] * 6
    assert told == [(0, 2, "fall"), (1, 2, "gap"), (2, 2, "done")]
    assert {(one.profile, one.limit) for one in report.rows} == set(zip(PROFILES, (0.10, 0.15, 0.25), strict=True))
    assert {one.profile for one in report.rows if one.in_force} == {report.profile} == {"aggressive"}
    assert (report.wrong, report.why_not_held, report.currency) == ((), "", "USDT")
    for one in report.rows:
        parts = math.fsum(one.contributions.values())
        assert parts == pytest.approx(-one.money, rel=1e-9)
        assert one.money == pytest.approx(one.loss * (report.equity if one.book == HELD else 10_000.0), rel=0.01)
        assert 0.0 < one.loss <= one.drawdown < one.exposure
        assert one.breached == (one.drawdown >= one.limit)
        assert [act.hours for act in one.acted] == sorted(act.hours for act in one.acted)


def test_the_held_book_is_what_the_journal_says(desk, journal, tmp_path):
    report = run(desk, journal, tmp_path)
    state = hold(desk, journal).state
    held = state.book[state.book[:, QUANTITY] != 0.0]
    assert sorted(one.quantity for one in report.holdings) == sorted(held[:, QUANTITY].tolist())
    values = [abs(one.value) for one in report.holdings]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4
    assert report.equity == pytest.approx(state.accounts[:, 0].sum() + (state.book[:, 0] * state.book[:, 3]).sum())
    for one in report.rows:
        if one.book == HELD:
            assert one.exposure == pytest.approx(math.fsum(values) / report.equity)


def test_a_gap_takes_the_fall_from_all_that_is_held(desk, journal, tmp_path):
    """Opened a fifth of its last close: every stop fills there, and what has none is sold later, by the breakers."""
    report = run(desk, journal, tmp_path, {"gap": GAP})
    found = one_row(report, HELD, "aggressive", "gap")
    assert found.loss == pytest.approx(0.8 * found.exposure, rel=0.02)
    assert {one.what for one in found.acted if one.where.startswith("swing ")} == {"its stop was reached"}
    assert found.stops_hit == 2
    assert found.acted[0].hours == 1.0, "the close of the first bar"
    assert "flatten" in [one.level for one in found.acted]
    for holding in report.holdings:
        lost = -found.contributions[f"{holding.system} {holding.symbol}"]
        assert lost == pytest.approx(0.8 * holding.value, rel=0.05)


def test_full_books_grow_with_what_the_profile_allows(desk, tmp_path):
    report = run(desk, None, tmp_path, {"gap": GAP})
    exposures = [one_row(report, FULL, one, "gap").exposure for one in PROFILES]
    assert exposures == sorted(exposures)
    assert exposures[0] < exposures[-1]


def test_each_profile_is_stressed_at_the_confidence_of_its_own(tmp_path):
    ts = opens("24/7", "1d", 300)
    names = ("AAA/USDT", "BBB/USDT", "GLD/USDT")
    desk = lake_desk(tmp_path, {Series("binance", one, "1d"): drawn(k, ts) for k, one in enumerate(names)}, CRYPTO)
    book = configured_book(desk, timed=True)
    views = seen(desk, book)
    regimes = [regime_history(view.inputs, book.regimes) for view in views[: book.traded]]
    (scenario,) = load_scenarios(names_of(desk, book), request(tmp_path, {"fall": FALL}).file).scenarios
    stressed = stress_market(desk, book, views, {}).stressed(scenario)
    subjects = subjects_of(desk, None, views, regimes)
    tails = [outcome_of(one, stressed).run.panel.tails for one in subjects]
    assert [one.profile for one in subjects] == list(PROFILES)
    for one, found in zip(subjects, tails, strict=True):
        assert np.array_equal(found, stressed.tails[one.profile], equal_nan=True)
    assert np.nanmean(tails[0][:, :, 0]) > np.nanmean(tails[1][:, :, 0]) > np.nanmean(tails[2][:, :, 0])


def test_without_a_journal_or_a_decision_nothing_is_held_and_the_report_says_why(
    tmp_path_factory, tmp_path, monkeypatch
):
    desk = fresh_desk(tmp_path_factory, tmp_path, monkeypatch).at(FIRST + 2 * HOUR)
    journal = build_journal(desk)
    for report in (run(desk, None, tmp_path), run(desk, journal, tmp_path)):
        assert report.why_not_held == "the book has not decided yet: it holds nothing"
        assert report.books == tuple((FULL, one) for one in PROFILES)
        assert (report.holdings, report.proposal, report.equity) == ((), None, 10_000.0)
        assert report.worst is not None
        assert report.worst.book == FULL
    cycle_at(desk, journal, FIRST + HOUR)
    assert not hold(desk.at(FIRST + HOUR), journal).state.book[:, QUANTITY].any()
    report = run(desk.at(FIRST + HOUR), journal, tmp_path)
    assert (report.holdings, report.proposal, report.why_not_held) == ((), None, "")
    assert one_row(report, HELD, "aggressive", "gap").loss > 0.0, "the orders that wait are filled before the fall"
    failing = run(desk.at(FIRST + HOUR), journal, tmp_path, {"depeg": "{text: a, depeg: {USDT: 0.2}, calm_days: 0}"})
    assert one_row(failing, HELD, "aggressive", "depeg").loss == pytest.approx(0.2, abs=0.05)


def test_wrong_scenarios_are_named_while_the_rest_runs(desk, journal, tmp_path):
    wrong = {
        "unknown": "{text: a, moves: {NOBODY: -0.1}}",
        "dateless": "{text: a, from: 2008-01-01, to: 2008-02-01}",
        "nan": "{text: a, move: .nan}",
        "contradiction": "{text: a, combine: [fall, other]}",
    }
    report = run(desk, journal, tmp_path, {"fall": FALL, **wrong, "other": "{text: a, move: -0.2}", "gap": GAP})
    assert report.scenarios == ("fall", "other", "gap")
    why = {one.name: one.why for one in report.wrong}
    assert set(why) == set(wrong)
    assert "NOBODY" in why["unknown"]
    assert "no candles from 2008-01-01 to 2008-02-01" in why["dateless"]
    assert "finite number" in why["nan"]
    assert "fall" in why["contradiction"]
    assert "other" in why["contradiction"]
    assert len(report.rows) == 3 * 6


def test_what_the_lake_has_no_days_of_is_no_mistake_of_the_shipped_file_unless_it_was_asked_for(desk, journal):
    report = stress(desk, journal, Request(), silent)
    assert report.wrong == ()
    left_out = {one.name for one in report.unplayed}
    assert {"crisis_2008", "covid_2020"} <= left_out
    assert not left_out & set(report.scenarios)
    assert {"crash_35", "crypto_winter", "storm"} <= set(report.scenarios)
    assert report.as_json()["unplayed"] == [{"name": one.name, "why": one.why} for one in report.unplayed]
    asked = stress(desk, journal, Request(("crisis_2008", "crash_35")), silent)
    assert [one.name for one in asked.wrong] == ["crisis_2008"]
    assert (asked.unplayed, asked.scenarios) == ((), ("crash_35",))


def test_what_touches_nothing_of_the_book_is_named_and_not_run(desk, journal, tmp_path):
    beside = {
        "funding": "{text: nothing is held on margin, days: 2, funding_bps_per_day: 100}",
        "elsewhere": "{text: another venue, days: 1, halted: {alpaca: 1}}",
        "stocks": "{text: another class, moves: {stocks: -0.5}}",
    }
    report = run(desk, journal, tmp_path, beside | {"fall": FALL, "here": "{text: a, days: 1, halted: {binance: 1}}"})
    assert report.untouched == tuple(beside)
    assert (report.scenarios, report.wrong) == (("fall", "here"), ())
    assert report.as_json()["untouched"] == list(beside)


def test_scenarios_by_name(desk, journal, tmp_path):
    asked = request(tmp_path, TWO | {"wide": WIDE, "broken": "{text: a, move: .nan}"}, "wide", "fall", reverse="[gap]")
    report = stress(desk, journal, asked, silent)
    assert set(report.scenarios) == {"wide", "fall"}
    assert (report.reverse, report.wrong) == ((), ())
    assert report.command.endswith(f"--scenario wide --scenario fall --file {tmp_path / 'stress.yaml'}")
    broken = stress(desk, journal, Request(("broken", "fall"), file=asked.file), silent)
    assert [one.name for one in broken.wrong] == ["broken"]
    assert broken.scenarios == ("fall",)
    with pytest.raises(BadInput, match="there is no scenario nobody; there is fall, gap, wide"):
        stress(desk, journal, Request(("fall", "nobody"), file=asked.file), silent)


def test_together_is_one_scenario_as_a_combination_in_the_file_is(desk, journal, tmp_path):
    written = TWO | {"wide": WIDE, "both": "{text: a, combine: [fall, wide]}"}
    whole = run(desk, journal, tmp_path, written)
    asked = request(tmp_path, written, "fall", "wide", together=True)
    report = stress(desk, journal, asked, silent)
    assert report.scenarios == ("fall + wide",)
    assert " --together" in report.command
    for book, profile in report.books:
        mine, other = one_row(report, book, profile, "fall + wide"), one_row(whole, book, profile, "both")
        assert (mine.loss, mine.drawdown) == (other.loss, other.drawdown)
        assert mine.loss > one_row(whole, book, profile, "fall").loss
    with pytest.raises(BadInput, match="fall"):
        stress(desk, journal, Request(("fall", "gap"), together=True, file=asked.file), silent)


def test_a_series_without_a_bar_is_bad_input(desk, tmp_path):
    empty = lake_desk(tmp_path / "empty", {}, CRYPTO, now=NOW)
    with pytest.raises(BadInput, match="no bars of binance AAA/USDT 1h"):
        stress(empty, None, Request(), silent)
    with pytest.raises(BadInput, match="ingest or import"):
        stress(desk.at(START), None, Request(), silent)


def test_the_report_is_json_and_the_same_again(desk, journal, tmp_path):
    before = journal.tables()
    one, other = (json.dumps(run(desk, journal, tmp_path).as_json(), allow_nan=False) for _ in range(2))
    assert one == other
    assert journal.tables() == before
    read = json.loads(one)
    assert read["as_of"].startswith("2021-01-15")
    assert set(read["data_sha256"]) == {*SYMBOLS, "GLD/USDT"}
    assert read["config_version"] == desk.loaded.version


def test_recovery_takes_longer_for_a_larger_loss_and_no_time_for_a_gain(desk, journal, tmp_path):
    report = run(desk, journal, tmp_path, TWO | {"rise": RISE})
    fall, gap, rise = (one_row(report, HELD, "aggressive", name) for name in ("fall", "gap", "rise"))
    assert rise.loss < 0.0
    assert rise.recovery is not None
    assert (rise.recovery.median_days, rise.recovery.share) == (0.0, 1.0)
    assert fall.recovery is not None
    assert gap.recovery is not None
    assert 0.0 < fall.recovery.median_days < gap.recovery.median_days
    assert (gap.recovery.paths, gap.recovery.horizon_days, gap.recovery.block) == (100, 1825, 20.0)


def test_a_book_that_holds_nothing_recovers_by_nothing(desk):
    book = configured_book(desk)
    views = seen(desk, book)
    assert daily_returns_of(views, np.zeros(3)).size == 0
    assert recovery_of(np.empty(0), 0.2, Drawing(10, 100, 5.0)) is None
    one, other = (daily_returns_of(views, np.array(weights)) for weights in ([1.0, 0.0, 0.0], [0.5, 0.0, 0.0]))
    assert other == pytest.approx(one / 2.0)
    close = views[0].bars.close
    assert np.log1p(one).sum() == pytest.approx(math.log(close[-1] / close[0]), abs=0.2)


def test_another_profile_is_the_same_desk(desk):
    other = with_profile(desk, "conservative")
    assert other.loaded.settings.trading.profile == "conservative"
    assert desk.loaded.settings.trading.profile == "aggressive"
    assert other.lake is desk.lake
