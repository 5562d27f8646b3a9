"""The share of training bars that are missing, blocked or quarantined."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import START, swinging_bars, wounded

from models.quality.silence import AFTER_HOLE
from models.types import Reason, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.evolving.data_gate import missing_share
from tasks.session.happenings import happenings
from tasks.session.intake import take_in_archive

COUNT = 600
ONE, TWO = Series("binance", "AAA/USDT", "1h"), Series("binance", "BBB/USDT", "1h")
LAST = START + (COUNT - 1) * HOUR
pytestmark = pytest.mark.usefixtures("keel_home")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return build_desk(folder=tmp_path)


def without(*rows: int):
    return np.setdiff1d(np.arange(COUNT), rows)


def test_sound_bars_lack_nothing_and_none_are_no_figure(desk):
    take_in_archive(desk, ONE, swinging_bars(1, COUNT))
    assert missing_share(desk, [ONE], START, LAST) == 0.0
    assert missing_share(desk, [ONE], LAST + HOUR, LAST + 90 * HOUR) is None
    assert missing_share(desk, [], START, LAST) is None


def test_what_lies_before_a_series_or_behind_it_is_not_missing(desk):
    take_in_archive(desk, ONE, swinging_bars(1, COUNT))
    assert missing_share(desk, [ONE], START - 900 * HOUR, LAST + 900 * HOUR) == 0.0


def test_a_hole_counts_and_so_do_the_bars_after_it_that_may_not_be_traded(desk):
    take_in_archive(desk, ONE, swinging_bars(1, COUNT).rows(without(*range(300, 310))))
    assert missing_share(desk, [ONE], START, LAST) == (10 + AFTER_HOLE) / COUNT
    # The part of the hole that lies in the window, and nothing of what lies behind that.
    assert missing_share(desk, [ONE], START + 200 * HOUR, START + 304 * HOUR) == 5 / 105
    assert missing_share(desk, [ONE], START, START + 299 * HOUR) == 0.0


def test_symbols_are_counted_together(desk):
    take_in_archive(desk, ONE, swinging_bars(1, COUNT).rows(without(*range(300, 310))))
    take_in_archive(desk, TWO, swinging_bars(2, COUNT))
    assert missing_share(desk, [ONE, TWO], START, LAST) == (10 + AFTER_HOLE) / (2 * COUNT)


def test_a_quarantined_row_counts_once_and_not_where_a_sound_bar_has_its_place(desk):
    bars = swinging_bars(1, COUNT)
    low = bars.low.copy()
    low[300] = -1.0
    take_in_archive(desk, ONE, replace(bars, low=low))
    assert desk.bars.quarantined(ONE)[0].tolist() == [bars.ts[300]]
    blocked = int((happenings(desk, ONE, desk.bars.read(ONE)).gate == Reason.REFUSED_DATA).sum())
    assert missing_share(desk, [ONE], START, LAST) == (1 + blocked) / COUNT
    take_in_archive(desk, ONE, bars.rows(slice(300, 301)))
    assert missing_share(desk, [ONE], START, LAST) == 0.0


def test_it_is_what_the_gate_of_the_step_refuses_and_what_is_not_there(desk):
    bars = wounded(swinging_bars(1, 1500))
    take_in_archive(desk, ONE, bars)
    stored = desk.bars.read(ONE)
    refused = happenings(desk, ONE, stored).gate == Reason.REFUSED_DATA
    opens = START + np.arange(1500) * HOUR
    lost = np.setdiff1d(opens, stored.ts)
    assert lost.size == 24
    assert refused.sum() > 40
    expected = np.union1d(lost, stored.ts[refused]).size / 1500
    assert missing_share(desk, [ONE], START, int(opens[-1])) == expected


def test_nothing_is_written(desk, lake_hash, keel_home):
    own = build_desk(folder=keel_home)
    take_in_archive(own, ONE, swinging_bars(1, COUNT).rows(without(*range(300, 310))))
    before = lake_hash()
    missing_share(own, [ONE], START, LAST)
    assert lake_hash() == before
