"""Shadows in rows and sentences, for the shell and for Prefect."""

from typing import Any

from models.types import iso
from tasks.session.shadowing.report import Duel, Shadow, ShadowReport, Side

DIGITS = 4
Row = dict[str, Any]


def side_rows(report: ShadowReport) -> list[Row]:
    """Two rows for each challenger that has been led: the champion's account, and its own."""
    rows = []
    for one in report.shadows:
        if one.duel is not None:
            rows.append(_row(one, f"champion ({one.champion})", one.duel.champion))
            rows.append(_row(one, "challenger", one.duel.challenger))
    return rows


def duel_rows(report: ShadowReport) -> list[Row]:
    """One row for each challenger that has been led: for how long, and where it parted from the champion."""
    return [_beside(one, one.duel) for one in report.shadows if one.duel is not None]


def challenger_text(one: Shadow) -> str:
    """Where a challenger comes from."""
    gates = "passed every gate" if one.passed else "has not passed every gate"
    return f"{one.name}: {one.model} version {one.version} of run {one.run}, since {iso(one.since)}; {gates}"


def stop_lines(report: ShadowReport) -> list[str]:
    """What stops an account: it stays stopped, because nobody releases a shadow."""
    lines = []
    for one in report.shadows:
        sides = {} if one.duel is None else {"champion": one.duel.champion, "challenger": one.duel.challenger}
        lines += [f"{one.name}, {who} is stopped: {side.stopped}" for who, side in sides.items() if side.stopped]
    return lines


def note(report: ShadowReport) -> str:
    """What is found in words, as markdown."""
    lines = [one.verdict for one in report.shadows]
    lines += [f"{name}: cannot be used: {why}" for name, why in report.unusable.items()]
    lines += [challenger_text(one) for one in report.shadows]
    lines += [f"{one.name} parted: {one.duel.parting}" for one in report.shadows if one.duel and one.duel.parting]
    lines += stop_lines(report)
    return "\n".join(f"- {one}" for one in lines or [report.verdict]) + "\n"


def _row(one: Shadow, book: str, side: Side) -> Row:
    return {
        "specialist": one.name,
        "book": book,
        "total return": round(side.total_return, DIGITS),
        "sharpe": None if side.sharpe is None else round(side.sharpe, 2),
        "max drawdown": round(side.max_drawdown, DIGITS),
        "trades": side.trades,
        "costs": round(side.costs, 2),
        "turnover": None if side.turnover is None else round(side.turnover, 2),
        "orders": side.orders,
        "stopped": "yes" if side.stopped else "",
    }


def _beside(one: Shadow, duel: Duel) -> Row:
    excess = duel.excess
    return {
        "specialist": one.name,
        "from": iso(duel.first),
        "to": iso(duel.last),
        "days": duel.days,
        "bars": duel.bars,
        "orders differ on": duel.differing,
        "other orders on": duel.ordered,
        "a year beside": "" if excess is None else f"{excess.figure:+.2%}",
        "90 % interval": "" if excess is None else f"{excess.low:+.2%} to {excess.high:+.2%}",
    }
