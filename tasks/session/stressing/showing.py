"""A stress test in rows and sentences, for the shell, Prefect's tables, its log and the page."""

from collections.abc import Callable, Mapping
from typing import Any

from models.bootstrap import Recovery
from tasks.session.stressing.report import HELD, Acted, Proposal, ReverseRow, StressReport, StressRow

DIGITS = 4
HOURS_A_DAY = 24.0
NOTHING = "nothing acted"
TITLES = {HELD: "what is held", "full": "the fullest book that each profile allows"}
Row = dict[str, Any]


def loss_rows(report: StressReport, book: str) -> list[Row]:
    """One row for each scenario and profile of a book; fractions of its equity, losses positive."""
    return [
        {
            "scenario": one.scenario,
            "profile": _profile(one),
            "loss": round(one.loss, DIGITS),
            "drawdown": round(one.drawdown, DIGITS),
            "limit": round(one.limit, DIGITS),
            "breaks it": "yes" if one.breached else "",
            "money": round(one.money, 2),
            "acted first": acted_text(one.acted[0]) if one.acted else NOTHING,
            "margin calls": one.margin_calls,
            "recovers in": recovery_text(one.recovery),
        }
        for one in _by_scenario(report, book)
    ]


def loss_matrix(report: StressReport, book: str) -> list[Row]:
    """One row for each scenario, one column for each profile and its limit: the loss, and beside it the drawdown, with
    a mark where that breaks the limit.
    """
    return _matrix(report, book, _loss_cell)


def acted_matrix(report: StressReport, book: str) -> list[Row]:
    """One row for each scenario, one column for each profile: what acted first and when; days to earn the loss back."""
    return _matrix(report, book, _acted_cell)


def all_rows(report: StressReport) -> list[Row]:
    """Of all books, the held one first."""
    return [{"book": book} | row for book in books_of(report) for row in loss_rows(report, book)]


def books_of(report: StressReport) -> list[str]:
    """Those that ran, the held one first."""
    return list(dict.fromkeys(book for book, _ in report.books))


def held_sentence(report: StressReport) -> str:
    """What the account holds, or why nothing of it was stressed."""
    if not report.holdings:
        return report.why_not_held or f"held: nothing but {report.equity:,.2f} {report.currency} in cash"
    held = "; ".join(f"{one.quantity:.8g} {one.symbol} in {one.system} ({one.value:,.2f})" for one in report.holdings)
    return f"held: {held}; equity {report.equity:,.2f} {report.currency}"


def holding_rows(report: StressReport) -> list[Row]:
    """One row for each position."""
    return [
        {
            "system": one.system,
            "symbol": one.symbol,
            "quantity": one.quantity,
            "value": round(one.value, 2),
            "of equity": round(one.value / report.equity, DIGITS),
        }
        for one in report.holdings
    ]


def reverse_rows(report: StressReport) -> list[Row]:
    """The smallest shock of each kind that breaks the limit, or that none does."""
    return [
        {
            "book": one.book,
            "profile": one.profile,
            "like": one.scenario,
            "smallest moves that break the limit": moves_text(one),
            "drawdown": None if one.drawdown is None else round(one.drawdown, DIGITS),
            "limit": round(one.limit, DIGITS),
        }
        for one in report.reverse
    ]


def cut_rows(proposal: Proposal) -> list[Row]:
    """One row for each position that is to be made smaller."""
    return [
        {
            "system": one.system,
            "symbol": one.symbol,
            "held": one.quantity,
            "sell": abs(one.quantity) * one.part,
            "part": round(one.part, DIGITS),
            "money": round(one.money, 2),
        }
        for one in proposal.cuts
    ]


def contribution_rows(row: StressRow) -> list[Row]:
    """What each position made of a loss, the worst first; money, lost is negative."""
    ordered = sorted(row.contributions.items(), key=lambda one: one[1])
    return [{"position": name, "money": round(made, 2)} for name, made in ordered]


def wrong_rows(report: StressReport) -> list[Row]:
    """Scenarios that could not be used."""
    return [{"scenario": one.name, "why": one.why} for one in report.wrong]


def unplayed_sentence(report: StressReport) -> str:
    """Which scenarios were left out, and why; empty where none was."""
    parts = []
    if report.unplayed:
        names = ", ".join(one.name for one in report.unplayed)
        parts.append(f"not run, for the lake has no bars of these days, nor of what stands in for them: {names}")
    if report.untouched:
        parts.append(f"not run, for nothing happens to this book: {', '.join(report.untouched)}")
    return "; ".join(parts)


def mapped_sentence(report: StressReport) -> str:
    """What moved in the place of symbols without a past of their own; empty where none lacked one."""
    found = {one.scenario: one.mapped for one in report.rows if one.mapped}
    parts = [f"{name}: " + ", ".join(f"{k} as {v}" for k, v in mapped.items()) for name, mapped in found.items()]
    return f"stood in for: {'; '.join(parts)}" if parts else ""


def proposal_sentence(report: StressReport) -> str:
    """Whether anything is to be sold."""
    found = report.proposal
    if not report.rows:
        return "no scenario ran: nothing can be said"
    if found is None:
        return report.why_not_held or "no scenario breaks the limit in force: nothing is to be sold"
    said = (
        f"{len(found.scenarios)} of {len(report.scenarios)} scenarios break the limit of {found.limit:.2%}, the worst "
        f"of them {found.scenarios[0]} with {found.drawdown:.2%}"
    )
    if found.beyond_selling:
        said += f"; {beyond_text(found)}"
    if not found.cuts:
        return said
    return f"{said}; with these sales it would be {found.after:.2%}{'' if found.enough else ', which is not enough'}"


def beyond_text(found: Proposal) -> str:
    """Where selling does not help."""
    names = ", ".join(found.beyond_selling)
    return f"no sale helps in {names}: the account's own money loses worth, or too much is lost already"


def summary(report: StressReport) -> str:
    """One sentence for a log."""
    worst = report.worst
    if worst is None:
        return f"no scenario ran, {len(report.wrong)} could not be used"
    return (
        f"{len(report.scenarios)} scenarios, {len(report.books)} books; worst for {TITLES[worst.book]}: "
        f"{worst.scenario}, loss {worst.loss:.1%}, drawdown {worst.drawdown:.1%} of {worst.limit:.1%} allowed; "
        f"{len(report.wrong)} could not be used, {len(report.unplayed)} have no bars; {proposal_sentence(report)}"
    )


def acted_text(one: Acted) -> str:
    """A limit that acted, and when."""
    whose = f"{one.where}: " if one.where else ""
    level = f" ({one.level})" if one.level else ""
    return f"{whose}{one.what}{level} {_after(one.hours)}"


def recovery_text(found: Recovery | None) -> str:
    """Days until the loss is back: the median, and where nine in ten paths lie."""
    if found is None:
        return "-"
    beyond = f"over {found.horizon_days:,}"
    low, median, high = (
        beyond if one is None else f"{one:,.0f}" for one in (found.low_days, found.median_days, found.high_days)
    )
    return f"{median} days" if low == median == high else f"{median} days ({low} to {high})"


def moves_text(one: ReverseRow) -> str:
    """What every asset does in a reverse stress."""
    if one.multiple is None:
        return "no fall up to 99 % does"
    return _moves(one.moves)


def _matrix(report: StressReport, book: str, cell: Callable[[StressRow], str]) -> list[Row]:
    rows: dict[str, Row] = {}
    for one in _by_scenario(report, book):
        row = rows.setdefault(one.scenario, {"scenario": one.scenario})
        row[f"{_profile(one)}, limit {one.limit:.0%}"] = cell(one)
    return list(rows.values())


def _loss_cell(one: StressRow) -> str:
    return f"{one.loss + 0.0:.2%} ({one.drawdown:.2%}{' BREAKS IT' if one.breached else ''})"


def _acted_cell(one: StressRow) -> str:
    first = NOTHING
    if one.acted:
        acted = one.acted[0]
        first = f"{acted.level or f'{acted.where} closed'} {_after(acted.hours)}"
    return f"{first}; {recovery_text(one.recovery)}"


def _moves(moves: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {move:+.1%}" for name, move in moves.items())


def _after(hours: float) -> str:
    if hours < HOURS_A_DAY:
        return f"after {hours:.0f} h"
    return f"after {hours / HOURS_A_DAY:.1f} days"


def _profile(one: StressRow) -> str:
    return f"{one.profile} (in force)" if one.in_force else one.profile


def _by_scenario(report: StressReport, book: str) -> list[StressRow]:
    """Of a book, the profiles of one scenario below each other."""
    place = {name: k for k, name in enumerate(report.scenarios)}
    return sorted((one for one in report.rows if one.book == book), key=lambda one: place[one.scenario])
