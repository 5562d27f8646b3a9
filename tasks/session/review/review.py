"""The review of a book's trading: slippage, trades, where the profit came from, and each system's record."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from conf.schema.risk import RiskConfig
from data.journal import BookedFill, Decision, Journal
from models.actions import ActionKind
from models.portfolio import Attribution, by_key
from models.portfolio.slippage import Slippage, slippage_bps, slippage_by
from models.types import Fill, iso
from tasks.session.actions import actions_of
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.review.alerts import announce, large_losses
from tasks.session.review.executions import Doubtful, deviating_fills, failed_orders, statuses_of
from tasks.session.review.systems import SystemReview, review_systems
from tasks.session.review.trades import TradeReview, intents_by_cid, review_trades

ATTRIBUTED = ("system", "specialist", "regime", "symbol")


@dataclass(frozen=True, slots=True)
class Review:
    """What came of a book so far.

    Attributes:
        target_bps: slippage that a fill is held against, basis points.
        fills: all of them, in the order they happened.
        slippage: of all fills, then by leg and by symbol.
        attribution: profit of the closed trades by each of ATTRIBUTED; each sums to `realised`.
        realised: of all closed trades, quote currency.
        large_losses: what is told of each, by position.
        doubtful: executions that a person has to look at.
    """

    book: str
    target_bps: float
    fills: tuple[BookedFill, ...]
    slippage: dict[str, tuple[Slippage, ...]]
    trades: tuple[TradeReview, ...]
    attribution: dict[str, tuple[Attribution, ...]]
    realised: float
    systems: tuple[SystemReview, ...]
    large_losses: dict[str, str]
    doubtful: tuple[Doubtful, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "book": self.book,
            "target_bps": self.target_bps,
            "fills": [_fill_json(one, self.target_bps) for one in self.fills],
            "slippage": {name: [asdict(row) for row in rows] for name, rows in self.slippage.items()},
            "trades": [one.as_json() for one in self.trades],
            "attribution": {name: [asdict(row) for row in rows] for name, rows in self.attribution.items()},
            "realised": self.realised,
            "systems": [one.as_json() for one in self.systems],
            "large_losses": list(self.large_losses.values()),
            "manual_review": [asdict(one) for one in self.doubtful],
        }


def review(desk: Desk, journal: Journal) -> Review:
    """Review the configured book; what a person must see goes into the outbox, once.

    Raises:
        BadInput: the lake lacks a series of the book, or the journal the entry of a position that was left.
    """
    found = look_back(desk, journal)
    announce(journal, found.book, found.large_losses, found.doubtful, desk.clock.now())
    return found


def look_back(desk: Desk, journal: Journal) -> Review:
    """The same for who only looks: nobody is told, nothing is written.

    Raises:
        BadInput: see `review`.
    """
    book = configured_book(desk)
    decisions, fills = journal.decisions_of(book.name), journal.fills_of(book.name)
    statuses = statuses_of(journal, intents_by_cid(decisions).keys())
    return reviewed(book.name, decisions, fills, statuses, _splits(desk, book), desk.loaded.settings.risk)


def reviewed(
    book: str,
    decisions: Sequence[Decision],
    fills: Sequence[BookedFill],
    statuses: Mapping[str, str],
    splits: Mapping[str, Sequence[int]],
    risk: RiskConfig,
) -> Review:
    """The review of a book by its decisions, its fills and the statuses of its orders; `splits` are ex-dates."""
    trades, intents = review_trades(decisions, fills), intents_by_cid(decisions)
    closed = [one.trade for one in trades]
    return Review(
        book=book,
        target_bps=risk.controls.slippage_target_bps,
        fills=tuple(fills),
        slippage=_slippage([one.fill for one in fills], risk.controls.slippage_target_bps),
        trades=trades,
        attribution={key: by_key(closed, key) for key in ATTRIBUTED},
        realised=math.fsum(one.profit for one in closed),
        systems=review_systems(decisions, closed),
        large_losses=large_losses(trades, risk.breakers.large_loss),
        doubtful=(
            *failed_orders(intents, statuses),
            *deviating_fills(intents, fills, splits, risk.controls.price_collar),
        ),
    )


def _slippage(fills: Sequence[Fill], target_bps: float) -> dict[str, tuple[Slippage, ...]]:
    return {
        "all": slippage_by(fills, lambda _: "all", target_bps),
        "leg": slippage_by(fills, lambda fill: fill.leg.name.lower(), target_bps),
        "symbol": slippage_by(fills, lambda fill: fill.symbol, target_bps),
    }


def _splits(desk: Desk, book: Book) -> dict[str, list[int]]:
    """Ex-dates of the splits of every symbol, UTC microseconds."""
    return {
        one.symbol: [action.ex_ts for action in actions_of(desk, one) if action.kind is ActionKind.SPLIT]
        for one in book.series
    }


def _fill_json(one: BookedFill, target_bps: float) -> dict[str, object]:
    fill, bps = one.fill, slippage_bps(one.fill)
    known = {"slippage_bps": bps, "above_target": bps > target_bps} if bps == bps else {}
    return {
        "order": one.cid,
        "bar": iso(fill.ts),
        "system": fill.system,
        "specialist": fill.specialist,
        "symbol": fill.symbol,
        "leg": fill.leg.name.lower(),
        "quantity": fill.quantity,
        "price": fill.price,
        "slippage_bps": None,
        "above_target": None,
    } | known
