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
from models.risk import CAP_BOUNDS, Caps, RiskProfile, drawdown_pause, entry_caps, tightest
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
        "var": amounts | st.just(float("inf")),
        "capital": st.floats(min_value=-1_000.0, max_value=50_000.0) | st.just(float("inf")),
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
        Bound.VAR: x["var"],
        Bound.CAPITAL: x["capital"],
    }


def sized(limits, profile):
    return tightest(entry_caps(**limits, profile=profile), limits["least_cash"])


@pytest.mark.risk
@given(limits=limits, profile=profiles)
def test_tightest_wins(limits, profile):
    room = room_of(limits, profile)
    tightest, second = sorted(room.values())[:2]
    assume(second - tightest > 1e-9 * (1.0 + abs(second)))
    found, code = sized(limits, profile)
    assert found == pytest.approx(max(0.0, tightest), rel=1e-12)
    assert room[Bound(code)] == pytest.approx(tightest, rel=1e-12)


@pytest.mark.risk
@given(
    limits=limits,
    profile=profiles,
    name=st.sampled_from(["kelly", "size", "class_limit", "free", "share", "max_exposure", "var", "capital"]),
)
def test_more_room_is_never_a_smaller_size(limits, profile, name):
    wider = limits | {name: limits[name] + abs(limits[name]) * 0.5}
    assert sized(wider, profile)[0] >= sized(limits, profile)[0]


@pytest.mark.risk
@given(limits=limits, profile=profiles, name=st.sampled_from(RiskProfile._fields[:4]))
def test_a_bolder_profile_is_never_a_smaller_size(limits, profile, name):
    bolder = profile._replace(**{name: getattr(profile, name) * 1.5})
    assert sized(limits, bolder)[0] >= sized(limits, profile)[0]


caps = st.builds(Caps, *[st.floats(-1_000.0, 50_000.0) | st.sampled_from([float("inf"), 1_000.0])] * len(Caps._fields))


@pytest.mark.risk
@given(caps=caps, name=st.sampled_from(Caps._fields), more=st.floats(0.0, 9_999.0), kept=st.sampled_from([0.0, 0.1]))
def test_the_tightest_of_all_caps_is_the_size_and_is_named(caps, name, more, kept):
    value, code = tightest(caps, kept)
    assert all(value <= max(cap, 0.0) for cap in caps)
    named = CAP_BOUNDS.index(Bound.CASH if code == Bound.SPECIALIST_CASH else Bound(code))
    assert caps[named] == min(caps)
    assert (code == Bound.SPECIALIST_CASH) == (kept > 0.0 and CAP_BOUNDS[named] is Bound.CASH)
    looser = caps._replace(**{name: getattr(caps, name) + more})
    assert tightest(looser, kept)[0] >= value
    assert tightest(caps._replace(**{name: getattr(caps, name) - more}), kept)[0] <= value


@pytest.mark.risk
@given(moves=st.lists(st.floats(min_value=-0.2, max_value=0.2), min_size=2, max_size=60), days=st.integers(1, 9))
def test_no_entry_below_a_limit_and_a_pause_has_its_length(moves, days):
    """Day after day: paused exactly while the drawdown's pause lasts."""
    equity, peak, until = 1_000.0, 1_000.0, 0.0
    highest, release = 1_000.0, None
    for day, move in enumerate(moves, start=1):
        equity *= 1.0 + move
        peak, until, code = drawdown_pause(float(day), equity, peak, until, 0.15, float(days))
        if release is not None and day >= release:
            highest, release = equity, None
        if release is None:
            highest = max(highest, equity)
            if equity <= highest * 0.85:
                release = day + days
        assert code == (Reason.REFUSED_STRATEGY if release else 0)


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
