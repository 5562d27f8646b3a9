"""The evaluator is the fold: whatever the bars, the genome, the profile and the venue, to the bit, skipping or not."""

import math

import numpy as np
from genomes import (
    CAPITAL,
    INSTRUMENT,
    ODD,
    PROFILE,
    STEPS,
    counted_by_bars,
    folded,
    packed,
    random_genomes,
    random_specialists,
    random_symbol,
)
from houses import houses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import same_bits
from panel_rows import rows_of

from models.engine.evaluator import evaluate
from models.risk import RiskProfile
from models.specialists import Rules
from models.types import Instrument
from models.types.timeframes import DAY

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OFF = math.inf


def level(least, most):
    return st.one_of(st.floats(least, most), st.just(OFF))


genomes = st.builds(
    Rules,
    entry_multiple=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    exit_edge=st.sampled_from([-OFF, -40.0, -5.0, 0.0, 15.0]),
    size=st.floats(0.01, 1.0),
    share=st.sampled_from([0.0, 0.4, 1.0, 1.0]),
    shorts=st.sampled_from([0.0, 1.0]),
    limit_offset=st.sampled_from([0.0, 0.0, 0.0005, 0.004]),
    stop_loss=level(0.002, 0.2),
    stop_atr=level(0.3, 8.0),
    range_stop=level(0.0, 0.05),
    take_profit=level(0.001, 0.2),
    take_ratio=level(0.3, 5.0),
    range_target=level(0.3, 1.2),
    trail=level(0.001, 0.2),
    trail_atr=level(0.3, 8.0),
    partial_at=level(0.001, 0.1),
    partial_share=st.floats(0.0, 1.0),
    max_bars=st.one_of(st.integers(0, 80).map(float), st.just(OFF)),
    max_entries=st.sampled_from([0.0, 1.0, 2.0, OFF]),
    sentiment_weight=st.sampled_from([0.0, 0.0, 0.3, 1.0]),
    momentum_weight=st.sampled_from([0.0, 0.0, 0.7, 1.0]),
    oscillator_weight=st.sampled_from([0.0, 0.0, 1.0]),
    least_volatility=st.sampled_from([0.0, 0.0, 0.9]),
    least_trend=st.sampled_from([0.0, 0.0, 20.0]),
    pullback=st.sampled_from([0.0, 0.0, 1.0]),
    most_width=st.sampled_from([OFF, OFF, 1.2]),
    near_edge=st.sampled_from([OFF, OFF, 0.02]),
    max_exposure=st.sampled_from([OFF, 0.0, 0.05, 0.3]),
    least_cash=st.sampled_from([0.0, 0.0, 0.6]),
    leaves=st.sampled_from([0.0, 0.0, 1.0]),
    takes_over=st.sampled_from([0.0, 1.0]),
    weight=st.sampled_from([OFF, OFF, OFF, OFF, OFF, 0.0, 0.4, 2.0]),
    band=st.sampled_from([0.0, 0.1]),
)
profiles = st.builds(
    RiskProfile,
    max_portfolio_risk=st.floats(0.01, 0.3),
    max_position_risk=st.floats(0.005, 0.2),
    max_position=st.floats(0.05, 2.0),
    max_leverage=st.floats(0.1, 4.0),
    max_drawdown=st.sampled_from([0.01, 0.05, 0.3, 1.0]),
    kelly_fraction=st.sampled_from([0.1, 1.0]),
    pause_days=st.sampled_from([0.0, 0.5, 1.0, 4.0]),
    horizon=st.sampled_from([1.0, 12.0]),
)
instruments = st.builds(
    Instrument,
    tick=st.sampled_from([0.01, 0.25, 0.07]),
    lot=st.sampled_from([1e-5, 0.01, 1.0]),
    min_notional=st.sampled_from([0.0, 5.0, 300.0]),
    taker_fee=st.sampled_from([0.0, 0.001]),
    maker_fee=st.sampled_from([0.0, 0.0005]),
    half_spread=st.sampled_from([0.0, 0.0003]),
    impact=st.sampled_from([0.0, 0.05]),
    volume_share=st.sampled_from([0.01, 0.2, 1.0]),
    through=st.sampled_from([0.0, 1.0, 4.0]),
    fee_in_base=st.sampled_from([0.0, 1.0]),
    margin=st.sampled_from([1.0, 0.4, 0.1]),
    maintenance=st.sampled_from([0.0, 0.05]),
    liquidation_fee=st.sampled_from([0.0, 0.01]),
    shorts=st.sampled_from([0.0, 1.0]),
    long_carry=st.sampled_from([0.0, 0.0, 0.002]),
    short_carry=st.sampled_from([0.0, 0.0, -0.001]),
    class_limit=st.floats(0.1, 1.0),
)
symbols = st.builds(
    random_symbol,
    seed=st.integers(0, 2**32),
    bars=st.integers(0, 400),
    odd=st.lists(st.sampled_from(ODD), unique=True).map(tuple),
    step=st.sampled_from(STEPS),
    start=st.sampled_from([0, 18_000 * DAY]),
)


def evaluated(panel, parameters, skip):
    """Account, position and figures of the one genome in `parameters`."""
    done = evaluate(panel, parameters.rules[0, :1], parameters, CAPITAL, skip)
    return done.accounts[0], done.books[0], done.ladders[0], done.figures[0]


@SETTINGS
@given(panel=symbols, genome=genomes, profile=profiles, instrument=instruments, house=houses)
def test_equals_the_fold_bar_by_bar(panel, genome, profile, instrument, house):
    parameters = packed(np.array(genome), profile, instrument, house=house)
    state, figures = counted_by_bars(panel, parameters)
    for skip in (False, True):
        account, book, ladder, found = evaluated(panel, parameters, skip)
        assert same_bits(account, state.accounts[0]), (skip, account - state.accounts[0])
        assert same_bits(book, state.book[0]), (skip, book - state.book[0])
        assert same_bits(ladder, state.ladder), (skip, ladder - state.ladder)
        assert same_bits(found, figures), (skip, found - figures)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    odd=st.sampled_from([(), ("gates",), ("undecided", "splits"), ("finer", "volume")]),
    ends=st.lists(st.integers(0, 1500), min_size=1, max_size=5),
)
def test_the_first_bars_alone_give_what_a_fold_over_them_does(seed, odd, ends):
    whole = random_symbol(seed, 1500, odd)
    genomes = np.concatenate((random_genomes(seed, 4), random_specialists(seed, 8)))
    for end in ends:
        panel = rows_of(whole, slice(end))
        done = evaluate(panel, genomes, packed(genomes[0], PROFILE, INSTRUMENT), CAPITAL)
        for row, genome in enumerate(genomes):
            state = folded(panel, packed(genome, PROFILE, INSTRUMENT))
            assert same_bits(done.accounts[row], state.accounts[0])
            assert same_bits(done.books[row], state.book[0])
