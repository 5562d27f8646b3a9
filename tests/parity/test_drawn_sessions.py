"""Sessions whose bars, parameters and costs are drawn: the paper cycle and the backtest agree to the bit."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_runs import lake_run
from stormy import settle_in_storms
from synthetic import START

from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.carried import carried_of
from tasks.session.desk import Desk
from tasks.session.replay import run_stretch

COUNT = 3000
BARS = 60
COSTS = st.fixed_dictionaries(
    {
        "fee_bps": st.floats(0.0, 20.0),
        "maker_fee_bps": st.floats(0.0, 10.0),
        "half_spread_bps": st.floats(0.0, 5.0),
        "impact_bps": st.sampled_from([0.0, 50.0, 400.0]),
        "volume_share": st.floats(0.001, 1.0),
        "through_ticks": st.integers(0, 3),
        "fee_asset": st.sampled_from(["quote", "base"]),
        "funding_bps_per_day": st.floats(-5.0, 5.0),
    }
)
PROFILES = st.fixed_dictionaries(
    {
        "max_portfolio_risk": st.floats(0.01, 0.2),
        "max_position": st.floats(0.05, 0.5),
        "max_leverage": st.floats(0.3, 5.0),
        "max_drawdown": st.floats(0.01, 0.5),
    }
)
SWING = st.fixed_dictionaries(
    {
        "share": st.floats(0.1, 0.5),
        "controller": st.sampled_from(["regime", "adaptive"]),
        "underperformance": st.floats(0.003, 0.05),
        "recovery": st.floats(0.0, 0.003),
        "memory_days": st.floats(0.5, 30.0),
        "crowded_at": st.floats(0.05, 1.0),
        "crowded_share": st.floats(0.0, 1.0),
    }
)
LONG = st.fixed_dictionaries(
    {"share": st.floats(0.1, 0.5), "band": st.floats(0.01, 0.5), "haven_share": st.floats(0.0, 0.5)}
)
REGIMES = st.fixed_dictionaries(
    {"detector": st.sampled_from(["rules", "hmm"]), "context": st.sampled_from(["1h", "4h", "1d"])}
)
Drawn = dict[str, object]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    made = settle_in_storms(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)
    return made


def _with(desk: Desk, costs: Drawn, profile: Drawn, swing: Drawn, long: Drawn, regimes: Drawn, home: str) -> Desk:
    tree = desk.loaded.settings
    venue, name = tree.trading.venue, tree.trading.profile
    changed = tree.model_copy(
        update={
            "venues": tree.venues | {venue: tree.venues[venue].model_copy(update=costs)},
            "risk": tree.risk.model_copy(
                update={"profiles": tree.risk.profiles | {name: tree.risk.profiles[name].model_copy(update=profile)}}
            ),
            "systems": tree.systems.model_copy(
                update={
                    "swing": tree.systems.swing.model_copy(update=swing),
                    "long": tree.systems.long.model_copy(update=long),
                }
            ),
            "regimes": tree.regimes.model_copy(update=regimes),
        }
    )
    return replace(desk, home=Path(home), loaded=replace(desk.loaded, settings=changed))


@settings(max_examples=5, deadline=None)
@given(costs=COSTS, profile=PROFILES, swing=SWING, long=LONG, regimes=REGIMES, last=st.integers(COUNT - 500, COUNT))
def test_paper_is_the_backtest(
    desk: Desk, costs: Drawn, profile: Drawn, swing: Drawn, long: Drawn, regimes: Drawn, last: int
) -> None:
    with tempfile.TemporaryDirectory() as home:
        drawn = _with(desk, costs, profile, swing, long, regimes, home)
        journal = build_journal(drawn)
        cycles = run_stretch(
            drawn, journal, lambda one: build_broker(one, journal), no_checkpoint, START + last * HOUR, BARS
        )
        decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
        run = lake_run(drawn, cycles[0].bar, cycles[-1].bar)
        book = configured_book(drawn)
        journal.engine.dispose()
    assert len(decisions) == BARS
    assert repr([one for decision in decisions for one in decision.intents]) == repr(run.intents())
    assert repr([one for decision in decisions for one in decision.switches]) == repr(run.switched())
    assert repr([booked.fill for cycle in cycles for booked in cycle.fills]) == repr(run.executions())
    assert repr(decisions[-1].state_after) == repr(carried_of(book, run.state))
