"""Paths of rows, their prices written out by hand."""

import math

import numpy as np
import pytest

from models.engine.panel import CLOSE, CUT, DIVIDEND, EDGE, GATE, REGIME, SPLIT, VOLUME, empty_panel
from models.ensemble.path import closes_before, empty_path, write_path
from models.types import Reason
from models.types.timeframes import DAY, HOUR

NO_BAR = int(Reason.REFUSED_NO_BAR)
STALE = int(Reason.REFUSED_STALE)
NAN = math.nan
FRIDAY = 18_005 * DAY


def panel_of(*closes):
    """Symbols by their closes, NaN for no bar: opens are the close before, highs 1 % above, lows 1 % below; volumes and
    edges count the rows.
    """
    n = len(closes[0])
    panel = empty_panel(FRIDAY + np.arange(n, dtype=np.int64) * HOUR, len(closes), np.empty((0, 2)))
    for i, column in enumerate(closes):
        last = next((one for one in column if not math.isnan(one)), NAN)
        for t, close in enumerate(column):
            if not math.isnan(close):
                panel.prices[t, i] = last, 1.01 * max(last, close), 0.99 * min(last, close), close, 10.0 * t
                panel.codes[t, i] = t % 4, 0
                last = close
            panel.figures[t, i, EDGE] = t
            panel.tails[t, i] = 0.01 * t, 0.02 * t, 0.5, 0.25
    panel.link_rows[:] = np.arange(n)
    return panel._replace(links=np.ones((n, len(closes), len(closes))))


def path_of(panel, rows, closes=None, last=FRIDAY):
    """The path of these rows from `closes`, the newest ones unless given."""
    before = closes_before(panel)
    own = before[-1].copy() if closes is None else np.array(closes, np.float64)
    path = empty_path(panel, len(rows))
    write_path(panel, before, np.array(rows, np.int64), own, last, path)
    return path


def test_prices_go_on_from_the_close_before_the_path():
    path = path_of(panel_of([100.0, 110.0, 99.0, 198.0]), [1, 3, 2, 3])
    assert path.close[:, 0] == pytest.approx([198 * 1.1, 198 * 1.1 * 2, 198 * 1.1 * 2 * 0.9, 198 * 1.1 * 2 * 0.9 * 2])
    assert path.open[1:, 0] == pytest.approx(path.close[:-1, 0])
    assert path.prices[0, 0, :4] == pytest.approx(np.array([100.0, 111.1, 99.0, 110.0]) * 1.98)


def test_everything_else_comes_along_with_its_row():
    panel = panel_of([100.0, 110.0, 99.0, 198.0])
    path = path_of(panel, [3, 1, 2])
    assert path.prices[:, 0, VOLUME].tolist() == [30.0, 10.0, 20.0]
    assert path.edge[:, 0].tolist() == [3.0, 1.0, 2.0]
    assert path.codes[:, 0, REGIME].tolist() == [3, 1, 2]
    assert path.tails[:, 0, :3].tolist() == panel.tails[[3, 1, 2], 0, :3].tolist()
    assert path.link_rows.tolist() == [3, 1, 2]
    assert path.links is panel.links or np.array_equal(path.links, panel.links)


def test_nothing_from_outside_and_no_finer_bars_come_along():
    panel = panel_of([100.0, 110.0, 99.0, 198.0])
    panel.events[:] = 1.0
    panel.finer_rows[:] = 0, 1
    panel.decided[:] = False
    path = path_of(panel, [1, 2, 3])
    assert not path.events.any()
    assert not path.finer_rows.any()
    assert path.decided.all()
    assert not path.tails[:, :, CUT].any()


def test_time_goes_on_by_what_lay_before_each_row():
    panel = panel_of([100.0, 110.0, 99.0, 198.0])
    panel.ts[3] += 2 * DAY
    path = path_of(panel, [1, 3, 2], last=FRIDAY + DAY)
    assert path.ts.tolist() == [FRIDAY + DAY + one for one in (HOUR, 2 * HOUR + 2 * DAY, 3 * HOUR + 2 * DAY)]


def test_a_closed_market_keeps_its_gap():
    # The second symbol has no bar in rows 1 and 2; its bar in row 3 is 20 % above what it closed at in row 0.
    path = path_of(panel_of([100.0, 101.0, 102.0, 103.0], [50.0, NAN, NAN, 60.0]), [3, 1, 3], closes=[1.0, 10.0])
    assert path.close[:, 1] == pytest.approx([12.0, NAN, 14.4], nan_ok=True)
    assert path.gate[:, 1].tolist() == [0, NO_BAR, 0]


def test_the_first_bar_of_a_symbol_is_none():
    path = path_of(panel_of([100.0] * 4, [NAN, 50.0, 55.0, 44.0]), [1, 2, 1, 3])
    assert path.close[:, 1] == pytest.approx([NAN, 48.4, NAN, 48.4 * 0.8], nan_ok=True)
    assert path.gate[:, 1].tolist() == [NO_BAR, 0, NO_BAR, 0]


def test_a_symbol_that_never_had_a_bar_has_none_and_pays_nothing():
    panel = panel_of([100.0] * 3, [NAN] * 3)
    panel.actions[:, 1, DIVIDEND] = 0.5
    path = path_of(panel, [2, 1])
    assert np.isnan(path.prices[:, 1, :4]).all()
    assert path.gate[:, 1].tolist() == [NO_BAR, NO_BAR]
    assert path.actions[:, 1, DIVIDEND].tolist() == [0.0, 0.0]


def test_a_bar_that_is_not_usable_is_passed_over():
    panel = panel_of([100.0, 110.0, 121.0, 133.1])
    panel.prices[2, 0, 1] = 1.0  # its high is below its low
    panel.codes[2, 0, GATE] = STALE
    assert closes_before(panel)[:, 0] == pytest.approx([NAN, 100.0, 110.0, 110.0, 133.1], nan_ok=True)
    path = path_of(panel, [1, 2, 3, 1], closes=[1.0])
    assert path.close[[0, 2, 3], 0] == pytest.approx([1.1, 1.1 * 1.21, 1.1 * 1.21 * 1.1])
    assert path.gate[:, 0].tolist() == [0, STALE, 0, 0]


def test_splits_and_dividends():
    # Two for one in row 2, where 104 becomes 52; a dividend of 4 on 100 in row 1, before which the close is 100.
    panel = panel_of([100.0, 104.0, 52.0, 52.0])
    panel.actions[2, 0, SPLIT] = 2.0
    panel.actions[1, 0, DIVIDEND] = 4.0
    path = path_of(panel, [2, 1, 2], closes=[10.0])
    assert path.close[:, 0] == pytest.approx([5.0, 5.2, 2.6])
    assert path.actions[:, 0, SPLIT].tolist() == [2.0, 1.0, 2.0]
    assert path.actions[:, 0, DIVIDEND] == pytest.approx([0.0, 0.2, 0.0])


def test_a_split_without_a_bar_moves_the_last_close():
    panel = panel_of([100.0, NAN, 50.0, 55.0])
    panel.actions[1, 0, SPLIT] = 2.0
    panel.actions[1, 0, DIVIDEND] = 3.0
    assert closes_before(panel)[:, 0] == pytest.approx([NAN, 100.0, 50.0, 50.0, 55.0], nan_ok=True)
    path = path_of(panel, [1, 2, 3, 1, 3], closes=[10.0])
    assert path.close[:, 0] == pytest.approx([NAN, 5.0, 5.5, NAN, 5.5 / 2 * 1.1], nan_ok=True)
    assert path.actions[:, 0, DIVIDEND] == pytest.approx([0.3, 0.0, 0.0, 0.165, 0.0])


def test_rows_in_their_order_are_the_panel_itself():
    panel = panel_of([100.0, 110.0, 99.0, 198.0], [50.0, NAN, 49.0, 51.3])
    path = path_of(panel, [1, 2, 3], closes=panel.close[0], last=int(panel.ts[0]))
    assert np.array_equal(path.ts, panel.ts[1:])
    assert np.array_equal(path.prices[:, :, :5], panel.prices[1:], equal_nan=True)
    assert np.array_equal(path.codes, panel.codes[1:])
    assert path.prices[1, 0, CLOSE] == 99.0
