"""The worth of the split: what the controller is held against is what it says, and a split that helps is found out."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from backtest_reports import CAPITAL, SYMBOLS, hourly_panel, report_of
from hypothesis import given, settings
from hypothesis import strategies as st
from single import single
from synthetic import MemoryTracker, settle_in

import flows.commands.research
from models.engine import parameters_of
from models.engine.panel import CLOSE, HIGH, LOW, OPEN, REGIME
from models.portfolio import Interval
from models.regime import shares, spells, switches
from models.risk import no_house
from models.specialists import OFF, plain_rules
from models.types import BadInput, Reason, Regime, parse_time
from models.types.timeframes import DAY
from tasks.bootstrap import build_desk
from tasks.session.backtesting.running import run_on
from tasks.session.book import Book
from tasks.session.worth import Rival, WorthReport, running, worth_of_the_split
from tasks.session.worth.drawn import random_controllers
from tasks.session.worth.report import Random
from tasks.session.worth.shuffling import shuffled
from tasks.session.worth.variants import alone, chosen_by, short_term, with_shuffled_regimes
from tasks.session.worth.yearly import EVEN, chosen_each_year

NO_BAR = int(Reason.REFUSED_NO_BAR)

runs_of_regimes = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=80)


@given(runs_of_regimes, st.integers(0, 1000))
@settings(max_examples=150)
def test_shuffled_regimes_are_the_same_spells_in_another_order(drawn: list[tuple[int, int]], seed: int) -> None:
    label = np.concatenate([np.full(length, code) for code, length in drawn])
    found = shuffled(label, np.random.default_rng(seed))
    before, after = spells(label), spells(found)
    assert sorted(zip(before.regime, before.bars, strict=True)) == sorted(zip(after.regime, after.bars, strict=True))
    assert (switches(found), shares(found).tolist()) == (switches(label), shares(label).tolist())
    assert (shuffled(label, np.random.default_rng(seed)) == found).all()


def test_a_shuffle_leaves_little_in_its_place() -> None:
    label = np.repeat(np.arange(400) % 4, np.random.default_rng(1).integers(1, 60, 400))
    same = [(shuffled(label, np.random.default_rng(seed)) == label).mean() for seed in range(30)]
    assert 0.15 < np.mean(same) < 0.35


def test_the_best_until_then_is_followed_for_a_year() -> None:
    ts = parse_time("2019-12-30") + DAY * np.arange(370, dtype=np.int64)
    one, other = np.full(370, 100.0), np.full(370, 100.0)
    one[1:] = 110.0
    one[367:] = 55.0
    other[5:] = 200.0
    other[367:] = 400.0
    curve, chosen = chosen_each_year({"one": one, "other": other}, ts)
    assert [name for _, name in chosen] == [EVEN, "one", "other"]
    assert [ts_ for ts_, _ in chosen] == [int(ts[0]), parse_time("2020-01-01"), parse_time("2021-01-01")]
    assert curve[:2].tolist() == [100.0, 105.0]
    assert curve[366] == pytest.approx(105.0)
    # 2020 has 366 days: the first of 2021 is row 368, and the fall of row 367 is still the first account's.
    assert curve[-1] == pytest.approx(105.0 / 2.0)


def test_without_a_record_nothing_is_chosen_at_the_turn_of_the_year() -> None:
    ts = parse_time("2019-12-30") + DAY * np.arange(380, dtype=np.int64)
    one, other = np.full(380, 100.0), np.full(380, 100.0)
    one[200:], other[200:] = 120.0, 100.0
    curve, chosen = chosen_each_year({"other": other, "one": one}, ts)
    assert [name for _, name in chosen] == [EVEN, EVEN, "one"]
    assert (curve[199], curve[200], curve[-1]) == pytest.approx((100.0, 110.0, 110.0))


def a_book(rules=None, capital: float = CAPITAL) -> Book:
    book = report_of(hourly_panel(1, 50, 2)).book
    if rules is None:
        return short_term(book)
    swing = book.parameters.systems[0]
    instruments = tuple(one.instrument for one in swing.slots)
    systems = single(swing.profile, rules, instruments, capital, SYMBOLS[:2])
    return replace(book, parameters=parameters_of(systems, no_house()), capital=capital)


RULES = tuple(
    plain_rules(1.0, 0.1 + 0.05 * k, (0.5, 1.0, 1.0, 0.2)[k], 0.01 + 0.01 * k, 0.05)._replace(
        exit_edge=-OFF, max_bars=24.0, leaves=float(k == 3), takes_over=float(k == 3)
    )
    for k in range(4)
)


def test_one_specialist_alone_is_never_handed_over_and_keeps_the_regimes_shares() -> None:
    book, panel = a_book(RULES), hourly_panel(4, 3000, 2)
    for one in Regime:
        own = alone(book, one)
        for _, slot in own.parameters.rows:
            assert [rules.share for rules in slot.rules] == [0.5, 1.0, 1.0, 0.2]
            assert {rules._replace(share=1.0) for rules in slot.rules} == {
                RULES[one]._replace(share=1.0, leaves=0.0, takes_over=0.0)
            }
        run = run_on(own, panel)
        assert not {Reason.EXIT_SWITCH, Reason.REDUCE_EXPOSURE} & {row.reason for row in run.intents()}
        entered = [row for row in run.intents() if row.reason == Reason.ENTER_EDGE]
        assert {row.regime for row in entered} == set(Regime)
        assert [abs(1.0 - row.stop / row.price) for row in entered] == pytest.approx(
            [RULES[one].stop_loss] * len(entered), abs=2e-4
        )
    handed = {row.reason for row in run_on(book, panel).intents()}
    assert Reason.EXIT_SWITCH in handed


@pytest.mark.parametrize("one", list(Regime)[:3])
def test_alone_in_its_own_regime_it_is_the_controller(one: Regime) -> None:
    book, panel = a_book(RULES), hourly_panel(4, 2000, 2)
    panel.codes[:, :, REGIME] = int(one)
    assert (run_on(alone(book, one), panel).equity == run_on(book, panel).equity).all()


def test_only_the_controller_differs_between_adaptive_and_regime_based() -> None:
    book = a_book()
    both = [chosen_by(book, flag).parameters for flag in (True, False)]
    assert [one.systems[0].controller.adaptive for one in both] == [1.0, 0.0]
    assert (both[0].rules == both[1].rules).all()
    assert book.capital == book.parameters.systems[0].capital < CAPITAL
    with pytest.raises(BadInput, match=r"systems\.swing\.share"):
        short_term(
            replace(book, parameters=parameters_of((replace(book.parameters.systems[0], name="long"),), no_house()))
        )


def test_bars_that_are_not_there_stay_where_they_were() -> None:
    panel = hourly_panel(4, 2000, 3)
    panel.gate[::7, 1] = NO_BAR
    found = with_shuffled_regimes(panel, 2, np.random.default_rng(1))
    assert (found.regime[::7, 1] == panel.regime[::7, 1]).all()
    assert (found.regime[:, 2] == panel.regime[:, 2]).all()
    there = panel.gate[:, 1] != NO_BAR
    assert switches(found.regime[there, 1]) == switches(panel.regime[there, 1])
    for column in (0, 1):
        assert (found.regime[:, column] != panel.regime[:, column]).mean() > 0.3
    assert (found.gate == panel.gate).all()
    assert (found.prices == panel.prices).all()


def telling_panel(seed: int, told: bool):
    """Prices that rise in trends and fall else (`told`), or whose regimes say nothing."""
    panel = hourly_panel(seed, 4000, 2)
    rng = np.random.default_rng(seed)
    regime = np.repeat(rng.choice([1, 2], 200), 20)
    panel.codes[:, :, REGIME] = regime[:, None]
    truth = regime if told else np.repeat(rng.choice([1, 2], 200), 20)
    drift = np.where(truth == 1, 0.0015, -0.0015)[:, None]
    close = 100.0 * np.exp(np.cumsum(drift + rng.normal(0.0, 0.002, (4000, 2)), axis=0))
    opens = np.vstack([np.full((1, 2), 100.0), close[:-1]])
    for column, values in ((OPEN, opens), (CLOSE, close)):
        panel.prices[:, :, column] = values
    panel.prices[:, :, HIGH], panel.prices[:, :, LOW] = np.maximum(opens, close), np.minimum(opens, close)
    panel.figures[:, :, 0] = 100.0
    return panel


def test_a_split_that_helps_beats_random_controllers_and_one_that_does_not_does_not() -> None:
    base = plain_rules(1.0, 0.2, 1.0, 0.02, 0.1)._replace(exit_edge=-OFF, max_bars=5.0)
    rules = tuple(base if one == Regime.TRENDING else base._replace(share=0.0) for one in Regime)
    book = a_book(rules)
    beaten = []
    for told in (True, False):
        panels = [telling_panel(seed, told) for seed in range(6)]
        found = [random_controllers(book, one, {"real": run_on(book, one).equity}, 40) for one in panels]
        assert all(one.low <= one.median <= one.high for one in found)
        beaten.append([one.beaten_by["real"] for one in found])
    assert min(beaten[0]) >= 0.95
    assert 0.1 < np.mean(beaten[1]) < 0.9


def rival(name: str, low: float | None) -> Rival:
    excess = None if low is None else Interval(low, low + 0.01, low + 0.02)
    return Rival(name, False, 0.1, 0.02, 0.5, 0.1, None, None, None, excess)


@pytest.mark.parametrize(
    ("low", "beaten", "worth"),
    [(0.001, 0.96, True), (0.001, 0.94, False), (-0.001, 1.0, False), (None, 1.0, False)],
)
def test_the_verdict_takes_both_the_best_single_one_and_chance(low: float | None, beaten: float, worth: bool) -> None:
    found = WorthReport(
        command="keel",
        symbols=("AAA",),
        first=0,
        last=1,
        bars=2,
        cost_multiple=1.0,
        rivals=(rival("adaptive", None), rival("judge", low), rival("other", -1.0)),
        random=Random(100, -0.1, 0.0, 0.1, {"adaptive": beaten}),
        judge="judge",
        chosen=((0, "all"),),
    )
    assert found.is_worth_something is worth
    assert ("worth nothing" in found.verdict) is not worth
    assert f"{beaten:.0%} of 100 random controllers" in found.verdict
    assert json.loads(json.dumps(found.as_json()))["worth_something"] is worth


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with bars and models, which the environment points to until the test is over."""
    before = dict(os.environ)
    os.environ["KEEL_REGIMES__CONTEXT"] = "4h"
    try:
        yield settle_in(tmp_path, 3000).home
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_it_is_measured_on_the_configured_book(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(running, "DRAWN", 50)
    desk = build_desk()
    said: list[str] = []
    found, again = (worth_of_the_split(desk, MemoryTracker(), None, None, said.append, 1.0, 12) for _ in range(2))
    assert found.as_json() == again.as_json()
    names = [one.name for one in found.rivals]
    assert names[:3] == ["adaptive controller", "regime-based controller", found.judge]
    assert names[3:] == [*(f"{one.name.lower()} alone" for one in Regime), "holding", "cash"]
    assert found.rivals[0].excess is None
    assert sum(one.hindsight for one in found.rivals) == 1
    best = max(found.rivals[3:7], key=lambda one: one.total_return)
    assert best.hindsight
    assert found.rivals[-1].total_return == 0.0
    assert found.random.replicates == 12
    assert found.command.endswith(" --split")
    monkeypatch.setenv("KEEL_SYSTEMS__SWING__CONTROLLER", "regime")
    turned = worth_of_the_split(build_desk(), MemoryTracker(), None, None, said.append, 2.0, 3)
    assert turned.rivals[0].name == "regime-based controller"
    assert "--costs 2" in turned.command
    monkeypatch.setattr(flows.commands.research, "build_tracker", lambda _: MemoryTracker())
    monkeypatch.setattr(flows.commands.research, "publish", lambda desk, tracker, report, say: report)
    quick = lambda *given: worth_of_the_split(*given, 3)  # noqa: E731
    monkeypatch.setattr(flows.commands.research, "worth_of_the_split", quick)
    flows.commands.research.run_backtest(split=True, as_json=True)
    fields = json.loads(capsys.readouterr().out)
    assert fields["split"]["rivals"][0]["name"] == "regime-based controller"
    assert fields["out_of_sample"]["trades"] == fields["trades"]
    flows.commands.research.run_backtest(split=True)
    assert fields["split"]["verdict"].split(".")[0] in capsys.readouterr().out.replace("\n", " ")
