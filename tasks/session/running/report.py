"""The report of a campaign: what was decided and what not, what came of it, and whether the backtest agrees."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data.journal import BookedFill, Decision, Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from models.types import BadInput, KeelError, iso
from models.types.timeframes import DAY
from tasks.adapters.holder import is_gone
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.parameters import is_live
from tasks.session.parity import Parity, hold_against_backtest
from tasks.session.review.trades import review_trades
from tasks.session.running.figures import (
    Curve,
    Figure,
    costs_of,
    curve_of,
    drawdown_of,
    latency_of,
    profit_factor_of,
    sharpe_of,
    slippage_of,
    win_rate_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class CampaignReport:
    """A campaign so far.

    Attributes:
        began_at, until, asked_at: UTC microseconds.
        ended: why its newest process ended; empty while it runs.
        days: from its beginning to its newest decision, and those with a decision among them.
        bars: how many were decided, skipped and failed.
        skipped: how many bars for each reason, the word in front of the colon.
        restarts, crashes: of its processes.
        figures: see tasks.session.running.figures; None with its reason in `missing`.
        parity: against the backtest, None with its reason in `missing`.
    """

    campaign: str
    book: str
    stage: str
    capital: str
    releases: tuple[str, ...]
    began_at: int
    until: int | None
    asked_at: int
    ended: str
    days: float
    days_decided: int
    bars: dict[str, int]
    skipped: dict[str, int]
    restarts: int
    crashes: int
    trades: int
    fills: int
    profit: float | None
    costs: dict[str, float]
    figures: dict[str, Figure]
    parity: Parity | None
    parity_missing: str
    curve: Curve | None

    @property
    def summary(self) -> str:
        """One sentence."""
        profit = "nothing was decided" if self.profit is None else f"profit {self.profit:+,.2f}"
        return (
            f"campaign {self.campaign} of {self.book}: {self.bars['decided']} bars decided, {self.bars['skipped']} "
            f"skipped, {self.bars['failed']} failed, {self.trades} trades, {profit}"
        )

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        missing = {name: one.why for name, one in self.figures.items() if one.value is None}
        if self.parity is None:
            missing["parity"] = self.parity_missing
        own = ("campaign", "book", "stage", "capital", "days", "days_decided", "bars", "skipped", "restarts", "crashes")
        return {
            **{name: getattr(self, name) for name in own},
            "releases": list(self.releases),
            "began_at": iso(self.began_at),
            "until": None if self.until is None else iso(self.until),
            "ended": self.ended or None,
            "trades": self.trades,
            "fills": self.fills,
            "profit": self.profit,
            "costs": self.costs,
            **{name: one.value for name, one in self.figures.items()},
            "parity": None if self.parity is None else self.parity.as_json(),
            "missing": missing,
        }


def report_of(desk: Desk, journal: Journal) -> CampaignReport:
    """Of the newest campaign of the configured book.

    Raises:
        BadInput: the book never had one.
        Damaged: stored data does not match its checksum.
    """
    book, log = configured_book(desk).name, SessionLog(journal.engine)
    runs = _newest(log.runs(book), book)
    events = [event for run in runs for event in log.events(run.id or 0)]
    began = runs[0].began_at
    every, fills = journal.decisions_of(book), journal.fills_of(book)
    decisions = [one for one in every if one.decided_at >= began]
    mine = _fills_since(fills, decisions)
    trades = [one for one in review_trades(every, fills) if decisions and one.trade.exited > decisions[0].bar]
    curve = curve_of(decisions) if decisions else None
    parity, missing = _parity(desk, journal, bool(decisions))
    seconds = [one.seconds for one in events if one.seconds is not None]
    settings = desk.loaded.settings
    kinds = Counter(one.kind for one in events if one.bar is not None)
    return CampaignReport(
        campaign=runs[0].campaign,
        book=book,
        stage=runs[-1].stage,
        capital=runs[0].capital,
        releases=tuple(dict.fromkeys(one.release for one in runs)),
        began_at=began,
        until=runs[-1].until,
        asked_at=desk.clock.now(),
        ended=runs[-1].why,
        days=(decisions[-1].decided_at - began) / DAY if decisions else 0.0,
        days_decided=len({one.decided_at // DAY for one in decisions}),
        bars={one.value: kinds[one] for one in (SessionKind.DECIDED, SessionKind.SKIPPED, SessionKind.FAILED)},
        skipped=_reasons(events),
        restarts=len(runs) - 1,
        crashes=sum(one.ended_at is None and is_gone(one.holder) for one in runs),
        trades=len(trades),
        fills=len(mine),
        profit=None if curve is None else float(curve.equity[-1] - curve.equity[0]),
        costs=costs_of(mine, decisions) if decisions else {},
        figures={
            "win_rate": win_rate_of(trades),
            "profit_factor": profit_factor_of(trades),
            "sharpe": _of(curve, lambda one: sharpe_of(one, desk.calendar(desk.universe()[0]).days_per_year)),
            "max_drawdown": _of(curve, drawdown_of),
            "slippage_bps": slippage_of(mine, settings.risk.controls.slippage_target_bps),
            "latency_median": latency_of(seconds, 0.5),
            "latency_p99": latency_of(seconds, 0.99),
        },
        parity=parity,
        parity_missing=missing,
        curve=curve,
    )


def _newest(runs: Sequence[SessionRun], book: str) -> list[SessionRun]:
    if not runs:
        raise BadInput(f"the book {book} never had a session; run keel trade --session first")
    return [one for one in runs if one.campaign == runs[-1].campaign]


def _fills_since(fills: Sequence[BookedFill], decisions: Sequence[Decision]) -> list[BookedFill]:
    """Fills of bars after the first decision: what it found done already is not the campaign's."""
    return [one for one in fills if decisions and one.fill.ts > decisions[0].bar]


def _of(curve: Curve | None, figure: Callable[[Curve], Figure]) -> Figure:
    return Figure(None, "nothing was decided") if curve is None else figure(curve)


def _reasons(events: Sequence[SessionEvent]) -> dict[str, int]:
    """Why bars were not decided: the word in front of the colon, the most frequent first."""
    told = [one for one in events if one.bar is not None and one.kind is not SessionKind.DECIDED]
    return dict(Counter(one.reason.partition(":")[0] for one in told).most_common())


def _parity(desk: Desk, journal: Journal, has_decided: bool) -> tuple[Parity | None, str]:
    if not has_decided:
        return None, "nothing was decided"
    if is_live(desk.loaded):
        return None, "venues fill live orders, not bars: keel gap says where the two differ"
    try:
        return hold_against_backtest(desk, journal), ""
    except KeelError as error:
        return None, str(error)
