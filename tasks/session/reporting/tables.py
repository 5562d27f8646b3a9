"""A report in rows: one table for each part, for the shell, Prefect and the page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tasks.session.reporting.report import Event, PeriodReport

Row = dict[str, Any]
POINTS, DIGITS = 2, 4


def tables_of(report: PeriodReport) -> dict[str, list[Row]]:
    """By title, in the order of the page; an empty one is there, and has nothing."""
    return {
        "Performance": performance_rows(report),
        "Systems": [] if report.money is None else _counts(report.money.systems, "system", "profit"),
        "Specialists": [_rounded(asdict(one)) for one in report.specialists],
        "Regimes": [_attributed(asdict(one), "regime") for one in report.regimes],
        "Symbols": [_attributed(asdict(one), "symbol") for one in report.symbols],
        "Costs": _counts(report.costs, "cost", "paid"),
        "Limits, used at most in the period": [_rounded(asdict(one)) for one in report.limits_used],
        "Limits now": _counts(report.limits_now, "limit", "used"),
        "Stops": _events(report.stops),
        "Gap to the backtest": _gap(report),
        "Orders": _counts(report.orders, "state", "orders"),
        "Not done": _counts(report.refused, "reason", "times"),
        "Orders that failed": _events(report.failures),
        "Bars of sessions": _counts(report.bars, "became", "bars"),
        "Bars not decided": _counts(report.skipped, "reason", "bars"),
        "Feeds": _events(report.feeds),
        "Alerts": _events(report.told),
        "Stage": _stage(report),
        "Not known": [{"part": name, "why": why} for name, why in report.missing.items()],
    }


def performance_rows(report: PeriodReport) -> list[Row]:
    """Money and figures, each with the reason where there is none."""
    money, nothing = report.money, "nothing was decided in this period"
    rows: list[Row] = [
        {"figure": name, "value": None if money is None else round(getattr(money, at), POINTS), "why": ""}
        for name, at in (("equity before", "begin"), ("equity", "end"), ("profit", "profit"), ("deposits", "deposits"))
    ]
    share = None if money is None or money.begin <= 0.0 else round(money.profit / money.begin, 6)
    rows += [
        {"figure": "return", "value": share, "why": ""},
        {"figure": "decisions", "value": report.decisions, "why": "" if report.decisions else nothing},
        {"figure": "trades", "value": report.trades, "why": f"{report.fills} fills"},
    ]
    return rows + [
        {"figure": name.replace("_", " "), "value": _shown(one.value), "why": one.why}
        for name, one in report.figures.items()
    ]


def _gap(report: PeriodReport) -> list[Row]:
    return [] if report.gap is None else [{"at": report.gap.at, "verdict": report.gap.text}]


def _stage(report: PeriodReport) -> list[Row]:
    seen = report.standing
    if seen is None:
        return []
    where: Row = {"criterion": f"stands at {seen.standing}", "found": f"the settings say {seen.configured}", "": ""}
    rows = [
        {"criterion": one.name, "found": one.text, "": "passed" if one.passed else "lacks"} for one in seen.criteria
    ]
    return [where, *rows]


def _attributed(row: Row, name: str) -> Row:
    kept = ("trades", "win_rate", "profit", "costs")
    return _rounded({name: row["name"]} | {one: row[one] for one in kept})


def _events(events: Sequence[Event]) -> list[Row]:
    return [asdict(one) for one in events]


def _counts(counts: Mapping[str, float], name: str, value: str) -> list[Row]:
    return [{name: one, value: _shown(count)} for one, count in counts.items()]


def _rounded(row: Row) -> Row:
    return {name.replace("_", " "): _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, float) else value
