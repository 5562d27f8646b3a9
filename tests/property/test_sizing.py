"""The tightest limit wins, whatever the others say; pauses have their length; and a regime is taken over only when it
held in three of five bars.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markets import PROFILE

from models.regime import by_rules
from models.regime.detected import SILENT
from models.regime.rules import classify
from models.risk import RiskProfile, entry_notional, loss_pause
from models.types import Bound, Reason, Regime

fractions = st.floats(min_value=0.001, max_value=5.0)
amounts = st.floats(min_value=0.0, max_value=50_000.0)
limits = st.fixed_dictionaries(
    {
        "equity": st.floats(min_value=1.0, max_value=50_000.0),
        "free": st.floats(min_value=-100.0, max_value=50_000.0),
        "exposure": amounts,
        "risky": amounts,
        "open_risk": st.floats(min_value=0.0, max_value=5_000.0),
        "kelly": fractions,
        "size": fractions,
        "share": st.floats(min_value=0.01, max_value=1.0),
        "max_exposure": fractions | st.just(float("inf")),
        "least_cash": st.floats(min_value=0.0, max_value=1.0) | st.just(0.0),
        "class_limit": fractions,
        "stop_distance": st.floats(min_value=0.001, max_value=1.0),
        "bound_by_cash": st.floats(min_value=0.01, max_value=1.02),
    }
)
profiles = st.builds(
    PROFILE._replace,
    max_position=fractions,
    max_position_risk=fractions,
    max_portfolio_risk=fractions,
    max_leverage=fractions,
)


def room_of(x, profile):
    """What every limit alone would allow, account currency."""
    single, equity = x["share"] * x["equity"], x["equity"]
    return {
        Bound.PROFILE_POSITION: single * profile.max_position,
        Bound.SPECIALIST_SIZE: single * x["size"],
        Bound.KELLY: single * x["kelly"],
        Bound.POSITION_RISK: single * profile.max_position_risk / x["stop_distance"],
        Bound.ASSET_CLASS: single * x["class_limit"],
        Bound.PORTFOLIO_RISK: (profile.max_portfolio_risk * equity - x["open_risk"]) / x["stop_distance"],
        Bound.LEVERAGE: profile.max_leverage * equity - x["exposure"],
        Bound.SPECIALIST_EXPOSURE: x["max_exposure"] * equity - x["risky"],
        Bound.SPECIALIST_CASH if x["least_cash"] else Bound.CASH: (x["free"] - x["least_cash"] * equity)
        / x["bound_by_cash"],
    }


@pytest.mark.risk
@given(limits=limits, profile=profiles)
def test_tightest_wins(limits, profile):
    room = room_of(limits, profile)
    tightest, second = sorted(room.values())[:2]
    assume(second - tightest > 1e-9 * (1.0 + abs(second)))
    found, code = entry_notional(**limits, profile=profile)
    assert found == pytest.approx(max(0.0, tightest), rel=1e-12)
    assert room[Bound(code)] == pytest.approx(tightest, rel=1e-12)


@pytest.mark.risk
@given(
    limits=limits,
    profile=profiles,
    name=st.sampled_from(["kelly", "size", "class_limit", "free", "share", "max_exposure"]),
)
def test_more_room_is_never_a_smaller_size(limits, profile, name):
    wider = limits | {name: limits[name] + abs(limits[name]) * 0.5}
    assert entry_notional(**wider, profile=profile)[0] >= entry_notional(**limits, profile=profile)[0]


@pytest.mark.risk
@given(limits=limits, profile=profiles, name=st.sampled_from(RiskProfile._fields[:4]))
def test_a_bolder_profile_is_never_a_smaller_size(limits, profile, name):
    bolder = profile._replace(**{name: getattr(profile, name) * 1.5})
    assert entry_notional(**limits, profile=bolder)[0] >= entry_notional(**limits, profile=profile)[0]


@pytest.mark.risk
@given(moves=st.lists(st.floats(min_value=-0.2, max_value=0.2), min_size=2, max_size=60), days=st.integers(1, 9))
def test_no_entry_below_a_limit_and_a_pause_has_its_length(moves, days):
    """Day after day: paused exactly while the drawdown's pause lasts, else exactly when a fall is too deep."""
    equity, peak, until = 1_000.0, 1_000.0, 0.0
    highest, release = 1_000.0, None
    for day, move in enumerate(moves, start=1):
        before, equity = equity, equity * (1.0 + move)
        peak, until, code = loss_pause(float(day), equity, peak, before, until, 0.15, 0.05, float(days))
        if release is not None and day >= release:
            highest, release = equity, None
        if release is None:
            highest = max(highest, equity)
            if equity <= highest * 0.85:
                release = day + days
        fell = equity <= before * 0.95
        expected = Reason.REFUSED_DRAWDOWN if release else Reason.REFUSED_DAILY_LOSS if fell else 0
        assert code == expected


figures = st.tuples(
    st.floats(5.0, 60.0) | st.just(float("nan")),
    st.floats(-0.06, 0.06),
    st.floats(0.3, 3.0) | st.just(float("nan")),
    st.floats(0.0, 60.0) | st.just(float("nan")),
)


@given(bars=st.lists(figures, min_size=1, max_size=80))
def test_a_regime_is_taken_over_only_when_it_held_in_three_of_five(bars):
    columns = [np.array(one) for one in zip(*bars, strict=True)]
    labels = [int(one) for one in by_rules(*columns, np.full(len(bars), np.nan)).label]
    raw, before, current = [], int(Regime.RANGING), int(Regime.RANGING)
    for row, label in zip(bars, labels, strict=True):
        said = int(classify(*row, float("nan"), 35.0))
        before = before if said == SILENT else said
        raw.append(before)
        if label != current:
            assert raw[-5:].count(label) >= 3
            assert said == label
        if said != SILENT and raw[-5:].count(said) >= 3:
            assert label == said
        current = label
