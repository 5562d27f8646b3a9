"""What closes a bar to entries: each gate, their precedence, and that nothing depends on later bars."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lakes import merge
from synthetic import START, swinging_bars

from data.bar_rows import Batch
from models.types import Bars, Reason, Series
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.gates import gates
from tasks.session.happenings import happenings
from tasks.session.second_source import known_closes, second_closes

pytestmark = pytest.mark.risk

BTC, SECOND = Series("binance", "BTC/USDT", "1h"), Series("kraken", "BTC/USDT", "1h")
SPY = Series("alpaca", "SPY", "1d")
COUNT = 400
MONDAY = 1_578_268_800_000_000  # 2020-01-06


@pytest.fixture
def desk(tmp_path: Path, keel_home: Path) -> Desk:
    return build_desk(as_of=START + 10_000 * HOUR, folder=tmp_path / "home")


def codes(desk: Desk, series: Series, bars: Bars) -> list[int]:
    return gates(desk, series, bars, np.ones(len(bars))).tolist()


def with_risk(desk: Desk, **groups: dict[str, object]) -> Desk:
    """The desk with other figures in groups of `risk`."""
    settings = desk.loaded.settings
    changed = {name: getattr(settings.risk, name).model_copy(update=update) for name, update in groups.items()}
    risk = settings.risk.model_copy(update=changed)
    return replace(desk, loaded=replace(desk.loaded, settings=settings.model_copy(update={"risk": risk})))


def moved(bars: Bars, rows: slice, times: float) -> Bars:
    """The bars with every price of some rows multiplied."""
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[rows] *= times
    return replace(bars, **columns)


def wild(bars: Bars, rows: slice) -> Bars:
    """The bars with highs and lows far apart in some rows."""
    high, low = bars.high.copy(), bars.low.copy()
    high[rows] *= 1.06
    low[rows] *= 0.94
    return replace(bars, high=high, low=low)


def test_quiet_bars_are_open(desk: Desk) -> None:
    assert set(codes(desk, BTC, swinging_bars(1, COUNT))) == {0}
    assert gates(desk, BTC, swinging_bars(1, 0), np.ones(0)).tolist() == []


def test_a_storm_closes_until_it_is_usual(desk: Desk) -> None:
    found = codes(desk, BTC, wild(swinging_bars(1, COUNT), slice(300, 320)))
    stormy = [k for k, code in enumerate(found) if code]
    assert {found[k] for k in stormy} == {int(Reason.REFUSED_VOLATILITY)}
    assert 300 < stormy[0] < 315
    assert stormy[-1] < 335
    calmer = with_risk(desk, controls={"most_volatility_ratio": 100.0})
    assert set(codes(calmer, BTC, wild(swinging_bars(1, COUNT), slice(300, 320)))) == {0}


def test_a_close_beyond_the_collar_is_refused(desk: Desk) -> None:
    jumped = moved(swinging_bars(1, COUNT), slice(200, None), 1.25)
    found = codes(desk, BTC, jumped)
    assert [k for k, code in enumerate(found) if code == Reason.REFUSED_COLLAR] == [200, 201]
    wide = with_risk(desk, controls={"price_collar": 0.5})
    assert int(Reason.REFUSED_COLLAR) not in codes(wide, BTC, jumped)


def test_a_known_split_is_no_jump(desk: Desk) -> None:
    more = moved(swinging_bars(1, COUNT), slice(200, None), 1.0 / 1.27)
    split = np.ones(COUNT)
    assert [k for k, code in enumerate(codes(desk, BTC, more)) if code == Reason.REFUSED_COLLAR] == [200, 201]
    split[200] = 1.27
    assert set(gates(desk, BTC, more, split).tolist()) == {0}


def test_another_venue_may_contradict_a_close(desk: Desk) -> None:
    bars = swinging_bars(1, COUNT)
    other = moved(moved(bars, slice(100, 102), 1.3), slice(250, None), 0.7)
    merge(desk.bars, SECOND, other)
    found = codes(desk, BTC, bars)
    assert [k for k, code in enumerate(found) if code] == [100, 101, *range(250, COUNT)]
    assert set(found) == {0, int(Reason.REFUSED_COLLAR)}


def test_a_second_source_that_fell_silent_says_nothing(desk: Desk) -> None:
    bars = swinging_bars(1, COUNT)
    merge(desk.bars, SECOND, moved(bars, slice(0, None), 1.5).rows(slice(0, 100)))
    found = np.array(codes(desk, BTC, bars))
    assert np.flatnonzero(found).tolist() == list(range(102))


def test_a_repair_of_the_second_source_changes_no_past(desk: Desk) -> None:
    bars = swinging_bars(1, COUNT)
    late = moved(bars, slice(0, None), 1.5)
    desk.bars.merge(SECOND, Batch(late, np.full(COUNT, bars.ts[300] + HOUR), "repair"))
    (closes,) = second_closes(desk, BTC, bars.ts)
    # What closed since then, or two bars before, was known in time.
    assert np.isnan(closes[:300]).all()
    assert closes[300:].tolist() == late.close[300:].tolist()


def test_an_old_bar_that_came_late_is_not_the_newest(desk: Desk) -> None:
    bars = swinging_bars(1, COUNT)
    late = moved(bars, slice(0, None), 1.5).rows(slice(0, 100))
    desk.bars.merge(SECOND, Batch(late, np.full(100, bars.ts[300] + HOUR), "repair"))
    assert set(codes(desk, BTC, bars)) == {0}


def test_the_newest_of_what_was_known_counts() -> None:
    ts = np.arange(4) * HOUR
    known_at = ts + HOUR + np.array([0, 90, 0, 0])  # the second one came 90 microseconds late
    found = known_closes(ts + HOUR, known_at, ts, np.array([1.0, 2.0, 3.0, 4.0]), HOUR)
    assert found.tolist() == [1.0, 1.0, 3.0, 4.0]


def test_only_allowed_symbols_are_entered(desk: Desk) -> None:
    bars = swinging_bars(1, 50)
    assert set(codes(with_risk(desk, limits={"allowed": ("ETH/USDT",)}), BTC, bars)) == {
        int(Reason.REFUSED_NOT_ALLOWED)
    }
    assert set(codes(with_risk(desk, limits={"allowed": ("ETH/USDT", "BTC/USDT")}), BTC, bars)) == {0}
    assert set(codes(with_risk(desk, limits={"allowed": ()}), BTC, bars)) == {int(Reason.REFUSED_NOT_ALLOWED)}


def test_no_entry_without_a_session(desk: Desk) -> None:
    """Of two weeks from a Monday on, both weekends have none."""
    ts = MONDAY + np.arange(14, dtype=np.int64) * DAY
    bars = replace(swinging_bars(1, 14), ts=ts)
    found = codes(desk, SPY, bars)
    assert [k for k, code in enumerate(found) if code == Reason.REFUSED_MARKET_CLOSED] == [5, 6, 12, 13]
    assert set(found) == {0, int(Reason.REFUSED_MARKET_CLOSED)}
    assert set(codes(desk, replace(BTC, timeframe="1d"), bars)) == {0}


def test_the_gravest_is_named(desk: Desk) -> None:
    """A Saturday's bar in a storm, off its price: each thing that is taken away shows the next one."""
    saturday = 44 * 7 + 5
    ts = MONDAY + np.arange(COUNT, dtype=np.int64) * DAY
    bars = moved(wild(replace(swinging_bars(1, COUNT), ts=ts), slice(290, 330)), slice(saturday, None), 1.25)
    days, nobody = replace(BTC, timeframe="1d"), with_risk(desk, limits={"allowed": ()})
    assert codes(with_risk(desk, controls={"price_collar": 0.9}), days, bars)[saturday] == Reason.REFUSED_VOLATILITY
    assert codes(desk, days, bars)[saturday] == Reason.REFUSED_COLLAR
    assert codes(nobody, days, bars)[saturday] == Reason.REFUSED_NOT_ALLOWED
    assert codes(nobody, SPY, bars)[saturday] == Reason.REFUSED_MARKET_CLOSED
    absurd = moved(bars, slice(saturday, saturday + 1), 3.0)
    assert codes(nobody, SPY, absurd)[saturday] == Reason.REFUSED_DATA


def test_gates_reach_the_step(desk: Desk) -> None:
    bars = moved(swinging_bars(1, COUNT), slice(200, None), 1.25)
    merge(desk.bars, BTC, bars)
    assert happenings(desk, BTC, bars).gate.tolist() == codes(desk, BTC, bars)


@pytest.mark.parametrize("seed", range(3))
def test_later_bars_close_no_earlier_ones(desk: Desk, seed: int) -> None:
    bars = moved(wild(swinging_bars(seed, COUNT), slice(200, 220)), slice(230, 240), 1.27)
    merge(desk.bars, SECOND, moved(bars, slice(150, 160), 1.4))
    found = codes(desk, BTC, bars)
    assert len(Counter(found)) == 3
    for end in (1, 2, 156, 205, 233, COUNT - 1):
        assert codes(desk, BTC, bars.rows(slice(0, end))) == found[:end]
