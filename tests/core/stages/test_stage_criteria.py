"""Every criterion of every step, each spoilt alone: by a hair, unknown, or a value that cannot be."""

import math
from dataclasses import replace

import pytest
from plain_stages import plain_falls, plain_passes
from stage_rules import LADDER, RULES, SPOILT, enough

from models.stages import Rules, Standing, demotions, may_promote, most_capital, next_of, verdicts
from models.types.stages import Stage

STEPS = LADDER[:-1]
EARNED = ["stage", "days", "window", "trades", "sharpe", "drawdown", "win_rate", "profit_factor"]
SOUND = ["crashes", "breaches", "release_hours", "gap_bps"]
ON_A_RUNG = ["stage", "days", "profit", "drawdown"]


@pytest.mark.parametrize("standing", STEPS, ids=str)
def test_what_just_passes_is_one_step_up(standing: Standing):
    found = may_promote(standing, enough(standing.stage), RULES)
    assert found == next_of(standing, RULES) == LADDER[LADDER.index(standing) + 1]


@pytest.mark.parametrize("standing", STEPS, ids=str)
def test_every_criterion_of_a_step_is_there_by_name(standing: Standing):
    names = [one.name for one in verdicts(standing, enough(standing.stage), RULES)]
    assert names == (ON_A_RUNG if standing.rung else EARNED) + SOUND


def test_above_the_last_rung_is_nothing():
    assert verdicts(LADDER[-1], enough(Stage.LIVE), RULES) == ()
    assert may_promote(LADDER[-1], enough(Stage.LIVE), RULES) is None


@pytest.mark.parametrize("standing", STEPS, ids=str)
@pytest.mark.parametrize(("name", "value"), [(name, value) for name in SPOILT for value in SPOILT[name]])
def test_one_figure_spoilt_is_one_step_lost_where_it_is_asked_for(standing: Standing, name: str, value: float):
    evidence = replace(enough(standing.stage), **{name: value})
    passes = plain_passes(standing, evidence)
    assert (may_promote(standing, evidence, RULES) is not None) == passes
    failed = {one.name for one in verdicts(standing, evidence, RULES) if not one.passed}
    assert bool(failed) != passes
    assert failed <= {"gap_bps" if name == "gap_beyond" else name, "window"}


@pytest.mark.parametrize("name", [one for one in SPOILT if one != "profit"])
def test_each_criterion_alone_keeps_paper_from_money(name: str):
    for value in SPOILT[name]:
        assert may_promote(LADDER[1], replace(enough(Stage.PAPER), **{name: value}), RULES) is None


@pytest.mark.parametrize("standing", STEPS, ids=str)
@pytest.mark.parametrize("stage", list(Stage))
def test_evidence_of_another_stage_is_none(standing: Standing, stage: Stage):
    found = may_promote(standing, enough(stage), RULES)
    assert (found is not None) == (stage is standing.stage)
    if found is None:
        texts = [one.text for one in verdicts(standing, enough(stage), RULES) if not one.passed]
        assert texts == [f"stage {stage}, wanted of {standing.stage}"]


def test_no_losing_trade_passes_with_the_trades_alone():
    spotless = enough(Stage.PAPER, profit_factor=math.inf)
    assert may_promote(LADDER[1], spotless, RULES) == LADDER[2]
    assert may_promote(LADDER[1], replace(spotless, trades=29), RULES) is None


@pytest.mark.parametrize(("standing", "win_rate", "passes"), [(0, 0.51, True), (0, 0.5, False), (1, 0.51, False)])
def test_paper_asks_for_less_wins_than_money(standing: int, win_rate: float, passes: bool):
    evidence = enough(LADDER[standing].stage, win_rate=win_rate)
    assert (may_promote(LADDER[standing], evidence, RULES) is not None) == passes


@pytest.mark.parametrize(("rung", "days"), [(1, 14.0), (2, 14.0), (3, 28.0)])
def test_each_rung_has_its_own_days(rung: int, days: float):
    standing = Standing(Stage.LIVE, rung)
    assert may_promote(standing, enough(Stage.LIVE, days=days), RULES) == Standing(Stage.LIVE, rung + 1)
    assert may_promote(standing, enough(Stage.LIVE, days=days - 0.01), RULES) is None


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"sharpe": 1.2}, "sharpe 1.2, wanted more than 1.5"),
        ({"drawdown": 0.2}, "drawdown 0.2, wanted less than 0.15"),
        ({"win_rate": math.nan}, "win_rate not known, wanted more than 0.55"),
        ({"days": 3.0}, "days 3, wanted at least 60"),
        ({"crashes": 2}, "crashes 2, wanted at most 0"),
        ({"gap_beyond": True}, "gap_bps inf, wanted at most 20"),
    ],
)
def test_a_verdict_says_what_was_found_and_what_is_wanted(changed: dict[str, float], text: str):
    found = verdicts(LADDER[1], enough(Stage.PAPER, **changed), RULES)
    assert [one.text for one in found if not one.passed] == [text]


def test_capital_of_each_standing():
    assert [most_capital(one, RULES) for one in LADDER] == [0.0, 0.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0]
    assert most_capital(Standing(Stage.LIVE, 5), RULES) == 0.0


def test_without_rungs_there_is_no_live():
    assert next_of(LADDER[2], replace(RULES, rungs=())) is None


@pytest.mark.parametrize("rungs", [(0.0,), (1000.0, 1000.0), (2500.0, 1000.0), (math.nan,), (math.inf,), (-1.0, 5.0)])
def test_rungs_have_to_rise(rungs: tuple[float, ...]):
    with pytest.raises(ValueError, match="rungs"):
        replace(RULES, rungs=rungs)


def test_rungs_need_days():
    with pytest.raises(ValueError, match="rung_days"):
        Rules(RULES.exploration, RULES.paper, RULES.micro, RULES.rungs, (), 100.0, 500.0)


@pytest.mark.parametrize(("stage", "rung"), [(Stage.LIVE, 0), (Stage.PAPER, 1), (Stage.MICRO, -1), (Stage.LIVE, -1)])
def test_rungs_are_for_live_alone(stage: Stage, rung: int):
    with pytest.raises(ValueError, match="rung"):
        Standing(stage, rung)


@pytest.mark.parametrize("standing", LADDER, ids=str)
@pytest.mark.parametrize(("name", "value"), [(name, value) for name in SPOILT for value in SPOILT[name]])
def test_what_a_spoilt_figure_costs(standing: Standing, name: str, value: float):
    evidence = enough(standing.stage, **{name: value})
    assert list(demotions(standing, evidence, RULES)) == plain_falls(standing, evidence)


@pytest.mark.parametrize("standing", LADDER, ids=str)
def test_evidence_of_another_stage_costs_nothing(standing: Standing):
    other = Stage.LIVE if standing.stage is not Stage.LIVE else Stage.PAPER
    assert demotions(standing, enough(other, gap_beyond=True, breaches=1, drawdown=0.9), RULES) == ()


def test_the_gravest_comes_first():
    worst = enough(Stage.LIVE, gap_beyond=True, breaches=1, crashes=1, release_hours=0.0, drawdown=0.5)
    assert demotions(LADDER[-1], worst, RULES) == ("gap", "breach", "crashes", "drawdown", "release")
