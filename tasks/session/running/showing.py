"""A campaign's report in rows and lines, for the shell and the page."""

from typing import Any

from models.types import iso
from tasks.session.running.report import CampaignReport

DIGITS = 4


def figure_rows(report: CampaignReport) -> list[dict[str, Any]]:
    """One row for each figure, with the reason where there is none."""
    rows: list[dict[str, Any]] = [
        {"figure": "days", "value": round(report.days, 2), "why": f"{report.days_decided} with a decision"},
        *({"figure": f"bars {name}", "value": count, "why": ""} for name, count in report.bars.items()),
        {"figure": "restarts", "value": report.restarts, "why": ""},
        {"figure": "crashes", "value": report.crashes, "why": ""},
        {"figure": "trades", "value": report.trades, "why": f"{report.fills} fills"},
        {"figure": "profit", "value": _rounded(report.profit), "why": "" if report.curve else "nothing was decided"},
        *({"figure": name, "value": _rounded(cost), "why": ""} for name, cost in report.costs.items()),
    ]
    rows += [
        {"figure": name.replace("_", " "), "value": _rounded(one.value), "why": one.why}
        for name, one in report.figures.items()
    ]
    return [*rows, {"figure": "equals the backtest", **_parity(report)}]


def skipped_rows(report: CampaignReport) -> list[dict[str, Any]]:
    """One row for each reason for which bars were not decided."""
    return [{"reason": reason, "bars": count} for reason, count in report.skipped.items()]


def lines_of(report: CampaignReport) -> list[str]:
    """What the tables do not say."""
    end = "without an end" if report.until is None else f"until {iso(report.until)}"
    state = f"ended: {report.ended}" if report.ended else "runs, or has crashed"
    return [
        f"campaign {report.campaign} of {report.book}, capital {report.capital}, {end}",
        f"{state}; code {', '.join(report.releases)}",
    ]


def page_of(report: CampaignReport) -> str:
    """The report as Markdown."""
    parts = [
        f"# Session {report.campaign}",
        "\n\n".join(lines_of(report)),
        _table(figure_rows(report)),
        _table(skipped_rows(report)) if report.skipped else "No bar was left out.",
    ]
    return "\n\n".join(parts) + "\n"


def _parity(report: CampaignReport) -> dict[str, Any]:
    if report.parity is None:
        return {"value": None, "why": report.parity_missing}
    difference = report.parity.first_difference
    return {"value": "yes" if difference is None else "no", "why": "" if difference is None else str(difference)}


def _table(rows: list[dict[str, Any]]) -> str:
    head = list(rows[0])
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(_cell(row[name]) for name in head) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(value: Any) -> str:
    return "-" if value is None else str(value).replace("|", "/")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
