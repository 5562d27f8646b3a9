"""Rules of stages as the sources have them, evidence that just passes them, and what may be wrong with evidence."""

import math
from dataclasses import replace

from models.stages import Criteria, Evidence, Rules, Standing
from models.types.stages import Stage

EXPLORATION = Criteria(30.0, 90.0, 1.5, 0.15, 0.5, 1.5, 30, 0, 0, 48.0, 20.0)
PAPER = replace(EXPLORATION, least_days=60.0, most_days=180.0, win_rate=0.55)
MICRO = replace(PAPER, least_days=28.0)
RULES = Rules(EXPLORATION, PAPER, MICRO, (1000.0, 2500.0, 5000.0, 10_000.0), (14.0, 14.0, 28.0), 100.0, 500.0)
LINE = "binance|1h|BTC/USDT"
# All in this order, from the bottom to the top.
LADDER = (
    Standing(Stage.EXPLORATION),
    Standing(Stage.PAPER),
    Standing(Stage.MICRO),
    *(Standing(Stage.LIVE, rung) for rung in (1, 2, 3, 4)),
)
# Passes every step, to the last hair: a float more or less and it does not.
ENOUGH = Evidence(
    stage=Stage.EXPLORATION,
    days=60.0,
    sharpe=math.nextafter(1.5, 2.0),
    drawdown=math.nextafter(0.15, 0.0),
    win_rate=math.nextafter(0.55, 1.0),
    profit_factor=math.nextafter(1.5, 2.0),
    trades=30,
    crashes=0,
    breaches=0,
    release_hours=48.0,
    gap_bps=-20.0,
    profit=5e-324,
    gap_beyond=False,
)
# One field each, so that no step up that asks for it is allowed.
SPOILT: dict[str, tuple[float, ...]] = {
    "days": (59.0, 13.0, 0.0, math.nan, -1.0, math.inf),
    "sharpe": (1.5, 0.0, -3.0, math.nan, math.inf, -math.inf),
    "drawdown": (0.15, 1.0, math.nan, -0.01, math.inf),
    "win_rate": (0.55, 0.5, 0.0, math.nan, 1.01),
    "profit_factor": (1.5, 0.0, math.nan, -2.0),
    "trades": (29, 0, -1),
    "crashes": (1, 7, -1),
    "breaches": (1, 7, -1),
    "release_hours": (47.99, 0.0, math.nan, -1.0, math.inf),
    "gap_bps": (20.01, -20.01, math.nan, math.inf, -math.inf),
    "profit": (0.0, -5.0, math.nan, math.inf),
    "gap_beyond": (True,),
}


def enough(stage: Stage, **other: object) -> Evidence:
    """Evidence of a stage that just passes, with other fields where given."""
    return replace(ENOUGH, stage=stage, **other)
