"""Models after their training: drift, live words that research repeats to the bit, and training again."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from synthetic import SETTINGS, START, SYMBOLS, MemoryTracker, swinging_bars

import flows.commands.drift
import tasks.drift
from data.journal import Alert
from models.predictors import Predictions
from models.predictors.drift import Judged, log_loss
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD
from models.types import Bars, Damaged, Series, Unavailable, iso
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk, build_journal
from tasks.session.drifting import DriftReport
from tasks.session.drifting.publishing import publish, raise_alerts
from tasks.session.drifting.repeating import COLUMNS, differences
from tasks.session.drifting.retraining import retrain
from tasks.session.drifting.showing import input_rows, page_of, summary
from tasks.session.drifting.watching import watch
from tasks.session.intake import take_in_archive
from tasks.session.learning.sheet import labels_of
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.learning.training import train_models
from tasks.session.market import market_view

SERIES = Series("binance", SYMBOLS[0], "1h")
MODELS = ("momentum", "xgboost", "meta")
LEARNT, LIVE = 3400, 240
# Bars of the newest day, the one that opened a day before the newest included.
DAY_BARS = 25
NEWEST = START + (LEARNT + LIVE - 1) * HOUR
MINE = {
    "KEEL_TRADING__SYMBOLS": f"[{SYMBOLS[0]}]",
    "KEEL_MODEL__XGBOOST__ROUNDS": "5",
    "KEEL_MODEL__META__MODELS": "[momentum, xgboost]",
}


class PageTracker(MemoryTracker):
    """Remembers pages, or does not answer."""

    def __init__(self, answers: bool = True) -> None:
        super().__init__()
        self.pages: list[tuple[str, object]] = []
        self.answers = answers

    def log_page(self, experiment, record):
        if not self.answers:
            raise Unavailable("the tracker does not answer")
        self.pages.append((experiment, record))
        return "run"


def all_bars():
    return swinging_bars(1, LEARNT + LIVE)


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory):
    """Trained on the first bars; the others came later."""
    home = tmp_path_factory.mktemp("drift") / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (SETTINGS | MINE | {"KEEL_HOME": str(home)}).items():
            patch.setenv(name, value)
        desk = build_desk()
        take_in_archive(desk, SERIES, all_bars().rows(np.arange(LEARNT)))
        train_models(desk, SERIES, MODELS, MemoryTracker(), lambda _: None)
        take_in_archive(desk, SERIES, all_bars())
    return home


@pytest.fixture
def desk(trained_home, tmp_path, monkeypatch):
    shutil.copytree(trained_home, tmp_path / "home")
    for name in [name for name in os.environ if name.startswith("KEEL_")]:
        monkeypatch.delenv(name)
    for name, value in (SETTINGS | MINE | {"KEEL_HOME": str(tmp_path / "home")}).items():
        monkeypatch.setenv(name, value)
    return build_desk()


def speak(desk, bars=LEARNT + LIVE):
    """As paper does after each close: over the whole series up to then."""
    moment = START + bars * HOUR
    spoken_of(desk, market_view(desk, SERIES, known_by=moment), MODELS, Manner.DECIDE)


def forge(desk, model, bar, **changes):
    """The model's word about a bar, otherwise than it is: stored first, it is never replaced. Before it all spoke."""
    speak(desk, (bar - START) // HOUR)
    view = market_view(desk, SERIES)
    card = desk.models.current(SERIES, model)
    true = spoken_of(desk.at(desk.clock.now()), view, (model,), Manner.READ).said[model].aligned(np.array([bar]))
    columns = {name: getattr(true, name).copy() for name in Predictions.__slots__}
    for name, value in changes.items():
        columns[name][0] = value
    desk.predictions.append(SERIES, model, card.version, Predictions(**columns))


def by_model(watched):
    return {one.model: one for one in watched.models}


def test_words_that_were_made_bar_by_bar_are_repeated_to_the_bit(desk):
    for bars in range(LEARNT + LIVE - 5, LEARNT + LIVE + 1):
        speak(desk, bars)
    found = watch(desk, SERIES)
    assert [(one.model, one.compared, one.late, one.why_not) for one in found.repeats] == [
        (model, DAY_BARS, 0, None) for model in MODELS
    ]
    assert found.differing == ()


def test_a_word_that_research_does_not_repeat_is_found(desk):
    """The meta-learner weighs what was said, and repeats that."""
    bar, edge = NEWEST - 3 * HOUR, 12.5
    forge(desk, "momentum", bar, fold=FINAL_FOLD, seen_until=0, edge_bps=edge, confidence=0.5, probability=0.5)
    speak(desk)
    (repeat,) = watch(desk, SERIES).differing
    assert (repeat.model, repeat.compared) == ("momentum", DAY_BARS)
    assert {one.bar for one in repeat.differences} == {bar}
    assert [one.column for one in repeat.differences] == ["seen_until", "edge_bps", "confidence", "probability"]
    assert repeat.differences[1].live == edge
    assert repeat.differences[1].research != edge


def test_one_bit_is_a_difference_and_nan_is_none():
    n = 4
    said = Predictions.none(np.arange(n, dtype=np.int64))
    other = replace(said, confidence=np.nextafter(said.confidence, 1.0), raw=np.full(n, -np.nan))
    assert [one.column for one in differences(said, other)] == ["confidence"] * n
    assert list(differences(said, said)) == []
    for name in COLUMNS:
        changed = getattr(said, name).copy()
        changed[2] = 1 if name in ("fold", "seen_until") else 0.25
        (found,) = differences(said, replace(said, **{name: changed}))
        assert (found.bar, found.column) == (2, name)
    minus = replace(said, confidence=-said.confidence)
    assert len(list(differences(said, minus))) == n


def test_a_late_row_is_counted_and_not_compared(desk):
    forge(desk, "xgboost", NEWEST, fold=LATE_FOLD)
    speak(desk)
    xgboost = next(one for one in watch(desk, SERIES).repeats if one.model == "xgboost")
    assert (xgboost.compared, xgboost.late, xgboost.differences) == (DAY_BARS - 1, 1, ())


def test_words_of_other_settings_cannot_be_repeated(desk, monkeypatch):
    speak(desk)
    monkeypatch.setenv("KEEL_MODEL__XGBOOST__MAX_DEPTH", "3")
    found = watch(build_desk(), SERIES)
    xgboost = next(one for one in found.repeats if one.model == "xgboost")
    assert "other settings" in xgboost.why_not
    watched = by_model(found)
    assert watched["xgboost"].drift is None
    assert "was trained by other settings" in watched["xgboost"].silent
    assert "xgboost" in found.to_train


def test_features_are_computed_anew_and_not_read_where_the_live_process_stored_them(desk, monkeypatch):
    speak(desk)
    market_view(desk, SERIES)  # stores those of all bars

    def forbidden(*_):
        raise AssertionError("stored features were read")

    monkeypatch.setattr("data.features.FeatureStore.read", forbidden)
    assert watch(desk, SERIES).differing == ()


def test_a_market_like_the_one_before_is_no_drift_of_the_model_that_learnt_it(desk):
    found = by_model(watch(desk, SERIES))["xgboost"]
    assert (found.silent, found.drift.reasons, found.wants_training) == (None, (), False)
    assert found.age_days == pytest.approx(LIVE / 24.0)
    assert found.drift.performance.bars >= 30
    assert len(found.drift.inputs) == market_view(desk, SERIES).features.matrix.shape[1]


def test_the_reference_is_the_walk_forward_and_only_the_newest_days_are_held_against_it(desk, monkeypatch):
    monkeypatch.setenv("KEEL_MODEL__DRIFT__DAYS", "3")
    found = by_model(watch(build_desk(), SERIES))["momentum"].drift
    view = market_view(desk, SERIES)
    card = desk.models.current(SERIES, "momentum")
    said = desk.predictions.read(SERIES, "momentum", card.version).aligned(view.bars.ts)
    rose = labels_of(desk, view).rose
    known = np.isfinite(rose) & np.isfinite(said.probability)
    first, last = known & (said.fold >= 0), known & (view.bars.ts > NEWEST - 3 * DAY)
    assert found.bars == 72
    assert found.performance.bars == last.sum() < 72
    assert found.performance.reference_loss == log_loss(Judged(said.probability[first], rose[first]))
    assert found.performance.loss == log_loss(Judged(said.probability[last], rose[last]))


@pytest.fixture
def wild(desk):
    """Another market since the training: moves eight times as large, each against the one before."""
    calm = all_bars()
    rows = np.arange(len(calm)) >= LEARNT
    close = calm.close.copy()
    close[rows] = np.round(calm.close[LEARNT - 1] * (1.0 + 0.08 * (np.arange(LIVE) % 2)), 2)
    opens = np.append(calm.open[0], close[:-1])
    bars = Bars(calm.ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, calm.volume)
    shutil.rmtree(desk.home / "lake" / "bars")
    take_in_archive(desk, SERIES, bars)
    return build_desk()


def test_another_market_is_drift_and_what_drifted_is_trained_again(wild):
    watched = watch(wild, SERIES)
    found = by_model(watched)
    assert {model for model in MODELS if found[model].drift.reasons} >= {"momentum", "xgboost"}
    assert "inputs have shifted" in found["xgboost"].verdict
    asked = []

    def train(desk, wanted, report):
        asked.extend(wanted)
        return [{"series": str(series), "model": one} for series, models in wanted for one in models]

    told = []
    trained = retrain(wild, [watched], told.append, train)
    assert asked[0] == (SERIES, watched.to_train)
    assert [one["model"] for one in trained] == list(watched.to_train)
    assert told[0].endswith("will be trained again")


def test_nothing_is_trained_where_nothing_has_drifted(desk):
    watched = watch(desk, SERIES)
    fine = replace(watched, models=tuple(replace(one, silent=None, drift=None) for one in watched.models))
    assert retrain(desk, [fine], print, lambda *_: pytest.fail("trained")) == ()


def test_a_meta_learner_whose_parent_was_replaced_is_trained_after_it(desk, monkeypatch):
    watched = watch(desk, SERIES)
    drifted = replace(
        watched,
        models=tuple(
            replace(one, silent="old" if one.model == "momentum" else None, drift=None) for one in watched.models
        ),
    )
    asked = []

    def train(own, wanted, report):
        asked.append([models for _, models in wanted])
        return []

    assert retrain(desk, [drifted], print, train) == ()
    assert asked == [[("momentum",)]]
    asked.clear()
    # As if the new version of its parent spoke by now.
    monkeypatch.setattr("tasks.session.drifting.retraining.why_silent", lambda *_: "weighs versions that do not speak")
    retrain(desk, [drifted], print, train)
    assert asked == [[("momentum",)], [("meta",)]]


def test_a_model_that_is_too_old_is_silent_and_wants_training(desk, monkeypatch):
    monkeypatch.setenv("KEEL_MODEL__LONGEST_AGE_DAYS", "5")
    found = by_model(watch(build_desk(), SERIES))["momentum"]
    assert "longest_age_days" in found.silent
    assert found.wants_training
    assert found.verdict.startswith("silent: momentum ")


def test_a_report_is_kept_and_an_unrepeated_word_alerts_once(desk):
    forge(desk, "momentum", NEWEST, fold=FINAL_FOLD, edge_bps=1.0, probability=0.5)
    report = DriftReport("v", (watch(desk, SERIES),), ())
    assert not report.equal
    tracker, told = PageTracker(), []
    page = publish(desk, tracker, report, told.append)
    assert page.read_text() == page_of(report)
    assert iso(NEWEST)[:10] in page.name
    assert json.loads(page.with_suffix(".json").read_text())["equal"] is False
    ((experiment, record),) = tracker.pages
    assert experiment == "drift"
    assert record.tags["keel.equal"] == "false"
    assert 0.0 <= record.metrics["aaa_usdt.xgboost.shifted_share"] <= 1.0
    publish(desk, PageTracker(answers=False), report, told.append)
    assert told == [f"the tracker does not answer; the drift report is not lost: {page}"]
    journal = build_journal(desk)
    for at in (7, 8):
        raise_alerts(journal, report, at)
    (alert,) = alerts_of(journal)
    assert alert.severity == "error"
    assert f"{iso(NEWEST)} seen_until: live " in alert.text
    assert "RESEARCH DOES NOT REPEAT" in summary(report)


def alerts_of(journal):
    from sqlalchemy import select

    from data.journal.tables import alerts_outbox

    with journal.engine.connect() as connection:
        rows = connection.execute(select(alerts_outbox)).mappings().all()
    return [Alert(row["key"], row["severity"], row["text"], row["raised_at"]) for row in rows]


@pytest.fixture
def told_to(desk, monkeypatch):
    tracker = PageTracker()
    for module in (flows.commands.drift, tasks.drift):
        monkeypatch.setattr(module, "build_tracker", lambda _: tracker)
    return tracker


def test_the_command_shows_and_ends_with_one_where_research_differs(desk, told_to, capsys):
    speak(desk)
    flows.commands.drift.drift(as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["equal"], found["trained"]) == (True, [])
    (series,) = found["series"]
    assert [one["model"] for one in series["models"]] == list(MODELS)
    assert {"index", "usual", "shifted", "name"} <= series["models"][1]["drift"]["inputs"][0].keys()
    flows.commands.drift.drift()
    shown = capsys.readouterr().out
    assert "live words, said again by research" in shown
    assert f"{SERIES} xgboost: not drifted" in shown
    assert not (desk.home / "state" / "journal.sqlite").exists()


def test_the_command_fails_where_research_differs(desk, told_to, capsys):
    forge(desk, "momentum", NEWEST, fold=FINAL_FOLD, edge_bps=1.0, probability=0.5)
    with pytest.raises(flows.commands.drift.typer.Exit) as ended:
        flows.commands.drift.drift()
    assert ended.value.exit_code == 1
    assert f"{iso(NEWEST)} edge_bps: live 1.0, research " in capsys.readouterr().out
    assert len(alerts_of(build_journal(desk))) == 1


def test_the_tasks_make_tables_and_a_page_and_fail_where_research_differs(desk, told_to, monkeypatch):
    made = {}
    for kind in ("table", "markdown"):
        monkeypatch.setattr(
            tasks.drift, f"create_{kind}_artifact", lambda content, key, description: made.update({key: content})
        )
    logger = type("Logger", (), {"warning": staticmethod(print), "info": staticmethod(print)})
    monkeypatch.setattr(tasks.drift, "get_run_logger", lambda: logger)
    assert tasks.drift.series_of_book.fn({}) == [SERIES]
    watched = [tasks.drift.watch_models.fn({}, SERIES)]
    found = tasks.drift.show_drift.fn({}, watched, ())
    assert found["equal"]
    assert made["drift-inputs"] == input_rows(watched)
    assert made["drift-repeats"] == tasks.drift.NONE
    assert made["drift"].startswith("# Drift")
    bar = NEWEST - HOUR
    broken = replace(
        watched[0],
        repeats=(replace(watch(desk, SERIES).repeats[0], differences=tuple(differences(*_two(bar)))),),
    )
    with pytest.raises(Damaged, match="research does not repeat what was said live"):
        tasks.drift.show_drift.fn({}, [broken], ())


def _two(bar):
    said = Predictions.none(np.array([bar]))
    return said, replace(said, edge_bps=np.ones(1))
