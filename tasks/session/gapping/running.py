"""Making a gap report: the window is read, split and judged."""

from data.journal import Journal
from models.gap import Kind, split
from models.gap.executions import OUTSIDE
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.gapping.findings import findings_of
from tasks.session.gapping.report import GapReport
from tasks.session.gapping.tapes import Taped, taped
from tasks.session.gapping.window import book_of_stage, window_of


def gap_report(desk: Desk, journal: Journal, days: float | None = None, stage: str | None = None) -> GapReport:
    """The last `days` (gap.window_days) up to the newest decision of the configured book, as traded in the stage (that
    of the settings). Nothing is written.

    Raises:
        BadInput: the book has decided nothing.
        Refused: its newest decision was made by a Keel whose state had another shape, or for other systems.
        Damaged: stored data does not match its checksum.
    """
    limits = desk.loaded.settings.gap
    book = book_of_stage(configured_book(desk), stage)
    window = window_of(journal, book, limits.window_days if days is None else days)
    found = taped(desk, journal, window, book.name)
    result = split(found.tapes, found.start)
    decisions = window.decisions
    traded = _traded(found)
    return GapReport(
        book=book.name,
        first=decisions[0].bar,
        last=decisions[-1].bar,
        decisions=len(decisions),
        missed=sum(int((~one.now.decided).sum()) for one in found.tapes),
        orders=sum(len(one.intents) for one in decisions),
        fills=sum(len(done) for one in found.tapes for done in one.done.values()),
        made=float(result.made[-1]) - result.start,
        backtest=float(result.backtest[-1]) - result.start,
        parts={kind: float(line[-1]) for kind, line in result.parts.items()},
        unexplained=result.unexplained,
        traded=traded if traded > 0.0 else result.traded,
        limit_bps=limits.limit_bps,
        least_money=limits.least_money,
        config_version=desk.loaded.version,
        settings=len(found.tapes),
        other_settings=found.other_settings,
        foreign=window.foreign,
        findings=findings_of(found, result),
        ts=result.ts,
        lines={Kind(kind): line for kind, line in result.parts.items()},
    )


def _traded(found: Taped) -> float:
    return sum(
        one.value for tape in found.tapes for done in tape.done.values() for one in done if one.leg not in OUTSIDE
    )
