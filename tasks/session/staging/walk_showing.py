"""A walk through a backtest in rows and sentences, and as JSON."""

from dataclasses import asdict
from typing import Any

import numpy as np

from models.types import BoolArray, iso
from tasks.session.staging.aftermath import Aftermath
from tasks.session.staging.walking import Judged, Moved, Walk

CLEAN = (
    "A backtest has no crash, no broken limit, no release and no gap: these four count as passed. Days that follow "
    "each other share most of what comes after them: count spells, not days. chance: how often the same pattern of "
    "days would do as well anywhere else in time."
)


def aftermath_rows(walk: Walk) -> list[dict[str, Any]]:
    """One for each stage, horizon and group of days."""
    return [
        {
            "stage left": str(judged.standing),
            "days ahead": after.horizon,
            "after days that": group.name,
            "days": group.days,
            "spells": group.spells,
            "mean return": _share(group.mean_return),
            "median": _share(group.median_return),
            "with a gain": _share(group.share_positive),
            "mean sharpe": _number(group.mean_sharpe),
            "mean drawdown": _share(group.mean_drawdown),
            "chance": _share(after.chance) if group.name == "passed" else "",
        }
        for judged in walk.judged
        for after in judged.after
        for group in after.groups
    ]


def criterion_rows(walk: Walk) -> list[dict[str, Any]]:
    """One for each stage and criterion that a backtest can show: how often it passes by itself, and what came after."""
    return [
        {"stage left": str(judged.standing), "criterion": name, "passes on": _share(judged.share(days))}
        | {
            head: cell
            for one in after
            for head, cell in (
                (f"{one.horizon} days after it", _share(one.groups[0].mean_return)),
                (f"{one.horizon} days after the others", _share(one.groups[1].mean_return)),
                (f"chance of {one.horizon}", _share(one.chance)),
            )
        }
        for judged in walk.judged
        for name, days, after in _criteria(judged)
    ]


def life_rows(walk: Walk) -> list[dict[str, Any]]:
    """One for each step of the line, had every chance been taken."""
    return [
        {
            "day": iso(one.day)[:10],
            "from": str(one.before),
            "to": str(one.after_it),
            "because": "earned" if one.cause is None else one.cause.value,
            "days": f"{one.evidence.days:g}",
            "sharpe": _number(one.evidence.sharpe),
            "drawdown": _share(one.evidence.drawdown),
            "win rate": _share(one.evidence.win_rate),
            "profit factor": _number(one.evidence.profit_factor),
            "trades": one.evidence.trades,
        }
        | {f"next {ahead.horizon} days": _share(value) for ahead, value in zip(walk.ahead, one.after, strict=True)}
        for one in walk.life
    ]


def said_of(walk: Walk) -> list[str]:
    """Sentences: what the figures allow to say."""
    said = [_sentence(one, after) for one in walk.judged for after in one.after]
    spent = ", ".join(f"{name} {days} days" for name, days in walk.spent.items())
    return [*said, f"Had every chance been taken: {len(walk.life)} steps, highest {walk.highest}; {spent}."]


def walk_json(walk: Walk) -> dict[str, Any]:
    """The fields that scripts rely on."""
    days = [iso(int(one))[:10] for one in walk.track.days]
    return {
        "first": days[0],
        "last": days[-1],
        "days": len(days),
        "trades": walk.track.profits.size,
        "days_per_year": walk.track.days_per_year,
        "taken_as_clean": ["crashes", "breaches", "release_hours", "gap_bps"],
        "stages": {str(one.standing): _judged_json(one, days) for one in walk.judged},
        "life": [_moved_json(walk, one) for one in walk.life],
        "spent": walk.spent,
        "highest": str(walk.highest),
        "said": said_of(walk),
    }


def _sentence(judged: Judged, after: Aftermath) -> str:
    passed, other, _ = after.groups
    what = f"{judged.standing}, next {after.horizon} days"
    if not passed.days:
        return f"{what}: no day that can be judged passes, so that nothing can be said of what comes after."
    if not other.days:
        return f"{what}: every day passes, so that there is nothing to hold it against."
    return (
        f"{what}: {passed.mean_return:+.2%} after the {passed.days} days ({passed.spells} spells) that pass, "
        f"{other.mean_return:+.2%} after the {other.days} that do not; by chance as much in {after.chance:.0%} of the "
        "other places in time."
    )


def _criteria(judged: Judged) -> list[tuple[str, BoolArray, tuple[Aftermath, ...]]]:
    alone = [(name, days, judged.after_alone[name]) for name, days in judged.alone.items()]
    return [*alone, ("all together", judged.passed, judged.after)]


def _judged_json(judged: Judged, days: list[str]) -> dict[str, Any]:
    return {
        "days_judged": int(judged.possible.sum()),
        "days_passed": int(judged.passed.sum()),
        "passed_on": [days[k] for k in np.flatnonzero(judged.passed)],
        "after": [asdict(one) for one in judged.after],
        "alone": {
            name: {"share": judged.share(days), "after": [asdict(one) for one in judged.after_alone[name]]}
            for name, days in judged.alone.items()
        },
    }


def _moved_json(walk: Walk, moved: Moved) -> dict[str, Any]:
    return {
        "day": iso(moved.day)[:10],
        "from": str(moved.before),
        "to": str(moved.after_it),
        "cause": None if moved.cause is None else moved.cause.value,
        "evidence": asdict(moved.evidence),
        "after": {str(ahead.horizon): value for ahead, value in zip(walk.ahead, moved.after, strict=True)},
    }


def _share(value: float) -> str:
    return f"{value:.2%}" if np.isfinite(value) else "-"


def _number(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else ("no loss" if value == np.inf else "-")
