"""The evaluator of searches against backtests of the same genomes, and what it refuses."""

import math

import numpy as np
import pytest
from genomes import (
    CAPITAL,
    INSTRUMENT,
    ODD,
    PROFILE,
    backtest,
    counted_by_bars,
    folded,
    packed,
    random_genomes,
    random_specialists,
    random_symbol,
)
from markets import same_bits
from panel_rows import rows_of

from models.engine.evaluator import evaluate
from models.engine.panel import empty_panel
from models.risk import no_house
from models.specialists import Rules, plain_rules
from models.types import BadInput, Instrument, Reason
from models.types.timeframes import HOUR, MINUTE

PLAIN = packed(random_genomes(0, 1)[0], PROFILE, INSTRUMENT)
PLAIN_RULES = plain_rules(0.0, 0.5, 1.0, math.inf, math.inf)._replace(
    exit_edge=-math.inf, partial_at=0.0625, partial_share=0.0, max_entries=1.0
)
VENUES = {
    "plain": INSTRUMENT,
    "long only": INSTRUMENT._replace(shorts=0.0),
    "margin": INSTRUMENT._replace(margin=0.2, maintenance=0.05, liquidation_fee=0.01),
    "carry": INSTRUMENT._replace(long_carry=0.001, short_carry=-0.0005),
    "thin": INSTRUMENT._replace(volume_share=0.005, min_notional=50.0, impact=0.05),
    "free": INSTRUMENT._replace(taker_fee=0.0, maker_fee=0.0, half_spread=0.0, impact=0.0),
}


@pytest.mark.parametrize("odd", [(), ODD, ("gates", "undecided"), ("splits", "dividends")], ids=str)
@pytest.mark.parametrize("venue", VENUES)
def test_thousands_of_genomes_end_where_their_backtests_do(venue, odd):
    panel, genomes = random_symbol(7, 3000, odd), random_genomes(3, 200)
    done = evaluate(panel, genomes, packed(genomes[0], PROFILE, VENUES[venue]), CAPITAL)
    walked = evaluate(panel, genomes, packed(genomes[0], PROFILE, VENUES[venue]), CAPITAL, skip=False)
    ends = [folded(panel, packed(genome, PROFILE, VENUES[venue])) for genome in genomes]
    assert same_bits(done.accounts, np.concatenate([state.accounts for state in ends]))
    assert same_bits(done.books, np.concatenate([state.book for state in ends]))
    for name in ("figures", "accounts", "books"):
        assert same_bits(getattr(done, name), getattr(walked, name)), name
    assert done.figure("trades").mean() > 5.0


@pytest.mark.parametrize("odd", [(), ODD, ("gates",), ("prices", "undecided")], ids=str)
@pytest.mark.parametrize("venue", ["plain", "margin", "free"])
def test_so_do_specialists_over_changing_regimes(venue, odd):
    """A position is given up or taken over where the regime changes, be that on a bar at which nobody could decide."""
    panel, genomes = random_symbol(61, 3000, odd), random_specialists(67, 200)
    done = evaluate(panel, genomes, packed(genomes[0], PROFILE, VENUES[venue]), CAPITAL)
    runs = [backtest(panel, packed(genome, PROFILE, VENUES[venue])) for genome in genomes]
    assert same_bits(done.accounts, np.concatenate([run.state.accounts for run in runs]))
    assert same_bits(done.books, np.concatenate([run.state.book for run in runs]))
    walked = evaluate(panel, genomes, packed(genomes[0], PROFILE, VENUES[venue]), CAPITAL, skip=False)
    assert same_bits(done.figures, walked.figures)
    said = {Reason(int(code)) for run in runs for code in np.unique(run.reasons)}
    assert said >= {Reason.EXIT_SWITCH, Reason.REDUCE_EXPOSURE, Reason.ADD_WEIGHT, Reason.REFUSED_NO_TREND}


@pytest.mark.parametrize("drawdown", [0.005, 0.03, 1.0, 1.5])
@pytest.mark.parametrize("pause_days", [0.0, 1.5, 40.0])
def test_pauses_are_the_folds(drawdown, pause_days):
    profile = PROFILE._replace(max_drawdown=drawdown, pause_days=pause_days, max_position=1.0)
    house = no_house()._replace(daily_loss=0.004, reduce_days=1.0)
    panel, genomes = random_symbol(11, 3000), random_genomes(5, 150)
    done = evaluate(panel, genomes, packed(genomes[0], profile, INSTRUMENT, house=house), CAPITAL)
    ends = [folded(panel, packed(genome, profile, INSTRUMENT, house=house)) for genome in genomes]
    assert same_bits(done.accounts, np.concatenate([state.accounts for state in ends]))
    assert same_bits(done.ladders, np.array([state.ladder for state in ends]))


def test_the_rest_of_a_day_without_entries_is_the_folds_too():
    whole, genomes = random_symbol(43, 700, ("prices", "splits", "undecided"), step=4 * HOUR), random_genomes(47, 20)
    genomes[:, Rules._fields.index("max_entries")] = np.arange(20) % 2
    genomes[:, Rules._fields.index("entry_multiple")] = 0.0
    profile, house = PROFILE, no_house()._replace(daily_loss=0.003, reduce_days=1.0)
    for end in range(300, 700, 9):
        panel = rows_of(whole, slice(end))
        done = evaluate(panel, genomes, packed(genomes[0], profile, INSTRUMENT, house=house), CAPITAL)
        ends = [folded(panel, packed(genome, profile, INSTRUMENT, house=house)) for genome in genomes]
        assert same_bits(done.accounts, np.concatenate([state.accounts for state in ends])), end
        assert same_bits(done.ladders, np.array([state.ladder for state in ends])), end
        assert same_bits(done.books, np.concatenate([state.book for state in ends])), end


def test_the_peak_of_a_paused_system_stays_while_bars_are_skipped():
    """Its position closes above the old peak while only a person may end the pause: found by a wider search."""
    panel = random_symbol(8495, 313, ("prices", "volume", "gates", "splits"), 5 * MINUTE, 0)
    genome = np.array(PLAIN_RULES._replace(stop_loss=0.125, stop_atr=1.0, range_stop=0.0, take_ratio=1.0))
    profile = PROFILE._replace(
        max_portfolio_risk=0.25, max_position_risk=0.125, max_position=1.0, max_leverage=1.0, max_drawdown=0.01,
        kelly_fraction=0.1, pause_days=0.0, horizon=1.0,
    )  # fmt: skip
    venue = Instrument(0.01, 1.0, 0.0, 0.0, 0.0, volume_share=0.01)
    parameters = packed(genome, profile, venue)
    state = folded(panel, parameters)
    for skip in (False, True):
        done = evaluate(panel, genome[None], parameters, CAPITAL, skip)
        assert same_bits(done.accounts, state.accounts), skip


def test_a_pause_of_no_days_on_the_first_day_of_all_is_the_folds():
    whole, genomes = random_symbol(53, 600, step=5 * MINUTE, start=0), random_genomes(59, 20)
    profile = PROFILE._replace(max_drawdown=0.001, pause_days=0.0, max_position=1.0)
    house = no_house()._replace(entries_drawdown=0.0005, pause_days=0.5)
    for end in range(250, 600, 11):
        panel = rows_of(whole, slice(end))
        done = evaluate(panel, genomes, packed(genomes[0], profile, INSTRUMENT, house=house), CAPITAL)
        ends = [folded(panel, packed(genome, profile, INSTRUMENT, house=house)) for genome in genomes]
        assert same_bits(done.accounts, np.concatenate([state.accounts for state in ends])), end
        assert same_bits(done.ladders, np.array([state.ladder for state in ends])), end


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trail", -0.02),
        ("trail", 1.5),
        ("trail", math.nan),
        ("trail_atr", -2.0),
        ("trail_atr", math.nan),
        ("entry_multiple", -1.0),
        ("entry_multiple", math.nan),
        ("entry_multiple", math.inf),
        ("exit_edge", math.nan),
        ("exit_edge", math.inf),
        ("max_bars", 0.0),
        ("max_bars", 2.5),
        ("max_bars", -3.0),
        ("max_bars", math.nan),
        ("share", -1.0),
        ("shorts", 0.5),
    ],
)
def test_absurd_genomes_do_what_they_do_in_a_backtest(name, value):
    panel, genomes = random_symbol(13, 1500, ("gates", "splits")), random_genomes(17, 40)
    genomes[:, Rules._fields.index(name)] = value
    done = evaluate(panel, genomes, PLAIN, CAPITAL)
    ends = [folded(panel, packed(genome, PROFILE, INSTRUMENT)) for genome in genomes]
    assert same_bits(done.accounts, np.concatenate([state.accounts for state in ends]))
    assert same_bits(done.books, np.concatenate([state.book for state in ends]))


@pytest.mark.parametrize("odd", [(), ODD], ids=str)
def test_the_figures_are_those_counted_from_outside(odd):
    panel, genomes = random_symbol(19, 800, odd), random_genomes(23, 25)
    done = evaluate(panel, genomes, PLAIN, CAPITAL)
    for row, genome in enumerate(genomes):
        state, figures = counted_by_bars(panel, packed(genome, PROFILE, INSTRUMENT))
        assert same_bits(done.figures[row], figures)
        assert same_bits(done.accounts[row], state.accounts[0])


def test_a_round_trip_by_hand():
    panel = empty_panel(np.arange(5, dtype=np.int64) * HOUR, 1, np.empty((0, 2)))
    panel.prices[:, 0] = [
        [100, 100, 100, 100, 1e6],
        [100, 101, 99, 100, 1e6],
        [100, 111, 99, 100, 1e6],
        [100, 100, 100, 100, 1e6],
        [100, 100, 100, 100, 1e6],
    ]
    panel.figures[:, 0, :5] = [0.0, 0.01, 0.01, 0.9, 1.1]
    panel.figures[0, 0, 0] = 500.0
    panel.codes[:, 0, 1] = 0
    rules = np.array([plain_rules(1.0, 0.5, 1.0, 0.05, 0.1)._replace(exit_edge=-math.inf)])
    profile = PROFILE._replace(max_position_risk=1.0, max_portfolio_risk=1.0, kelly_fraction=1.0)
    instrument = INSTRUMENT._replace(taker_fee=0.001, maker_fee=0.0, half_spread=0.0, impact=0.0, volume_share=1.0)
    done = evaluate(panel, rules, packed(rules[0], profile, instrument), CAPITAL)
    # Half of 10,000 at 100 is 50 units for a fee of 5; sold at the target of 110.
    found = {name: done.figure(name)[0] for name in ("trades", "wins", "gain", "loss", "entries", "held", "costs")}
    assert found == {"trades": 1, "wins": 1, "gain": 495.0, "loss": 0.0, "entries": 1, "held": 1, "costs": 5.0}
    assert done.figure("returns")[0] == 0.0495
    assert done.figure("equity")[0] == 10_495.0


def test_order_and_number_of_genomes_change_nothing():
    panel, genomes = random_symbol(29, 1000), random_genomes(31, 70)
    whole = evaluate(panel, genomes, PLAIN, CAPITAL)
    assert same_bits(evaluate(panel, genomes[::-1], PLAIN, CAPITAL).figures, whole.figures[::-1])
    assert same_bits(evaluate(panel, genomes[5:6], PLAIN, CAPITAL).figures, whole.figures[5:6])
    assert evaluate(panel, genomes[:0], PLAIN, CAPITAL).figures.shape == (0, 11)


def test_one_symbol_and_thirty_two_figures_are_asked_for():
    two = empty_panel(np.zeros(3, np.int64), 2, np.empty((0, 2)))
    with pytest.raises(BadInput, match="one symbol: the panel has 2"):
        evaluate(two, random_genomes(0, 1), PLAIN, CAPITAL)
    with pytest.raises(BadInput, match=r"shape \(2, 31\).*32"):
        evaluate(random_symbol(0, 5), random_genomes(0, 2)[:, 1:], PLAIN, CAPITAL)


def test_the_inputs_are_left_as_they_were():
    panel, genomes = random_symbol(37, 300), random_genomes(41, 3)
    before = [part.copy() for part in panel], genomes.copy()
    evaluate(panel, genomes, PLAIN, CAPITAL)
    assert all(same_bits(one, other) for one, other in zip(before[0], panel, strict=True))
    assert same_bits(before[1], genomes)
