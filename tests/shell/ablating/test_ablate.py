"""What models are worth on a made market, where momentum has something to find: figures by another way, and showing."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from lively_backtests import Remembering
from synthetic import SETTINGS, MemoryTracker, swinging_bars

import flows.commands.ablate
import tasks.ablation
from conf.schema.router import RuleConfig
from models.evidence.ablation import ADDS, HARMS, UNKNOWN, Verdict, log_losses
from models.evidence.following import POSITION, net_of
from models.features.declared import declared
from models.types import CALENDARS, BadInput, Series
from tasks.bootstrap import build_desk
from tasks.session.ablating import AblationReport, Added, ablate
from tasks.session.ablating.alone import silenced
from tasks.session.ablating.blending import added_to_the_blend
from tasks.session.ablating.ground import Ground, costs_of, ground_of
from tasks.session.ablating.groups import OTHERS, group_of, groups_of
from tasks.session.ablating.page import page_of
from tasks.session.ablating.proposing import proposal_for
from tasks.session.ablating.publishing import EXPERIMENT, publish, record_of
from tasks.session.ablating.report import BLEND, CORRELATION, LEFT_OUT, LOG_LOSS, TAKEN_IN, TIMING, TREES
from tasks.session.ablating.retraining import out_of_fold_losses, parts_of_meta, parts_of_trees
from tasks.session.ablating.showing import intervals_sentence, tables_of
from tasks.session.desk import Desk
from tasks.session.edges import edges_of
from tasks.session.intake import take_in_archive
from tasks.session.learning.speaking import in_sample_of
from tasks.session.learning.training import train_models

SERIES = Series("binance", "AAA/USDT", "1h")
TRAINED = ("momentum", "reversion", "xgboost", "meta")
# Some hundred bars, each of little weight: trees have to split on few.
TRIED = {
    "KEEL_ROUTER__RULES": "[{name: all, models: [momentum, xgboost]}]",
    "KEEL_MODEL__XGBOOST__MIN_CHILD_WEIGHT": "1",
    "KEEL_MODEL__XGBOOST__THREADS": "1",
}


@dataclass(frozen=True)
class Case:
    desk: Desk
    ground: Ground
    report: AblationReport
    heard: list[tuple[str, float]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KEEL_")]:
            patch.delenv(name)
        home = {"KEEL_HOME": str(tmp_path_factory.mktemp("ablated")), "KEEL_TRADING__SYMBOLS": "[AAA/USDT]"}
        for name, value in (SETTINGS | home | TRIED).items():
            patch.setenv(name, value)
        desk = build_desk()
        take_in_archive(desk, SERIES, swinging_bars(1, 3600))
        train_models(desk, SERIES, TRAINED, MemoryTracker(), lambda _: None)
        heard: list[tuple[str, float]] = []
        report = ablate(desk, lambda text, share: heard.append((text, share)))
        yield Case(desk, ground_of(desk, SERIES), report, heard)


def test_progress_rises_to_the_end_and_names_every_training(case: Case) -> None:
    shares = [share for _, share in case.heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    texts = [text for text, _ in case.heard]
    groups = groups_of(case.ground.sheet.names["xgboost"])
    assert [f"{SERIES}: meta without {one}" in texts for one in TRAINED[:3]] == [True] * 3
    assert [f"{SERIES}: xgboost without {one}" in texts for one in groups] == [True] * len(groups)


def test_each_model_stands_alone_on_the_bars_that_it_had_not_seen(case: Case) -> None:
    assert [one.model for one in case.report.alone] == list(TRAINED)
    labels, said = case.ground.sheet.labels, case.ground.spoken.said
    learnt = in_sample_of(case.desk, case.ground.view, case.ground.spoken).said
    for one in case.report.alone:
        words = said[one.model]
        rows = words.spoken & np.isfinite(labels.outcome_bps)
        assert one.out_of_sample.said.bars == rows.sum()
        for side, of in ((one.out_of_sample, words), (one.in_sample, learnt[one.model])):
            edge, outcome = of.edge_bps[rows], labels.outcome_bps[rows]
            if np.ptp(edge) == 0.0:
                assert side.said.correlation is None
            else:
                assert side.said.correlation is not None
                assert side.said.correlation.value == pytest.approx(np.corrcoef(edge, outcome)[0, 1])
        first = int(np.argmax(words.spoken))
        done = case.ground.follow(words.edge_bps, slice(first, None))
        assert one.out_of_sample.money.net == pytest.approx(net_of(done).mean() * 365 * 24)
        assert done[:, POSITION].min() >= 0.0
    momentum, trees = (one for one in case.report.alone if one.model in ("momentum", "xgboost"))
    # The market was made for momentum.
    assert momentum.out_of_sample.said.correlation is not None
    assert momentum.out_of_sample.said.correlation.low > 0.0
    assert momentum.out_of_sample.money.trades > 10
    assert momentum.out_of_sample.money.net < momentum.out_of_sample.money.gross
    assert trees.in_sample.said.log_loss is not None
    assert trees.out_of_sample.said.log_loss is not None
    assert trees.in_sample.said.log_loss < trees.out_of_sample.said.log_loss


def test_in_sample_is_silent_where_nobody_spoke_in_advance(case: Case) -> None:
    said = case.ground.spoken.said["momentum"]
    rows = np.arange(said.ts.size) % 3 == 0
    quiet = silenced(said, rows)
    assert np.isnan(quiet.edge_bps[~rows]).all()
    assert np.isnan(quiet.probability[~rows]).all()
    assert np.array_equal(quiet.edge_bps[rows], said.edge_bps[rows], equal_nan=True)


def test_costs_are_the_venues(case: Case) -> None:
    costs = costs_of(case.desk, SERIES)
    assert costs == (pytest.approx(0.0002), 0.0, 0.0, 0.0)
    assert case.report.costs_bps == {str(SERIES): pytest.approx(4.0)}
    dear = build_desk({"venues.binance.fee_bps": 10.0, "venues.binance.funding_bps_per_day": 24.0})
    assert costs_of(dear, SERIES)[:2] == (pytest.approx(0.0011), pytest.approx(0.0001))


@pytest.mark.parametrize(
    ("model", "change", "with_it", "without"),
    [
        ("momentum", LEFT_OUT, "momentum, xgboost", "xgboost"),
        ("reversion", TAKEN_IN, "momentum, reversion, xgboost", "momentum, xgboost"),
    ],
)
def test_the_blend_without_a_model_is_that_of_a_router_without_it(
    case: Case, model: str, change: str, with_it: str, without: str
) -> None:
    outcome, edges = case.ground.sheet.labels.outcome_bps, []
    for models in (with_it, without):
        desk = build_desk({"router.rules": yaml.safe_load(f"[{{name: all, models: [{models}]}}]")})
        edges.append(edges_of(desk, case.ground.view, case.ground.spoken).edge_bps)
    rows = np.isfinite(edges[0]) | np.isfinite(edges[1])
    whole, part = (np.where(rows, np.nan_to_num(one), np.nan) for one in edges)
    known = rows & np.isfinite(outcome)
    found = {one.measure: one for one in case.report.added if (one.whole, one.part) == (BLEND, model)}
    assert {one.change for one in found.values()} == {change}
    figures = {measure: one.figure for measure, one in found.items()}
    one, other = (np.corrcoef(edge[known], outcome[known])[0, 1] for edge in (whole, part))
    assert figures[CORRELATION] is not None
    assert figures[CORRELATION].value == pytest.approx(one - other)
    window = slice(int(np.argmax(rows)), None)
    opens = case.ground.view.adjusted.open[window]
    market = np.append(opens[1:] / opens[:-1] - 1.0, 0.0).mean()
    done = [case.ground.follow(one, window) for one in (whole, part)]
    timing = [net_of(one).mean() - one[:, POSITION].mean() * market for one in done]
    assert figures[TIMING] is not None
    assert figures[TIMING].value == pytest.approx(1e4 * (timing[0] - timing[1]))


def test_what_is_trained_again_is_what_was_trained(case: Case) -> None:
    """With nothing left out the losses are those of the stored predictions, to the bit."""
    rose = case.ground.sheet.labels.rose
    for whole, parts in (("meta", parts_of_meta(case.desk, case.ground)), (TREES, parts_of_trees(case.ground))):
        stored = log_losses(case.ground.spoken.said[whole].probability, rose)
        again = out_of_fold_losses(case.desk, case.ground, whole, parts[""])
        assert np.isfinite(stored).sum() > 500
        assert np.array_equal(again, stored, equal_nan=True)
    # And what was left out is missed: the row is the mean by which the losses rise without it.
    part = "momentum and trend"
    without = out_of_fold_losses(case.desk, case.ground, TREES, parts_of_trees(case.ground)[part])
    (row,) = (one for one in case.report.added if (one.whole, one.part) == (TREES, part))
    assert row.figure is not None
    assert row.figure.value == pytest.approx(np.nanmean(without - stored))
    names = case.ground.sheet.names[TREES]
    without = parts_of_trees(case.ground)["momentum and trend"]
    assert without.shape[1] == len(names) - len(groups_of(names)["momentum and trend"])
    # The same bars with and without, or the folds would be others.
    complete = np.isfinite(case.ground.sheet.inputs[TREES]).all(axis=1)
    assert (np.isfinite(without).all(axis=1) == complete).all()


def test_rows_of_meta_and_trees_are_there_and_judged_together(case: Case) -> None:
    wholes = {whole: [one.part for one in case.report.added if one.whole == whole] for whole in ("meta", TREES)}
    assert wholes["meta"] == list(TRAINED[:3])
    assert wholes[TREES] == list(groups_of(case.ground.sheet.names[TREES]))
    assert {one.measure for one in case.report.added if one.whole != BLEND} == {LOG_LOSS}
    for one in case.report.added:
        assert one.figure is not None
        assert one.verdict is not None
        assert one.verdict.value == one.figure.value
    assert "Bonferroni" in intervals_sentence(case.report)


@pytest.mark.parametrize(("calendar", "timeframe"), [("24/7", "1h"), ("24/7", "5m"), ("XNYS", "1d")])
def test_every_feature_has_a_group_with_a_meaning(calendar: str, timeframe: str) -> None:
    names = declared(CALENDARS[calendar], timeframe, 20, 50, "BTC/USDT").predictors
    found = groups_of(names)
    assert OTHERS not in found
    assert sorted(column for columns in found.values() for column in columns) == list(range(len(names)))
    assert (group_of("momentum_1d"), group_of("leader_return_1")) == ("coarser bars", "leader")
    assert group_of("something new") == OTHERS


def test_a_rule_that_is_proposed_can_be_pasted(case: Case) -> None:
    found = proposal_for(case.desk, SERIES, _rows(momentum=ADDS, xgboost=UNKNOWN, meta=ADDS, lstm=HARMS))
    assert found.rule is not None
    (rule,) = yaml.safe_load(found.rule)
    assert RuleConfig(**rule).rule().models == ("momentum", "meta")
    desk = build_desk({"router.rules": [rule, {"name": "all", "models": ["xgboost"]}]})
    assert desk.loaded.settings.router.rules[0].instruments == ("AAA/USDT",)
    assert rule["horizons"] == [6]


def test_where_nothing_adds_anything_it_says_so(case: Case) -> None:
    found = proposal_for(case.desk, SERIES, _rows(momentum=UNKNOWN, xgboost=HARMS))
    assert found.rule is None
    assert "no rule to propose" in found.sentence
    assert "xgboost" in found.sentence
    other = [replace(one, series="binance BBB/USDT 1h") for one in _rows(momentum=ADDS)]
    inputs = [replace(one, whole="meta") for one in _rows(momentum=ADDS)]
    assert proposal_for(case.desk, SERIES, other + inputs).rule is None


def _rows(**findings: str) -> list[Added]:
    return [
        Added(str(SERIES), BLEND, part, LEFT_OUT, CORRELATION, None, Verdict(0.1, 0.0, 0.2, finding))
        for part, finding in findings.items()
    ]


def test_models_that_said_nothing_are_no_reason_for_a_report(case: Case, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEL_HOME", str(tmp_path))
        desk = build_desk()
        take_in_archive(desk, SERIES, swinging_bars(1, 600))
        with pytest.raises(BadInput, match="keel train --model all"):
            ablate(desk, lambda _text, _share: None)


def test_the_json_says_everything_and_in_sample_stands_beside(case: Case) -> None:
    fields = json.loads(json.dumps(case.report.as_json()))
    assert fields["command"] == "keel ablate --venue binance --symbol AAA/USDT --timeframe 1h"
    assert set(fields["alone"][0]) >= {"out_of_sample", "in_sample", "held", "model", "version"}
    assert fields["added"][0]["verdict"]["finding"]
    for one in tables_of(case.report)[:2]:
        assert any("in sample" in name for name in one.rows[0])
        assert any(name.endswith("(95 %)") for name in one.rows[0])


def test_it_is_published_as_page_json_and_a_run(case: Case) -> None:
    tracker, said = Remembering(), []
    report = publish(case.desk, tracker, case.report, said.append)
    assert report.page is not None
    assert json.loads(report.page.with_suffix(".json").read_text())["series"] == [str(SERIES)]
    ((experiment, record, pages),) = tracker.pages
    assert (experiment, said) == (EXPERIMENT, [])
    assert pages[0] == report.page.read_text() == page_of(report)
    assert all(np.isfinite(figure) for figure in record.metrics.values())
    assert record.metrics["binance.AAA_USDT.1h.momentum.net"] == case.report.alone[0].out_of_sample.money.net
    assert publish(case.desk, Remembering(down=True), case.report, said.append).page == report.page
    assert "is not lost" in said[0]
    assert record_of(case.desk, case.report, ()).tags["keel.command"] == case.report.command


def test_the_command_line_prints_one_object_or_tables(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flows.commands.ablate, "build_tracker", lambda _: Remembering())
    monkeypatch.setattr(flows.commands.ablate, "ablate_models", _told(case.report))
    flows.commands.ablate.ablate(as_json=True)
    shown = capsys.readouterr()
    assert json.loads(shown.out)["proposals"]
    assert "100% done" in shown.err
    flows.commands.ablate.ablate()
    tables = capsys.readouterr().out
    for words in (
        "What each model adds to the blended edge: binance AAA/USDT 1h",
        "Bonferroni",
        "in sample",
        "report ",
    ):
        assert words in tables


def test_prefect_gets_tables_and_what_may_be_said(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    for kind in ("table", "markdown"):
        monkeypatch.setattr(
            tasks.ablation, f"create_{kind}_artifact", lambda content, key, description: kept.update({key: content})
        )
    monkeypatch.setattr(tasks.ablation, "get_run_logger", lambda: type("Log", (), {"info": print, "warning": print}))
    monkeypatch.setattr(tasks.ablation, "ProgressArtifact", lambda what: lambda text, share: None)
    monkeypatch.setattr(tasks.ablation, "build_tracker", lambda _: Remembering())
    monkeypatch.setattr(tasks.ablation, "ablate", _told(case.report))
    fields = tasks.ablation.ablate_models.fn({})
    assert set(kept) == {"ablation-verdict", *(f"ablation-{one.key}" for one in tables_of(case.report))}
    assert case.report.command in kept["ablation-verdict"]
    assert fields["proposals"][0]["sentence"] in kept["ablation-verdict"]


def _told(report: AblationReport) -> Callable[[Desk, Callable[[str, float], None]], AblationReport]:
    def answer(_: Desk, advance: Callable[[str, float], None]) -> AblationReport:
        advance("done", 1.0)
        return report

    return answer


def test_the_same_report_again_is_the_same(case: Case) -> None:
    rows = [one for one in case.report.added if one.whole == BLEND]
    again = [*added_to_the_blend(case.desk, case.ground)]
    assert again == [replace(one, verdict=None) for one in rows]
