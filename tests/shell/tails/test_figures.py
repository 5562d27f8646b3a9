"""What the engine reads of tails: as it was known at each bar's close, however many bars follow."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tail_fits_made import fickle_fit
from tail_views import PLAN, SETTINGS, hourly_bars, view_of

from conf import load
from models.engine import Links
from models.tails import ScaleSettings, TailSettings, correlation_history, market_scale, tail_history
from models.types import BadInput
from tasks.session.tails import TailPlan, Tails, TailView, book_tails, daily_closes, stand_in, tail_plan
from tasks.session.tails import memory as remembering

pytestmark = pytest.mark.risk

SYMBOLS = ("BTC/USDT", "ETH/USDT", "GLD")
BARS = [hourly_bars(120, seed) for seed in range(3)]


def views(until: int | None = None) -> list[TailView]:
    """Of all bars that closed by then."""
    chosen = [bars if until is None else bars.until(until) for bars in BARS]
    return [view_of(bars, symbol) for bars, symbol in zip(chosen, SYMBOLS, strict=True)]


def same_links(left: Links, right: Links) -> bool:
    return left.known_at.tobytes() == right.known_at.tobytes() and left.matrices.tobytes() == right.matrices.tobytes()


def test_every_bar_has_what_the_day_before_it_said():
    figures, links = book_tails(Tails(fickle_fit), views(), 2, PLAN)
    days = [daily_closes(view.inputs) for view in views()]
    known_at, matrices = correlation_history(days, SETTINGS)
    assert same_links(links, Links(known_at, matrices))
    assert len(known_at) > 8
    for view, own, found in zip(views(), days, figures, strict=True):
        history = tail_history(own, SETTINGS, fickle_fit)
        together = [matrices[known_at <= moment][-1:, 0, 1].sum() or np.nan for moment in own.known_at.tolist()]
        factor = market_scale(history.sigma, np.array(together), PLAN.scale, 365.0)
        closes = view.inputs.bars.ts + 3_600_000_000
        assert found.known_at.tolist() == closes.tolist()
        for bar in range(0, closes.size, 23):
            day = int((own.known_at <= closes[bar]).sum()) - 1
            var = np.nan if day < 0 else history.long_var[day, 1]
            expected = view.volatility[bar] * 3.0 * np.sqrt(24.0) if np.isnan(var) else var
            assert found.long[bar] == pytest.approx(expected, rel=1e-15, nan_ok=True)
            assert found.scale[bar] == (1.0 if day < 0 else factor[day])
        last = int((own.known_at <= closes[-1]).sum()) - 1
        assert found.short[-1] == history.short_var[last, 1]
        assert {PLAN.scale.floor} < set(np.unique(found.scale).tolist())


def test_the_haven_does_not_count_for_the_correlation():
    _, links = book_tails(Tails(fickle_fit), views(), 2, PLAN)
    newest = links.matrices[-1]
    pair, all_pairs = newest[0, 1], (newest[0, 1] + newest[0, 2] + newest[1, 2]) / 3.0
    middle = (pair + all_pairs) / 2.0
    calm = ScaleSettings(target_volatility=9.0, correlation_on=middle, correlation_off=middle)
    found = [book_tails(Tails(fickle_fit), views(), traded, replace(PLAN, scale=calm))[0][0] for traded in (1, 2, 3)]
    assert abs(pair - all_pairs) > 0.01
    assert [one.scale[-1] for one in found] == [1.0, *(0.5 if one > middle else 1.0 for one in (pair, all_pairs))]


@pytest.mark.parametrize("seed", range(4))
def test_a_bar_does_not_change_when_later_ones_come(seed):
    whole, links = book_tails(Tails(fickle_fit), views(), 2, PLAN)
    for until in np.random.default_rng(seed).choice(BARS[0].ts, 3).tolist():
        part, some = book_tails(Tails(fickle_fit), views(until), 2, PLAN)
        for long, short in zip(whole, part, strict=True):
            count = short.known_at.size
            for name in ("known_at", "long", "short", "scale"):
                assert getattr(short, name).tobytes() == getattr(long, name)[:count].tobytes()
        count = some.known_at.size
        assert same_links(some, Links(links.known_at[:count], links.matrices[:count]))
        assert (links.known_at[count:] > until).all()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """Number of the first row that was asked for, by what was computed."""
    asked: dict[str, list[int]] = {}

    def counting(name: str, compute: Callable[..., object]) -> Callable[..., object]:
        def count(*arguments: object, first: int = 0) -> object:
            asked.setdefault(name, []).append(first)
            return compute(*arguments, first=first)

        return count

    monkeypatch.setattr(remembering, "tail_history", counting("tails", tail_history))
    monkeypatch.setattr(remembering, "correlation_history", counting("links", correlation_history))
    return asked


def test_cycle_after_cycle_gives_the_same_and_computes_a_day_once(counted):
    tails = Tails(fickle_fit)
    for until in BARS[0].ts[-400::17].tolist():
        again, fresh = (book_tails(one, views(until), 2, PLAN) for one in (tails, Tails(fickle_fit)))
        assert same_links(again[1], fresh[1])
        for mine, theirs in zip(again[0], fresh[0], strict=True):
            assert all(getattr(mine, name).tobytes() == getattr(theirs, name).tobytes() for name in ("long", "scale"))
    book_tails(tails, views(), 2, PLAN)
    counted.clear()
    moments = BARS[0].ts[-100:].tolist()
    for until in moments:
        book_tails(tails, views(until), 2, PLAN)
    assert counted == {}
    counted.clear()
    older = Tails(fickle_fit)
    for until in moments:
        book_tails(older, views(until), 2, PLAN)
    assert sum(first == 0 for first in counted["tails"]) == 3
    assert 3 * 3 < len(counted["tails"]) <= 3 * 6
    assert len(counted["links"]) <= 1 + 3 * 5


def test_days_that_were_repaired_are_looked_at_anew(counted):
    tails = Tails(fickle_fit)
    book_tails(tails, views(), 2, PLAN)
    counted.clear()
    changed = views()
    bars = changed[0].inputs.bars
    close = bars.close.copy()
    close[900:960] *= 1.01
    changed[0] = replace(changed[0], inputs=replace(changed[0].inputs, bars=replace(bars, close=close)))
    again, fresh = (book_tails(one, changed, 2, PLAN) for one in (tails, Tails(fickle_fit)))
    assert again[0][0].long.tobytes() == fresh[0][0].long.tobytes()
    assert same_links(again[1], fresh[1])
    assert counted["tails"][0] == counted["links"][0] == 0


def test_other_settings_are_another_history():
    tails = Tails(fickle_fit)
    book_tails(tails, views(), 2, PLAN)
    other = replace(PLAN, settings=TailSettings(55, 50, 7, 60))
    again, fresh = (book_tails(one, views(), 2, other) for one in (tails, Tails(fickle_fit)))
    assert again[0][0].long.tobytes() == fresh[0][0].long.tobytes()
    assert again[0][0].long.tobytes() != book_tails(tails, views(), 2, PLAN)[0][0].long.tobytes()


def test_confidence_chooses_the_column():
    low, high = (book_tails(Tails(fickle_fit), views(), 2, replace(PLAN, confidence=one))[0] for one in (0.9, 0.99))
    assert (high[0].long[-1000:] > low[0].long[-1000:]).all()
    assert (high[0].short[-1000:] > low[0].short[-1000:]).all()


def test_what_stands_in():
    tail, volatility = np.array([np.nan, 0.05, np.nan]), np.array([0.01, 0.01, np.nan])
    assert stand_in(tail, volatility, 16).tolist()[:2] == [0.01 * 4.0 * 3.0, 0.05]
    assert np.isnan(stand_in(tail, volatility, 16)[2])


def test_the_plan_is_that_of_the_configuration():
    plan = tail_plan(load({"trading.profile": "conservative"}))
    risk = load().settings.risk
    assert plan.confidence == risk.profiles["conservative"].var_confidence == 0.99
    assert plan.settings == TailSettings(1000, 250, 21, 250)
    assert plan.scale.target_volatility == risk.dynamic.target_volatility
    with pytest.raises(BadInput, match="VaR confidence"):
        TailPlan(plan.settings, plan.scale, 0.97)
