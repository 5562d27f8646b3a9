"""Sessions whose bars, parameters and costs are drawn: the paper cycle and the backtest agree to the bit."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_runs import lake_run
from synthetic import START, settle_in

from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.desk import Desk
from tasks.session.replay import run_stretch

COUNT = 3600
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
    {"stop_loss": st.floats(0.002, 0.05), "take_profit": st.floats(0.002, 0.05), "max_position": st.floats(0.05, 0.5)}
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    made = settle_in(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)
    return made


def _with(desk: Desk, costs: dict[str, object], profile: dict[str, float], home: str) -> Desk:
    tree = desk.loaded.settings
    venue, name = tree.trading.venue, tree.trading.profile
    venues = tree.venues | {venue: tree.venues[venue].model_copy(update=costs)}
    profiles = tree.risk.profiles | {name: tree.risk.profiles[name].model_copy(update=profile)}
    risk = tree.risk.model_copy(update={"profiles": profiles})
    changed = tree.model_copy(update={"venues": venues, "risk": risk})
    return replace(desk, home=Path(home), loaded=replace(desk.loaded, settings=changed))


@settings(max_examples=5, deadline=None)
@given(costs=COSTS, profile=PROFILES, last=st.integers(COUNT - 1500, COUNT))
def test_paper_is_the_backtest(desk: Desk, costs: dict[str, object], profile: dict[str, float], last: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        drawn = _with(desk, costs, profile, home)
        journal = build_journal(drawn)
        cycles = run_stretch(
            drawn, journal, lambda one: build_broker(one, journal), no_checkpoint, START + last * HOUR, BARS
        )
        decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
        run = lake_run(drawn, cycles[0].bar, cycles[-1].bar)
        journal.engine.dispose()
    assert len(decisions) == BARS
    assert repr([one for decision in decisions for one in decision.intents]) == repr(run.intents())
    assert repr([booked.fill for cycle in cycles for booked in cycle.fills]) == repr(run.executions())
    assert repr(decisions[-1].state_after) == repr((run.state.account.tolist(), run.state.book.tolist()))
