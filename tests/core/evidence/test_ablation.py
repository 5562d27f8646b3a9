"""What a part adds: figures redrawn in blocks, verdicts over all rows, and the money of following one edge."""

import math

import numpy as np
import pytest

from models.evidence.ablation import ADDS, HARMS, NOTHING, UNKNOWN, less_loss, log_losses, more_correlation, verdicts
from models.evidence.following import (
    COST,
    ENTRIES,
    GROSS,
    POSITION,
    Costs,
    better_timing,
    followed,
    held,
    money_of,
    net_of,
)
from models.evidence.redrawn import Figure, correlated, correlation, drawn_sums, mean, redrawn
from models.evidence.saying import figures_of
from models.predictors import Predictions
from models.predictors.labels import Labels
from models.types import BadInput

NAN = math.nan
# A round trip costs 20 basis points.
FREE, SPOT, SHORTS = Costs(0.0, 0.0, 0.0, 0.0), Costs(0.001, 0.0, 0.0, 0.0), Costs(0.001, 0.0, 0.0, 1.0)
FLAT = [100.0] * 8


# What is said at each close, the venue, and what is held from each open to the next.
@pytest.mark.parametrize(
    ("said", "costs", "position", "entries"),
    [
        # Not more than it costs: nothing.
        ([20, 20, 20, 20, 20, 20, 20, 20], SPOT, [0, 0, 0, 0, 0, 0, 0, 0], []),
        # One word: from the next open, over the horizon of three bars.
        ([21, NAN, NAN, NAN, NAN, NAN, NAN, NAN], SPOT, [0, 1, 1, 1, 0, 0, 0, 0], [1]),
        # Said again before it ends: a horizon longer.
        ([21, NAN, 21, NAN, NAN, NAN, NAN, NAN], SPOT, [0, 1, 1, 1, 1, 1, 0, 0], [1]),
        # A smaller word of the same side neither ends it nor renews it.
        ([21, 5, 5, 5, 5, 5, 5, 5], SPOT, [0, 1, 1, 1, 0, 0, 0, 0], [1]),
        # A word against it ends it at the next open; without shorts that is all.
        ([21, -90, -90, -90, NAN, NAN, NAN, NAN], SPOT, [0, 1, 0, 0, 0, 0, 0, 0], [1]),
        ([21, -90, NAN, NAN, NAN, NAN, NAN, NAN], SHORTS, [0, 1, -1, -1, -1, 0, 0, 0], [1, 2]),
        # The last open ends everything, and nothing begins there.
        ([NAN, NAN, NAN, NAN, NAN, 21, 21, 21], SPOT, [0, 0, 0, 0, 0, 0, 1, 0], [6]),
        ([NAN, NAN, NAN, NAN, NAN, NAN, 21, 21], SPOT, [0, 0, 0, 0, 0, 0, 0, 0], []),
    ],
)
def test_what_is_held(said: list[float], costs: Costs, position: list[int], entries: list[int]) -> None:
    done = followed(np.array(said, float), np.array(FLAT), 3, costs)
    assert done[:, POSITION].tolist() == position
    assert np.flatnonzero(done[:, ENTRIES]).tolist() == entries
    # At a price that stands still every entry costs two sides.
    assert done[:, GROSS].tolist() == [0.0] * 8
    assert done[:, COST].sum() == pytest.approx(0.002 * len(entries))


def test_gains_are_returns_from_open_to_open_and_costs_stand_where_they_are_paid() -> None:
    opens = np.array([100.0, 110.0, 121.0, 96.8, 96.8, 96.8])
    done = followed(np.array([30.0, NAN, NAN, NAN, NAN, NAN]), opens, 2, Costs(0.001, 0.0005, 0.0, 0.0))
    assert done[:, GROSS] == pytest.approx([0.0, 0.1, -0.2, 0.0, 0.0, 0.0])
    assert done[:, COST] == pytest.approx([0.0, 0.0015, 0.0005, 0.001, 0.0, 0.0])
    short = followed(np.array([-30.0, NAN, NAN, NAN, NAN, NAN]), opens, 2, Costs(0.001, 0.0, 0.002, 1.0))
    assert short[:, GROSS] == pytest.approx([0.0, -0.1, 0.2, 0.0, 0.0, 0.0])
    assert short[:, COST] == pytest.approx([0.0, 0.003, 0.002, 0.001, 0.0, 0.0])


def test_following_is_prefix_invariant_and_agrees_with_its_plain_twin() -> None:
    generator = np.random.default_rng(1)
    opens = 100.0 * np.exp(np.cumsum(generator.normal(0, 0.01, 400)))
    said = np.where(generator.random(400) < 0.3, NAN, generator.normal(0, 30, 400))
    whole = followed(said, opens, 5, SHORTS)
    plain = getattr(followed, "py_func", followed)(said, opens, 5, SHORTS)
    assert np.array_equal(whole, plain)
    # The last open of the shorter one closes what the longer one holds on.
    assert np.array_equal(followed(said[:250], opens[:250], 5, SHORTS)[:249], whole[:249])


def test_money_before_and_after_costs() -> None:
    opens = np.array([100.0, 100.0, 101.0, 102.01, *[102.01] * 60])
    said = np.full(64, NAN)
    said[0] = 50.0
    money = money_of(followed(said, opens, 2, SPOT), 640.0, 4, 7)
    assert (money.trades, money.exposure) == (1, 2 / 64)
    assert money.trade_gross_bps == pytest.approx(200.0)
    assert money.trade_net_bps == pytest.approx(180.0)
    assert (money.gross, money.net) == pytest.approx((0.2, 0.18))
    assert money.gross_sharpe is not None
    assert money.net_sharpe is not None
    assert money.net_sharpe < money.gross_sharpe
    assert money.bar_net_bps is not None
    assert money.bar_net_bps.value == pytest.approx(180.0 / 64)
    idle = money_of(followed(np.full(64, NAN), opens, 2, SPOT), 640.0, 4, 7)
    assert (idle.trades, idle.trade_net_bps, idle.net, idle.net_sharpe) == (0, None, 0.0, None)


def test_timing_is_what_is_left_beyond_holding_as_much() -> None:
    generator = np.random.default_rng(2)
    opens = 100.0 * np.exp(np.cumsum(generator.normal(0.002, 0.01, 2000)))
    # In a market that rises, who is always in earns much and has no timing; who knows the next bar has.
    always = money_of(held(opens, FREE), 250.0, 10, 1)
    assert always.net > 0.1
    assert always.timing_bps is not None
    assert always.timing_bps.value == pytest.approx(0.0, abs=0.02)
    coming = np.append(np.diff(opens), [0.0])
    said = np.where(np.append(coming[1:], 0.0) > 0.0, 30.0, -30.0)
    knows, random = followed(said, opens, 5, FREE), followed(generator.permutation(said), opens, 5, FREE)
    clever, lucky = money_of(knows, 250.0, 10, 1), money_of(random, 250.0, 10, 1)
    assert clever.timing_bps is not None
    assert lucky.timing_bps is not None
    assert clever.timing_bps.low > 0.0
    assert lucky.timing_bps.low < 0.0 < lucky.timing_bps.high
    net, position, market = net_of(knows), knows[:, POSITION], np.append(np.diff(opens) / opens[:-1], 0.0)
    assert clever.timing_bps.value == pytest.approx(1e4 * (net.mean() - position.mean() * market.mean()))
    gain = better_timing(knows, random, 10, 1)
    assert gain is not None
    assert gain.value == pytest.approx(clever.timing_bps.value - lucky.timing_bps.value)
    assert gain.low > 0.0


def test_holding_pays_for_coming_and_going_alone() -> None:
    done = held(np.array([100.0, 110.0, 99.0]), SPOT)
    assert net_of(done) == pytest.approx([0.1 - 0.001, -0.1, -0.001])


def test_a_figure_redrawn_in_single_bars_has_the_deviation_of_the_textbook() -> None:
    values = np.random.default_rng(3).normal(1.0, 2.0, 4000)
    found = redrawn(np.column_stack([values, np.ones(4000)]), mean, 1, 5)
    assert found is not None
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(values.std() / math.sqrt(4000), rel=0.06)
    assert (found.value - found.low, found.high - found.value) == pytest.approx((1.96 * found.error,) * 2, rel=0.12)
    assert redrawn(np.column_stack([values, np.ones(4000)]), mean, 1, 5) == found


def test_blocks_keep_what_overlaps_together() -> None:
    """Sums over 24 bars that overlap: single bars would take them for independent."""
    noise = np.random.default_rng(4).normal(0.0, 1.0, 20_000)
    overlapping = np.convolve(noise, np.ones(24), "valid")
    columns = np.column_stack([overlapping, np.ones(overlapping.size)])
    alone, together = redrawn(columns, mean, 1, 5), redrawn(columns, mean, 96, 5)
    assert alone is not None
    assert together is not None
    assert together.error == pytest.approx(24.0 / math.sqrt(20_000), rel=0.12)
    assert alone.error < 0.25 * together.error


def test_drawn_sums_are_of_whole_blocks_and_wrap_around() -> None:
    columns = np.eye(6)
    sums = drawn_sums(columns, 3, 1, 500)
    assert sums.sum(axis=1).tolist() == [6.0] * 500
    # Every bar is as likely as every other, the first and the last too.
    assert sums.mean(axis=0) == pytest.approx(np.ones(6), abs=0.15)
    # A block holds three neighbours: the first bar is never drawn without one of them.
    alone = (sums[:, 0] > 0) & (sums[:, [1, 2, 4, 5]].sum(axis=1) == 0)
    assert not alone.any()


def test_a_correlation_is_that_of_the_bars_where_both_are_known() -> None:
    generator = np.random.default_rng(6)
    x, y = generator.normal(0, 1e-3, 500), 1e4 + generator.normal(0, 1, 500)
    y[::2] += 500.0 * x[::2]
    x[7], y[11] = NAN, NAN
    known = np.isfinite(x) & np.isfinite(y)
    sums = correlated(x, y).sum(axis=0)[None]
    assert correlation(sums)[0] == pytest.approx(np.corrcoef(x[known], y[known])[0, 1])
    assert redrawn(correlated(np.zeros(500), y), correlation, 5, 1) is None


def test_too_few_blocks_give_no_figure_and_wrong_values_are_refused() -> None:
    assert redrawn(np.ones((99, 2)), mean, 10, 1) is None
    with pytest.raises(BadInput, match="zeros where a bar does not count"):
        redrawn(np.array([[NAN, 1.0]]), mean, 1, 1)
    with pytest.raises(BadInput, match="blocks of 0 bars"):
        redrawn(np.ones((99, 2)), mean, 0, 1)


def test_verdicts_hold_for_all_rows_at_once() -> None:
    clear, near, bad = Figure(4.0, 2.0, 6.0, 1.0), Figure(2.2, 0.2, 4.2, 1.0), Figure(-4.0, -6.0, -2.0, 1.0)
    (alone,) = verdicts([near])
    assert alone is not None
    # 2.2 deviations above zero are enough for a row by itself, not for one of three.
    assert (alone.finding, alone.low) == (ADDS, pytest.approx(2.2 - 1.96, abs=1e-3))
    found = verdicts([clear, near, None, bad])
    assert [one and one.finding for one in found] == [ADDS, UNKNOWN, None, HARMS]
    assert found[0] is not None
    assert found[0].low == pytest.approx(4.0 - 2.394, abs=1e-3)
    assert verdicts([None]) == [None]
    # A part that changes no bar is no row that luck could have made.
    for idle in (Figure(0.0, 0.0, 0.0, 0.0), Figure(4e-9, 3e-9, 5e-9, 1e-10)):
        nothing, same = verdicts([idle, near])
        assert (nothing and nothing.finding, same) == (NOTHING, alone)
    (steady,) = verdicts([Figure(0.01, 0.01, 0.01, 0.0)])
    assert steady is not None
    assert steady.finding == ADDS


def test_of_rows_that_are_nothing_but_chance_hardly_a_report_finds_one() -> None:
    wrong = 0
    for seed in range(10):
        generator = np.random.default_rng(seed)
        rows = [
            less_loss(generator.normal(0.7, 0.1, 2000), generator.normal(0.7, 0.1, 2000), 20, seed) for _ in range(8)
        ]
        wrong += any(one is not None and one.finding != UNKNOWN for one in verdicts(rows))
    assert wrong <= 3


def test_what_helps_is_found_and_its_sign_is_right() -> None:
    generator = np.random.default_rng(8)
    outcome = generator.normal(0, 100, 4000)
    whole, without = 0.2 * outcome + generator.normal(0, 50, 4000), generator.normal(0, 50, 4000)
    rows = [more_correlation(whole, without, outcome, 20, 1), more_correlation(without, whole, outcome, 20, 1)]
    assert [one and one.finding for one in verdicts(rows)] == [ADDS, HARMS]
    assert rows[0] is not None
    expected = np.corrcoef(whole, outcome)[0, 1] - np.corrcoef(without, outcome)[0, 1]
    assert rows[0].value == pytest.approx(expected)
    # A part whose absence leaves silence: what the whole has is what the part adds.
    silent = more_correlation(whole, np.zeros(4000), outcome, 20, 1)
    assert silent is not None
    assert silent.value == pytest.approx(np.corrcoef(whole, outcome)[0, 1])


def test_paired_losses_see_what_unpaired_ones_would_not() -> None:
    generator = np.random.default_rng(9)
    without = generator.exponential(1.0, 3000)
    gain = less_loss(without - 0.01, without, 10, 1)
    assert gain is not None
    assert (gain.value, gain.error) == (pytest.approx(0.01), pytest.approx(0.0, abs=1e-9))


def test_a_loss_is_known_where_word_and_outcome_are() -> None:
    found = log_losses(np.array([0.25, 0.25, NAN, 0.5, 0.0]), np.array([1.0, 0.0, 1.0, NAN, 1.0]))
    assert found == pytest.approx(
        [-math.log(0.25), -math.log(0.75), NAN, NAN, -math.log(np.finfo(float).eps)], nan_ok=True
    )


def _error(probability: np.ndarray, rose: np.ndarray) -> float:
    parts = [probability == one for one in np.unique(probability)]
    return sum(abs((probability[part] - rose[part]).sum()) for part in parts) / probability.size


def test_figures_of_words() -> None:
    n = 600
    generator = np.random.default_rng(10)
    rose = (generator.random(n) < 0.6).astype(float)
    rose[5] = NAN
    outcome = np.where(rose > 0.5, 10.0, -10.0) + 0.0 * rose
    said = Predictions.none(np.arange(n))
    said.edge_bps[:] = np.where(generator.random(n) < 0.8, outcome, -outcome)
    said.probability[:] = np.where(said.edge_bps > 0.0, 0.8, 0.3)
    said.probability[9] = NAN
    labels = Labels(rose, np.arange(n), outcome, np.arange(n), np.ones(n))
    found = figures_of(said, labels, 10, 1)
    known = np.isfinite(said.edge_bps)
    assert found.bars == known.sum() == n - 1
    assert found.hit_rate is not None
    assert found.hit_rate.value == pytest.approx((said.edge_bps[known] == outcome[known]).mean())
    assert found.correlation is not None
    assert found.correlation.low < found.correlation.value < found.correlation.high
    both = np.isfinite(rose) & np.isfinite(said.probability)
    p = np.where(rose[both] > 0.5, said.probability[both], 1.0 - said.probability[both])
    share = rose[both].mean()
    assert found.log_loss == pytest.approx(-np.log(p).mean())
    assert found.gain is not None
    base = -(share * math.log(share) + (1 - share) * math.log(1 - share))
    assert found.gain.value == pytest.approx(base + np.log(p).mean())
    assert (found.raw_error, found.error) == (None, pytest.approx(_error(said.probability[both], rose[both])))
    silent = figures_of(Predictions.none(np.arange(n)), labels, 10, 1)
    assert silent == type(silent)(0, *[None] * 6)
