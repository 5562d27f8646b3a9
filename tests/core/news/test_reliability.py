"""A source's record: by outcomes that were known, shrunk, decaying and bounded; and what the weights make of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.moves import usual_move_bps
from models.news.priority import UNTRIED, weights_of
from models.news.reliability import BOUNDS, Outcome, Reliability, Signal, outcomes_of, reliability_of
from models.types.timeframes import DAY, HOUR

START = 1_640_995_200_000_000
TS = START + np.arange(400, dtype=np.int64) * HOUR
BASE = {"reuters": 0.25, "bloomberg": 0.2, "coindesk": 0.15, "cryptopanic": 0.15, "twitter": 0.1, "reddit": 0.1}
BASE["telegram"] = 0.05


def steps(at: int, jump: float) -> np.ndarray:
    """A price that does nothing but jump at one bar."""
    return np.where(np.arange(TS.size) >= at, 100.0 * (1.0 + jump), 100.0)


def signal(bar: int, tone: float, source: str = "reuters", late: int = 1) -> Signal:
    return Signal(source, int(TS[bar]) + late, tone)


@pytest.mark.parametrize(
    ("tone", "jump_at", "jump", "right"),
    [
        (0.5, 105, 0.02, True),
        (-0.5, 105, 0.02, False),
        (-0.5, 105, -0.02, True),
        (0.5, 102, 0.02, True),
        (0.5, 101, 0.02, False),  # the first open after the arrival has it already: what comes is less than the mean
        (0.5, 125, 0.02, True),
        (0.5, 126, 0.02, None),  # the horizon ends at the open of bar 125
    ],
)
def test_a_signal_is_entered_at_the_next_open_and_left_a_horizon_later(
    tone: float, jump_at: int, jump: float, right: bool | None
) -> None:
    found = outcomes_of([signal(100, tone)], TS, steps(jump_at, jump), DAY)
    assert [one.right for one in found] == ([] if right is None else [right])
    assert [one.known_at for one in found] == ([] if right is None else [int(TS[125])])


def test_at_the_very_open_it_is_too_late_for_that_open() -> None:
    (found,) = outcomes_of([signal(100, 0.5, late=0)], TS, steps(102, 0.02), DAY)
    assert found.known_at == int(TS[125])


def test_a_rising_market_makes_nobody_right() -> None:
    rising = 100.0 * np.exp(0.001 * np.arange(TS.size))
    slower = np.where(np.arange(TS.size) > 200, rising[200] * np.exp(0.0005 * (np.arange(TS.size) - 200)), rising)
    (found,) = outcomes_of([signal(200, 0.5)], TS, slower, DAY)
    assert not found.right, "it rose, and by less than it had risen on the mean"


def test_words_about_one_move_count_once_for_each_source() -> None:
    prices = steps(105, 0.02)
    twice = [signal(100, 0.5), signal(101, 0.5), signal(101, 0.5, "coindesk")]
    assert [one.source for one in outcomes_of(twice, TS, prices, DAY)] == ["reuters", "coindesk"]
    assert len(outcomes_of([signal(100, 0.5), signal(125, 0.5)], TS, np.linspace(100, 90, TS.size) ** 2, DAY)) == 2


def test_no_outcome_where_bars_are_missing() -> None:
    prices = steps(105, 0.02)
    hole = (np.arange(TS.size) < 101) | (np.arange(TS.size) > 200)
    assert outcomes_of([signal(100, 0.5)], TS[hole], prices[hole], DAY) == []
    assert outcomes_of([signal(399, 0.5), signal(390, 0.5)], TS, prices, DAY) == []


walks = st.lists(st.floats(-0.02, 0.02), min_size=60, max_size=60)


@given(walks, st.lists(st.tuples(st.integers(0, 59), st.sampled_from([-1.0, 1.0])), max_size=8), st.integers(1, 59))
def test_outcomes_known_by_a_bar_do_not_depend_on_later_bars(
    moves: list[float], said: list[tuple[int, float]], cut: int
) -> None:
    prices, ts = 100.0 * np.exp(np.cumsum(moves)), TS[:60]
    signals = [signal(bar, tone, late=bar + 1) for bar, tone in said]
    whole = [one for one in outcomes_of(signals, ts, prices, 5 * HOUR) if one.known_at <= ts[cut - 1]]
    assert outcomes_of(signals, ts[:cut], prices[:cut], 5 * HOUR) == whole


def outcomes(right: int, wrong: int, at: int = START) -> list[Outcome]:
    return [Outcome("reuters", at, number < right) for number in range(right + wrong)]


@pytest.mark.parametrize(
    ("right", "wrong", "multiplier"),
    [(0, 0, None), (1, 0, 22 / 21), (0, 1, 20 / 21), (10, 10, 1.0), (40, 0, 1.5), (0, 400, 0.5), (15, 5, 1.25)],
)
def test_the_record_is_shrunk_and_bounded(right: int, wrong: int, multiplier: float | None) -> None:
    found = reliability_of(outcomes(right, wrong), START, prior=20.0, half_life=DAY)
    assert (found["reuters"].multiplier if found else None) == (multiplier and pytest.approx(multiplier))


def test_only_what_was_known_counts_and_ever_less() -> None:
    good = outcomes(10, 0, START + DAY)
    assert reliability_of(good, START + DAY - 1, 20.0, DAY) == {}
    now, later = (reliability_of(good, START + days * DAY, 20.0, DAY)["reuters"] for days in (1, 3))
    assert (now.count, later.count) == (10.0, 2.5)
    assert 1.0 < later.multiplier < now.multiplier


records = st.dictionaries(
    st.sampled_from(sorted(BASE)), st.floats(*BOUNDS).map(lambda one: Reliability(5.0, 2.5, one / 2.0, one))
)
factors = st.dictionaries(st.sampled_from(sorted(BASE)), st.floats(0.5, 1.5))


@given(records, factors)
def test_weights_are_bounded_and_one_together(record: dict[str, Reliability], condition: dict[str, float]) -> None:
    found = weights_of(BASE, condition, record, "crisis", others=("Archive",))
    assert sum(found[one].weight for one in BASE) == pytest.approx(1.0)
    assert all(BASE[one] / 9.0 - 1e-12 <= found[one].weight <= BASE[one] * 9.0 + 1e-12 for one in BASE)
    assert found["Archive"].base == pytest.approx(0.05)


def test_without_record_and_condition_the_base_holds_and_every_weight_says_why() -> None:
    found = weights_of(BASE, {}, {}, None)
    assert {name: one.weight for name, one in found.items()} == pytest.approx(BASE)
    assert found["reuters"].reliability == UNTRIED
    assert found["reuters"].why == (
        "base 25.0%, no bars tell the market's condition, no past signal counts yet; of all sources together 1"
    )
    told = weights_of(BASE, {"reuters": 1.25}, {"reuters": Reliability(12.0, 8.0, 0.6, 1.2)}, "crisis")["reuters"]
    assert told.why.startswith("base 25.0%, times 1.25 while it is crisis, times 1.20 for 8.0 of 12.0 past signals")
    assert told.weight == pytest.approx(0.375 / 1.125)


def test_the_usual_move_is_that_of_normal_returns() -> None:
    rng = np.random.default_rng(1)
    ts = START + np.arange(20_000, dtype=np.int64) * HOUR
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, ts.size)))
    days = np.abs(np.diff(np.log(closes[::24]))).mean() * 1e4
    assert usual_move_bps(ts, closes, DAY) == pytest.approx(days, rel=0.05)
    assert usual_move_bps(ts[:9], closes[:9], DAY) is None
    assert usual_move_bps(ts, np.full(ts.size, 5.0), DAY) is None


def test_no_outcome_where_nothing_opens_soon_after_the_horizon() -> None:
    hole = (np.arange(TS.size) < 103) | (np.arange(TS.size) > 200)
    assert outcomes_of([signal(100, 0.5)], TS[hole], steps(102, 0.02)[hole], DAY) == []


def test_the_mean_move_is_that_of_thirty_days_before_the_entry() -> None:
    bars = np.arange(TS.size)
    back = np.where(bars < 104, 100.0, np.where(bars < 110, 102.0, 100.3))
    (found,) = outcomes_of([signal(100, 0.5)], TS, back, DAY)
    assert found.right, "what jumped after the entry is no mean to be held against"
    bars = np.arange(2_000)
    long_ago = 100.0 * np.exp(0.001 * np.minimum(bars, 1_000) + 0.005 * (bars > 1_805))
    ts = START + bars * HOUR
    (found,) = outcomes_of([Signal("reuters", int(ts[1_800]) + 1, 0.5)], ts, long_ago, DAY)
    assert found.right, "what rose more than thirty days ago is forgotten"


def test_bases_are_shares_of_all_bases() -> None:
    assert [one.base for one in weights_of({"a": 3.0, "b": 1.0}, {}, {}, None).values()] == [0.75, 0.25]
    assert weights_of(BASE, {}, {}, None, others=("reuters",))["reuters"].base == pytest.approx(0.25), "configured"
