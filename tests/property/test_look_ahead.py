"""Orders, fills and equity know nothing of later bars; a feature and a fill rule that look ahead are caught.

Every planted look-ahead is made out of what the fold is given, so that the compiled fold itself is what is checked.
"""

import numpy as np
import pytest
from causality import assert_causal, assert_same_before, filled_at, rows_before
from drawn_markets import Market, random_books, random_market, seeded_books, seeded_markets
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import INSTRUMENTS, PROFILE, RULES, random_bars, random_panel
from panel_rows import rows_of
from single import packed

from models.engine import Happenings, Run, align, run_backtest, symbol_inputs
from models.engine.panel import CLOSE, OPEN
from models.engine.tables import FILL_LEG, FILL_T, ORDER_T
from models.features import compute_features, range_figures
from models.types import CALENDARS, Leg, Regime, bar_micros

COUNT = 300
CUTS = (20, 77, 150, 222, 299)
SEEDS = range(6)


def lively(seed):
    """A market whose spreads and ticks are small beside its moves, so that no cheat hides in them."""
    return Market(random_panel(seed, COUNT), PROFILE._replace(max_drawdown=0.5), RULES, INSTRUMENTS)


def run(market, panel=None):
    return run_backtest(market.panel if panel is None else panel, market.parameters(), market.start())


@settings(max_examples=80)
@given(market=st.one_of(seeded_markets(COUNT), seeded_books(COUNT)), share=st.floats(0.0, 1.0))
def test_orders_fills_and_equity_do_not_change_when_later_bars_are_removed(market, share):
    cut = round(share * market.panel.ts.size)
    assert_same_before(run(market), run(market, rows_before(market.panel, cut)))


@settings(max_examples=80)
@given(market=st.one_of(seeded_markets(COUNT), seeded_books(COUNT)))
def test_every_fill_comes_after_its_order_at_a_price_of_its_bar(market):
    assert_causal(run(market), market.parameters())


def test_the_markets_reach_every_kind_of_fill():
    """Or the two tests above would show nothing of them."""
    legs = [
        run(one).fills[:, FILL_LEG]
        for seed in range(40)
        for one in (random_market(seed, COUNT, 3), random_books(seed, COUNT))
    ]
    assert {Leg(int(one)) for one in np.concatenate(legs)} == set(Leg) - {Leg.NONE, Leg.EXPIRED, Leg.EXTERNAL}


# A feature that looks ahead: bars -> features -> edges -> orders, with what is planted between the first two.


def momentum(bars):
    return features(bars).momentum


def features(bars):
    return compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, np.full(len(bars), np.nan))


def momentum_of_the_next_bar(bars):
    return np.append(momentum(bars)[1:], np.nan)


def rise_to_the_next_close(bars):
    return np.append(np.diff(bars.close) / bars.close[:-1], np.nan)


def momentum_less_that_of_the_series(bars):
    return momentum(bars) - np.nanmean(momentum(bars))


def backtest_of(bars, feature):
    """A backtest whose edge is a feature of the bars, basis points."""
    edge = 1e4 * feature(bars)
    found = features(bars)
    ranges, regime = range_figures(bars, found.atr, 20), np.arange(len(bars)) // 40 % len(Regime)
    read = symbol_inputs(bars, bar_micros("4h"), found, ranges, regime, edge, Happenings.none(len(bars)))
    return run_backtest(align((read,)), *packed(PROFILE, RULES, INSTRUMENTS[:1], 1e4))


@pytest.fixture(scope="module")
def bars():
    return random_bars(3, 900)


def cut_everywhere(bars, feature):
    whole = backtest_of(bars, feature)
    assert len(whole.fills) > 20
    for cut in range(610, 640):
        assert_same_before(whole, backtest_of(bars.rows(slice(0, cut)), feature))


def test_a_feature_that_looks_back_changes_no_order(bars):
    cut_everywhere(bars, momentum)


@pytest.mark.parametrize("peek", [momentum_of_the_next_bar, rise_to_the_next_close, momentum_less_that_of_the_series])
def test_a_feature_that_looks_ahead_changes_orders(bars, peek):
    with pytest.raises(AssertionError, match="when later bars are"):
        cut_everywhere(bars, peek)


# A fill rule that looks ahead. Each gets what no broker gets: a price that was not known yet, or was gone already.


def at_the_close_of_its_bar(market):
    return run(market, filled_at(market.panel, market.panel.close))


def at_the_close_that_decided(market):
    closes = market.panel.prices[:, :, CLOSE]
    return run(market, filled_at(market.panel, np.vstack([closes[:1], closes[:-1]])))


def at_the_best_of_the_bar(market):
    return run(market, filled_at(market.panel, market.panel.prices[:, :, 2]))


def in_the_bar_that_decided(market):
    """Each bar comes twice: it decides, and then it fills at its own open what it has decided."""
    panel = market.panel
    twice = rows_of(panel, np.repeat(np.arange(len(panel.ts)), 2))
    twice.decided[1::2] = False
    twice.events[1::2] = 0.0
    twice.actions[1::2] = [1.0, 0.0]
    found = run(market, twice)
    found.orders[:, ORDER_T] //= 2
    found.fills[:, FILL_T] //= 2
    return found


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (at_the_close_of_its_bar, "outside of .* which the bar had for it"),
        (at_the_close_that_decided, "outside of .* which the bar had for it"),
        (at_the_best_of_the_bar, "outside of .* which the bar had for it"),
        (in_the_bar_that_decided, "nothing was ordered before this bar|is no entry on that side"),
    ],
)
def test_a_fill_at_a_price_that_nobody_gets_is_caught(fill, message):
    for market in map(lively, SEEDS):
        assert_causal(run(market), market.parameters())
        with pytest.raises(AssertionError, match=message):
            assert_causal(fill(market), market.parameters(), market.panel)


def at_the_next_bars_open(market, panel):
    opens = panel.prices[:, :, OPEN]
    return run(market, filled_at(panel, np.vstack([opens[1:], opens[-1:]])))


def at_the_better_of_two_opens(market, panel):
    opens = panel.prices[:, :, OPEN]
    return run(market, filled_at(panel, np.fmin(opens, np.vstack([opens[1:], opens[-1:]]))))


def by_the_average_open_of_the_window(market, panel):
    """The end of the window moves every fill by a little."""
    opens = panel.prices[:, :, OPEN]
    return run(market, filled_at(panel, opens * 0.999 + 0.001 * np.nanmean(opens, axis=0)))


@pytest.mark.parametrize("fill", [at_the_next_bars_open, at_the_better_of_two_opens, by_the_average_open_of_the_window])
def test_a_fill_rule_that_reads_a_later_bar_changes_with_it(fill):
    """The first cut after a fill removes what it was made of."""
    caught = 0
    for market in map(lively, SEEDS):
        whole = fill(market, market.panel)
        cuts = np.unique(whole.fills[:, FILL_T]).astype(int) + 1
        caught += sum(changes(whole, fill(market, rows_before(market.panel, cut))) for cut in cuts[:20])
    assert caught > 20


def changes(whole: Run, part: Run) -> bool:
    try:
        assert_same_before(whole, part)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("cut", CUTS)
def test_the_same_cuts_change_nothing_of_the_rule_as_it_is(cut):
    for market in map(lively, SEEDS):
        assert not changes(run(market), run(market, rows_before(market.panel, cut)))
