"""One-day value at risk of a held position, out of sample, on BTC and SPY. The settings were fixed before the first
look; docs/value_at_risk.md holds the whole table, this file, run as a script, prints it.
"""

from pathlib import Path

import numpy as np
import pytest
from tail_markets import bitcoin_days, spy_days

from conf.home import PROJECT
from models.tails import DailyCloses, TailScore, TailSettings, backtest_tails
from models.types import parse_time

pytestmark = [pytest.mark.realdata, pytest.mark.risk]

END = "2025-01-01"
MARKETS = {"BTC": (bitcoin_days, "2018-01-01", 2557), "SPY": (spy_days, "2005-01-01", 5033)}
# Violations of the default, long then short, at 90, 95 and 99 %. Another version of a library may find other parameters
# and a few more or fewer: what must hold is what Kupiec says.
MEASURED = {"BTC": [269, 132, 28, 262, 129, 28], "SPY": [499, 264, 64, 518, 247, 54]}
AROUND = 0.08


def scores(folder: Path, market: str) -> tuple[TailScore, ...]:
    load, start, _ = MARKETS[market]
    days: DailyCloses = load(folder)
    return backtest_tails(days.rows(np.flatnonzero(days.ts < parse_time(END))), TailSettings(), parse_time(start))


@pytest.fixture(scope="module", params=list(MARKETS))
def found(request, market_data: Path) -> tuple[str, tuple[TailScore, ...]]:
    return request.param, scores(market_data, request.param)


def test_kupiec_rejects_the_default_nowhere(found):
    market, rows = found
    default = [one for one in rows if one.method == "filtered"]
    assert len(default) == 6
    for one in default:
        assert one.kupiec.days == MARKETS[market][2]
        assert one.kupiec.p > 0.05, one.as_json()
        assert 0.85 < one.shortfall < 1.1
    measured = np.array([one.kupiec.violations for one in default])
    assert measured == pytest.approx(MEASURED[market], rel=AROUND)


def test_it_rejects_others(found):
    _, rows = found
    rejected = {(one.method, one.side, one.confidence) for one in rows if one.rejected}
    assert {("normal", "long", 0.99), ("historical", "long", 0.95), ("historical", "long", 0.99)} & rejected
    assert ("normal", "long", 0.99) in rejected
    assert ("cornish_fisher", "long", 0.9) in rejected


def test_an_unfiltered_history_breaks_in_clusters_and_a_filtered_one_does_not(found):
    market, rows = found
    p = {(one.method, one.side, one.confidence): one.christoffersen.independence_p for one in rows}
    for confidence in (0.9, 0.95, 0.99):
        assert p["filtered", "long", confidence] > 0.05
        if market == "SPY":
            assert p["historical", "long", confidence] < 0.001


def told(one: TailScore) -> str:
    """A row of the table."""
    apart = one.christoffersen
    return (
        f"| {one.method} | {one.side} | {one.confidence:.0%} | {one.kupiec.violations} | {one.kupiec.rate:.2%} | "
        f"{one.kupiec.p:.3f}{' *' if one.rejected else ''} | {apart.independence_p:.3f} | {apart.conditional_p:.3f} | "
        f"{one.shortfall:.2f} |"
    )


if __name__ == "__main__":
    for name in MARKETS:
        print(f"{name}, {MARKETS[name][2]} days")
        print("\n".join(told(one) for one in scores(PROJECT.parent / "shared" / "data", name)))
