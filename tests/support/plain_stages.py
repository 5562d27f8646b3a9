"""The stages once more, line by line after the sources, knowing nothing of the product's own comparisons."""

import math

from stage_rules import LADDER, LINE

from models.stages import Demoted, Evidence, Promoted, Standing
from models.types.stages import Stage

MICRO_DAY = 86_400_000_000
DAYS = {"exploration": (30, 90), "paper": (60, 180), "micro": (28, 180)}
RUNG_DAYS = {1: 14, 2: 14, 3: 28}


def plain_sound(e: Evidence) -> bool:
    """No crash, no limit broken, 48 h of the release on paper, gap within bounds."""
    if e.crashes != 0 or e.breaches != 0 or e.gap_beyond:
        return False
    if not math.isfinite(e.release_hours) or e.release_hours < 48:
        return False
    return math.isfinite(e.gap_bps) and -20 <= e.gap_bps <= 20


def plain_passes(standing: Standing, e: Evidence) -> bool:
    """Whether the step up is earned."""
    if e.stage != standing.stage or not plain_sound(e):
        return False
    if not math.isfinite(e.days) or not math.isfinite(e.drawdown) or not 0 <= e.drawdown < 0.15:
        return False
    if standing.stage == Stage.LIVE:
        days = RUNG_DAYS.get(standing.rung)
        return days is not None and e.days >= days and math.isfinite(e.profit) and e.profit > 0
    least, most = DAYS[standing.stage]
    win = 0.5 if standing.stage == Stage.EXPLORATION else 0.55
    return (
        least <= e.days <= most + 1
        and math.isfinite(e.sharpe)
        and e.sharpe > 1.5
        and win < e.win_rate <= 1
        and e.profit_factor > 1.5
        and e.trades >= 30
    )


def plain_falls(standing: Standing, e: Evidence) -> list[str]:
    """What the evidence costs."""
    found: list[str] = []
    if e.stage != standing.stage or standing.stage == Stage.EXPLORATION:
        return found
    if e.gap_beyond:
        found.append("gap")
    if standing.stage == Stage.PAPER:
        return found
    if e.breaches > 0:
        found.append("breach")
    if e.crashes > 0:
        found.append("crashes")
    if e.drawdown >= 0.15:
        found.append("drawdown")
    if e.release_hours < 48:
        found.append("release")
    return found


def plain_fall(standing: Standing, cause: str) -> Standing:
    """Where a demotion ends."""
    place = LADDER.index(standing)
    if cause == "release":
        return LADDER[min(place, 1)]
    if cause in ("gap", "breach", "crashes") and place > 1:
        return LADDER[1]
    return LADDER[max(place - 1, 0)]


def plain_replay(steps: list[Promoted | Demoted]) -> Standing | None:
    """Where a chain ends; None where it cannot be."""
    now, lost = LADDER[0], None
    for k, step in enumerate(steps):
        if step.line != LINE or step.before != now or (k and step.at < steps[k - 1].at):
            return None
        if isinstance(step, Demoted):
            if step.cause == "person" and step.who not in ("ana", "ben"):
                return None
            if step.after != plain_fall(now, step.cause):
                return None
            lost = now if step.cause == "release" and LADDER.index(now) > 1 else None
        else:
            if step.who not in ("ana", "ben"):
                return None
            if k and step.evidence.days > (step.at - steps[k - 1].at) / MICRO_DAY + 2:
                return None
            back = lost is not None and step.after == lost
            back = back and step.evidence.stage == Stage.PAPER and plain_sound(step.evidence)
            up = plain_passes(now, step.evidence) and LADDER.index(step.after) == LADDER.index(now) + 1
            if not back and not up:
                return None
            lost = None
        now = step.after
    return now
