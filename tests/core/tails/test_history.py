"""Daily tails as they were known: against a plain computation, without a look ahead, with fits that fail."""

import math
from itertools import pairwise

import numpy as np
import pytest
from tail_fits_made import fickle_fit, made_fit
from tail_markets import made_days

from models.tails import (
    CONFIDENCES,
    EWMA,
    DailyCloses,
    Rule,
    TailHistory,
    TailSettings,
    confidence_column,
    fit_garch,
    fit_key,
    fitting,
    forecast,
    historical,
    log_returns,
    tail_history,
)
from models.types import BadInput

pytestmark = pytest.mark.risk

SETTINGS = TailSettings(window_days=120, least_days=60, refit_days=9)
NAMES = TailHistory.__slots__


def same(left: TailHistory, right: TailHistory) -> bool:
    return all(getattr(left, name).tobytes() == getattr(right, name).tobytes() for name in NAMES)


def plain_row(days: DailyCloses, day: int, settings: TailSettings) -> list[float]:
    """Sigma, then VaR and ES of both sides by confidence, of one day: out of the definitions."""
    close = days.close.tolist()
    returns = np.array([100.0 * math.log(after / before) for before, after in pairwise(close[: day + 1])])
    fitted = day - (day - settings.least_days) % settings.refit_days
    start = max(0, fitted - settings.window_days)
    window = returns[start:fitted]
    garch = made_fit(window)
    weights = 0.94 ** np.arange(min(75, window.size))
    square = float((weights * (window[:75] - window.mean()) ** 2).sum() / weights.sum())
    v = garch.omega + (garch.alpha + garch.gamma / 2.0 + garch.beta) * square
    scores = []
    for value in returns[start:]:
        e = value - garch.mu
        scores.append(e / math.sqrt(v))
        v = garch.omega + (garch.alpha + garch.gamma * (e < 0.0)) * e * e + garch.beta * v
    simple = np.exp((garch.mu + math.sqrt(v) * np.array(scores[-settings.window_days :])) / 100.0) - 1.0
    tails = [historical(sign * simple, confidence) for sign in (1.0, -1.0) for confidence in CONFIDENCES]
    return [math.sqrt(v) / 100.0, *(figure for tail in tails for figure in tail)]


@pytest.mark.parametrize("day", [60, 61, 68, 69, 100, 186, 187, 260, 299])
def test_a_row_is_what_the_definitions_give(day):
    days = made_days(300)
    found = tail_history(days, SETTINGS, made_fit).rows(slice(day, day + 1))
    told = [found.sigma[0]]
    for var, es in ((found.long_var, found.long_es), (found.short_var, found.short_es)):
        told += [figure for pair in zip(var[0], es[0], strict=True) for figure in pair]
    assert told == pytest.approx(plain_row(days, day, SETTINGS), rel=1e-11)
    assert found.known_at.tolist() == [days.known_at[day]]
    assert found.rule.tolist() == [Rule.FITTED]


def test_nothing_is_known_before_the_first_fit():
    found = tail_history(made_days(100), SETTINGS, made_fit)
    known = np.arange(100) >= SETTINGS.least_days
    assert (np.isfinite(found.sigma) == known).all()
    assert (np.isfinite(found.long_var).all(axis=1) == known).all()
    assert ((found.rule == Rule.UNKNOWN) == ~known).all()
    assert tail_history(made_days(1), SETTINGS, made_fit).sigma.size == 1
    assert tail_history(made_days(100).rows(slice(0, 0)), SETTINGS, made_fit).sigma.size == 0


@pytest.mark.parametrize("fit", [made_fit, fickle_fit])
@pytest.mark.parametrize("seed", range(6))
def test_a_day_does_not_change_when_later_ones_come(fit, seed):
    days = made_days(400, seed)
    whole = tail_history(days, SETTINGS, fit)
    for cut in np.random.default_rng(seed).integers(1, 400, 8).tolist():
        assert same(tail_history(days.rows(slice(0, cut)), SETTINGS, fit), whole.rows(slice(0, cut))), cut


def test_nor_with_fits_by_arch():
    settings, days = TailSettings(window_days=200, least_days=150, refit_days=40), made_days(300, 5)
    whole = tail_history(days, settings, fit_garch)
    assert set(whole.rule[150:].tolist()) == {Rule.FITTED}
    for cut in (175, 231, 270):
        assert same(tail_history(days.rows(slice(0, cut)), settings, fit_garch), whole.rows(slice(0, cut)))


@pytest.mark.parametrize("first", [0, 30, 60, 64, 69, 250, 299, 300])
def test_rows_from_a_day_on_are_those_of_the_whole(first):
    days = made_days(300)
    whole = tail_history(days, SETTINGS, fickle_fit)
    later = tail_history(days, SETTINGS, fickle_fit, first)
    assert same(later, whole.rows(slice(first, None)))
    assert same(whole.rows(slice(0, first)).then(later), whole)


def test_only_the_fits_that_are_needed_are_asked_for():
    asked = []

    def fit(window):
        asked.append(window.size)
        return made_fit(window)

    tail_history(made_days(100), SETTINGS, fit)
    assert asked == [60, 69, 78, 87, 96]
    asked.clear()
    tail_history(made_days(300), SETTINGS, fit, first=293)
    assert asked == [120, 120]


def test_where_a_fit_fails_the_one_before_it_holds():
    days, keys = made_days(200, 3), set()
    returns = log_returns(days.close) * 100.0
    for at in (78, 96):
        keys.add(fit_key(returns[max(0, at - 120) : at]))

    def fit(window):
        return None if fit_key(window) in keys else made_fit(window)

    found = tail_history(days, SETTINGS, fit)
    expected = np.where(np.arange(200) < 60, Rule.UNKNOWN, Rule.FITTED)
    expected[78:87] = expected[96:105] = Rule.FIT_BEFORE
    assert found.rule.tolist() == expected.tolist()
    own = tail_history(days, SETTINGS, made_fit)
    changed = np.flatnonzero(own.sigma[60:] != found.sigma[60:]) + 60
    assert changed.tolist() == [*range(78, 87), *range(96, 105)]
    assert np.allclose(own.sigma[60:], found.sigma[60:], rtol=0.2)


def test_where_none_ever_converged_it_is_ewma():
    days = made_days(120, 3)
    found = tail_history(days, SETTINGS, lambda _: None)
    assert set(found.rule[60:].tolist()) == {Rule.EWMA}
    squares = (100.0 * np.log(days.close[1:] / days.close[:-1])) ** 2
    for day in range(61, 69):  # one fit's rows: the variance of the day before, decayed
        v = 0.94 * (100.0 * found.sigma[day - 1]) ** 2 + 0.06 * squares[day - 1]
        assert found.sigma[day] == pytest.approx(math.sqrt(v) / 100.0, rel=1e-12)
    assert EWMA.alpha + EWMA.beta == 1.0


def test_a_price_that_stands_still_says_nothing():
    days = made_days(100)
    still = DailyCloses(days.ts, days.known_at, np.full(100, 7.0))
    found = tail_history(still, SETTINGS, fit_garch)
    assert np.isnan(found.sigma).all()
    assert np.isnan(found.short_var).all()
    assert forecast(still, SETTINGS, fit_garch) is None


def test_a_short_position_may_lose_more_than_all_of_its_value_and_a_long_one_may_not():
    days = made_days(150, 3, size=0.9)
    found = tail_history(days, SETTINGS, made_fit).rows(slice(60, None))
    assert found.long_es.max() < 1.0 < found.short_var.max()


def test_a_fall_is_followed_by_more_risk_than_a_rise():
    days = made_days(200, 4)
    jump = {}
    for way in (-1.0, 1.0):
        close = days.close.copy()
        close[150:] *= math.exp(0.1 * way - math.log(close[150] / close[149]))
        jump[way] = tail_history(DailyCloses(days.ts, days.known_at, close), SETTINGS, made_fit).sigma[150]
    assert jump[-1.0] > 1.05 * jump[1.0]


@pytest.mark.parametrize("count", [61, 65, 69, 200, 201, 300])
def test_the_forecast_of_the_next_day_gives_the_last_row(count):
    days = made_days(count)
    row, found = (
        tail_history(days, SETTINGS, fickle_fit).rows(slice(count - 1, None)),
        forecast(days, SETTINGS, fickle_fit),
    )
    assert found is not None
    assert (found.sigma, found.rule) == (row.sigma[0], row.rule[0])
    assert found.ts.tolist() == days.ts[1:][-120:].tolist()
    simple = np.exp(found.mu + found.sigma * found.residual) - 1.0
    for c, confidence in enumerate(CONFIDENCES):
        assert historical(simple, confidence).var == pytest.approx(row.long_var[0, c], rel=1e-12)
        assert historical(-simple, confidence).es == pytest.approx(row.short_es[0, c], rel=1e-12)


def test_no_forecast_before_the_first_fit():
    assert forecast(made_days(60), SETTINGS, made_fit) is None
    assert forecast(made_days(61), SETTINGS, made_fit) is not None


def test_a_key_is_of_every_bit_of_the_window_and_of_the_model(monkeypatch):
    window = np.arange(1.0, 6.0)
    assert fit_key(window) == fit_key(np.arange(1.0, 10.0)[:5]) == fit_key(np.repeat(window, 2)[::2])
    others = (window[1:], np.nextafter(window, 9.0), -window, window[::-1])
    assert len({fit_key(one) for one in (window, *others)}) == 5
    before = fit_key(window)
    monkeypatch.setattr(fitting, "MODEL", "another")
    assert fit_key(window) != before


def test_a_column_is_of_a_known_confidence():
    assert [confidence_column(one) for one in CONFIDENCES] == [0, 1, 2]
    with pytest.raises(BadInput, match=r"0\.97.*0\.9, 0\.95, 0\.99"):
        confidence_column(0.97)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"least_days": 49}, "least_days"),
        ({"least_days": 1001}, "window_days"),
        ({"refit_days": 0}, "refit_days"),
        ({"correlation_days": 59}, "correlation_days"),
    ],
)
def test_settings_that_cannot_be(changes, what):
    with pytest.raises(BadInput, match=what):
        TailSettings(**changes)
