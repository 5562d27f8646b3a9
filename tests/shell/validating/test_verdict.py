"""What may be said: nothing where a figure cannot be told from chance, and no more than was tried."""

import pytest

from models.bootstrap import Quantiles, TradesMonteCarlo
from models.portfolio import Interval, Metrics
from tasks.session.validating.bootstrapping import CandlesMonteCarlo, Redrawn, TooFew
from tasks.session.validating.figures import Beside, Brief, Cases, Draws, Spread, Year, spread_of
from tasks.session.validating.verdict import CHANCE, EARNS, IDLE, IMPLAUSIBLE, LOSES, Verdict, verdict_of

BEYOND = Interval(0.01, 0.1, 0.2)
NONE = dict.fromkeys(Metrics.__slots__)


def metrics(total: float, time_in_market: float = 0.5) -> Metrics:
    return Metrics(
        **NONE | {"total_return": total, "max_drawdown": 0.1, "exposure": 0.031, "time_in_market": time_in_market}
    )


def brief(total: float) -> Beside[Brief]:
    return Beside(Brief(total, None, 0.1, 1.0, 5), Brief(9.0, None, 0.1, 1.0, 5))


def draws(low: float) -> Beside[Draws]:
    spread = Spread(low, low + 0.05, low + 0.1)
    return Beside(Draws(3, spread, spread), Draws(3, Spread(9.0, 9.0, 9.0), spread))


def year(total: float) -> Beside[Year]:
    return Beside(Year(10, 1.0, total, 0.1, 1, None), Year(10, 1.0, -9.0, 0.1, 1, None))


def candles(within: float) -> CandlesMonteCarlo:
    spread = Spread(0.0, 0.1, 0.2)
    return CandlesMonteCarlo(200, 100, 10.0, spread, spread, 0.5, 0.15, within, 5.0, 0.0)


def trades(ruin: float) -> TradesMonteCarlo:
    found, depth = Quantiles(0.0, 0.1, 0.2, 0.1), Quantiles(0.0, 0.1, 0.2, 0.13)
    return TradesMonteCarlo(1000, found, depth, ruin, 0.15, 2.0)


def said(
    total: Interval | None = BEYOND,
    doubts: tuple[str, ...] = (),
    whole: Metrics | None = None,
    costs: dict[float, float] | None = None,
    delays: dict[int, float] | None = None,
    missing: dict[float, float] | None = None,
    redrawn: Redrawn | None = None,
) -> Verdict:
    cases = Cases(
        {key: brief(one) for key, one in (costs or {0.5: 0.2, 1.0: 0.1, 2.0: -0.1}).items()},
        {key: brief(one) for key, one in (delays or {0: 0.1, 1: 0.05, 2: -0.01, 3: 0.2}).items()},
        {key: draws(one) for key, one in (missing or {0.0: 0.1, 0.05: 0.01, 0.1: -0.01}).items()},
    )
    return verdict_of(
        "moderate",
        0.15,
        Beside(whole or metrics(0.1), metrics(0.5)),
        metrics(2.5),
        total,
        doubts,
        {"2020": year(0.2), "2021": year(-0.07), "2022": year(0.0)},
        cases,
        redrawn or Redrawn(trades(0.02), candles(0.985)),
    )


@pytest.mark.parametrize(
    ("total", "doubts", "time_in_market", "finding"),
    [
        (Interval(0.01, 0.1, 0.2), (), 0.5, EARNS),
        (Interval(-0.2, -0.1, -0.01), (), 0.5, LOSES),
        (Interval(-0.01, 0.1, 0.2), (), 0.5, CHANCE),
        (Interval(0.0, 0.1, 0.2), (), 0.5, CHANCE),
        (Interval(-0.2, -0.1, 0.0), (), 0.5, CHANCE),
        (None, (), 0.5, CHANCE),
        (None, (), 0.0, IDLE),
        (Interval(0.01, 0.1, 0.2), ("too good",), 0.5, IMPLAUSIBLE),
    ],
)
def test_the_finding(total: Interval | None, doubts: tuple[str, ...], time_in_market: float, finding: str) -> None:
    found = said(total, doubts, metrics(0.1, time_in_market))
    assert found.finding == finding
    assert ("nothing can be claimed" in found.text) == (finding == CHANCE)
    assert ("not that it earns anything" in found.text) == (finding in (CHANCE, LOSES, IMPLAUSIBLE))
    assert ("too good" in found.text) == (finding == IMPLAUSIBLE)
    assert ("above zero beyond chance" in found.text) == (finding == EARNS)
    assert ("below zero beyond chance" in found.text) == (finding == LOSES)
    assert ("its return stays above zero" in found.text) == (finding != IDLE)


def test_the_figures_behind_it_are_out_of_sample_ones() -> None:
    found = said()
    assert (found.worst_year, found.worst_year_return) == ("2021", -0.07)
    assert (found.costs, found.delay, found.missing) == (1.0, 1, 0.05)
    assert (found.within_trades, found.within_candles) == (0.98, 0.985)
    for part in ("2021 with -7.00%", "up to 1 times the costs", "up to 1 bars late", "up to 5% of the bars missing"):
        assert part in found.text
    assert "It stayed within that in 98.0% of 1,000 redrawn paths of its closed trades" in found.text
    assert "It stayed within that in 98.5% of 200 years of redrawn candles" in found.text
    assert "in-sample it was +50.00%" in found.text
    assert "Its drawdown was 10.00%, its limit is 15%." in found.text


def test_holding_and_what_closed_trades_do_not_see_stand_beside_it() -> None:
    found = said()
    assert "3.1% invested on average; holding the symbols with all of it made +250.00% with a drawdown of 10.00%" in (
        found.text
    )
    assert "do not see what is lost while they are open: as they were, they fell by 13.00%" in found.text
    assert "while they are open" not in said(redrawn=Redrawn(TooFew("trades", 3, 20), candles(0.9))).text


def test_a_small_share_is_not_rounded_away() -> None:
    assert "up to 0.2% of the bars missing" in said(missing={0.0: 0.1, 0.002: 0.1, 0.07: -0.1}).text
    assert "up to 7% of the bars missing" in said(missing={0.0: 0.1, 0.07: 0.1}).text


def test_what_never_holds_is_said() -> None:
    found = said(costs={0.5: -0.1, 1.0: 0.2}, delays={0: 0.0, 1: 0.2}, missing={0.0: -0.1, 0.1: 0.3})
    assert (found.costs, found.delay, found.missing) == (None, None, None)
    for part in ("at no multiple", "not even without a delay", "not even with all bars there"):
        assert part in found.text


def test_too_little_to_redraw_is_said() -> None:
    found = said(redrawn=Redrawn(TooFew("trades", 3, 20), TooFew("bars", 90, 2400)))
    assert (found.within_trades, found.within_candles) == (None, None)
    assert "No redrawn paths of its closed trades: 3 trades are too few" in found.text
    assert "No years of redrawn candles: 90 bars are too few" in found.text
    assert "2,400 are the least" in found.text


@pytest.mark.parametrize(
    ("values", "spread"),
    [([2.0], (2.0, 2.0, 2.0)), ([3.0, 1.0], (1.0, 2.0, 3.0)), ([5.0, 1.0, 2.0], (1.0, 2.0, 5.0))],
)
def test_a_spread_is_the_least_the_middle_and_the_greatest(values: list[float], spread: tuple[float, ...]) -> None:
    found = spread_of(values)
    assert (found.low, found.median, found.high) == spread
